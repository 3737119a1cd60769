# Exim to refmta to Exim: what swaks hands to the first Exim arrives octet for octet in the mailboxes of the
# second, for a hundred recipients. And a pair of spool files that the queuefile transport of refmta wrote, put
# into Exim's spool, is delivered by Exim's next queue run; one that Exim queued is delivered by refmta's.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }
tree=$root/build/peers/exim
[ -f "$tree/.complete" ] || { echo "ci/peers exim brings what this needs"; exit 77; }
command -v swaks > /dev/null || { echo "swaks is not here"; exit 77; }
[ "$(id -u)" = 0 ] && unshare -mn true 2> /dev/null || { echo "namespaces need root here"; exit 77; }

cat > "$here/exim4.conf" << END
primary_hostname = exim.test
spool_directory = $here/exim
log_file_path = $here/exim/%slog
pid_file_path = $here/exim.pid
local_interfaces = 127.0.0.1.2501 : 127.0.0.1.2503
disable_ipv6 = true
host_lookup =
rfc1413_hosts =
keep_environment =
tls_advertise_hosts =
dsn_advertise_hosts = *
smtp_accept_queue_per_connection = 0
message_size_limit = 50M
recipients_max = 1000
acl_smtp_rcpt = accept
acl_not_smtp = accept
begin routers
onward:
  driver = manualroute
  condition = \${if eq{\$received_port}{2501}}
  route_list = * 127.0.0.1::2502
  self = send
  transport = onward
boxes:
  driver = accept
  local_parts = $(seq -s ' : ' -f 'u%g' 1 100) : copied
  transport = boxes
begin transports
onward:
  driver = smtp
  allow_localhost
  hosts_try_fastopen =
  max_rcpt = 1000
boxes:
  driver = appendfile
  directory = $here/mail/\$local_part_data
  maildir_format
  create_directory
  user = Debian-exim
END
cat > "$here/refmta.conf" << END
primary_hostname = ref.test
spool_directory = $here/ref
log_file_path = $here/ref/%slog
local_interfaces = 127.0.0.1.2502
acl_smtp_rcpt = accept
recipients_max = 1000
begin routers
copies:
  driver = accept
  local_parts = copied
  transport = scan
onward:
  driver = manualroute
  route_list = * 127.0.0.1::2503
  self = send
  transport = onward
begin transports
onward:
  driver = smtp
  allow_localhost
scan:
  driver = queuefile
  directory = $here/copies
END
cat > "$here/inside" << 'END'
set -u
ip link set lo up
mount -t overlay overlay -o "lowerdir=$tree/usr:/usr" /usr
mount -t tmpfs none /etc/exim4 2> /dev/null || { mkdir -p /etc/exim4 && mount -t tmpfs none /etc/exim4; }
cp "$here/exim4.conf" /etc/exim4/exim4.conf
cp /etc/passwd /etc/group "$here/"
grep -q '^Debian-exim:' /etc/passwd || echo 'Debian-exim:x:65501:65501::/nonexistent:/bin/false' >> "$here/passwd"
grep -q '^Debian-exim:' /etc/group || echo 'Debian-exim:x:65501:' >> "$here/group"
mount --bind "$here/passwd" /etc/passwd
mount --bind "$here/group" /etc/group
mkdir -p "$here/exim/input" "$here/mail" "$here/ref" "$here/copies"
chown -R Debian-exim:Debian-exim "$here/exim" "$here/mail"
chmod 777 "$here/mail"
/usr/sbin/exim4 -bdf > "$here/exim.out" 2>&1 &
"$REFMTA" -C "$here/refmta.conf" -bdf > "$here/ref.out" 2>&1 &
# answers PORT...: somebody listens there.
answers() {
    for port; do
        tries=0
        until (exec 3<> /dev/tcp/127.0.0.1/$port) 2> /dev/null || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done
    done
}
answers 2501 2502
. "$here/steps"
kill %1 %2
wait
END
# in_there STEPS: bash in namespaces of its own, both servers running
in_there() {
    printf '%s\n' "$1" > "$here/steps"
    rm -rf "$here/exim" "$here/ref" "$here/mail" "$here/copies"
    env here="$here" tree="$tree" REFMTA="$REFMTA" unshare -mnpf --mount-proc --kill-child bash "$here/inside"
}
settle='tries=0; until [ -z "$(ls "$here"/exim/input "$here"/ref/input 2> /dev/null | grep -- -H)" ] || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done'

python3 - "$here/message" << 'END'
import sys
lines = [b'From: a@c.test', b'To: everybody <list@final.test>', b'Date: Thu, 01 Jan 2026 00:00:00 +0000',
         b'Message-ID: <there-and-back@c.test>', b'X-Folded: one', b'\ttwo   three', b'MIME-Version: 1.0',
         b'Content-Type: text/plain; charset=utf-8', b'Content-Transfer-Encoding: 8bit', b'Subject: =?q?x?= there', b'',
         b'gr\xc3\xbc\xc3\x9fe', bytes(range(0xa0, 0x100)), b'x' * 998, b'.', b'..', b'.dot', b'...three', b'',
         b'blanks   ', b'tab\t', b'From here on', b'>From quoted', b'y' * 997 + b'.', b'', b'', b'end']
open(sys.argv[1], 'wb').write(b''.join(line + b'\r\n' for line in lines))
END
# As swaks sends it unchanged: dots doubled, the last line a dot, whose end swaks adds.
{ sed 's/^\./../' "$here/message"; printf .; } > "$here/handed"
cat > "$here/compare" << 'END'
# The message in each mailbox, without what servers put on top, is the one that was sent.
import glob, os, sys
here, count = sys.argv[1], int(sys.argv[2])
sent = open(here + '/message', 'rb').read().replace(b'\r\n', b'\n')
files = glob.glob(here + '/mail/*/new/*')
wrong = 0
for name in files:
    got = open(name, 'rb').read()
    at = got.find(b'\nFrom: a@c.test\n')
    top = got[:at + 1]
    trace = all(l.startswith((b'Received:', b'\t', b' ', b'Return-path:')) for l in top.split(b'\n')[:-1])
    if at < 0 or got[at + 1:] != sent or not trace:
        wrong += 1
if wrong:
    print('sent %r\ngot  %r' % (sent, got))
boxes = len(set(os.path.dirname(f) for f in files))
print('%d messages in %d mailboxes, %d differ' % (len(files), boxes, wrong))
sys.exit(0 if wrong == 0 and len(files) == boxes == count else 1)
END
everybody=$(seq -s, -f 'u%g@final.test' 1 100)
claim "Exim to refmta to Exim: a hundred recipients get what was sent, octet for octet" 0 \
    '100 messages in 100 mailboxes, 0 differ' -- in_there "
swaks --server 127.0.0.1:2501 --ehlo c.test --from a@c.test --to '$everybody' --data @$here/handed --no-data-fixup \
    --pipeline --suppress-data > $here/swaks 2>&1 < /dev/null || cat $here/swaks
$settle
python3 $here/compare $here 100; code=\$?
kill %1 %2; exit \$code"

# one FROM-PORT TO OPTION...: the message to one recipient
one='one() { swaks --server 127.0.0.1:$1 --ehlo c.test --from a@c.test --to "$2" --data @$here/handed --no-data-fixup \
    --suppress-data > $here/swaks 2>&1 < /dev/null || cat $here/swaks; }
# move FROM TO OWNER: pairs of spool files, the data first
move() { for kind in D H; do for file in $1/*-$kind; do chown "$3" "$file"; mv "$file" "$2/"; done; done; }'
claim "a pair that refmta copied out is delivered by Exim" 0 '1 messages in 1 mailboxes, 0 differ' -- in_there "
$one
one 2502 copied@final.test
$settle
move $here/copies $here/exim/input Debian-exim:Debian-exim
/usr/sbin/exim4 -q
python3 $here/compare $here 1; code=\$?
kill %1 %2; exit \$code"
sed -i 's/^begin routers/queue_only = true\nbegin routers/' "$here/exim4.conf"
claim "a pair that Exim queued is delivered by refmta" 0 '0 differ' -- in_there "
$one
one 2503 u7@final.test
kill %1
wait %1
move $here/exim/input $here/ref/input root:root
sed -i 's/^queue_only.*//' /etc/exim4/exim4.conf
/usr/sbin/exim4 -bdf > $here/exim.out 2>&1 &
answers 2501
$REFMTA -C $here/refmta.conf -q
$settle
python3 $here/compare $here 1; code=\$?
kill %2 %3; exit \$code"
finish

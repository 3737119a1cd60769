# A server that somebody runs is asked politely: its offers choose, its mailboxes are its owner's to give.
. "$(dirname "$0")/lib.sh"
[ -x "${REFMTA:-}" ] || { echo "no refmta in this build"; exit 77; }
cd "$root" || exit 1
mkdir -p "$here/spool" "$here/log"

# Whoever else is at work here may have the port: another one is tried.
begin_server() {
    port=$1
    cat > "$here/mx.conf" << END
primary_hostname = mx.example.net
spool_directory = $here/spool
log_file_path = $here/log/%slog
log_selector = +smtp_connection +incoming_port
local_interfaces = <; [127.0.0.1]:$port
queue_only = true
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept recipients = one@example.net : two@example.net
  deny message = no such mailbox
END
    "$REFMTA" -C "$here/mx.conf" -bdf > "$here/server" 2>&1 &
    server=$!
    until grep -q started "$here/log/mainlog" 2> /dev/null; do
        kill -0 $server 2> /dev/null || return 1
        sleep 0.1
    done
}
begin_server $((20000 + $$ % 20000)) || begin_server $((20000 + ($$ + 7919) % 20000)) ||
    { cat "$here/server"; exit 1; }
trap 'kill $server; rm -rf "$here"' EXIT
check() { name=$1; shift; "$ASSAY" check "127.0.0.1:$port" --out "$here/out-$name" --name judge.example.org "$@"; }

scenario t/offered << 'END'
scenario CHUNKING is offered and used
source RFC3030 2
req RFC3030-2-any-message
need chunking
S: 220
C: EHLO c.test
S: 250 { CHUNKING }
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@test.ex>
S: 250
C: BDAT @{#plain} LAST
C<= plain
S: 250
END
scenario t/not-offered << 'END'
scenario REQUIRETLS is offered
source RFC8689 4.1
req RFC8689-4.1-offer
need requiretls
S: 220
C: EHLO c.test
S: 250 { REQUIRETLS }
END
claim "what it offers is asked, with the mailbox that was given" 0 '2 cases: 1 pass, 1 skip' 'asked: 1 cases; left out: 1' \
    'unsupported: requiretls' 't/not-offered' -- check one "$here/scenarios" --rcpt one@example.net
claim "the judge said its own name, and its mail was for that mailbox" 0 'H=(judge.example.org)' '<= a@judge.example.org' -- \
    cat "$here/log/mainlog"
claim "it connected twice (to see what is offered, and for the case) and left with QUIT, although \
the scenario does not" 0 '^2$' -- grep -c 'SMTP connection from .* closed by QUIT' "$here/log/mainlog"
claim "and in no other way" 0 '^4$' -- grep -c 'SMTP connection from' "$here/log/mainlog"
for peer in exim postfix; do
    [ -f "$root/build/peers/$peer/.complete" ] || continue
    claim "$peer is checked like any other server" 0 'asked: [1-9]' 'recorded in' -- "$ASSAY" record --target $peer --out "$here/rec-$peer" -- \
        "$ASSAY" check '{host}:{port}' scenarios/smtp --only 'smtp/r*' --rcpt u@test.ex --rcpt v@test.ex --out "$here/out-$peer"
done
claim "without a mailbox no mail is offered to anybody" 3 'needs a mailbox; --rcpt ADDRESS' -- \
    check none "$here/scenarios/t/offered.scn"
claim "rude topics are left out, and it is said what allows them" 3 'impolite.*--i-own-this-host' -- \
    check rude scenarios/smuggling/bare-lf-command.scn --rcpt one@example.net
claim "a host that is not there is an environment error" 4 'refused' -- \
    "$ASSAY" check 127.0.0.1:1 "$here/scenarios" --out "$here/out-gone"
claim "a word that is no HOST:PORT is refused" 3 'which server' -- "$ASSAY" check ref --out "$here/out-word"
claim "an address without a domain is refused" 3 'not USER@DOMAIN' -- check box "$here/scenarios" --rcpt one

python3 -c "
import socket, threading, time
def serve(c):
    c.sendall(b'220 x ESMTP\r\n')
    for line in c.makefile('rb'):
        c.sendall(b'221 bye\r\n' if line[:4] == b'QUIT' else b'250 x\r\n')
s = socket.socket()
s.bind(('127.0.0.1', 0))
s.listen()
open('$here/stays', 'w').write('%d\n' % s.getsockname()[1])
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
" &
stays=$!
trap 'kill $server $stays; rm -rf "$here"' EXIT
until [ -s "$here/stays" ]; do sleep 0.1; done
claim "one that stays open behind QUIT is blamed for that alone" 0 'inconclusive *smtp/quit-closes' '2 cases: 1 pass, 1 inconclusive' \
    'again: assay run .* --i-own-this-host' -- "$ASSAY" run scenarios/smtp/greeting.scn scenarios/smtp/quit-closes.scn \
    --i-own-this-host --target "127.0.0.1:$(cat "$here/stays")" --timeout 2s --out "$here/out-stays"
finish

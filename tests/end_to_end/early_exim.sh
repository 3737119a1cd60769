# refmta to Debian's Exim and Exim to refmta: the second message of each pair goes early, as both logs say.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }
tree=$root/build/peers/exim
[ -f "$tree/.complete" ] || { echo "ci/peers exim brings what this needs"; exit 77; }
[ "$(id -u)" = 0 ] && unshare -mn true 2> /dev/null || { echo "namespaces need root here"; exit 77; }

# conf NAME PORT OTHER-PORT OPTION: both programs read it. queue_only: what came in is not asked for.
conf() {
    mkdir -p "$here/$1/log" "$here/$1/input" "$here/$1/db" "$here/$1/msglog"
    cat > "$here/$1.conf" << EOF
primary_hostname = $1.test
spool_directory = $here/$1
log_file_path = $here/$1/log/%slog
pid_file_path = $here/$1/pid
log_selector = +pipelining
local_interfaces = 127.0.0.1.$2
tls_advertise_hosts =
acl_smtp_rcpt = accept
queue_only
$4
begin routers
r:
  driver = manualroute
  route_list = * 127.0.0.1::$3
  self = send
  transport = t
begin transports
t:
  driver = smtp
  allow_localhost
  hosts_try_fastopen =
  hosts_pipe_connect = *
EOF
}
conf exim 2501 2502 'host_lookup =
rfc1413_hosts =
keep_environment =
disable_ipv6 = true'
conf ref 2502 2501 ''
sed '/^queue_only/d' "$here/ref.conf" > "$here/ref-now.conf" # what is submitted goes at once
cat > "$here/inside" << 'END_INSIDE'
set -u
ip link set lo up
mount -t overlay overlay -o "lowerdir=$tree/usr:/usr" /usr
mkdir -p /etc/exim4
mount -t tmpfs none /etc/exim4
cp "$here/exim.conf" /etc/exim4/exim4.conf
for file in passwd group; do
    cp "/etc/$file" "$here/$file"
    grep -q '^Debian-exim:' "/etc/$file" ||
        echo "Debian-exim:x:65501:$([ "$file" = group ] || echo '65501::/nonexistent:/bin/false')" >> "$here/$file"
    mount --bind "$here/$file" "/etc/$file"
done
chown -R Debian-exim:Debian-exim "$here/exim"
/usr/sbin/exim4 -bdf > "$here/exim.out" 2>&1 &
"$REFMTA" -C "$here/ref.conf" -bdf > "$here/ref.out" 2>&1 &
for port in 2501 2502; do
    tries=0
    until (exec 3<> /dev/tcp/127.0.0.1/$port) 2> /dev/null || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done
done
for n in 1 2; do
    printf 'Subject: %s\n\nhello\n' "$n" | "$REFMTA" -C "$here/ref-now.conf" -odi -f a@ref.test u@exim.test
    printf 'Subject: %s\n\nhello\n' "$n" | /usr/sbin/exim4 -odi -f a@exim.test u@ref.test
done
kill %1 %2
wait
for name in exim ref; do sed "s/^/$name: /" "$here/$name/log/mainlog"; done
END_INSIDE
claim "the second message goes early, both ways" 0 \
    'ref: .* => u@exim.test .* L K C=' 'ref: .* => u@exim.test .* L\* K C=' \
    'exim: .* <= a@ref.test .* P=esmtp L\. K S=' 'exim: .* <= a@ref.test .* P=esmtp L\* K S=' \
    'exim: .* => u@ref.test .* L K C=' 'exim: .* => u@ref.test .* L\* K C=' \
    'ref: .* <= a@exim.test .* P=esmtp L\. K S=' 'ref: .* <= a@exim.test .* P=esmtp L\* K S=' \
    -- env here="$here" tree="$tree" REFMTA="$REFMTA" unshare -mnpf --mount-proc --kill-child bash "$here/inside"
finish

# One refmta to another, twice: the second message goes early, its first octets with the SYN where the system has
# TCP Fast Open (RFC 7413), in clear text, by chunks, over STARTTLS and on a TLS port, under either library; and
# early without Fast Open where it has none. The kernel counts what went with a SYN. A server that is gone by the
# time that somebody speaks to it early is a refused connection like any other.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }
[ "$(id -u)" = 0 ] && unshare -n true 2> /dev/null || { echo "namespaces need root here"; exit 77; }

# pair NAME LIBRARY SERVER-OPTIONS CLIENT-OPTIONS: both configurations.
pair() {
    mkdir -p "$here/$1/to/log" "$here/$1/from/log" "$here/$1/mail"
    cat > "$here/$1/to.conf" << EOF
primary_hostname = mx.test.ex
spool_directory = $here/$1/to
log_file_path = $here/$1/to/log/%slog
log_selector = +all
local_interfaces = 127.0.0.1.2525
pid_file_path = $here/$1/to/pid
acl_smtp_rcpt = accept
queue_only
tls_library = $2
$3
EOF
    cat > "$here/$1/from.conf" << EOF
primary_hostname = c.test
spool_directory = $here/$1/from
log_file_path = $here/$1/from/log/%slog
log_selector = +all
tls_library = $2
begin routers
r:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = t
begin transports
t:
  driver = smtp
  port = 2525
  allow_localhost
  hosts_pipe_connect = *
  tls_verify_certificates = $root/vectors/ca/ca.crt
$4
EOF
}
cert="tls_certificate = $root/vectors/ca/mx.test.ex.crt
tls_privatekey = $root/vectors/ca/mx.test.ex.key
tls_resumption_hosts = *"
for library in openssl gnutls; do
    pair "clear-$library" "$library" 'chunking_advertise_hosts =' ''
    pair "chunks-$library" "$library" '' ''
    pair "starttls-$library" "$library" "$cert" '  tls_resumption_hosts = *'
    pair "on-connect-$library" "$library" "$cert
tls_on_connect_ports = 2525" '  tls_resumption_hosts = *
  protocol = smtps'
done

cat > "$here/inside" << 'END_INSIDE'
ip link set lo up
echo "$fast" > /proc/sys/net/ipv4/tcp_fastopen || exit 77
counted() { # how many SYNs had octets that were taken
    awk '$1 == "TcpExt:" && !names { for (i = 1; i <= NF; i++) name[i] = $i; names = 1; next }
         $1 == "TcpExt:" { for (i = 1; i <= NF; i++) if (name[i] == "TCPFastOpenPassive") print $i }' /proc/net/netstat
}
"$REFMTA" -C "$here/$name/to.conf" -bdf &
daemon=$!
for try in $(seq 100); do grep -q 'daemon started' "$here/$name/to/log/mainlog" 2> /dev/null && break; sleep 0.1; done
for n in 1 2 3; do
    printf 'Subject: %s\n\nhello\n' "$n" | "$REFMTA" -C "$here/$name/from.conf" -odi -f a@c.test u@test.ex
done
echo "SYNs with octets: $(counted)"
kill "$daemon"
wait "$daemon"
printf 'Subject: 4\n\nhello\n' | "$REFMTA" -C "$here/$name/from.conf" -odi -f a@c.test u@test.ex
grep -h -e ' => ' -e ' == ' -e ' \*\* ' "$here/$name/from/log/mainlog"
grep -h -e ' <= ' "$here/$name/to/log/mainlog"
END_INSIDE
export here REFMTA root name fast

# shown NAME FAST PATTERN...: what both logs say of the three messages.
shown() {
    name=$1 fast=$2
    shift 2
    rm -rf "$here/$name/from/db" "$here/$name/to/log/mainlog" "$here/$name/from/log/mainlog"
    claim "$name, tcp_fastopen=$fast" 0 "$@" ' == u@test.ex .* defer (111): Connection refused ' -- unshare -n sh "$here/inside"
}
for library in openssl gnutls; do
    for kind in clear chunks starttls on-connect; do
        k=; x=; [ "$kind" = clear ] || k=' K'
        case $kind in starttls | on-connect) x='X=TLS1.3:[^ ]*\* CV=[a-z]* DN=[^ ]* ' ;; esac
        octets=2
        [ "$kind" != on-connect ] || octets='[2-3]'
        shown "$kind-$library" 3 "SYNs with octets: $octets" " => u@test.ex .* L$k C=" " => u@test.ex .* TFO\* .*${x}L\*$k C=" \
            " <= a@c.test .* L\..*$k S=" " <= a@c.test .* TFO\* .* L\*.*$k S="
        shown "$kind-$library" 0 'SYNs with octets: 0' " => u@test.ex .* L$k C=" " => u@test.ex .*${x}L\*$k C=" \
            " <= a@c.test .* L\..*$k S=" " <= a@c.test .* L\*.*$k S="
    done
done
finish

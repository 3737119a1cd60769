# What refmta keeps of other hosts can be listed and tidied by hand.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }

cat > "$here/conf" << END
primary_hostname = mx.test.ex
spool_directory = $here/spool
log_file_path = $here/%slog
begin routers
away:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = closed
begin transports
closed:
  driver = smtp
  port = 2597
begin retry
* * F,4d,1h
END
hints() {
    "$REFMTA" -C "$here/conf" "$@"
}

claim "where nothing was learnt there is nothing to list" 0 -- hints --hints
printf 'Subject: x\n\nbody\n' > "$here/message"
"$REFMTA" -C "$here/conf" -odi -f a@c.test u@dest.test < "$here/message" > /dev/null 2>&1
claim "what was learnt of a host that is down is listed, with its age" 0 '^retry .*127\.0\.0\.1.*: written [0-9]* s ago' -- hints --hints retry
claim "other files have nothing" 0 -- hints --hints misc tls
[ ! -s "$here/said" ] || { echo "FAILED  misc and tls are not empty"; failures=$((failures + 1)); }
claim "what is young stays" 0 '^retry: 0 removed' '^misc: 0 removed' '^tls: 0 removed' -- hints --tidy
claim "so it is there still" 0 '^retry ' -- hints --hints
sleep 2
claim "what is older than was said goes" 0 '^retry: [1-9]' -- hints --tidy 1s retry
claim "and is not listed any more" 0 -- hints --hints
[ ! -s "$here/said" ] || { echo "FAILED  the record is still there"; failures=$((failures + 1)); }
claim "a file that is none is named" 64 '"tsl"' 'retry, misc and tls' -- hints --hints tsl
claim "an age that is none, too" 64 '"soon"' '30d or 12h' -- hints --tidy soon
finish

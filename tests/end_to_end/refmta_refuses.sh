# refmta, given nonsense, says in one line what is wrong, where, and what to do, and ends with the
# status that refmta(8) documents. Unwritable spools and taken ports too.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }

# config LINE...: a configuration that works but for the lines given
config() {
    {
        printf 'primary_hostname = mx.test.ex\nspool_directory = %s/spool\n' "$here"
        printf 'log_file_path = %s/%%slog\n' "$here"
        printf '%s\n' "$@"
    } > "$here/conf"
}
start() {
    timeout 20 "$REFMTA" -C "$here/conf" -bdf -oX 127.0.0.1.2598
}

config ''
claim "an unknown option gets a suggestion" 64 'unknown option "--hlp", did you mean "--help"?' -- "$REFMTA" --hlp
claim "a mode that is Exim's alone is refused by name" 64 '-bzz' -- "$REFMTA" -bzz
claim "a configuration that is not there is named" 1 "$here/none" -- "$REFMTA" -C "$here/none" -bV
claim "the version needs no spool" 0 'refmta version' '^Library version: LMDB: Compile: 0\.9' -- "$REFMTA" -C "$here/conf" -bV
config 'spool_dirctory = /tmp'
claim "a misspelt option: file, line and a suggestion" 1 "line 4 of $here/conf" 'did you mean "spool_directory"' -- start
config 'smtp_receive_timeout = soon'
claim "a bad value: file and line" 1 "line 4 of $here/conf" 'smtp_receive_timeout' -- start
config 'event_action = x'
claim "an option of Exim's that is not ours is refused by name" 1 'not supported by this server' -- start
config 'pipelining_connect_keyword = PIPECONNECT : PIPE CONNECT'
claim "a keyword of EHLO that is none" 1 "line 4 of $here/conf" '"PIPE CONNECT" is no keyword of EHLO' -- start
config 'pipelining_connect_keyword ='
claim "early pipelining without a name" 1 "line 4 of $here/conf" 'pipelining_connect_advertise_hosts' -- start
config '.ifdef X'
claim "an .ifdef without an end" 1 '.endif' -- start
config '.include /no/such/file'
claim "an include that is not there: its name" 1 '/no/such/file' -- start
printf 'accept acl = %s/acl\n' "$here" > "$here/acl"
config "acl_smtp_rcpt = $here/acl"
claim "an ACL in a file that names itself" 1 "line 1 of $here/acl" 'ACL nested too deep' -- start
printf 'primary_hostname = mx.test.ex\0x\n' > "$here/conf"
claim "a NUL in the configuration" 1 "$here/conf" -- start

config ''
: > "$here/spool"
claim "a spool that cannot be made: its path and what to do" 71 "$here/spool" 'set spool_directory' -- start
claim "so too for a session on standard input" 71 'set spool_directory' -- "$REFMTA" -C "$here/conf" -bs
claim "and for a message" 71 'set spool_directory' -- "$REFMTA" -C "$here/conf" u@test.ex
rm "$here/spool"
python3 - > "$here/held" << 'END' &
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 2598))
s.listen()
print("held", flush=True)
time.sleep(60)
END
holder=$!
while [ ! -s "$here/held" ]; do sleep 0.05; done
claim "a port that is taken: which, and what to do" 71 '127.0.0.1.*2598' 'in use' -- start
kill "$holder"
finish

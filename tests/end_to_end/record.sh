# assay record with swaks, a client that is not ours, against refmta: what is kept, and how it ends.
. "$(dirname "$0")/lib.sh"
[ -x "${REFMTA:-}" ] || { echo "refmta is not built"; exit 77; }
command -v swaks > /dev/null || { echo "swaks is not here"; exit 77; }
export REFMTA
rec=$here/rec

claim "swaks hands a message in" 0 'recorded in' 'OK id=' -- \
    "$ASSAY" record --target ref --out "$rec" --set queue_only=yes --note "a first one" -- \
    swaks --server '{host}' --port '{port}' --from a@c.test --to u@test.ex --helo c.test --body 'from swaks'
claim "what was done is noted" 0 '^target *ref' 'swaks --server {host}' 'exit status 0' 'a first one' -- cat "$rec/NOTES"
claim "the message is in the spool as it was sent" 0 'from swaks' -- \
    sh -c "cat $rec/target/mta/spool/input/*-D"
claim "and its envelope" 0 '<a@c.test>' '^u@test.ex$' 'received_protocol esmtp' -- \
    sh -c "cat $rec/target/mta/spool/input/*-H"
claim "the log tells the arrival" 0 '<= a@c.test' 'P=esmtp' -- cat "$rec/target/mta/log/mainlog"
if [ -f "$rec/traffic.pcapng" ]; then
    claim "the capture can be imported" 0 -- "$ASSAY" import "$rec/traffic.pcapng" -o "$here/imported"
fi
claim "a folder that is not empty is refused" 3 'is not empty' -- "$ASSAY" record --target ref --out "$rec" -- true
claim "a command that fails makes the recording unexpected" 1 'exit status 3' -- \
    "$ASSAY" record --target ref --out "$here/rec2" -- sh -c 'exit 3'
claim "a command that is not there too" 1 'exit status 127' -- \
    "$ASSAY" record --target ref --out "$here/rec3" -- no-such-client
claim "a setting that cannot be mapped is told" 4 'unsupported: client.trust = all' -- \
    "$ASSAY" record --target ref --out "$here/rec4" --set client.trust=all -- true
claim "a refused recipient reaches swaks" 1 'exit status' -- \
    "$ASSAY" record --target ref --out "$here/rec5" -- \
    swaks --server '{host}' --port '{port}' --from a@c.test --to nobody@test.ex --helo c.test
stopped() { # COMMAND...: interrupted after a while
    "$@" &
    pid=$!
    sleep 3
    kill -INT $pid
    wait $pid
}
claim "an interrupted recording is kept" 5 'interrupted; what was recorded' -- \
    stopped "$ASSAY" record --target ref --out "$here/rec7" -- sh -c 'echo begun; exec sleep 60'
claim "with what was said until then" 0 '^begun$' 'signal 9' -- \
    cat "$here/rec7/command.stdout" "$here/rec7/NOTES" "$here/rec7/target/mta/log/mainlog"
claim "flights that are interrupted say so" 5 'early/saved/clear' 'interrupted: this is what' -- \
    stopped "$ASSAY" flights "$root/scenarios/early/saved" --target ref --isolation ports
claim "nothing of them is left" 0 -- sh -c "! ls -d $here/assay-*"
claim "the command sees host and port in its environment too" 0 '192.0.2.1:25\|127.100' -- \
    "$ASSAY" record --target ref --out "$here/rec6" -- sh -c 'echo $ASSAY_HOST:$ASSAY_PORT'
finish

# Targets that never start, die, lie, fork away or are refused: one clear line, the documented status.
. "$(dirname "$0")/lib.sh"
plain_scenario
scn=$here/scenarios
export ASSAY_TARGETS="$here/targets"
run() { "$ASSAY" run "$scn" --out "$here/out-$1" --target "$@"; }

make_target dies 'echo "no licence" >&2; exit 3'
claim "a start that fails is an environment error with its words" 4 'start ended with status 3' 'no licence' -- run dies

make_target crashes 'kill -SEGV $$'
claim "a start that crashes is told by signal" 4 'ended by signal 11' -- run crashes

make_target liar 'exec sleep 60'
cat > "$here/targets/liar/prepare" << 'END'
#!/bin/sh
exit 0
END
claim "a prepare that swallows what it cannot know is refused" 4 'honesty probe' 'did not answer 77' -- run liar

make_target babbles 'exec sleep 60'
echo 'echo hello' >> "$here/targets/babbles/caps"
claim "caps may print only its two words" 4 'babbles/caps: prints' -- run babbles

make_target noexec 'exec sleep 60'
rm "$here/targets/noexec/start"
claim "a target without start says so" 4 'no executable start' -- run noexec

make_target typo 'exec sleep 60'
printf '# a comment\nreply-di = /x/\n' > "$here/targets/typo/target"
claim "an unknown key is refused with file, line and suggestion" 4 'typo/target:2: unknown key reply-di; did you mean reply-id' -- \
    run typo

make_target nomask 'exec sleep 60'
printf 'mask log exim-main date-time\n' > "$here/targets/nomask/target"
claim "a mask without a reason is refused" 4 'nomask/target:1: a mask without a reason' -- run nomask

make_target gone 'exec sleep 60'
printf 'peer = no-such-package\n' > "$here/targets/gone/target"
claim "a peer that was not fetched is skipped with the line that brings it" 3 'skip' 'ci/peers gone brings it' -- run gone

claim "a host:port where nothing answers is one line and an environment error" 4 \
    'nothing answers at 127.0.0.1:1: .*refused' -- "$ASSAY" run "$scn" --out "$here/out-refused" --target 127.0.0.1:1
lines=$(wc -l < "$here/said")
claim "and no report" 0 -- test "$lines" -eq 1
for name in 127.0.0.1:99999 127.0.0.1:0 :25 '[::1]:99999' host: unix:; do
    claim "$name is no host:port, and wrong use" 3 "not HOST:PORT" -- \
        "$ASSAY" run "$scn" --out "$here/out-port" --target "$name"
    claim "to target probe too" 3 "not HOST:PORT" -- "$ASSAY" target probe "$name"
done
claim "the list of targets shows what is missing" 0 'gone *not there; .ci/peers gone. brings it' -- sh -c \
    "rm $here/targets/typo/target $here/targets/nomask/target; $ASSAY target list"
finish

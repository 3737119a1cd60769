# "Tests are flaky because they measure time": what decides is order and whether the target sleeps, so a slow
# server, a slow machine and a late scheduler change how long a run takes and no verdict.
# Broken on purpose: play_world.asleep made to answer always yes (patience is plain time then) breaks the
# claims about burning and dribbling; made to answer always no, the one about sleeping.
. "$(dirname "$0")/lib.sh"
run() { "$ASSAY" run "$scn" --keep none --out "$here/out" "$@"; }
mail | dialogue t/mail
mta burns burns 5
claim "a server at work for 5 s is waited for by a judge whose patience is 2 s" 0 '1 pass' -- run --target burns
mta dribbles dribbles 0.02
claim "octet by octet is the same reply" 0 '1 pass' -- run --target dribbles
mta sleeps sleeps 6
claim "one that sleeps in place of answering fails, by name" 1 'although the target sleeps' -- run --target sleeps
mta silent silent-noop
dialogue t/held << 'END'
C: NOOP
S: 250
END
claim "an answer that never comes is told by what came in its place" 1 't/held' 'to NOOP: wanted 250, got 221' -- \
    run --target silent --only t/held
claim "and patience is a matter of the target's description" 0 '2 pass' -- sh -c \
    "sed -i s/2s/20s/ $here/targets/sleeps/target; $ASSAY run $scn --target sleeps --keep none --out $here/out"

# One core, four programs that want all of it: slower, and the same.
mta plain honest
states() { sed -n 's/^\(pass\|fail\)  *\([^ ]*\).*/\1 \2/p' "$1" | sort; }
run --target plain > "$here/calm" 2>&1
loaded() {
    hogs=
    for hog in 1 2 3 4; do
        taskset -c 0 sh -c 'while :; do :; done' &
        hogs="$hogs $!"
    done
    taskset -c 0 "$ASSAY" run "$scn" --target plain --keep none --repeat 5 --out "$here/out-loaded"
    status=$?
    kill $hogs
    wait $hogs 2> /dev/null
    return $status
}
if command -v taskset > /dev/null; then
    claim "five rounds on one overloaded core agree" 0 '2 pass' -- loaded
    states "$here/calm" > "$here/calm.states"
    states "$here/out-loaded/report.txt" > "$here/loaded.states"
    claim "and say what a calm machine says" 0 -- diff "$here/calm.states" "$here/loaded.states"
fi
finish

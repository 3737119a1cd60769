# "The exit status lies": 0 although something failed or nothing ran, or a count that wraps at 256.
# Broken on purpose: report_exit made to return the number of failures, to take a selection of nothing but
# skips for success, or to forget `complete`: each breaks claims below.
. "$(dirname "$0")/lib.sh"
run() { "$ASSAY" run "$scn" --keep none --quiet --out "$here/out" "$@"; }
mta good honest
mta bad refuses
mail | dialogue t/mail
claim "what holds is 0" 0 '1 case: 1 pass' -- run --target good
claim "one failure is 1" 1 '1 case: 1 fail' -- run --target bad
claim "a failure on one of two targets is 1" 1 '1 pass, 1 fail' -- run --target good,bad

# 256 failures: as a count they would read as 0 to a shell.
values=$(seq -s ' ' 256)
mkdir -p "$here/many/t"
sed "s/^req .*/&\nvary k = $values/; s/u@test/u@{k}@test/" "$scn/t/mail.scn" > "$here/many/t/mail.scn"
claim "256 failures are 1 too" 1 '256 cases: 256 fail' -- \
    "$ASSAY" run "$here/many" --target bad --keep none --quiet --jobs 2 --out "$here/out-many"

claim "nothing selected is a mistake" 3 'selection is empty' -- run --target good --only 'no/such*'
claim "no scenario at all is a mistake" 3 -- sh -c "mkdir $here/none; $ASSAY run $here/none --target good --out $here/out"
sed 's/^req .*/&\nneed starttls/' "$scn/t/mail.scn" > "$here/skipped.scn"
claim "nothing but skips shows nothing" 3 'every case was skipped' -- \
    "$ASSAY" run "$here/skipped.scn" --target good --out "$here/out"
sed 's/^S: 220$/S: 22O/' "$scn/t/mail.scn" > "$here/mistaken.scn"
claim "a mistake in one file runs nothing" 3 'nothing was run' -- \
    "$ASSAY" run "$scn" "$here/mistaken.scn" --target good --out "$here/out"

mta mortal dies
claim "a crash is 2, and outweighs failures" 2 '1 fail, 1 crash' -- run --target bad,mortal
make_target never 'exit 3'
claim "a target that does not start is 4, and outweighs crashes" 4 '1 crash\|1 error' -- run --target mortal,never
claim "a report that cannot be written is 4" 4 '--out /proc/nowhere' -- \
    "$ASSAY" run "$scn" --target good --out /proc/nowhere
mkdir -p "$here/full/report.json"
claim "and not 0 because the cases passed" 4 'report.json' -- "$ASSAY" run "$scn" --target good --out "$here/full"

mta slow sleeps 30
interrupted() {
    "$ASSAY" run "$scn" --target slow --timeout 40s --out "$here/out-int" &
    pid=$!
    sleep 2
    kill -TERM $pid
    wait $pid
}
sed -i 's/2s/60s/' "$here/targets/slow/target"
claim "a run cut short is 5, whatever was seen" 5 'cut short\|interrupted' -- interrupted
interrupted_early() {
    "$ASSAY" run "$root/scenarios" --self --keep none --quiet --out "$here/out-early" &
    pid=$!
    sleep 0.3
    kill -TERM $pid
    wait $pid
}
claim "one cut short before its first case is 5 too" 5 -- interrupted_early
make_target starts 'sleep 3; exit 1'
probed() {
    mkdir "$here/probing"
    TMPDIR=$here/probing "$ASSAY" target probe starts &
    pid=$!
    sleep 1
    kill -TERM $pid
    wait $pid
}
claim "so is a probe" 5 'interrupted' -- probed
claim "and it leaves no folder" 0 -- rmdir "$here/probing"
claim "a pipe that closes early does not make it 0" 1 -- sh -c \
    "{ $ASSAY run $scn --target bad --out $here/out-pipe; echo \$? > $here/status; } | head -c 1 > /dev/null
     read -r status < $here/status; [ \$status -ne 0 ]; exit \$status"
finish

# docs/how-to-add-a-target.md as somebody follows it: a folder copied from the model, made one's own, and each
# step tells what is missing. The MTA is Postfix's test server, all else is shell.
. "$(dirname "$0")/lib.sh"
[ -f "$root/build/peers/sample/.complete" ] || { echo "ci/peers sample brings what this needs"; exit 77; }
cd "$root" || exit 1
claim "the model is shorter than forty lines" 0 '^[1-3][0-9]* total' -- sh -c 'wc -l harness/targets/sample/* | sed "s/^ *//"'
claim "and runs as it is" 0 "1 pass" -- \
    "$ASSAY" run scenarios/smtp/greeting.scn --target sample --baseline /dev/null --out "$here/out-sample"

mkdir -p "$here/targets" "$here/peers"
cp -R harness/targets/sample "$here/targets/mine"
cp -R build/peers/sample "$here/peers/mine"
export ASSAY_TARGETS="$here/targets" PEERS="$here/peers"
probe() { "$ASSAY" target probe mine --peers "$here/peers"; }
run() { "$ASSAY" run "$@" --target mine --peers "$here/peers" --baseline /dev/null --out "$here/out-mine"; }

mv "$here/targets/mine/prepare" "$here/prepare"
claim "2: caps alone says what is next" 4 'prepare' -- probe
mv "$here/prepare" "$here/targets/mine/prepare"
claim "3, 4: prepare is honest and start greets" 0 'honesty *what it cannot know' 'start *it greets' -- probe
claim "5: what the wire shows is judged, what where does not name is skipped by that name" 0 'pass *smtp/greeting' -- \
    run scenarios/smtp/greeting.scn
sed -i 's/exit 77/exit 1/' "$here/targets/mine/prepare"
claim "a prepare that fails where it should say 77 is refused" 4 'honesty probe' -- run scenarios/smtp/greeting.scn
sed -i 's/exit 1/exit 77/' "$here/targets/mine/prepare"
claim "7: the whole topic runs, and ends in verdicts" 1 'pass' 'skip' -- run scenarios/smtp
finish

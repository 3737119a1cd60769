# "Unsupported hides failures": a case is skipped by what the target declares or refuses to be configured for,
# never because it failed; what was skipped is counted with its reason and its clauses stay not exercised.
# Broken on purpose: PLAY_MISMATCH made STATE_SKIP where the reply is 5xx, or clauses of skipped cases counted
# as met: each breaks claims below.
. "$(dirname "$0")/lib.sh"
run() { "$ASSAY" run "$scn" --keep none --out "$here/out" "$@"; }
mail | dialogue t/mail
mta ignorant no-ehlo
claim "a server that does not know EHLO fails, however politely it says so" 1 '1 fail' 'got 502' -- run --target ignorant
sed 's/^req .*/&\nneed chunking/; s/^C: MAIL.*/C: BDAT 0 LAST\nS: 503\n&/' "$scn/t/mail.scn" > "$scn/t/bdat.scn"
mta plain honest
claim "what it does not declare is skipped, with the word" 0 'skip *t/bdat' 'unsupported: chunking' '1 pass, 1 skip' -- \
    run --target plain
claim "the clause of the skipped case is not called met" 0 '"not-exercised"' -- sh -c \
    "sed -i 's/^req .*/req RFC3030-2-bdat/' $scn/t/bdat.scn; $ASSAY run $scn --target plain --out $here/out > /dev/null
     cat $here/out/report.json"
mta boasts honest
echo 'echo cap chunking' >> "$here/targets/boasts/caps"
claim "what it declares and does not do is a failure, not a skip" 1 'fail *t/bdat' -- run --target boasts
claim "list tells beforehand what would be skipped" 0 't/bdat: skip unsupported: chunking' -- \
    "$ASSAY" list "$scn" --target plain --why-skipped
rm "$scn/t/bdat.scn"

mta shy honest
printf '#!/bin/sh\necho everything\nexit 77\n' > "$here/targets/shy/prepare"
claim "a target that refuses every configuration shows nothing, and nothing is not success" 3 \
    'unsupported: everything' 'every case was skipped' -- run --target shy
mta quits honest
printf '#!/bin/sh\nexit 77\n' > "$here/targets/quits/start"
claim "77 has a meaning where something is asked, not where a server is to start" 4 'error' -- run --target quits
make_target liar 'exec sleep 60'
printf '#!/bin/sh\nexit 0\n' > "$here/targets/liar/prepare"
claim "a target that swallows options is refused, since it would turn them into verdicts" 4 'honesty probe' -- \
    run --target liar

# A check that has no surface is skipped by itself, and seen; the rest of the case still judges.
cp "$scn/t/mail.scn" "$scn/t/log.scn"
echo 'expect log exim-main has "<= a@c.test"' >> "$scn/t/log.scn"
claim "a check without a surface is told" 0 '"skipped": *"surface"' -- sh -c \
    "$ASSAY run $scn --target plain --out $here/out > /dev/null; cat $here/out/report.json"
mta bad refuses
claim "and does not hide that the wire failed" 1 'fail *t/log' -- run --target bad
finish

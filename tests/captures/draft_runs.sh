# A capture becomes a scenario that lints and runs, and replays against the same target without a
# difference; a target that answers otherwise is told apart.
. "$(dirname "$0")/../end_to_end/lib.sh"
: "${FLOOD:?the path of capture_flood}"
[ -n "${REFMTA:-}" ] && [ -x "$REFMTA" ] || { echo "no refmta in this build"; exit 77; }
"$FLOOD" session "$here/good.pcap" || exit 1

claim "what there is" 0 'stream 0: 192.0.2.10 port 1024 -> 192.0.2.1 port 25' 'SMTP, 7 replies' -- "$ASSAY" import --list "$here/good.pcap"
claim "a draft is written" 0 "$here/out/good-0.scn" -- "$ASSAY" import "$here/good.pcap" -o "$here/out"
claim "with the message beside it, and no word of it" 0 -- test -s "$here/out/good-0.m1.eml"
claim "the people of the recording are gone" 1 -- grep -r 'example' "$here/out"
claim "the draft is in the one form" 0 -- "$ASSAY" fmt --check "$here/out"
claim "the draft lints, but for what a person has to write" 3 'the title is still TODO' 'the clause is still TODO' '2 mistakes' \
    -- "$ASSAY" lint "$here/out"
claim "the draft runs" 0 '1 pass' -- "$ASSAY" run "$here/out/good-0.scn" --target ref --out "$here/report"
claim "with --exact too" 0 'good-0.scn' -- "$ASSAY" import --exact "$here/good.pcap" -o "$here/exact"
claim "and that runs" 0 '1 pass' -- "$ASSAY" run "$here/exact/good-0.scn" --target ref --out "$here/report"
claim "the recording replays" 0 '1 pass' 'masked: wire host' -- "$ASSAY" replay "$here/good.pcap" --target ref --out "$here/replay"
claim "other words fail when asked" 1 'text: reply' -- "$ASSAY" replay "$here/good.pcap" --target ref --strict-text
claim "another offer fails when asked" 1 'extensions: reply 2, to EHLO' -- "$ASSAY" replay "$here/good.pcap" --target ref --strict-extensions
claim "a recipient that is refused is a difference of code, in its flight" 1 'code: reply 4, to RCPT' 'flight 7 ' \
    -- "$ASSAY" replay "$here/good.pcap" --target ref --set accept.rcpt=v@test.ex
grep -q -- '-> flight 7 ' "$here/said" || { echo "FAILED  no arrow at the flight"; failures=$((failures + 1)); }
printf '%s fail "to RCPT" because the mailbox is taken away by this test\n' "$(grep -o '[^ ]*good#0' "$here/said" | head -n 1)" > "$here/baseline"
claim "a baseline makes it known" 0 'xfail' -- "$ASSAY" replay "$here/good.pcap" --target ref --set accept.rcpt=v@test.ex --baseline "$here/baseline"
claim "and is stale when it passes" 1 'xpass' -- "$ASSAY" replay "$here/good.pcap" --target ref --baseline "$here/baseline"
printf '%s-x fail "to RCPT" because it names nothing\n' "nowhere/good#0" > "$here/baseline"
claim "an entry that names nothing is a mistake" 3 'baseline:1' -- "$ASSAY" replay "$here/good.pcap" --target ref --baseline "$here/baseline"
finish

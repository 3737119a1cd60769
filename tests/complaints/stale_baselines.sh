# "Known failures cannot be pinned, or go stale in silence": an entry pins a case, its state and its reason,
# and stops the gate as soon as it is no longer true.
# Broken on purpose: baseline_apply made to leave a pass a pass, to ignore the pattern, or the day: each
# breaks claims below.
. "$(dirname "$0")/lib.sh"
mta good honest
mta bad refuses
mail | dialogue t/mail
run() { "$ASSAY" run "$scn" --keep none --quiet --out "$here/out" --baseline "$here/baseline" "$@"; }
entry() { printf '%s\n' "$1" > "$here/baseline"; }

entry 't/mail  fail  "to RCPT: wanted 250, got 550"  because the mailbox is not known there'
claim "a failure that is listed with its reason is expected" 0 '1 xfail' -- run --target bad
claim "and says so where it stands" 0 'xfail' 'the mailbox is not known there' -- sh -c "cat $here/out/report.json"
claim "when it is repaired the entry is stale and stops the gate" 1 'xpass' -- run --target good
entry 't/mail  fail  "to MAIL: wanted 250"  because another thing was wrong once'
claim "a failure for another reason is not the one that was listed" 1 'xdiff' -- run --target bad
entry 't/mail  warn  "550"  because it was a warning'
claim "nor one in another state" 1 'xdiff' -- run --target bad
entry 't/mail  fail  "550"  until 2020-01-01  because it was to be repaired by then'
claim "an entry has an end" 1 '1 fail' -- run --target bad
entry 't/mail  fail  "550"  if version<1  because of an old version'
claim "an entry for another version does not hold" 1 '1 fail' -- run --target bad
entry 't/other  fail  "550"  because of nothing'
claim "an entry that names no case is a mistake" 3 'baseline:1' 't/other' -- run --target bad
entry 't/*  fail  "550"  because all of them do'
claim "there are no wildcards over cases" 3 'baseline:1' -- run --target bad
entry 't/mail  fail  "**"  because whatever'
claim "a pattern that fits everything is refused" 3 'baseline:1' -- run --target bad
entry 't/mail  fail  "550"  because TODO'
claim "a reason must be written by a person" 3 'baseline:1' 'TODO' -- run --target bad
entry 't/mail  fail  "550"'
claim "and cannot be left out" 3 'baseline:1' 'because' -- run --target bad
mta mortal dies
entry 't/mail  fail  "to RCPT"  because it fails'
claim "a crash is never covered by an entry for a failure" 2 'crash' -- run --target mortal
claim "a baseline that is not there is told" 4 'no-such-file' -- run --target bad --baseline "$here/no-such-file"
finish

# "One reading of the RFC is hard-wired": what the RFCs leave free is not compared, what they allow in several
# forms is an alternative with a label, and the report says which one was taken.
# Broken on purpose: `S! eof` made to take FIN alone, EHLO keywords compared in order, or one-line replies
# demanded: each breaks claims below.
. "$(dirname "$0")/lib.sh"
mta plain honest
mta wordy wordy
mta resets resets
run() { "$ASSAY" run "$scn" --keep none --out "$here/out" "$@"; }
mail | sed 's/^S: 250$/S: 250|251/' | dialogue t/mail
claim "other texts, more lines, more keywords and another order are free" 0 '2 pass' -- run --target plain,wordy
claim "closed is closed, by FIN or RST" 0 '1 pass' -- run --target resets
sed 's/^S! eof/S! rst/' "$scn/t/mail.scn" > "$here/rst.scn"
claim "unless the scenario wants to know" 1 'plain' '1 pass, 1 fail' -- \
    "$ASSAY" run "$here/rst.scn" --target resets,plain --keep none --out "$here/out-rst"
rm "$scn/t/mail.scn"

dialogue t/forms << 'END'
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@test.ex>
either taken
  S: 250
or forwarded
  S: 251
or refused !fail
  S: 5xx
end
END
mta bad refuses
claim "each of two allowed answers passes, one that is named as wrong fails by its name" 1 \
    'pass *t/forms on plain' 'pass *t/forms on wordy' 'fail *t/forms on bad' 'label refused' -- \
    run --target plain,wordy,bad --format text,jsonl
claim "the report says which was taken" 0 '"labels":\["taken"\]' '"labels":\["forwarded"\]' -- cat "$here/out/report.jsonl"
rm "$scn/t/forms.scn"
dialogue t/keywords << 'END'
C: EHLO c.test
S: 250 { 8BITMIME, SIZE }
C: NOOP
S: 2xx
END
claim "keywords are told by their names, whatever their case and order" 0 '2 pass' -- run --target plain,wordy
finish

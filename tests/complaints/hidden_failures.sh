# "Output hides what failed": the failure is among the last lines, with what was wanted and what came, in every
# form; documents are closed whatever happens, and what a server says cannot break them.
# Broken on purpose: the end of the text form without its list, spell_line made to copy octets, or `complete`
# not written when interrupted: each breaks claims below.
. "$(dirname "$0")/lib.sh"
mta bad refuses
mta good honest
mkdir -p "$scn/t"
for n in $(seq -w 20); do
    dialogue "t/fine$n" < /dev/null
done
mail | dialogue t/mail
run() { "$ASSAY" run "$scn" --target bad --out "$here/out" --format text,json,jsonl,junit,tap "$@"; }
out=$here/out
ends() { run "$@" > "$here/text" 2>&1; status=$?; tail -n 4 "$here/text"; return $status; }
claim "one failure among twenty passes is among the last lines" 1 't/mail' 'to RCPT: wanted 250, got 550' -- ends
claim "and all that is said when nothing else is wanted" 1 't/mail' 'wanted 250, got 550' '20 pass, 1 fail' -- run --quiet
claim "with the line of the scenario" 0 'mail.scn:10' 'wanted: *250' 'got: *550 no such mailbox' -- cat "$out/report.txt"
claim "with the command that repeats it" 0 'assay run .*mail.scn --target bad --seed' -- cat "$out/report.txt"
claim "with its evidence" 0 'C: RCPT' '550 no such mailbox' -- sh -c "cat $out/cases/*mail@bad/wire.scn"
claim "JSON has it" 0 '"fail"' '550 no such mailbox' -- grep t/mail -A 3 "$out/report.json"
claim "JSON lines has it in one line" 0 '550 no such mailbox' -- grep '"t/mail","target":"bad","state":"fail"' "$out/report.jsonl"
claim "JUnit has it as a failure" 0 '<failure' 'failures="1"' -- cat "$out/junit.xml"
claim "TAP has it as not ok" 0 '^not ok .*t/mail' '^1\.\.21' -- cat "$out/report.tap"

# The text of a reply is the server's: no form may take it for its own.
rm "$scn"/t/fine*
mta ugly ugly
"$ASSAY" run "$scn" --target ugly --out "$here/ugly" \
    --format text,json,jsonl,junit,tap,html,sarif,markdown > "$here/said" 2>&1
escape=$(printf '\033')
claim "no form passes on a control character" 1 -- \
    grep -l "$escape" "$here/said" "$here"/ugly/report.* "$here/ugly/junit.xml"
claim "nor takes the words for a point of its own" 0 '^1$' -- grep -c '^not ok' "$here/ugly/report.tap"
claim "and each can be read again by a program" 0 -- python3 -c "
import json, re
json.load(open('$here/ugly/report.json'))
for line in open('$here/ugly/report.jsonl'):
    json.loads(line)
xml = open('$here/ugly/junit.xml', encoding='utf-8').read()
assert xml.rstrip().endswith('</testsuites>')
assert ']]>' not in re.sub(r'<!\[CDATA\[.*?\]\]>', '', xml, flags=re.S)
"

# Documents are closed when the run is interrupted, and the lines form can be read after a kill.
mta slow sleeps 30
sed -i 's/2s/60s/' "$here/targets/slow/target"
dialogue t/a < /dev/null
cut_short() { # SIGNAL: when the first target is judged and the second one is waited for
    "$ASSAY" run "$scn" --target good,slow --out "$here/cut" \
        --format text,json,jsonl,junit,tap,html,sarif,markdown > "$here/said" 2>&1 &
    pid=$!
    sleep 3
    kill "-$1" $pid
    wait $pid
}
claim "an interrupted run says so by its status" 5 -- cut_short INT
claim "and in its documents, which are whole" 0 '"complete": *false' '</testsuites>' '^Bail out' 'cut short' \
    '"executionSuccessful": *false' '^</html>' 'The run was cut short' -- sh -c \
    "cat $here/cut/report.* $here/cut/junit.xml"
claim "and can be read by programs" 0 -- python3 -c "
import json, xml.dom.minidom
json.load(open('$here/cut/report.json'))
json.load(open('$here/cut/report.sarif'))
xml.dom.minidom.parse('$here/cut/junit.xml')
xml.dom.minidom.parse('$here/cut/report.html')
"
claim "what was judged before stands in them" 0 '"pass"' -- grep -A 3 t/mail "$here/cut/report.json"
cut_short KILL
claim "a killed run leaves the lines of what was judged" 0 '"state":"pass"' -- cat "$here/cut/report.jsonl"
claim "of which any other form can be made" 0 '^</html>' 'cut short' -- \
    "$ASSAY" report convert "$here/cut/report.jsonl" --format html
finish

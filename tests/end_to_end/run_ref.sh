# assay against refmta: verdicts, evidence, the report, the lock, interruption.
. "$(dirname "$0")/lib.sh"
[ -x "${REFMTA:-}" ] || { echo "refmta is not built"; exit 77; }
export REFMTA
plain_scenario
scn=$here/scenarios
out=$here/out
run() { "$ASSAY" run "$scn" --target ref --out "$out" "$@"; }
has() { # SENTENCE FILE...
    sentence=$1
    shift
    claim "$sentence" 0 -- ls "$@"
}

claim "a true claim passes" 0 'pass *t/plain' '1 pass' -- run
has "the report is there" "$out/report.json" "$out/report.txt"
claim "what passed leaves no evidence" 2 -- ls "$out/cases"
claim "unless it is wanted" 0 -- run --keep all

sed 's/<u@test.ex>/<nobody@test.ex>/' "$scn/t/plain.scn" > "$scn/t/false.scn"
claim "a false claim fails, told with what was wanted and what came" 1 'fail *t/false' 'to RCPT: wanted 250' \
    'got:* *550' 'assay run .*false.scn --target ref --seed' -- run
has "its evidence is there" "$out"/cases/*false@ref/wire.scn "$out"/cases/*false@ref/target/mta/refmta.conf \
    "$out"/cases/*false@ref/target/mta/log/mainlog "$out"/cases/*false@ref/again
claim "the wire is a scenario again" 0 '^C: RCPT TO:<nobody@test.ex>' -- cat "$out"/cases/*false@ref/wire.scn
claim "only what fits a glob runs" 0 '1 case: 1 pass' -- run --only '*/plain'
claim "cases can be repeated" 0 '1 pass' -- run --only '*/plain' --repeat 3
claim "other forms are written" 1 -- run --format junit,tap,jsonl
has "each under its own name" "$out/junit.xml" "$out/report.tap" "$out/report.jsonl"
rm "$scn/t/false.scn"

sed '3a need binarymime' "$scn/t/plain.scn" > "$scn/t/needs.scn"
claim "what the target lacks is skipped, never passed" 0 'skip *t/needs' 'unsupported: binarymime' -- run
claim "and list tells why" 0 'ref t/plain' 't/needs: skip unsupported: binarymime' -- \
    "$ASSAY" list "$scn" --target ref --why-skipped
rm "$scn/t/needs.scn"

sed '3a set advertise.size = no' "$scn/t/plain.scn" > "$scn/t/other.scn"
claim "what prepare cannot map is skipped by name" 0 'skip *t/other' 'advertise.size' -- run
rm "$scn/t/other.scn"

claim "an unwritable --out is told" 4 '--out /proc/nowhere' -- "$ASSAY" run "$scn" --target ref --out /proc/nowhere
mkdir -p "$out"
claim "two runs in one folder are refused" 4 'another run is writing there' -- \
    flock "$out/.lock" "$ASSAY" run "$scn" --target ref --out "$out"

# The same bytes every run: wire, spool and log.
run --keep all > "$here/first" 2>&1
mv "$out/cases" "$here/cases-first"
run --keep all > "$here/second" 2>&1
for part in target/mta/log/mainlog target/mta/spool/input wire.scn; do
    claim "two runs leave the same $(basename $part)" 0 -- \
        diff -r "$(echo "$here"/cases-first/*/$part)" "$(echo "$out"/cases/*/$part)"
done
if command -v ip > /dev/null && "$ASSAY" target probe ref | grep -q 'capture *live'; then
    claim "the capture holds packets" 0 -- \
        sh -c "[ \$(cat $out/cases/*/traffic.pcapng | wc -c) -gt 1000 ]"
fi

claim "ports instead of namespaces" 0 'isolation ports' '1 pass' -- run --isolation ports

# A target that dies in the middle, and one that forks away.
mkdir -p "$here/targets"
cp -r "$root/harness/targets/ref" "$root/harness/targets/exim-language" "$here/targets/"
export ASSAY_TARGETS="$here/targets"
cp -r "$here/targets/ref" "$here/targets/mortal"
cat > "$here/targets/mortal/start" << 'END'
#!/bin/sh
. "$ASSAY_TARGET/refmta.sh"
(sleep 1; kill -KILL $$) &
exec "$REFMTA" -C "$ASSAY_WORK/refmta.conf" --env "$ASSAY_ENV" -bdf
END
scenario s/slow << 'END'
scenario a session outlives a second
source RFC5321 4.5.3.2.7
req RFC5321-4.5.3.2.7-command
S: 220
C: NOOP
S: 250
C! silence 3s
C: QUIT
S: 221
END
claim "a target that dies mid-scenario is a crash" 2 'crash *s/slow' 'signal 9' -- \
    "$ASSAY" run "$scn/s" --target mortal --out "$here/out-mortal"
rm -r "$scn/s"
cp -r "$here/targets/ref" "$here/targets/daemon"
cat > "$here/targets/daemon/start" << 'END'
#!/bin/sh
. "$ASSAY_TARGET/refmta.sh"
setsid "$REFMTA" -C "$ASSAY_WORK/refmta.conf" --env "$ASSAY_ENV" -bdf > /dev/null 2>&1 &
END
claim "a target that forks away is kept in sight" 0 '1 pass' -- "$ASSAY" run "$scn" --target daemon --out "$here/out-d"
claim "and ended with the run" 1 -- pgrep -f "$here/assay-.*/refmta.conf"

# A port that is in use: the target cannot listen.
cp -r "$here/targets/ref" "$here/targets/twice"
cat > "$here/targets/twice/start" << 'END'
#!/bin/sh
. "$ASSAY_TARGET/refmta.sh"
sed -i "s/^local_interfaces.*/local_interfaces = <; [$ASSAY_ADDR]:$ASSAY_PORT_SMTP ; [$ASSAY_ADDR]:$ASSAY_PORT_SMTP/" "$ASSAY_WORK/refmta.conf"
exec "$REFMTA" -C "$ASSAY_WORK/refmta.conf" --env "$ASSAY_ENV" -bdf
END
claim "a port in use is told in the target's words" 4 'did not start' 'in use' -- \
    "$ASSAY" run "$scn" --target twice --out "$here/out-twice"

# Interrupted: the report is closed and says so.
scenario s/long << 'END'
scenario a client may be silent for long
source RFC5321 4.5.3.2.7
req RFC5321-4.5.3.2.7-command
S: 220
C! silence 20s
C: QUIT
S: 221
END
interrupted() {
    "$ASSAY" run "$scn" --target ref --out "$here/out-int" --format text,json,jsonl -j 2 &
    pid=$!
    tries=0
    until grep -qs t/plain "$here/out-int/report.jsonl" || [ $((tries += 1)) -gt 300 ]; do
        sleep 0.1
    done
    kill -INT $pid
    wait $pid
}
claim "an interrupted run ends with 5" 5 't/plain' -- interrupted
claim "and its report is whole" 0 '"complete"' -- cat "$here/out-int/report.json"
finish

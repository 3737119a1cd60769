# The recipe for several workers on one machine: four give the report of one, and stop the gate where one does.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }
command -v parallel > /dev/null || { echo "GNU parallel is not here"; exit 77; }
faulty=$(dirname "$ASSAY")/tests/faults/refmta-faulty
[ -x "$faulty" ] || { echo "refmta-faulty is not built here"; exit 77; }
cd "$root" || exit 1
pack="scenarios/smtp scenarios/bdat"

work() { # WORKERS FOLDER
    # shellcheck disable=SC2086
    RUN_ID=one ci/recipes/parallel "$1" "$here/$2" $pack --target ref
}
claim "one worker" 0 '^All as expected\|pass' -- work 1 one
claim "four workers" 0 -- work 4 four
# what quotes a message's id differs from run to run
claim "give the same report" 0 'cases are the same' -- python3 -c "
import json
def plain(name):
    r = json.load(open('$here/' + name + '/report.json'))
    del r['run']['started']
    for c in r['cases']:
        del c['wall_ms']
        c.pop('events', None)
        for k in c['checks']:
            k.pop('got', None)
    return r
one, four = plain('one'), plain('four')
assert one == four
print(len(one['cases']), 'cases are the same')
"
broken() { REFMTA="$faulty" REFMTA_FAULT=rset-does-nothing work "$@"; }
claim "a change that breaks a clause stops the gate of four" 1 'RFC5321-4.1.1.5-discard' -- broken 4 bad
claim "and is in what a CI shows" 0 'RFC5321-4.1.1.5-discard' -- cat "$here/bad/report.sarif" "$here/bad/junit.xml"
claim "a mistake is told by the shard that met it" 3 -- ci/recipes/parallel 2 "$here/none" "$here/nothing" --target ref
finish

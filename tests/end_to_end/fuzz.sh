# assay fuzz: finds a fault within a fixed number of scripts, the same ones each time; tells it once, small, with
# the line that repeats it; finds nothing where nothing is.
. "$(dirname "$0")/lib.sh"
faulty=$(dirname "${REFMTA:-/}")/tests/faults/refmta-faulty
[ -x "$faulty" ] || { echo "no refmta-faulty in this build"; exit 77; }
cd "$root" || exit 1
export REFMTA="$faulty"
seeds=scenarios/smtp/two-messages.scn

claim "the seed itself is fine" 0 '1 scripts of 1 seeds, 1 plays, 0 findings' -- \
    "$ASSAY" fuzz $seeds --target ref --count 0 --out "$here/none"
claim "and changed, on an honest server" 0 '12 scripts of 1 seeds, 12 plays, 0 findings' -- \
    "$ASSAY" fuzz $seeds --target ref --count 12 --seed 5 --out "$here/none"
claim "no folder is made for nothing" 1 -- test -e "$here/none"
REFMTA_FAULT=accepted-not-stored
export REFMTA_FAULT
claim "mail that is lost is found" 1 'ref mail: what was taken is neither delivered nor queued' '1 findings' \
    "again: assay fuzz $here/lost/001.scn --target ref --count 0" -- \
    sh -c "'$ASSAY' fuzz $seeds --target ref --count 8 --seed 5 --out '$here/lost' && exit 9; s=\$?; cat '$here/lost/001.scn'; exit \$s"
claim "small" 0 'C: DATA' -- sh -c "test \$(grep -c '^C' '$here/lost/001.scn') -le 6 && cat '$here/lost/001.scn'"
claim "with its wire" 0 'C: DATA' -- cat "$here/lost/001-ref.wire"
claim "and comes again" 1 'ref mail: what was taken' -- \
    "$ASSAY" fuzz "$here/lost/001.scn" --target ref --count 0 --out "$here/again"
unset REFMTA_FAULT

# two that answer differently
cp -r "$root/harness/targets" "$here/targets"
cp -r "$here/targets/ref" "$here/targets/other"
sed -i "1i export REFMTA_FAULT=mail-nests" "$here/targets/other/refmta.sh"
export ASSAY_TARGETS="$here/targets"
claim "a difference is found" 1 'differs: MAIL is answered 503 by ref, 250 by other' -- \
    "$ASSAY" fuzz scenarios/smtp/nested-mail.scn --target ref,other --count 0 --out "$here/differs"

claim "a target that is there" 3 'no target nobody' -- "$ASSAY" fuzz $seeds --target nobody --count 1
claim "a host of somebody else's is left alone" 3 'i-own-this-host' -- "$ASSAY" fuzz $seeds --target 127.0.0.1:25 --count 1
claim "seeds are wanted" 3 'which scenarios' -- "$ASSAY" fuzz --target ref --count 1
claim "that are there" 3 'no-such.scn' -- "$ASSAY" fuzz "$here/no-such.scn" --target ref --count 1
claim "in which a client speaks SMTP" 3 'in none of the scenarios' -- \
    "$ASSAY" fuzz scenarios/client/closing.scn --target ref --count 1
claim "a number is a number" 3 'count wants a number' -- "$ASSAY" fuzz $seeds --target ref --count many
claim "a time is a time" 3 'time wants a time' -- "$ASSAY" fuzz $seeds --target ref --time soon
finish

# The same scenarios on several targets: what counts as the same behaviour.
. "$(dirname "$0")/lib.sh"
[ -x "${REFMTA:-}" ] || { echo "no refmta in this build"; exit 77; }
cd "$root" || exit 1
mkdir -p "$here/targets"
for part in ref exim-language; do
    cp -r "$root/harness/targets/$part" "$here/targets/$part"
done
cp -r "$here/targets/ref" "$here/targets/other"
# Another program would differ in more; here one option does it.
sed -i 's/^primary_hostname = .*/&\nmessage_size_limit = 1000/; /limit_size" ] ||/d' "$here/targets/other/prepare"
export ASSAY_TARGETS="$here/targets"
scenario t/large << 'END'
scenario a message of 2000 octets is taken or refused
source RFC1870 6.1
req RFC1870-6.1-refuse
S: 220
C: EHLO c.test
S: 250
C: MAIL FROM:<a@c.test> SIZE=2000
either taken
  S: 250
or refused
  S: 5xx
end
END
diff() { name=$1; shift; "$ASSAY" diff --out "$here/out-$name" "$@"; }
claim "targets that answer alike are alike, whatever their words" 0 '1 cases alike, 0 different' -- \
    diff alike ref other scenarios/smtp/rset-forgets.scn
claim "another alternative is another behaviour, with clause, targets and reply" 1 't/large' 'by RFC1870-6.1-refuse' \
    'pass taken: ref' 'got 250' 'pass refused: other' 'got 552' '0 cases alike, 1 different' -- \
    diff differ ref other "$here/scenarios/t/large.scn"
claim "the report has both" 0 '"target": *"ref"' '"target": *"other"' -- cat "$here/out-differ/report.json"
claim "one target is no difference" 3 'two targets are needed' -- diff single ref scenarios/smtp
claim "a target that is not there is taken for a path, and said" 3 'nobody' -- diff nobody ref other nobody
claim "cases that one of them cannot show are counted apart" 0 '0 cases alike, 0 different, [1-9][0-9]* that fewer than two' -- sh -c \
    "printf '#!/bin/sh\necho version 1\n' > $here/targets/other/caps; \
    $ASSAY diff ref other scenarios/pipelining/no-recipient.scn --out $here/out-alone"
finish

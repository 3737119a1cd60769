# Mistakes in scenarios name file, line, column and remedy; nothing runs; status 3.
. "$(dirname "$0")/lib.sh"
scenario t/bad << 'END'
scenario a claim
source RFC5321 D.1
req RFC5321-3.3-rcpt
sett queue_only = yes
S: 220
END
claim "an unknown word is told with its place" 3 't/bad.scn:4:1:' 'set' 'nothing was run' -- \
    "$ASSAY" run "$here/scenarios" --target ref --out "$here/out"
claim "lint tells the same" 3 't/bad.scn:4:1:' '1 mistakes' -- "$ASSAY" lint "$here/scenarios"
rm "$here/scenarios/t/bad.scn"
plain_scenario
claim "lint is content with a good one" 0 '1 cases, 0 mistakes' -- "$ASSAY" lint "$here/scenarios"
sed 's/^scenario .*/scenario TODO/; s/^req .*/req TODO/' "$here/scenarios/t/plain.scn" > "$here/draft.scn"
printf '=== spool s\nsender "<a@c.test>"\n' >> "$here/draft.scn"
claim "lint tells what a person has still to write, and what nothing uses" 3 'the title is still TODO' \
    'the clause is still TODO' 'the section .s. is never used' '3 mistakes' -- "$ASSAY" lint "$here/draft.scn"
printf '\n\n' | cat - "$here/scenarios/t/plain.scn" | sed 's/^C: /   C: /' > "$here/loose.scn"
claim "fmt --check tells what it would change" 1 'loose.scn: not in the one form' -- "$ASSAY" fmt --check "$here/loose.scn"
claim "fmt writes the one form" 0 'loose.scn' -- "$ASSAY" fmt "$here/loose.scn"
claim "and then has nothing to do" 0 -- "$ASSAY" fmt --check "$here/loose.scn"
printf 'scenario a claim\nsource RFC5321 D.1\n\033[31mred\233m line\nS: 220\n' > "$here/scenarios/t/orders.scn"
claim "what a scenario quotes is no order to the terminal" 3 'no statement ..x1b.31mred.x9bm' -- sh -c \
    "$ASSAY lint $here/scenarios/t/orders.scn > $here/told 2>&1; status=\$?; cat $here/told; LC_ALL=C grep -q '[[:cntrl:]]' $here/told && exit 9; exit \$status"
rm "$here/scenarios/t/orders.scn"
claim "random octets are mistakes, not a crash" 3 -- sh -c \
    "head -c 4096 /dev/urandom > $here/scenarios/t/noise.scn; $ASSAY lint $here/scenarios"
finish

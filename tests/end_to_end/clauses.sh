# The registry of clauses through the program: what a level weighs, proofs of quotes, coverage.
. "$(dirname "$0")/lib.sh"
mkdir -p "$here/clauses" "$here/rfc"
export ASSAY_CLAUSES="$here/clauses"

# A text with a page break in the middle of a sentence, as the RFC Editor's have it.
printf '1.  Title\n\n   Servers MUST greet. A client that\n\nName         Standards Track        [Page 1]\n\014\nRFC 9999              Title            May 2026\n\n\n   speaks\n   first MAY be heard.\n' > "$here/rfc/rfc9999.txt"
digest() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }
cat > "$here/clauses/rfc9999.txt" << END
# RFC 9999, of this test
RFC9999-1-greets | MUST   | server | wire-s | 1 | a server greets | checked | quote=sha256:$(digest 'Servers MUST greet.')
RFC9999-1-first  | MAY    | server | wire-s | 1 | who speaks first is heard | checked | quote=sha256:$(digest 'A client that speaks first MAY be heard.')
RFC9999-1-should | SHOULD | server | wire-s | 1 | a server says 250 | checked
RFC9999-1-unread | MUST   | server | wire-s | 1 | a server says 250 too | unverified: not read
RFC9999-1-nobody | MUST   | server | wire-s | 1 | shown by nobody | checked
RFC9999-1-never  | MUST   | server | none   | 1 | cannot be shown | not-testable: it has no surface
END

claim "quotes are proved across a page break" 0 '2 quotes proved, 0 wrong' -- "$ASSAY" req check --rfc "$here/rfc"
sed -i 's/MUST greet/SHOULD greet/' "$here/rfc/rfc9999.txt"
claim "a sentence that is not there is told with the line of its clause" 3 'rfc9999.txt:2: RFC9999-1-greets' -- \
    "$ASSAY" req check --rfc "$here/rfc"
claim "without texts nothing is proved, and nothing is wrong" 0 '2 without their text' -- "$ASSAY" req check
claim "a clause in words" 0 'a server greets' 'MUST; binds server' 'shown by no scenario' -- \
    "$ASSAY" explain RFC9999-1-greets
claim "an id that nobody knows gets a suggestion" 3 'did you mean RFC9999-1-greets' -- \
    "$ASSAY" req show RFC9999-1-greet
claim "filters leave what was asked for" 0 '^RFC9999-1-first | MAY | server' -- "$ASSAY" req list --level MAY
claim "filters that leave nothing say so" 3 'leave none' -- "$ASSAY" req list --party relay
claim "a filter must be one of its words" 3 '--status is checked' -- "$ASSAY" req list --status done
claim "a verb must be one" 3 'req wants list, show, coverage or check' -- "$ASSAY" req lst

# A server that greets, and answers nothing that it is asked with 250.
export ASSAY_TARGETS="$here/targets"
make_target odd 'exec perl -MIO::Socket::INET -e '\''
my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => "$ENV{ASSAY_ADDR}:$ENV{ASSAY_PORT_SMTP}", ReuseAddr => 1) or die;
while (my $c = $l->accept) {
    print $c "220 mx ESMTP\r\n";
    while (my $line = <$c>) { if ($line =~ /^QUIT/) { print $c "221 bye\r\n"; last } print $c "450 no\r\n"; }
    close $c;
}'\'''
one() { # NAME REQ: a scenario whose NOOP fails at that server
    scenario "t/$1" << END
scenario $1
source RFC5321 D.1
req RFC9999-1-greets
S: 220
C: NOOP
S: 250
^ req $2
C: QUIT
S: 221
END
}
one must RFC9999-1-greets
one should RFC9999-1-should
one both 'RFC9999-1-should RFC9999-1-greets'
one may RFC9999-1-first
one unread RFC9999-1-unread
scenario t/greets << 'END'
scenario a server greets
source RFC5321 D.1
req RFC9999-1-greets
S: 220
C: QUIT
S: 221
END
scn=$here/scenarios/t
run() { "$ASSAY" run "$@" --target odd --isolation ports --out "$here/out"; }
claim "a MUST that does not hold fails" 1 '^fail .*t/must' -- run "$scn/must.scn"
claim "a SHOULD alone warns, and the gate is open" 0 '^warn .*t/should' -- run "$scn/should.scn"
claim "unless it is strict" 1 -- run "$scn/should.scn" --strict
claim "a SHOULD beside a MUST fails" 1 '^fail .*t/both' -- run "$scn/both.scn"
claim "latitude fails nobody" 0 '^warn' 'undecided' -- run "$scn/may.scn" "$scn/should.scn" --verbose
claim "nor does a clause that was not read, strict or not" 0 'undecided' '1 pass, 1 skip' -- \
    run "$scn/unread.scn" "$scn/greets.scn" --strict --verbose
claim "what a check refutes by name does not refute the header" 0 'not met: RFC9999-1-should' '0 met, 1 not met' -- \
    run "$scn/should.scn" --verbose
claim "the report says what a check weighed" 0 -- grep -q '"level": *"SHOULD"' "$here/out/report.json"

run "$scn" > /dev/null 2>&1
claim "show tells the verdict of a report" 0 'odd: not-met, 2 cases' -- \
    "$ASSAY" req show RFC9999-1-should --report "$here/out/report.json"
claim "coverage counts by source and role" 0 '^rfc9999 *6 *4 *2 *0 *0 *2 ' -- "$ASSAY" req coverage "$scn/must.scn" "$scn/should.scn"
claim "coverage names what nobody shows, and why what cannot be shown" 0 'RFC9999-1-nobody' \
    'RFC9999-1-never: it has no surface' -- "$ASSAY" req coverage --missing "$scn"
claim "a scenario that ran on no target of the reports is told" 1 't/late.scn: no case of it ran' -- sh -c \
    "cp $scn/must.scn $scn/late.scn; $ASSAY req coverage $scn --report $here/out/report.json"
one lost RFC9999-1-shold
claim "a clause that nobody knows is told with file, line and a suggestion" 3 \
    't/lost.scn:6: RFC9999-1-shold' 'did you mean RFC9999-1-should' -- "$ASSAY" req coverage "$scn"
echo 'RFC9999-1-greets | MUST | server | wire-s | 1 | twice | checked' >> "$here/clauses/rfc9999.txt"
claim "a registry with mistakes stops a run" 3 'rfc9999.txt:8: .*stands in' '1 mistakes in the registry' -- \
    run "$scn/must.scn"
finish

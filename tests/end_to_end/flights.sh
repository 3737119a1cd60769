# assay flights: the table of what early pipelining saves, measured on refmta on both sides of the wire.
. "$(dirname "$0")/lib.sh"
[ -x "${REFMTA:-}" ] || { echo "refmta is not built"; exit 77; }
export REFMTA

claim "in clear four flights do what took seven" 0 '^    traditional *7 *3\.5 *SCSCSCS$' '^    early *4 *2 *1\.5 *CSCS$' -- \
    "$ASSAY" flights --target ref --only 'early/saved/clear'
claim "a client saves as much" 0 '^    traditional *7 *3\.5 ' '^    early *4 *2 *1\.5 ' -- \
    "$ASSAY" flights --target ref --only 'early/saved-client/clear'
claim "over STARTTLS under TLS 1.2 ten do what took fifteen" 0 '^    traditional *15 *7\.5 ' '^    early *10 *5 *2\.5 ' -- \
    "$ASSAY" flights --target ref --only 'early/saved/starttls#sut=gnutls,lib=openssl,ver=1.2'
claim "a ladder shows what was said" 0 '^        EHLO, MAIL, RCPT, DATA *---->$' '<---- 220, 250, 250, 250, 354$' '^        text *---->$' -- \
    "$ASSAY" flights --target ref --ladder --only 'early/saved/clear'
claim "a link with a length shows seconds, and counts the same" 0 '^    traditional *7 *3\.5 *[0-9]*\.[0-9]* s ' \
    '^    early *4 *2 *1\.5 *[0-9]*\.[0-9]* s ' -- \
    "$ASSAY" flights --target ref --rtt 20ms --only 'early/saved/clear'
claim "a text without names has nothing to count" 3 'no case names a line' -- \
    "$ASSAY" flights scenarios/early/hello-alone.scn --target ref
claim "a length in words is none" 3 'wants a time such as 100ms' -- "$ASSAY" flights --target ref --rtt long
claim "a target is needed" 3 'wants --target' -- "$ASSAY" flights
finish

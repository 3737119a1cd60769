# assay reduce: small, failing as before, right on an honest server; and what it answers to bad input.
. "$(dirname "$0")/lib.sh"
faulty=$(dirname "${REFMTA:-/}")/tests/faults/refmta-faulty
[ -x "$faulty" ] || { echo "no refmta-faulty in this build"; exit 77; }
cd "$root" || exit 1
export REFMTA="$faulty"

# refmta with a fault, as a target beside the honest one
cp -r "$root/harness/targets" "$here/targets"
bend() { # NAME FAULT
    cp -r "$here/targets/ref" "$here/targets/$1"
    sed -i "1i export REFMTA_FAULT=$2" "$here/targets/$1/refmta.sh"
}
bend rset rset-does-nothing
bend wraps chunk-size-wraps
bend quit quit-says-250
export ASSAY_TARGETS="$here/targets"
run() { # FILE TARGET
    "$ASSAY" run "$1" --target "$2" --keep none --out "$here/report"
}
statements() { # FILE MOST
    count=$(sed '/^===/,$d' "$1" | grep -c -E '^ *([CS][:|!<]|do|expect)')
    [ "$count" -le "$2" ] || { echo "$count statements"; cat "$1"; return 1; }
}

claim "a failing scenario is made small" 0 -- \
    "$ASSAY" reduce scenarios/smtp/rset-forgets.scn --target rset --good ref --out "$here/rset.scn"
claim "it says what was cut" 0 'reduced from smtp/rset-forgets on rset: 13 statements' 'RFC5321-4.1.1.5-discard: ' \
    'passes on ref' -- cat "$here/rset.scn"
claim "what matters is left" 0 'C: RSET' 'S: 503' -- cat "$here/rset.scn"
claim "and little else" 0 -- statements "$here/rset.scn" 9
claim "it is in its form" 0 -- "$ASSAY" fmt --check "$here/rset.scn"
claim "it convicts the fault" 1 'to RCPT: wanted 503, got 250' -- run "$here/rset.scn" rset
claim "and passes on the honest server" 0 '1 pass' -- run "$here/rset.scn" ref

# of several cases, with octets and a queue
claim "one case of many" 0 'expect queue count = 0' 'BDAT 4294967324 LAST' -- \
    "$ASSAY" reduce scenarios/bdat/endless-size.scn --only '#size=4294967324' --target wraps --tries 25
if command -v python3 > /dev/null; then
    make_target mortal "exec python3 '$root/tests/complaints/mta' \"\$ASSAY_ADDR\" \"\$ASSAY_PORT_SMTP\" dies"
    scenario mortal << 'END'
scenario a message is taken
source RFC5321 4.1.1.4
req RFC5321-4.1.1.4-cleared
S: 220
C: EHLO c.test
S: 250
C: NOOP
S: 250
C: MAIL FROM:<a@c.test>
S: 250
C: DATA
S: 354
C<. plain
S: 250
END
    claim "a crash is a way to fail" 0 'ended by signal 9' 'C: DATA' -- \
        "$ASSAY" reduce "$here/scenarios/mortal.scn" --target mortal --tries 12
fi

# from a capture, octet by octet
claim "a draft of import" 0 -- "$ASSAY" import --exact pcap/captures/exim-swaks-plain/traffic.pcap -o "$here/drafts"
claim "is reduced too" 0 'C| "QUIT' 'passes on ref' -- \
    "$ASSAY" reduce "$here/drafts/traffic-0.scn" --target quit --good ref --tries 25

claim "what passes is not reduced" 3 'none fails on ref' 'is smtp/rset-forgets: pass' -- \
    "$ASSAY" reduce scenarios/smtp/rset-forgets.scn --target ref
claim "one file" 3 'wants one FILE' -- "$ASSAY" reduce scenarios/smtp --target ref
claim "that is there" 3 'no-such.scn' -- "$ASSAY" reduce "$here/no-such.scn" --target ref
claim "and is a scenario" 3 'broken.scn:1' -- sh -c "echo nonsense > '$here/broken.scn'; '$ASSAY' reduce '$here/broken.scn' --target ref"
claim "cases that are there" 3 'selection is empty' -- "$ASSAY" reduce scenarios/smtp/rset-forgets.scn --only '#x' --target ref
claim "a target that is there" 3 'no target nobody' -- "$ASSAY" reduce scenarios/smtp/rset-forgets.scn --target nobody
printf '#!/bin/sh\nexit 1\n' > "$here/targets/wraps/start"
claim "and starts" 4 'could not be tried' -- \
    "$ASSAY" reduce scenarios/smtp/rset-forgets.scn --target wraps
finish

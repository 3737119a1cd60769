# The secrets that a case leaves behind open its capture, under both libraries and versions. tshark is the
# independent reader; without it, or where nothing can be captured, this cannot be shown.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1
command -v tshark > /dev/null || { echo "tshark is not there"; exit 77; }
scenario t/secret << 'END'
scenario a mail goes over TLS
source RFC3207 4
req RFC3207-4-start
need starttls
reversible
S: 220
C: EHLO c.test
S: 250 { STARTTLS }
C: STARTTLS
S: 220
TLS: full
C: EHLO inside.test
S: 250
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@test.ex>
S: 250
C: QUIT
S: 221
END
claim "eight ways are eight cases" 0 '8 pass' -- env SSLKEYLOGFILE="$here/theirs" "$ASSAY" run \
    "$here/scenarios/t/secret.scn" --self --keep all --out "$here/out" \
    --tls sut=openssl,sut=gnutls,openssl,gnutls,1.2,1.3
claim "no secret goes where the environment says" 1 -- test -e "$here/theirs"
if ls "$here"/out/cases/*/traffic.pcapng.note > /dev/null 2>&1; then
    echo "nothing can be captured here"
    exit 77
fi
for case in "$here"/out/cases/*; do
    claim "the capture alone does not show what was said in $(basename "$case")" 1 -- \
        grep -q -a 'EHLO inside.test' "$case/traffic.pcapng"
    claim "with its secrets it does" 0 'inside.test' 'u@test.ex' -- \
        tshark -r "$case/traffic.pcapng" -d tcp.port==10025,smtp \
        -Y smtp.req -T fields -e smtp.req.parameter
done
finish

# What was said in a capture, a line for each connection, and the search in it.
. "$(dirname "$0")/../end_to_end/lib.sh"
: "${FLOOD:?the path of capture_flood}"
"$FLOOD" session "$here/one.pcap" || exit 1
"$FLOOD" write "$here/many.pcap" 2 || exit 1
captures=$root/pcap/captures
tab=$(printf '\t')

claim "who, when, and what was said" 0 \
    "^0${tab}1970-01-01T00:00:00.001Z${tab}192.0.2.10:1024${tab}192.0.2.1:25${tab}[0-9]* packets${tab}SMTP${tab}220, EHLO client.example.org 250, MAIL <a@client.example.org> 250, RCPT <u@test.ex> 250, DATA 354, 8192 octets 250, QUIT 221\$" \
    -- "$ASSAY" sessions "$here/one.pcap"
claim "TLS and what was said in it, where the keys are there" 0 "^1${tab}.*${tab}SMTP+TLS 1.3${tab}220, EHLO " \
    -- "$ASSAY" sessions "$captures/tls13-resumed-ref-openssl/traffic.pcapng"
"$ASSAY" sessions "$here/many.pcap" > "$here/all"
claim "every connection once, as import counts them" 0 -- test "$(cut -f1 "$here/all" | sort -un | wc -l)" -eq "$("$ASSAY" import --list "$here/many.pcap" | grep -c '^stream')"
claim "some were left in the middle" 0 '; the capture ends before it does$' -- cat "$here/all"
"$ASSAY" sessions "$here/many.pcap" --find 'QUIT' > "$here/quit"
grep 'QUIT' "$here/all" > "$here/wanted"
claim "a text that is said" 0 -- cmp "$here/quit" "$here/wanted"
claim "in a reply, of which the line shows the code alone" 0 '^0' -- "$ASSAY" sessions "$here/one.pcap" --find 'id=1xUtV3'
claim "in an address" 0 '^0' -- "$ASSAY" sessions "$here/one.pcap" --find '192.0.2.10:1024'
claim "an expression, within one reply" 0 '^0' -- "$ASSAY" sessions "$here/one.pcap" --grep '^250-mx\S+ Hello [\s\S]*PIPELINING'
claim "both, of which one is not said" 3 'none of 1 connections is what was asked for' -- \
    "$ASSAY" sessions "$here/one.pcap" --find 'QUIT' --grep 'RSET|VRFY'
claim "what the message says is not searched" 3 'none of 1 connections' -- "$ASSAY" sessions "$here/one.pcap" --find 'Subject: flood'
claim "one of them" 0 "^3${tab}" -- "$ASSAY" sessions "$here/many.pcap" --stream 3
claim "one alone" 0 -- test "$("$ASSAY" sessions "$here/many.pcap" --stream 3 | wc -l)" -eq 1
claim "an expression that is none" 3 '^assay: --grep (: ' -- "$ASSAY" sessions "$here/one.pcap" --grep '('
claim "no capture" 3 'which capture' -- "$ASSAY" sessions --find x
claim "an answer that did not come leaves the greeting in its place" 0 "SMTP${tab}220, EHLO [a-z.]*; the capture ends" \
    -- sh -c 'head -c 977 "$1" > "$2/early.pcap"; "$3" sessions "$2/early.pcap"' sh "$captures/exim-swaks-plain/traffic.pcap" "$here" "$ASSAY"
claim "a capture that is cut off: what is there, and then where" 3 'packet [0-9]*: ' 'half.pcap' \
    -- sh -c 'head -c 3000 "$1/one.pcap" > "$1/half.pcap"; "$2" sessions "$1/half.pcap"' sh "$here" "$ASSAY"
finish

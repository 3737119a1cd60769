# Captures of TLS: both versions, every kind of suite, full and resumed handshakes, of refmta under both libraries,
# Exim and Postfix. They are listed, drafted and replayed with the secrets in the file; another reader sees the same;
# without secrets all ends at the handshake; the secrets of others are told.
. "$(dirname "$0")/../end_to_end/lib.sh"
cd "$root" || exit 1
[ -n "${REFMTA:-}" ] && [ -x "$REFMTA" ] || { echo "no refmta in this build"; exit 77; }
captures=pcap/captures
resumed=$captures/tls13-resumed-ref-openssl/traffic.pcapng
full=$captures/tls12-cbc-mac-first-exim/traffic.pcapng

# unlocked FILE: without the block of secrets that assay writes first; its length stands in octets 32 to 35
unlocked() {
    secrets=$(($(od -An -tu4 -j32 -N4 "$1")))
    head -c 28 "$1" && tail -c +$((28 + secrets + 1)) "$1"
}

# ---- without a target ----

claim "a resumed session from the start" 0 'stream 1: .*TLS (1.3, TLS_AES_256_GCM_SHA384, resumed)' -- "$ASSAY" import --list "$resumed"
claim "CBC with the MAC first, behind STARTTLS" 0 'SMTP, 9 replies, TLS (1.2, TLS_RSA_WITH_AES_128_CBC_SHA)' -- "$ASSAY" import --list "$full"
if command -v tshark > /dev/null && command -v editcap > /dev/null; then
    for file in "$captures"/tls*/traffic.pcapng; do
        name=$(basename "$(dirname "$file")")
        "$ASSAY" import "$file" -o "$here/drafts/$name" > /dev/null
        # verbs in order; those of the connection that fetches a ticket are ours
        for draft in "$here/drafts/$name"/*.scn; do
            awk '/^\[c 2\]/ { n = 0 } /^C: / { verb[n++] = toupper(substr($2, 1, 4)) }
                 END { for (i = 0; i < n; i++) print verb[i] }' "$draft"
        done > "$here/ours"
        tshark -r "$file" -d tcp.port==25,smtp -d tls.port==465,smtp -Y smtp.req -T fields -e smtp.req.command 2> /dev/null |
            tr ',a-z' '\nA-Z' > "$here/theirs"
        claim "$name: tshark reads the same, without any option" 0 -- diff "$here/ours" "$here/theirs"
        claim "$name: all of it" 0 QUIT -- cat "$here/theirs"
    done
    unlocked "$full" > "$here/stripped.pcapng"
    grep -a -o -E 'CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}' "$full" > "$here/full.log"
    editcap -F nsecpcap "$here/stripped.pcapng" "$here/old.pcap" 2> /dev/null
    claim "a pcap file and a key log" 0 '1 pass' -- "$ASSAY" replay "$here/old.pcap" --keys "$here/full.log" --target ref
    editcap --inject-secrets "tls,$here/full.log" "$here/old.pcap" "$here/injected.pcapng" 2> /dev/null
    claim "secrets that editcap put in" 0 'TLS (1.2, TLS_RSA_WITH_AES_128_CBC_SHA); client' -- "$ASSAY" import --list "$here/injected.pcapng"
else
    echo "tshark is not there: nobody else has read these captures"
fi
# the same as others keep it: no secrets inside, a key log beside
unlocked "$full" > "$here/full.pcapng"
unlocked "$resumed" > "$here/resumed.pcapng"
grep -a -o -E 'CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}' "$full" > "$here/full.log"
grep -a -o -E '(CLIENT|SERVER)[A-Z_0-9]* [0-9a-f]{64} [0-9a-f]{64,96}' "$resumed" > "$here/resumed.log"
claim "without it the replay ends at the handshake" 0 '1 pass' -- "$ASSAY" replay "$here/full.pcapng" --target ref
claim "and so does the draft, which says so" 0 'full-0.scn' 'no key in the capture (--keys FILE names a key log)' -- \
    "$ASSAY" import "$here/full.pcapng" -o "$here/locked"
claim "(there)" 0 '^# TLS from here; this is the end, because there is no key for it' -- tail -n 1 "$here/locked/full-0.scn"
claim "TLS from the start leaves nothing to draft" 3 'stream 0: TLS from the start: there is no key' 'no scenario could be written' -- \
    "$ASSAY" import "$here/resumed.pcapng" -o "$here/locked"
claim "and nothing to replay" 3 '2 cases: 2 skip' -- "$ASSAY" replay "$here/resumed.pcapng" --target ref
claim "the log of other sessions is told, with what to do" 3 "resumed.pcapng: 2 of 2 TLS sessions have no key in .*full.log; client randoms [0-9a-f]*, [0-9a-f]*: it is the log of other sessions. It must" -- \
    "$ASSAY" import "$here/resumed.pcapng" --keys "$here/full.log" -o "$here/never"
claim "before anything is written" 1 -- test -e "$here/never/resumed-0.scn"
claim "by replay too" 3 'it is the log of other sessions' -- "$ASSAY" replay "$here/resumed.pcapng" --keys "$here/full.log" --target ref
head -n 4 "$here/resumed.log" > "$here/half.log"
claim "a log that has half of them is told, and used" 0 '1 of 2 TLS sessions have no key in .*half.log; client random [0-9a-f]\{64\}$' '1 pass, 1 skip' -- \
    "$ASSAY" replay "$here/resumed.pcapng" --keys "$here/half.log" --target ref
claim "two logs are one" 0 '2 pass' -- "$ASSAY" replay "$here/resumed.pcapng" --keys "$here/full.log" --keys "$here/resumed.log" --target ref
printf '# a log\nCLIENT_RANDOM 00ff\n' > "$here/short.log"
claim "a mistake in a key log: file and line" 3 'short.log:2: it wants LABEL RANDOM SECRET' -- "$ASSAY" import "$full" --keys "$here/short.log" -o "$here/never"
claim "no key log at all" 3 'bad_captures.sh:2: ' -- "$ASSAY" replay "$full" --keys tests/captures/bad_captures.sh --target ref
claim "a key log that is not there" 3 'nowhere.log: .*No such file' -- "$ASSAY" import "$full" --keys "$here/nowhere.log" --list
# The length of the secrets in their block stands in octets 40 to 43.
{ head -c 40 "$full"; printf '\377\377\000\000'; tail -c +45 "$full"; } > "$here/lying.pcapng"
claim "secrets that are longer than their block" 3 'lying.pcapng: the block at octet 28 says it has more octets of secrets' -- "$ASSAY" import "$here/lying.pcapng" -o "$here/never"
{ head -c 32 "$full"; printf '\377\377\377\177'; tail -c +37 "$full"; } > "$here/huge.pcapng"
claim "a block that is longer than the file" 3 'huge.pcapng: ' -- "$ASSAY" replay "$here/huge.pcapng" --target ref
head -c 60 "$full" > "$here/cut.pcapng"
claim "a file that ends in its secrets" 3 'cut.pcapng: ' -- "$ASSAY" import "$here/cut.pcapng" -o "$here/never"

# ---- with one ----

for name in tls12-gcm-ref-openssl tls12-resumed-exim tls13-key-update-ref tls13-resumed-ref-openssl; do
    "$ASSAY" import "$captures/$name/traffic.pcapng" -o "$here/played/$name" > /dev/null
done
claim "drafts of full and resumed sessions run" 0 '6 pass' -- "$ASSAY" run "$here/played" --target ref --out "$here/report"
claim "and the recordings replay, a ticket fetched where one was offered" 0 '4 pass' -- \
    "$ASSAY" replay "$captures/tls12-resumed-exim/traffic.pcapng" "$resumed" --target ref --set tls.library=gnutls
claim "a target that gives no tickets is told by the handshake" 1 'handshake: recorded TLS 1.3 resumed a session, here no ticket was given' -- \
    "$ASSAY" replay "$resumed" --stream 1 --target ref --set advertise.tickets=no
claim "one without the version too" 1 'handshake: recorded TLS 1.2, here the handshake fails: ' -- \
    "$ASSAY" replay "$captures/tls12-gcm-ref-openssl/traffic.pcapng" --target ref --set tls.min=1.3
claim "one that does not offer TLS by its reply" 1 'code: reply 3, to STARTTLS' -- \
    "$ASSAY" replay "$captures/tls12-gcm-ref-openssl/traffic.pcapng" --target ref --set advertise.starttls=no

# ---- two recordings, and one of our own ----

claim "two recordings of refmta demand its texts, but for what differs" 0 -- \
    "$ASSAY" import "$captures/tls13-retry-ref-gnutls/traffic.pcapng" --beside "$captures/tls13-ccm-ref-gnutls/traffic.pcapng" -o "$here/both"
claim "(they do)" 0 '^S: 220 ~ ".* Ready to start TLS"\|^S: 220 ~ "2.0.0' '^S: 354 ~ "' '^S: 250 ~ "2.1.5 Accepted"' -- cat "$here/both/traffic-0.scn"
claim "and refmta says them again" 0 '1 pass' -- "$ASSAY" run "$here/both/traffic-0.scn" --target ref --out "$here/report"
if command -v openssl > /dev/null; then
    cat > "$here/talk" << 'END'
#!/bin/sh
{ sleep 1 && printf 'EHLO c.test\r\n' && sleep 1 && printf 'quit\r\n' && sleep 1; } | openssl s_client -connect "$1:$2" -starttls smtp -quiet
END
    chmod +x "$here/talk"
    claim "a session of another client is recorded" 0 'recorded in' -- "$ASSAY" record --target ref --out "$here/rec" \
        --set advertise.starttls=yes -- "$here/talk" '{host}' '{port}'
    if [ -f "$here/rec/traffic.pcapng" ]; then
        claim "with the secrets that the target told" 0 'SMTP, 5 replies, TLS (1.3, [A-Z0-9_]*); ' -- "$ASSAY" import --list "$here/rec/traffic.pcapng"
        claim "which lie nowhere else" 1 -- test -e "$here/rec/keys.log"
    fi
fi
finish

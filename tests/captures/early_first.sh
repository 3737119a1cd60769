# The recorded pairs of early pipelining: in the octets of each the first connection waits for the banner, and
# the second speaks before it.
. "$(dirname "$0")/../end_to_end/lib.sh"

# first_word CAPTURE STREAM: the first line of the play that import makes of it.
first_word() {
    "$ASSAY" import "$1" --stream "$2" -o "$here/$3" > /dev/null &&
        sed -n '/^[CS]: /{s/^\([CS]: [^ ]*\).*/\1/p;q;}' "$here/$3"/*.scn
}

for pair in exim-exim exim-refmta refmta-exim refmta-refmta; do
    capture=$(echo pcap/captures/early-$pair/traffic.pcap*)
    first_word "$capture" 0 "$pair-0" > "$here/first"
    first_word "$capture" 1 "$pair-1" > "$here/second"
    claim "$pair: the first waits" 0 '^S: 220$' -- cat "$here/first"
    claim "$pair: the second speaks first" 0 '^C: EHLO$' -- cat "$here/second"
done
finish

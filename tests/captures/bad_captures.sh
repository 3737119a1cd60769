# What is no capture, or lies, is one line with the file's name, and exit status 3; nothing is played.
. "$(dirname "$0")/../end_to_end/lib.sh"
: "${FLOOD:?the path of capture_flood}"
"$FLOOD" session "$here/good.pcap" || exit 1

: > "$here/empty.pcap"
head -c 4000 /dev/urandom > "$here/random.pcap"
head -c 20 "$here/good.pcap" > "$here/header.pcap"
head -c 500 "$here/good.pcap" > "$here/truncated.pcap"
# The link type stands in octets 20 to 23: 127 is IEEE 802.11 with radio headers.
{ head -c 23 "$here/good.pcap"; printf '\177'; tail -c +25 "$here/good.pcap"; } > "$here/wireless.pcap"
# The first record's captured length, octets 32 to 35: two gigabytes.
{ head -c 32 "$here/good.pcap"; printf '\177\377\377\377'; tail -c +37 "$here/good.pcap"; } > "$here/lying.pcap"
# A length in the first packet's IP header (octets 42 and 43): more than there is.
{ head -c 42 "$here/good.pcap"; printf '\377\377'; tail -c +45 "$here/good.pcap"; } > "$here/lying-ip.pcap"
# Only that packet: nothing is left to read.
{ head -c 42 "$here/good.pcap"; printf '\377\377'; tail -c +45 "$here/good.pcap" | head -c 36; } > "$here/one-lying.pcap"

for verb in "import -o $here/out" "replay --target ref"; do
    set -- $verb
    for row in 'empty:truncated\|empty' 'random:not a capture file' 'header:not a capture file' \
               'truncated:packet [0-9]*: ' 'wireless:link type 127' 'lying:packet 1: ' \
               'one-lying:no TCP connection.*packet 1: the IPv4 total length'; do
        file=${row%%:*}
        claim "$1: ${file}" 3 "^assay: $here/$file.pcap: ${row#*:}" -- "$ASSAY" "$@" "$here/$file.pcap"
        [ "$(grep -c . "$here/said")" -eq 1 ] || { echo "FAILED  $1: $file: more than one line"; failures=$((failures + 1)); }
    done
    claim "$1: a file that is not there" 3 'nowhere.pcap: .*No such file' -- "$ASSAY" "$@" "$here/nowhere.pcap"
    claim "$1: a folder" 3 "$here: " -- "$ASSAY" "$@" "$here"
    claim "$1: a stream that is not there" 3 'no stream' -- "$ASSAY" "$@" --stream 7 "$here/good.pcap"
    claim "$1: a stream that is no number" 3 'one: not a number' -- "$ASSAY" "$@" --stream one "$here/good.pcap"
done
claim "a lie in one packet is named, the others are read" 0 'packet 1: the IPv4 total length' 'the beginning was not captured\|stream 0' \
    -- "$ASSAY" import --list "$here/lying-ip.pcap"
claim "import without a folder" 3 'where shall the scenarios go' -- "$ASSAY" import "$here/good.pcap"
claim "import without a capture" 3 'which capture' -- "$ASSAY" import -o "$here/out"
claim "replay without a target" 3 '--target is needed' -- "$ASSAY" replay "$here/good.pcap"
claim "replay without a capture" 3 'which capture' -- "$ASSAY" replay --target ref
claim "a mask that is not there" 3 'no such mask; there are none, software' -- "$ASSAY" replay --target ref --mask hots "$here/good.pcap"
claim "a setting without a value" 3 'KEY=VALUE' -- "$ASSAY" replay --target ref --set queue_only "$here/good.pcap"
printf 'queue_only = yes\nnonsense\n' > "$here/replay.set"
claim "a replay.set with a mistake: file and line" 3 'replay.set:2: it wants KEY = VALUE' -- "$ASSAY" replay --target ref "$here/good.pcap"
rm "$here/replay.set"
claim "a target that is not there" 3 'no target nosuch' -- "$ASSAY" replay --target nosuch "$here/good.pcap"
claim "for git bisect all of these are 125" 125 -- "$ASSAY" replay --bisect --target nosuch "$here/good.pcap"
claim "for git bisect a bad capture too" 125 -- "$ASSAY" replay --bisect --target ref "$here/random.pcap"
touch "$here/file"
claim "import into a file" 4 "$here/file" -- "$ASSAY" import -o "$here/file" "$here/good.pcap"
claim "a draft" 0 'good-0.scn' -- "$ASSAY" import -o "$here/drafts" "$here/good.pcap"
claim "is not written over" 3 'good-0.scn is there already' -- "$ASSAY" import -o "$here/drafts" "$here/good.pcap"
mkdir -p "$here/a/x" "$here/b/x"
cp "$here/good.pcap" "$here/a/x"
cp "$here/good.pcap" "$here/b/x"
claim "nor by another one of its name" 3 'x-good-0.scn is there already' -- \
    "$ASSAY" import -o "$here/both" "$here/a/x/good.pcap" "$here/b/x/good.pcap"
finish

# Nonsense on the command line is one clear line and status 3.
. "$(dirname "$0")/lib.sh"
plain_scenario
scn=$here/scenarios

claim "no arguments: the overview, and usage" 3 'verbs:' 'assay run' -- "$ASSAY"
claim "help is no mistake" 0 'exit status: 0' -- "$ASSAY" --help
claim "help of a verb lists its options and an example" 0 -- "$ASSAY" help run
claim "help of a verb lists its options and an example" 0 '--baseline FILE' 'assay run scenarios' -- "$ASSAY" run --help
claim "an unknown verb gets a suggestion" 3 'no verb rnu; did you mean run?' -- "$ASSAY" rnu
claim "an unknown option gets a suggestion" 3 'did you mean --target' -- "$ASSAY" run --tarket ref
claim "a target is needed" 3 '--target is needed' -- "$ASSAY" run "$scn"
claim "an unknown target is named with where it was looked for" 3 'no target nosuch' 'assay target list' -- \
    "$ASSAY" run "$scn" --target nosuch --out "$here/out"
claim "a path that is not there is named" 3 'no/such/path' -- "$ASSAY" run no/such/path --target ref
claim "a number must be one" 3 '--jobs wants a whole number' -- "$ASSAY" run "$scn" --target ref --jobs many
claim "a shard must be one" 3 'i/n' -- "$ASSAY" run "$scn" --target ref --shard 7/6
claim "a form must be one" 3 'no form jsom; did you mean json' -- "$ASSAY" run "$scn" --target ref --format jsom
claim "an empty list of forms is no report" 3 'which form' -- "$ASSAY" run "$scn" --target ref --format ''
claim "a target is named once" 3 'ref is named twice' -- "$ASSAY" run "$scn" --target ref,ref
claim "nor is one compared with itself" 3 'ref is named twice' -- "$ASSAY" diff ref ref "$scn"
claim "a device is no scenario" 3 'neither a file nor a folder' -- "$ASSAY" run /dev/null --target ref
claim "a spool must be there" 3 '--spool no/such: no such folder' -- \
    "$ASSAY" replay "$root/pcap/captures/exim-swaks-plain/traffic.pcap" --target ref --spool no/such
claim "a timeout must be one" 3 '--timeout wants a time' -- "$ASSAY" run "$scn" --target ref --timeout soon
for verb in 'reduce %s --target ref' 'replay %s --target ref' 'serve %s' 'send %s --to 127.0.0.1:1' 'fuzz %s --target ref'; do
    # shellcheck disable=SC2059,SC2046
    set -- $(printf "$verb" "$scn/t/plain.scn")
    claim "a timeout is one to $1 too" 3 '--timeout wants a time such as 60s, not "soon"' -- "$ASSAY" "$@" --timeout soon
    claim "and some time to $1" 3 '--timeout wants a time such as 60s, not "0m"' -- "$ASSAY" "$@" --timeout 0m
done
# An entry about another table than the one that was read is nobody's business.
printf 'arc#name=x fail "y" because z\n' > "$here/baseline"
claim "a baseline of all vectors is held against those of one kind" 1 -- \
    "$ASSAY" vectors vectors/dkim --verifier /bin/true --only '#name=none' --baseline "$here/baseline" --quiet --out "$here/out"
printf 'dkim#name=nosuch fail "y" because z\n' > "$here/baseline"
claim "but of this kind it does" 3 'nosuch' -- \
    "$ASSAY" vectors vectors/dkim --verifier /bin/true --only '#name=none' --baseline "$here/baseline" --quiet --out "$here/out"
claim "keep must be one of its words" 3 '--keep is all, fail or none' -- "$ASSAY" run "$scn" --target ref --keep some
claim "an empty selection is a mistake" 3 'selection is empty' -- \
    "$ASSAY" run "$scn" --target ref --only 'nothing/*' --out "$here/out"
claim "a dry run lists the cases" 0 'ref t/plain' -- "$ASSAY" run "$scn" --target ref --dry-run --out "$here/out"
claim "what cannot be printed is told" 4 'the disk is full' -- \
    sh -c "'$ASSAY' sessions '$root/pcap/captures/exim-swaks-plain/traffic.pcap' > /dev/full"
claim "record says what it wants" 3 'record wants' -- "$ASSAY" record --target ref
claim "fmt says what it wants" 3 'fmt wants' -- "$ASSAY" fmt
claim "target says what it wants" 3 'assay target list' -- "$ASSAY" target lost
claim "a version is printed" 0 'assay [0-9]' -- "$ASSAY" --version
finish

# Every way in which a machine may refuse isolation ends in words, and in verdicts where they can be had.
. "$(dirname "$0")/lib.sh"
[ -x "${REFMTA:-}" ] || { echo "refmta is not built"; exit 77; }
command -v unshare > /dev/null || { echo "unshare is not here"; exit 77; }
unshare -Ur true 2> /dev/null || { echo "user namespaces are refused here"; exit 77; }
export REFMTA
plain_scenario
scn=$here/scenarios
chmod -R a+rX "$here"
mkdir -m 777 "$here/out" "$here/elsewhere"

without_network_namespaces() {
    unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"' sh "$@"
}
claim "without network namespaces the reference is judged on high ports" 0 'isolation ports' '1 pass' -- \
    without_network_namespaces "$ASSAY" run "$scn" --target ref --out "$here/out/a"
claim "a capture is made from the transcript there, and says so" 0 'traffic.pcapng.note' -- sh -c \
    "unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_net_namespaces; exec \"\$@\"' sh $ASSAY run $scn --target ref \
    --keep all --out $here/out/made && ls $here/out/made/cases/*"
claim "which can be imported like any other" 0 -- \
    sh -c "$ASSAY import $here/out/made/cases/*/traffic.pcapng -o $here/out/imported && ls $here/out/imported/*.scn"
claim "and probe says why" 0 'isolation *ports' 'no namespaces' -- \
    without_network_namespaces "$ASSAY" target probe ref
claim "when namespaces are demanded the cases are skipped" 3 'skip' 'isolation' -- \
    without_network_namespaces "$ASSAY" run "$scn" --target ref --isolation namespaces --out "$here/out/b"
claim "a user who is not root has namespaces too" 0 'isolation namespaces' '1 pass' -- \
    unshare -U --map-user=1000 --map-group=1000 "$ASSAY" run "$scn" --target ref --out "$here/out/c"
claim "capture and evidence included" 0 'wire.scn' 'again' 'target' -- sh -c \
    "unshare -U --map-user=1000 --map-group=1000 $ASSAY run $scn --target ref --keep all --out $here/out/d && ls $here/out/d/cases/*"
claim "nothing is left of the working folders" 2 -- sh -c "ls -d $here/assay-*"
finish

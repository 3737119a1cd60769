# git bisect run finds the commit that broke a reply, over one that does not start: docs/regressions.md.
. "$(dirname "$0")/lib.sh"
faulty=$(dirname "${REFMTA:-/}")/tests/faults/refmta-faulty
[ -x "$faulty" ] || { echo "no refmta-faulty in this build"; exit 77; }
command -v git > /dev/null || { echo "no git"; exit 77; }
export REFMTA="$faulty" HOME="$here" GIT_CONFIG_NOSYSTEM=1

# A server whose build at each commit is what the file `fault` says of it.
mta=$here/mta
mkdir -p "$mta/targets"
cp -r "$root/harness/targets/ref" "$mta/targets/mta"
cp -r "$root/harness/targets/exim-language" "$mta/targets/"
sed -i '1i export REFMTA_FAULT="$(cat "$ASSAY_TARGET/fault")"' "$mta/targets/mta/refmta.sh"
: > "$mta/targets/mta/fault"
commit() {
    git -C "$mta" add -A && git -C "$mta" -c user.name=t -c user.email=t@test.ex commit -q -m "$1"
}
git -C "$mta" init -q
commit "it works" && git -C "$mta" tag good
echo one > "$mta/README"
commit "words"
cp "$mta/targets/mta/start" "$here/start"
printf '#!/bin/sh\nexit 1\n' > "$mta/targets/mta/start"
commit "does not start"
cp "$here/start" "$mta/targets/mta/start"
commit "starts again"
echo quit-says-250 > "$mta/targets/mta/fault"
commit "QUIT is friendlier" && broken=$(git -C "$mta" rev-parse HEAD)
echo two >> "$mta/README"
commit "more words"

capture=$root/pcap/captures/exim-swaks-plain/traffic.pcap
export ASSAY_TARGETS="$mta/targets"
replay() {
    (cd "$root" && "$ASSAY" replay "$capture" --target mta "$@")
}
at() { # COMMIT OPTION...
    git -C "$mta" checkout -q "$1" && shift && replay "$@"
}
claim "the recording fails at the end" 1 'code: reply' -- at "$broken" --bisect
mkdir "$here/a b"
cp "$capture" "$here/a b"
claim "with the command that repeats it, for a shell" 1 "again: assay replay '$here/a b/traffic.pcap' --target mta --stream 0 --mask numbers\$" -- \
    "$ASSAY" replay "$here/a b/traffic.pcap" --target mta --mask numbers
claim "and passes at the beginning" 0 -- at good --bisect
claim "a target that does not start is an error" 4 -- at "$broken~2"
claim "and cannot be tried" 125 -- at "$broken~2" --bisect
claim "nor can a misspelt target" 125 'no target' -- replay --target nobody --bisect
claim "or an option that there is not" 125 -- replay --bisect --nonsense
claim "what is inconclusive calls no commit good" 125 -- at good --bisect --set no.such.key=1
stopped() { # the recording is interrupted while it is played
    (cd "$root" && exec "$ASSAY" replay "$capture" --target mta "$@") &
    pid=$!
    while ! ls "$here"/assay-*/target/mta > /dev/null 2>&1; do sleep 0.01; done
    kill -INT $pid
    wait $pid
}
claim "an interrupt ends the search" 128 'cut short' -- stopped --bisect
git -C "$mta" checkout -q master 2> /dev/null || git -C "$mta" checkout -q main
git -C "$mta" bisect start HEAD good > "$here/log" 2>&1
claim "git finds the commit" 0 "$broken is the first bad commit" -- \
    git -C "$mta" bisect run sh -c "cd '$root' && exec '$ASSAY' replay '$capture' --target mta --bisect"
finish

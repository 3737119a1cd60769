# Two targets in one case: the pairs, the table, the gate; senders that send nothing, receivers that die.
. "$(dirname "$0")/lib.sh"
[ -x "${REFMTA:-}" ] || { echo "no refmta in this build"; exit 77; }
[ "$("$ASSAY" target probe ref | sed -n 's/^isolation *\([a-z]*\).*/\1/p')" = namespaces ] ||
    { echo "a sender needs namespaces, to find its receiver"; exit 77; }
cd "$root" || exit 1
interop=$root/scenarios/interop
matrix() { name=$1; shift; "$ASSAY" matrix --out "$here/out-$name" "$@"; }

claim "ref sends to ref: delivered, with the table and the flights" 0 '2 cases: 2 pass' '^ref *2/2$' '^ref->ref *9 *18$' -- \
    matrix two "$interop/dsn.scn" "$interop/starttls.scn" --senders ref --only '*dsn' --only '#ver=1.2'
claim "a pair is a target of the report, the receiver's capabilities apart" 0 '"target": *"ref->ref"' 'receiver.starttls' -- \
    cat "$here/out-two/report.json"
faulty=$(dirname "$REFMTA")/tests/faults/refmta-faulty
[ ! -x "$faulty" ] || claim "a wrong sender is seen, with the clause" 1 'fail *interop/dsn' 'RFC3461-5.2.1-' -- \
    env REFMTA_FAULT=client-overlooks-dsn "REFMTA=$faulty" "$ASSAY" matrix "$interop/dsn.scn" --senders ref --out "$here/out-fault"
echo 'interop/dsn fail "ENVID" if target=exim->* because of another pair' > "$here/base"
claim "a line of a baseline may be about some pairs" 0 '1 pass' -- \
    matrix base "$interop/dsn.scn" --senders ref --baseline "$here/base"
claim "run leaves out what takes two targets" 3 'assay matrix has' -- \
    "$ASSAY" run "$interop/dsn.scn" --target ref --out "$here/out-run"
claim "matrix leaves out what takes one" 3 'assay run has what it takes' -- \
    matrix one "$root/scenarios/smtp/rset-forgets.scn" --senders ref

# who cannot take part
claim "without senders there is no matrix" 3 'senders is needed' -- matrix none
claim "a sender that is not there is named" 3 'no target nobody' -- matrix nobody --senders nobody --receivers ref
claim "a receiver that is not there is named" 3 'no target nobody' -- matrix nobody2 --senders ref --receivers nobody
claim "HOST:PORT is no half of a pair" 3 'out of reach of a matrix' -- matrix remote --senders ref --receivers 127.0.0.1:25

scenario t/kept << 'END'
scenario a message that stays in the queue shows nothing of the pair
source RFC5321 4.2.5
req RFC5321-4.2.5-delivers
set queue_only = yes
set client.trust = relay
set route.dest.test = mx.dest.test:25
actor c client -> sut:smtp
actor mx receiver at mx.dest.test:25
S: 220
C: EHLO c.test
S: 250
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@dest.test>
S: 250
C: DATA
S: 354
C<. plain
S: 250
expect mail u@dest.test count = 1
END
claim "a sender that never connects is inconclusive, with a sentence" 0 'inconclusive' 'never connected to the receiver (1 messages' -- \
    matrix kept "$here/scenarios/t/kept.scn" --senders ref
claim "and stops a strict gate" 1 'inconclusive' -- matrix strict "$here/scenarios/t/kept.scn" --senders ref --strict

mkdir -p "$here/targets"
for part in ref exim-language; do
    cp -r "$root/harness/targets/$part" "$here/targets/$part"
done
cp -r "$here/targets/ref" "$here/targets/mortal"
cat > "$here/targets/mortal/start" << 'END'
#!/bin/sh
. "$ASSAY_TARGET/refmta.sh"
(refmta --env-socket "$ASSAY_ENV_FD" -bdf) &
until grep -q '<=' "$ASSAY_WORK/log/mainlog" 2> /dev/null; do
    sleep 0.1
done
kill -SEGV $$
END
export ASSAY_TARGETS="$here/targets"
claim "a receiver that dies is a crash, and it is said which of them" 2 'crash *interop/retry' 'the receiver: .*signal 11' -- \
    matrix mortal "$interop/retry.scn" --senders ref --receivers mortal
make_target sleeps 'exec sleep 60'
cp "$here/targets/ref/prepare" "$here/targets/ref/refmta.sh" "$here/targets/sleeps/"
claim "a receiver that does not start is an environment error" 4 'the receiver: target sleeps did not start' -- \
    matrix sleeps "$interop/retry.scn" --senders ref --receivers sleeps
claim "nothing is left of the runs" 0 -- sh -c "! ls $here | grep assay-"
finish

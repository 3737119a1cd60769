# Debian's Exim and Postfix as targets, where ci/peers has brought them: a scenario, a delivery, a recording.
. "$(dirname "$0")/lib.sh"
for peer in exim postfix; do
    [ -f "$root/build/peers/$peer/.complete" ] || { echo "ci/peers $peer brings what this needs"; exit 77; }
done
cd "$root" || exit 1
scn=$here/scenarios
scenario t/delivered << 'END'
scenario a message is delivered with the body that was sent
source RFC5321 D.1
req RFC5321-3.3-rcpt
S: 220
C: EHLO c.test
S: 250 { PIPELINING, 8BITMIME, SIZE }
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@test.ex>
S: 250
C: RCPT TO:<nobody@test.ex>
S: 5xx
C: DATA
S: 354
C<. plain
S: 250 ~ "@{id:id}"
C: QUIT
S: 221
expect mail u@test.ex count = 1
expect same mail u@test.ex body = message plain body
expect log exim-main has "@{id} <= a@c.test" field P = esmtp
expect log postfix-main has "@{id}: from=<a@c.test>"
END
scenario t/queued << 'END'
scenario a message waits in the queue with its envelope
source RFC5321 4.4
req RFC5321-3.3-rcpt
set queue_only = yes
S: 220
C: EHLO c.test
S: 250
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@test.ex>
S: 250
C: DATA
S: 354
C<. plain
S: 250 ~ "@{id:id}"
expect spool @{id} sender = "<a@c.test>"
expect spool @{id} rcpts any = u@test.ex
expect queue rcpt u@test.ex count = 1
expect mail u@test.ex count = 0
END
for peer in exim postfix; do
    claim "$peer tells what it can" 0 'honesty *what it cannot know' 'start *it greets' -- "$ASSAY" target probe $peer
    claim "$peer delivers, and queues when told to" 0 '2 pass' -- \
        "$ASSAY" run "$scn" --target $peer --out "$here/out-$peer"
    claim "$peer is recorded with smtp-source" 0 'recorded in' -- \
        "$ASSAY" record --target $peer --out "$here/rec-$peer" --set queue_only=yes -- \
        env "LD_LIBRARY_PATH=$root/build/peers/postfix/usr/lib/postfix" \
        "$root/build/peers/postfix/usr/sbin/smtp-source" -m 3 -s 1 -f a@c.test -t u@test.ex '{host}:{port}'
    claim "its log is kept" 0 'a@c.test' -- sh -c "cat $here/rec-$peer/target/mta/log/*"
done
claim "what is smuggled into Postfix 3.7 is told by the label, not by its being early" 1 'label smuggled' '2 pass, 3 fail' -- \
    "$ASSAY" run "$root/scenarios/smuggling/inbound.scn" --only '#eod=[1-5]' --target postfix --out "$here/out-smuggling"
if [ -f "$root/build/peers/sample/.complete" ]; then
    claim "the model target is honest" 0 "honesty *what it cannot know" -- "$ASSAY" target probe sample
fi
finish

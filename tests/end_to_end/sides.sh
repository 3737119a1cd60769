# One text from all sides: both played by the judge, one of them alone, and a mail server's own client.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1
scn=$here/scenarios
scenario t/both << 'END'
scenario a mail is taken
source RFC5321 D.1
req RFC5321-3.3-rcpt
reversible
S: 220
C: EHLO c.test
S: 250
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@test.ex>
either taken
  S: 250
  C: DATA
  S: 354
  C<. plain
  S: 250
or refused
  S: 550
end
C: QUIT|RSET
S: 221
expect when taken mail u@test.ex count = 1
expect when refused mail u@test.ex count = 0
END
claim "both sides are played, and each choice is a case" 0 't/both#self,taken' 't/both#self,refused' '2 pass' -- \
    "$ASSAY" run "$scn/t/both.scn" --self --out "$here/self"
claim "--self has no target" 3 'without a --target' -- "$ASSAY" run "$scn/t/both.scn" --self --target ref
claim "--self and --swap are two things" 3 'say one of them' -- \
    "$ASSAY" run "$scn/t/both.scn" --self --swap
claim "what is not reversible is not selected" 3 'selection is empty' -- \
    "$ASSAY" run scenarios/smtp/order.scn --self --out "$here/none"

# serve and send meet each other; the port is asked for until one is free.
: > "$here/served"
"$ASSAY" serve "$scn/t/both.scn" --only '*refused' --listen 127.0.0.1:26025 > "$here/served" 2>&1 &
server=$!
tries=0
until grep -q listening "$here/served" || [ $tries -ge 50 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
sleep 0.2
claim "the client side meets the server side" 0 '^as written t/both$' -- \
    "$ASSAY" send "$scn/t/both.scn" --to 127.0.0.1:26025 --verbose
wait $server
code=$?
claim "the server played its part" 0 '^as written t/both#swap,refused' -- cat "$here/served"
[ $code -eq 0 ] || { echo "FAILED  serve ended with $code"; failures=$((failures + 1)); }
claim "nobody listens" 4 'refused' -- "$ASSAY" send "$scn/t/both.scn" --to 127.0.0.1:1
claim "send wants to know where" 3 'send wants one FILE' -- "$ASSAY" send "$scn/t/both.scn"
claim "a text with clients only is not served" 3 'no server actor' -- "$ASSAY" serve scenarios/smtp/order.scn

for peer in exim postfix; do
    if [ -f "$root/build/peers/$peer/.complete" ]; then
        claim "$peer as the client" 0 '2 pass' -- \
            "$ASSAY" run "$scn/t/both.scn" --swap --target $peer --out "$here/swap-$peer"
        claim "$peer asks the judge's name server" 0 '1 pass' -- \
            "$ASSAY" run scenarios/dns/truncated.scn --target $peer --keep all --out "$here/dns-$peer"
        claim "and its questions are kept" 0 'udp dest.test. MX: truncated' 'tcp dest.test. MX: answered' -- \
            sh -c "cat $here/dns-$peer/cases/*/target/questions"
    fi
done
finish

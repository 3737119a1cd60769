# Targets that do what no MTA should: answer without end, flood, fork away, hold what is not theirs. Each
# ends in a documented status and a sentence; none takes the judge with it, or leaves a process behind.
. "$(dirname "$0")/../complaints/lib.sh"
mail | dialogue t/mail
run() { "$ASSAY" run "$scn" --out "$here/out-$1" --timeout 20s --target "$@"; }

make_target late 'sleep 60'
claim "a target that never listens is given up with the address that was tried" 4 \
    'did not start: no answer on .* within 20 s' -- run late
mta endless-greeting endless-greeting
claim "a greeting without end is one that never came" 4 'did not start' 'endless greeting' -- run endless-greeting
mta endless-line endless-line
claim "so is a line without end" 4 'did not start' 'endless greeting' -- run endless-line
mta endless endless
claim "a reply without end is refused, not collected" 1 'fail *t/mail' 'to EHLO' 'still goes on' -- run endless
mta turns-away turns-away
claim "a server that turns everybody away is judged, and fails" 1 'wanted 220, got 554' -- run turns-away

mta mortal dies
claim "one that dies in the middle is a crash, by its signal" 2 'crash *t/mail' 'signal 9' -- run mortal
claim "whose evidence is kept" 0 'stderr' 'wire.scn' -- ls -R "$here/out-mortal/cases"

mta floods floods-log 100000
claim "100 MB on standard error are evidence, and no reason to end" 0 '1 pass' -- run floods
# A log that grows beyond reading while a case runs: told, and all else is kept as evidence.
mta chatters honest
cat > "$here/targets/chatters/where" << 'END'
#!/bin/sh
echo "log exim-main $ASSAY_WORK/log"
END
chmod +x "$here/targets/chatters/where"
cat > "$here/targets/chatters/start" << END
#!/bin/sh
python3 '$complaints/mta' "\$ASSAY_ADDR" "\$ASSAY_PORT_SMTP" honest &
while sleep 0.01; do truncate -s +300M "\$ASSAY_WORK/log"; done
END
claim "300 MB of log are told with the limit and the remedy" 4 'more than the 256 MB of a log' 'write less' -- run chatters
claim "and left out of the evidence by name" 0 'log.left-out' -- ls -R "$here/out-chatters/cases"

# It fills the disk, which the judge's own files are on too: a file system of 8 MB.
full() { # the command in a small file system
    mkdir -p "$here/small"
    unshare --mount sh -c "mount -t tmpfs -o size=8m tmpfs '$here/small' && TMPDIR='$here/small' exec \"\$@\"" sh "$@"
}
if unshare --mount true 2> /dev/null; then
    mta fills honest
    cat > "$here/targets/fills/start" << END
#!/bin/sh
dd if=/dev/zero of="\$ASSAY_WORK/hoard" bs=64k count=1000 || exit 1
END
    claim "a disk that the target fills is told, since it cannot say so itself" 4 'did not start' 'no room is left in' 'set TMPDIR' -- \
        full "$ASSAY" run "$scn" --out "$here/out-fills" --timeout 20s --target fills
    claim "where the report would go there as well, so is that" 4 'No space left on device\|no room is left' -- \
        full "$ASSAY" run "$scn" --out "$here/small/out" --timeout 20s --target fills
fi

mta forks honest
cat > "$here/targets/forks/start" << END
#!/bin/sh
(setsid python3 '$complaints/mta' "\$ASSAY_ADDR" "\$ASSAY_PORT_SMTP" honest > /dev/null 2>&1 &)
(setsid sh -c 'trap "" TERM HUP; while :; do sleep 60; done' > /dev/null 2>&1 &)
exit 0
END
claim "one that forks away and does not listen to SIGTERM is still seen" 0 '1 pass' -- run forks
claim "and ended" 1 -- pgrep -f "$here/targets"
claim "with all that it started" 1 -- pgrep -f 'trap "" TERM HUP; while :; do sleep 60'

# The port is taken by somebody else: with namespaces nobody can; so where there are ports only.
make_target holder 'exec python3 -c "import time; time.sleep(60)"'
cat > "$here/targets/holder/start" << END
#!/bin/sh
python3 '$complaints/mta' "\$ASSAY_ADDR" "\$ASSAY_PORT_SMTP" endless-greeting &
sleep 1
exec python3 '$complaints/mta' "\$ASSAY_ADDR" "\$ASSAY_PORT_SMTP" honest
END
claim "a port that is held is told in the target's words" 4 'did not start' 'in use' -- run holder

# Two runs in one folder, the second while the first is at work.
mta slow sleeps 5
sed -i 's/2s/60s/' "$here/targets/slow/target"
mta plain honest
two() {
    "$ASSAY" run "$scn" --target slow --out "$here/both" > "$here/first" 2>&1 &
    pid=$!
    sleep 2
    "$ASSAY" run "$scn" --target plain --out "$here/both"
    second=$?
    wait $pid || second="first $?"
    grep -q '1 pass' "$here/first" || second=lost
    return "$second"
}
claim "a second run in the folder of one at work says what to do, and the first is whole" 4 \
    'another run is writing there; give this one a folder of its own' -- two
finish

# Sourced: a refmta of one's own on a free port of the loopback, and what must be true of its
# spool once it has ended. The script that sources this may set SPOOL to the folder where the
# spool is made.

# refmta_folder: sets work, which goes when the script ends, and log, its main log.
refmta_folder() {
    local place=${SPOOL:-/dev/shm}
    [[ -w $place ]] || place=${TMPDIR:-/tmp}
    work=$(mktemp -d "$place/refmta-XXXXXX")
    log=$work/spool/log/mainlog
    trap refmta_clean EXIT
}

# refmta_start REFMTA [LINE...]: lines are added to its configuration. Sets config, log, daemon (the
# supervising process), server (the serving one) and address.
refmta_start() {
    local refmta=$1 i
    shift
    config=$work/refmta.conf
    {
        echo 'primary_hostname = mx.test.ex'
        echo "spool_directory = $work/spool"
        echo 'local_interfaces = <; [127.0.0.1]:0'
        echo queue_only
        echo 'acl_smtp_rcpt = accept recipients = *@test.ex'
        printf '%s\n' "$@"
    } >"$config"
    "$refmta" -C "$config" -bdf 2>"$work/stderr" &
    daemon=$!
    for ((i = 0; i < 300; i++)); do
        [[ -s $work/spool/refmta-daemon.pid ]] && break
        sleep 0.1
    done
    server=$(pgrep -P "$daemon" | grep -vxF "$(pgrep -P "$daemon" refmta-deliver)") || true
    address=$(sed -n 's/.*listening for SMTP on \[\([0-9.]*\)\]:\([0-9]*\).*/\1:\2/p' "$log" | head -n 1)
    [[ -n $address && -n $server ]] || fail "refmta does not start"
}

refmta_clean() {
    if [[ -n ${daemon:-} ]]; then
        kill -KILL "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    [[ -z ${KEEP:-} ]] || { echo "kept: $work" >&2 && return; }
    umount -q -l "$work/spool" 2>/dev/null || true
    rm -rf "$work"
}

fail() {
    echo "$0: $*" >&2
    sed 's/^/    /' "$work/stderr" >&2
    exit 1
}

# refmta_ended SECONDS: after SIGTERM it ends within that time, with status 0 and in silence.
refmta_ended() {
    local began=$SECONDS status=0
    wait "$daemon" || status=$?
    daemon=
    drained=$((SECONDS - began))
    [[ ! -s $work/stderr ]] || fail "it wrote to standard error"
    [[ $status -eq 0 ]] || fail "status $status after SIGTERM"
    [[ $drained -le $1 ]] || fail "it took $drained s to end after SIGTERM"
    [[ ! -e $work/spool/refmta-daemon.pid ]] || fail "the pid file is still there"
}

# spool_check: -H and -D in pairs and nothing else; as many as were logged. Sets messages.
spool_check() {
    local input=$work/spool/input bodies files header
    messages=$(find "$input" -type f -name '*-H' | wc -l)
    bodies=$(find "$input" -type f -name '*-D' | wc -l)
    files=$(find "$input" -type f | wc -l)
    for header in $(find "$input" -name '*-H' | head -n 1000); do
        [[ -s ${header%-H}-D ]] || fail "$header has no -D"
    done
    [[ $bodies -eq $messages ]] || fail "$messages -H, but $bodies -D in the spool"
    [[ $files -eq $((messages + bodies)) ]] ||
        fail "left in the spool: $(find "$input" -type f ! -name '*-[HD]' | head -n 3 | tr '\n' ' ')"
    [[ $(grep -c ' <= ' "$log") -eq $messages ]] || fail "$messages messages in the spool, but not in the log"
}

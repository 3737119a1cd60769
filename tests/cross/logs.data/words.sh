# The words of the scripts in logs.rows.
set +e
trap '' PIPE # a server that hangs up is asked no more
[[ $kind = exim ]] && program=(exim4) || program=("$refmta" -C "$work/conf/exim4.conf")
printf '#!/bin/sh\nexec %s "$@"\n' "${program[*]}" > "$spool/mta"
chmod 755 "$spool/mta"
mta() {
    "${program[@]}" "$@"
    local status=$?
    [[ $status = 0 ]] || echo "exit status $status"
}

# letter SUBJECT [FIELD...]: a message
letter() {
    local subject=$1
    shift
    printf 'From: a@b.ex\nSubject: %s\n' "$subject"
    [[ $# = 0 ]] || printf '%s\n' "$@"
    printf '\nbody\n'
}

# said LINE...: with CRLF
said() { printf '%s\r\n' "$@"; }

# message RECIPIENT...: a session of SMTP that sends one
message() {
    said 'EHLO c.test' 'MAIL FROM:<s@b.ex>'
    local to
    for to; do said "RCPT TO:<$to>"; done
    said DATA 'From: s@b.ex' 'Subject: hello' 'Message-Id: <x@b.ex>' '' body . QUIT
}

# ids: of what waits
ids() { (cd "$spool/input" && ls | sed -n 's/-H$//p'); }

listens() { # PORT
    local try
    trap 'sleep 0.2; kill $(jobs -p) 2> /dev/null; wait' EXIT
    for try in $(seq 100); do
        grep -q ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp && break
        sleep 0.05
    done
}

# daemon: listens until the script ends.
daemon() {
    "${program[@]}" -bdf < /dev/null > "$work/daemon" 2>&1 &
    listens 2525
}

# session: lines of standard input to the daemon, each when the one before has been answered; the codes of
# the answers, whose words are each program's own
session() {
    local line text=
    exec 3<> /dev/tcp/127.0.0.1/2525
    answered
    while IFS= read -r line; do
        printf '%s\r\n' "${line%$'\r'}" >&3 2> /dev/null || break
        [[ $text && $line != $'.\r' ]] || answered
    done
    exec 3>&-
    sleep 0.3
}
answered() {
    local answer
    text=
    while IFS= read -r -t 5 answer <&3 2> /dev/null; do
        [[ ${answer:3:1} = - ]] || echo "${answer:0:3}"
        [[ ${answer:0:3} != 354 ]] || text=yes
        [[ ${answer:3:1} = - ]] || break
    done
}

# server: the far side, which is refmta for both
server() {
    mkdir -p "$spool/far"
    sed "s#SPOOL#$spool/far#g" "$data/server.conf" > "$work/server.conf"
    "$refmta" -C "$work/server.conf" -bdf > "$work/served" 2>&1 &
    listens 2526
}

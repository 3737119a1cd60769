# A message on standard input, as programs hand it to sendmail: where it ends, and whose it is with -t; and what -bs and
# -bh make of theirs.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }

printf 'primary_hostname = mx.test.ex\nspool_directory = %s/spool\nlog_file_path = %s/%%slog\nlog_selector = +8bitmime\n' "$here" "$here" > "$here/conf"

# submit TEXT ARGUMENT...: what refmta says, then recipients and body as the spool has them
submit() {
    rm -rf "$here/spool"
    text=$1
    shift
    printf "$text" | "$REFMTA" -C "$here/conf" -odq -f a@test.ex "$@" || return
    sed -n '/^XX$/,/^$/{/@/s/^/to /p}' "$here"/spool/input/*-H
    sed '1d; $s/^/last /' "$here"/spool/input/*-D
}

# field NAME ARGUMENT...: that line of -H
field() {
    rm -rf "$here/spool"
    name=$1
    shift
    printf 'X: y\n\n' | "$REFMTA" -C "$here/conf" -odq "$@" && grep -h -e "$name" "$here"/spool/input/*-H
}

# logged ARGUMENT...: what the log has of it
logged() {
    rm -f "$here/mainlog"
    printf 'X: y\n\n' | "$REFMTA" -C "$here/conf" -odq "$@" && cat "$here/mainlog"
}

# told TEXT ARGUMENT...: the report on what was refused, what it says of it, and its status
told() {
    rm -rf "$here/spool"
    text=$1
    shift
    printf 'Subject: mine\n\n%s\n' "$text" | "$REFMTA" -C "$here/conf" -odq -f a@test.ex "$@" 2>&1
    echo "status $?"
    cat "$here"/spool/input/*-[HD] 2> "$here/none" || true
}

claim "a line with a dot ends it" 0 '^to u@test.ex$' '^last one$' -- submit 'X: y\n\none\n.\ntwo\n' u@test.ex
claim "a dot without a line end is text" 0 '^last \.$' -- submit 'X: y\n\none\n.' u@test.ex
claim "so is one before other text" 0 '^last \.x$' -- submit 'X: y\n\n.x' u@test.ex
claim "with -oi a dot is a line" 0 '^\.$' '^last two$' -- submit 'X: y\n\n.\ntwo\n' -oi u@test.ex
claim "with -t recipients stand in the fields" 0 '^to a@\[IPv6:::1\]$' '^to b@test.ex$' '^to c@test.ex$' -- \
    submit 'To: a@[IPv6:::1], group: B <b@test.ex>;\nCc: c (to be\n seen) @test.ex\n\n' -t
claim "two words are no address" 1 'a b@test.ex is no address' -- submit 'To: a b@test.ex\n\n' -t
claim "an argument may be several" 0 '^to a@test.ex$' '^to b@test.ex$' '^to c@mx.test.ex$' -- \
    submit '\n' 'a@test.ex, "x, y" <b@test.ex>,c (d)'
claim "with -t arguments do not get it, several in one too" 0 '^to c@test.ex$' '!to [abd]@' -- \
    submit 'To: a@test.ex, b@test.ex, c@test.ex\nBcc: d@test.ex\n\n' -ti 'A@Test.ex, b@test.ex' d@test.ex
claim "the words of cron" 0 '^to u@mx.test.ex$' -- submit 'X: y\n\n' -FCronDaemon -i -B8BITMIME -oem u
claim "-F is who it is from" 0 'From: The Name <[^>]*@mx.test.ex>$' -- field From -F 'The Name' u
claim "-B8BITMIME is told" 0 ' M8S=8' -- logged -B8BITMIME u
claim "-t and nobody there" 1 'no recipients' -- submit 'To: undisclosed:;\n\n' -t

claim "what is refused is told on standard error" 0 'u@ is no address' 'status 1' '!Subject' -- told body u@
claim "with -oep too" 0 'refmta: u@ is no address' 'status 1' '!Subject' -- told body -oep u@
claim "with -oem it goes back" 0 '^a@test.ex$' '^    u@ is no address' '^Subject: mine$' '^body$' 'status 1' '!refmta: u@' -- \
    told body -oem u@
claim "with -oee that will do" 0 '^    no recipients in message$' '^body$' 'status 0' -- told body -oee -t
claim "of what is cut at a long line the fields go back" 0 '^    A line of the message is longer' '^Subject: mine$' '!^body' -- \
    told "body$(printf '%01200d' 0)" -oem u
claim "who is nobody is told where he stands" 0 'refmta: u@ is no address' 'status 1' '!Subject' -- told body -oem -f '<>' u@

# session FIELDS: the fields that a message has which came over -bs
session() {
    rm -rf "$here/spool"
    printf 'EHLO c\r\nMAIL FROM:<a@test.ex>\r\nRCPT TO:<u@test.ex>\r\nDATA\r\n%b\r\n.\r\nQUIT\r\n' "$1" |
        "$REFMTA" -C "$here/conf" -odq -bs > "$here/session"
    sed -n 's/^[0-9]\{3\}[A-Z ] \([A-Z][^:]*:\)/\1/p' "$here"/spool/input/*-H
}
printf 'acl_smtp_rcpt = accept\n' >> "$here/conf"
claim "-bs adds what a program left out" 0 '^Message-Id: <E' '^From: a@test.ex$' '^Date: ' -- session ''
claim "and nothing that is there" 0 '^From: b$' -- session 'From: b\r\n'

# rehearsal COUNT: how many of the commands that come at once are answered
rehearsal() {
    { echo 'EHLO c'; echo 'MAIL FROM:<a@test.ex>'; yes 'RCPT TO:<u@test.ex>' | head -n "$1"; echo QUIT; } |
        sed 's/$/\r/' > "$here/commands"
    "$REFMTA" -C "$here/conf" -bh 192.0.2.1 < "$here/commands" 2> /dev/null | grep -c '^250 2.1\|^221'
}
claim "-bh reads thousands of commands that come at once" 0 '^4002$' -- rehearsal 4000
finish

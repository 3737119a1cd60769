# A message on standard input, as programs hand it to sendmail: where it ends, and whose it is with -t.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }

printf 'primary_hostname = mx.test.ex\nspool_directory = %s/spool\nlog_file_path = %s/%%slog\n' "$here" "$here" > "$here/conf"

# submit TEXT ARGUMENT...: what refmta says, then recipients and body as the spool has them
submit() {
    rm -rf "$here/spool"
    text=$1
    shift
    printf "$text" | "$REFMTA" -C "$here/conf" -odq -f a@test.ex "$@" || return
    sed -n '/^XX$/,/^$/{/@/s/^/to /p}' "$here"/spool/input/*-H
    sed '1d; $s/^/last /' "$here"/spool/input/*-D
}

claim "a line with a dot ends it" 0 '^to u@test.ex$' '^last one$' -- submit 'X: y\n\none\n.\ntwo\n' u@test.ex
claim "a dot without a line end is text" 0 '^last \.$' -- submit 'X: y\n\none\n.' u@test.ex
claim "so is one before other text" 0 '^last \.x$' -- submit 'X: y\n\n.x' u@test.ex
claim "with -oi a dot is a line" 0 '^\.$' '^last two$' -- submit 'X: y\n\n.\ntwo\n' -oi u@test.ex
claim "with -t recipients stand in the fields" 0 '^to a@\[IPv6:::1\]$' '^to b@test.ex$' '^to c@test.ex$' -- \
    submit 'To: a@[IPv6:::1], group: B <b@test.ex>;\nCc: c (to be\n seen) @test.ex\n\n' -t
claim "two words are no address" 1 'a b@test.ex is no address' -- submit 'To: a b@test.ex\n\n' -t
claim "-t and nobody there" 1 'no recipients' -- submit 'To: undisclosed:;\n\n' -t

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
finish

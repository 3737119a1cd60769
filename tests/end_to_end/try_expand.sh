# refmta -be and -bem: what they take, print and end with; and that no expression, however bad, takes long.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built here"; exit 77; }

cat > "$here/conf" << 'END'
primary_hostname = mx.test.ex
timezone = UTC
WORD = of the file
domainlist ours = a.ex : *.b.ex
END
printf 'Subject: hello\nTo: u@b.ex\n\none\ntwo\n' > "$here/message"
# input TEXT OPTION...: refmta -be with lines on standard input; quick: it ends within ten seconds
input() {
    lines=$1
    shift
    printf '%b' "$lines" | timeout 10 "$REFMTA" -C "$here/conf" "$@" -be
}
try() {
    timeout 10 "$REFMTA" -C "$here/conf" -be "$@"
}
# big TEXT COUNT: TEXT that many times
big() {
    awk -v text="$1" -v count="$2" 'BEGIN { while (count-- > 0) printf "%s", text }'
}

claim "each argument is a line" 0 '^mx.test.ex$' '^X$' -- try '$primary_hostname' '${uc:x}'
claim "what fails prints why, and is no failure of the program" 0 '^Failed: unknown variable name "nosuch"$' '^y$' \
    -- try '$nosuch' y
claim "lines are asked for, and joined at a backslash" 0 '^> ab$' '^> $' -- input 'a\\\n  b\n'
claim "macros of the file and of -D stand for their text" 0 '^> of the file$' '^> d$' -- input 'WORD\nDD\n' -DDD=d
claim "a line can define a macro" 0 "^> Defined macro 'NEW'$" '^> x$' -- input 'NEW = x\nNEW\n'
claim "named lists can be used" 0 '^\*.b.ex$' -- try '${if match_domain{x.b.ex}{+ours}{$value}}'
claim "a message can be had" 0 '^hello 2 8$' '^u@b.ex$' \
    -- "$REFMTA" -C "$here/conf" -t -bem "$here/message" '$h_subject: $body_linecount $message_body_size' '$recipients'
claim "a message that is not there is named" 1 "$here/none" -- "$REFMTA" -C "$here/conf" -bem "$here/none" x
claim "-bem wants a file" 64 'needs a file' -- "$REFMTA" -bem
claim "without a configuration the defaults hold" 0 '^> X$' -- sh -c 'echo "\${uc:x}" | "$REFMTA" -be'
claim "-d+expand tells the steps" 0 'expanding: \${lc:A}' 'condition true: eq' \
    -- try '${if eq{a}{${lc:A}}{y}{n}}' -d+expand

claim "a list without end is given up" 0 'Failed: expansion given up' \
    -- try "\${reduce{$(big x: 2000)}{}{\${map{$(big y: 2000)}{\$value}}}}"
claim "a text that grows is given up" 0 'Failed: expansion given up' \
    -- try "\${reduce{$(big x: 64)}{xx}{\$value\$value}}"
claim "a pattern that backtracks is given up" 0 'Failed' \
    -- try '${if match{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!}{\N^(a+a+)+$\N}{y}{n}}'
claim "deep nesting is refused" 0 'Failed' -- try "$(big '${lc:' 5000)"
claim "a text that expands itself ends" 0 'Failed' -- input '${reduce{a}{\\${expand:\\$value}}{${expand:$value}}}\n'
big 'x' 10000000 > "$here/long"
claim "a line of ten million octets is a line" 0 '10000000' \
    -- sh -c '{ printf "\${strlen:"; cat "$1"; echo "}"; } | timeout 20 "$REFMTA" -be' sh "$here/long"
finish

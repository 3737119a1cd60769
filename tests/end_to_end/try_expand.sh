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
# input TEXT OPTION...: refmta -be with lines on standard input; it ends, within a minute on a slow machine
input() {
    lines=$1
    shift
    printf '%b' "$lines" | timeout 60 "$REFMTA" -C "$here/conf" "$@" -be
}
try() {
    timeout 60 "$REFMTA" -C "$here/conf" -be "$@"
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
printf 'h.test. A 192.0.2.7\n' > "$here/zone"
claim "--dns can be zone text, and what is not signed is told" 0 '^192.0.2.7 no$' \
    -- try '${lookup dnsdb{a=h.test}} $lookup_dnssec_authenticated' --dns "$here/zone"
printf 'zone = %s\n' "$here/zone" > "$here/env"
claim "the file of --env can name it too" 0 '^192.0.2.7$' -- try '${lookup dnsdb{a=h.test}}' --env "$here/env"
claim "but not both" 1 'exclude each other' -- try x --env "$here/env" --dns "$here/zone"
claim "\$version_number is that of the language" 0 '^4\.96 4\.96$' -- try '$version_number $exim_version'
printf 'expand_budget = 1000\n' | cat "$here/conf" - > "$here/small"
claim "the budget of an expansion can be set" 0 '^Failed: expansion given up' -- \
    "$REFMTA" -C "$here/small" -be "\${reduce{$(big x: 1500)}{}{}}"
claim "macros tell what the language has" 0 '^_EXP_ITEM_SRS_ENCODE=y$' '^_EXP_COND_INBOUND_SRS=y$' '^_ACL_COND_HOSTS=y$' \
    '^_ACL_MOD_LOGWRITE=y$' '^_LOG_PIPELINING=y$' '^_HAVE_LMDB=y$' -- "$REFMTA" -C "$here/conf" -bP macros
claim "an answer does not wait for the next line" 0 '^> X$' -- \
    sh -c '{ echo "\${uc:x}"; sleep 2; } | timeout 1 "$REFMTA" -be; true'
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

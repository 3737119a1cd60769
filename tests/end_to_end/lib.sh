# What the scripts here share: a folder of their own, and claims about a command's end and words.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
: "${ASSAY:?the path of assay}"
here=$(mktemp -d "${TMPDIR:-/tmp}/end-to-end-XXXXXX") || exit 1
chmod 755 "$here"
export TMPDIR="$here" # the judge's working folders too: what is left of a run can be seen
trap 'rm -rf "$here"' EXIT
failures=0

# claim SENTENCE STATUS [PATTERN...] -- COMMAND...: the command ends with that status, and what it says
# on either output holds each pattern (grep -e), and none that has "!" in front.
claim() {
    sentence=$1
    status=$2
    shift 2
    : > "$here/patterns"
    while [ "$1" != -- ]; do
        printf '%s\n' "$1" >> "$here/patterns"
        shift
    done
    shift
    "$@" > "$here/said" 2>&1 < /dev/null
    got=$?
    wrong=
    [ "$got" -eq "$status" ] || wrong="exit status $got, not $status"
    while IFS= read -r pattern; do
        case $pattern in
        !*) ! grep -q -e "${pattern#!}" "$here/said" || wrong="$wrong; says something like: ${pattern#!}" ;;
        *) grep -q -e "$pattern" "$here/said" || wrong="$wrong; says nothing like: $pattern" ;;
        esac
    done < "$here/patterns"
    if [ -n "$wrong" ]; then
        failures=$((failures + 1))
        printf 'FAILED  %s: %s\n' "$sentence" "$wrong"
        sed 's/^/        /' "$here/said"
    else
        printf 'ok      %s\n' "$sentence"
    fi
}

# A target folder that tests can bend: an SMTP server of a few lines of shell is enough for most.
# make_target NAME START-SCRIPT-BODY
make_target() {
    mkdir -p "$here/targets/$1"
    : > "$here/targets/$1/target"
    for verb in caps prepare start; do
        printf '#!/bin/sh\n' > "$here/targets/$1/$verb"
        chmod +x "$here/targets/$1/$verb"
    done
    echo 'echo version test' >> "$here/targets/$1/caps"
    cat >> "$here/targets/$1/prepare" << 'END'
if [ -s "$ASSAY_SET" ]; then
    head -n 1 "$ASSAY_SET"
    exit 77
fi
END
    printf '%s\n' "$2" >> "$here/targets/$1/start"
}

scenario() { # NAME: its text on standard input
    mkdir -p "$here/scenarios/$(dirname "$1")"
    cat > "$here/scenarios/$1.scn"
}

plain_scenario() {
    scenario t/plain << 'END'
scenario a plain message is taken
source RFC5321 D.1
req RFC5321-3.3-rcpt
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
C: QUIT
S: 221
S! eof
expect log exim-main has "@{id} <= a@c.test"
END
}

finish() {
    [ "$failures" -eq 0 ] || { echo "$failures claims do not hold"; exit 1; }
    exit 0
}

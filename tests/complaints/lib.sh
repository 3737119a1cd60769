# What the scripts here share, beyond tests/end_to_end/lib.sh: targets that are the server `mta` beside this
# file with one wrong behaviour, and a scenario that any honest server passes.
. "$(dirname "$0")/../end_to_end/lib.sh"
complaints=$root/tests/complaints
command -v python3 > /dev/null || { echo "python3 is not here"; exit 77; }
export ASSAY_TARGETS="$here/targets"
scn=$here/scenarios

# mta NAME WORD [VALUE]: a target of that behaviour. It is patient for 2 s.
mta() {
    make_target "$1" "exec python3 '$complaints/mta' \"\$ASSAY_ADDR\" \"\$ASSAY_PORT_SMTP\" $2 ${3:-}"
    echo 'patience = 2s' > "$here/targets/$1/target"
}

# dialogue ID: a whole session, with what else stands on standard input put behind EHLO.
dialogue() {
    {
        cat << 'END'
scenario a plain session is served
source RFC5321 D.1
req RFC5321-3.3-rcpt
S: 220
C: EHLO c.test
S: 250
END
        cat
        cat << 'END'
C: QUIT
S: 221
S! eof
END
    } | scenario "$1"
}

# mail: the lines of a transaction.
mail() {
    cat << 'END'
C: MAIL FROM:<a@c.test>
S: 250
C: RCPT TO:<u@test.ex>
S: 250
C: DATA
S: 354
C<. plain
S: 250
END
}

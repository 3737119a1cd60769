# Which Exim: Debian's, or any other binary that $EXIM names. Read by the verbs of this folder. It runs with
# the rights of its set-user-id bit, which a copy below /usr can have here and a build folder need not have.
exim=/usr/sbin/exim4
if [ -n "${EXIM:-}" ]; then
    if [ ! -x "$EXIM" ]; then
        echo "EXIM=$EXIM is not there, or no program" >&2
        exit 1
    fi
    exim=/usr/sbin/exim-given
    if ! cmp -s "$EXIM" "$exim"; then
        rm -f "$exim"
        cp "$EXIM" "$exim"
        chown root:root "$exim"
        chmod 4755 "$exim"
    fi
fi

# Which refmta: $REFMTA, or the one beside assay. Read by the verbs of this folder.
if [ -z "${REFMTA:-}" ]; then
    for REFMTA in "$ASSAY_BIN/refmta" "$ASSAY_BIN/../sbin/refmta"; do
        [ -x "$REFMTA" ] && break
    done
fi
if [ ! -x "$REFMTA" ]; then
    echo "$REFMTA is not there; build it, or set REFMTA" >&2
    exit 1
fi

# The Brightmail client library that scenarios steer by a file: `=== config exim` knows it as
# BRIGHTMAIL_LIBRARY. Only a build has it.
BRIGHTMAIL_LIBRARY=
for file in "$ASSAY_BIN/brightmail.so" "${REFMTA%/*}/brightmail.so"; do
    [ -e "$file" ] && BRIGHTMAIL_LIBRARY=$file && break
done

# The folder's other names, ref-openssl and ref-gnutls, are refmta under that library alone.
case $ASSAY_TARGET in
    *-openssl) LIBRARIES=openssl ;;
    *-gnutls) LIBRARIES=gnutls ;;
    *) LIBRARIES='openssl gnutls' ;;
esac

# refmta OPTION...: this process becomes refmta, with the case's configuration, clock, dice and name server.
refmta() {
    [ -z "${ASSAY_DNS:-}" ] || set -- --dns "$ASSAY_DNS@53" "$@"
    exec "$REFMTA" -C "$ASSAY_WORK/refmta.conf" --env "$ASSAY_ENV" "$@"
}

# Queues of four kinds of MTA, read into one form: the same expects hold for each, field by field. Peers that are
# not here are skipped by the judge, with the line that brings them.
. "$(dirname "$0")/lib.sh"
[ -n "${REFMTA:-}" ] || { echo "refmta is not built"; exit 77; }
cd "$root" || exit 1
same() { "$ASSAY" run scenarios/spool/common-form.scn --baseline /dev/null --out "$here/out-$1" --target "$1"; }
claim "refmta's spool is read" 0 '1 pass' -- same ref
for peer in exim postfix sendmail; do
    if [ -f "build/peers/$peer/.complete" ]; then
        claim "$peer's tells the same of sender, recipients with their parameters, fields and body" 0 '1 pass' -- same $peer
    else
        claim "$peer is not here, which is told with the line that brings it" 3 "ci/peers $peer brings it" -- same $peer
    fi
done
all() { "$ASSAY" run scenarios/spool/common-form.scn --baseline /dev/null --out "$here/out-all" --jobs 5 --target "$1"; }
claim "several targets run at once, whoever is here" 0 'common-form on ref' -- all ref,ref-gnutls,exim,postfix,sendmail
finish

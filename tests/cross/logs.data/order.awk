# Deliveries of one attempt are told in the order in which they happened to end: lines that stand together are
# sorted. Fields that only refmta has in its reports (DSN_INFO, Arrival-Date) are left out, and the parameters of
# a field stand on one line; Action: goes before Status:.
function flush(    i, j, t) {
    for (i = 2; i <= n; i++) {
        for (j = i; j > 1 && held[j] < held[j - 1]; j--) { t = held[j]; held[j] = held[j - 1]; held[j - 1] = t }
    }
    for (i = 1; i <= n; i++) { print held[i] }
    n = 0
}
/^TIME ID (=>|->|\*\*|==) / { held[++n] = $0; next }
{ flush() }
/^(Arrival-Date|X-Exim-Diagnostic|X-Remote-MTA-[a-z-]*): / { left_out = 1; next }
left_out && /^[ \t]/ { next }
{ left_out = 0 }
/^Action: / { action = $0; next }
/^Status: / && action { print action; action = "" }
/^Content-Type: multipart\/report;.*;$/ { printf "%s", $0; next }
{ print }
END { flush() }

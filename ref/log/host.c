/* Five forms by what is known: "name [ip]", "name (helo) [ip]", "(helo) [ip]", "[ip]", and the user where
   there is no address. A helo that only repeats the name is not told. */
#include "ref/log/host.h"

void log_peer_put(const struct log *log, const struct log_host *host, struct buf *out)
{
    if (host->address.len == 0) {
        buf_put(out, host->user);
        return;
    }
    if (host->name.len > 0) {
        buf_printf(out, "%.*s ", SPAN_FMT(host->name));
    }
    if (host->helo.len > 0 && !span_eq_caseless(host->helo, host->name)) {
        buf_printf(out, "(%.*s) ", SPAN_FMT(host->helo));
    }
    buf_printf(out, "[%.*s]", SPAN_FMT(host->address));
    if (host->port && log_wants(log, LOG_INCOMING_PORT)) {
        buf_printf(out, ":%u", (unsigned)host->port);
    }
}

void log_connection_put(const struct log *log, const struct log_host *host, struct buf *out)
{
    log_peer_put(log, host, out);
    if (host->interface.len > 0 && log_wants(log, LOG_INCOMING_INTERFACE)) {
        buf_printf(out, " I=[%.*s]:%u", SPAN_FMT(host->interface), (unsigned)host->interface_port);
    }
}

void log_host_put(const struct log *log, const struct log_host *host, struct buf *out)
{
    if (host->address.len > 0) {
        buf_put_text(out, "H=");
        log_connection_put(log, host, out);
    } else if (host->user.len > 0) {
        buf_printf(out, "U=%.*s", SPAN_FMT(host->user));
    }
}

void log_tls_put(const struct log *log, const struct log_tls *tls, struct buf *out)
{
    log_field_put(log, LOG_TLS_CIPHER, "X=", tls->cipher, out);
    if (tls->cipher.len > 0 && tls->resumed && log_wants(log, LOG_TLS_CIPHER) &&
        log_wants(log, LOG_TLS_RESUMPTION)) {
        buf_put_byte(out, '*');
    }
    if (tls->certificate && log_wants(log, LOG_TLS_CERTIFICATE_VERIFIED)) {
        buf_put_text(out, tls->verified ? " CV=yes" : " CV=no");
    }
    if (tls->peer_dn.len > 0 && log_wants(log, LOG_TLS_PEERDN)) {
        log_quoted_put(" DN=", tls->peer_dn, out);
    }
    log_field_put(log, LOG_TLS_SNI, "SNI=", tls->sni, out);
}

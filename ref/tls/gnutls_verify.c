/* What GnuTLS thinks of the peer's certificate. A resumed session has the certificate but no result: that
   is worked out again. */
#include "ref/tls/gnutls.h"

#include "base/check.h"
#include "ref/tls/names.h"

#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

static bool peer_take(gnutls_session_t s, gnutls_x509_crt_t *certificate)
{
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(s, &count);
    if (chain == NULL || count == 0) {
        return false;
    }
    CHECK(gnutls_x509_crt_init(certificate) == 0);
    if (gnutls_x509_crt_import(*certificate, &chain[0], GNUTLS_X509_FMT_DER) != 0) {
        gnutls_x509_crt_deinit(*certificate);
        return false;
    }
    return true;
}

static bool name_fits(void *certificate, span name)
{
    char text[TLS_NAME_OCTETS];
    span bare = tls_name_bare(name);
    if (!tls_name_literal(name, text, sizeof text)) {
        size_t len = bare.len < sizeof text ? bare.len : 0;
        memcpy(text, bare.at, len);
        text[len] = '\0';
    }
    return gnutls_x509_crt_check_hostname2(certificate, text, 0) != 0;
}

/* NULL: it is good. */
static const char *looked_at(struct tls *t, gnutls_session_t s)
{
    unsigned status = 0;
    gnutls_x509_crt_t certificate;
    int code = gnutls_certificate_verify_peers2(s, &status);
    if (code < 0) {
        return gnutls_strerror(code);
    }
    if (status != 0) {
        gnutls_datum_t text = {NULL, 0};
        if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) != 0) {
            return "the certificate is not trusted";
        }
        const char *why = arena_text(t->arena, span_trim_space(span_text((char *)text.data)));
        gnutls_free(text.data);
        return why;
    }
    if (!peer_take(s, &certificate)) {
        return "there is no certificate";
    }
    bool fit = tls_client_names_fit(t, name_fits, certificate);
    gnutls_x509_crt_deinit(certificate);
    return fit ? NULL : "hostname mismatch";
}

static unsigned staple_state(gnutls_session_t s)
{
    if (gnutls_ocsp_status_request_is_checked(s, GNUTLS_OCSP_SR_IS_AVAIL) == 0) {
        return TLS_OCSP_NO_RESPONSE;
    }
    return gnutls_ocsp_status_request_is_checked(s, 0) != 0 ? TLS_OCSP_VERIFIED : TLS_OCSP_FAILED;
}

static int certificate_came(gnutls_session_t s)
{
    struct tls *t = gnutls_session_get_ptr(s);
    bool asked = !t->server && t->as_client.ocsp != TLS_OCSP_NOT;
    if (tls_verify_wanted(t) == TLS_VERIFY_NOT && !asked) {
        return 0;
    }
    t->unverified = looked_at(t, s);
    t->facts.certificate_verified = tls_verify_wanted(t) != TLS_VERIFY_NOT && t->unverified == NULL;
    if (asked) {
        t->facts.ocsp = staple_state(s);
        if (t->as_client.ocsp == TLS_OCSP_MUST && t->facts.ocsp != TLS_OCSP_VERIFIED) {
            t->unverified = "the certificate has no good status";
            return GNUTLS_E_CERTIFICATE_ERROR;
        }
    }
    return t->unverified != NULL && tls_verify_wanted(t) == TLS_VERIFY_MUST ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

void tls_gnutls_verify(struct tls *t)
{
    gnutls_session_t s = tls_gnutls_session(t)->session;
    gnutls_session_set_verify_function(s, certificate_came);
    if (t->server) {
        static const gnutls_certificate_request_t requests[] = {
            [TLS_VERIFY_NOT] = GNUTLS_CERT_IGNORE, [TLS_VERIFY_TRY] = GNUTLS_CERT_REQUEST,
            [TLS_VERIFY_MUST] = GNUTLS_CERT_REQUIRE};
        gnutls_certificate_server_set_request(s, requests[tls_verify_wanted(t)]);
        gnutls_certificate_send_x509_rdn_sequence(s, 1); /* 1: names of those we trust are not sent */
    }
}

/* --- facts ------------------------------------------------------------------------------------------- */

static void learn_peer(struct tls *t, gnutls_session_t s)
{
    gnutls_x509_crt_t certificate;
    gnutls_datum_t out = {NULL, 0};
    if (!peer_take(s, &certificate)) {
        return;
    }
    if (gnutls_x509_crt_get_dn2(certificate, &out) == 0) {
        t->facts.peerdn = arena_copy(t->arena, span_of(out.data, out.size));
        gnutls_free(out.data);
    }
    if (gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &out) == 0) {
        t->facts.peercert = arena_copy(t->arena, span_of(out.data, out.size));
        gnutls_free(out.data);
    }
    gnutls_x509_crt_deinit(certificate);
}

static void learn_resumed(struct tls *t, gnutls_session_t s)
{
    if (!gnutls_session_is_resumed(s)) {
        return;
    }
    t->facts.resumption |= TLS_RESUME_RESUMED;
    if (tls_verify_wanted(t) != TLS_VERIFY_NOT && t->facts.peercert.len > 0) {
        t->unverified = looked_at(t, s);
        t->facts.certificate_verified =
            t->unverified == NULL && !(t->keeping.offered && t->keeping.from.verify_override);
    }
}

/* Exim's text of GnuTLS's "(TLS1.2)-(ECDHE-X25519)-(RSA-SHA256)-(AES-256-GCM)", which logs are read by:
   what stands behind the version, its parts joined by two low lines. A resumed session of TLS 1.3 is
   "(TLS1.3)--(AES-256-GCM)", of which a bracket is left over there, and so here. */
static span described(const struct tls *t, gnutls_session_t s)
{
    struct buf out;
    char *description = gnutls_session_get_desc(s);
    span rest = span_text(description), version;
    buf_init(&out, 1024);
    (void)span_split(rest, ')', &version, &rest);
    rest = span_from(rest, 2);
    for (size_t i = 0; i + 1 < rest.len; i++) { /* the last is a bracket */
        if (span_starts(span_from(rest, i), SPAN(")-("))) {
            buf_put_text(&out, "__");
            i += 2;
        } else {
            buf_put_byte(&out, rest.at[i] == '-' ? '_' : rest.at[i]);
        }
    }
    gnutls_free(description);
    span text = span_text(arena_printf(t->arena, "%.*s:%.*s:%u", SPAN_FMT(t->facts.ver),
                                       SPAN_FMT(buf_span(&out)), t->facts.bits));
    buf_wipe(&out);
    return text;
}

static const char *suite_name(gnutls_session_t s)
{
#if GNUTLS_VERSION_NUMBER >= 0x030704
    return gnutls_ciphersuite_get(s);
#else
    return gnutls_cipher_suite_get_name(gnutls_kx_get(s), gnutls_cipher_get(s), gnutls_mac_get(s));
#endif
}

void tls_gnutls_learn(struct tls *t)
{
    struct tls_gnutls *g = tls_gnutls_session(t);
    gnutls_session_t s = g->session;
    t->facts.ver = span_text(gnutls_protocol_get_name(gnutls_protocol_get_version(s)));
    t->facts.bits = (unsigned)(8 * gnutls_cipher_get_key_size(gnutls_cipher_get(s)));
    t->facts.cipher = described(t, s);
    t->cipher_name = span_text(suite_name(s));
    if (t->server && g->status_asked) {
        bool stapled = tls_context_shown(t)->staple.len > 0 && !gnutls_session_is_resumed(s);
        t->facts.ocsp = stapled ? TLS_OCSP_VERIFIED : TLS_OCSP_NO_RESPONSE;
    }
    learn_peer(t, s);
    learn_resumed(t, s);
}

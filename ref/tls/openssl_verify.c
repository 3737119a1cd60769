/* What OpenSSL thinks of the peer's certificate, and what we make of it. The library keeps the result with
   a session, so a resumed one has the result of its first handshake: an overridden failure stays a
   failure. */
#include "ref/tls/openssl.h"

#include "base/check.h"
#include "ref/tls/names.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>

enum { OCSP_SKEW = 300 }; /* seconds that clocks may differ */

/* --- the chain and the name ------------------------------------------------------------------------ */

static bool name_fits(void *certificate, span name)
{
    char text[TLS_NAME_OCTETS];
    if (tls_name_literal(name, text, sizeof text)) {
        return X509_check_ip_asc(certificate, text, 0) == 1;
    }
    name = tls_name_bare(name);
    return name.len > 0 && X509_check_host(certificate, (const char *)name.at, name.len,
                                           X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

static int look(int good, X509_STORE_CTX *chain)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = tls_openssl_of(ssl);
    if (good && X509_STORE_CTX_get_error_depth(chain) == 0 &&
        !tls_client_names_fit(t, name_fits, X509_STORE_CTX_get_current_cert(chain))) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
        good = 0;
    }
    if (!good && t->unverified == NULL && tls_verify_wanted(t) != TLS_VERIFY_NOT) {
        t->unverified = X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain));
    }
    return good || tls_verify_wanted(t) != TLS_VERIFY_MUST;
}

void tls_openssl_verify(struct tls *t, SSL *ssl)
{
    int mode = tls_verify_wanted(t) == TLS_VERIFY_NOT ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
    if (t->server && tls_verify_wanted(t) == TLS_VERIFY_MUST) {
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    SSL_set_verify(ssl, mode, look);
}

/* --- stapling --------------------------------------------------------------------------------------- */

int tls_openssl_staple(SSL *ssl, void *arg)
{
    struct tls *t = tls_openssl_of(ssl);
    span staple = tls_context_shown(t)->staple;
    (void)arg;
    if (staple.len == 0) {
        return SSL_TLSEXT_ERR_NOACK; /* Exim without tls_ocsp_file does not see that one was asked for */
    }
    unsigned char *copy = OPENSSL_memdup(staple.at, staple.len); /* the session frees it */
    CHECK(copy != NULL);
    (void)SSL_set_tlsext_status_ocsp_resp(ssl, copy, (int)staple.len);
    t->facts.ocsp = TLS_OCSP_VERIFIED;
    return SSL_TLSEXT_ERR_OK;
}

/* One that is about the peer's certificate, is of now, and says good. */
static bool single_good(SSL *ssl, OCSP_BASICRESP *basic)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    X509 *own = SSL_get0_peer_certificate(ssl), *issuer = NULL;
    X509_STORE_CTX *look_up = X509_STORE_CTX_new();
    CHECK(look_up != NULL);
    bool good = false;
    if (own != NULL &&
        X509_STORE_CTX_init(look_up, SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), own, chain) == 1 &&
        X509_verify_cert(look_up) == 1 && sk_X509_num(X509_STORE_CTX_get0_chain(look_up)) > 0) {
        const STACK_OF(X509) *full = X509_STORE_CTX_get0_chain(look_up);
        issuer = sk_X509_value(full, sk_X509_num(full) > 1 ? 1 : 0);
    }
    OCSP_CERTID *id = issuer != NULL ? OCSP_cert_to_id(NULL, own, issuer) : NULL;
    int status, reason;
    ASN1_GENERALIZEDTIME *revoked, *from, *until;
    if (id != NULL && OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &from, &until)) {
        good = status == V_OCSP_CERTSTATUS_GOOD && OCSP_check_validity(from, until, OCSP_SKEW, -1);
    }
    OCSP_CERTID_free(id);
    X509_STORE_CTX_free(look_up);
    return good;
}

static unsigned staple_state(SSL *ssl)
{
    const unsigned char *at = NULL;
    long len = SSL_get_tlsext_status_ocsp_resp(ssl, &at);
    if (at == NULL || len <= 0) {
        return TLS_OCSP_NO_RESPONSE;
    }
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, len);
    OCSP_BASICRESP *basic = NULL;
    if (response != NULL && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        basic = OCSP_response_get1_basic(response);
    }
    bool good = basic != NULL &&
                OCSP_basic_verify(basic, SSL_get_peer_cert_chain(ssl),
                                  SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), 0) > 0 &&
                single_good(ssl, basic);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return good ? TLS_OCSP_VERIFIED : TLS_OCSP_FAILED;
}

/* 0 ends the handshake with bad_certificate_status_response. */
int tls_openssl_stapled(SSL *ssl, void *arg)
{
    struct tls *t = tls_openssl_of(ssl);
    (void)arg;
    if (SSL_session_reused(ssl)) {
        return 1; /* asked under TLS 1.3, where nothing is stapled */
    }
    t->facts.ocsp = staple_state(ssl);
    return t->as_client.ocsp != TLS_OCSP_MUST || t->facts.ocsp == TLS_OCSP_VERIFIED;
}

/* --- facts ------------------------------------------------------------------------------------------- */

span tls_openssl_pem(X509 *certificate, struct arena *arena)
{
    BIO *out = BIO_new(BIO_s_mem());
    CHECK(out != NULL);
    char *text;
    (void)PEM_write_bio_X509(out, certificate);
    long len = BIO_get_mem_data(out, &text);
    span pem = len > 0 ? arena_copy(arena, span_of(text, (size_t)len)) : SPAN_EMPTY;
    BIO_free(out);
    return pem;
}

static void learn_peer(struct tls *t, SSL *ssl)
{
    X509 *peer = SSL_get0_peer_certificate(ssl);
    if (peer == NULL) {
        return;
    }
    char *name = X509_NAME_oneline(X509_get_subject_name(peer), NULL, 0);
    t->facts.peerdn = arena_copy(t->arena, span_text(name));
    OPENSSL_free(name);
    t->facts.peercert = tls_openssl_pem(peer, t->arena);
    long result = SSL_get_verify_result(ssl);
    bool looked = tls_verify_wanted(t) != TLS_VERIFY_NOT;
    bool overridden = SSL_session_reused(ssl) && t->keeping.from.verify_override;
    t->facts.certificate_verified = looked && result == X509_V_OK && !overridden;
    if (looked && !t->facts.certificate_verified && t->unverified == NULL) {
        t->unverified = X509_verify_cert_error_string(result);
    }
}

void tls_openssl_learn(struct tls *t)
{
    SSL *ssl = t->session;
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    const char *version = SSL_get_version(ssl); /* "TLSv1.3" */
    t->facts.ver = span_text(arena_printf(t->arena, "TLS%s", strncmp(version, "TLSv", 4) == 0
                                                                 ? version + 4 : version));
    int bits = SSL_CIPHER_get_bits(cipher, NULL);
    t->facts.bits = bits > 0 ? (unsigned)bits : 0;
    t->facts.cipher = span_text(arena_printf(t->arena, "%.*s:%s:%u", SPAN_FMT(t->facts.ver),
                                             SSL_CIPHER_get_name(cipher), t->facts.bits));
    t->cipher_name = span_text(SSL_CIPHER_standard_name(cipher));
    if (SSL_session_reused(ssl)) {
        t->facts.resumption |= TLS_RESUME_RESUMED;
        t->facts.ocsp = TLS_OCSP_NOT_ASKED; /* staple() was called, and nothing of it went out */
    }
    learn_peer(t, ssl);
}

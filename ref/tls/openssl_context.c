/* Settings made into an SSL_CTX. Every refusal names the file or the option: this is what an administrator
   reads when the server does not start. */
#include "ref/tls/openssl.h"

#include "base/check.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include <sys/stat.h>
#include <time.h>

enum { CIPHERS_CEILING = 8192 };

const char *tls_openssl_why(struct arena *arena)
{
    char text[256];
    unsigned long code = ERR_peek_error();
    if (code == 0) {
        return "no reason given";
    }
    ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return arena_text(arena, span_text(text));
}

struct making {
    struct tls_context *c;
    struct tls_openssl_made *made;
    struct arena *texts;
};

static err refuse(const struct making *m, const char *option, const char *path)
{
    return err_of(ERR_IO, arena_printf(m->texts, "%s: %s: %s", option, path,
                                       tls_openssl_why(m->texts)));
}

/* The library's own reading of a file says only that it could not: so it is read by us. */
static err pem_open(const struct making *m, const char *option, const char *path, BIO **pem)
{
    span content;
    err e = tls_context_file(m->c, path, m->texts, &content);
    if (failed(e)) {
        return err_in(e, m->texts, "%s", option);
    }
    ERR_clear_error();
    *pem = BIO_new_mem_buf(content.at, (int)content.len);
    CHECK(*pem != NULL);
    return OK;
}

static int no_password(char *at, int room, int writing, void *arg)
{
    (void)at;
    (void)room;
    (void)writing;
    (void)arg;
    return -1; /* a daemon has nobody to ask */
}

/* The first certificate is ours, those behind it are its chain. */
static err chain_use(const struct making *m, const char *path, X509 **own)
{
    BIO *pem;
    TRY(pem_open(m, "tls_certificate", path, &pem));
    *own = PEM_read_bio_X509(pem, NULL, no_password, NULL);
    bool good = *own != NULL && SSL_CTX_use_certificate(m->made->ctx, *own) == 1;
    X509 *above = NULL;
    while (good && (above = PEM_read_bio_X509(pem, NULL, no_password, NULL)) != NULL) {
        good = SSL_CTX_add0_chain_cert(m->made->ctx, above) == 1;
        if (!good) {
            X509_free(above);
        }
    }
    BIO_free(pem);
    if (good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) {
        ERR_clear_error(); /* the end of the file */
    } else if (good) {
        good = ERR_peek_error() == 0;
    }
    return good ? OK : refuse(m, "tls_certificate", path);
}

static err key_use(const struct making *m, const char *path, const X509 *own, const char *chain)
{
    BIO *pem;
    TRY(pem_open(m, "tls_privatekey", path, &pem));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_password, NULL);
    BIO_free(pem);
    if (key == NULL) {
        return refuse(m, "tls_privatekey", path);
    }
    err e = OK;
    if (X509_check_private_key(own, key) != 1) {
        ERR_clear_error();
        e = err_of(ERR_IO, arena_printf(m->texts, "tls_privatekey: %s is not the key of the "
                                                  "certificate in %s", path, chain));
    } else if (SSL_CTX_use_PrivateKey(m->made->ctx, key) != 1) {
        e = refuse(m, "tls_privatekey", path);
    }
    EVP_PKEY_free(key);
    return e;
}

/* Certificates and keys by pairs: one of each kind of key may be there. */
static err identity_use(const struct making *m)
{
    const struct tls_settings *s = &m->c->settings;
    span chains = s->certificate, keys = s->private_key, chain, key;
    if (s->certificate.len == 0) {
        return s->server ? err_of(ERR_IO, "tls_certificate is not set") : OK;
    }
    while (tls_list_take(&chains, &chain)) {
        const char *path = arena_text(m->texts, chain);
        const char *key_path = tls_list_take(&keys, &key) ? arena_text(m->texts, key) : path;
        X509 *own = NULL;
        err e = chain_use(m, path, &own);
        if (!failed(e)) {
            e = key_use(m, key_path, own, path);
        }
        struct tm until;
        if (!failed(e) && ASN1_TIME_to_tm(X509_get0_notAfter(own), &until) == 1) {
            tls_context_expires(m->c, path, (int64_t)timegm(&until));
        }
        if (!failed(e) && m->c->own.len == 0) {
            m->c->own = tls_openssl_pem(own, m->c->arena);
        }
        X509_free(own);
        TRY(e);
    }
    return OK;
}

static bool is_directory(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static err trust_use(const struct making *m)
{
    span list = m->c->settings.trust, item;
    if (span_eq(m->c->settings.trust, SPAN("system"))) {
        return SSL_CTX_set_default_verify_paths(m->made->ctx) == 1
                   ? OK : refuse(m, "tls_verify_certificates", "system");
    }
    while (tls_list_take(&list, &item)) {
        const char *path = arena_text(m->texts, item);
        bool directory = is_directory(path);
        BIO *pem = NULL;
        if (!directory) { /* for the error that says why it cannot be read */
            TRY(pem_open(m, "tls_verify_certificates", path, &pem));
            BIO_free(pem);
        }
        if (SSL_CTX_load_verify_locations(m->made->ctx, directory ? NULL : path,
                                          directory ? path : NULL) != 1) {
            return refuse(m, "tls_verify_certificates", path);
        }
    }
    return OK;
}

static err crl_use(const struct making *m)
{
    span list = m->c->settings.crl, item;
    X509_STORE *store = SSL_CTX_get_cert_store(m->made->ctx);
    while (tls_list_take(&list, &item)) {
        const char *path = arena_text(m->texts, item);
        bool directory = is_directory(path);
        X509_LOOKUP *lookup;
        if (!directory) {
            BIO *pem;
            TRY(pem_open(m, "tls_crl", path, &pem));
            BIO_free(pem);
        }
        lookup = X509_STORE_add_lookup(store, directory ? X509_LOOKUP_hash_dir()
                                                        : X509_LOOKUP_file());
        if (lookup == NULL ||
            (directory ? X509_LOOKUP_add_dir(lookup, path, X509_FILETYPE_PEM)
                       : X509_load_crl_file(lookup, path, X509_FILETYPE_PEM)) <= 0) {
            return refuse(m, "tls_crl", path);
        }
        (void)X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    return OK;
}

static err ocsp_use(const struct making *m)
{
    if (m->c->settings.ocsp.len == 0) {
        return OK;
    }
    const char *path = arena_text(m->texts, m->c->settings.ocsp);
    span content;
    err e = tls_context_file(m->c, path, m->texts, &content);
    if (failed(e)) {
        return err_in(e, m->texts, "tls_ocsp_file");
    }
    const unsigned char *at = content.at;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)content.len);
    if (response == NULL) {
        return refuse(m, "tls_ocsp_file", path);
    }
    OCSP_RESPONSE_free(response);
    m->made->ocsp = arena_copy(m->c->arena, content);
    return OK;
}

/* Suites of TLS 1.3 have names of their own and an own list. */
static err ciphers_use(const struct making *m)
{
    struct buf old, new;
    span list = m->c->settings.ciphers, item;
    buf_init(&old, CIPHERS_CEILING);
    buf_init(&new, CIPHERS_CEILING);
    while (tls_list_take(&list, &item)) {
        struct buf *to = span_starts(item, SPAN("TLS_")) ? &new : &old;
        buf_printf(to, "%s%.*s", to->len > 0 ? ":" : "", SPAN_FMT(item));
    }
    char *old_text = arena_text(m->texts, buf_span(&old));
    char *new_text = arena_text(m->texts, buf_span(&new));
    buf_wipe(&old);
    buf_wipe(&new);
    ERR_clear_error();
    if ((*old_text != '\0' && SSL_CTX_set_cipher_list(m->made->ctx, old_text) != 1) ||
        (*new_text != '\0' && SSL_CTX_set_ciphersuites(m->made->ctx, new_text) != 1)) {
        return refuse(m, "tls_require_ciphers",
                      arena_text(m->texts, m->c->settings.ciphers));
    }
    return OK;
}

static void secret_log(const SSL *ssl, const char *line)
{
    tls_key_log(tls_openssl_of(ssl)->shared, span_text(line));
}

static err basics_use(const struct making *m)
{
    SSL_CTX *ctx = m->made->ctx;
    uint64_t set, clear;
    TRY(tls_openssl_options(m->c->settings.options, m->texts, &set, &clear));
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | set);
    (void)SSL_CTX_clear_options(ctx, clear & ~(uint64_t)SSL_OP_NO_RENEGOTIATION);
    CHECK(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
    (void)SSL_CTX_set_dh_auto(ctx, 1);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1);
    if (m->c->shared->key_log != NULL) {
        SSL_CTX_set_keylog_callback(ctx, secret_log);
    }
    if (m->c->settings.server) {
        (void)SSL_CTX_set_tlsext_status_cb(ctx, tls_openssl_staple);
    } else {
        (void)SSL_CTX_set_tlsext_status_cb(ctx, tls_openssl_stapled);
    }
    tls_openssl_tickets(m->c, ctx);
    return OK;
}

err tls_openssl_make(struct tls_context *c, struct arena *texts)
{
    struct tls_openssl_made *made = ARENA_NEW(c->arena, struct tls_openssl_made);
    struct making m = {c, made, texts};
    made->ctx = SSL_CTX_new(c->settings.server ? TLS_server_method() : TLS_client_method());
    CHECK(made->ctx != NULL);
    made->below = tls_openssl_below();
    c->made = made;
    TRY(basics_use(&m));
    TRY(ciphers_use(&m));
    TRY(identity_use(&m));
    TRY(trust_use(&m));
    TRY(crl_use(&m));
    return ocsp_use(&m);
}

void tls_openssl_unmake(void *made)
{
    struct tls_openssl_made *m = made;
    SSL_CTX_free(m->ctx);
    BIO_meth_free(m->below);
}

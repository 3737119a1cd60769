/* Settings made into an SSL_CTX. Every refusal names the file or the option: this is what an administrator
   reads when the server does not start. */
#include "ref/tls/openssl.h"

#include "base/check.h"
#include "ref/tls/names.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

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

static err refuse(const struct tls_file *file, struct arena *texts)
{
    return err_of(ERR_IO, arena_printf(texts, "%s: %s: %s", file->option, file->path,
                                       tls_openssl_why(texts)));
}

static SSL_CTX *ctx_of(const struct tls_context *c)
{
    const struct tls_openssl_made *made = c->made;
    return made->ctx;
}

/* The library's own reading of a file says only that it could not: so it is read by us. */
static BIO *pem_open(const struct tls_file *file)
{
    ERR_clear_error();
    BIO *pem = BIO_new_mem_buf(file->content.at, (int)file->content.len);
    CHECK(pem != NULL);
    return pem;
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
static err chain_use(SSL_CTX *ctx, const struct tls_file *file, struct arena *texts, X509 **own)
{
    BIO *pem = pem_open(file);
    *own = PEM_read_bio_X509(pem, NULL, no_password, NULL);
    bool good = *own != NULL && SSL_CTX_use_certificate(ctx, *own) == 1;
    X509 *above = NULL;
    while (good && (above = PEM_read_bio_X509(pem, NULL, no_password, NULL)) != NULL) {
        good = SSL_CTX_add0_chain_cert(ctx, above) == 1;
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
    return good ? OK : refuse(file, texts);
}

static err key_use(SSL_CTX *ctx, const struct tls_file *file, const struct tls_file *chain,
                   const X509 *own, struct arena *texts)
{
    BIO *pem = pem_open(file);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_password, NULL);
    BIO_free(pem);
    if (key == NULL) {
        return refuse(file, texts);
    }
    err e = OK;
    if (X509_check_private_key(own, key) != 1) {
        ERR_clear_error();
        e = err_of(ERR_IO, arena_printf(texts, "tls_privatekey: %s is not the key of the "
                                               "certificate in %s", file->path, chain->path));
    } else if (SSL_CTX_use_PrivateKey(ctx, key) != 1) {
        e = refuse(file, texts);
    }
    EVP_PKEY_free(key);
    return e;
}

err tls_openssl_identity(struct tls_context *c, const struct tls_file *chain,
                         const struct tls_file *key, struct arena *texts)
{
    X509 *own = NULL;
    struct tm until;
    err e = chain_use(ctx_of(c), chain, texts, &own);
    if (!failed(e)) {
        e = key_use(ctx_of(c), key, chain, own, texts);
    }
    if (!failed(e) && ASN1_TIME_to_tm(X509_get0_notAfter(own), &until) == 1) {
        tls_context_expires(c, chain->path, (int64_t)timegm(&until));
    }
    if (!failed(e) && c->own.len == 0) {
        c->own = tls_openssl_pem(own, c->arena);
    }
    X509_free(own);
    return e;
}

err tls_openssl_trust(struct tls_context *c, const struct tls_file *file, struct arena *texts)
{
    SSL_CTX *ctx = ctx_of(c);
    ERR_clear_error();
    int good = file->system      ? SSL_CTX_set_default_verify_paths(ctx)
               : file->directory ? SSL_CTX_load_verify_dir(ctx, file->path)
                                 : SSL_CTX_load_verify_file(ctx, file->path);
    return good == 1 ? OK : refuse(file, texts);
}

err tls_openssl_crl(struct tls_context *c, const struct tls_file *file, struct arena *texts)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ctx_of(c));
    ERR_clear_error();
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, file->directory ? X509_LOOKUP_hash_dir()
                                                                       : X509_LOOKUP_file());
    if (lookup == NULL ||
        (file->directory ? X509_LOOKUP_add_dir(lookup, file->path, X509_FILETYPE_PEM)
                         : X509_load_crl_file(lookup, file->path, X509_FILETYPE_PEM)) <= 0) {
        return refuse(file, texts);
    }
    (void)X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return OK;
}

err tls_openssl_staple_use(struct tls_context *c, const struct tls_file *file, struct arena *texts)
{
    (void)c;
    const unsigned char *at = file->content.at;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)file->content.len);
    if (response == NULL) {
        return refuse(file, texts);
    }
    OCSP_RESPONSE_free(response);
    return OK;
}

/* Suites of TLS 1.3 have names of their own and an own list. */
static err ciphers_use(const struct tls_context *c, struct arena *texts)
{
    struct buf old, new;
    span list = c->settings.ciphers, item;
    buf_init(&old, CIPHERS_CEILING);
    buf_init(&new, CIPHERS_CEILING);
    while (tls_list_take(&list, &item)) {
        struct buf *to = span_starts(item, SPAN("TLS_")) ? &new : &old;
        buf_printf(to, "%s%.*s", to->len > 0 ? ":" : "", SPAN_FMT(item));
    }
    char *old_text = arena_text(texts, buf_span(&old));
    char *new_text = arena_text(texts, buf_span(&new));
    buf_wipe(&old);
    buf_wipe(&new);
    ERR_clear_error();
    if ((*old_text != '\0' && SSL_CTX_set_cipher_list(ctx_of(c), old_text) != 1) ||
        (*new_text != '\0' && SSL_CTX_set_ciphersuites(ctx_of(c), new_text) != 1)) {
        const struct tls_file option = {
            .option = "tls_require_ciphers", .path = arena_text(texts, c->settings.ciphers)};
        return refuse(&option, texts);
    }
    return OK;
}

static void secret_log(const SSL *ssl, const char *line)
{
    tls_key_log(tls_openssl_of(ssl)->shared, span_text(line));
}

err tls_openssl_begin(struct tls_context *c, struct arena *texts)
{
    struct tls_openssl_made *made = ARENA_NEW(c->arena, struct tls_openssl_made);
    SSL_CTX *ctx = SSL_CTX_new(c->settings.server ? TLS_server_method() : TLS_client_method());
    uint64_t set, clear;
    CHECK(ctx != NULL);
    *made = (struct tls_openssl_made){.ctx = ctx, .below = tls_openssl_below()};
    c->made = made;
    TRY(tls_openssl_options(c->settings.options, texts, &set, &clear));
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | set);
    (void)SSL_CTX_clear_options(ctx, clear & ~(uint64_t)SSL_OP_NO_RENEGOTIATION);
    CHECK(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
    (void)SSL_CTX_set_dh_auto(ctx, 1);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1);
    if (c->shared->key_log != NULL) {
        SSL_CTX_set_keylog_callback(ctx, secret_log);
    }
    if (c->settings.server) {
        (void)SSL_CTX_set_tlsext_status_cb(ctx, tls_openssl_staple);
    } else {
        (void)SSL_CTX_set_tlsext_status_cb(ctx, tls_openssl_stapled);
    }
    tls_openssl_tickets(c, ctx);
    return ciphers_use(c, texts);
}

void tls_openssl_unmake(void *made)
{
    struct tls_openssl_made *m = made;
    SSL_CTX_free(m->ctx);
    BIO_meth_free(m->below);
}

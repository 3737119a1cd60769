/* Settings made into credentials and priorities of GnuTLS. Every refusal names the file or the option. */
#include "ref/tls/gnutls.h"

#include "base/check.h"

#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

static struct tls_gnutls_made *made_of(const struct tls_context *c)
{
    return c->made;
}

static err refuse(const struct tls_file *file, int code, struct arena *texts)
{
    return err_of(ERR_IO, arena_printf(texts, "%s: %s: %s", file->option, file->path,
                                       gnutls_strerror(code)));
}

/* The library wants no const. */
static gnutls_datum_t content_of(const struct tls_file *file, struct arena *texts)
{
    unsigned char *copy = arena_octets(texts, file->content.len + 1);
    memcpy(copy, file->content.at, file->content.len);
    return (gnutls_datum_t){copy, (unsigned)file->content.len};
}

/* Our certificate as text, for the variable. */
static span own_pem(const gnutls_datum_t *chain, struct arena *arena, int64_t *expires)
{
    gnutls_x509_crt_t certificate;
    gnutls_datum_t out = {NULL, 0};
    span pem = SPAN_EMPTY;
    CHECK(gnutls_x509_crt_init(&certificate) == 0);
    if (gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_PEM) == 0 &&
        gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &out) == 0) {
        pem = arena_copy(arena, span_of(out.data, out.size));
        *expires = (int64_t)gnutls_x509_crt_get_expiration_time(certificate);
        gnutls_free(out.data);
    }
    gnutls_x509_crt_deinit(certificate);
    return pem;
}

err tls_gnutls_identity(struct tls_context *c, const struct tls_file *chain_file,
                        const struct tls_file *key_file, struct arena *texts)
{
    gnutls_datum_t chain = content_of(chain_file, texts), key = content_of(key_file, texts);
    gnutls_x509_privkey_t look;
    int64_t expires = 0;
    span pem = own_pem(&chain, c->arena, &expires);
    if (pem.len == 0) {
        return refuse(chain_file, GNUTLS_E_BASE64_DECODING_ERROR, texts);
    }
    CHECK(gnutls_x509_privkey_init(&look) == 0);
    int code = gnutls_x509_privkey_import2(look, &key, GNUTLS_X509_FMT_PEM, NULL,
                                           GNUTLS_PKCS_PLAIN);
    gnutls_x509_privkey_deinit(look);
    if (code < 0) {
        return refuse(key_file, code, texts);
    }
    code = gnutls_certificate_set_x509_key_mem(made_of(c)->credentials, &chain, &key,
                                               GNUTLS_X509_FMT_PEM);
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
        return err_of(ERR_IO, arena_printf(texts, "tls_privatekey: %s is not the key of the "
                                                  "certificate in %s", key_file->path,
                                           chain_file->path));
    }
    if (code < 0) {
        return refuse(chain_file, code, texts);
    }
    tls_context_expires(c, chain_file->path, expires);
    c->own = c->own.len == 0 ? pem : c->own;
    return OK;
}

err tls_gnutls_trust(struct tls_context *c, const struct tls_file *file, struct arena *texts)
{
    gnutls_certificate_credentials_t to = made_of(c)->credentials;
    gnutls_datum_t pem = content_of(file, texts);
    int code = file->system ? gnutls_certificate_set_x509_system_trust(to)
               : file->directory
                   ? gnutls_certificate_set_x509_trust_dir(to, file->path, GNUTLS_X509_FMT_PEM)
                   : gnutls_certificate_set_x509_trust_mem(to, &pem, GNUTLS_X509_FMT_PEM);
    return code < 0 ? refuse(file, code, texts) : OK;
}

err tls_gnutls_crl(struct tls_context *c, const struct tls_file *file, struct arena *texts)
{
    gnutls_datum_t pem = content_of(file, texts);
    int code = gnutls_certificate_set_x509_crl_mem(made_of(c)->credentials, &pem,
                                                   GNUTLS_X509_FMT_PEM);
    return code < 0 ? refuse(file, code, texts) : OK;
}

/* Handed out as it is: the library's own way refuses a status that has become old, and then there would be
   no TLS at all. */
static int staple(gnutls_session_t session, void *arg, gnutls_datum_t *status)
{
    const struct tls_context *c = arg;
    (void)session;
    status->data = gnutls_malloc(c->staple.len);
    CHECK(status->data != NULL);
    memcpy(status->data, c->staple.at, c->staple.len);
    status->size = (unsigned)c->staple.len;
    return 0;
}

err tls_gnutls_staple_use(struct tls_context *c, const struct tls_file *file, struct arena *texts)
{
    gnutls_ocsp_resp_t response;
    gnutls_datum_t der = content_of(file, texts);
    CHECK(gnutls_ocsp_resp_init(&response) == 0);
    int code = gnutls_ocsp_resp_import(response, &der);
    gnutls_ocsp_resp_deinit(response);
    if (code < 0) {
        return refuse(file, code, texts);
    }
    gnutls_certificate_set_ocsp_status_request_function(made_of(c)->credentials, staple, c);
    return OK;
}

/* What is not spoken here stays off whatever the option says. */
static err priority_use(const struct tls_context *c, struct arena *texts)
{
    span wanted = c->settings.ciphers;
    const char *at;
    char *text = arena_printf(texts, "%.*s:-VERS-SSL3.0:-VERS-TLS1.0:-VERS-TLS1.1",
                              SPAN_FMT(wanted.len > 0 ? wanted : SPAN("NORMAL")));
    int code = gnutls_priority_init(&made_of(c)->priority, text, &at);
    if (code == 0) {
        return OK;
    }
    made_of(c)->priority = NULL;
    return err_of(ERR_IO, arena_printf(texts, "tls_require_ciphers: \"%.*s\": %s at \"%s\"",
                                       SPAN_FMT(wanted), gnutls_strerror(code),
                                       code == GNUTLS_E_INVALID_REQUEST ? at : text));
}

err tls_gnutls_begin(struct tls_context *c, struct arena *texts)
{
    struct tls_gnutls_made *made = ARENA_NEW(c->arena, struct tls_gnutls_made);
    CHECK(gnutls_certificate_allocate_credentials(&made->credentials) == 0);
    c->made = made;
    return priority_use(c, texts);
}

void tls_gnutls_unmake(void *made)
{
    struct tls_gnutls_made *m = made;
    gnutls_certificate_free_credentials(m->credentials);
    if (m->priority != NULL) {
        gnutls_priority_deinit(m->priority);
    }
}

/* Settings made into credentials and priorities of GnuTLS. Every refusal names the file or the option. */
#include "ref/tls/gnutls.h"

#include "base/check.h"

#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include <limits.h>
#include <sys/stat.h>

struct making {
    struct tls_context *c;
    struct tls_gnutls_made *made;
    struct arena *texts;
};

static err refuse(const struct making *m, const char *option, const char *path, int code)
{
    return err_of(ERR_IO, arena_printf(m->texts, "%s: %s: %s", option, path,
                                       gnutls_strerror(code)));
}

static err file_take(const struct making *m, const char *option, const char *path,
                     gnutls_datum_t *datum)
{
    span content;
    err e = tls_context_file(m->c, path, m->texts, &content);
    if (failed(e)) {
        return err_in(e, m->texts, "%s", option);
    }
    unsigned char *copy = arena_take(m->texts, content.len + 1); /* the library wants no const */
    memcpy(copy, content.at, content.len);
    *datum = (gnutls_datum_t){copy, (unsigned)content.len};
    return OK;
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

static err pair_use(const struct making *m, const char *path, const char *key_path)
{
    gnutls_datum_t chain, key;
    gnutls_x509_privkey_t look;
    TRY(file_take(m, "tls_certificate", path, &chain));
    TRY(file_take(m, "tls_privatekey", key_path, &key));
    int64_t expires = 0;
    span pem = own_pem(&chain, m->c->arena, &expires);
    if (pem.len == 0) {
        return refuse(m, "tls_certificate", path, GNUTLS_E_BASE64_DECODING_ERROR);
    }
    CHECK(gnutls_x509_privkey_init(&look) == 0);
    int code = gnutls_x509_privkey_import2(look, &key, GNUTLS_X509_FMT_PEM, NULL,
                                           GNUTLS_PKCS_PLAIN);
    gnutls_x509_privkey_deinit(look);
    if (code < 0) {
        return refuse(m, "tls_privatekey", key_path, code);
    }
    code = gnutls_certificate_set_x509_key_mem(m->made->credentials, &chain, &key,
                                               GNUTLS_X509_FMT_PEM);
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
        return err_of(ERR_IO, arena_printf(m->texts, "tls_privatekey: %s is not the key of the "
                                                     "certificate in %s", key_path, path));
    }
    if (code < 0) {
        return refuse(m, "tls_certificate", path, code);
    }
    tls_context_expires(m->c, path, expires);
    if (m->c->own.len == 0) {
        m->c->own = pem;
    }
    return OK;
}

static err identity_use(const struct making *m)
{
    const struct tls_settings *s = &m->c->settings;
    span chains = s->certificate, keys = s->private_key, chain, key;
    if (s->certificate.len == 0) {
        return s->server ? err_of(ERR_IO, "tls_certificate is not set") : OK;
    }
    while (tls_list_take(&chains, &chain)) {
        const char *path = arena_text(m->texts, chain);
        TRY(pair_use(m, path, tls_list_take(&keys, &key) ? arena_text(m->texts, key) : path));
    }
    return OK;
}

static err trust_use(const struct making *m)
{
    span list = m->c->settings.trust, item;
    int code;
    if (span_eq(list, SPAN("system"))) {
        code = gnutls_certificate_set_x509_system_trust(m->made->credentials);
        return code >= 0 ? OK : refuse(m, "tls_verify_certificates", "system", code);
    }
    while (tls_list_take(&list, &item)) {
        const char *path = arena_text(m->texts, item);
        struct stat s;
        if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) {
            code = gnutls_certificate_set_x509_trust_dir(m->made->credentials, path,
                                                         GNUTLS_X509_FMT_PEM);
        } else {
            gnutls_datum_t pem;
            TRY(file_take(m, "tls_verify_certificates", path, &pem));
            code = gnutls_certificate_set_x509_trust_mem(m->made->credentials, &pem,
                                                         GNUTLS_X509_FMT_PEM);
        }
        if (code < 0) {
            return refuse(m, "tls_verify_certificates", path, code);
        }
    }
    return OK;
}

static err crl_use(const struct making *m)
{
    span list = m->c->settings.crl, item;
    while (tls_list_take(&list, &item)) {
        const char *path = arena_text(m->texts, item);
        gnutls_datum_t pem;
        TRY(file_take(m, "tls_crl", path, &pem));
        int code = gnutls_certificate_set_x509_crl_mem(m->made->credentials, &pem,
                                                       GNUTLS_X509_FMT_PEM);
        if (code < 0) {
            return refuse(m, "tls_crl", path, code);
        }
    }
    return OK;
}

/* Handed out as it is: the library's own way refuses a status that has become old, and then there would be
   no TLS at all. */
static int staple(gnutls_session_t session, void *arg, gnutls_datum_t *status)
{
    const struct tls_gnutls_made *made = arg;
    (void)session;
    status->data = gnutls_malloc(made->staple.len);
    CHECK(status->data != NULL);
    memcpy(status->data, made->staple.at, made->staple.len);
    status->size = (unsigned)made->staple.len;
    return 0;
}

static err ocsp_use(const struct making *m)
{
    gnutls_ocsp_resp_t response;
    if (m->c->settings.ocsp.len == 0) {
        return OK;
    }
    const char *path = arena_text(m->texts, m->c->settings.ocsp);
    gnutls_datum_t der;
    TRY(file_take(m, "tls_ocsp_file", path, &der));
    CHECK(gnutls_ocsp_resp_init(&response) == 0);
    int code = gnutls_ocsp_resp_import(response, &der);
    gnutls_ocsp_resp_deinit(response);
    if (code < 0) {
        return refuse(m, "tls_ocsp_file", path, code);
    }
    m->made->staple = arena_copy(m->c->arena, span_of(der.data, der.size));
    gnutls_certificate_set_ocsp_status_request_function(m->made->credentials, staple, m->made);
    return OK;
}

/* What is not spoken here stays off whatever the option says. */
static err priority_use(const struct making *m)
{
    span wanted = m->c->settings.ciphers;
    const char *at;
    char *text = arena_printf(m->texts, "%.*s:-VERS-SSL3.0:-VERS-TLS1.0:-VERS-TLS1.1",
                              SPAN_FMT(wanted.len > 0 ? wanted : SPAN("NORMAL")));
    int code = gnutls_priority_init(&m->made->priority, text, &at);
    if (code == 0) {
        return OK;
    }
    m->made->priority = NULL;
    return err_of(ERR_IO, arena_printf(m->texts, "tls_require_ciphers: \"%.*s\": %s at \"%s\"",
                                       SPAN_FMT(wanted), gnutls_strerror(code),
                                       code == GNUTLS_E_INVALID_REQUEST ? at : text));
}

err tls_gnutls_make(struct tls_context *c, struct arena *texts)
{
    struct tls_gnutls_made *made = ARENA_NEW(c->arena, struct tls_gnutls_made);
    struct making m = {c, made, texts};
    CHECK(gnutls_certificate_allocate_credentials(&made->credentials) == 0);
    c->made = made;
    TRY(priority_use(&m));
    TRY(identity_use(&m));
    TRY(trust_use(&m));
    TRY(crl_use(&m));
    return ocsp_use(&m);
}

void tls_gnutls_unmake(void *made)
{
    struct tls_gnutls_made *m = made;
    gnutls_certificate_free_credentials(m->credentials);
    if (m->priority != NULL) {
        gnutls_priority_deinit(m->priority);
    }
}

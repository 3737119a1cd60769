/* OpenSSL's way to octets: a BIO over the wire below. */
#include "ref/tls/openssl.h"

#include "base/check.h"

#include <openssl/bio.h>

static int below_read(BIO *bio, char *at, int room)
{
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    size_t got = room > 0 ? tls_below_read(t, at, (size_t)room) : 0;
    if (got > 0) {
        return (int)got;
    }
    if (t->below.kind == ERR_TIMEOUT) {
        BIO_set_retry_read(bio);
        return -1;
    }
    return t->below.kind == ERR_CLOSED ? 0 : -1;
}

static int below_write(BIO *bio, const char *at, int len)
{
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    return len > 0 && tls_below_write(t, span_of(at, (size_t)len)) ? len : -1;
}

static long below_control(BIO *bio, int what, long number, void *at)
{
    const struct tls *t = BIO_get_data(bio);
    (void)number;
    (void)at;
    return what == BIO_CTRL_FLUSH || (what == BIO_CTRL_EOF && t->below.kind == ERR_CLOSED) ? 1 : 0;
}

static int below_begin(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *tls_openssl_below(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");
    CHECK(m != NULL && BIO_meth_set_read(m, below_read) && BIO_meth_set_write(m, below_write) &&
          BIO_meth_set_ctrl(m, below_control) && BIO_meth_set_create(m, below_begin));
    return m;
}

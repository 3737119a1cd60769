/* GnuTLS's way to octets. It would ask for the head of a record and then for its rest, and hand out the
   messages of a flight one by one: so we read ahead, and write what belongs together at once. */
#include "ref/tls/gnutls.h"

#include <errno.h>
#include <sys/uio.h>

static ssize_t below_pull(gnutls_transport_ptr_t arg, void *at, size_t room)
{
    struct tls *t = arg;
    struct tls_gnutls *g = tls_gnutls_session(t);
    if (g->from == g->to) {
        g->from = 0;
        g->to = tls_below_read(t, g->ahead, sizeof g->ahead);
    }
    if (g->to == 0) {
        gnutls_transport_set_errno(g->session, t->below.kind == ERR_TIMEOUT ? EAGAIN : ECONNRESET);
        return t->below.kind == ERR_CLOSED ? 0 : -1;
    }
    size_t count = g->to - g->from < room ? g->to - g->from : room;
    memcpy(at, g->ahead + g->from, count);
    g->from += count;
    return (ssize_t)count;
}

static ssize_t below_push(gnutls_transport_ptr_t arg, const giovec_t *pieces, int count)
{
    struct tls *t = arg;
    struct buf whole;
    span bytes = span_of(pieces[0].iov_base, pieces[0].iov_len);
    buf_init(&whole, SIZE_MAX / 2);
    if (count > 1) {
        for (int i = 0; i < count; i++) {
            buf_put(&whole, span_of(pieces[i].iov_base, pieces[i].iov_len));
        }
        bytes = buf_span(&whole);
    }
    ssize_t put = tls_below_write(t, bytes) ? (ssize_t)bytes.len : -1;
    if (put < 0) {
        gnutls_transport_set_errno(tls_gnutls_session(t)->session, ECONNRESET);
    }
    buf_wipe(&whole);
    return put;
}

void tls_gnutls_below(struct tls *t)
{
    gnutls_session_t s = tls_gnutls_session(t)->session;
    gnutls_transport_set_ptr(s, t);
    gnutls_transport_set_pull_function(s, below_pull);
    gnutls_transport_set_vec_push_function(s, below_push);
}

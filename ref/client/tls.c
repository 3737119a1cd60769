/* From clear text to TLS in the middle of a session: RFC 3207 4.2. All that was learnt before
   counts for nothing; the wire changes and the session goes on. */
#include "ref/client/session.h"

err client_tls_begin(struct client *c)
{
    const struct client_tls *tls = &c->options->tls;
    if (tls->shared == NULL) {
        client_trouble_is(c, CLIENT_TLS_NEEDED, CLIENT_STARTTLS, "TLS is not available here");
        c->over = true;
        return err_of(ERR_IO, "TLS is not available");
    }
    struct tls_client_wants wants = tls->wants;
    client_letter(c, 's');
    if (tls->balanced != NULL) {
        wants.load_balancer = tls->balanced(tls->context, c->hello_text);
    }
    err e = tls_client_start(tls->shared, &tls->settings, &wants, c->plain,
                             c->options->command_wait, c->arena, &c->tls);
    if (failed(e)) {
        client_trouble_is(c, CLIENT_TLS_FAILED, CLIENT_STARTTLS, "TLS session: %s", e.what);
        c->trouble.lasting = e.kind == ERR_SYNTAX;
        c->tls = NULL;
        c->over = true;
        return e;
    }
    c->wire = tls_wire(c->tls);
    client_reader_init(&c->in, c->wire, c->options->clock);
    return OK;
}

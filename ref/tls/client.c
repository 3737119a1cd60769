/* A client's sessions in the hints: never offered to another peer, name, port or policy, because all of
   these make the key; used once, unless the server gave no other in its place. */
#include "ref/tls/engine.h"

#include "ref/tls/names.h"

static void key_make(struct tls *t, unsigned char key[TLS_DIGEST])
{
    const struct tls_client_wants *w = &t->as_client;
    unsigned char policy[] = {(unsigned char)w->verify, (unsigned char)w->ocsp,
                              (unsigned char)(w->peer_port >> 8), (unsigned char)w->peer_port};
    span parts[] = {span_of(t->context->digest, TLS_DIGEST), span_of(policy, sizeof policy),
                    w->load_balancer, w->peer_address, w->local_address, w->sni, w->names};
    tls_digest_of(parts, sizeof parts / sizeof parts[0], key);
}

/* Whether what is kept may be offered: a status that must be shown cannot be seen again. */
static bool may_offer(const struct tls *t, const struct hint_tls *kept)
{
    const struct tls_client_wants *w = &t->as_client;
    return w->ocsp != TLS_OCSP_MUST || w->ocsp_resumed == TLS_OCSP_FAIL ||
           (w->ocsp_resumed == TLS_OCSP_KEEP && kept->ocsp == TLS_OCSP_VERIFIED);
}

void tls_client_begin(struct tls *t)
{
    struct tls_keeping *k = &t->keeping;
    k->wanted = t->as_client.tickets && t->shared->hints != NULL;
    t->facts.sni = t->as_client.sni;
    if (!k->wanted) {
        return;
    }
    t->facts.resumption |= TLS_RESUME_ASKED;
    key_make(t, k->key);
    span key = span_of(k->key, sizeof k->key);
    k->offered = hint_tls_take(t->shared->hints, key, t->engine->hint, t->arena, &k->from) &&
                 may_offer(t, &k->from);
}

bool tls_client_names_fit(const struct tls *t, bool (*fits)(void *certificate, span name),
                          void *certificate)
{
    span list = t->as_client.names, name;
    bool fit = t->server || list.len == 0;
    while (!fit && tls_name_next(&list, &name)) {
        fit = fits(certificate, name);
    }
    return fit;
}

void tls_client_ticket(struct tls *t)
{
    t->facts.resumption |= TLS_RESUME_TICKET;
    /* Each is copied and stored: a server that says nothing else must not fill memory or disk. */
    t->keeping.came = t->keeping.came || t->keeping.taken < TLS_TICKETS_TAKEN;
    t->keeping.taken += t->keeping.taken < TLS_TICKETS_TAKEN ? 1 : 0;
}

static void put(struct tls *t, span session, millis life)
{
    struct hint_tls kept = {.library = t->engine->hint, .ocsp = t->facts.ocsp, .session = session,
                            .verify_override = t->as_client.verify == TLS_VERIFY_TRY &&
                                               !t->facts.certificate_verified};
    /* RFC 5077 3.3: 0 leaves it to us, and ours is how long we would take one. */
    life = life > 0 ? life : tls_tickets_life(&t->shared->tickets[t->engine->library]);
    (void)hint_tls_put(t->shared->hints, span_of(t->keeping.key, sizeof t->keeping.key), life,
                       &kept);
}

void tls_client_keep(struct tls *t, bool last)
{
    struct tls_keeping *k = &t->keeping;
    millis life = 0;
    if (!k->wanted || t->facts.cipher.len == 0) {
        return; /* under way: what is to be kept with it is not known yet */
    }
    if (k->came) {
        k->came = false;
        span session = t->engine->save(t, &life);
        k->stored = k->stored || session.len > 0;
        if (session.len > 0) {
            put(t, session, life);
        }
    } else if (last && k->offered && !k->stored &&
               (t->facts.resumption & TLS_RESUME_RESUMED) != 0) {
        (void)hint_tls_return(t->shared->hints, span_of(k->key, sizeof k->key), &k->from);
    }
}

/* Nothing final is read out of the record: it says only what may be said before the server has
   spoken. Whatever would refuse a message, or send it without TLS or authentication that are asked
   for, waits for the server's own word. */
#include "ref/client/early.h"

#include "ref/client/session.h"

enum { AUTHS_MOST = 16 };

/* The bits of a record are those of our offers, but for the ones that Exim's record does not have. */
enum { SHARED = 0x7ff };
_Static_assert((int)CLIENT_OFFERS_TLS == (int)HINT_TLS &&
               (int)CLIENT_OFFERS_SMTPUTF8 == (int)HINT_SMTPUTF8 &&
               (int)CLIENT_OFFERS_DSN == (int)HINT_DSN &&
               (int)CLIENT_OFFERS_PIPELINING == (int)HINT_PIPELINING &&
               (int)CLIENT_OFFERS_SIZE == (int)HINT_SIZE &&
               (int)CLIENT_OFFERS_CHUNKING == (int)HINT_CHUNKING &&
               (int)CLIENT_OFFERS_EARLY == (int)HINT_EARLY_PIPE &&
               (int)CLIENT_OFFERS_8BITMIME == (int)HINT_8BITMIME, "one set of bits");

static unsigned features(const struct hint_ehlo *known, bool crypted)
{
    return crypted ? known->crypted_features : known->clear_features;
}

static unsigned auths(const struct hint_ehlo *known, bool crypted)
{
    return crypted ? known->crypted_auths : known->clear_auths;
}

bool client_early_fits(const struct client_options *o)
{
    const struct client_tls *tls = &o->tls;
    unsigned first = features(&o->early.known, tls->at_once);
    bool secure = tls->at_once || !tls->require ||
                  ((first & HINT_TLS) != 0 && !tls->avoid && tls->shared != NULL);
    return o->early.hints != NULL && (first & HINT_EARLY_PIPE) != 0 && secure && !o->lmtp &&
           !o->avoid_esmtp && !o->avoid_pipelining;
}

bool client_early_may(const struct client *c)
{
    return c->opening.trusted &&
           (features(&c->options->early.known, c->tls != NULL) & HINT_EARLY_PIPE) != 0;
}

/* --- bits and offers ---------------------------------------------------------------------------- */

/* A bit for each of our authenticators that the server names. */
static unsigned auths_of(const struct client_early *early, const struct client_offers *offers)
{
    unsigned bits = 0;
    for (size_t i = 0; early->auths != NULL && i < early->auths->count && i < AUTHS_MOST; i++) {
        const struct conf_auth *a = &early->auths->at[i];
        if (a->client && client_offers_mechanism(offers, span_text(a->generic->public_name))) {
            bits |= 1U << i;
        }
    }
    return bits;
}

static void mechanisms_believe(struct client *c, unsigned bits)
{
    const struct conf_auths *ours = c->options->early.auths;
    struct buf names;
    buf_init(&names, 4096);
    for (size_t i = 0; ours != NULL && i < ours->count && i < AUTHS_MOST; i++) {
        if ((bits >> i & 1) != 0) {
            buf_printf(&names, " %s", ours->at[i].generic->public_name);
        }
    }
    c->offers.mechanisms = span_trim(buf_settle(&names, c->arena));
    c->offers.bits |= bits != 0 ? (unsigned)CLIENT_OFFERS_AUTH : 0U;
}

/* --- what is kept ------------------------------------------------------------------------------- */

static void half_set(struct hint_ehlo *known, bool crypted, unsigned bits, unsigned auth_bits)
{
    if (crypted) {
        known->crypted_features = (uint16_t)bits;
        known->crypted_auths = (uint16_t)auth_bits;
    } else {
        known->clear_features = (uint16_t)bits;
        known->clear_auths = (uint16_t)auth_bits;
    }
}

/* Another session may have learnt the other half meanwhile: it stays as it is kept. */
static void half_keep(struct client *c, bool crypted, unsigned bits, unsigned auth_bits)
{
    const struct client_early *early = &c->options->early;
    struct hint_ehlo now;
    if (!hint_ehlo_get(early->hints, early->key, early->keep, &now)) {
        now = (struct hint_ehlo){0};
    }
    half_set(&now, crypted, bits, auth_bits);
    if (((now.clear_features | now.crypted_features) & HINT_EARLY_PIPE) != 0) {
        hint_ehlo_put(early->hints, early->key, &now);
    } else {
        hint_ehlo_drop(early->hints, early->key);
    }
}

static bool offers_early(const struct client *c, const struct client_reply *hello)
{
    const struct conf_list *keywords = c->options->early.keywords;
    for (size_t i = 0; keywords != NULL && i < keywords->count; i++) {
        if (client_offers_keyword(hello, keywords->at[i])) {
            return client_offers_has(&c->offers, CLIENT_OFFERS_PIPELINING);
        }
    }
    return false;
}

void client_early_learn(struct client *c, const struct client_reply *hello)
{
    const struct client_early *early = &c->options->early;
    bool crypted = c->tls != NULL;
    client_offers_read(hello, &c->offers);
    bool offered = offers_early(c, hello);
    c->offers.bits |= offered ? (unsigned)CLIENT_OFFERS_EARLY : 0U;
    unsigned bits = offered ? c->offers.bits & SHARED : 0;
    unsigned auth_bits = offered ? auths_of(early, &c->offers) : 0;
    bool same = c->opening.used && bits == features(&early->known, crypted) &&
                auth_bits == auths(&early->known, crypted);
    if (early->hints != NULL && !same && (offered || features(&early->known, crypted) != 0)) {
        half_keep(c, crypted, bits, auth_bits);
    }
    c->opening.trusted = c->opening.trusted && offered;
}

void client_early_forget(struct client *c)
{
    if (c->options->early.hints != NULL) {
        hint_ehlo_drop(c->options->early.hints, c->options->early.key);
    }
}

bool client_early_spoilt(const struct client *c)
{
    const enum client_cause cause = c->trouble.cause;
    return c->opening.used && c->over && !c->text_begun &&
           (cause == CLIENT_REFUSED || cause == CLIENT_LOST || cause == CLIENT_NONSENSE);
}

/* --- saying it, and hearing later what it meant --------------------------------------------------- */

void client_early_hello(struct client *c)
{
    unsigned bits = features(&c->options->early.known, c->tls != NULL);
    span line = span_text(arena_printf(c->arena, "EHLO %.*s", SPAN_FMT(c->options->hello)));
    client_letter(c, 'e');
    client_say(c, CLIENT_HELLO, 0, line, line);
    c->opening.unheard++;
    c->opening.used = true;
    c->esmtp = true;
    c->offers = (struct client_offers){.bits = bits, .mechanisms = SPAN_EMPTY};
    mechanisms_believe(c, auths(&c->options->early.known, c->tls != NULL));
}

/* A code that is not the one is the end of it: whoever greets with 250, or twice with 220, answers
   something else than what was said. */
static err one_hear(struct client *c, unsigned code, struct client_reply *reply)
{
    struct client_note note;
    TRY(client_hear(c, c->options->command_wait, &note, reply));
    if (note.step == CLIENT_GREETING) {
        c->greeting = client_reply_first(reply);
    } else {
        c->hello_reply = client_reply_first(reply);
        c->hello_text = reply->text;
    }
    if (reply->code != code) {
        c->trouble = client_refusal(c, &note, reply);
        c->closing = c->over = true;
        return err_of(ERR_SYNTAX, "the opening was refused");
    }
    return OK;
}

err client_early_hear(struct client *c)
{
    struct client_reply reply;
    unsigned unheard = c->opening.unheard;
    struct client_offers believed = c->offers;
    if (unheard == 0) {
        return OK;
    }
    c->opening.unheard = 0;
    if (unheard == 2) {
        TRY(one_hear(c, 220, &reply));
    }
    TRY(one_hear(c, 250, &reply));
    client_early_learn(c, &reply);
    c->opening.misled = (believed.bits & ~c->offers.bits) != 0;
    return OK;
}

err client_early_auth(struct client *c)
{
    const struct client_auth *auth = &c->options->auth;
    bool known = client_offers_has(&c->offers, CLIENT_OFFERS_AUTH) || !auth->require;
    bool fits = auth->auths == NULL || auth->auths->count <= AUTHS_MOST;
    return known && fits ? OK : client_early_hear(c);
}

/* `TLS:` lines. A handshake is one step of both heads: all that stands above it has been said and heard,
   and nothing below it is looked at before it has come to what the text wants. The options of a line
   mean the same from either side, so that one text serves both: what a client saves under a name is
   given by a server under a key of that name. */
#include "harness/actor/stage.h"

#include "base/file.h"
#include "base/rng.h"

#include <string.h>

enum { PEM_CEILING = 1024 * 1024 };

static const char *option(const struct step *s, const char *name)
{
    return option_value(&s->options, name);
}

static unsigned number_of(const struct step *s, const char *name)
{
    uint64_t n = 0;
    const char *value = option(s, name);
    (void)(value != NULL && span_to_u64(span_text(value), &n));
    return (unsigned)n;
}

bool conn_awaits_tls(const struct conn *c)
{
    bool next = c->running && c->say == c->hear && c->say < c->items.count &&
                c->items.at[c->say]->kind == STEP_TLS;
    return c->shaking != NULL || next;
}

/* ---- tickets by name ---- */

static struct named_ticket *ticket_named(struct stage *g, const char *name)
{
    for (size_t i = 0; i < g->tickets.count; i++) {
        if (strcmp(g->tickets.at[i].name, name) == 0) {
            return &g->tickets.at[i];
        }
    }
    struct named_ticket *n = vec_push(g->arena, &g->tickets);
    struct rng rng;
    n->name = name;
    rng_system(&rng);
    rng_fill(&rng, n->key, sizeof n->key);
    return n;
}

/* A server takes what it gave under `from`, unless the text wants that to be declined; what it gives
   goes by the same key then, since a library has one at a time. */
static const unsigned char *server_key(struct stage *g, const struct step *s)
{
    const char *from = option(s, "from");
    const char *save = option(s, "save");
    const char *kind = option(s, "ticket");
    bool takes = from != NULL && (s->tls == TLS_RESUME || kind != NULL);
    unsigned char *key = arena_take(g->arena, TLS_KEY_OCTETS);
    if (takes) {
        memcpy(key, ticket_named(g, from)->key, TLS_KEY_OCTETS);
    }
    if (save == NULL && !takes) {
        return NULL;
    }
    if (save != NULL && takes) {
        memcpy(ticket_named(g, save)->key, key, TLS_KEY_OCTETS);
    } else if (save != NULL) {
        memcpy(key, ticket_named(g, save)->key, TLS_KEY_OCTETS);
    }
    return key;
}

static bool broken(struct stage *g, const struct step *s, const char *what)
{
    stage_end(g, PLAY_BROKEN, s->place, what, NULL);
    return false;
}

static err read_pem(struct stage *g, const char *name, struct tls_wants *w)
{
    if (g->world->ca == NULL) {
        return err_of(ERR_IO, "no folder of test certificates; set ASSAY_CA");
    }
    const char *path = path_join(g->arena, g->world->ca, name);
    TRY(err_in(file_read(arena_printf(g->arena, "%s.crt", path), PEM_CEILING, g->arena,
                         &w->certificate), g->arena, "%s.crt", path));
    return err_in(file_read(arena_printf(g->arena, "%s.key", path), PEM_CEILING, g->arena, &w->key),
                  g->arena, "%s.key", path);
}

/* The ticket that a client offers, whole or spoilt. */
static bool offered(struct stage *g, const struct step *s, struct tls_wants *w)
{
    const char *from = option(s, "from");
    const char *kind = option(s, "ticket");
    if (from == NULL && kind == NULL) {
        return true;
    }
    if (kind != NULL && strcmp(kind, "foreign") == 0) {
        struct tls_wants own = *w;
        err e = read_pem(g, "judge", &own);
        if (!failed(e)) {
            e = link_tls_ticket_foreign(w, own.certificate, own.key, g->arena, &w->ticket);
        }
        return failed(e) ? broken(g, s, err_text(e, g->arena)) : true;
    }
    const struct conn *keeper = ticket_named(g, from)->keeper;
    if (keeper == NULL || keeper->tls == NULL || keeper->tls->ticket == NULL) {
        (void)stage_check(g, s, "tls", false, "a ticket to offer", "none that was kept");
        stage_end(g, PLAY_MISMATCH, s->place,
                  arena_printf(g->arena, "tls: wanted a ticket to offer, got none under the name %s",
                               from), NULL);
        return false;
    }
    w->ticket = keeper->tls->ticket;
    if (strcmp(w->ticket->library, w->library) != 0) {
        return broken(g, s, arena_printf(g->arena, "the ticket %s was kept by %s, and %s cannot "
                                         "offer it: both connections need the same tlslib",
                                         from, w->ticket->library, w->library));
    }
    err e = kind != NULL ? link_tls_ticket_tamper(w->ticket, g->arena, &w->ticket) : OK;
    return failed(e) ? broken(g, s, err_text(e, g->arena)) : true;
}

/* ---- beginning ---- */

static unsigned version_of(const char *step, const char *actor)
{
    const char *text = step != NULL ? step : actor;
    return text != NULL ? link_tls_version_read(text) : 0;
}

static bool wants_of(struct stage *g, struct conn *c, const struct step *s, struct tls_wants *w)
{
    const struct actor *a = stage_actor(g, c);
    const char *library = option_value(&a->options, "tlslib");
    const char *certificate = option_value(&a->options, "cert");
    const char *version = option_value(&a->options, "tls");
    *w = (struct tls_wants){.library = library != NULL ? library : "openssl",
                            .server = c->own == SIDE_S,
                            .min = version_of(option(s, "min"), version),
                            .max = version_of(option(s, "max"), version),
                            .cipher = option(s, "cipher"),
                            .sni = option(s, "sni"),
                            .record = number_of(s, "record"),
                            .stops = option(s, "stop") != NULL,
                            .stop = number_of(s, "stop"),
                            .secrets = &g->secrets};
    if (w->server || certificate != NULL) {
        err e = read_pem(g, certificate != NULL ? certificate : "judge", w);
        if (failed(e)) {
            return broken(g, s, err_text(e, g->arena));
        }
    }
    if (w->server) {
        w->ticket_key = server_key(g, s);
        return true;
    }
    if (option(s, "save") != NULL) {
        ticket_named(g, option(s, "save"))->keeper = c;
    }
    return offered(g, s, w);
}

/* What was read of the handshake before it was known to be one was no clear text. */
static void unsee(struct stage *g, struct conn *c)
{
    size_t left = c->in.len;
    for (size_t i = g->t->events.count; i > 0 && left > 0; i--) {
        struct event *e = &g->t->events.at[i - 1];
        if (e->kind == SAW_BYTES && e->actor == c->actor && e->number == c->number && !e->ours) {
            size_t cut = e->bytes.len < left ? e->bytes.len : left;
            e->bytes.len -= cut;
            left -= cut;
        }
    }
}

/* The step as it was written, for the evidence. */
static const char *written(struct stage *g, const struct step *s)
{
    static const char *const verbs[] = {
        [TLS_FULL] = "full", [TLS_RESUME] = "resume", [TLS_FAIL] = "fail", [TLS_TRY] = "try"};
    const char *text = arena_printf(g->arena, "TLS: %s", verbs[s->tls]);
    for (size_t i = 0; i < s->options.count; i++) {
        const struct option_text *o = &s->options.at[i];
        text = arena_printf(g->arena, "%s %s=%s", text, o->name, o->value);
    }
    return text;
}

static bool begin(struct stage *g, struct conn *c, const struct step *s)
{
    struct tls_wants wants;
    if (c->tls != NULL) {
        return broken(g, s, "a second handshake on one connection");
    }
    if (!wants_of(g, c, s, &wants)) {
        return false;
    }
    err e = link_secure(&c->link, &wants, buf_span(&c->in), g->arena, &c->tls);
    if (failed(e)) {
        return broken(g, s, err_text(e, g->arena));
    }
    unsee(g, c);
    conn_used(c, c->in.len);
    c->shaking = s;
    c->handshake = g->t->handshakes.count;
    *vec_push(g->arena, &g->t->handshakes) =
        (struct handshake){.actor = c->actor, .number = c->number};
    struct event *saw = stage_saw(g, c, SAW_TLS, c->own);
    saw->text = written(g, s);
    saw->place = s->place;
    return true;
}

/* ---- what came of it ---- */

static const char *record_name(unsigned char type)
{
    static const char *const names[] = {"change-cipher", "alert", "handshake", "data", "heartbeat"};
    return type >= 20 && type - 20 < (int)(sizeof names / sizeof *names) ? names[type - 20]
                                                                         : "no TLS";
}

static void note_records(struct stage *g, struct conn *c)
{
    for (; c->records_told < c->tls->records.count; c->records_told++) {
        const struct tls_record *r = &c->tls->records.at[c->records_told];
        struct event *e = stage_saw(g, c, SAW_RECORD, r->ours ? c->own : conn_other(c));
        e->at = r->at;
        e->text = arena_printf(g->arena, "%s %u", record_name(r->type), r->length);
    }
}

void conn_note_tls(struct stage *g, struct conn *c)
{
    if (c->tls == NULL) {
        return;
    }
    const struct tls_facts *f = c->tls;
    struct handshake *h = &g->t->handshakes.at[c->handshake];
    h->stands = f->end == TLS_STANDS;
    h->resumed = f->resumed;
    h->version = f->version;
    h->cipher = f->cipher;
    h->sni = f->sni;
    h->offered = f->offered;
    h->certificates = f->certificates;
    h->tickets = f->tickets;
    for (size_t i = h->alerts.count; i < f->alerts.count; i++) {
        vec_add(g->arena, &h->alerts, f->alerts.at[i]);
    }
    note_records(g, c);
    for (; c->flights_told < f->flights.count; c->flights_told++) {
        enum side side = f->flights.at[c->flights_told] ? c->own : conn_other(c);
        stage_flight(g, c, side, (struct place){.file = NULL});
        c->active = ++g->serial;
        g->slept = 0;
    }
    if (c->tickets_told < f->tickets) {
        c->tickets_told = f->tickets;
        stage_saw(g, c, SAW_TLS, SIDE_S)->text =
            arena_printf(g->arena, "# tickets until here: %u", f->tickets);
    }
}

static const char *facts_text(struct stage *g, const struct tls_facts *f)
{
    if (f->end == TLS_STANDS) {
        return arena_printf(g->arena, "%s of TLS %s with %s",
                            f->resumed ? "a resumed session" : "a full handshake", f->version,
                            f->cipher != NULL ? f->cipher : "no suite");
    }
    const char *text =
        f->end == TLS_STOPPED ? "a handshake that was given up" : "a failed handshake";
    for (size_t i = 0; i < f->alerts.count; i++) {
        text = arena_printf(g->arena, "%s, alert %s", text, f->alerts.at[i]);
    }
    return f->why != NULL ? arena_printf(g->arena, "%s (%s)", text, f->why) : text;
}

static bool is_as_wanted(const struct step *s, const struct conn *c)
{
    const struct tls_facts *f = c->tls;
    const char *sni = option(s, "sni");
    bool stands = f->end == TLS_STANDS;
    if (s->tls == TLS_FAIL || s->tls == TLS_TRY) {
        return s->tls == TLS_TRY || !stands;
    }
    bool named = c->own == SIDE_C || sni == NULL ||
                 (f->sni != NULL && span_eq_caseless(span_text(sni), span_text(f->sni)));
    return stands && named && f->resumed == (s->tls == TLS_RESUME);
}

static void tell_wrong(struct stage *g, struct conn *c, const struct step *s, const char *got)
{
    const char *sni = option(s, "sni");
    const char *wanted = step_wanted(g, c, s);
    if (sni != NULL && c->own == SIDE_S && c->tls->end == TLS_STANDS) {
        wanted = arena_printf(g->arena, "%s for %s", wanted, sni);
        got = arena_printf(g->arena, "%s for %s", got,
                           c->tls->sni != NULL ? c->tls->sni : "no name");
    }
    bool died = c->tls->end != TLS_STANDS && stage_died(g, true);
    (void)stage_check(g, s, "tls", false, wanted, got);
    stage_end(g, died ? PLAY_CRASH : PLAY_MISMATCH, s->place,
              arena_printf(g->arena, "%s: wanted %s, got %s%s", conn_name(g, c), wanted, got,
                           died ? ": a process of the target has died" : ""), NULL);
}

enum tls_end conn_shake(struct stage *g, struct conn *c, const struct step *s)
{
    if (c->shaking == NULL && !begin(g, c, s)) {
        return TLS_UNDER_WAY;
    }
    enum tls_end end = link_shake(&c->link);
    conn_note_tls(g, c);
    if (end != TLS_UNDER_WAY) {
        c->shaking = NULL;
        c->active = ++g->serial;
        stage_saw(g, c, SAW_TLS, c->own)->text =
            arena_printf(g->arena, "# %s", facts_text(g, c->tls));
    }
    return end;
}

bool conn_secure(struct stage *g, struct conn *c, const struct step *s)
{
    if (conn_shake(g, c, s) == TLS_UNDER_WAY) {
        return false;
    }
    const char *got = facts_text(g, c->tls);
    if (!is_as_wanted(s, c)) {
        tell_wrong(g, c, s, got);
        return false;
    }
    (void)stage_check(g, s, "tls", true, step_wanted(g, c, s), got);
    return true;
}

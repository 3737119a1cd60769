/* `expect tls`: what the handshakes of a connection came to, as far as the judge saw it itself. */
#include "harness/judge/checks.h"

#include <string.h>

typedef void fact(const struct hearing *h, const struct handshake *t, struct finding *f);

static void add_text(const struct hearing *h, struct finding *f, const char *text)
{
    if (text != NULL) {
        vec_add(h->arena, &f->values, span_text(text));
    }
}

static void add_number(const struct hearing *h, struct finding *f, unsigned n)
{
    add_text(h, f, arena_printf(h->arena, "%u", n));
}

static void alert(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    for (size_t i = 0; i < t->alerts.count; i++) {
        add_text(h, f, t->alerts.at[i]);
    }
}

static void certificates(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    add_number(h, f, t->certificates);
}

static void cipher(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    add_text(h, f, t->cipher);
}

static void offered(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    add_text(h, f, t->offered ? "yes" : "no");
}

static void resumed(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    add_text(h, f, !t->stands ? NULL : t->resumed ? "yes" : "no");
}

static void sni(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    add_text(h, f, t->sni);
}

static void tickets(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    add_number(h, f, t->tickets);
}

static void version(const struct hearing *h, const struct handshake *t, struct finding *f)
{
    add_text(h, f, t->version);
}

struct fact_row {
    const char *name;
    fact *add;
};

static const struct fact_row facts[] = {
    {"alert", alert},     {"certificates", certificates}, {"cipher", cipher},
    {"offered", offered}, {"resumed", resumed},           {"sni", sni},
    {"tickets", tickets}, {"version", version},
};

void find_tls(const struct hearing *h, const struct expect *e, struct finding *f)
{
    size_t actor = hearing_actor(h, e->conn_actor);
    for (size_t i = 0; i < h->t->handshakes.count; i++) {
        const struct handshake *t = &h->t->handshakes.at[i];
        bool meant = t->actor == actor && t->number == e->conn_number;
        for (size_t k = 0; meant && k < sizeof facts / sizeof *facts; k++) {
            if (strcmp(facts[k].name, e->word) == 0) {
                facts[k].add(h, t, f);
            }
        }
    }
}

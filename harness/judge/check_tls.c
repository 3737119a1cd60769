/* `expect tls`: what the handshakes of a connection came to, as far as the judge saw it itself. */
#include "harness/judge/checks.h"

#include "base/rows.h"

#include <string.h>

/* The facts of one handshake, by the words of the language; NULL: it does not have that one. */
static void add_fact(const struct hearing *h, const struct handshake *t, const char *word, struct finding *f)
{
    const struct fact {
        const char *name;
        const char *value;
    } facts[] = {
        {"certificates", arena_printf(h->arena, "%u", t->certificates)},
        {"cipher", t->cipher},
        {"offered", t->offered ? "yes" : "no"},
        {"resumed", !t->stands ? NULL : t->resumed ? "yes" : "no"},
        {"sni", t->sni},
        {"tickets", arena_printf(h->arena, "%u", t->tickets)},
        {"version", t->version},
    };
    const struct fact *fact = ROWS_FIND(facts, span_text(word));
    if (fact != NULL && fact->value != NULL) {
        vec_add(h->arena, &f->values, span_text(fact->value));
    }
    for (size_t i = 0; i < t->alerts.count && strcmp(word, "alert") == 0; i++) {
        vec_add(h->arena, &f->values, span_text(t->alerts.at[i]));
    }
}

void find_tls(const struct hearing *h, const struct expect *e, struct finding *f)
{
    size_t actor = hearing_actor(h, e->conn_actor);
    for (size_t i = 0; i < h->t->handshakes.count; i++) {
        const struct handshake *t = &h->t->handshakes.at[i];
        if (t->actor == actor && t->number == e->conn_number) {
            add_fact(h, t, e->word, f);
        }
    }
}

/* Mechanisms by driver, and what all of them share: who is found by which name, and whether he is
   offered. */
#include "ref/auth/plaintext.h"

#include "base/check.h"

const struct auth_driver_row auth_drivers[] = {
    {"plaintext", AUTH_PLAINTEXT, auth_plaintext_begin, auth_plaintext_answer,
     "PLAIN and LOGIN: strings in clear, checked by server_condition"},
};
const size_t auth_driver_count = sizeof auth_drivers / sizeof *auth_drivers;

static const struct auth_driver_row *row_of(const struct conf_auth *a)
{
    size_t i = 0;
    while (auth_drivers[i].driver != a->driver) {
        i++;
        CHECK(i < auth_driver_count);
    }
    return &auth_drivers[i];
}

const struct conf_auth *auth_find(const struct conf_auths *auths, span mechanism)
{
    for (size_t i = 0; i < auths->count; i++) {
        if (auths->at[i].server &&
            span_eq_caseless(mechanism, span_text(auths->at[i].generic->public_name))) {
            return &auths->at[i];
        }
    }
    return NULL;
}

bool auth_advertised(const struct conf_auth *a, struct expansion *x, const char **why)
{
    bool yes = true;
    *why = NULL;
    if (a->server && a->generic->server_advertise_condition != NULL) {
        struct expanded e = expand_to_bool(a->generic->server_advertise_condition, x, &yes);
        if (e.outcome != EXPAND_OK) {
            *why = e.outcome == EXPAND_FAILED ? e.why : NULL;
            return false;
        }
    }
    return a->server && yes;
}

struct auth_result auth_begin(struct auth_exchange *e, const span *initial)
{
    return row_of(e->with)->begin(e, initial);
}

struct auth_result auth_answer(struct auth_exchange *e, span answer)
{
    return row_of(e->with)->answer(e, answer);
}

/* The server's half of the plaintext driver. The client's strings, NULs between them, become $auth1 to
   $auth3; when there are as many as there are prompts, server_condition decides. Where no prompt is
   configured one string is asked for with an empty challenge, as RFC 4616 has it for PLAIN. */
#include "ref/auth/auth.h"

#include "ref/expand/match.h"

enum { STRINGS = 3 };

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

static span *string_at(struct facts_peer *peer, size_t i)
{
    span *all[STRINGS] = {&peer->auth1, &peer->auth2, &peer->auth3};
    return all[i];
}

static void strings_add(struct auth_exchange *e, span octets)
{
    for (bool more = true; more; e->strings++) {
        span string;
        more = span_split(octets, '\0', &string, &octets);
        if (e->strings < STRINGS) {
            *string_at(e->peer, e->strings) = arena_copy(e->arena, string);
        }
    }
    /* The deprecated $1 to $3. */
    for (size_t i = 0; i < STRINGS && i < e->strings; i++) {
        e->x->captures.at[i + 1] = (struct value){*string_at(e->peer, i), true};
        e->x->captures.count = i + 2;
    }
}

/* The text as Exim reads a condition here: other words are the text of a temporary refusal. */
static struct auth_result verdict(struct auth_exchange *e, const struct expanded *c)
{
    struct auth_result r = {.step = AUTH_TEMPORARY, .text = span_text(c->why)};
    if (c->outcome == EXPAND_FORCED) {
        r.step = AUTH_FAILURE;
    } else if (c->outcome == EXPAND_OK) {
        span t = c->value.text;
        bool no = t.len == 0 || span_eq(t, SPAN("0")) || span_eq_caseless(t, SPAN("no")) ||
                  span_eq_caseless(t, SPAN("false"));
        bool yes = span_eq(t, SPAN("1")) || span_eq_caseless(t, SPAN("yes")) ||
                   span_eq_caseless(t, SPAN("true"));
        r.step = yes ? AUTH_SUCCESS : no ? AUTH_FAILURE : AUTH_TEMPORARY;
        r.text = yes || no ? SPAN_EMPTY : arena_copy(e->arena, t);
    }
    return r;
}

static struct auth_result decide(struct auth_exchange *e)
{
    const struct auth_generic *generic = e->with->generic;
    struct expanded c = expand(generic->server_condition, e->x);
    struct auth_result r = verdict(e, &c);
    if (generic->server_set_id != NULL) {
        struct expanded id = expand(generic->server_set_id, e->x);
        r.id = id.outcome == EXPAND_OK ? arena_copy(e->arena, id.value.text) : SPAN_EMPTY;
    }
    return r;
}

static struct auth_result next(struct auth_exchange *e)
{
    size_t wanted = e->prompts.count > 0 ? e->prompts.count : 1;
    if (e->strings >= wanted) {
        return decide(e);
    }
    span prompt = e->strings < e->prompts.count ? e->prompts.at[e->strings] : SPAN_EMPTY;
    return (struct auth_result){.step = AUTH_CONTINUE, .text = prompt};
}

struct auth_result auth_begin(struct auth_exchange *e, const span *initial)
{
    const struct template *prompts = e->with->own.plaintext->server_prompts;
    e->peer->auth1 = e->peer->auth2 = e->peer->auth3 = SPAN_EMPTY;
    if (prompts != NULL) {
        struct expanded list = expand(prompts, e->x);
        if (list.outcome != EXPAND_OK) {
            return (struct auth_result){.step = AUTH_TEMPORARY, .text = span_text(list.why)};
        }
        struct list_reader r = list_reader_of(list.value.text);
        for (span prompt; list_next(&r, e->arena, &prompt);) {
            vec_add(e->arena, &e->prompts, arena_copy(e->arena, prompt));
        }
    }
    if (initial != NULL) {
        strings_add(e, *initial);
    }
    return next(e);
}

struct auth_result auth_answer(struct auth_exchange *e, span answer)
{
    strings_add(e, answer);
    return next(e);
}

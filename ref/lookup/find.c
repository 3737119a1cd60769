/* A lookup as it is asked for: the key, then what partial matching makes of it, then the defaults;
   the first that the driver finds counts. What was found is kept for the message. */
#include "base/check.h"
#include "ref/lookup/cache.h"
#include "ref/lookup/driver.h"

void lookup_found(struct lookup_result *result, span value)
{
    result->outcome = LOOKUP_FOUND;
    result->value = value;
}

void lookup_defer(struct lookup_result *result, const char *why)
{
    result->outcome = LOOKUP_DEFERRED;
    result->why = why;
}

void lookup_not_open(struct lookup_result *result, const char *why)
{
    lookup_defer(result, why);
    result->failed_to_open = true;
}

const char *lookup_file_name(const struct lookup_search *search)
{
    span file = search->request->file;
    if (file.len == 0 || file.at[0] != '/' || span_find_byte(file, 0) != SPAN_NONE) {
        return NULL;
    }
    return arena_text(search->request->arena, file);
}

bool lookup_looked(const struct lookup_search *search)
{
    const struct lookup_request *q = search->request;
    return lookup_cache_looked(q->cache, q->file) && !(search->options & LOOKUP_NO_READ);
}

/* True when there is nothing more to try. */
static bool found_or_worse(struct lookup_search *search, span key, struct lookup_result *result)
{
    search->key = key;
    search->request->type->driver->find(search, result);
    return result->outcome != LOOKUP_ABSENT;
}

static void parts_set(struct lookup_result *result, span wild, span fixed)
{
    result->has_parts = true;
    result->wild = wild;
    result->fixed = fixed;
}

static span affixed(struct arena *arena, span affix, span key)
{
    unsigned char *at = arena_take(arena, affix.len + key.len + 1);
    memcpy(at, affix.at, affix.len);
    memcpy(at + affix.len, key.at, key.len);
    return span_of(at, affix.len + key.len);
}

static size_t labels_of(span name)
{
    size_t labels = 1;
    for (size_t i = 0; i < name.len; i++) {
        labels += name.at[i] == '.';
    }
    return labels;
}

/* What partial0 asks for at the end, when no label is left. */
static span affix_alone(span affix)
{
    return affix.len > 1 && span_ends(affix, SPAN(".")) ? span_first(affix, affix.len - 1) : affix;
}

static bool partial_find(struct lookup_search *search, struct lookup_result *result)
{
    const struct lookup_request *q = search->request;
    const struct lookup_type *type = q->type;
    span rest = q->key;
    if (type->affix.len > 0 &&
        found_or_worse(search, affixed(q->arena, type->affix, rest), result)) {
        parts_set(result, SPAN_EMPTY, rest);
        return true;
    }
    for (size_t dot; (dot = span_find_byte(rest, '.')) != SPAN_NONE;) {
        rest = span_from(rest, dot + 1);
        if (labels_of(rest) < type->least || rest.len == 0) {
            break;
        }
        if (found_or_worse(search, affixed(q->arena, type->affix, rest), result)) {
            parts_set(result, span_first(q->key, q->key.len - rest.len - 1), rest);
            return true;
        }
    }
    if (type->least == 0 && found_or_worse(search, affix_alone(type->affix), result)) {
        parts_set(result, q->key, SPAN_EMPTY);
        return true;
    }
    return false;
}

static bool default_find(struct lookup_search *search, struct lookup_result *result)
{
    const struct lookup_request *q = search->request;
    size_t at = span_find_last_byte(q->key, '@');
    if (q->type->fallback == LOOKUP_STAR_AT && at != SPAN_NONE) {
        span domain = span_from(q->key, at);
        if (found_or_worse(search, affixed(q->arena, SPAN("*"), domain), result)) {
            parts_set(result, span_first(q->key, at), SPAN_EMPTY);
            return true;
        }
    }
    if (q->type->fallback != LOOKUP_NO_DEFAULT && found_or_worse(search, SPAN("*"), result)) {
        parts_set(result, q->key, SPAN_EMPTY);
        return true;
    }
    return false;
}

static void find(struct lookup_search *search, struct lookup_result *result)
{
    const struct lookup_request *q = search->request;
    if (found_or_worse(search, q->key, result)) {
        if (q->type->partial) {
            parts_set(result, SPAN_EMPTY, q->key);
        } else {
            result->has_parts = q->type->driver->patterns;
        }
    } else if (!q->type->driver->query && (!q->type->partial || !partial_find(search, result))) {
        (void)default_find(search, result);
    }
    if (result->outcome == LOOKUP_FOUND && (search->options & LOOKUP_RET_KEY)) {
        result->value = q->key;
    }
}

void lookup_find(const struct lookup_request *request, struct lookup_result *result)
{
    const struct lookup_type *type = request->type;
    CHECK(request->cache != NULL);
    *result = (struct lookup_result){.outcome = LOOKUP_ABSENT, .value = SPAN_EMPTY,
                                     .wild = SPAN_EMPTY, .fixed = SPAN_EMPTY, .why = ""};
    if (!type->driver->query && request->file_tainted) {
        lookup_not_open(result, arena_printf(request->arena,
                                             "Tainted filename for search: '%.*s'",
                                             SPAN_FMT(request->file)));
        return;
    }
    if (!(type->options & LOOKUP_NO_READ) && lookup_cache_get(request, result)) {
        return;
    }
    struct lookup_search search = {.request = request, .options = type->options,
                                   .shared = lookup_cache_shared(request->cache),
                                   .keep = MILLIS_NEVER};
    find(&search, result);
    if (result->outcome != LOOKUP_FOUND) {
        result->has_parts = false;
        result->wild = result->fixed = SPAN_EMPTY;
    }
    if (!(type->options & LOOKUP_NO_WRITE) && result->outcome != LOOKUP_DEFERRED) {
        lookup_cache_put(request, result, search.keep);
    }
}

/* The walk over a list's items: negation, named lists, files, and what the end of the list means.
   What an item of a kind is like is told in match_name.c, match_address.c and match_host.c. */
#include "ref/expand/match_walk.h"
#include "ref/mail/address.h"

#include "base/file.h"

enum { FILE_CEILING = 16 << 20, DEPTH = 20 };

static const char *const kind_names[LIST_KIND_COUNT] = {
    [LIST_DOMAIN] = "domain", [LIST_HOST] = "host", [LIST_ADDRESS] = "address",
    [LIST_LOCAL_PART] = "local part"};

enum item_outcome match_end(struct matching *m, enum item_outcome outcome, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    m->why = arena_vprintf(m->x->arena, format, args);
    va_end(args);
    return outcome;
}

const struct named_list *named_list_find(const struct named_lists *lists, enum list_kind kind,
                                         span name)
{
    for (size_t i = 0; lists != NULL && i < lists->count; i++) {
        if ((kind == LIST_KIND_COUNT || lists->at[i].kind == kind) &&
            span_eq(lists->at[i].name, name)) {
            return &lists->at[i];
        }
    }
    return NULL;
}

/* "+name": the list's own negation stays inside it. */
static enum item_outcome named_item(struct matching *m, span name)
{
    const struct named_list *named = named_list_find(m->x->lists, m->kind, name);
    if (named == NULL) {
        return match_wrong(m, "unknown named %s list \"+%.*s\"", kind_names[m->kind],
                           SPAN_FMT(name));
    }
    if (m->depth >= DEPTH) {
        return match_wrong(m, "named %s list \"+%.*s\" refers to itself, or too deep",
                           kind_names[m->kind], SPAN_FMT(name));
    }
    struct expanded list = expand(named->list, m->x);
    if (list.outcome == EXPAND_FORCED) {
        return ITEM_MISS;
    }
    if (list.outcome != EXPAND_OK) {
        return match_end(m, list.outcome == EXPAND_DEFERRED ? ITEM_DEFERRED : ITEM_WRONG,
                         "failed to expand \"%.*s\" while checking a list: %s",
                         SPAN_FMT(template_text(named->list)), list.why);
    }
    bool caseful = m->caseful;
    span subject = m->subject;
    enum match_policy unknown = m->unknown, deferred = m->deferred;
    m->depth++;
    enum item_outcome outcome = match_walk(m, list.value);
    m->depth--;
    m->caseful = caseful;
    m->subject = subject;
    m->unknown = unknown;
    m->deferred = deferred;
    return outcome;
}

/* A comment of a file: at any "#" where none can be part of an item, else only behind a blank. */
static span without_comment(const struct matching *m, span line)
{
    bool anywhere = m->kind == LIST_DOMAIN || m->kind == LIST_HOST;
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] == '#' && (anywhere || i == 0 || ascii_is_blank(line.at[i - 1]))) {
            return span_trim_space(span_first(line, i));
        }
    }
    return span_trim_space(line);
}

/* "/file": each line an item; a file's last line has nothing to say about what is not in it. */
static enum item_outcome file_item(struct matching *m, struct value item)
{
    if (item.tainted) {
        return match_wrong(m, "Tainted filename in a list: '%.*s'", SPAN_FMT(item.text));
    }
    if (m->x->forbid_files) {
        return match_wrong(m, "lists in files are not permitted here: \"%.*s\"",
                           SPAN_FMT(item.text));
    }
    const char *path = arena_text(m->x->arena, item.text);
    span content;
    err e = file_read_regular(path, FILE_CEILING, m->x->arena, &content);
    if (failed(e)) {
        return match_wrong(m, "failed to open %s when checking \"%s\": %s", path, path,
                           e.sys ? strerror(e.sys)
                           : e.kind == ERR_LIMIT ? "it is too long" : "it is no regular file");
    }
    span line;
    bool negative = false;
    while (span_line(&content, &line)) {
        line = without_comment(m, line);
        if (line.len == 0) {
            continue;
        }
        if (!eval_spend(m->x, 0)) {
            return match_defer(m, "%s", m->x->bad.why);
        }
        negative = line.at[0] == '!';
        span text = negative ? span_trim_space(span_from(line, 1)) : line;
        enum item_outcome outcome = m->item(m, value_of(text, false));
        if (outcome == ITEM_HIT) {
            m->data = value_of(negative ? SPAN_EMPTY : text, false);
            return negative ? ITEM_MISS : ITEM_HIT;
        }
        if (outcome != ITEM_MISS) {
            return outcome;
        }
    }
    return negative ? ITEM_HIT : ITEM_MISS;
}

static const struct {
    const char *name;
    bool unknown; /* else: deferred */
    enum match_policy policy;
} host_switches[] = {
    {"+ignore_defer", false, MATCH_IGNORES},
    {"+ignore_unknown", true, MATCH_IGNORES},
    {"+include_defer", false, MATCH_INCLUDES},
    {"+include_unknown", true, MATCH_INCLUDES},
};

/* "+caseful", "+include_unknown": no items, but what those behind them mean. */
static bool switch_item(struct matching *m, span item)
{
    if (m->kind == LIST_ADDRESS || m->kind == LIST_LOCAL_PART) {
        if (span_eq(item, SPAN("+caseful"))) {
            m->caseful = true;
            m->subject = m->original;
            return true;
        }
        return false;
    }
    for (size_t i = 0; m->kind == LIST_HOST && i < sizeof host_switches / sizeof *host_switches;
         i++) {
        if (span_eq(item, span_text(host_switches[i].name))) {
            *(host_switches[i].unknown ? &m->unknown : &m->deferred) = host_switches[i].policy;
            return true;
        }
    }
    return false;
}

enum item_outcome match_one(struct matching *m, struct value item)
{
    if (item.text.len > 0 && item.text.at[0] == '+') {
        return named_item(m, span_from(item.text, 1));
    }
    if (item.text.len > 0 && item.text.at[0] == '/') {
        return file_item(m, item);
    }
    return m->item(m, item);
}

/* ITEM_MISS: the list goes on. */
static enum item_outcome settle(const struct matching *m, enum item_outcome outcome, bool *ends)
{
    enum match_policy policy = outcome == ITEM_UNKNOWN ? m->unknown : m->deferred;
    *ends = outcome == ITEM_HIT || outcome == ITEM_WRONG;
    if (outcome == ITEM_UNKNOWN || outcome == ITEM_DEFERRED) {
        *ends = policy != MATCH_IGNORES;
        if (policy == MATCH_INCLUDES) {
            return ITEM_HIT;
        }
        return outcome == ITEM_UNKNOWN || policy == MATCH_IGNORES ? ITEM_MISS : outcome;
    }
    return outcome;
}

enum item_outcome match_walk(struct matching *m, struct value list)
{
    struct list_reader reader = list_reader_of(list.text);
    bool negative = false;
    span item;
    while (list_next(&reader, m->x->arena, &item)) {
        if (!eval_spend(m->x, 0)) {
            return match_defer(m, "%s", m->x->bad.why);
        }
        if (switch_item(m, item)) {
            continue;
        }
        negative = item.len > 0 && item.at[0] == '!';
        span text = negative ? span_trim_space(span_from(item, 1)) : item;
        m->data = value_of(SPAN_EMPTY, false);
        enum item_outcome outcome = match_one(m, value_of(text, list.tainted));
        bool ends;
        bool answered = outcome == ITEM_HIT;
        outcome = settle(m, outcome, &ends);
        if (ends) {
            bool excluded = negative && answered;
            return excluded ? ITEM_MISS : outcome;
        }
    }
    m->data = value_of(SPAN_EMPTY, false);
    return negative ? ITEM_HIT : ITEM_MISS;
}

/* The walk, counted as one step of nesting, so that what is expanded inside shares its budget. */
static struct matched run(struct matching *m, struct value list)
{
    struct expansion *x = m->x;
    struct captures kept = x->captures;
    eval_refill(x);
    x->depth++;
    enum item_outcome outcome = match_walk(m, list);
    x->depth--;
    if (outcome != ITEM_HIT || m->keep_captures) {
        x->captures = kept;
    }
    struct matched result = {.outcome = MATCH_DEFERRED, .why = m->why};
    if (outcome == ITEM_HIT) {
        result = (struct matched){.outcome = MATCH_YES, .data = m->data};
    } else if (outcome == ITEM_MISS) {
        result = (struct matched){.outcome = MATCH_NO};
    } else {
        result.wrong = outcome == ITEM_WRONG;
    }
    return result;
}

struct matched match_domain(struct expansion *x, span domain, struct value list)
{
    struct matching m = {.x = x,
                         .kind = LIST_DOMAIN,
                         .item = match_name_item,
                         .original = domain,
                         .subject = arena_lower(x->arena, domain)};
    return run(&m, list);
}

struct matched match_local_part(struct expansion *x, span local_part, struct value list,
                                bool caseful)
{
    struct matching m = {.x = x,
                         .kind = LIST_LOCAL_PART,
                         .item = match_name_item,
                         .original = local_part,
                         .caseful = caseful,
                         .subject = caseful ? local_part : arena_lower(x->arena, local_part)};
    return run(&m, list);
}

struct matched match_address(struct expansion *x, span address, struct value list)
{
    size_t at = mail_at_sign(address);
    bool has_at = at != SPAN_NONE;
    span lower = arena_lower(x->arena, address), mixed = lower;
    if (has_at) {
        /* The domain is always in lower case, the local part until "+caseful". */
        unsigned char *text = arena_take(x->arena, address.len + 1);
        memcpy(text, address.at, at);
        memcpy(text + at, lower.at + at, lower.len - at);
        mixed = span_of(text, address.len);
    }
    struct matching m = {.x = x, .kind = LIST_ADDRESS, .item = match_address_item,
                         .original = mixed, .subject = lower, .has_at = has_at,
                         .keep_captures = true};
    return run(&m, list);
}

struct matched match_host(struct expansion *x, const struct address *host, struct value list)
{
    char text[64] = "";
    if (host != NULL) {
        address_host(host, text, sizeof text);
    }
    span subject = arena_copy(x->arena, span_text(text));
    struct matching m = {.x = x, .kind = LIST_HOST, .item = match_host_item, .original = subject,
                         .subject = subject, .host = host, .keep_captures = true};
    return run(&m, list);
}

struct matched match_ip(struct expansion *x, span ip, struct value list)
{
    struct address address;
    bool given = ip.len > 0;
    if (given && !address_parse(ip, 0, &address)) {
        return (struct matched){
            .outcome = MATCH_DEFERRED, .wrong = true,
            .why = arena_printf(x->arena, "\"%.*s\" is not an IP address", SPAN_FMT(ip))};
    }
    struct matching m = {.x = x, .kind = LIST_HOST, .item = match_host_item, .original = ip,
                         .subject = ip, .host = given ? &address : NULL, .numbers_only = true,
                         .keep_captures = true};
    return run(&m, list);
}

/* False: *out is the answer already. */
static bool list_text(struct expansion *x, const struct template *list, struct value *text,
                      struct matched *out)
{
    struct expanded e = expand(list, x);
    *text = e.value;
    *out = (struct matched){.outcome = e.outcome == EXPAND_FORCED ? MATCH_NO : MATCH_DEFERRED,
                            .wrong = e.outcome == EXPAND_FAILED};
    if (e.outcome == EXPAND_FAILED || e.outcome == EXPAND_DEFERRED) {
        out->why = arena_printf(x->arena, "failed to expand \"%.*s\" while checking a list: %s",
                                SPAN_FMT(template_text(list)), e.why);
    }
    return e.outcome == EXPAND_OK;
}

struct matched match_list(struct expansion *x, enum list_kind kind, span subject,
                          const struct template *list)
{
    struct value text;
    struct matched out;
    if (!list_text(x, list, &text, &out)) {
        return out;
    }
    switch (kind) {
    case LIST_DOMAIN:
        return match_domain(x, subject, text);
    case LIST_LOCAL_PART:
        return match_local_part(x, subject, text, false);
    case LIST_ADDRESS:
        return match_address(x, subject, text);
    case LIST_HOST:
    case LIST_KIND_COUNT:
        break;
    }
    return match_ip(x, subject, text);
}

struct matched match_host_list(struct expansion *x, const struct address *host,
                               const struct template *list)
{
    struct value text;
    struct matched out;
    return list_text(x, list, &text, &out) ? match_host(x, host, text) : out;
}

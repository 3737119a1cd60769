/* The header: what is claimed, where that comes from, what the target needs, who plays. */
#include "harness/scenario/directives.h"

#include "base/rows.h"

void header_scenario(struct reading *r, struct lex *lx)
{
    if (r->s->title != NULL) {
        lex_fail(lx, 0, "one claim for each file", "the title is given twice");
        return;
    }
    if (lex_rest(lx, "the title", &r->s->title) &&
        (r->s->sources.count > 0 || r->s->reqs.count > 0)) {
        lex_fail(lx, 0, NULL, "`scenario` is the first line of a file");
    }
}

void header_source(struct reading *r, struct lex *lx)
{
    size_t at = lx->pos;
    const char *text = NULL;
    if (!lex_rest(lx, "the source", &text)) {
        return;
    }
    span s = span_text(text);
    bool rfc = s.len > 3 && span_starts(s, SPAN("RFC")) && ascii_is_digit(s.at[3]);
    if (!rfc && !span_starts(s, SPAN("SEED ")) && !span_starts(s, SPAN("seen in "))) {
        lex_fail(lx, at + 1, "RFC5321 4.1.1.4, SEED ..., or seen in PROGRAM VERSION",
                 "`%s` is not a source", text);
        return;
    }
    if (span_has(s, SPAN("refmta"))) {
        lex_fail(lx, at + 1, "name the text or the program that demands these bytes",
                 "what refmta does is not a source");
        return;
    }
    vec_add(r->arena, &r->s->sources, text);
}

static size_t slug_length(span text)
{
    size_t n = 0;
    while (n < text.len && ascii_is_alnum(text.at[n])) {
        n++;
        if (n + 1 < text.len && text.at[n] == '-' && ascii_is_alnum(text.at[n + 1])) {
            n++;
        }
    }
    return n;
}

/* RFCn-section-slug, SEED-slug, SEC-slug, TODO */
static bool is_clause(span text)
{
    if (span_eq(text, SPAN("TODO"))) {
        return true;
    }
    size_t n = span_starts(text, SPAN("SEED-")) ? 5 : span_starts(text, SPAN("SEC-")) ? 4 : 0;
    if (n == 0) {
        if (!span_starts(text, SPAN("RFC"))) {
            return false;
        }
        size_t digits = 3;
        while (digits < text.len && ascii_is_digit(text.at[digits])) {
            digits++;
        }
        n = digits + 1;
        if (digits == 3 || n >= text.len || text.at[digits] != '-') {
            return false;
        }
        size_t section = n;
        while (n < text.len && (ascii_is_alnum(text.at[n]) || text.at[n] == '.')) {
            n++;
        }
        if (n == section || n >= text.len || text.at[n] != '-') {
            return false;
        }
        n++;
    }
    return n < text.len && slug_length(span_from(text, n)) == text.len - n;
}

bool header_clauses(struct lex *lx, texts *reqs)
{
    do {
        span word;
        if (!lex_word(lx, "a clause", &word)) {
            return false;
        }
        if (!is_clause(word)) {
            return lex_fail(lx, lx->pos - word.len,
                            "RFC5321-4.1.1.4-crlf-only, SEED-early-1, SEC-smuggling-1",
                            "`%.*s` is not a clause", SPAN_FMT(word));
        }
        vec_add(lx->r->arena, reqs, arena_text(lx->r->arena, word));
    } while (!lex_at_end(lx));
    return true;
}

void header_req(struct reading *r, struct lex *lx)
{
    (void)header_clauses(lx, &r->s->reqs);
}

void header_need(struct reading *r, struct lex *lx)
{
    do {
        bool second = span_starts(lex_peek(lx), SPAN(SCENARIO_RECEIVER));
        lx->pos += second ? sizeof SCENARIO_RECEIVER - 1 : 0;
        const struct word *row =
            lex_row(lx, "capability", need_words, need_word_count, sizeof *need_words);
        if (row == NULL) {
            return;
        }
        vec_add(r->arena, &r->s->needs,
                second ? arena_printf(r->arena, SCENARIO_RECEIVER "%s", row->name) : row->name);
    } while (!lex_at_end(lx));
}

/* ---- set ---- */

static const char *const yes_no[] = {"yes", "no", NULL};
static const char *const trust[] = {"none", "relay", "local", NULL};
static const char *const libraries[] = {"openssl", "gnutls", NULL};

enum set_form { SET_TEXT, SET_NUMBER, SET_TIME };

struct set_key {
    const char *name; /* ends in `.`: a word follows it */
    const char *const *values; /* what it may be; NULL: what its form says */
    enum set_form form;
    const char *doc;
};

static const struct set_key set_keys[] = {
    {"accept.rcpt", NULL, SET_TEXT, "mailboxes"},
    {"advertise.", yes_no, SET_TEXT, "whether a feature is offered"},
    {"client.trust", trust, SET_TEXT, "what of the judge's addresses is the target's own network"},
    {"hostname", NULL, SET_TEXT, "what the target calls itself (mx.test.ex)"},
    {"limit.size", NULL, SET_NUMBER, "octets of a message at most"},
    {"queue_only", yes_no, SET_TEXT, "messages stay queued until do queue-run"},
    {"relay.from", NULL, SET_TEXT, "addresses that may relay"},
    {"retry.every", NULL, SET_TIME, "how long a failed delivery waits for the next try"},
    {"retry.give_up", NULL, SET_TIME, "how long deliveries are tried; 0: once"},
    {"retry.warn", NULL, SET_TIME, "how long mail waits until a delay is reported"},
    {"route.", NULL, SET_TEXT, "where a domain's mail goes: dns or an endpoint"},
    {"tls.cert", NULL, SET_TEXT, "a certificate of the test CA"},
    {"tls.library", libraries, SET_TEXT, "the target's TLS library"},
    {"tls.max", tls_versions, SET_TEXT, "newest TLS version"},
    {"tls.min", tls_versions, SET_TEXT, "oldest TLS version"},
    {"tls.on_connect", NULL, SET_TEXT, "ports with TLS from the first octet"},
};

static const struct set_key *find_key(span key)
{
    for (size_t i = 0; i < sizeof set_keys / sizeof *set_keys; i++) {
        span name = span_text(set_keys[i].name);
        bool open = name.at[name.len - 1] == '.';
        if (open ? key.len > name.len && span_starts(key, name) : span_eq(key, name)) {
            return &set_keys[i];
        }
    }
    return NULL;
}

/* 30s, 15m, 4h, 5d: what the languages of all MTAs have. */
static bool is_time(span value)
{
    uint64_t n;
    return value.len > 1 && span_to_u64(span_first(value, value.len - 1), &n) &&
           span_find_byte(SPAN("smhd"), value.at[value.len - 1]) != SPAN_NONE;
}

static bool check_value(struct lex *lx, size_t at, const struct set_key *row, const char *value)
{
    uint64_t n;
    if (row->form == SET_NUMBER && !span_to_u64(span_text(value), &n)) {
        return lex_fail(lx, at, "digits only", "`%s` is not a number of octets", value);
    }
    if (row->form == SET_TIME && !is_time(span_text(value))) {
        return lex_fail(lx, at, "as in 0s, 15m, 4h, 5d", "`%s` is not a time", value);
    }
    if (row->values == NULL || words_have(row->values, value)) {
        return true;
    }
    const char *list = "";
    for (size_t i = 0; row->values[i] != NULL; i++) {
        list = arena_printf(lx->r->arena, "%s%s%s", list, i > 0 ? ", " : "", row->values[i]);
    }
    return lex_fail(lx, at, arena_printf(lx->r->arena, "one of %s", list),
                    "`%s` cannot be set here", value);
}

void header_set(struct reading *r, struct lex *lx)
{
    span key;
    if (!lex_word(lx, "a key", &key)) {
        return;
    }
    size_t key_at = lx->pos - key.len;
    span whole = key;
    if (span_starts(key, SPAN(SCENARIO_RECEIVER))) {
        key = span_from(key, sizeof SCENARIO_RECEIVER - 1);
        key_at += sizeof SCENARIO_RECEIVER - 1;
    }
    const struct set_key *row = find_key(key);
    if (row == NULL) {
        const char *meant = lex_meant(r, ROWS_SUGGEST(set_keys, key));
        lex_fail(lx, key_at, meant != NULL ? meant : "anything beyond these keys is literal: === config exim",
                 "there is no key `%.*s`", SPAN_FMT(key));
        return;
    }
    if (row->values == yes_no && span_starts(key, SPAN("advertise."))) {
        span feature = span_from(key, strlen("advertise."));
        if (rows_find(feature_words, feature_word_count, sizeof *feature_words, feature) == NULL) {
            const char *near =
                rows_suggest(feature_words, feature_word_count, sizeof *feature_words, feature);
            lex_fail(lx, key_at + strlen("advertise."), lex_meant(r, near), "there is no feature `%.*s`",
                     SPAN_FMT(feature));
            return;
        }
    }
    const struct setting *other = ROWS_IN(&r->s->sets, whole);
    if (other != NULL) {
        lex_fail(lx, key_at, "one value for each key", "`%.*s` is set in line %u already", SPAN_FMT(whole),
                 other->place.line);
        return;
    }
    const char *value = NULL;
    if (!lex_literal(lx, "=")) {
        lex_fail(lx, SPAN_NONE, "set KEY = VALUE", "`=` is missing here");
        return;
    }
    (void)lex_at_end(lx);
    size_t at = lx->pos;
    if (lex_rest(lx, "a value", &value) && check_value(lx, at, row, value)) {
        struct setting *set = vec_push(r->arena, &r->s->sets);
        *set = (struct setting){arena_text(r->arena, whole), line_place(&lx->line, 0), value};
    }
}

void header_vary(struct reading *r, struct lex *lx)
{
    (void)r; /* read before there were cases (cases.c) */
    lx->pos = lx->line.text.len;
}

void header_reversible(struct reading *r, struct lex *lx)
{
    if (lex_end(lx)) {
        r->s->reversible = true;
    }
}

/* ---- actors ---- */

static const char *const protos[] = {"dccifd", "lmtp", "raw", "smtp", NULL};

struct actor_option {
    const char *name;
    const char *doc;
    const char *const *values; /* what it may be; NULL: any text */
    const char *what;          /* such a value is called */
};

static const struct actor_option actor_options[] = {
    {"cert", "certificate of the judge", NULL, NULL},
    {"from", "address of the judge", NULL, NULL},
    {"offer", "words that a sink advertises", NULL, NULL},
    {"proto", "proto is smtp, lmtp, dccifd or raw", protos, "protocol"},
    {"rtt", "a relay that delays", NULL, NULL},
    {"tls", "tls is 1.0, 1.1, 1.2 or 1.3", tls_versions, "TLS version"},
    {"tlslib", "tlslib is openssl or gnutls", libraries, "TLS library"},
};

static const struct word ports[] = {
    {"lmtp", ""},
    {"smtp", ""},
    {"smtps", ""},
    {"submission", ""},
};

static bool read_port(struct lex *lx, struct actor *a)
{
    span word;
    if (!lex_literal(lx, "->") || !lex_word(lx, "sut:PORT", &word)) {
        return lex_fail(lx, SPAN_NONE, "actor NAME client -> sut:smtp",
                        "`-> sut:PORT` is missing here");
    }
    uint64_t n = 0;
    span port = span_from(word, 4);
    bool good = span_starts(word, SPAN("sut:")) &&
                (ROWS_FIND(ports, port) != NULL || (span_to_u64(port, &n) && n > 0 && n < 65536));
    a->port = arena_text(lx->r->arena, port);
    return good ? true
                : lex_fail(lx, lx->pos - word.len, "sut:smtp, smtps, submission, lmtp or a number",
                           "`%.*s` is not where a client connects to", SPAN_FMT(word));
}

/* host:port, [v6]:port, unix:PATH */
static bool is_endpoint(span text)
{
    if (span_starts(text, SPAN("unix:"))) {
        return text.len > 5;
    }
    size_t colon = span_find_last_byte(text, ':');
    uint64_t port = 0;
    if (colon == SPAN_NONE || colon == 0) {
        return false;
    }
    span word = span_from(text, colon + 1);
    if (ROWS_FIND(ports, word) == NULL && !(span_to_u64(word, &port) && port > 0 && port < 65536)) {
        return false;
    }
    span host = span_first(text, colon);
    bool six = host.at[0] == '[';
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = host.at[i];
        bool edge = six && (i == 0 || i + 1 == host.len);
        bool good = edge  ? c == (i == 0 ? '[' : ']')
                    : six ? c == ':' || c == '.' || ascii_is_alnum(c)
                          : c == '.' || c == '-' || ascii_is_alnum(c);
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool read_endpoint(struct lex *lx, struct actor *a)
{
    span word;
    if (!lex_literal(lx, "at") || !lex_word(lx, "an endpoint", &word)) {
        return lex_fail(lx, SPAN_NONE, "actor NAME server at HOST:PORT",
                        "`at ENDPOINT` is missing here");
    }
    if (!is_endpoint(word)) {
        return lex_fail(lx, lx->pos - word.len, "host:port, [v6]:port or unix:PATH",
                        "`%.*s` is not an endpoint", SPAN_FMT(word));
    }
    a->endpoint = arena_text(lx->r->arena, word);
    return true;
}

static bool check_options(struct lex *lx, const struct actor *a)
{
    for (size_t i = 0; i < a->options.count; i++) {
        const struct option_text *o = &a->options.at[i];
        const struct actor_option *row = ROWS_FIND(actor_options, span_text(o->name));
        if (row->values != NULL && !words_have(row->values, o->value)) {
            return lex_fail(lx, 0, row->doc, "there is no %s `%s`", row->what, o->value);
        }
    }
    return true;
}

static bool only_receiver(struct lex *lx)
{
    const struct scenario *s = lx->r->s;
    for (size_t i = 0; i < s->actors.count; i++) {
        if (s->actors.at[i].receiver) {
            return lex_fail(lx, SPAN_NONE, NULL, "`%s` is the receiver already",
                            s->actors.at[i].name);
        }
    }
    return true;
}

void header_actor(struct reading *r, struct lex *lx)
{
    struct actor a = {.place = line_place(&lx->line, 0)};
    if (!lex_name(lx, "an actor's name", &a.name)) {
        return;
    }
    if (ROWS_IN(&r->s->actors, span_text(a.name)) != NULL) {
        lex_fail(lx, SPAN_NONE, NULL, "there is an actor `%s` already", a.name);
        return;
    }
    bool good;
    if (lex_literal(lx, "client")) {
        a.role = ACTOR_CLIENT;
        good = read_port(lx, &a);
    } else if (lex_literal(lx, "server")) {
        a.role = ACTOR_SERVER;
        good = read_endpoint(lx, &a);
    } else if (lex_literal(lx, "receiver")) {
        a.role = ACTOR_SERVER;
        a.receiver = true;
        good = only_receiver(lx) && read_endpoint(lx, &a);
    } else {
        good = lex_fail(lx, SPAN_NONE, NULL, "`client`, `server` or `receiver` is missing here");
    }
    good = good && lex_options(lx, actor_options, sizeof actor_options / sizeof *actor_options,
                               sizeof *actor_options, &a.options);
    if (good && lex_end(lx) && check_options(lx, &a)) {
        vec_add(r->arena, &r->s->actors, a);
    }
}

/* Without one there. */
static bool speaks_of_receiver(const struct scenario *s)
{
    bool speaks = false;
    for (size_t i = 0; i < s->sets.count; i++) {
        speaks = speaks || span_starts(span_text(s->sets.at[i].key), SPAN(SCENARIO_RECEIVER));
    }
    for (size_t i = 0; i < s->needs.count; i++) {
        speaks = speaks || span_starts(span_text(s->needs.at[i]), SPAN(SCENARIO_RECEIVER));
    }
    for (size_t i = 0; i < s->actors.count; i++) {
        speaks = speaks && !s->actors.at[i].receiver;
    }
    return speaks;
}

void header_check(struct reading *r)
{
    struct place top = {r->name, 1, 1};
    struct scenario *s = r->s;
    if (s->title == NULL) {
        complain(r, top, "scenario A SENTENCE THAT CAN BE TRUE OR FALSE", "the title is missing");
    }
    if (s->sources.count == 0) {
        top.column = 2;
        complain(r, top, "source RFC5321 4.1.1.4", "the source of the demanded bytes is missing");
    }
    if (speaks_of_receiver(s)) {
        complain(r, top, "actor NAME receiver at HOST:PORT",
                 "`" SCENARIO_RECEIVER "` is said, and no actor is one");
    }
    if (s->actors.count == 0) {
        struct actor *c = vec_push(r->arena, &s->actors);
        *c = (struct actor){.place = top, .name = "c", .role = ACTOR_CLIENT, .port = "smtp"};
    }
}

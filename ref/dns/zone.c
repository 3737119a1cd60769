/* Answers from a text that a test wrote, without a server: the same zone gives the same answers on
   every machine. Small by intent: names are compared one by one, for zones of tests have some
   dozens of records. */
#include "base/vec.h"
#include "ref/dns/record.h"
#include "ref/dns/source.h"

#define LINKS 16u /* of a CNAME chain; more are a loop for whoever follows them */
#define ZONE_TTL 3600u

enum mark { MARK_SERVFAIL = 1, MARK_TIMEOUT = 2, MARK_BOGUS = 4, MARK_SECURE = 8 };
static const struct mark_row {
    const char *name;
    enum mark mark;
    const char *why;
} marks[] = {
    {"SERVFAIL", MARK_SERVFAIL, "SERVFAIL"},
    {"TIMEOUT", MARK_TIMEOUT, "timeout"},
    {"BOGUS", MARK_BOGUS, "DNSSEC: bogus"},
    {"SECURE", MARK_SECURE, NULL},
};

struct entry {
    struct dns_name name;
    const struct mark_row *mark; /* NULL: a record */
    enum dns_type type;
    uint32_t ttl;
    span rdata;
};

struct zone {
    struct dns dns;
    struct arena *arena;
    VEC(struct entry) entries;
};

struct reading {
    struct zone *zone;
    struct arena *texts;
    const char *file;
    unsigned line;
    struct dns_name origin, owner;
    bool has_owner;
    uint32_t ttl;
};

static err wrong(const struct reading *r, const char *what, span word)
{
    return err_syntax(r->line, arena_printf(r->texts, "%s line %u: %s%s%.*s%s", r->file, r->line,
                                            what, word.len ? ": \"" : "", SPAN_FMT(word),
                                            word.len ? "\"" : ""));
}

/* The next word: a quoted string, or what has no blanks. False at the end of the line. */
static bool word_take(struct cursor *c, struct dns_word *word, bool *open)
{
    cursor_skip_blanks(c);
    int first = cursor_peek(c);
    if (first < 0 || first == ';') {
        return false;
    }
    word->quoted = cursor_take_byte(c, '"');
    size_t from = c->pos;
    for (int at; (at = cursor_peek(c)) >= 0; c->pos++) {
        if (at == '\\' && cursor_left(c) > 1) {
            c->pos++;
        } else if (word->quoted ? at == '"' : strchr("; \t\"", at) != NULL && at != 0) {
            break;
        }
    }
    word->text = span_part(c->in, from, c->pos - from);
    *open = word->quoted && !cursor_take_byte(c, '"');
    return true;
}

static err directive_read(struct reading *r, const struct dns_word *words, size_t count)
{
    uint64_t ttl;
    if (span_eq_caseless(words[0].text, SPAN("$ORIGIN"))) {
        if (count != 2 || !dns_name_parse_in(words[1].text, &r->origin, &r->origin)) {
            return wrong(r, "$ORIGIN wants one name", SPAN_EMPTY);
        }
        return OK;
    }
    if (span_eq_caseless(words[0].text, SPAN("$TTL"))) {
        if (count != 2 || !span_to_u64(words[1].text, &ttl) || ttl > INT32_MAX) {
            return wrong(r, "$TTL wants a number of seconds", SPAN_EMPTY);
        }
        r->ttl = (uint32_t)ttl;
        return OK;
    }
    return wrong(r, "no such directive ($ORIGIN and $TTL are)", words[0].text);
}

/* TYPE and what follows it, for the owner at hand. */
static err record_add(struct reading *r, const struct dns_word *words, size_t count, uint32_t ttl)
{
    struct zone *zone = r->zone;
    struct entry entry = {.name = r->owner, .ttl = ttl};
    if (count == 0) {
        return wrong(r, "a type is missing", SPAN_EMPTY);
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (span_eq_caseless(words[0].text, span_text(marks[i].name))) {
            entry.mark = &marks[i];
            vec_add(zone->arena, &zone->entries, entry);
            return count == 1 ? OK : wrong(r, "nothing may stand behind", words[0].text);
        }
    }
    if (!dns_type_parse(words[0].text, &entry.type)) {
        return wrong(r, "no type that is known", words[0].text);
    }
    struct buf rdata;
    const char *wants;
    buf_init(&rdata, UINT16_MAX);
    bool good = dns_record_write(entry.type, words + 1, count - 1, &r->origin, &rdata, &wants);
    span octets = SPAN_EMPTY;
    err e = good ? buf_end(&rdata, &octets)
                 : wrong(r, arena_printf(r->texts, "%.*s wants %s", SPAN_FMT(words[0].text), wants),
                         SPAN_EMPTY);
    if (failed(e) && good) {
        e = wrong(r, "the record is longer than 65535 octets", SPAN_EMPTY);
    }
    entry.rdata = arena_copy(zone->arena, octets);
    buf_wipe(&rdata);
    if (!failed(e)) {
        vec_add(zone->arena, &zone->entries, entry);
    }
    return e;
}

/* [OWNER] [TTL] [IN] TYPE DATA, TTL and class in either order. */
static err line_read(struct reading *r, span line)
{
    VEC(struct dns_word) words = {0};
    struct cursor c = cursor_of(line);
    struct dns_word word;
    bool open = false;
    while (word_take(&c, &word, &open)) {
        if (open) {
            return wrong(r, "a string is not closed", word.text);
        }
        if (!word.quoted && (span_eq(word.text, SPAN("(")) || span_eq(word.text, SPAN(")")))) {
            return wrong(r, "write the record on one line, without parentheses", SPAN_EMPTY);
        }
        vec_add(r->texts, &words, word);
    }
    if (words.count == 0) {
        return OK;
    }
    if (words.at[0].text.len > 0 && words.at[0].text.at[0] == '$') {
        return directive_read(r, words.at, words.count);
    }
    size_t at = 0;
    if (!ascii_is_blank(line.at[0])) {
        if (!dns_name_parse_in(words.at[at++].text, &r->origin, &r->owner)) {
            return wrong(r, "no name", words.at[0].text);
        }
        r->has_owner = true;
    }
    if (!r->has_owner) {
        return wrong(r, "the first record needs a name at the beginning of its line", SPAN_EMPTY);
    }
    uint64_t ttl = r->ttl;
    for (; at < words.count; at++) {
        uint64_t number;
        if (span_to_u64(words.at[at].text, &number) && number <= INT32_MAX) {
            ttl = number;
        } else if (!span_eq_caseless(words.at[at].text, SPAN("IN"))) {
            break;
        }
    }
    return record_add(r, words.at + at, words.count - at, (uint32_t)ttl);
}

static void records_collect(const struct zone *zone, const struct dns_name *owner,
                            enum dns_type type, struct arena *arena, struct dns_answer *answer)
{
    VEC(struct dns_record) records = {0};
    for (size_t i = 0; i < zone->entries.count; i++) {
        const struct entry *e = &zone->entries.at[i];
        struct dns_record record;
        if (e->mark == NULL && e->type == type && dns_name_eq(&e->name, owner) &&
            dns_record_read(type, e->rdata, arena, &record)) {
            record.ttl = e->ttl;
            vec_add(arena, &records, record);
        }
    }
    answer->at = records.at;
    answer->count = records.count;
}

/* True if the name, or one below it, has an entry. */
static bool name_exists(const struct zone *zone, const struct dns_name *name)
{
    for (size_t i = 0; i < zone->entries.count; i++) {
        if (dns_name_below(&zone->entries.at[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* The owner whose records answer for name: itself, or the wildcard below its closest encloser
   (RFC 4592 3.3.1). False: there is none. */
static bool owner_find(const struct zone *zone, const struct dns_name *name,
                       struct dns_name *owner)
{
    *owner = *name;
    if (name_exists(zone, name)) {
        return true;
    }
    struct dns_name encloser = *name;
    while (dns_name_parent(&encloser, &encloser)) {
        if (name_exists(zone, &encloser)) {
            break;
        }
    }
    static const unsigned char star[] = {1, '*'};
    memcpy(owner->at, star, sizeof star);
    memcpy(owner->at + sizeof star, encloser.at, encloser.len);
    owner->len = encloser.len + sizeof star;
    return name_exists(zone, owner);
}

/* True if the owner answers with its mark, and not with records. */
static bool marks_apply(const struct zone *zone, const struct dns_name *owner,
                        struct dns_answer *answer)
{
    for (size_t i = 0; i < zone->entries.count; i++) {
        const struct entry *e = &zone->entries.at[i];
        if (e->mark == NULL || !dns_name_eq(&e->name, owner)) {
            continue;
        }
        if (e->mark->mark == MARK_SECURE) {
            answer->secure = true;
            continue;
        }
        answer->outcome = DNS_AGAIN;
        answer->why = e->mark->why;
        answer->bogus = e->mark->mark == MARK_BOGUS;
        answer->secure = false;
        return true;
    }
    return false;
}

static void zone_ask(struct dns *dns, const struct dns_name *asked, enum dns_type type,
                     millis timeout, struct arena *arena, struct dns_answer *answer)
{
    (void)timeout;
    const struct zone *zone = (const struct zone *)(const void *)dns;
    struct dns_name name = *asked, owner;
    bool all_secure = true;
    for (unsigned links = 0; links <= LINKS; links++) {
        answer->canonical = dns_name_text(&name, arena);
        answer->secure = false;
        if (!owner_find(zone, &name, &owner)) {
            answer->outcome = DNS_NO_NAME;
            return;
        }
        if (marks_apply(zone, &owner, answer)) {
            return;
        }
        all_secure = all_secure && answer->secure;
        answer->secure = all_secure;
        records_collect(zone, &owner, type, arena, answer);
        if (answer->count > 0 || type == DNS_CNAME) {
            break;
        }
        struct dns_answer link = {0};
        records_collect(zone, &owner, DNS_CNAME, arena, &link);
        if (link.count == 0 || !dns_name_parse(link.at[0].name, &name)) {
            break;
        }
        if (links == LINKS) {
            answer->outcome = DNS_AGAIN;
            answer->why = "CNAME chain without end";
            return;
        }
    }
    answer->outcome = answer->count > 0 ? DNS_FOUND : DNS_NO_DATA;
}

static void zone_close(struct dns *dns)
{
    struct zone *zone = (struct zone *)(void *)dns;
    arena_free(zone->arena);
}

err dns_open_zone(span text, const char *file, struct arena *texts, struct dns **dns)
{
    struct arena *arena = arena_new();
    struct zone *zone = ARENA_NEW(arena, struct zone);
    *zone = (struct zone){.dns = {zone_ask, zone_close}, .arena = arena};
    struct reading r = {.zone = zone, .texts = texts, .file = file, .ttl = ZONE_TTL};
    (void)dns_name_parse(SPAN("."), &r.origin);
    for (span line; span_line(&text, &line);) {
        r.line++;
        err e = line_read(&r, line);
        if (failed(e)) {
            arena_free(arena);
            return e;
        }
    }
    *dns = &zone->dns;
    return OK;
}

/* dnsdb: records of the DNS as text. A query is
       [">" SEPARATOR ["," FIELD-SEPARATOR / ";"]] *(MODIFIER ",") [TYPE "="] NAMES
   and NAMES is a list. What the record types have to say is a table. */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/rows.h"
#include "base/vec.h"
#include "ref/dns/record.h"
#include "ref/lookup/driver.h"

#define VALUE_CEILING ((size_t)1 << 20)
#define RETRANS_MILLIS ((millis)5000) /* when only retry_ is given */

enum strictness { NEVER, LAX, STRICT };

struct query {
    const struct lookup_request *request;
    const struct type_row *type;
    struct buf *out;
    unsigned char between;  /* records */
    bool fields_given;      /* a field separator was */
    int field;              /* it; -1: nothing between */
    enum strictness defer, dnssec;
    millis retrans;
    uint64_t retry;
    bool any;               /* something was put out */
    const char *deferred;   /* why one of the questions could not be answered; NULL: all were */
    uint32_t ttl;           /* the least of all records */
    bool secure;            /* all that answered */
};

static void put_between(struct query *q)
{
    if (q->any) {
        buf_put_byte(q->out, q->between);
    }
    q->any = true;
}

static void put_gap(struct query *q)
{
    if (!q->fields_given) {
        buf_put_byte(q->out, ' ');
    } else if (q->field >= 0) {
        buf_put_byte(q->out, (unsigned char)q->field);
    }
}

static void put_address(struct query *q, const struct dns_record *r)
{
    char host[64];
    address_host(&r->address, host, sizeof host);
    buf_put_text(q->out, host);
}

static void put_name(struct query *q, const struct dns_record *r)
{
    if (!span_eq(r->name, SPAN("."))) {
        buf_put(q->out, r->name);
    }
}

static void put_mx(struct query *q, const struct dns_record *r)
{
    buf_printf(q->out, "%u", r->preference);
    put_gap(q);
    put_name(q, r);
}

static void put_srv(struct query *q, const struct dns_record *r)
{
    const unsigned numbers[] = {r->preference, r->weight, r->port};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        buf_printf(q->out, "%u", numbers[i]);
        put_gap(q);
    }
    put_name(q, r);
}

/* The primary server alone, unless a field separator asks for all of it. */
static void put_soa(struct query *q, const struct dns_record *r)
{
    put_name(q, r);
    struct cursor c = cursor_of(r->rdata);
    struct dns_name name;
    if (!q->fields_given || !dns_name_take(&c, &name) || !dns_name_take(&c, &name)) {
        return;
    }
    put_gap(q);
    buf_put(q->out, dns_name_text(&name, q->request->arena));
    uint32_t number;
    while (cursor_take_be32(&c, &number)) {
        put_gap(q);
        buf_printf(q->out, "%u", number);
    }
}

static void put_tlsa(struct query *q, const struct dns_record *r)
{
    for (size_t i = 0; i < 3; i++) {
        buf_printf(q->out, "%u", r->rdata.at[i]);
        put_gap(q);
    }
    for (size_t i = 3; i < r->rdata.len; i++) {
        buf_printf(q->out, "%02x", r->rdata.at[i]);
    }
}

static void put_strings(struct query *q, const struct dns_record *r)
{
    for (size_t i = 0; i < r->string_count; i++) {
        if (i > 0 && q->field >= 0) {
            buf_put_byte(q->out, (unsigned char)q->field);
        }
        buf_put(q->out, r->strings[i]);
    }
}

static void put_txt(struct query *q, const struct dns_record *r)
{
    if (q->fields_given) {
        put_strings(q, r);
    } else {
        buf_put(q->out, r->strings[0]);
    }
}

static void put_spf(struct query *q, const struct dns_record *r)
{
    if (q->fields_given) {
        put_strings(q, r);
    } else {
        buf_put(q->out, r->text);
    }
}

enum search {
    SEARCH_NAME,    /* as it is */
    SEARCH_ADDRESS, /* an address is turned round */
    SEARCH_PARENTS, /* and its parents, until one has records */
    SEARCH_BOTH,    /* AAAA, then A */
    SEARCH_CSA
};

static const struct type_row {
    const char *name;
    enum dns_type type;
    enum search search;
    void (*put)(struct query *q, const struct dns_record *r);
} types[] = {
    {"a", DNS_A, SEARCH_NAME, put_address},
    {"a+", DNS_A, SEARCH_BOTH, put_address},
    {"aaaa", DNS_AAAA, SEARCH_NAME, put_address},
    {"cname", DNS_CNAME, SEARCH_NAME, put_name},
    {"csa", DNS_SRV, SEARCH_CSA, put_name},
    {"mx", DNS_MX, SEARCH_NAME, put_mx},
    {"mxh", DNS_MX, SEARCH_NAME, put_name},
    {"ns", DNS_NS, SEARCH_NAME, put_name},
    {"ptr", DNS_PTR, SEARCH_ADDRESS, put_name},
    {"soa", DNS_SOA, SEARCH_PARENTS, put_soa},
    {"spf", DNS_SPF, SEARCH_NAME, put_spf},
    {"srv", DNS_SRV, SEARCH_NAME, put_srv},
    {"tlsa", DNS_TLSA, SEARCH_NAME, put_tlsa},
    {"txt", DNS_TXT, SEARCH_NAME, put_txt},
    {"zns", DNS_NS, SEARCH_PARENTS, put_name},
};

/* One question. False: no answer that counts (q->deferred may say why). */
static bool ask(struct query *q, span name, enum dns_type type, struct dns_answer *answer)
{
    millis timeout = 0;
    if (q->retrans > 0 || q->retry > 0) {
        timeout = (q->retrans > 0 ? q->retrans : RETRANS_MILLIS) *
                  (millis)(q->retry > 0 ? q->retry : 1);
    }
    dns_ask_within(q->request->dns, name, type, timeout, q->request->arena, answer);
    if (answer->outcome == DNS_AGAIN) {
        q->deferred = answer->why;
        return false;
    }
    q->secure = q->secure && answer->secure;
    if (q->dnssec == STRICT && !answer->secure) {
        q->deferred = "the answer is not secured by DNSSEC";
        return false;
    }
    return answer->outcome == DNS_FOUND;
}

static void put_all(struct query *q, const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        put_between(q);
        q->type->put(q, &answer->at[i]);
        q->ttl = answer->at[i].ttl < q->ttl ? answer->at[i].ttl : q->ttl;
    }
}

static span parent_of(span name)
{
    size_t dot = span_find_byte(name, '.');
    return dot == SPAN_NONE ? SPAN_EMPTY : span_from(name, dot + 1);
}

/* RFC draft "Client SMTP Authorization": the SRV record's priority is its version, the weight what
   it says of the name, bit 0 of the port that subdomains need records of their own. */
enum { CSA_PARENTS = 5, CSA_VERSION = 1, CSA_WEIGHTS = 4, CSA_EXPLICIT = 1 };

static void find_csa(struct query *q, span domain)
{
    struct dns_answer answer;
    span name = domain;
    for (unsigned up = 0; up <= CSA_PARENTS; up++) {
        bool found = ask(q, span_text(arena_printf(q->request->arena, "_client._smtp.%.*s",
                                                   SPAN_FMT(name))), DNS_SRV, &answer);
        for (size_t i = 0; found && i < answer.count; i++) {
            const struct dns_record *r = &answer.at[i];
            bool known = r->preference == CSA_VERSION && r->weight < CSA_WEIGHTS;
            if (!known || (up > 0 && !(r->port & CSA_EXPLICIT))) {
                continue;
            }
            put_between(q);
            buf_put_byte(q->out, up > 0 ? 'X' : (unsigned char)"NNY?"[r->weight]);
            buf_put_byte(q->out, ' ');
            put_name(q, r);
            q->ttl = r->ttl < q->ttl ? r->ttl : q->ttl;
            return;
        }
        name = parent_of(name);
        if (answer.outcome == DNS_AGAIN || found || span_find_byte(name, '.') == SPAN_NONE) {
            return;
        }
    }
}

static void find_one(struct query *q, span name)
{
    struct dns_answer answer;
    struct address address;
    enum search search = q->type->search;
    if ((search == SEARCH_ADDRESS || search == SEARCH_CSA) && address_parse(name, 0, &address)) {
        name = dns_reverse_name(&address, q->request->arena);
    }
    if (search == SEARCH_CSA) {
        find_csa(q, name);
        return;
    }
    if (search == SEARCH_BOTH && ask(q, name, DNS_AAAA, &answer)) {
        put_all(q, &answer);
    }
    for (; name.len > 0; name = parent_of(name)) {
        if (ask(q, name, q->type->type, &answer)) {
            put_all(q, &answer);
            return;
        }
        if (search != SEARCH_PARENTS || answer.outcome == DNS_AGAIN) {
            return;
        }
    }
}

/* ">" and what separates; a blank may be a separator. */
static void separators_take(struct cursor *c, struct query *q)
{
    unsigned char byte;
    q->between = '\n';
    q->field = -1;
    if (!cursor_take_byte(c, '>') || !cursor_take_any(c, &q->between)) {
        return;
    }
    if (cursor_take_byte(c, ',')) {
        q->fields_given = cursor_take_any(c, &byte);
        q->field = q->fields_given ? byte : -1;
    } else if (cursor_take_byte(c, ';')) {
        q->fields_given = true;
    }
    cursor_skip_blanks(c);
}

static bool strictness_take(struct cursor *c, enum strictness *s)
{
    static const struct {
        const char *word;
        enum strictness s;
    } words[] = {{"strict", STRICT}, {"lax", LAX}, {"never", NEVER}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cursor_take_literal(c, span_text(words[i].word))) {
            *s = words[i].s;
            return true;
        }
    }
    return false;
}

/* Exim's 1w2d3h4m5s; a number alone is seconds. */
static bool time_take(struct cursor *c, millis *time)
{
    static const struct {
        unsigned char letter;
        millis millis;
    } units[] = {{'w', 604800000}, {'d', 86400000}, {'h', 3600000}, {'m', 60000}, {'s', 1000}};
    uint64_t number;
    *time = 0;
    while (cursor_take_u64(c, &number)) {
        millis unit = 1000;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
            if (cursor_take_byte(c, units[i].letter)) {
                unit = units[i].millis;
                break;
            }
        }
        if (number > (uint64_t)(3600000 / unit) * 24) {
            return false; /* nobody waits a day for the DNS */
        }
        *time += (millis)number * unit;
    }
    return *time > 0;
}

/* A modifier and its comma. What is none is left for the type. *why: it is one, and wrong. */
static bool modifier_take(struct cursor *c, struct query *q, const char **why)
{
    static const char *const wrong[] = {"unsupported dnsdb defer behaviour",
                                        "unsupported dnsdb dnssec behaviour",
                                        "unsupported dnsdb timeout value",
                                        "dnsdb modifier syntax error"};
    bool good;
    unsigned which;
    if (cursor_take_literal(c, SPAN("defer_"))) {
        which = 0;
        good = strictness_take(c, &q->defer);
    } else if (cursor_take_literal(c, SPAN("dnssec_"))) {
        which = 1;
        good = strictness_take(c, &q->dnssec);
    } else if (cursor_take_literal(c, SPAN("retrans_"))) {
        which = 2;
        good = time_take(c, &q->retrans);
    } else if (cursor_take_literal(c, SPAN("retry_"))) {
        which = 3;
        good = cursor_take_u64(c, &q->retry) && q->retry <= 100;
    } else {
        return false;
    }
    cursor_skip_blanks(c);
    if (!good) {
        *why = wrong[which];
    } else if (!cursor_take_byte(c, ',')) {
        *why = "dnsdb modifier syntax error";
    }
    cursor_skip_blanks(c);
    return *why == NULL;
}

/* TYPE "="; without one it is TXT, and all of it are names. */
static bool type_take(struct cursor *c, struct query *q, const char **why)
{
    span rest = cursor_rest(c), word, names;
    q->type = ROWS_FIND(types, SPAN("txt"));
    if (!span_split(rest, '=', &word, &names)) {
        return true;
    }
    word = span_trim_space(word);
    unsigned char lower[8];
    if (word.len > sizeof lower) {
        *why = "unsupported DNS record type";
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        lower[i] = ascii_lower(word.at[i]);
    }
    q->type = ROWS_FIND(types, span_of(lower, word.len));
    *why = q->type ? NULL : "unsupported DNS record type";
    c->pos = c->in.len - names.len;
    return q->type != NULL;
}

/* The next item of an Exim list; a doubled separator stands for itself. */
static bool item_take(struct cursor *c, unsigned char separator, struct arena *arena, span *item)
{
    if (cursor_at_end(c)) {
        return false;
    }
    unsigned char *at = arena_take(arena, cursor_left(c));
    size_t len = 0;
    unsigned char byte;
    while (cursor_take_any(c, &byte)) {
        if (byte == separator && !cursor_take_byte(c, separator)) {
            break;
        }
        at[len++] = byte;
    }
    *item = span_trim_space(span_of(at, len));
    return true;
}

static void find_all(struct query *q, span names)
{
    struct address address;
    unsigned char separator = ':';
    names = span_trim_space(names);
    if (names.len > 1 && names.at[0] == '<') {
        separator = names.at[1];
        names = span_from(names, 2);
    } else if (q->type->search == SEARCH_ADDRESS && address_parse(names, 0, &address)) {
        find_one(q, names); /* an IPv6 address, and no list */
        return;
    }
    struct cursor c = cursor_of(names);
    for (span name; item_take(&c, separator, q->request->arena, &name);) {
        const char *before = q->deferred;
        find_one(q, name);
        if (q->defer == NEVER) {
            q->deferred = NULL;
        } else if (q->deferred && q->defer == STRICT) {
            return;
        } else if (q->deferred == NULL) {
            q->deferred = before;
        }
    }
}

void lookup_dnsdb_find(struct lookup_search *search, struct lookup_result *result)
{
    struct buf out;
    struct query q = {.request = search->request, .out = &out, .defer = LAX, .dnssec = LAX,
                      .ttl = UINT32_MAX, .secure = true};
    struct arena *arena = search->request->arena;
    struct cursor c = cursor_of(search->key);
    const char *why = NULL;
    cursor_skip_blanks(&c);
    separators_take(&c, &q);
    while (modifier_take(&c, &q, &why)) {
    }
    if (why || !type_take(&c, &q, &why)) {
        lookup_defer(result, why);
        return;
    }
    if (search->request->dns == NULL) {
        lookup_defer(result, "no DNS here");
        return;
    }
    buf_init(&out, VALUE_CEILING);
    find_all(&q, cursor_rest(&c));
    result->dnssec = q.dnssec == NEVER ? "" : q.secure ? "yes" : "no";
    if (buf_full(&out)) {
        lookup_defer(result, "the records are longer than a lookup may give");
    } else if (q.deferred && (out.len == 0 || q.defer == STRICT)) {
        lookup_defer(result, q.deferred);
    } else if (out.len > 0) { /* records without text (a null MX for mxh) are none */
        lookup_found(result, arena_copy(arena, buf_span(&out)));
        result->tainted = true;
        search->keep = (millis)q.ttl * 1000;
    } else {
        search->keep = 0; /* how long an absence holds is the resolver's to know */
    }
    buf_wipe(&out);
}

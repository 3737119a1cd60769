/* check_host() of RFC 7208 section 4, with sections 5 (mechanisms) and 6 (modifiers). Results that stop
   everything (temperror, permerror) leave through `stop`, so that a mechanism says only whether it
   matches. */
#include "ref/seal/spf.h"

#include "ref/mail/address.h"
#include "ref/mail/ascii.h"

enum { NAME_MOST = 253, LABEL_MOST = 63, EXPLANATION_CEILING = 1024, NAME_CEILING = 16384 };

const char *const spf_words[SPF_IS_COUNT] = {
    [SPF_IS_NONE] = "none",           [SPF_IS_NEUTRAL] = "neutral",
    [SPF_IS_PASS] = "pass",           [SPF_IS_FAIL] = "fail",
    [SPF_IS_SOFTFAIL] = "softfail",   [SPF_IS_TEMPERROR] = "temperror",
    [SPF_IS_PERMERROR] = "permerror",
};

struct check {
    const struct spf_question *q;
    struct spf_answer *a;
    unsigned char client[16];
    bool six;
    unsigned terms, voids;       /* so far, over all records */
    millis left;                 /* for questions to come */
    bool stopped;
    enum spf_result stop;        /* once stopped */
    bool validated_known;        /* the client's names were looked for */
    bool nameless;               /* and the DNS has none */
    VEC(span) validated;
};

static const char time_is_over[] = "the time for questions is over"; /* 4.6.4 */

static bool stop(struct check *c, enum spf_result result, const char *why)
{
    if (!c->stopped) {
        c->stopped = true;
        c->stop = result;
        c->a->why = why;
    }
    return false;
}

bool spf_domain_good(span domain)
{
    size_t labels = 0;
    span rest = domain, label;
    if (rest.len > 0 && rest.at[rest.len - 1] == '.') {
        rest = span_first(rest, rest.len - 1);
    }
    if (rest.len == 0 || rest.len > NAME_MOST || rest.at[0] == '[') {
        return false;
    }
    for (bool more = true; more; labels++) {
        more = span_split(rest, '.', &label, &rest);
        if (label.len == 0 || label.len > LABEL_MOST) {
            return false;
        }
        for (size_t i = 0; i < label.len; i++) {
            if (label.at[i] <= ' ' || label.at[i] > '~') {
                return false;
            }
        }
    }
    return labels >= 2;
}

/* --- questions ------------------------------------------------------------------------------------ */

/* False: the DNS did not answer. The answer's outcome is one of the other three. */
static bool ask(struct check *c, span name, enum dns_type type, struct dns_answer *answer)
{
    return dns_ask_left(c->q->dns, name, type, &c->left, c->q->arena, answer);
}

/* Always false: what says nothing matches nothing. */
static bool void_count(struct check *c)
{
    return ++c->voids > SPF_VOID_MOST &&
           stop(c, SPF_IS_PERMERROR, "more than 2 questions without an answer");
}

/* The same, and without an answer the check ends. */
static bool ask_or_stop(struct check *c, span name, enum dns_type type, struct dns_answer *answer)
{
    return ask(c, name, type, answer) ||
           stop(c, SPF_IS_TEMPERROR, c->left > 0 ? "the DNS does not answer" : time_is_over);
}

/* The same for a term: answers that say nothing are counted. */
static bool term_ask(struct check *c, span name, enum dns_type type, struct dns_answer *answer)
{
    return ask_or_stop(c, name, type, answer) && (answer->outcome == DNS_FOUND || void_count(c));
}

static bool term_count(struct check *c)
{
    return ++c->terms <= SPF_TERMS_MOST ||
           stop(c, SPF_IS_PERMERROR, "more than 10 terms that ask the DNS");
}

/* --- the client ----------------------------------------------------------------------------------- */

static bool bits_agree(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    unsigned char mask = (unsigned char)(0xff00U >> rest);
    return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

/* One of the addresses of the client's family that were asked for. */
static bool addresses_agree(const struct check *c, const struct dns_answer *answer,
                            const struct spf_term *term)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (bits_agree(c->client, answer->at[i].rdata.at, c->six ? term->bits6 : term->bits4)) {
            return true;
        }
    }
    return false;
}

static enum dns_type address_type(const struct check *c)
{
    return c->six ? DNS_AAAA : DNS_A;
}

/* --- names of the client (5.5) -------------------------------------------------------------------- */

/* Whoever owns the address wrote its names, so an error of the DNS with them is nobody's (5.5);
   only the time that they take is the check's. */
static void validated_find(struct check *c)
{
    static const struct spf_term exact = {.bits4 = 32, .bits6 = 128};
    struct dns_answer names, back;
    c->validated_known = true;
    if (!ask(c, dns_reverse_name(&c->q->client, c->q->arena), DNS_PTR, &names)) {
        return;
    }
    c->nameless = names.outcome != DNS_FOUND;
    for (size_t i = 0; i < names.count && i < SPF_NAMES_MOST; i++) {
        if (spf_domain_good(names.at[i].name) &&
            ask(c, names.at[i].name, address_type(c), &back) &&
            addresses_agree(c, &back, &exact)) {
            vec_add(c->q->arena, &c->validated, names.at[i].name);
        }
    }
}

static span undotted(span name)
{
    return name.len > 0 && name.at[name.len - 1] == '.' ? span_first(name, name.len - 1) : name;
}

static bool is_within(span name, span domain)
{
    return mail_domain_below(undotted(name), undotted(domain));
}

/* %{p}: the domain itself, else one below it, else any. */
static span validated_name(void *context, span domain)
{
    struct check *c = context;
    span best = SPAN("unknown");
    if (!c->validated_known && term_count(c)) {
        validated_find(c);
        (void)(c->nameless && void_count(c));
    }
    for (size_t i = 0; i < c->validated.count; i++) {
        span name = undotted(c->validated.at[i]);
        if (span_eq_caseless(name, undotted(domain))) {
            return name;
        }
        bool better = is_within(name, domain) && !is_within(best, domain);
        best = i == 0 || better ? name : best;
    }
    return best;
}

/* --- names in terms ------------------------------------------------------------------------------- */

static void macro_expand(struct check *c, span text, span domain, struct buf *out)
{
    struct spf_macros m = {.sender = c->a->sender, .domain = domain, .client = &c->q->client,
                           .helo = c->q->helo, .receiver = c->q->receiver, .now = c->q->now,
                           .validated = validated_name, .context = c};
    spf_macro_put(&m, text, out);
}

/* The <target-name> of a term (4.8). False: it can be no name. */
static bool target_make(struct check *c, span spec, span domain, span *target)
{
    struct buf name;
    if (spec.len == 0) {
        *target = domain;
        return true;
    }
    buf_init(&name, NAME_CEILING);
    macro_expand(c, spec, domain, &name);
    span text = undotted(buf_span(&name));
    while (text.len > NAME_MOST) { /* 7.3: labels on the left go */
        size_t dot = span_find_byte(text, '.');
        text = dot == SPAN_NONE ? SPAN_EMPTY : span_from(text, dot + 1);
    }
    *target = arena_copy(c->q->arena, text);
    bool good = !c->stopped && !buf_full(&name) && spf_domain_good(text);
    buf_wipe(&name);
    return good;
}

/* --- mechanisms ----------------------------------------------------------------------------------- */

static enum spf_result host_check(struct check *c, span domain, bool top);

static bool matches_a(struct check *c, const struct spf_term *term, span target)
{
    struct dns_answer answer;
    return term_ask(c, target, address_type(c), &answer) && addresses_agree(c, &answer, term);
}

/* The mail hosts in their order; the eleventh is one too many (4.6.4). */
static bool matches_mx(struct check *c, const struct spf_term *term, span target)
{
    struct dns_answer answer, address;
    if (!term_ask(c, target, DNS_MX, &answer)) {
        return false;
    }
    bool *seen = arena_take_array(c->q->arena, answer.count + 1, sizeof *seen);
    for (size_t n = 0; n < answer.count; n++) {
        size_t best = SPAN_NONE;
        for (size_t i = 0; i < answer.count; i++) {
            if (!seen[i] && (best == SPAN_NONE ||
                             answer.at[i].preference < answer.at[best].preference)) {
                best = i;
            }
        }
        seen[best] = true;
        if (n == SPF_NAMES_MOST) {
            return stop(c, SPF_IS_PERMERROR, "more than 10 mail hosts");
        }
        if (term_ask(c, answer.at[best].name, address_type(c), &address) &&
            addresses_agree(c, &address, term)) {
            return true;
        }
        if (c->stopped) {
            return false;
        }
    }
    return false;
}

static bool matches_ptr(struct check *c, span target)
{
    if (!c->validated_known) {
        validated_find(c);
    }
    if (c->nameless) {
        return void_count(c);
    }
    for (size_t i = 0; i < c->validated.count; i++) {
        if (is_within(c->validated.at[i], target)) {
            return true;
        }
    }
    return c->left <= 0 && stop(c, SPF_IS_TEMPERROR, time_is_over);
}

/* 5.2; an error has stopped everything. */
static bool matches_include(struct check *c, span target)
{
    enum spf_result result = host_check(c, target, false);
    return result == SPF_IS_PASS ||
           (result == SPF_IS_NONE &&
            stop(c, SPF_IS_PERMERROR, "include names a domain without a record"));
}

static bool matches_network(const struct check *c, const struct spf_term *t)
{
    bool six = t->mechanism == SPF_IP6;
    return c->six == six && bits_agree(c->client, t->network, six ? t->bits6 : t->bits4);
}

static bool asks_dns(enum spf_mechanism mechanism)
{
    return mechanism != SPF_ALL && mechanism != SPF_IP4 && mechanism != SPF_IP6;
}

static bool matches(struct check *c, const struct spf_term *term, span domain)
{
    struct dns_answer answer;
    span target = domain;
    if (asks_dns(term->mechanism)) {
        if (!term_count(c)) {
            return false;
        }
        if (!target_make(c, term->domain, domain, &target)) {
            return term->mechanism == SPF_INCLUDE && !c->stopped
                       ? stop(c, SPF_IS_PERMERROR, "include names no domain")
                       : false;
        }
    }
    switch (term->mechanism) {
    case SPF_ALL:
        return true;
    case SPF_INCLUDE:
        return matches_include(c, target);
    case SPF_A:
        return matches_a(c, term, target);
    case SPF_MX:
        return matches_mx(c, term, target);
    case SPF_PTR:
        return matches_ptr(c, target);
    case SPF_IP4:
    case SPF_IP6:
        return matches_network(c, term);
    case SPF_EXISTS:
        return term_ask(c, target, DNS_A, &answer);
    }
    return false;
}

/* --- records -------------------------------------------------------------------------------------- */

/* 4.4, 4.5: the one record of the domain. False: there is none, or the check has stopped. */
static bool record_find(struct check *c, span domain, bool top, span *text)
{
    struct dns_answer answer;
    size_t count = 0;
    if (!ask_or_stop(c, domain, DNS_TXT, &answer)) {
        return false;
    }
    for (size_t i = 0; i < answer.count; i++) {
        if (spf_is_record(answer.at[i].text)) {
            *text = answer.at[i].text;
            count++;
        }
    }
    if (count > 1) {
        return stop(c, SPF_IS_PERMERROR, "the domain has several records");
    }
    if (count == 0 && top && c->q->guess.len > 0) {
        c->a->guessed = true;
        *text = c->q->guess;
        return true;
    }
    return count == 1;
}

/* 6.2: of the record that failed, one TXT record, expanded; nothing where that is not to be had. */
static void explain(struct check *c, span spec, span domain)
{
    struct dns_answer answer;
    struct buf text;
    span target, found = SPAN_EMPTY;
    unsigned terms = c->terms, voids = c->voids;
    c->terms = c->voids = 0; /* the verdict is there, and %{p} in the text must not change it */
    if (spec.len > 0 && target_make(c, spec, domain, &target) &&
        ask(c, target, DNS_TXT, &answer) && answer.count == 1 &&
        spf_macro_good(answer.at[0].text, true)) {
        found = answer.at[0].text;
    }
    if (found.len == 0 && spf_macro_good(c->q->explanation, true)) {
        found = c->q->explanation;
    }
    buf_init(&text, EXPLANATION_CEILING);
    macro_expand(c, found, domain, &text);
    c->a->explanation = arena_copy(c->q->arena, buf_span(&text));
    for (size_t i = 0; i < text.len; i++) { /* a reply is ASCII, and %{h} may be anything */
        if (text.at[i] < ' ' || text.at[i] > '~') {
            c->a->explanation = SPAN_EMPTY;
        }
    }
    c->terms = terms;
    c->voids = voids;
    buf_wipe(&text);
}

static enum spf_result redirect(struct check *c, span spec, span domain, bool top)
{
    span target;
    if (!term_count(c)) {
        return SPF_IS_PERMERROR;
    }
    enum spf_result result = SPF_IS_NONE;
    if (target_make(c, spec, domain, &target)) {
        result = host_check(c, target, top);
    }
    if (result == SPF_IS_NONE) { /* 6.1 */
        (void)stop(c, SPF_IS_PERMERROR, "redirect names a domain without a record");
    }
    return result;
}

static enum spf_result record_check(struct check *c, const struct spf_record *record, span domain,
                                    bool top)
{
    for (size_t i = 0; i < record->terms.count; i++) {
        const struct spf_term *term = &record->terms.at[i];
        bool match = matches(c, term, domain);
        if (c->stopped) {
            return c->stop;
        }
        if (match && top) {
            c->a->mechanism = arena_copy(c->q->arena, term->text);
        }
        if (match) {
            if (top && term->result == SPF_IS_FAIL) {
                explain(c, record->exp, domain);
            }
            return term->result;
        }
    }
    if (record->redirect.len > 0) {
        return redirect(c, record->redirect, domain, top);
    }
    return SPF_IS_NEUTRAL;
}

/* top: the domain that is asked about, or where redirect led from it; its explanation counts. */
static enum spf_result host_check(struct check *c, span domain, bool top)
{
    span text = SPAN_EMPTY;
    struct spf_record record;
    const char *why;
    if (!spf_domain_good(domain)) {
        return SPF_IS_NONE;
    }
    bool first = c->terms == 0;
    if (!record_find(c, domain, top && first, &text)) {
        return c->stopped ? c->stop : SPF_IS_NONE;
    }
    if (!spf_record_read(text, c->q->arena, &record, &why)) {
        (void)stop(c, SPF_IS_PERMERROR, why);
        return c->stop;
    }
    c->a->record = first && top ? text : c->a->record;
    enum spf_result result = record_check(c, &record, domain, top);
    return c->stopped ? c->stop : result;
}

/* --- all of it ------------------------------------------------------------------------------------ */

void spf_check(const struct spf_question *q, struct spf_answer *a)
{
    struct check c = {.q = q, .a = a, .left = q->together};
    size_t at = mail_at_sign(q->sender);
    span named = q->sender.len == 0 ? q->helo
                 : at == SPAN_NONE  ? q->sender
                                    : span_from(q->sender, at + 1);
    /* 4.3: U-labels are asked for as A-labels. What has no such form stays, and is no domain. */
    span domain = mail_domain_in_ascii(named, q->arena);
    span local = at == SPAN_NONE || at == 0 ? SPAN("postmaster") : span_first(q->sender, at);
    *a = (struct spf_answer){.of_helo = q->sender.len == 0, .domain = domain, .why = "",
                             .record = SPAN_EMPTY, .mechanism = SPAN_EMPTY,
                             .explanation = SPAN_EMPTY};
    a->sender = span_text(arena_printf(q->arena, "%.*s@%.*s", SPAN_FMT(local), SPAN_FMT(domain)));
    size_t octets = address_octets_narrow(c.client, address_octets(&q->client, c.client));
    c.six = octets == 16;
    if (octets == 0) {
        a->result = SPF_IS_PERMERROR;
        a->why = "the client has no address";
        return;
    }
    a->result = host_check(&c, domain, true);
    if (a->result == SPF_IS_NONE) {
        a->why = spf_domain_good(domain) ? "the domain has no record" : "there is no domain to ask";
    }
}

/* Records of SPF. One that has a mistake anywhere is no record (RFC 7208 4.6), so it is read whole
   before the first of its terms is looked at. */
#include "ref/seal/spf.h"

#include <arpa/inet.h>

/* What may stand behind a mechanism's name. */
enum argument { ARG_NONE, ARG_DOMAIN, ARG_DOMAIN_CIDR, ARG_DOMAIN_MAYBE, ARG_NETWORK4, ARG_NETWORK6 };

static const struct {
    const char *name;
    enum argument argument;
} mechanisms[] = {
    [SPF_ALL] = {"all", ARG_NONE},         [SPF_INCLUDE] = {"include", ARG_DOMAIN},
    [SPF_A] = {"a", ARG_DOMAIN_CIDR},      [SPF_MX] = {"mx", ARG_DOMAIN_CIDR},
    [SPF_PTR] = {"ptr", ARG_DOMAIN_MAYBE}, [SPF_IP4] = {"ip4", ARG_NETWORK4},
    [SPF_IP6] = {"ip6", ARG_NETWORK6},     [SPF_EXISTS] = {"exists", ARG_DOMAIN},
};
enum { MECHANISM_COUNT = sizeof mechanisms / sizeof *mechanisms };

static const struct {
    unsigned char sign;
    enum spf_result result;
} qualifiers[] = {
    {'+', SPF_IS_PASS}, {'-', SPF_IS_FAIL}, {'~', SPF_IS_SOFTFAIL}, {'?', SPF_IS_NEUTRAL},
};

static const char version[] = "v=spf1";

bool spf_is_record(span text)
{
    size_t len = strlen(version);
    return span_starts_caseless(text, span_text(version)) &&
           (text.len == len || text.at[len] == ' ');
}

/* --- parts ---------------------------------------------------------------------------------------- */

/* toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool is_toplabel(span label)
{
    bool digits = true;
    for (size_t i = 0; i < label.len; i++) {
        unsigned char c = label.at[i];
        if (!ascii_is_alnum(c) && (c != '-' || i == 0 || i == label.len - 1)) {
            return false;
        }
        digits = digits && ascii_is_digit(c);
    }
    return label.len > 0 && !digits;
}

/* domain-spec = macro-string domain-end; domain-end = ( "." toplabel [ "." ] ) / macro-expand */
static bool is_domain_spec(span text)
{
    if (text.len == 0 || !spf_macro_good(text, false)) {
        return false;
    }
    span in = text;
    if (in.at[in.len - 1] == '.') {
        in = span_first(in, in.len - 1);
    }
    size_t dot = span_find_last_byte(in, '.');
    if (dot != SPAN_NONE && is_toplabel(span_from(in, dot + 1))) {
        return true;
    }
    return !spf_macro_good(span_first(text, text.len - 1), false); /* a macro stands at the end */
}

/* The mark and a number without zeros in front are cut off the end of the text, if they stand there. False: it is
   no such number. */
static bool cidr_cut(span *text, const char *mark, unsigned most, unsigned *bits)
{
    size_t digits = 0, len = strlen(mark);
    uint64_t n;
    while (digits < text->len && ascii_is_digit(text->at[text->len - 1 - digits])) {
        digits++;
    }
    span number = span_from(*text, text->len - digits), before = span_first(*text, text->len - digits);
    if (digits == 0 || !span_ends(before, span_text(mark))) {
        return true;
    }
    if (!span_to_u64(number, &n) || n > most || (digits > 1 && number.at[0] == '0')) {
        return false;
    }
    *bits = (unsigned)n;
    *text = span_first(before, before.len - len);
    return true;
}

static bool network_read(span text, bool six, struct spf_term *term)
{
    char host[INET6_ADDRSTRLEN];
    if (!cidr_cut(&text, "/", six ? 128 : 32, six ? &term->bits6 : &term->bits4) ||
        text.len >= sizeof host || span_find_byte(text, '\0') != SPAN_NONE) {
        return false;
    }
    memcpy(host, text.at, text.len);
    host[text.len] = '\0';
    return inet_pton(six ? AF_INET6 : AF_INET, host, term->network) == 1;
}

/* --- terms ---------------------------------------------------------------------------------------- */

/* What stands behind the name, the ":" included. */
static bool argument_read(enum argument kind, span rest, struct spf_term *term)
{
    if (kind == ARG_DOMAIN_CIDR &&
        (!cidr_cut(&rest, "//", 128, &term->bits6) || !cidr_cut(&rest, "/", 32, &term->bits4))) {
        return false;
    }
    if (rest.len == 0) {
        return kind == ARG_NONE || kind == ARG_DOMAIN_CIDR || kind == ARG_DOMAIN_MAYBE;
    }
    if (rest.at[0] != ':' || kind == ARG_NONE) {
        return false;
    }
    rest = span_from(rest, 1);
    if (kind == ARG_NETWORK4 || kind == ARG_NETWORK6) {
        return network_read(rest, kind == ARG_NETWORK6, term);
    }
    term->domain = rest;
    return is_domain_spec(rest);
}

static bool mechanism_read(span text, struct spf_term *term)
{
    span in = text;
    *term = (struct spf_term){.result = SPF_IS_PASS, .bits4 = 32, .bits6 = 128, .text = text,
                              .domain = SPAN_EMPTY};
    for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++) {
        if (text.at[0] == qualifiers[i].sign) {
            term->result = qualifiers[i].result;
            in = span_from(text, 1);
        }
    }
    size_t end = 0;
    while (end < in.len && in.at[end] != ':' && in.at[end] != '/') {
        end++;
    }
    for (unsigned i = 0; i < MECHANISM_COUNT; i++) {
        if (span_eq_caseless(span_first(in, end), span_text(mechanisms[i].name))) {
            term->mechanism = (enum spf_mechanism)i;
            return argument_read(mechanisms[i].argument, span_from(in, end), term);
        }
    }
    return false;
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), before a "=" */
static bool modifier_split(span text, span *name, span *value)
{
    if (!span_split(text, '=', name, value) || name->len == 0 || !ascii_is_alpha(name->at[0])) {
        return false;
    }
    for (size_t i = 0; i < name->len; i++) {
        unsigned char c = name->at[i];
        if (!ascii_is_alnum(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return true;
}

/* redirect and exp once each (section 6); others are let pass, if they are macro-strings. */
static const char *modifier_read(span name, span value, struct spf_record *record)
{
    bool redirect = span_eq_caseless(name, SPAN("redirect"));
    bool exp = span_eq_caseless(name, SPAN("exp"));
    if (!redirect && !exp) {
        return spf_macro_good(value, true) ? NULL : "a modifier's value is no macro-string";
    }
    span *place = redirect ? &record->redirect : &record->exp;
    if (place->len > 0) {
        return "a modifier stands there twice";
    }
    *place = value;
    return is_domain_spec(value) ? NULL : "a modifier names no domain";
}

static const char *term_read(span text, struct arena *arena, struct spf_record *record)
{
    struct spf_term term;
    span name, value;
    if (modifier_split(text, &name, &value)) {
        return modifier_read(name, value, record);
    }
    if (!mechanism_read(text, &term)) {
        return "a term cannot be read";
    }
    vec_add(arena, &record->terms, term);
    return NULL;
}

bool spf_record_read(span text, struct arena *arena, struct spf_record *record, const char **why)
{
    *record = (struct spf_record){.redirect = SPAN_EMPTY, .exp = SPAN_EMPTY};
    *why = !spf_is_record(text)            ? "it does not begin with v=spf1"
           : text.len > SPF_RECORD_MOST ? "the record is too long"
                                           : NULL;
    span rest = span_from(text, strlen(version));
    while (*why == NULL && rest.len > 0) {
        span word;
        (void)span_split(rest, ' ', &word, &rest);
        if (word.len > 0) {
            *why = term_read(word, arena, record);
        }
    }
    return *why == NULL;
}

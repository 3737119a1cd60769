/* Records of DMARC. Only the version and the policies can make a record useless; everything else that
   is wrong counts as not said (RFC 7489 6.3, RFC 9989 4.8), so this reader is more forgiving than that of
   tag lists in signatures. */
#include "ref/seal/dmarc.h"

#include "base/hex.h"
#include "ref/mail/address.h"

const char *const dmarc_policies[] = {
    [DMARC_IS_UNSET] = "",
    [DMARC_IS_NONE] = "none",
    [DMARC_IS_QUARANTINE] = "quarantine",
    [DMARC_IS_REJECT] = "reject",
};
enum { POLICY_COUNT = sizeof dmarc_policies / sizeof *dmarc_policies };

/* --- tags ----------------------------------------------------------------------------------------- */

static bool tag_take(span *rest, span *name, span *value)
{
    span tag;
    if (rest->len == 0) {
        return false;
    }
    (void)span_split(*rest, ';', &tag, rest);
    *value = SPAN_EMPTY;
    (void)span_split(tag, '=', name, value);
    *name = span_trim_space(*name);
    *value = span_trim_space(*value);
    return true;
}

bool dmarc_is_record(span text)
{
    span name, value;
    return text.len > 0 && text.at[0] == 'v' && tag_take(&text, &name, &value) &&
           span_eq(name, SPAN("v")) && span_eq(value, SPAN("DMARC1"));
}

static enum dmarc_policy policy_of(span value)
{
    for (unsigned i = DMARC_IS_NONE; i < POLICY_COUNT; i++) {
        if (span_eq_caseless(value, span_text(dmarc_policies[i]))) {
            return (enum dmarc_policy)i;
        }
    }
    return DMARC_IS_UNSET;
}

/* "0:d"; 0 and 1 shut each other out (N4.7): 0 then. */
static unsigned failure_options(span value)
{
    static const char letters[] = "01ds";
    unsigned bits = 0;
    span one;
    for (bool more = value.len > 0; more;) {
        more = span_split(value, ':', &one, &value);
        one = span_trim(one);
        const char *at = one.len == 1 && one.at[0] != 0
                             ? strchr(letters, ascii_lower(one.at[0])) : NULL;
        bits |= at != NULL ? 1U << (at - letters) : 0;
    }
    if ((bits & DMARC_FO_ALL) != 0) {
        bits &= ~(unsigned)DMARC_FO_ANY;
    }
    return bits != 0 ? bits : DMARC_FO_ALL;
}

static bool has_uri(span list)
{
    span uri;
    return dmarc_uri_next(&list, &uri);
}

/* p has to be the second tag under RFC 7489 (its 6.4). */
static void policy_tag(struct dmarc_record *r, span name, span value, bool second, bool *had_p)
{
    enum dmarc_policy policy = policy_of(value);
    if (span_eq(name, SPAN("p"))) {
        r->p = second ? policy : DMARC_IS_UNSET;
        *had_p = r->p != DMARC_IS_UNSET;
    } else if (span_eq(name, SPAN("sp"))) {
        r->sp = policy;
        r->flawed = r->flawed || policy == DMARC_IS_UNSET;
    } else {
        r->np = policy;
        r->flawed = r->flawed || policy == DMARC_IS_UNSET;
    }
}

static void other_tag(struct dmarc_record *r, span name, span value, bool walk)
{
    uint64_t number;
    bool one = value.len == 1;
    unsigned char c = one ? ascii_lower(value.at[0]) : 0;
    if (span_eq(name, SPAN("adkim"))) {
        r->strict_dkim = c == 's';
    } else if (span_eq(name, SPAN("aspf"))) {
        r->strict_spf = c == 's';
    } else if (span_eq(name, SPAN("pct")) && !walk) {
        r->pct = span_to_u64(value, &number) && number <= 100 ? (unsigned)number : 100;
    } else if (span_eq(name, SPAN("fo"))) {
        r->fo = failure_options(value);
    } else if (span_eq(name, SPAN("t")) && walk) {
        r->testing = c == 'y';
    } else if (span_eq(name, SPAN("psd")) && walk) {
        r->psd = c == 'y' || c == 'n' ? (char)c : 'u';
    } else if (span_eq(name, SPAN("rua"))) {
        r->rua = has_uri(value) ? value : SPAN_EMPTY;
    } else if (span_eq(name, SPAN("ruf"))) {
        r->ruf = has_uri(value) ? value : SPAN_EMPTY;
    }
}

void dmarc_record_read(span text, bool walk, struct dmarc_record *record)
{
    span name, value;
    bool had_p = false;
    *record = (struct dmarc_record){.pct = 100, .fo = DMARC_FO_ALL, .psd = 'u', .rua = SPAN_EMPTY,
                                    .ruf = SPAN_EMPTY};
    for (size_t i = 0; tag_take(&text, &name, &value); i++) {
        bool policy = span_eq(name, SPAN("p")) || span_eq(name, SPAN("sp")) ||
                      (walk && span_eq(name, SPAN("np")));
        if (policy) {
            policy_tag(record, name, value, walk || i == 1, &had_p);
        } else {
            other_tag(record, name, value, walk);
        }
    }
    record->flawed = record->flawed || !had_p;
}

/* --- URIs ----------------------------------------------------------------------------------------- */

/* scheme ":" 1*printing, which is what we need of RFC 3986. */
static bool is_uri(span text)
{
    size_t colon = span_find_byte(text, ':');
    if (colon == SPAN_NONE || colon + 1 >= text.len || !ascii_is_alpha(text.at[0])) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        bool scheme = ascii_is_alnum(c) || c == '+' || c == '-' || c == '.';
        if (c <= ' ' || c > '~' || (i < colon && !scheme)) {
            return false;
        }
    }
    return true;
}

bool dmarc_uri_next(span *list, span *uri)
{
    while (list->len > 0) {
        span one;
        (void)span_split(*list, ',', &one, list);
        (void)span_split(span_trim_space(one), '!', uri, &one); /* a size, which nobody heeds */
        if (is_uri(*uri)) {
            return true;
        }
    }
    return false;
}

bool dmarc_uri_address(span uri, struct arena *arena, span *address)
{
    struct mail_address a;
    span text, query;
    if (!span_starts_caseless(uri, SPAN("mailto:"))) {
        return false;
    }
    (void)span_split(span_from(uri, 7), '?', &text, &query);
    unsigned char *at = arena_take(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int high = i + 2 < text.len ? ascii_hex_value(text.at[i + 1]) : -1;
        int low = i + 2 < text.len ? ascii_hex_value(text.at[i + 2]) : -1;
        bool coded = text.at[i] == '%' && high >= 0 && low >= 0;
        at[len++] = coded ? (unsigned char)(high * 16 + low) : text.at[i];
        i += coded ? 2 : 0;
    }
    *address = span_of(at, len);
    return !failed(mail_mailbox_parse(*address, false, &a)) && a.kind == MAIL_DOMAIN_NAME;
}

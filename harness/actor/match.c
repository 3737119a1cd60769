/* Comparing what came with what is written. Codes, enhanced status and keywords are compared, free
   text is not: RFC 5321 4.2 leaves it to the server. */
#include "harness/actor/match.h"

#include "base/buf.h"
#include "base/hex.h"

#include <string.h>

static const char *const relation_words[REL_COUNT] = {"=", "!=", "<", "<=", ">", ">="};

/* ---- codes ---- */

static bool digits_fit(const struct reply_code *c, const struct reply *r)
{
    for (size_t i = 0; i < 3; i++) {
        if (c->digits[i] != 'x' && c->digits[i] != r->digits[i]) {
            return false;
        }
    }
    return true;
}

static bool code_fits(const struct reply_want *w, const struct reply *r)
{
    bool fits = false;
    bool positive = false;
    for (size_t i = 0; i < w->codes.count; i++) {
        const struct reply_code *c = &w->codes.at[i];
        if (c->negated && digits_fit(c, r)) {
            return false;
        }
        positive = positive || !c->negated;
        fits = fits || (!c->negated && digits_fit(c, r));
    }
    return fits || !positive;
}

static bool status_fits(const char *status, const struct reply *r)
{
    span want = span_text(status);
    for (size_t i = 0; i < r->lines.count; i++) {
        span line = r->lines.at[i];
        if (!span_starts(line, want) || (line.len > want.len && line.at[want.len] != ' ')) {
            return false;
        }
    }
    return true;
}

/* ---- EHLO keywords ---- */

static bool number_fits(enum relation relation, uint64_t have, uint64_t want)
{
    const bool fits[REL_COUNT] = {
        [REL_EQ] = have == want, [REL_NE] = have != want, [REL_LT] = have < want,
        [REL_LE] = have <= want, [REL_GT] = have > want,  [REL_GE] = have >= want,
    };
    return fits[relation];
}

static bool has_word(span words, const char *word)
{
    span head;
    while (words.len > 0) {
        (void)span_split(words, ' ', &head, &words);
        if (span_eq_caseless(head, span_text(word))) {
            return true;
        }
    }
    return false;
}

/* One keyword line against one item. */
static bool line_fits(const struct offer_item *item, span line)
{
    span keyword;
    span parameters;
    (void)span_split(line, ' ', &keyword, &parameters);
    bool named = false;
    for (size_t i = 0; i < item->words.count; i++) {
        named = named || span_eq_caseless(keyword, span_text(item->words.at[i]));
    }
    if (!named) {
        return false;
    }
    uint64_t number = 0;
    if (item->has_relation && (!span_to_u64(span_trim(parameters), &number) ||
                               !number_fits(item->relation, number, item->number))) {
        return false;
    }
    for (size_t i = 0; i < item->arguments.count; i++) {
        if (!has_word(parameters, item->arguments.at[i])) {
            return false;
        }
    }
    return true;
}

static bool item_fits(const struct offer_item *item, const struct reply *r)
{
    bool found = false;
    for (size_t i = 1; i < r->lines.count; i++) {
        found = found || line_fits(item, r->lines.at[i]);
    }
    return found != item->absent;
}

static void put_item(const struct offer_item *item, struct buf *out)
{
    buf_put_text(out, item->absent ? "!" : "");
    for (size_t i = 0; i < item->words.count; i++) {
        buf_printf(out, "%s%s", i > 0 ? "|" : "", item->words.at[i]);
    }
    if (item->has_relation) {
        buf_printf(out, " %s %llu", relation_words[item->relation],
                   (unsigned long long)item->number);
    }
    for (size_t i = 0; i < item->arguments.count; i++) {
        buf_printf(out, " %s", item->arguments.at[i]);
    }
}

static const char *offer_misses(const struct reply_want *w, const struct reply *r,
                                struct arena *arena)
{
    for (size_t i = 0; i < w->offer.count; i++) {
        if (item_fits(&w->offer.at[i], r)) {
            continue;
        }
        struct buf text;
        buf_init(&text, 4096);
        put_item(&w->offer.at[i], &text);
        const char *why =
            arena_printf(arena, "the keywords do not fit: %.*s", SPAN_FMT(buf_span(&text)));
        buf_wipe(&text);
        return why;
    }
    return NULL;
}

/* ---- the whole reply ---- */

static bool text_fits(const struct reply_want *w, const struct reply *r, struct bindings *b)
{
    struct buf all;
    buf_init(&all, SIZE_MAX);
    for (size_t i = 0; i < r->lines.count; i++) {
        buf_put_text(&all, i > 0 ? "\n" : "");
        buf_put(&all, r->lines.at[i]);
    }
    size_t at;
    size_t len;
    bool found = pattern_found(w->text, buf_span(&all), b, &at, &len);
    buf_wipe(&all);
    return found;
}

const char *match_reply(const struct reply_want *w, const struct reply *r, struct bindings *b,
                        struct arena *arena)
{
    if (w->any) {
        return NULL;
    }
    if (!code_fits(w, r)) {
        return "another code";
    }
    if (w->status != NULL && !status_fits(w->status, r)) {
        return arena_printf(arena, "not the enhanced status %s on each line", w->status);
    }
    const char *why = offer_misses(w, r, arena);
    if (why != NULL) {
        return why;
    }
    if (w->text != NULL && !text_fits(w, r, b)) {
        return arena_printf(arena, "the text does not contain %s", pattern_source(w->text));
    }
    return NULL;
}

const char *match_reply_text(const struct reply_want *w, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 64 * 1024);
    buf_put_text(&out, w->any ? "any reply" : "");
    for (size_t i = 0; i < w->codes.count; i++) {
        const struct reply_code *c = &w->codes.at[i];
        buf_printf(&out, "%s%s%.3s", i > 0 ? "|" : "", c->negated ? "!" : "", c->digits);
    }
    if (w->status != NULL) {
        buf_printf(&out, " %s", w->status);
    }
    for (size_t i = 0; i < w->offer.count; i++) {
        buf_put_text(&out, i > 0 ? ", " : " { ");
        put_item(&w->offer.at[i], &out);
    }
    buf_put_text(&out, w->offer.count > 0 ? " }" : "");
    if (w->text != NULL) {
        buf_printf(&out, " ~ %s", pattern_source(w->text));
    }
    return buf_settle_text(&out, arena);
}

const char *match_octets_text(span octets, struct arena *arena)
{
    enum { SHOWN = 200 };
    struct buf out;
    buf_init(&out, 16 * SHOWN);
    span shown = span_ends(octets, SPAN("\r\n")) ? span_first(octets, octets.len - 2) : octets;
    hex_escape(span_first(shown, SHOWN), &out);
    if (shown.len > SHOWN) {
        buf_printf(&out, "... (%zu octets)", octets.len);
    }
    return buf_settle_text(&out, arena);
}

/* ---- mail ---- */

/* Takes the next header field, its continuation lines included, off *rest. False at the empty line
   (taken too) or at the end. */
static bool next_field(span *rest, span *field)
{
    if (span_starts(*rest, SPAN("\r\n"))) {
        *rest = span_from(*rest, 2);
        return false;
    }
    size_t len = 0;
    do {
        size_t end = span_find(span_from(*rest, len), SPAN("\r\n"));
        len = end == SPAN_NONE ? rest->len : len + end + 2;
    } while (len < rest->len && ascii_is_blank(rest->at[len]));
    *field = span_first(*rest, len);
    *rest = span_from(*rest, len);
    return field->len > 0;
}

/* Names caselessly (RFC 5322 1.2.2), values to the octet. *named: the last of that name. */
static bool field_fits(span wanted, span got, span *named)
{
    span name_wanted;
    span name_got;
    span value_wanted;
    span value_got;
    (void)span_split(wanted, ':', &name_wanted, &value_wanted);
    (void)span_split(got, ':', &name_got, &value_got);
    if (!span_eq_caseless(name_wanted, name_got)) {
        return false;
    }
    *named = got;
    return span_eq(value_wanted, value_got);
}

const char *match_mail(span *wanted, span *got, struct arena *arena)
{
    span want_rest = *wanted;
    span got_rest = *got;
    span want_field;
    span got_field = SPAN_EMPTY;
    while (next_field(&want_rest, &want_field)) {
        bool found = false;
        span behind = got_rest;
        span named = SPAN_EMPTY;
        while (!found && next_field(&got_rest, &got_field)) {
            found = field_fits(want_field, got_field, &named);
        }
        if (!found) {
            *wanted = want_field;
            *got = named.len > 0 ? named : span_first(behind, behind.len - got_rest.len);
            return arena_printf(arena, "the field is not there, or not in its place: %s",
                                match_octets_text(want_field, arena));
        }
    }
    while (next_field(&got_rest, &got_field)) {
    }
    /* What is said as mail data always ends with CRLF, whatever the section does. */
    bool same = span_eq(want_rest, got_rest) ||
                (span_starts(got_rest, want_rest) &&
                 span_eq(span_from(got_rest, want_rest.len), SPAN("\r\n")) &&
                 !span_ends(want_rest, SPAN("\r\n")));
    if (same) {
        return NULL;
    }
    *wanted = want_rest;
    *got = got_rest;
    return "another body";
}

const char *match_unbound(const struct pattern *p, const struct bindings *b, struct arena *arena)
{
    const char *at = pattern_source(p);
    while ((at = strstr(at, "@{")) != NULL) {
        at += 2;
        size_t len = strcspn(at, ":}");
        span value;
        const char *name = arena_text(arena, span_of(at, len));
        if (at[len] == '}' && !bindings_get(b, name, &value)) {
            return name;
        }
    }
    return NULL;
}

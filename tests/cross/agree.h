/* One -H, read by the reference and by the judge, each with its own rules: where they understand it
   both, they understand the same. */
#ifndef TESTS_CROSS_AGREE_H
#define TESTS_CROSS_AGREE_H

#include "base/check.h"
#include "harness/observe/observation.h"
#include "ref/spool/envelope.h"

static span agree_value(const struct spool_rcpt *r, const char *name)
{
    for (size_t i = 0; i < r->params.count; i++) {
        if (strcmp(r->params.at[i].name, name) == 0) {
            return r->params.at[i].value;
        }
    }
    return SPAN_EMPTY;
}

static bool agree_attr(const struct spool_entry *j, const char *name, span value)
{
    for (size_t i = 0; i < j->attrs.count; i++) {
        if (strcmp(j->attrs.at[i].name, name) == 0) {
            return span_eq(j->attrs.at[i].value, value);
        }
    }
    return value.len == 0;
}

/* RFC 3461 4.1: the words are those of the bits. */
static bool agree_notify(unsigned bits, span words)
{
    static const struct {
        const char *word;
        unsigned bit;
    } rows[] = {{"NEVER", DSN_NEVER}, {"SUCCESS", DSN_SUCCESS}, {"FAILURE", DSN_FAILURE},
                {"DELAY", DSN_DELAY}};
    unsigned got = 0;
    for (span word, rest = words; rest.len > 0;) {
        (void)span_split(rest, ',', &word, &rest);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            got |= span_eq(word, span_text(rows[i].word)) ? rows[i].bit : 0U;
        }
    }
    return got == (bits & (DSN_NEVER | DSN_SUCCESS | DSN_FAILURE | DSN_DELAY));
}

/* What differs, or NULL. */
static const char *agree(const struct envelope *r, const struct spool_entry *j)
{
    if (strcmp(r->id, j->id) != 0) {
        return "id";
    }
    if (j->sender.len < 2 || !span_eq(r->sender, span_part(j->sender, 1, j->sender.len - 2))) {
        return "sender";
    }
    if (r->received / NANOS_PER_SECOND != j->arrived) {
        return "time of arrival";
    }
    if (r->recipients.count != j->rcpts.count || r->done.count != j->done.count) {
        return "number of recipients";
    }
    for (size_t i = 0; i < j->rcpts.count; i++) {
        const struct recipient *a = &r->recipients.at[i];
        const struct spool_rcpt *b = &j->rcpts.at[i];
        if (!span_eq(a->address, b->address) || !span_eq(a->orcpt, agree_value(b, "ORCPT")) ||
            !span_eq(a->errors_to, agree_value(b, "ERRORS-TO")) ||
            !agree_notify(a->notify, agree_value(b, "NOTIFY"))) {
            return "a recipient";
        }
    }
    if (!agree_attr(j, "helo_name", r->helo_name) ||
        !agree_attr(j, "received_protocol", r->protocol) ||
        !agree_attr(j, "dsn_envid", r->dsn_envid)) {
        return "a - line";
    }
    size_t fields = 0;
    for (size_t i = 0; i < r->headers.count; i++) {
        const struct header *h = &r->headers.at[i];
        if (h->type == '*') {
            continue;
        }
        if (fields >= j->headers.count ||
            !span_ends(span_first(h->text, h->text.len - 1), j->headers.at[fields].value)) {
            return "a header field";
        }
        fields++;
    }
    return fields == j->headers.count ? NULL : "number of header fields";
}

#endif

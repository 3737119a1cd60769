/* Parts and replacements: substr, length, tr, sg, and the operators that share a name with the
   first two. */
#include "ref/expand/items.h"

#include "ref/expand/numbers.h"
#include "ref/expand/operators.h"
#include "ref/expand/regex.h"

/* count < 0: not given. Then a negative offset means all but that many at the end. */
static span part(span s, long long offset, long long count)
{
    long long len = (long long)s.len;
    if (offset < 0) {
        if (count < 0) {
            count = len + offset;
            offset = 0;
        } else {
            offset += len;
        }
        if (offset < 0) {
            count += offset;
            offset = 0;
        }
        count = count < 0 ? 0 : count;
    } else if (count < 0) {
        count = len;
    }
    return span_part(s, (size_t)offset, (size_t)count);
}

bool item_substr(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3];
    long long offset, count = -1;
    if (!eval_all(item->args, item->count, x, values)) {
        return false;
    }
    if (!number_of_item(values[0].text, &offset)) {
        return eval_fail(x, "\"%.*s\" is not a number (in \"substr\" expansion)",
                         SPAN_FMT(values[0].text));
    }
    if (item->count == 3 && !number_of_count(values[1].text, &count)) {
        return eval_fail(x, "\"%.*s\" is not a positive number (in \"substr\" expansion)",
                         SPAN_FMT(values[1].text));
    }
    const struct value *subject = &values[item->count - 1];
    *out = value_of(part(subject->text, offset, count), subject->tainted);
    return true;
}

bool op_substr(struct expansion *x, const struct operation *op, struct value *value)
{
    long long values[2];
    if (!number_suffix(x, op, 2, true, values)) {
        return false;
    }
    value->text = part(value->text, values[0], values[1]);
    return true;
}

bool item_length(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[2];
    long long count;
    if (!eval_all(item->args, item->count, x, values)) {
        return false;
    }
    if (!number_of_count(values[0].text, &count)) {
        return eval_fail(x, "\"%.*s\" is not a positive number (in \"length\" expansion)",
                         SPAN_FMT(values[0].text));
    }
    *out = value_of(span_first(values[1].text, (size_t)count), values[1].tainted);
    return true;
}

bool op_length(struct expansion *x, const struct operation *op, struct value *value)
{
    long long values[2];
    if (!number_suffix(x, op, 1, false, values)) {
        return false;
    }
    value->text = span_first(value->text, (size_t)values[0]);
    return true;
}

bool item_tr(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3];
    if (!eval_all(item->args, item->count, x, values) || !eval_spend(x, values[0].text.len)) {
        return false;
    }
    span from = values[1].text, to = values[2].text;
    *out = value_of(values[0].text, values[0].tainted || values[2].tainted);
    if (!to.len || !out->text.len) {
        return true;
    }
    unsigned char *at = arena_take(x->arena, out->text.len);
    for (size_t i = 0; i < out->text.len; i++) {
        size_t which = span_find_last_byte(from, out->text.at[i]);
        at[i] = which == SPAN_NONE ? out->text.at[i] : to.at[which < to.len ? which : to.len - 1];
    }
    out->text = span_of(at, out->text.len);
    return true;
}

/* The separator's first octet counts. An item cannot be empty, and is a blank instead. */
bool item_listquote(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[2];
    if (!eval_all(item->args, item->count, x, values)) {
        return false;
    }
    span separator = span_first(values[0].text, 1), rest = values[1].text;
    struct buf quoted;
    buf_init(&quoted, 2 * rest.len + 1);
    for (size_t i = 0; i < rest.len; i++) {
        buf_put_byte(&quoted, rest.at[i]);
        if (separator.len > 0 && rest.at[i] == separator.at[0]) {
            buf_put_byte(&quoted, rest.at[i]);
        }
    }
    if (rest.len == 0) {
        buf_put_byte(&quoted, ' ');
    }
    out->tainted = values[0].tainted || values[1].tainted;
    return eval_take(x, &quoted, &out->text);
}

/* What replaces a match is itself expanded, for each match anew; most are plain text. */
static bool replacement(struct expansion *x, struct value text, const struct template **t)
{
    *t = NULL;
    if (span_find_byte(text.text, '$') == SPAN_NONE &&
        span_find_byte(text.text, '\\') == SPAN_NONE) {
        return true;
    }
    if (text.tainted) {
        return eval_fail(x, "attempt to expand tainted string '%.*s'", SPAN_FMT(text.text));
    }
    err e = template_read(text.text, x->arena, t);
    return !failed(e) || eval_fail(x, "%s", e.what);
}

struct replacing {
    struct regex *regex;
    struct value subject, text;
    const struct template *t;   /* NULL: text as it is */
    bool tainted;
    struct buf out;
};

static bool put_replacement(struct replacing *r, struct expansion *x, const struct regex_hit *hit)
{
    struct value made = r->text;
    captures_set(x, hit->groups, hit->count, r->subject.tainted);
    if (r->t && !eval_template(r->t, x, &made)) {
        return false;
    }
    buf_put(&r->out, made.text);
    r->tainted |= made.tainted;
    return eval_spend(x, made.text.len);
}

/* After an empty match one that is not empty is tried at the same place, then the next octet. */
static bool replace_all(struct replacing *r, struct expansion *x)
{
    span subject = r->subject.text;
    struct regex_hit hit;
    size_t at = 0;
    bool after_empty = false;
    while (at <= subject.len) {
        enum regex_outcome outcome = regex_find(r->regex, subject, at, after_empty, &hit);
        if (outcome == REGEX_EXHAUSTED) {
            return eval_defer(x, "regular expression in \"sg\" given up: it takes too many steps");
        }
        if (outcome == REGEX_MISS && !after_empty) {
            break;
        }
        if (outcome == REGEX_MISS) {
            buf_put(&r->out, span_part(subject, at++, 1));
            after_empty = false;
            continue;
        }
        size_t begin = hit.begin < at ? at : hit.begin;
        buf_put(&r->out, span_part(subject, at, begin - at));
        if (!put_replacement(r, x, &hit)) {
            return false;
        }
        at = hit.end < begin ? begin : hit.end;
        after_empty = hit.end <= hit.begin;
    }
    buf_put(&r->out, span_from(subject, at));
    return true;
}

bool item_sg(struct expansion *x, const struct item *item, struct value *out)
{
    struct value values[3];
    struct regex *regex;
    struct replacing r = {0};
    if (!eval_all(item->args, item->count, x, values)) {
        return false;
    }
    err e = regex_new(values[1].text, false, x->arena, &regex);
    if (failed(e)) {
        return eval_fail(x, "regular expression error in \"%.*s\": %s at offset %zu",
                         SPAN_FMT(values[1].text), e.what, e.at);
    }
    r = (struct replacing){.regex = regex, .subject = values[0], .text = values[2],
                           .tainted = values[0].tainted};
    buf_init(&r.out, x->budget.octets);
    struct captures captures = x->captures;
    bool done = replacement(x, values[2], &r.t) && replace_all(&r, x);
    x->captures = captures;
    regex_free(regex);
    out->tainted = r.tainted;
    if (!done) {
        buf_wipe(&r.out);
        return false;
    }
    return eval_take(x, &r.out, &out->text);
}

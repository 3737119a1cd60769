/* Operators for mailboxes as header fields have them (RFC 5322 3.4): a name and <address>, or an
   address alone, with comments and white space between the parts. What does not parse is empty. */
#include "ref/expand/operators.h"

#include "ref/expand/match.h"
#include "ref/mail/chars.h"

struct mailbox {
    span address, local, domain;
};

/* Behind a quoted string or a comment that begins at i; both may hold the other's signs. A comment
   without an end reaches to the end. */
static size_t behind(span s, size_t i)
{
    unsigned char end = s.at[i] == '"' ? '"' : ')';
    size_t depth = 1;
    for (i++; i < s.len; i++) {
        unsigned char c = s.at[i];
        if (c == '\\') {
            i++;
        } else if (c == end && --depth == 0) {
            return i + 1;
        } else if (c == '(' && end == ')') {
            depth++;
        }
    }
    return s.len;
}

static size_t skip(span s, size_t i)
{
    while (i < s.len && (ascii_is_space(s.at[i]) || s.at[i] == '(')) {
        i = s.at[i] == '(' ? behind(s, i) : i + 1;
    }
    return i;
}

/* Where an octet stands that is in no quotes, comment or literal; s.len: nowhere. */
static size_t find_outside(span s, size_t i, const char *octets)
{
    while (i < s.len && !(strchr(octets, s.at[i]) && s.at[i])) {
        unsigned char c = s.at[i];
        if (c == '[') {
            size_t end = span_find_byte(span_from(s, i), ']');
            i = end == SPAN_NONE ? s.len : i + end;
        } else {
            i = c == '"' || c == '(' ? behind(s, i) : i + 1;
        }
    }
    return i < s.len ? i : s.len;
}

/* word *("." word), dots as they come. */
static bool take_local(span s, size_t *i, struct buf *out)
{
    bool word = false;
    for (*i = skip(s, *i); *i < s.len; *i = skip(s, *i)) {
        unsigned char c = s.at[*i];
        if (c == '.') {
            buf_put_byte(out, '.');
            ++*i;
            word = false;
            continue;
        }
        size_t begin = *i;
        if (word) {
            return c == '@';
        }
        if (c == '"') {
            *i = behind(s, begin);
            if (*i < begin + 2 || s.at[*i - 1] != '"') {
                return false;
            }
        }
        while (c != '"' && *i < s.len && (mail_is_atext(s.at[*i]) || mail_is_high(s.at[*i]))) {
            ++*i;
        }
        if (*i == begin) {
            return out->len > 0;
        }
        buf_put(out, span_part(s, begin, *i - begin));
        word = true;
    }
    return out->len > 0;
}

/* Labels and dots, or a literal. */
static bool take_domain(span s, size_t *i, struct buf *out)
{
    bool label = false;
    *i = skip(s, *i);
    if (*i < s.len && s.at[*i] == '[') {
        size_t end = span_find_byte(span_from(s, *i), ']');
        span literal = end == SPAN_NONE ? SPAN_EMPTY : span_part(s, *i, end + 1);
        buf_put(out, literal);
        *i += literal.len;
        return literal.len > 2 && span_find_byte(literal, ' ') == SPAN_NONE;
    }
    for (; *i < s.len; *i = skip(s, *i)) {
        size_t begin = *i;
        if (s.at[begin] == '.' && label) {
            buf_put_byte(out, '.');
            ++*i;
            label = false;
            continue;
        }
        while (!label && *i < s.len && mail_is_ldh(s.at[*i])) {
            ++*i;
        }
        if (*i == begin || s.at[begin] == '-') {
            break;
        }
        buf_put(out, span_part(s, begin, *i - begin));
        label = true;
    }
    return label;
}

/* addr-spec, or a local part alone, and nothing behind it. */
static bool read_spec(span s, struct arena *arena, struct mailbox *m)
{
    struct buf text;
    size_t i = 0;
    buf_init(&text, s.len + 1);
    bool good = take_local(s, &i, &text);
    size_t local = text.len;
    if (good && i < s.len && s.at[i] == '@') {
        i++;
        buf_put_byte(&text, '@');
        good = take_domain(s, &i, &text);
    }
    good = good && skip(s, i) == s.len;
    if (good) {
        m->address = arena_copy(arena, buf_span(&text));
        m->local = span_first(m->address, local);
        m->domain = span_from(m->address, local + 1);
    }
    buf_wipe(&text);
    return good;
}

/* In front of "<": words, dots, quoted strings, comments. */
static bool is_phrase(span s)
{
    for (size_t i = skip(s, 0); i < s.len; i = skip(s, i)) {
        unsigned char c = s.at[i];
        if (c != '"' && c != '.' && !mail_is_atext(c) && !mail_is_high(c)) {
            return false;
        }
        i = c == '"' ? behind(s, i) : i + 1;
    }
    return true;
}

static bool read_mailbox(span s, struct arena *arena, struct mailbox *m)
{
    size_t open = find_outside(s, 0, "<");
    if (open == s.len) {
        return read_spec(s, arena, m);
    }
    size_t close = find_outside(s, open + 1, ">");
    if (close == s.len || skip(s, close + 1) != s.len || !is_phrase(span_first(s, open))) {
        return false;
    }
    span inside = span_part(s, open + 1, close - open - 1);
    if (skip(inside, 0) < inside.len && inside.at[skip(inside, 0)] == '@') {
        size_t route = find_outside(inside, 0, ":");
        inside = span_from(inside, route + 1);
    }
    return read_spec(inside, arena, m);
}

span operator_address(span mailbox, struct arena *arena)
{
    struct mailbox m;
    return read_mailbox(mailbox, arena, &m) ? m.address : SPAN_EMPTY;
}

bool op_mailbox(struct expansion *x, const struct operation *op, struct value *value)
{
    struct mailbox m;
    if (!eval_spend(x, value->text.len)) {
        return false;
    }
    bool good = read_mailbox(value->text, x->arena, &m);
    value->text = !good                                    ? SPAN_EMPTY
                  : op->row->variant == MAILBOX_LOCAL_PART ? m.local
                  : op->row->variant == MAILBOX_DOMAIN     ? m.domain
                                                           : m.address;
    return true;
}

/* Mailboxes between commas; a group's name and its semicolon are dropped. ">x" in front sets what
   stands between the results. */
bool op_addresses(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    span s = span_trim_space(value->text);
    unsigned char separator = ':';
    struct buf list;
    bool first = true, in_group = false;
    if (s.len > 1 && s.at[0] == '>') {
        separator = s.at[1];
        s = span_from(s, 2);
    }
    buf_init(&list, x->budget.octets);
    for (size_t i = 0; i < s.len;) {
        size_t end = find_outside(s, i, in_group ? ",;:<" : ",:<");
        if (end < s.len && s.at[end] == ':') {
            in_group = true;
            i = end + 1;
            continue;
        }
        if (end < s.len && s.at[end] == '<') {
            end = find_outside(s, find_outside(s, end, ">"), in_group ? ",;" : ",");
        }
        struct mailbox m;
        if (read_mailbox(span_part(s, i, end - i), x->arena, &m)) {
            list_put(&list, separator, m.address, first);
            first = false;
        }
        if (end < s.len && s.at[end] == ';') {
            in_group = false;
            end = find_outside(s, end, ",");
        }
        i = end + 1;
    }
    return eval_take(x, &list, &value->text);
}

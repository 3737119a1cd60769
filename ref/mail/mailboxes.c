/* One pass with the few states that RFC 5322 3.4 needs: inside quotes, inside comments (which nest),
   inside angle brackets. What the address itself may be is for mail_mailbox_parse() to say. */
#include "ref/mail/mailboxes.h"

#include "base/buf.h"

size_t mail_quoted_end(span text, size_t pos)
{
    for (pos++; pos < text.len; pos++) {
        if (text.at[pos] == '"') {
            return pos + 1;
        }
        pos += text.at[pos] == '\\' ? 1 : 0;
    }
    return SPAN_NONE;
}

size_t mail_comment_end(span text, size_t pos)
{
    size_t depth = 0;
    for (; pos < text.len; pos++) {
        unsigned char c = text.at[pos];
        depth += c == '(' ? 1 : 0;
        if (c == ')' && --depth == 0) {
            return pos + 1;
        }
        pos += c == '\\' ? 1 : 0;
    }
    return SPAN_NONE;
}

/* Where the item that begins at pos ends: at "," ";" or ":" (of a group) outside everything. */
static size_t item_end(span text, size_t pos, struct mail_mailbox *box)
{
    bool angle = false;
    while (pos < text.len) {
        unsigned char c = text.at[pos];
        if (c == '"' || c == '(') {
            pos = c == '"' ? mail_quoted_end(text, pos) : mail_comment_end(text, pos);
            if (pos == SPAN_NONE) {
                return SPAN_NONE;
            }
            continue;
        }
        if (c == '[') { /* a domain literal may hold colons */
            size_t end = span_find_byte(span_from(text, pos), ']');
            pos = end == SPAN_NONE ? text.len : pos + end;
            continue;
        }
        if (c == '<' && !angle && !box->bracketed) {
            angle = box->bracketed = true;
            box->spec_at = pos + 1;
        } else if (c == '>' && angle) {
            angle = false;
            box->spec_len = pos - box->spec_at;
        } else if (!angle && (c == ',' || c == ';' || c == ':')) {
            return pos;
        } else if (c == '>' || c == '<') {
            return SPAN_NONE;
        }
        pos += c == '\\' ? 2 : 1;
    }
    return angle ? SPAN_NONE : text.len;
}

/* What stands at the front of the address and goes together: a quoted string, an octet, or what says nothing. */
static span part_take(span spec, bool *silent)
{
    unsigned char c = spec.at[0];
    *silent = c == '(' || ascii_is_white(c);
    size_t end = c == '"' ? mail_quoted_end(spec, 0) : c == '(' ? mail_comment_end(spec, 0) : 1;
    return span_first(spec, end == SPAN_NONE ? spec.len : end);
}

static bool is_joint(unsigned char c)
{
    return strchr(".@,:[]", c) != NULL;
}

/* The address without what may stand in and round it. Two words with a gap between them are no address, and must not
   become another one's: a blank stays there. */
static span address_take(span spec, struct mail_mailbox *box, struct arena *arena)
{
    struct buf out;
    bool gap = false, silent;
    buf_init(&out, spec.len + 1);
    while (spec.len > 0) {
        span part = part_take(spec, &silent);
        spec = span_from(spec, part.len);
        if (!silent) {
            box->parted |= gap && out.len > 0;
            bool words = out.len > 0 && !is_joint(buf_span(&out).at[out.len - 1]) && !is_joint(part.at[0]);
            buf_put_text(&out, gap && words ? " " : "");
            buf_put(&out, part);
        }
        gap = silent;
    }
    span all = buf_span(&out);
    if (all.len > 0 && all.at[0] == '@') { /* RFC 5322 4.4: a route, which is dropped */
        size_t colon = span_find_byte(all, ':');
        all = colon == SPAN_NONE ? all : span_from(all, colon + 1);
    }
    all = arena_copy(arena, all);
    buf_wipe(&out);
    return all;
}

err mail_mailboxes_next(struct mail_mailboxes *list, struct arena *arena,
                        struct mail_mailbox *box, bool *more)
{
    span text = list->body;
    for (;;) {
        size_t from = list->pos;
        while (from < text.len && (ascii_is_white(text.at[from]) || text.at[from] == ',')) {
            from++;
        }
        *more = from < text.len;
        if (!*more) {
            return OK;
        }
        *box = (struct mail_mailbox){.at = from};
        size_t end = item_end(text, from, box);
        if (end == SPAN_NONE) {
            return err_syntax(from, "brackets, quotes or comments that do not match");
        }
        bool group = end < text.len && text.at[end] == ':';
        if (group && list->in_group) {
            return err_syntax(end, "a group inside a group");
        }
        bool closes = end < text.len && text.at[end] == ';';
        list->in_group = group || (list->in_group && !closes);
        list->pos = end < text.len ? end + 1 : end;
        size_t last = end;
        while (last > from && ascii_is_white(text.at[last - 1])) {
            last--;
        }
        if (group || last == from) {
            continue;
        }
        box->len = last - from;
        if (!box->bracketed) {
            box->spec_at = from;
            box->spec_len = box->len;
        }
        box->address = address_take(span_part(text, box->spec_at, box->spec_len), box, arena);
        return OK;
    }
}

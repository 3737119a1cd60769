/* The extended form has grown from the right, and is read from there:

     <address> <orcpt> <len>,<dsn flags> <errors_to> <len>,<parent>#3

   A bit in the number behind the # says which of the two parts are there: 1 errors_to and parent,
   2 ORCPT and flags. Empty texts leave two blanks. Lengths are needed as texts may hold blanks. */
#include "ref/spool/recipients.h"

#include <limits.h>

#define PART_PARENT 1
#define PART_DSN 2

/* -1 or a number, of a recipient counted from 0; *parent counts from 1. */
static bool read_parent(span text, int *parent)
{
    uint64_t number;
    *parent = 0;
    if (span_eq(text, SPAN("-1"))) {
        return true;
    }
    if (!span_to_u64(text, &number) || number >= INT_MAX) {
        return false;
    }
    *parent = (int)number + 1;
    return true;
}

/* Takes " <text> <len>,<number>" off the end of *line. */
static bool take_part(span *line, span *text, span *number)
{
    span tail;
    span count;
    uint64_t length;
    size_t blank = span_find_last_byte(*line, ' ');
    if (blank == SPAN_NONE) {
        return false;
    }
    tail = span_from(*line, blank + 1);
    if (!span_split(tail, ',', &count, number) || !span_to_u64(count, &length) ||
        length + 1 > blank || line->at[blank - (size_t)length - 1] != ' ') {
        return false;
    }
    *text = span_part(*line, blank - (size_t)length, (size_t)length);
    *line = span_first(*line, blank - (size_t)length - 1);
    return true;
}

static err read_extended(span line, uint64_t parts, struct recipient *r)
{
    span number;
    uint64_t flags;
    if (parts < PART_PARENT || parts > (PART_PARENT | PART_DSN)) {
        return err_syntax(0, "recipient: a number from 1 to 3 expected behind the last #");
    }
    if (parts & PART_PARENT) {
        if (!take_part(&line, &r->errors_to, &number) || !read_parent(number, &r->parent)) {
            return err_syntax(0, "recipient: errors address, length and parent number expected");
        }
    }
    if (parts & PART_DSN) {
        if (!take_part(&line, &r->orcpt, &number) || !span_to_u64(number, &flags) || flags > 31) {
            return err_syntax(0, "recipient: ORCPT, length and DSN flags expected");
        }
        r->notify = (unsigned)flags;
    }
    r->address = line;
    return line.len > 0 ? OK : err_syntax(0, "recipient: address expected");
}

static bool is_digits(span text, bool commas)
{
    size_t found = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool between = i > 0 && i + 1 < text.len && text.at[i - 1] != ',';
        if (text.at[i] == ',' && commas && between) {
            found++;
        } else if (!ascii_is_digit(text.at[i])) {
            return false;
        }
    }
    return text.len > 0 && found == (commas ? 2 : 0);
}

err spool_recipient_read(span line, struct recipient *r)
{
    span tail;
    uint64_t parts;
    *r = (struct recipient){.orcpt = SPAN_EMPTY, .errors_to = SPAN_EMPTY};
    size_t mark = span_find_last_byte(line, '#');
    if (mark != SPAN_NONE && span_to_u64(span_from(line, mark + 1), &parts)) {
        return read_extended(span_first(line, mark), parts, r);
    }
    r->address = line;
    size_t blank = span_find_last_byte(line, ' ');
    tail = blank == SPAN_NONE ? SPAN_EMPTY : span_from(line, blank + 1);
    if (is_digits(tail, false) || span_eq(tail, SPAN("-1"))) {
        r->address = span_first(line, blank);
        if (!read_parent(tail, &r->parent)) {
            return err_syntax(0, "recipient: parent number expected");
        }
    } else if (is_digits(tail, true)) {
        r->address = span_first(line, blank);
    }
    return r->address.len > 0 ? OK : err_syntax(0, "recipient: address expected");
}

/* An address such as "a 1" would be taken for an old form if it stood alone. */
static bool is_plain(span address)
{
    struct recipient r;
    return !failed(spool_recipient_read(address, &r)) && span_eq(r.address, address);
}

bool spool_recipient_put(const struct recipient *r, struct buf *out)
{
    size_t start = out->len;
    buf_put(out, r->address);
    if (r->notify || r->orcpt.len > 0 || r->parent > 0 || r->errors_to.len > 0 ||
        !is_plain(r->address)) {
        buf_put_byte(out, ' ');
        buf_put(out, r->orcpt);
        buf_printf(out, " %zu,%u ", r->orcpt.len, r->notify);
        buf_put(out, r->errors_to);
        buf_printf(out, " %zu,%d#3", r->errors_to.len, r->parent > 0 ? r->parent - 1 : -1);
    }
    bool one_line = span_find_byte(span_from(buf_span(out), start), '\n') == SPAN_NONE;
    buf_put_byte(out, '\n');
    return one_line;
}

/* The strict reply reader.

     Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
     Reply-code = %x32-35 %x30-35 %x30-39
     textstring = 1*(%d09 / %d32-126)

   RFC 5321 4.2, with the rules that stand in its prose: the same code on each line (4.2.1), CRLF as
   the only line end (2.3.8). It goes octet by octet and keeps nothing but counts, so no split can
   change what it says. A forgiving reader would make a wrong server pass. That a line has 512 octets
   at most (4.5.3.1.5) is no part of the form: one that is longer is read (4.5.3.1 asks for no
   limits), and a scenario claims it by `expect wire`. */
#include "harness/actor/reply.h"

/* No RFC limits the lines of a reply, and none says when a line is without end; both must end
   somewhere. */
enum { LINE_OCTETS = 65536, CODE_DIGITS = 3, MOST_LINES = 10000 };

static const char *bad_code(const struct reply_reader *r, unsigned char c)
{
    if (!ascii_is_digit(c)) {
        return "a reply line begins with three digits (RFC 5321 4.2)";
    }
    if (r->column == 0 && (c < '2' || c > '5')) {
        return "the first digit of a reply code is 2 to 5 (RFC 5321 4.2)";
    }
    if (r->column == 1 && c > '5') {
        return "the second digit of a reply code is 0 to 5 (RFC 5321 4.2)";
    }
    if (r->lines > 0 && c != (unsigned char)r->code[r->column]) {
        return "each line of a reply has the same code (RFC 5321 4.2.1)";
    }
    return NULL;
}

static const char *bad_text(const struct reply_reader *r, unsigned char c)
{
    if (c == '\n') {
        return "a line ended by LF without CR (RFC 5321 2.3.8)";
    }
    if (c >= 0x80 && !r->utf8) {
        return "an 8-bit octet in a reply (RFC 5321 4.2)";
    }
    if (c == 0x7F || (c < ' ' && c != '\t')) {
        return "a control character in a reply (RFC 5321 4.2)";
    }
    return NULL;
}

/* One octet behind the code, the line end apart. */
static const char *bad_octet(struct reply_reader *r, unsigned char c)
{
    if (r->column < CODE_DIGITS) {
        const char *why = bad_code(r, c);
        r->code[r->column] = (char)c;
        return why;
    }
    if (r->column == CODE_DIGITS) {
        r->goes_on = c == '-';
        return c == '-' || c == ' '
                   ? NULL
                   : "behind a reply code stands a space, '-' or CRLF (RFC 5321 4.2)";
    }
    return bad_text(r, c);
}

static void end_line(struct reply_reader *r)
{
    r->lines++;
    r->column = 0;
    r->cr = false;
    if (!r->goes_on) {
        r->state = REPLY_WHOLE;
    } else if (r->lines >= MOST_LINES) {
        r->state = REPLY_BAD;
        r->why = "a reply of 10000 lines that still goes on";
    }
    r->goes_on = false;
}

static void feed_octet(struct reply_reader *r, unsigned char c)
{
    r->seen++;
    if (r->cr && c == '\n') {
        end_line(r);
        return;
    }
    if (r->cr) {
        r->why = "a CR that no LF follows (RFC 5321 2.3.8)";
    } else if (c == '\r' && r->column >= CODE_DIGITS) {
        r->cr = true;
    } else {
        r->why = bad_octet(r, c);
    }
    r->column++;
    if (r->why == NULL && r->column >= LINE_OCTETS) {
        r->why = "a reply line of 65536 octets that still goes on";
    }
    if (r->why != NULL) {
        r->state = REPLY_BAD;
    }
}

enum reply_state reply_feed(struct reply_reader *r, span all)
{
    while (r->state == REPLY_MORE && r->seen < all.len) {
        feed_octet(r, all.at[r->seen]);
    }
    return r->state;
}

void reply_take(span octets, struct arena *arena, struct reply *out)
{
    *out = (struct reply){.octets = octets};
    for (size_t i = 0; i < CODE_DIGITS && i < octets.len; i++) {
        out->digits[i] = (char)octets.at[i];
        out->code = out->code * 10 + (unsigned)(octets.at[i] - '0');
    }
    span rest = octets;
    span line;
    while (span_line(&rest, &line)) {
        vec_add(arena, &out->lines, span_from(line, CODE_DIGITS + 1));
    }
}

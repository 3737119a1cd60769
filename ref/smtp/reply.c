/* How a reply is written: its text filled in, and parted into lines. */
#include "ref/smtp/reply.h"

#include "base/check.h"

/* RFC 5321 4.5.3.1.5, without CRLF */
enum { REPLY_LINE = 510, REPLY_TEXT_CEILING = 16384 };

#define TABLE(id, code, status, text, flags, clause) {code, status, text, flags, clause},
const struct smtp_reply_row smtp_replies[SMTP_REPLY_COUNT] = {SMTP_REPLIES(TABLE)};

void smtp_reply_text(struct smtp_reply r, span host, struct buf *out)
{
    if (r.said) {
        buf_put(out, r.detail);
        return;
    }
    for (span rest = span_text(smtp_replies[r.id].text); rest.len > 0;) {
        if (span_starts(rest, SPAN("{}"))) {
            buf_put(out, r.detail);
            rest = span_from(rest, 2);
        } else if (span_starts(rest, SPAN("{host}"))) {
            buf_put(out, host);
            rest = span_from(rest, 6);
        } else {
            span next = span_from(rest, 1);
            span plain = span_first(rest, 1 + span_first(next, span_find_byte(next, '{')).len);
            buf_put(out, plain);
            rest = span_from(rest, plain.len);
        }
    }
}

static void line_put(unsigned code, span status, span text, bool last, struct buf *out)
{
    const unsigned char front[] = {(unsigned char)('0' + code / 100), (unsigned char)('0' + code / 10 % 10),
                                   (unsigned char)('0' + code % 10), last ? ' ' : '-'};
    buf_put(out, span_of(front, sizeof front));
    if (status.len > 0) {
        buf_put(out, status);
        buf_put_byte(out, ' ');
    }
    while (text.len > 0) {
        size_t fine = 0;
        while (fine < text.len && text.at[fine] >= ' ' && text.at[fine] != 127) {
            fine++;
        }
        buf_put(out, span_first(text, fine));
        if (fine < text.len) {
            buf_put_byte(out, '?');
            fine++;
        }
        text = span_from(text, fine);
    }
    buf_put_text(out, "\r\n");
}

/* Where a text that fits no line is parted: at its last blank, or anywhere, but not inside a UTF-8
   sequence. */
static size_t part_at(span text, size_t most)
{
    if (text.len <= most) {
        return text.len;
    }
    size_t blank = span_find_last_byte(span_first(text, most), ' ');
    if (blank != SPAN_NONE && blank > 0) {
        return blank;
    }
    while (most > 1 && (text.at[most] & 0xC0) == 0x80) {
        most--;
    }
    return most;
}

void smtp_reply_write(struct smtp_reply r, span host, struct buf *out)
{
    CHECK(r.id > SMTP_NO_REPLY && r.id < SMTP_REPLY_COUNT);
    const struct smtp_reply_row *row = &smtp_replies[r.id];
    unsigned code = r.code != 0 ? r.code : row->code;
    span status = row->status == NULL || r.status.len == 0 ? span_text(row->status) : r.status;
    size_t most = REPLY_LINE - 4 - (status.len > 0 ? status.len + 1 : 0);
    struct buf whole;
    buf_init(&whole, REPLY_TEXT_CEILING);
    smtp_reply_text(r, host, &whole);
    span rest = buf_span(&whole);
    do {
        span line = span_first(rest, span_find_byte(rest, '\n'));
        size_t len = part_at(line, most);
        line = span_first(line, len);
        size_t skip = len < rest.len && (rest.at[len] == '\n' || rest.at[len] == ' ') ? 1 : 0;
        rest = span_from(rest, len + skip);
        line_put(code, status, line, rest.len == 0, out);
    } while (rest.len > 0);
    buf_wipe(&whole);
}

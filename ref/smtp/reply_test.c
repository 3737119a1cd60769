/* How replies are spelled: RFC 5321 4.2, 4.5.3.1.5; RFC 2034 4. */
#include "ref/smtp/reply.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(smtp_reply, form)
{
    static const struct {
        const char *label;
        struct smtp_reply reply;
        span out;
    } rows[] = {
        {"with status", {.id = SMTP_NOOP_OK, .detail = SPAN_EMPTY}, SPAN("250 2.0.0 OK\r\n")},
        {"host", {.id = SMTP_BYE, .detail = SPAN_EMPTY}, SPAN("221 2.0.0 mx.test closing connection\r\n")},
        {"detail",
         {.id = SMTP_ACCEPTED, .detail = SPAN("x-y")},
         SPAN("250 2.6.0 OK id=x-y\r\n")},
        {"lines", {.id = SMTP_HELLO, .detail = SPAN("a\nb")}, SPAN("250-a\r\n250 b\r\n")},
        {"lines with status",
         {.id = SMTP_HELP, .detail = SPAN("a\nb")},
         SPAN("214-2.0.0 a\r\n214 2.0.0 b\r\n")},
        {"no text", {.id = SMTP_HELLO, .detail = SPAN("")}, SPAN("250 \r\n")},
        {"control characters",
         {.id = SMTP_HELLO, .detail = SPAN("a\r\x01z")},
         SPAN("250 a??z\r\n")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 4096);
        smtp_reply_write(rows[i].reply, SPAN("mx.test"), &out);
        cr_expect(span_eq(buf_span(&out), rows[i].out), "%s: %.*s", rows[i].label,
                  SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    }
}

Test(smtp_reply, no_line_is_longer_than_512_octets)
{
    static const char *const fillers[] = {"x", "word ", "\xc3\xa4"};
    for (size_t f = 0; f < 3; f++) {
        for (size_t len = 480; len < 1600; len += 7) {
            struct buf text, out;
            buf_init(&text, 8192);
            buf_init(&out, 8192);
            while (text.len < len) {
                buf_put_text(&text, fillers[f]);
            }
            smtp_reply_write(smtp_reply_with(SMTP_HELP, buf_span(&text)), SPAN_EMPTY, &out);
            span rest = buf_span(&out);
            cr_expect(span_ends(rest, SPAN("\r\n")));
            for (span line; span_line(&rest, &line);) {
                cr_expect(line.len + 2 <= 512, "%zu octets", line.len + 2);
                cr_expect(
                    span_starts(line, rest.len > 0 ? SPAN("214-2.0.0 ") : SPAN("214 2.0.0 ")));
                cr_expect(line.len < 11 || (line.at[10] & 0xC0) != 0x80, "parted inside UTF-8");
            }
            buf_wipe(&text);
            buf_wipe(&out);
        }
    }
}

/* RFC 2034 4: on 2yz, 4yz and 5yz but the greeting and EHLO's answer; class is the reply's first
   digit. What closes without 221 or 421 is an ACL's `drop` (RFC 5321 7.8). */
Test(smtp_reply, table)
{
    static const enum smtp_reply_id bare[] = {SMTP_GREETING,      SMTP_GREETING_REFUSED,
                                              SMTP_HELLO,         SMTP_HELLO_BAD,
                                              SMTP_HELLO_MISSING, SMTP_DATA_GO,
                                              SMTP_CONNECT_DENIED, SMTP_CONNECT_DEFERRED,
                                              SMTP_CONNECT_DROPPED, SMTP_HELLO_DENIED,
                                              SMTP_HELLO_DEFERRED, SMTP_HELLO_DROPPED,
                                              SMTP_AUTH_GO};
    for (int i = SMTP_NO_REPLY + 1; i < SMTP_REPLY_COUNT; i++) {
        const struct smtp_reply_row *row = &smtp_replies[i];
        bool may_be_bare = false;
        for (size_t n = 0; n < sizeof bare / sizeof *bare; n++) {
            may_be_bare |= bare[n] == (enum smtp_reply_id)i;
        }
        cr_expect(row->code >= 200 && row->code < 600, "row %d", i);
        cr_expect(span_starts(span_text(row->clause), SPAN("RFC")), "row %d names no clause", i);
        cr_expect_eq(row->status == NULL, may_be_bare, "row %d", i);
        cr_expect(row->status == NULL || row->status[0] == (char)('0' + row->code / 100),
                  "row %d", i);
        bool drops = i == SMTP_DROPPED || i == SMTP_HELLO_DROPPED || i == SMTP_CONNECT_DROPPED;
        bool closes = row->code == 221 || row->code == 421 || drops;
        cr_expect_eq((row->flags & SMTP_CLOSES) != 0, closes, "row %d: only 221 and 421 close",
                     i);
    }
}

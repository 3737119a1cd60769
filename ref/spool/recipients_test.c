/* Recipient lines of all ages, and back. */
#include "ref/spool/recipients.h"

#include <criterion/criterion.h>

Test(spool_recipients, each_form_is_read_and_ours_is_written)
{
    static const struct {
        const char *label, *line, *written, *address, *orcpt, *errors_to;
        unsigned notify;
        int parent;
    } rows[] = {
        {"plain", "d@x.test", "d@x.test", "d@x.test", "", "", 0, 0},
        {"plain with a blank", "\"a b\"@x", "\"a b\"@x", "\"a b\"@x", "", "", 0, 0},
        {"blank and digits in the domain", "\"a b\"@123", "\"a b\"@123", "\"a b\"@123", "", "", 0,
         0},
        {"hash in the address", "a#3@x", "a#3@x", "a#3@x", "", "", 0, 0},
        {"observed: ORCPT and NOTIFY", "b@x.test rfc822;b+2Bx@x.test 19,28  0,-1#3",
         "b@x.test rfc822;b+2Bx@x.test 19,28  0,-1#3", "b@x.test", "rfc822;b+2Bx@x.test", "", 28,
         0},
        {"observed: NOTIFY alone", "c@x.test  0,2  0,-1#3", "c@x.test  0,2  0,-1#3", "c@x.test",
         "", "", 2, 0},
        {"errors address and parent", "c@x  0,0 e@y 3,4#3", "c@x  0,0 e@y 3,4#3", "c@x", "",
         "e@y", 0, 5},
        {"errors address with a blank", "c@x  0,0 \"e f\"@y 7,-1#3", "c@x  0,0 \"e f\"@y 7,-1#3",
         "c@x", "", "\"e f\"@y", 0, 0},
        {"without DSN part", "c@x e@y 3,0#1", "c@x  0,0 e@y 3,0#3", "c@x", "", "e@y", 0, 1},
        {"without parent part", "c@x rfc822;c@x 10,4#2", "c@x rfc822;c@x 10,4  0,-1#3", "c@x",
         "rfc822;c@x", "", 4, 0},
        {"early Exim 4", "c@x 2", "c@x  0,0  0,2#3", "c@x", "", "", 0, 3},
        {"early Exim 4, no parent", "c@x -1", "c@x", "c@x", "", "", 0, 0},
        {"Exim 3", "c@x 0,0,0", "c@x", "c@x", "", "", 0, 0},
        {"an address that looks like an old form", "\"a\" 1  0,0  0,-1#3", "\"a\" 1  0,0  0,-1#3",
         "\"a\" 1", "", "", 0, 0},
        {"ORCPT without NOTIFY", "c@x rfc822;c@x 10,0  0,-1#3", "c@x rfc822;c@x 10,0  0,-1#3",
         "c@x", "rfc822;c@x", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct recipient r;
        struct buf out;
        err e = spool_recipient_read(span_text(rows[i].line), &r);
        cr_expect_not(failed(e), "%s: %s", rows[i].label, e.what ? e.what : "");
        cr_expect(span_eq(r.address, span_text(rows[i].address)), "%s", rows[i].label);
        cr_expect(span_eq(r.orcpt, span_text(rows[i].orcpt)), "%s", rows[i].label);
        cr_expect(span_eq(r.errors_to, span_text(rows[i].errors_to)), "%s", rows[i].label);
        cr_expect_eq(r.notify, rows[i].notify, "%s", rows[i].label);
        cr_expect_eq(r.parent, rows[i].parent, "%s: %d", rows[i].label, r.parent);
        buf_init(&out, 200);
        cr_expect(spool_recipient_put(&r, &out));
        cr_expect(span_eq(span_first(buf_span(&out), out.len - 1), span_text(rows[i].written)),
                  "%s: %.*s", rows[i].label, SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    }
}

Test(spool_recipients, lengths_that_lie_are_refused)
{
    static const char *const rows[] = {
        "",
        "#3",
        "a@x#0",
        "a@x  0,0  0,-1#4",
        "a@x#3",
        "a@x  0,-1#3",
        "a@x  0,0  1,-1#3",
        "a@x  0,0  99,-1#3",
        "a@x  5,0  0,-1#3",
        "a@x  0,x  0,-1#3",
        "a@x  0,0  0,y#3",
        "  0,0  0,-1#3",
        "a@x  0,99  0,-1#3",
        "a@x  0,0  18446744073709551615,-1#3",
        "a@x 99999999999",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct recipient r;
        cr_expect_eq(spool_recipient_read(span_text(rows[i]), &r).kind, ERR_SYNTAX, "\"%s\"",
                     rows[i]);
    }
}

Test(spool_recipients, a_line_end_in_a_text_is_told)
{
    struct buf out;
    buf_init(&out, 200);
    cr_expect_not(spool_recipient_put(&(struct recipient){.address = SPAN("a\nb")}, &out));
    cr_expect_not(spool_recipient_put(
        &(struct recipient){.address = SPAN("a"), .orcpt = SPAN("\n"), .notify = 2}, &out));
    buf_wipe(&out);
}

/* What becomes of text on its way out, however it is cut. */
#include "ref/transport/message_text.h"

#include <criterion/criterion.h>

static const struct message_form lf = {.check = {(const unsigned char *)"From ", 5},
                                       .escape = {(const unsigned char *)">From ", 6}};
static const struct message_form plain_lf = {.check = {(const unsigned char *)"", 0},
                                             .escape = {(const unsigned char *)"", 0}};

static const struct {
    const char *label;
    const struct message_form *form;
    bool wireformat;
    const char *in, *out;
    unsigned long size;      /* without escapes */
    size_t longest;
} rows[] = {
    {"lines", &message_form_dots, false, "a\nbc\n", "a\r\nbc\r\n", 7, 2},
    {"a dot at the beginning of a line", &message_form_dots, false, ".\n..a\n.b\nc.\n",
     "..\r\n...a\r\n..b\r\nc.\r\n", 16, 3},
    {"chunks have no dots", &message_form_chunks, false, ".\n..a\n", ".\r\n..a\r\n", 8, 3},
    {"a last line without an end", &message_form_dots, false, "a\nb", "a\r\nb\r\n", 6, 1},
    {"a last dot without an end", &message_form_dots, false, "a\n.", "a\r\n..\r\n", 6, 1},
    {"a CR alone is a line end", &message_form_dots, false, "a\rb\r.\rc\r",
     "a\r\nb\r\n..\r\nc\r\n", 12, 1},
    {"CR LF is one line end", &message_form_dots, false, "a\r\nb\r\r\nc\n",
     "a\r\nb\r\n\r\nc\r\n", 11, 1},
    {"LF CR", &message_form_dots, false, "a\n\rb\n", "a\r\n\r\nb\r\n", 8, 1},
    {"wire format", &message_form_dots, true, "a\r\n.b\r\n", "a\r\n..b\r\n", 7, 2},
    {"nothing", &message_form_dots, false, "", "", 0, 0},
    {"empty lines", &message_form_dots, false, "\n\n", "\r\n\r\n", 4, 0},
    {"From", &lf, false, "From a\nFromb\n>From c\nFrom\nx From \n",
     ">From a\nFromb\n>From c\nFrom\nx From \n", 34, 7},
    {"half of From at the end", &lf, false, "Fro", "Fro\n", 4, 3},
    {"a CR stays where LF is the line end", &plain_lf, false, "a\rb\r\n", "a\rb\r\n", 5, 4},
    {"a CR alone in wire format", &plain_lf, true, "a\rb\r\n\rc", "a\rb\n\rc\n", 7, 3},
};

static err collect(void *context, span block)
{
    buf_put(context, block);
    return OK;
}

Test(message_text, lines_dots_and_ends)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t grain = 1; grain < 8; grain++) {
            struct message_text t;
            struct buf out;
            buf_init(&out, 1000);
            message_text_begin(&t, rows[i].form);
            t.wireformat = rows[i].wireformat;
            t.put = collect;
            t.context = &out;
            for (span in = span_text(rows[i].in); in.len > 0; in = span_from(in, grain)) {
                cr_assert_not(failed(message_text_put(&t, span_first(in, grain))));
            }
            cr_assert_not(failed(message_text_end(&t)));
            cr_assert(span_eq(buf_span(&out), span_text(rows[i].out)), "%s (%zu): %.*s",
                      rows[i].label, grain, SPAN_FMT(buf_span(&out)));
            cr_assert_eq(t.facts.sent, out.len, "%s", rows[i].label);
            cr_assert_eq(t.facts.size, rows[i].size, "%s: %lu", rows[i].label,
                         (unsigned long)t.facts.size);
            cr_assert_eq(t.facts.longest_line, rows[i].longest, "%s: %zu", rows[i].label,
                         t.facts.longest_line);
            buf_wipe(&out);
        }
    }
}

Test(message_text, octets_that_matter_are_noticed)
{
    struct message_text t;
    message_text_begin(&t, &message_form_dots);
    cr_assert_not(failed(message_text_put(&t, SPAN("a\n"))));
    cr_assert(!t.facts.eight_bit && !t.facts.zeros);
    cr_assert_not(failed(message_text_put(&t, SPAN("\xc3\xbc"))));
    cr_assert(t.facts.eight_bit && !t.facts.zeros);
    cr_assert_not(failed(message_text_put(&t, SPAN("\0"))));
    cr_assert(t.facts.zeros);
    cr_assert_not(failed(message_text_end(&t)));
}

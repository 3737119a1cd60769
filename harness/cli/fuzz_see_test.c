/* Two plays side by side: where they differ, and what may. */
#include "harness/cli/fuzz_see.h"

#include <criterion/criterion.h>

struct row {
    const char *label;
    const char *one, *other;
    const char *differs; /* the verb, or NULL */
    bool benign;
};

static const struct row rows[] = {
    {"alike", "= c 1 EHLO 2\n= c 1 closed\n", "= c 1 EHLO 2\n= c 1 closed\n", NULL, false},
    {"one is cut short", "= c 1 EHLO 2\n", "= c 1 EHLO 2\n= c 1 MAIL 2\n", NULL, false},
    {"another connection", "= c 1 EHLO 2\n= c 2 EHLO 2\n", "= c 1 EHLO 2\n= c 1 MAIL 5\n", NULL, false},
    {"other lines are nothing", "! x\n= c 1 EHLO 2\n? y\n", "= c 1 EHLO 2\n", NULL, false},
    {"a class", "= c 1 MAIL 2\n", "= c 1 MAIL 5\n", "MAIL", false},
    {"a close", "= c 1 MAIL 2\n", "= c 1 closed\n", "MAIL", false},
    {"a server that leaves", "= c 1 EHLO 421\n", "= c 1 EHLO 250\n", "EHLO", true},
    {"the first one", "= c 1 MAIL 2\n= c 1 RCPT 2\n", "= c 1 MAIL 5\n= c 1 RCPT 5\n", "MAIL", false},
    {"a liberty", "= c 1 VRFY 2\n", "= c 1 VRFY 5\n", "VRFY", true},
    {"a refusal for a while or for good", "= c 1 RCPT 4\n", "= c 1 RCPT 5\n", "RCPT", true},
};

Test(fuzz_see, rows)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct fuzz_difference d = {0};
        bool differs = fuzz_compare(span_text(r->one), span_text(r->other), &d);
        cr_expect_eq(differs, r->differs != NULL, "%s", r->label);
        cr_expect(!differs || span_eq(d.verb, span_text(r->differs)), "%s", r->label);
        cr_expect(!differs || (d.benign < fuzz_benign_count) == r->benign, "%s", r->label);
    }
}

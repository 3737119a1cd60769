/* Where addresses stand in address lists. */
#include "ref/mail/mailboxes.h"

#include <criterion/criterion.h>

Test(mail_mailboxes, lists)
{
    static const struct {
        const char *body;
        const char *addresses[4];
        bool wrong;
    } rows[] = {
        {" a@b.c", {"a@b.c"}, false},
        {"a@b.c, d@e.f", {"a@b.c", "d@e.f"}, false},
        {"A B <a@b.c>", {"a@b.c"}, false},
        {"\"x, y <z@z.z>\" <a@b.c>", {"a@b.c"}, false},
        {"a@b.c (c, (d) <e@f.g>)", {"a@b.c"}, false},
        {"group: a@b.c, X <d@e.f>;, g@h.i", {"a@b.c", "d@e.f", "g@h.i"}, false},
        {"undisclosed:;", {NULL}, false},
        {"", {NULL}, false},
        {", ,a@b.c,", {"a@b.c"}, false},
        {"<@r.s,@t.u:a@b.c>", {"a@b.c"}, false},
        {"\"a b\"@c.d", {"\"a b\"@c.d"}, false},
        {"a@[IPv6:::1]", {"a@[IPv6:::1]"}, false},
        {"a\n @b.c", {"a@b.c"}, false},
        {"a b@c.d", {"a b@c.d"}, false},
        {"<a (x) b@c.d>", {"a b@c.d"}, false},
        {"\"a\" (x) b@c.d", {"\"a\" b@c.d"}, false},
        {"<@r.s , @t.u : a . e @ b. c>", {"a.e@b.c"}, false},
        {"a@b.c (x)", {"a@b.c"}, false},
        {"<a@b.c> <d@e.f>", {NULL}, true},
        {"<>", {""}, false},
        {"<a@b.c", {NULL}, true},
        {"a> b", {NULL}, true},
        {"\"a@b.c", {NULL}, true},
        {"(a@b.c", {NULL}, true},
        {"x: y: a@b.c;;", {NULL}, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct mail_mailboxes list = mail_mailboxes_of(span_text(rows[i].body));
        struct mail_mailbox box;
        bool more = true, wrong = false;
        size_t count = 0;
        while (!wrong && more) {
            wrong = failed(mail_mailboxes_next(&list, arena, &box, &more));
            if (wrong || !more) {
                break;
            }
            cr_assert(rows[i].addresses[count] != NULL, "%s: %.*s", rows[i].body,
                      SPAN_FMT(box.address));
            cr_expect(span_eq(box.address, span_text(rows[i].addresses[count])), "%s: %.*s",
                      rows[i].body, SPAN_FMT(box.address));
            count++;
        }
        cr_expect_eq(wrong, rows[i].wrong, "%s", rows[i].body);
        cr_expect(rows[i].addresses[count] == NULL, "%s: only %zu", rows[i].body, count);
        arena_free(arena);
    }
}

Test(mail_mailboxes, places)
{
    struct arena *arena = arena_new();
    span body = SPAN(" X (y) <a@b.c>, d@e.f ");
    struct mail_mailboxes list = mail_mailboxes_of(body);
    struct mail_mailbox box;
    bool more;
    cr_assert_not(failed(mail_mailboxes_next(&list, arena, &box, &more)));
    cr_expect(span_eq(span_part(body, box.at, box.len), SPAN("X (y) <a@b.c>")));
    cr_expect(span_eq(span_part(body, box.spec_at, box.spec_len), SPAN("a@b.c")));
    cr_assert_not(failed(mail_mailboxes_next(&list, arena, &box, &more)));
    cr_expect(span_eq(span_part(body, box.at, box.len), SPAN("d@e.f")));
    arena_free(arena);
}

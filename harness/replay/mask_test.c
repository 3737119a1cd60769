/* Replies in, masked replies out; what must not be touched stands beside what must. */
#include "harness/replay/mask.h"

#include <criterion/criterion.h>

struct row {
    const char *label;
    const char *mask; /* "" the usual ones */
    const char *reply, *wanted;
};

#define GREETING "220 mx1.example.com ESMTP Exim 4.96 Sat, 21 Nov 2026 22:24:41 +0000\r\n"
static const struct row rows[] = {
    {"the greeting is host and code", "", GREETING, "220 <host> <software>\r\n"},
    {"the date alone", "none,banner-date", GREETING, "220 mx1.example.com ESMTP Exim 4.96 <date>\r\n"},
    {"the host in other replies", "", "221 mx1.example.com closing\r\n", "221 <host> closing\r\n"},
    {"an id of 4.96", "", "250 OK id=1xUtV3-0002q8-0Z\r\n", "250 OK id=<id>\r\n"},
    {"an id of 4.99", "", "250 OK id=1xUtVh-000000003KB-3gAS\r\n", "250 OK id=<id>\r\n"},
    {"an id of Postfix", "", "250 2.0.0 Ok: queued as 4ABC123\r\n", "250 2.0.0 Ok: <id>\r\n"},
    {"words with dashes are no ids", "", "250 return-receipt-to is fine\r\n", "250 return-receipt-to is fine\r\n"},
    {"the client's address", "", "250 hello [127.0.0.1]:4000\r\n", "250 hello <address>\r\n"},
    {"brackets without an address", "", "501 [domain] expected\r\n", "501 [domain] expected\r\n"},
    {"codes and counts stay", "", "550 5.1.1 no 12\r\n", "550 5.1.1 no 12\r\n"},
    {"counts go when asked", "numbers", "250-5.1.1 no 12\r\n250 5.1.1 or 3\r\n", "250-5.1.1 no <n>\r\n250 5.1.1 or <n>\r\n"},
    {"none is none", "none", "221 mx1.example.com [127.0.0.1]\r\n", "221 mx1.example.com [127.0.0.1]\r\n"},
};

Test(replay_masks, hide_what_cannot_be_the_same)
{
    struct mask_facts facts = mask_facts_of(span_text(GREETING));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        const char *name = rows[i].mask;
        struct args_texts names = {&name, *name ? 1 : 0, 1};
        mask_list masks = {0};
        cr_assert(!failed(replay_masks_choose(&names, arena, &masks)), "%s", rows[i].label);
        span got = replay_masks_apply(&masks, &facts, span_text(rows[i].reply), arena);
        cr_assert(span_eq(got, span_text(rows[i].wanted)), "%s: %.*s", rows[i].label, SPAN_FMT(got));
        arena_free(arena);
    }
}

Test(replay_masks, an_unknown_mask_is_refused_with_those_there_are)
{
    struct arena *arena = arena_new();
    const char *name = "hots";
    struct args_texts names = {&name, 1, 1};
    mask_list masks = {0};
    err e = replay_masks_choose(&names, arena, &masks);
    cr_assert_eq(e.kind, ERR_SYNTAX);
    cr_assert(strstr(e.what, "hots") && strstr(e.what, "banner-date"), "%s", e.what);
    arena_free(arena);
}

Test(replay_masks, each_has_a_name_and_a_reason)
{
    for (const struct replay_mask *m = replay_masks; m->name; m++) {
        cr_assert(m->because && *m->because, "%s", m->name);
        cr_assert((m->length && m->mark) != (m->apply != NULL), "%s hides in one way", m->name);
    }
}

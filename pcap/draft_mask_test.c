/* What is masked, and why, in one capture and beside another. "<...>" marks what must be masked. */
#include "pcap/draft_mask.h"

#include "base/buf.h"

#include <criterion/criterion.h>

static const struct {
    const char *label, *marked, *other, *seen; /* other NULL: one capture */
    bool greeting;
    const char *reasons;
} rows[] = {
    {"a greeting", "<mx.example.com> ESMTP <Exim 4.96> <Sat, 21 Nov 2026 22:15:33 +0000>", NULL, "", true, "host, software, date"},
    {"another host in it", "<mx.example.com> here is <relay.example.net>", NULL, "", true, "host"},
    {"free text", "2.1.0 Ok, pleased to meet you", NULL, "", false, ""},
    {"an id of Exim's", "OK id=<1xUwSE-0006br-2U>", NULL, "", false, "id, by its shape"},
    {"an id that the log has", "2.0.0 Ok: queued as <4Fxyz12>", NULL, "x 4Fxyz12: from=<a>", false, "id, seen again in the log or spool"},
    {"a word that the log has and that is no id", "2.0.0 Message accepted", NULL, "Message accepted", false, ""},
    {"a word as random as an id", "2.0.0 OK  <a640c23a62f3b7654f8aAq> - gsmtp", NULL, "", false, "word that looks random"},
    {"long words are not random", "authentication-mechanisms are 8BITMIME and ENHANCEDSTATUSCODES", NULL, "", false, ""},
    {"a date as ISO has it", "closing at <2026-11-21T22:15:33>Z", NULL, "", false, "date"},
    {"the same twice", "mx.example.com ESMTP Exim 4.96 OK id=1xUwSE-0006br-2U", "mx.example.com ESMTP Exim 4.96 OK id=1xUwSE-0006br-2U", "", true, ""},
    {"a number", "take <3> of 10 left", "take 12 of 10 left", "", false, "number that differs between the captures"},
    {"a number inside a word", "size=<1399>; fine", "size=77; fine", "", false, "number that differs between the captures"},
    {"an id", "OK id=<1xUwSE-0006br-2U>", "OK id=1xUwSF-0006bs-3V", "", false, "id, by its shape"},
    {"Postfix's", "2.0.0 Ok: queued as <4Fxyz12>", "2.0.0 Ok: queued as 4Fxyz13", "", false, "id, by its shape"},
    {"a date is masked whole", "mx ESMTP <Sat, 21 Nov 2026 22:15:33 +0000>", "mx ESMTP Sat, 21 Nov 2026 22:15:41 +0000", "", true, "date"},
    {"words", "2.1.5 <alice> is fine", "2.1.5 bob is fine", "", false, "what differs between the captures"},
    {"more words", "2.1.5 <a b c> end", "2.1.5 x end", "", false, "what differs between the captures"},
    {"fewer words", "2.1.5 end<>", "2.1.5 end here", "", false, "what differs between the captures"},
};

Test(draft_masks, only_what_there_is_evidence_for)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct buf text, back;
        buf_init(&text, 4096);
        buf_init(&back, 4096);
        for (const char *c = rows[i].marked; *c; c++) {
            if (*c != '<' && *c != '>') {
                buf_put_byte(&text, (unsigned char)*c);
            }
        }
        span other = span_text(rows[i].other);
        struct draft_evidence e = {.greeting = rows[i].greeting, .software = rows[i].greeting ? "Exim 4.96" : NULL,
                                   .seen = span_text(rows[i].seen), .other = rows[i].other ? &other : NULL};
        draft_masks masks = {0};
        draft_masks_find(buf_span(&text), &e, arena, &masks);
        size_t at = 0;
        for (size_t k = 0; k < masks.count; k++) {
            struct draft_mask m = masks.at[k];
            buf_put(&back, span_part(buf_span(&text), at, m.at - at));
            buf_printf(&back, "<%.*s>", SPAN_FMT(span_part(buf_span(&text), m.at, m.len)));
            at = m.at + m.len;
        }
        buf_put(&back, span_from(buf_span(&text), at));
        cr_assert(span_eq(buf_span(&back), span_text(rows[i].marked)), "%s: %.*s", rows[i].label, SPAN_FMT(buf_span(&back)));
        cr_assert_str_eq(draft_reasons(&masks, arena), rows[i].reasons, "%s", rows[i].label);
        buf_wipe(&text);
        buf_wipe(&back);
        arena_free(arena);
    }
}

Test(draft_entropy, is_shannons)
{
    cr_assert_eq(draft_entropy(SPAN("aaaaaaaa")), 0u);
    cr_assert_eq(draft_entropy(SPAN("abababab")), 100u);
    cr_assert_eq(draft_entropy(SPAN("abcdefgh")), 300u);
    unsigned word = draft_entropy(SPAN("message"));
    cr_assert(word > 210 && word < 230, "%u", word);
}

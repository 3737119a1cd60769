/* Every message of vectors/dkim and vectors/arc has the verdict that the RFC gives it, under both
   libraries, with line ends of the wire and of a mailbox. */
#include "harness/seal/proof.h"

#include "base/file.h"

#include <criterion/criterion.h>

enum { CEILING = 4 << 20, NOW = 1795000000 };

/* The name servers of the vectors: rows NAME. TXT "..." "...", or NAME. TXT ! SERVFAIL. */
static enum proof_answer txt(void *context, span name, struct arena *arena, proof_texts *texts)
{
    span zone = *(const span *)context, line;
    while (span_line(&zone, &line)) {
        size_t end = span_find(line, SPAN(". TXT "));
        if (end == SPAN_NONE || !span_eq_caseless(span_first(line, end), name)) {
            continue;
        }
        span data = span_from(line, end + 6);
        if (span_starts(data, SPAN("!"))) {
            return PROOF_LATER;
        }
        unsigned char *to = arena_take(arena, data.len + 1);
        size_t len = 0;
        for (size_t i = 0, inside = 0; i < data.len; i++) {
            if (data.at[i] == '"') {
                inside = !inside;
            } else if (inside) {
                to[len++] = data.at[i];
            }
        }
        vec_add(arena, texts, span_of(to, len));
    }
    return texts->count > 0 ? PROOF_FOUND : PROOF_NOTHING;
}

static span cell(span *line)
{
    size_t bar = span_find(*line, SPAN(" | "));
    span head = bar == SPAN_NONE ? *line : span_first(*line, bar);
    *line = bar == SPAN_NONE ? SPAN_EMPTY : span_from(*line, bar + 3);
    return head;
}

static span as_stored(span text, struct arena *arena)
{
    unsigned char *at = arena_take(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\r') {
            at[len++] = text.at[i];
        }
    }
    return span_of(at, len);
}

static void check(const char *kind, span name, span verdict, span oldest, span text,
                  const struct proof_setup *setup, struct arena *arena)
{
    struct proof_message m;
    struct proof_chain chain = {0};
    const char *said = "none", *why = NULL;
    proof_message_read(text, arena, &m);
    if (strcmp(kind, "arc") == 0) {
        proof_arc(setup, &m, arena, &chain);
        said = proof_state_words[chain.state];
        why = chain.why;
        uint64_t want;
        cr_expect(!span_to_u64(oldest, &want) || want == chain.oldest, "arc/%.*s: oldest %u, not %.*s",
                  SPAN_FMT(name), chain.oldest, SPAN_FMT(oldest));
    } else {
        proof_verdicts all = {0};
        proof_dkim(setup, &m, arena, &all);
        for (size_t i = 0; i < all.count; i++) {
            const char *word = proof_state_words[all.at[i].state];
            said = i == 0 ? word : arena_printf(arena, "%s %s", said, word);
            why = all.at[i].why;
        }
    }
    cr_expect(span_eq(verdict, span_text(said)), "%s/%.*s (%s): %s (%s), and the RFC says %.*s", kind,
              SPAN_FMT(name), setup->crypto->name, said, why ? why : "-", SPAN_FMT(verdict));
}

static size_t run(const char *kind)
{
    struct arena *arena = arena_new();
    span zone, table, line;
    size_t count = 0;
    const char *folder = arena_printf(arena, "vectors/%s", kind);
    cr_assert(!failed(file_read(path_join(arena, folder, "keys.zone"), CEILING, arena, &zone)));
    cr_assert(!failed(file_read(path_join(arena, folder, "table"), CEILING, arena, &table)));
    while (span_line(&table, &line)) {
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        span text, name = cell(&line), verdict = cell(&line), oldest = cell(&line);
        const char *path = arena_printf(arena, "%s/%.*s.eml", folder, SPAN_FMT(name));
        cr_assert(!failed(file_read(path, CEILING, arena, &text)), "%s", path);
        struct proof_setup setup = {&proof_openssl, {txt, &zone}, NOW};
        check(kind, name, verdict, oldest, text, &setup, arena);
        setup.crypto = &proof_gnutls;
        check(kind, name, verdict, oldest, as_stored(text, arena), &setup, arena);
        count++;
    }
    arena_free(arena);
    return count;
}

Test(vectors, dkim, .timeout = 100)
{
    cr_expect(run("dkim") >= 150);
}

Test(vectors, arc, .timeout = 100)
{
    cr_expect(run("arc") >= 150);
}

/* RFC 6376 3.5, sig-q-tag: what reads as a list with an empty element is no signature to look at further. */
Test(vectors, an_empty_query_method_is_no_list)
{
    static const char *const lists[] = {":dns/txt", "dns/txt:", "dns/txt::x", ""};
    struct arena *arena = arena_new();
    struct proof_setup setup = {&proof_openssl, {NULL, NULL}, NOW};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct proof_message m;
        proof_verdicts all = {0};
        const char *text = arena_printf(arena, "DKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=s; h=from; q=%s;\r\n"
                                        " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
                                        "From: a@a.test\r\n\r\n", lists[i]);
        proof_message_read(span_text(text), arena, &m);
        proof_dkim(&setup, &m, arena, &all);
        cr_assert_eq(all.count, 1);
        cr_expect_eq(all.at[0].state, PROOF_INVALID, "q=%s", lists[i]);
        cr_expect_str_eq(all.at[0].why, "q= knows no dns/txt", "q=%s", lists[i]);
    }
    arena_free(arena);
}

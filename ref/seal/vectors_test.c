/* Every message of vectors/dkim and vectors/arc has the verdict that the RFC gives it, under both
   libraries and however the text is cut. The messages, and what other implementations say of them,
   come from tests/vectors/make. */
#include "ref/seal/verify.h"

#include "base/file.h"

#include <criterion/criterion.h>

enum { CEILING = 4 << 20, NOW = 1795000000 };

struct row {
    span name, verdict, oldest;
};

static span cell(span *line)
{
    span head, rest;
    size_t bar = span_find(*line, SPAN(" | "));
    head = bar == SPAN_NONE ? *line : span_first(*line, bar);
    rest = bar == SPAN_NONE ? SPAN_EMPTY : span_from(*line, bar + 3);
    *line = rest;
    return head;
}

/* What the session hands over: LF line ends, an end to the last line. */
static span as_spooled(span text, struct arena *arena)
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

static span verdict_of(const char *kind, struct seal_verifier *v, struct arena *arena,
                       unsigned *oldest)
{
    if (strcmp(kind, "arc") == 0) {
        const struct seal_arc *arc = seal_verifier_arc(v);
        *oldest = arc->oldest_pass;
        return span_text(seal_arc_words[arc->state]);
    }
    size_t count;
    const struct seal_dkim *d = seal_verifier_dkim(v, &count);
    struct buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&out, "%s%s", i > 0 ? " " : "",
                   seal_status_words[seal_reasons[d[i].judged.reason].status]);
    }
    span all = count > 0 ? arena_copy(arena, buf_span(&out)) : SPAN("none");
    buf_wipe(&out);
    return all;
}

static void check(const char *kind, const struct row *row, span text, struct dns *dns,
                  const struct seal_crypto *crypto, size_t grain)
{
    struct arena *arena = arena_new();
    struct seal_setup setup = {.crypto = crypto, .policy = &seal_policy_rfc, .dns = dns,
                               .now = NOW * NANOS_PER_SECOND, .dns_together = 10000};
    struct seal_verifier *v = seal_verifier_new(&setup, arena);
    unsigned oldest = 0;
    for (size_t i = 0; i < text.len; i += grain) {
        seal_verifier_add(v, span_part(text, i, grain));
    }
    seal_verifier_end(v);
    span said = verdict_of(kind, v, arena, &oldest);
    cr_expect(span_eq(said, row->verdict), "%s/%.*s (%s, grain %zu): %.*s, and the RFC says %.*s", kind,
              SPAN_FMT(row->name), crypto->name, grain, SPAN_FMT(said), SPAN_FMT(row->verdict));
    uint64_t wanted;
    if (span_to_u64(row->oldest, &wanted)) {
        cr_expect(oldest == wanted, "%s/%.*s: oldest-pass %u, not %u", kind, SPAN_FMT(row->name),
                  oldest, (unsigned)wanted);
    }
    seal_verifier_close(v);
    arena_free(arena);
}

static size_t run(const char *kind)
{
    struct arena *arena = arena_new();
    struct dns *dns;
    span zone, table, line;
    size_t count = 0;
    const char *folder = arena_printf(arena, "vectors/%s", kind);
    cr_assert(!failed(file_read(arena_printf(arena, "%s/keys.zone", folder), CEILING, arena, &zone)));
    cr_assert(!failed(file_read(arena_printf(arena, "%s/table", folder), CEILING, arena, &table)));
    err e = dns_open_zone(zone, "keys.zone", arena, &dns);
    cr_assert(!failed(e), "%s", e.what);
    while (span_line(&table, &line)) {
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        struct row row;
        span text;
        row.name = cell(&line);
        row.verdict = cell(&line);
        row.oldest = cell(&line);
        const char *path = arena_printf(arena, "%s/%.*s.eml", folder, SPAN_FMT(row.name));
        cr_assert(!failed(file_read(path, CEILING, arena, &text)), "%s", path);
        text = as_spooled(text, arena);
        for (size_t i = 0; i < seal_crypto_count; i++) {
            check(kind, &row, text, dns, seal_cryptos[i], CEILING);
        }
        check(kind, &row, text, dns, seal_cryptos[0], 1);
        check(kind, &row, text, dns, seal_cryptos[0], 7);
        count++;
    }
    dns_close(dns);
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

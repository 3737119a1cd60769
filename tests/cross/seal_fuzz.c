/* Targets: the readers, canonicalisers and verifiers of seals, reference against judge.
   Property: they say the same of the same octets. The first octet says of what: a tag list, a field, a
   body, Authentication-Results, a key record, a chain (words of harness/seal/forge.h), a message. */
#include "base/check.h"
#include "base/file.h"
#include "harness/seal/authres.h"
#include "harness/seal/forge.h"
#include "harness/seal/key.h"
#include "harness/seal/tags.h"
#include "ref/seal/authres.h"

#include <stdio.h>

enum { CEILING = 16 << 20, NOW = 1795000000, DEEP = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void differ(const char *what, span input, const char *ref, const char *judge)
{
    fprintf(stderr, "%s: the reference says %s, the judge %s:\n%.*s\n", what, ref, judge,
            SPAN_FMT(input));
    CHECK(false);
}

/* What can stand behind a colon at all: line ends only where a blank follows, no other control
   octets. What is beyond that the judge refuses, and the reference reads on. */
static bool is_field(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        bool end = c == '\n' && i + 1 < text.len && ascii_is_blank(text.at[i + 1]);
        bool cr = c == '\r' && i + 2 < text.len && text.at[i + 1] == '\n';
        if ((c < 0x20 || c == 0x7f) && c != '\t' && !end && !cr) {
            return false;
        }
    }
    return true;
}

/* A header section that is one: where a line is no field, servers differ in what they make of it. */
static bool is_header(span text)
{
    span line;
    if (!span_has(text, SPAN(":"))) {
        return false;
    }
    bool first = true;
    while (span_line(&text, &line) && line.len > 0) {
        size_t n = 0;
        for (size_t i = 0; i < line.len; i++) {
            if (line.at[i] == 0x7f || (line.at[i] < 0x20 && line.at[i] != '\t')) {
                return false;
            }
        }
        while (n < line.len && line.at[n] > 0x20 && line.at[n] < 0x7f && line.at[n] != ':') {
            n++;
        }
        bool named = n > 0;
        while (n < line.len && ascii_is_blank(line.at[n])) {
            n++;
        }
        bool field = named && n < line.len && line.at[n] == ':';
        if (!field && (first || !ascii_is_blank(line.at[0]))) {
            return false;
        }
        first = false;
    }
    return true;
}

static void agree_tags(span text, struct arena *arena)
{
    struct seal_tags a;
    proof_tags b;
    const char *why_a = "yes", *why_b = "yes";
    bool good = seal_tags_read(text, arena, &a, &why_a);
    if (good != proof_tags_read(text, arena, &b, &why_b) || (good && a.list.count != b.count)) {
        differ("tags", text, why_a, why_b);
    }
    for (size_t i = 0; good && i < b.count; i++) {
        const struct seal_tag *t = &a.list.at[i];
        if (!span_eq(t->name, b.at[i].name) || !span_eq(t->value, b.at[i].value) ||
            !span_eq(t->raw, span_part(text, b.at[i].from, b.at[i].end - b.at[i].from))) {
            differ("a tag", text, arena_text(arena, t->value), arena_text(arena, b.at[i].value));
        }
    }
}

static void agree_base64(span text, struct arena *arena)
{
    span a, b;
    bool good = seal_base64_read(text, arena, &a);
    if (good != proof_base64_read(text, arena, &b) || (good && !span_eq(a, b))) {
        differ("base64", text, good ? "yes" : "no", good ? "no" : "yes");
    }
}

static void agree_field(span text)
{
    for (int canon = 0; canon < 2; canon++) {
        struct buf a, b;
        buf_init(&a, CEILING);
        buf_init(&b, CEILING);
        seal_header_put((enum seal_canon)canon, text, true, &a);
        proof_field_canon((enum proof_canon)canon, text, true, &b);
        if (!span_eq(buf_span(&a), buf_span(&b))) {
            buf_put_byte(&a, 0);
            buf_put_byte(&b, 0);
            differ("a field", text, (char *)a.at, (char *)b.at);
        }
        buf_wipe(&a);
        buf_wipe(&b);
    }
}

static void agree_body(span text, struct arena *arena)
{
    for (int canon = 0; canon < 2; canon++) {
        struct seal_bodies *bodies = seal_bodies_new(arena);
        struct seal_digest digest;
        unsigned char mine[PROOF_DIGEST];
        struct buf b;
        size_t want = seal_bodies_want(bodies, (enum seal_canon)canon, SEAL_SHA256, SEAL_WHOLE);
        for (size_t i = 0; i < text.len; i += 7) {
            seal_bodies_add(bodies, span_part(text, i, 7));
        }
        seal_bodies_end(bodies);
        CHECK(seal_bodies_read(bodies, want, &digest));
        buf_init(&b, CEILING);
        proof_body_canon((enum proof_canon)canon, text, &b);
        proof_openssl.sha256(buf_span(&b), mine);
        if (!span_eq(span_of(digest.at, digest.len), span_of(mine, PROOF_DIGEST))) {
            buf_put_byte(&b, 0);
            differ(canon ? "a relaxed body" : "a simple body", text, "another hash", (char *)b.at);
        }
        buf_wipe(&b);
        seal_bodies_free(bodies);
    }
}

/* The judge takes the ABNF by its letter, the reference passes on what others wrote: where both read, they part it
   alike. */
static void agree_authres(span text, struct arena *arena)
{
    struct proof_authres b;
    const char *why;
    size_t at, count = 0;
    span id, rest, result;
    if (!proof_authres_read(text, arena, &b, &why, &at)) {
        return;
    }
    if (!seal_authres_split(text, arena, &id, &rest) || !span_eq(id, b.id)) {
        differ("Authentication-Results", text, "another id", "so");
    }
    for (; seal_authres_next(&rest, &result); count++) {
        span method = count < b.results.count ? b.results.at[count].method : SPAN("none");
        if (!span_starts_caseless(seal_authres_skip(result), method)) {
            differ("a result", text, "otherwise", "so");
        }
    }
    if (count != (b.results.count > 0 ? b.results.count : 1)) {
        differ("Authentication-Results", text, "another count", "so");
    }
}

static void agree_key(span text, struct arena *arena)
{
    struct seal_key a = {0};
    struct proof_key b;
    if (text.len > SEAL_KEY_RECORD_MOST) {
        return; /* the reference's own limit */
    }
    seal_key_read(text, arena, &a);
    const char *why = proof_key_read(text, arena, &b);
    bool good = a.reason == SEAL_GOOD && a.sha256;
    /* Whether p= is a key of its type is told by a library: the judge asks it only with a signature. */
    if (good != (why == NULL) && a.reason != SEAL_KEY_UNUSABLE) {
        differ("a key", text, a.why ? a.why : "yes", why ? why : "yes");
    }
    if (good && a.no_subdomains != b.no_subdomains) {
        differ("t=s", text, a.no_subdomains ? "yes" : "no", b.no_subdomains ? "yes" : "no");
    }
}

/* ---- messages ---- */

static span lf_only(span text, struct arena *arena)
{
    unsigned char *at = arena_take(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\r' || i + 1 >= text.len || text.at[i + 1] != '\n') {
            at[len++] = text.at[i];
        }
    }
    return span_of(at, len);
}

static void agree_message(span message, const struct forged *forged, struct arena *arena)
{
    struct dns *dns;
    struct proof_message m;
    struct proof_chain chain;
    proof_verdicts verdicts = {0};
    struct forged *zone = ARENA_NEW(arena, struct forged);
    *zone = *forged;
    CHECK(!failed(dns_open_zone(forged->zone, "forged", arena, &dns)));
    struct seal_setup setup = {.crypto = seal_cryptos[0], .policy = &seal_policy_rfc, .dns = dns,
                               .now = NOW * NANOS_PER_SECOND, .dns_together = DEEP};
    struct proof_setup mine = {&proof_gnutls, {forge_txt, zone}, NOW};
    struct seal_verifier *v = seal_verifier_new(&setup, arena);
    seal_verifier_add(v, lf_only(message, arena));
    seal_verifier_end(v);
    const struct seal_arc *arc = seal_verifier_arc(v);
    proof_message_read(message, arena, &m);
    proof_arc(&mine, &m, arena, &chain);
    if (strcmp(seal_arc_words[arc->state], proof_state_words[chain.state]) != 0 ||
        (chain.state == PROOF_PASS && arc->oldest_pass != chain.oldest)) {
        differ("a chain", message,
               arena_printf(arena, "%s (%s, oldest %u)", seal_arc_words[arc->state],
                            arc->reason ? arc->reason : "", arc->oldest_pass),
               arena_printf(arena, "%s (%s, oldest %u)", proof_state_words[chain.state],
                            chain.why ? chain.why : "", chain.oldest));
    }
    size_t count;
    const struct seal_dkim *d = seal_verifier_dkim(v, &count);
    proof_dkim(&mine, &m, arena, &verdicts);
    for (size_t i = 0; i < count && i < verdicts.count; i++) {
        /* Which of two defects is met first is free (RFC 6376 6.1.3). */
        enum seal_status status = seal_reasons[d[i].judged.reason].status;
        bool good = status == SEAL_STATUS_PASS;
        if (d[i].evaluated && good != (verdicts.at[i].state == PROOF_PASS)) {
            differ("a signature", message, seal_status_words[status],
                   verdicts.at[i].why ? verdicts.at[i].why : "pass");
        }
    }
    seal_verifier_close(v);
    dns_close(dns);
}

#define MESSAGE                                                                                    \
    "From: a@chain.test\r\nTo: b@c.test\r\nSubject: Lunch  on\r\n\tSunday\r\nDate: Sun, 22 Nov "  \
    "2026 10:00:00 +0000\r\nMessage-ID: <1@chain.test>\r\n\r\nHello,\r\n\r\nlunch  at\tnoon? "    \
    "\r\n\r\n"

static bool set_up(struct forge_setup *s, struct arena *arena)
{
    *s = (struct forge_setup){.crypto = &proof_openssl, .message = SPAN(MESSAGE)};
    return !failed(file_read("vectors/keys/rsa1024.pem", CEILING, arena, &s->pem)) &&
           !failed(file_read("vectors/keys/ed25519.pem", CEILING, arena, &s->ed25519));
}

static void agree_chain(span text, struct arena *arena)
{
    struct forge_setup s;
    struct forged f;
    if (set_up(&s, arena) && forge_chain(&s, text, arena, &f) == NULL) {
        agree_message(f.message, &f, arena);
    }
}

static void agree_whole(span text, struct arena *arena)
{
    struct forge_setup s;
    struct forged f;
    if (set_up(&s, arena) && forge_chain(&s, SPAN(""), arena, &f) == NULL) {
        agree_message(text, &f, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct arena *arena = arena_new();
    span text = span_of(data + 1, size - 1);
    if (strchr("tfak", data[0]) != NULL && !is_field(text)) {
        data = (const uint8_t *)"-";
    }
    if ((data[0] == 'f' || data[0] == 'm') && !is_header(text)) {
        data = (const uint8_t *)"-";
    }
    switch (data[0]) {
    case 't':
        agree_tags(text, arena);
        agree_base64(text, arena);
        break;
    case 'f':
        agree_field(text);
        break;
    case 'b':
        agree_body(text, arena);
        break;
    case 'a':
        agree_authres(text, arena);
        break;
    case 'k':
        agree_key(text, arena);
        break;
    case 'c':
        agree_chain(text, arena);
        break;
    case 'm':
        agree_whole(text, arena);
        break;
    default:
        break;
    }
    arena_free(arena);
    return 0;
}

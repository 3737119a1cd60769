/* Verifications and seals a second on one core, beside the floor: the same number of bare signature checks
   (or signatures) by the same library plus one SHA-256 pass over the octets of the message. Keys are
   kept from message to message, as a server keeps them.

       seal_bench KEY.pem KEY.pub SECONDS

   A line for each: library, work, octets, sets, per second, floor, share. */
#include "ref/seal/authres.h"
#include "ref/seal/sign.h"
#include "ref/seal/verify.h"

#include "base/check.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LINE = 70 };

struct bench {
    const struct seal_crypto *crypto;
    struct arena *arena;
    struct dns *dns;
    struct seal_store *store;
    span key, body;
    const struct seal_checker *public;    /* for the floor, as are those below */
    const struct seal_private *private;
    struct seal_digest digest;
    span signature;
    double seconds;
};

static err body_give(void *context, err (*put)(void *to, span text), void *to)
{
    const span *body = context;
    for (size_t i = 0; i < body->len; i += 8192) {
        TRY(put(to, span_part(*body, i, 8192)));
    }
    return OK;
}

struct list {
    span *at;
    size_t count, room;
};

static err seal_onto(const struct bench *b, struct list *fields, unsigned hop, struct arena *arena)
{
    struct seal_arc_order arc = {.admd = SPAN("a.test"), .selector = SPAN("s"), .key = b->key,
                                 .timestamps = true};
    struct seal_order order = {.crypto = b->crypto, .store = b->store,
                               .now = clock_now(clock_system()), .arc = &arc};
    struct list all = {NULL, 0, 0};
    struct seal_made made;
    vec_add(arena, &all, hop == 1 ? SPAN("Authentication-Results: a.test; arc=none\n")
                                  : SPAN("Authentication-Results: a.test; arc=pass\n"));
    for (size_t i = 0; i < fields->count; i++) {
        vec_add(arena, &all, fields->at[i]);
    }
    struct seal_outgoing m = {.fields = all.at, .field_count = all.count, .body = body_give,
                              .context = (void *)(uintptr_t)&b->body};
    TRY(seal_sign(&order, &m, arena, &made));
    CHECK(made.count == 3);
    struct list out = {NULL, 0, 0};
    for (size_t i = 0; i < made.count; i++) {
        vec_add(arena, &out, made.at[i]);
    }
    for (size_t i = 0; i < fields->count; i++) {
        vec_add(arena, &out, fields->at[i]);
    }
    *fields = out;
    return OK;
}

static void verify_once(const struct bench *b, const struct list *fields)
{
    struct arena *arena = arena_new();
    struct seal_setup setup = {.crypto = b->crypto, .store = b->store, .policy = &seal_policy_rfc, .dns = b->dns,
                               .now = clock_now(clock_system()), .dns_together = 1000};
    struct seal_verifier *v = seal_verifier_new(&setup, arena);
    for (size_t i = 0; i < fields->count; i++) {
        seal_verifier_add(v, fields->at[i]);
    }
    seal_verifier_add(v, SPAN("\n"));
    for (size_t i = 0; i < b->body.len; i += 8192) {
        seal_verifier_add(v, span_part(b->body, i, 8192));
    }
    seal_verifier_end(v);
    CHECK(seal_verifier_arc(v)->state == SEAL_ARC_PASS);
    seal_verifier_close(v);
    arena_free(arena);
}

static void floor_once(const struct bench *b, const struct list *fields, size_t checks, size_t signs)
{
    struct arena *arena = arena_new();
    struct seal_digest digest;
    span signature;
    EVP_MD_CTX *h = seal_hash_begin(SEAL_SHA256);
    seal_hash_add(h, b->body);
    for (size_t i = 0; i < fields->count; i++) {
        seal_hash_add(h, fields->at[i]);
    }
    seal_hash_branch(h, span_first(b->body, b->body.len / LINE), &digest); /* the CRs */
    seal_hash_end(h);
    for (size_t i = 0; i < checks; i++) {
        CHECK(b->crypto->check(b->public, SEAL_SHA256, &b->digest, b->signature));
    }
    for (size_t i = 0; i < signs; i++) {
        CHECK(!failed(b->crypto->sign(b->private, &digest, arena, &signature)));
    }
    arena_free(arena);
}

/* Of the processor: others may be at work on this machine. */
static double now(void)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Ours and the floor by turns, so that both see the same machine. */
static void measure(const struct bench *b, const struct list *fields, unsigned sets, bool sign)
{
    double ours = 0, bare = 0;
    size_t count = 0;
    for (double end = now() + b->seconds; now() < end; count++) {
        double t0 = now();
        if (sign) {
            struct arena *arena = arena_new();
            struct list copy = *fields;
            CHECK(!failed(seal_onto(b, &copy, sets + 1, arena)));
            arena_free(arena);
        } else {
            verify_once(b, fields);
        }
        double t1 = now();
        floor_once(b, fields, sign ? 0 : 2 * (size_t)sets, sign ? 2 : 0);
        ours += t1 - t0;
        bare += now() - t1;
    }
    printf("%-8s %-6s %8zu octets %3u sets  %10.1f/s  floor %10.1f/s  %3.0f %%\n", b->crypto->name,
           sign ? "seal" : "verify", b->body.len, sets, (double)count / ours, (double)count / bare,
           100 * bare / ours);
}

static span body_make(struct arena *arena, size_t octets)
{
    unsigned char *at = arena_take(arena, octets);
    for (size_t i = 0; i < octets; i++) {
        at[i] = i % LINE == LINE - 1 ? '\n' : i % 7 == 6 ? ' ' : (unsigned char)('a' + i % 26);
    }
    return span_of(at, octets);
}

static struct dns *zone(const char *path, struct arena *arena)
{
    span pem, line;
    struct buf text;
    struct dns *dns;
    CHECK(!failed(file_read(path, 1 << 16, arena, &pem)));
    buf_init(&text, 1 << 16);
    buf_put_text(&text, "s._domainkey.a.test. TXT \"p=\"");
    while (span_line(&pem, &line)) {
        if (line.len > 0 && line.at[0] != '-') {
            buf_printf(&text, " \"%.*s\"", SPAN_FMT(line));
        }
    }
    buf_put_byte(&text, '\n');
    CHECK(!failed(dns_open_zone(buf_span(&text), "zone", arena, &dns)));
    buf_wipe(&text);
    return dns;
}

/* A key of each kind and a good signature. */
static void floor_open(struct bench *b, struct seal_held held[2])
{
    struct seal_key key;
    struct dns_answer answer;
    struct seal_pem pem = {b->key};
    const char *why;
    dns_ask(b->dns, SPAN("s._domainkey.a.test"), DNS_TXT, b->arena, &answer);
    CHECK(answer.count == 1);
    seal_key_read(answer.at[0].text, b->arena, &key);
    held[0] = seal_store_hold(NULL, b->crypto->checkers, b->key, &key.public, b->arena, &why);
    held[1] = seal_store_hold(NULL, b->crypto->privates, b->key, &pem, b->arena, &why);
    b->public = held[0].thing;
    b->private = held[1].thing;
    seal_hash_whole(SEAL_SHA256, b->key, &b->digest);
    CHECK(!failed(b->crypto->sign(b->private, &b->digest, b->arena, &b->signature)));
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {5000, 5000000};
    static const unsigned sets[] = {1, 3, 10};
    struct arena *arena = arena_new();
    if (argc != 4) {
        fprintf(stderr, "usage: seal_bench KEY.pem KEY.pub SECONDS\n");
        return 64;
    }
    struct bench b = {.arena = arena, .dns = zone(argv[2], arena), .seconds = strtod(argv[3], NULL)};
    CHECK(!failed(file_read(argv[1], 1 << 16, arena, &b.key)));
    b.store = seal_store_open();
    for (size_t c = 0; c < seal_crypto_count; c++) {
        struct seal_held held[2];
        b.crypto = seal_cryptos[c];
        floor_open(&b, held);
        for (size_t s = 0; s < 2; s++) {
            struct list fields = {NULL, 0, 0};
            b.body = body_make(arena, sizes[s]);
            vec_add(arena, &fields, SPAN("From: <x@a.test>\n"));
            vec_add(arena, &fields, SPAN("Subject: figures\n"));
            for (unsigned hop = 1, k = 0; hop <= 10; hop++) {
                CHECK(!failed(seal_onto(&b, &fields, hop, arena)));
                if (hop == sets[k]) {
                    k++;
                    measure(&b, &fields, hop, false);
                    measure(&b, &fields, hop, true);
                }
            }
        }
        seal_store_release(&held[0]);
        seal_store_release(&held[1]);
    }
    seal_store_close(b.store);
    dns_close(b.dns);
    arena_free(arena);
    return 0;
}

/* Verifications and seals a second on one core, beside the floor: the same number of bare signature checks
   (or signatures) by the library plus one SHA-256 pass over the octets of the message.

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

#include <openssl/evp.h>
#include <openssl/pem.h>

enum { LINE = 70 };

struct bench {
    const struct seal_crypto *crypto;
    struct arena *arena;
    struct dns *dns;
    span key, body;
    EVP_PKEY *public, *private;
    unsigned char digest[32], signature[512]; /* a good one, for the floor */
    size_t signature_len;
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
    struct seal_order order = {.crypto = b->crypto, .now = clock_now(clock_system()), .arc = &arc};
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
    struct seal_setup setup = {.crypto = b->crypto, .policy = &seal_policy_rfc, .dns = b->dns,
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

static void floor_once(const struct bench *b, size_t octets, size_t checks, size_t signs)
{
    unsigned char digest[32] = {0}, signature[512];
    unsigned len;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    CHECK(EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1);
    CHECK(EVP_DigestUpdate(c, b->body.at, b->body.len) == 1);
    CHECK(EVP_DigestUpdate(c, b->body.at, octets - b->body.len) == 1); /* the CRs */
    CHECK(EVP_DigestFinal_ex(c, digest, &len) == 1);
    EVP_MD_CTX_free(c);
    for (size_t i = 0; i < checks + signs; i++) {
        EVP_PKEY_CTX *k = EVP_PKEY_CTX_new(i < checks ? b->public : b->private, NULL);
        size_t room = sizeof signature;
        CHECK((i < checks ? EVP_PKEY_verify_init(k) : EVP_PKEY_sign_init(k)) == 1);
        CHECK(EVP_PKEY_CTX_set_signature_md(k, EVP_sha256()) == 1);
        if (i < checks) {
            CHECK(EVP_PKEY_verify(k, b->signature, b->signature_len, b->digest, 32) == 1);
        } else {
            CHECK(EVP_PKEY_sign(k, signature, &room, digest, 32) == 1);
        }
        EVP_PKEY_CTX_free(k);
    }
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
        floor_once(b, b->body.len + b->body.len / LINE, sign ? 0 : 2 * (size_t)sets, sign ? 2 : 0);
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
    FILE *pub = fopen(argv[2], "r"), *pem = fopen(argv[1], "r");
    CHECK(pub != NULL && pem != NULL);
    b.public = PEM_read_PUBKEY(pub, NULL, NULL, NULL);
    b.private = PEM_read_PrivateKey(pem, NULL, NULL, NULL);
    fclose(pub);
    fclose(pem);
    CHECK(!failed(file_read(argv[1], 1 << 16, arena, &b.key)));
    EVP_PKEY_CTX *once = EVP_PKEY_CTX_new(b.private, NULL);
    b.signature_len = sizeof b.signature;
    CHECK(EVP_PKEY_sign_init(once) == 1 &&
          EVP_PKEY_CTX_set_signature_md(once, EVP_sha256()) == 1 &&
          EVP_PKEY_sign(once, b.signature, &b.signature_len, b.digest, 32) == 1);
    EVP_PKEY_CTX_free(once);
    for (size_t c = 0; c < seal_crypto_count; c++) {
        b.crypto = seal_cryptos[c];
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
    }
    EVP_PKEY_free(b.public);
    EVP_PKEY_free(b.private);
    dns_close(b.dns);
    arena_free(arena);
    return 0;
}

/* What is signed here is verified here, under every pair of libraries; which fields are covered; the
   rules of arc_sign; when nothing is sealed. Others verify it in tests/vectors/interop. */
#include "ref/seal/sign.h"

#include "base/file.h"
#include "ref/seal/authres.h"
#include "ref/seal/verify.h"

#include <criterion/criterion.h>

#define NOW (INT64_C(1795000000) * NANOS_PER_SECOND)

static span body_text = {(const unsigned char *)"hello\n\nworld \n", 14};

static err body_give(void *context, err (*put)(void *to, span text), void *to)
{
    (void)context;
    return put(to, body_text);
}

static struct dns *zone(struct arena *arena)
{
    struct dns *dns;
    span pem, line, base64 = SPAN_EMPTY;
    cr_assert(!failed(file_read("vectors/keys/rsa1024.pub", 1 << 16, arena, &pem)));
    while (span_line(&pem, &line)) {
        if (line.len > 0 && line.at[0] != '-') {
            base64 = span_text(arena_printf(arena, "%.*s%.*s", SPAN_FMT(base64), SPAN_FMT(line)));
        }
    }
    const char *text = arena_printf(arena, "s._domainkey.a.test. TXT \"p=%.*s\"\n"
                                    "xn--sdw-hoa._domainkey.xn--gre-6ka8i.test. TXT \"p=%.*s\"\n",
                                    SPAN_FMT(base64), SPAN_FMT(base64));
    cr_assert(!failed(dns_open_zone(span_text(text), "zone", arena, &dns)));
    return dns;
}

static struct seal_verifier *verified(const struct seal_crypto *crypto, const struct seal_made *made,
                                      const span *fields, size_t count, struct dns *dns,
                                      struct arena *arena)
{
    struct seal_setup setup = {.crypto = crypto, .policy = &seal_policy_rfc, .dns = dns, .now = NOW,
                               .dns_together = 1000};
    struct seal_verifier *v = seal_verifier_new(&setup, arena);
    for (size_t i = 0; i < made->count; i++) {
        seal_verifier_add(v, made->at[i]);
    }
    for (size_t i = 0; i < count; i++) {
        seal_verifier_add(v, fields[i]);
    }
    seal_verifier_add(v, SPAN("\n"));
    seal_verifier_add(v, body_text);
    seal_verifier_end(v);
    return v;
}

static const span fields[] = {
    {(const unsigned char *)"Authentication-Results: a.test; arc=none; spf=pass\n", 51},
    {(const unsigned char *)"From: <x@a.test>\n", 17},
    {(const unsigned char *)"Subject: a\n  b\n", 15},
    {(const unsigned char *)"To: <y@b.test>\n", 15},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static const struct seal_outgoing message = {.fields = fields, .field_count = FIELDS, .body = body_give};
#define KEY SPAN("/proc/self/cwd/vectors/keys/rsa1024.pem")

Test(sign, both_libraries_verify_both)
{
    for (size_t s = 0; s < seal_crypto_count; s++) {
        for (size_t c = 0; c < seal_crypto_count * 4; c++) {
            struct arena *arena = arena_new();
            struct dns *dns = zone(arena);
            struct seal_dkim_order dkim = {.domain = SPAN("a.test"), .selector = SPAN("s"), .key = KEY,
                                           .simple = (c & 2) != 0, .timestamps = true,
                                           .lifetime = 100, .identity = SPAN("x@a.test")};
            struct seal_arc_order arc = {.admd = SPAN("a.test"), .selector = SPAN("s"), .key = KEY,
                                         .form = (c & 4) != 0 ? SEAL_FORM_EXIM : SEAL_FORM_RFC,
                                         .remote_ip = SPAN("192.0.2.1")};
            struct seal_order order = {.crypto = seal_cryptos[s], .now = NOW, .dkim = &dkim,
                                       .dkim_count = 1, .arc = &arc};
            struct seal_made made;
            size_t count;
            cr_assert(!failed(seal_sign(&order, &message, arena, &made)));
            cr_assert(made.count == 4, "%s %s", made.dkim_failure, made.arc_failure);
            struct seal_verifier *v = verified(seal_cryptos[c & 1], &made, fields, FIELDS, dns, arena);
            const struct seal_dkim *d = seal_verifier_dkim(v, &count);
            cr_expect(count == 1 && d[0].judged.reason == SEAL_GOOD, "%zu %zu: %s", s, c,
                      seal_reasons[d[0].judged.reason].log);
            const struct seal_arc *a = seal_verifier_arc(v);
            cr_expect(a->state == SEAL_ARC_PASS, "%zu %zu: %s", s, c, a->reason);
            const char *sets = arena_printf(arena, "{\"i\":1, \"d\":\"a.test\", \"s\":\"s\", \"ip\":\"%s\"}",
                                            (c & 4) != 0 ? "192.0.2.1" : "");
            cr_expect(span_eq(a->sets, span_text(sets)), "%.*s", SPAN_FMT(a->sets));
            seal_verifier_close(v);
            dns_close(dns);
            arena_free(arena);
        }
    }
}

Test(sign, keys_of_internationalised_names_are_found)
{
    struct arena *arena = arena_new();
    struct dns *dns = zone(arena);
    struct seal_dkim_order dkim = {.domain = SPAN("gr\xc3\xb6\xc3\x9f" "e.test"),
                                   .selector = SPAN("s\xc3\xbc" "dw"), .key = KEY};
    struct seal_order order = {.crypto = &seal_crypto_openssl, .now = NOW, .dkim = &dkim,
                               .dkim_count = 1};
    struct seal_made made;
    size_t count;
    cr_assert(!failed(seal_sign(&order, &message, arena, &made)) && made.count == 1, "%s",
              made.dkim_failure);
    struct seal_verifier *v = verified(&seal_crypto_openssl, &made, fields, FIELDS, dns, arena);
    const struct seal_dkim *d = seal_verifier_dkim(v, &count);
    cr_expect(count == 1 && d[0].judged.reason == SEAL_GOOD, "%s", seal_reasons[d[0].judged.reason].log);
    seal_verifier_close(v);
    dns_close(dns);
    arena_free(arena);
}

Test(sign, names)
{
    static const struct {
        const char *headers, *names;
    } rows[] = {
        {"From:Subject:Cc", "h=From:Subject:Cc;"},
        {"Subject", "h=Subject:From;"},
        {"From:=Subject:=Cc", "h=From:Subject;"},
        {"+From:+Cc", "h=From:From:Cc;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct seal_dkim_order dkim = {.domain = SPAN("a.test"), .selector = SPAN("s"), .key = KEY,
                                       .headers = span_text(rows[i].headers)};
        struct seal_order order = {.crypto = &seal_crypto_openssl, .now = NOW, .dkim = &dkim,
                                   .dkim_count = 1};
        struct seal_made made;
        cr_assert(!failed(seal_sign(&order, &message, arena, &made)) && made.count == 1);
        cr_expect(span_has(made.at[0], span_text(rows[i].names)), "%s: %.*s", rows[i].headers,
                  SPAN_FMT(made.at[0]));
        arena_free(arena);
    }
}

Test(sign, what_stops_it)
{
    static const struct {
        const char *label, *admd, *key, *failure, *first;
    } rows[] = {
        {"other ADMD", "b.test", "/proc/self/cwd/vectors/keys/rsa1024.pem",
         "ARC: no Authentication-Results header for signing", NULL},
        {"no file", "a.test", "/nowhere.pem", "unable to open file for reading: /nowhere.pem", NULL},
        {"no key", "a.test", "words", "ARC: AMS signing: the private key is no PEM key without passphrase", NULL},
        {"short key", "a.test", "/proc/self/cwd/vectors/keys/rsa768.pem",
         "ARC: AMS signing: the private key has 768 bits, RFC 8301 wants 1024", NULL},
        {"chain without a result", "a.test", "/proc/self/cwd/vectors/keys/rsa1024.pem",
         "ARC: the message has a chain, and no Authentication-Results header for signing has its result",
         "ARC-Seal: i=1; cv=none\n"},
        {"above cv=fail", "a.test", "/proc/self/cwd/vectors/keys/rsa1024.pem", NULL,
         "ARC-Seal: i=1; cv=fail\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t c = 0; c < seal_crypto_count; c++) {
            struct arena *arena = arena_new();
            span with[FIELDS + 1];
            memcpy(with, fields, sizeof fields);
            with[FIELDS] = rows[i].first != NULL ? span_text(rows[i].first) : SPAN("X: y\n");
            struct seal_outgoing m = {.fields = with, .field_count = FIELDS + 1, .body = body_give};
            struct seal_arc_order arc = {.admd = span_text(rows[i].admd), .selector = SPAN("s"),
                                         .key = span_text(rows[i].key)};
            struct seal_order order = {.crypto = seal_cryptos[c], .now = NOW, .arc = &arc};
            struct seal_made made;
            cr_assert(!failed(seal_sign(&order, &m, arena, &made)));
            cr_expect(made.count == 0, "%s", rows[i].label);
            if (rows[i].failure != NULL) {
                cr_assert(made.arc_failure != NULL, "%s", rows[i].label);
                cr_expect_str_eq(made.arc_failure, rows[i].failure, "%s", made.arc_failure);
            } else {
                cr_expect(made.arc_failure == NULL, "%s: %s", rows[i].label, made.arc_failure);
            }
            arena_free(arena);
        }
    }
}

Test(sign, option)
{
    static const struct {
        const char *options;
        bool timestamps, expires;
        uint64_t expiry;
    } rows[] = {
        {"", false, false, 0},
        {"timestamps", true, false, 0},
        {"expire", false, true, 1795000000 + 2592000},
        {"expire=", false, true, 1795000000 + 2592000},
        {"expire=12345", false, true, 12345},
        {"expire=+60", false, true, 1795000060},
        {"expire=+0", false, true, 1795000000 + 2592000},
        {"expire=soon", false, true, 1795000000 + 2592000},
        {" timestamps , expire=+1 ", true, true, 1795000001},
        {"unknown,timestamps", true, false, 0},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span elements[] = {SPAN("a.test"), SPAN("s"), SPAN("k"), span_text(rows[i].options)};
        struct seal_arc_order o;
        const char *failure = NULL;
        cr_assert(seal_arc_read(elements, 4, SPAN(""), NOW, &o, &failure, arena));
        cr_expect(o.timestamps == rows[i].timestamps && o.expires == rows[i].expires &&
                  o.expiry == rows[i].expiry, "%s: %llu", rows[i].options,
                  (unsigned long long)o.expiry);
    }
    arena_free(arena);
}

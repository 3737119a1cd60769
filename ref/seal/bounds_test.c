/* Input that is meant to cost: header sections of 1 MB, 10,000 fields, 1,000 signatures, keys of 16 and
   of 16,384 bits, key records of 64 KB, a DNS that is silent, bare CR and NUL, comments without end. Each
   has the RFC's verdict and a bounded share of memory; time is bounded by what is looked at, which is
   counted where it can be. */
#include "ref/mail/base64.h"
#include "ref/seal/authres.h"
#include "ref/seal/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define NOW (INT64_C(1795000000) * NANOS_PER_SECOND)

static struct dns *zone(const char *text, struct arena *arena)
{
    struct dns *dns;
    cr_assert(!failed(dns_open_zone(span_text(text), "zone", arena, &dns)));
    return dns;
}

static struct seal_verifier *begun(struct dns *dns, struct arena *arena)
{
    struct seal_setup setup = {.crypto = &seal_crypto_openssl, .policy = &seal_policy_rfc,
                               .dns = dns, .now = NOW, .dns_together = 1000};
    return seal_verifier_new(&setup, arena);
}

/* A signature that is whole in form. */
static const char *signature(struct arena *arena, const char *selector)
{
    return arena_printf(arena,
                        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.test; s=%s;\n"
                        "\th=From:To; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n\tb=QUJD\n",
                        selector);
}

static enum seal_reason verdict(const char *records, const char *field, const char *body)
{
    struct arena *arena = arena_new();
    struct dns *dns = zone(records, arena);
    struct seal_verifier *v = begun(dns, arena);
    size_t count;
    seal_verifier_add(v, span_text(field));
    seal_verifier_add(v, SPAN("From: <a@a.test>\n\n"));
    seal_verifier_add(v, span_text(body));
    seal_verifier_end(v);
    const struct seal_dkim *d = seal_verifier_dkim(v, &count);
    cr_assert_eq(count, 1);
    enum seal_reason reason = d[0].judged.reason;
    seal_verifier_close(v);
    dns_close(dns);
    arena_free(arena);
    return reason;
}

Test(bounds, keys_have_the_lengths_that_are_taken)
{
    /* Moduli that are odd numbers of the length; as RSAPublicKey. */
    static const struct {
        unsigned bits;
        enum seal_reason reason;
    } rows[] = {{16, SEAL_KEY_SHORT}, {16384, SEAL_KEY_UNUSABLE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        size_t octets = rows[i].bits / 8;
        struct buf der, record;
        buf_init(&der, 8192);
        buf_init(&record, 8192);
        size_t inner = 1 + (octets + 1 > 127 ? 3 : 1) + octets + 1 + 5;
        if (inner > 127) {
            buf_printf(&der, "%c%c%c%c", 0x30, 0x82, (int)(inner >> 8), (int)(inner & 255));
            buf_printf(&der, "%c%c%c%c", 0x02, 0x82, (int)((octets + 1) >> 8),
                       (int)((octets + 1) & 255));
        } else {
            buf_printf(&der, "%c%c%c%c", 0x30, (int)inner, 0x02, (int)octets + 1);
        }
        buf_put_byte(&der, 0);
        for (size_t k = 0; k < octets; k++) {
            buf_put_byte(&der, 0xff);
        }
        buf_put(&der, SPAN("\x02\x03\x01\x00\x01"));
        buf_put_text(&record, "s._domainkey.a.test TXT \"p=");
        struct buf base64;
        buf_init(&base64, 8192);
        mail_base64_put(buf_span(&der), &base64);
        for (size_t k = 0; k < base64.len; k += 200) {
            buf_printf(&record, "%s%.*s", k > 0 ? "\" \"" : "",
                       SPAN_FMT(span_part(buf_span(&base64), k, 200)));
        }
        buf_put_text(&record, "\"\n");
        cr_expect_eq(verdict(arena_text(arena, buf_span(&record)), signature(arena, "s"), ""),
                     rows[i].reason, "%u bits", rows[i].bits);
        buf_wipe(&base64);
        buf_wipe(&record);
        buf_wipe(&der);
        arena_free(arena);
    }
}

Test(bounds, a_key_record_of_64_KB_is_overlong)
{
    struct arena *arena = arena_new();
    struct seal_key key;
    unsigned char *at = arena_take(arena, 65535);
    memset(at, 'A', 65535);
    memcpy(at, "p=", 2);
    size_t before = arena_used(arena);
    seal_key_read(span_of(at, 65535), arena, &key);
    cr_expect_eq(key.reason, SEAL_KEY_OVERLONG);
    cr_expect_leq(arena_used(arena) - before, 1024);
    arena_free(arena);
}

Test(bounds, a_dns_that_is_silent_is_a_temporary_failure)
{
    struct arena *arena = arena_new();
    cr_expect_eq(verdict("s._domainkey.a.test TIMEOUT\n", signature(arena, "s"), ""),
                 SEAL_KEY_UNAVAILABLE);
    cr_expect_eq(verdict("s._domainkey.a.test CNAME t.a.test\nt.a.test CNAME s._domainkey.a.test\n",
                         signature(arena, "s"), ""),
                 SEAL_KEY_UNAVAILABLE, "a circle of aliases");
    cr_expect_eq(verdict("x TXT \"\"\n", signature(arena, "s"), ""), SEAL_KEY_MISSING);
    arena_free(arena);
}

Test(bounds, of_1000_signatures_20_are_evaluated)
{
    struct arena *arena = arena_new();
    struct dns *dns = zone("x TXT \"\"\n", arena);
    struct seal_verifier *v = begun(dns, arena);
    size_t count;
    for (unsigned i = 0; i < 1000; i++) {
        seal_verifier_add(v, span_text(signature(arena, arena_printf(arena, "s%u", i))));
    }
    seal_verifier_add(v, SPAN("From: <a@a.test>\n\n"));
    seal_verifier_end(v);
    (void)seal_verifier_dkim(v, &count);
    cr_expect_eq(count, SEAL_SIGNATURES_MOST);
    cr_expect_eq(seal_verifier_signatures(v), 1000);
    seal_verifier_close(v);
    dns_close(dns);
    arena_free(arena);
}

/* 10,000 fields, and a signature that names each of them and 90,000 more: a step for each. */
Test(bounds, many_fields_and_many_names_are_not_multiplied)
{
    enum { FIELDS = 10000, NAMES = 100000 };
    struct arena *arena = arena_new();
    span *at = arena_take_array(arena, FIELDS, sizeof *at);
    struct seal_fields fields;
    size_t which, taken = 0;
    for (unsigned i = 0; i < FIELDS; i++) {
        at[i] = span_text(arena_printf(arena, "X-%u: y\n", i % 5000));
    }
    seal_fields_read(at, FIELDS, arena, &fields);
    seal_walk_begin(&fields);
    for (unsigned i = 0; i < NAMES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "x-%u", i % 5000);
        taken += seal_walk_take(&fields, span_text(name), &which) ? 1 : 0;
    }
    cr_expect_eq(taken, FIELDS);
    arena_free(arena);
}

Test(bounds, a_header_section_of_1_MB_is_kept_once)
{
    struct arena *arena = arena_new();
    struct dns *dns = zone("x TXT \"\"\n", arena);
    struct seal_verifier *v = begun(dns, arena);
    size_t count;
    for (unsigned i = 0; i < 16000; i++) {
        seal_verifier_add(v, SPAN("X-Long: 0123456789012345678901234567890123456789012345678901234\n"));
    }
    seal_verifier_add(v, SPAN("\nbody\n"));
    seal_verifier_end(v);
    (void)seal_verifier_dkim(v, &count);
    cr_expect_eq(count, 0);
    cr_expect_eq(seal_verifier_arc(v)->state, SEAL_ARC_NONE);
    cr_expect_leq(arena_used(arena), (size_t)8 << 20);
    seal_verifier_close(v);
    dns_close(dns);
    arena_free(arena);
}

Test(bounds, bare_CR_and_NUL_in_fields_are_octets)
{
    struct arena *arena = arena_new();
    struct dns *dns = zone("s._domainkey.a.test TXT \"p=\"\n", arena);
    static const struct {
        const char *label;
        span field;
        enum seal_reason reason;
    } rows[] = {
        {"CR in a tag", {(const unsigned char *)"DKIM-Signature: v=1; a=rsa-sha256; d=a.\rtest; s=s; "
                         "h=From; bh=AA==; b=AA\n", 73}, SEAL_BAD_TAGS},
        {"NUL in a tag", {(const unsigned char *)"DKIM-Signature: v=1; a=rsa-sha256; d=a.\0test; s=s; "
                          "h=From; bh=AA==; b=AA\n", 73}, SEAL_BAD_TAGS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seal_verifier *v = begun(dns, arena);
        size_t count;
        seal_verifier_add(v, rows[i].field);
        seal_verifier_add(v, SPAN("X\0Y: \r\0\nFrom: <a@a.test>\n\n\r\0body"));
        seal_verifier_end(v);
        const struct seal_dkim *d = seal_verifier_dkim(v, &count);
        cr_assert_eq(count, 1, "%s", rows[i].label);
        cr_expect_eq(d[0].judged.reason, rows[i].reason, "%s", rows[i].label);
        seal_verifier_close(v);
    }
    dns_close(dns);
    arena_free(arena);
}

/* RFC 8616 5: whichever form the message has, it is the same name; t=s compares it so too. */
Test(bounds, a_u_label_and_its_a_label_are_one_name)
{
    static const struct {
        const char *d, *i, *flags;
        enum seal_reason reason;
    } rows[] = {
        {"b\xc3\xbc" "cher.test", "x@xn--bcher-kva.test", "t=s; ", SEAL_WRONG},
        {"xn--bcher-kva.test", "@B\xc3\x9c" "CHER.test", "t=s; ", SEAL_WRONG},
        {"xn--bcher-kva.test", "@sub.b\xc3\xbc" "cher.test", "", SEAL_WRONG},
        {"xn--bcher-kva.test", "@sub.b\xc3\xbc" "cher.test", "t=s; ", SEAL_KEY_UNFIT},
        {"xn--bcher-kva.test", "@b\xc3\xb6" "cher.test", "", SEAL_BAD_TAGS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char zone_text[2048], field[512];
        snprintf(zone_text, sizeof zone_text, "s._domainkey.xn--bcher-kva.test TXT \"%sk=ed25519; "
                 "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n",
                 rows[i].flags);
        snprintf(field, sizeof field, "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; "
                 "d=%s; i=%s; s=s; h=From; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; "
                 "b=QUJD\n", rows[i].d, rows[i].i);
        enum seal_reason got = verdict(zone_text, field, "");
        cr_expect_eq(got, rows[i].reason, "%zu: %d", i, (int)got);
    }
}

/* Each of them was looked for up to the end of the field, which is hours for 1 MB. */
Test(bounds, comments_that_do_not_end_are_looked_for_once, .timeout = 20)
{
    static const struct {
        const char *begin, *repeated;
    } rows[] = {{"x ", "("}, {"x; a=b ", "("}, {"x; ", "a=b (;"}, {"x; ", "(\r\n "}, {"(", "("}};
    enum { OCTETS = 1 << 20 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        unsigned char *at = arena_take(arena, OCTETS);
        size_t begin = strlen(rows[i].begin), repeated = strlen(rows[i].repeated);
        span id, rest, text;
        for (size_t k = 0; k < OCTETS; k++) {
            at[k] = (unsigned char)(k < begin ? rows[i].begin[k]
                                              : rows[i].repeated[(k - begin) % repeated]);
        }
        cr_expect_eq(seal_authres_claims(span_of(at, OCTETS), SPAN("x"), arena), true, "%zu", i);
        if (seal_authres_split(span_of(at, OCTETS), arena, &id, &rest)) {
            while (seal_authres_next(&rest, &text)) {
                (void)seal_authres_skip(text);
            }
        }
        arena_free(arena);
    }
}

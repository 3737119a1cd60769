/* Every defect at the first, a middle and the last hop has the verdict of RFC 8617 5.2, under both
   libraries; what differs only in layout passes. */
#include "harness/seal/forge.h"

#include "base/file.h"

#include <criterion/criterion.h>

static struct arena *arena;
static struct forge_setup setup;

#define MESSAGE                                                                                    \
    "From: a@chain.test\r\nTo: b@c.test\r\nSubject: Lunch  on\r\n\tSunday\r\n"                     \
    "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@chain.test>\r\n\r\n"                 \
    "Hello,\r\n\r\nlunch  at\tnoon? \r\n\r\n"

static void make(void)
{
    arena = arena_new();
    setup = (struct forge_setup){.crypto = &proof_openssl, .message = SPAN(MESSAGE)};
    cr_assert(!failed(file_read("vectors/keys/rsa1024.pem", 1 << 16, arena, &setup.pem)));
    cr_assert(!failed(file_read("vectors/keys/ed25519.pem", 1 << 16, arena, &setup.ed25519)));
}

static void drop(void)
{
    arena_free(arena);
}

TestSuite(forge, .init = make, .fini = drop);

static struct proof_chain judged(const char *text, const struct proof_crypto *by)
{
    struct forged f;
    struct proof_message m;
    struct proof_chain chain;
    const char *wrong = forge_chain(&setup, span_text(text), arena, &f);
    cr_assert_null(wrong, "%s: %s", text, wrong);
    struct proof_setup s = {by, {forge_txt, &f}, 1800000000};
    proof_message_read(f.message, arena, &m);
    proof_arc(&s, &m, arena, &chain);
    return chain;
}

static void expect(const char *text, enum proof_state state)
{
    const struct proof_crypto *const all[] = {&proof_openssl, &proof_gnutls};
    for (size_t i = 0; i < 2; i++) {
        setup.crypto = all[i];
        struct proof_chain c = judged(text, all[1 - i]);
        cr_expect_eq(c.state, state, "%s (checked by %s): %s, %s", text, all[1 - i]->name,
                     proof_state_words[c.state], c.why ? c.why : "-");
    }
}

Test(forge, lengths)
{
    static const unsigned lengths[] = {1, 2, 3, 10, 50, 51};
    expect("", PROOF_NONE);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char *text = arena_take(arena, lengths[i] * 4 + 1);
        for (unsigned n = 0; n < lengths[i]; n++) {
            memcpy(text + (size_t)n * 4, "hop\n", 4);
        }
        expect(text, lengths[i] > 50 ? PROOF_FAIL : PROOF_PASS);
    }
}

/* One word at each of three hops. own: it matters only where the hop is the last. */
static const struct {
    const char *word;
    enum proof_state state;
    bool own;
} words[] = {
    {"fold=none", PROOF_PASS, false},
    {"fold=tight", PROOF_PASS, false},
    {"fold=tags", PROOF_PASS, false},
    {"fold=values", PROOF_PASS, false},
    {"fold=blanks", PROOF_PASS, false},
    {"fold=tabs", PROOF_PASS, false},
    {"fold=all", PROOF_PASS, false},
    {"reversed", PROOF_PASS, false},
    {"reversed fold=all", PROOF_PASS, false},
    {"ams.c=simple/simple fold=all", PROOF_PASS, false},
    {"ams.c=simple", PROOF_PASS, false},
    {"ams.c=relaxed", PROOF_PASS, false},
    {"ams.c=relaxed/simple", PROOF_PASS, false},
    {"ams.c=simple/relaxed", PROOF_PASS, false},
    {"ams.l=5", PROOF_PASS, false},
    {"ams.l=0", PROOF_PASS, false},
    {"ams.a=ed25519-sha256 as.a=ed25519-sha256", PROOF_PASS, false},
    {"as.a=ed25519-sha256", PROOF_PASS, false},
    {"as.t", PROOF_PASS, false},
    {"as.xyz=1 ams.xyz=1", PROOF_PASS, false},
    {"ams.x=1900000000", PROOF_PASS, false},
    {"missing=aar", PROOF_FAIL, false},
    {"missing=ams", PROOF_FAIL, false},
    {"missing=as", PROOF_FAIL, false},
    {"twice=aar", PROOF_FAIL, false},
    {"twice=ams", PROOF_FAIL, false},
    {"twice=as", PROOF_FAIL, false},
    {"spoil=aar", PROOF_FAIL, false},
    {"spoil=ams", PROOF_FAIL, false},
    {"spoil=as", PROOF_FAIL, false},
    {"i=0", PROOF_FAIL, false},
    {"i=7", PROOF_FAIL, false},
    {"i=51", PROOF_FAIL, false},
    {"i=99999999999999999999", PROOF_FAIL, false},
    {"as.i=9", PROOF_FAIL, false},
    {"cv=fail", PROOF_FAIL, false},
    {"cv=", PROOF_FAIL, false},
    {"cv=pas", PROOF_FAIL, false},
    {"cv=PASS", PROOF_FAIL, false},
    {"as.cv", PROOF_FAIL, false},
    {"as.h=From", PROOF_FAIL, false},
    {"as.t=", PROOF_FAIL, false},
    {"as.t=soon", PROOF_FAIL, false},
    {"as.a=rsa-sha1", PROOF_FAIL, false},
    {"as.d", PROOF_FAIL, false},
    {"as.s", PROOF_FAIL, false},
    {"as.a", PROOF_FAIL, false},
    {"as.b", PROOF_FAIL, false},
    {"as.b=AAAA", PROOF_FAIL, false},
    {"as.s=nowhere", PROOF_FAIL, false},
    {"ams.i=8", PROOF_FAIL, false},
    {"aar=arc=pass", PROOF_FAIL, false},
    {"ams.bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", PROOF_FAIL, true},
    {"ams.b=AAAA", PROOF_FAIL, true},
    {"ams.bh", PROOF_FAIL, true},
    {"ams.h", PROOF_FAIL, true},
    {"ams.h=From:ARC-Seal", PROOF_FAIL, true},
    {"ams.l=99999", PROOF_FAIL, true},
    {"ams.l=-1", PROOF_FAIL, true},
    {"ams.x=1700000001", PROOF_FAIL, true},
    {"ams.c=strict", PROOF_FAIL, true},
    {"ams.a=rsa-sha1", PROOF_FAIL, true},
};

Test(forge, words, .timeout = 100)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (unsigned at = 1; at <= 3; at++) {
            const char *text = "";
            for (unsigned n = 1; n <= 3; n++) {
                text = arena_printf(arena, "%shop%s%s\n", text, n == at ? " " : "",
                                    n == at ? words[i].word : "");
            }
            expect(text, words[i].own && at < 3 ? PROOF_PASS : words[i].state);
        }
    }
}

Test(forge, messages)
{
    static const struct {
        const char *line;
        enum proof_state state;
    } rows[] = {
        {"order=reversed", PROOF_PASS}, {"order=sorted", PROOF_PASS}, {"order=below", PROOF_PASS},
        {"body=lines", PROOF_PASS},     {"body=changed", PROOF_FAIL}, {"body=cut", PROOF_FAIL},
        {"field=changed", PROOF_FAIL},  {"field=added", PROOF_FAIL},  {"field=removed", PROOF_FAIL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect(arena_printf(arena, "hop\nhop fold=tags\nmessage %s\n", rows[i].line),
               rows[i].state);
    }
    expect("hop\nhop cv=fail alone\n", PROOF_FAIL);
    expect("hop ams.l=3\nmessage body=changed\n", PROOF_PASS);
    expect("hop\nmessage body=changed\nhop\n", PROOF_FAIL);
}

Test(forge, keys)
{
    for (size_t i = 0; i < forge_record_count; i++) {
        const char *name = forge_records[i].name;
        enum proof_state state = forge_records[i].good ? PROOF_PASS : PROOF_FAIL;
        expect(arena_printf(arena, "hop ams.s=%s\n", name), state);
        expect(arena_printf(arena, "hop as.s=%s\nhop\n", name), state);
    }
}

Test(forge, mistakes)
{
    static const char *const texts[] = {"hop fold=zigzag", "jump", "hop missing=all", "hop cv alone x",
                                        "message body=eaten", "hop aar.i=1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct forged f;
        cr_expect_not_null(forge_chain(&setup, span_text(texts[i]), arena, &f), "%s", texts[i]);
    }
}

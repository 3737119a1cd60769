/* Addresses that were computed by hand: base64 of HMAC-SHA1 over what stands behind the hash. */
#include "ref/seal/srs_alt.h"
#include "ref/seal/srs_text.h"

#include "ref/mail/address.h"

#include <criterion/criterion.h>

#define DAY (86400 * NANOS_PER_SECOND)

static struct srs_alt plain(void)
{
    return (struct srs_alt){.secrets = {SPAN("first"), SPAN("second")}, .secret_count = 2,
                            .hash_length = 6, .age_most = 31, .use_hash = true};
}

static span local_of(span address)
{
    return span_first(address, mail_at_sign(address));
}

Test(seal_srs_alt, senders_are_rewritten)
{
    static const struct {
        const char *sender, *made;
    } rows[] = {
        {"alice@client.test",
         "SRS0=Tr3lGU=client.test=alice@fwd.test"},
        {"Alice.Smith@Client.TEST",
         "SRS0=7lB8zz=Client.TEST=Alice.Smith@fwd.test"},
        {"a+b=c@client.test",
         "SRS0=yH+CDX=client.test=a+b=c@fwd.test"},
        {"\"a b\"@client.test",
         "\"SRS0=+Rb9rX=client.test=a b\"@fwd.test"},
        {"SRS0=HHHHHH=TT=orig.test=bob@first.test",
         "SRS1=80aJjo=first.test==HHHHHH=TT=orig.test=bob@fwd.test"},
        {"srs0-HHHHHH=TT=orig.test=bob@first.test",
         "SRS1=Vr+XDo=first.test=-HHHHHH=TT=orig.test=bob@fwd.test"},
        {"SRS1=xxxxxx=first.test==HHHHHH=TT=orig.test=bob@second.test",
         "SRS1=80aJjo=first.test==HHHHHH=TT=orig.test=bob@fwd.test"},
        {"SRS2=a@b",
         "SRS0=tjVvZF=b=SRS2=a@fwd.test"},
    };
    struct arena *arena = arena_new();
    struct srs_alt srs = plain();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span made;
        cr_expect(srs_alt_forward(&srs, span_text(rows[i].sender), SPAN("fwd.test"), 0, arena, &made) ==
                  SRS_ALT_DONE);
        cr_expect(span_eq(made, span_text(rows[i].made)), "%s: %.*s", rows[i].sender, SPAN_FMT(made));
    }
    arena_free(arena);
}

Test(seal_srs_alt, what_is_rewritten_is_found_again_for_as_many_days)
{
    static const char *const senders[] = {"alice@client.test", "a+b=c=d@client.test", "x@y",
                                          "\"a b\"@client.test", "\"q\\\"\\\\\"@client.test",
                                          "\xc3\xa9@\xc3\xa9.test", "u@[x:a=b@\"c]"};
    static const unsigned ages[] = {0, 1, 10, 31, 32, 1023};
    struct arena *arena = arena_new();
    for (unsigned forms = 0; forms < 4; forms++) {
        struct srs_alt srs = plain();
        srs.use_hash = (forms & 1) != 0;
        srs.use_stamp = (forms & 2) != 0;
        for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
            for (size_t n = 0; n < sizeof ages / sizeof *ages; n++) {
                span made, back, local;
                cr_assert(srs_alt_forward(&srs, span_text(senders[i]), SPAN("fwd.test"), 1000 * DAY,
                                          arena, &made) == SRS_ALT_DONE);
                local = local_of(made);
                local = srs_unquoted(local, arena); /* as routers see it */
                enum srs_alt_end end = srs_alt_reverse(&srs, local, (1000 + ages[n]) * DAY, arena, &back);
                bool old = srs.use_stamp && ages[n] > 31;
                cr_expect_eq(end, old ? SRS_ALT_EXPIRED : SRS_ALT_DONE, "%s, %u days", senders[i], ages[n]);
                cr_expect(old || span_eq(back, span_text(senders[i])), "%.*s", SPAN_FMT(back));
            }
        }
    }
    arena_free(arena);
}

Test(seal_srs_alt, the_days_go_round)
{
    static const struct {
        int64_t made, read;
        enum srs_alt_end end;
    } rows[] = {{0, 0, SRS_ALT_DONE}, {1023, 1024, SRS_ALT_DONE}, {1023, 1023 + 31, SRS_ALT_DONE},
                {1023, 1023 + 32, SRS_ALT_EXPIRED}, {1, 0, SRS_ALT_EXPIRED}, {0, 1024, SRS_ALT_DONE}};
    struct arena *arena = arena_new();
    struct srs_alt srs = plain();
    srs.use_stamp = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span made, back;
        (void)srs_alt_forward(&srs, SPAN("a@b"), SPAN("c"), rows[i].made * DAY, arena, &made);
        cr_expect_eq(srs_alt_reverse(&srs, local_of(made), rows[i].read * DAY, arena, &back), rows[i].end,
                     "%zu", i);
    }
    arena_free(arena);
}

Test(seal_srs_alt, what_is_not_ours_is_told_apart)
{
    static const struct {
        const char *label, *local;
        enum srs_alt_end end;
    } rows[] = {
        {"ours", "SRS0=Tr3lGU=client.test=alice", SRS_ALT_DONE},
        {"by the second secret", "SRS0=GpVNZi=client.test=alice", SRS_ALT_DONE},
        {"in capitals", "SRS0=TR3LGU=CLIENT.TEST=ALICE", SRS_ALT_DONE},
        {"by another secret", "SRS0=85szMw=client.test=alice", SRS_ALT_BAD_HASH},
        {"another user", "SRS0=Tr3lGU=client.test=bob", SRS_ALT_BAD_HASH},
        {"a short hash", "SRS0=Tr3lG=client.test=alice", SRS_ALT_BAD_HASH},
        {"no hash", "SRS0==client.test=alice", SRS_ALT_BAD_HASH},
        {"a user", "alice", SRS_ALT_NOT_SRS},
        {"the tag", "SRS0", SRS_ALT_NOT_SRS},
        {"another tag", "SRS2=a=b=c", SRS_ALT_NOT_SRS},
        {"nothing", "", SRS_ALT_NOT_SRS},
        {"no middle", "SRS0=abcdef", SRS_ALT_BAD_SRS},
        {"no domain", "SRS0=abcdef==alice", SRS_ALT_BAD_SRS},
        {"no user", "SRS0=abcdef=client.test=", SRS_ALT_BAD_SRS},
        {"twice", "SRS1=80aJjo=first.test==HHHHHH=TT=orig.test=bob", SRS_ALT_DONE},
        {"twice, forged", "SRS1=JaYpdy=first.test==HHHHHH=TT=orig.test=bob", SRS_ALT_BAD_HASH},
        {"twice, without a host", "SRS1=abcdef==x", SRS_ALT_BAD_SRS},
    };
    struct arena *arena = arena_new();
    struct srs_alt srs = plain();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span back;
        cr_expect_eq(srs_alt_reverse(&srs, span_text(rows[i].local), 0, arena, &back), rows[i].end, "%s",
                     rows[i].label);
    }
    arena_free(arena);
}

/* Every length, and octets that no address should have. */
Test(seal_srs_alt, any_text_has_an_outcome)
{
    struct arena *arena = arena_new();
    struct srs_alt srs = plain();
    static const unsigned char octets[] = {'a', '\0', '"', '\\', 0xc3, '=', '@'};
    for (size_t n = 0; n < sizeof octets; n++) {
        for (size_t len = 0; len < 600; len++) {
            unsigned char text[700] = "SRS0=";
            span made;
            memset(text + 5, octets[n], len);
            (void)srs_alt_reverse(&srs, span_of(text, 5 + len), 0, arena, &made);
            enum srs_alt_end end = srs_alt_forward(&srs, span_of(text + 5, len), SPAN("c"), 0, arena, &made);
            cr_expect((end == SRS_ALT_TOO_LONG) == (made.len == 0), "%zu of %d", len, octets[n]);
            cr_expect(len <= SRS_ALT_ADDRESS_OCTETS || end == SRS_ALT_TOO_LONG, "%zu", len);
        }
    }
    arena_free(arena);
}

Test(seal_srs_alt, keys_stand_for_addresses)
{
    struct arena *arena = arena_new();
    struct srs_alt srs = plain();
    span key, made, back;
    cr_assert(srs_alt_key(&srs, SPAN("Alice@Client.test"), arena, &key) == SRS_ALT_DONE);
    cr_expect(span_eq(key, SPAN("7hzawEiVOm6l6/XW")), "%.*s", SPAN_FMT(key));
    cr_assert(srs_alt_forward_key(&srs, key, SPAN("fwd.test"), 0, arena, &made) == SRS_ALT_DONE);
    cr_expect(span_eq(made, SPAN("SRS0=36Jt+6=7hzawEiVOm6l6/XW@fwd.test")), "%.*s", SPAN_FMT(made));
    cr_expect(srs_alt_reverse_key(&srs, local_of(made), 0, arena, &back) == SRS_ALT_DONE);
    cr_expect(span_eq(back, key));
    cr_expect(srs_alt_reverse_key(&srs, SPAN("bob"), 0, arena, &back) == SRS_ALT_NOT_SRS);
    cr_expect(srs_alt_reverse_key(&srs, SPAN("SRS0=abcdef=short"), 0, arena, &back) == SRS_ALT_BAD_SRS);
    cr_expect(srs_alt_reverse_key(&srs, SPAN("SRS0=abcdef=0123456789abcdef"), 0, arena, &back) ==
              SRS_ALT_BAD_HASH);
    arena_free(arena);
}

Test(seal_srs_alt, settings_are_looked_at)
{
    static const struct {
        const char *text, *complaint;
        bool good;
    } rows[] = {
        {"one", NULL, true}, {"one:0:6:1:1", NULL, true}, {"one:365:20:0:0", NULL, true},
        {"", "SRS Configuration Error: No secret specified", true},
        {"123456789012345678901234567890123", "SRS Configuration Error: No secret specified", true},
        {"one:366", "SRS Configuration Error: Invalid maximum timestamp age", true},
        {"one::21", "SRS Configuration Error: Invalid hash length", true},
        {"one::0", "SRS Configuration Error: Invalid hash length", true},
        {"one:x", NULL, false}, {"one:1:2:3:4:5", NULL, false}, {"one:-1", NULL, false},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srs_alt srs = {.hash_length = 6, .age_most = 31, .use_stamp = true, .use_hash = true};
        cr_expect_eq(srs_alt_config_read(span_text(rows[i].text), arena, &srs), rows[i].good, "%s",
                     rows[i].text);
        const char *got = rows[i].good ? srs_alt_complaint(&srs) : NULL;
        cr_expect((got == NULL) == (rows[i].complaint == NULL) &&
                      (got == NULL || strcmp(got, rows[i].complaint) == 0),
                  "%s: %s", rows[i].text, got ? got : "fine");
    }
    arena_free(arena);
}

/* Addresses as Exim 4.96 made and took them on known days. */
#include "ref/seal/srs.h"

#include "ref/mail/address.h"

#include <criterion/criterion.h>

#define DAY (86400 * NANOS_PER_SECOND)
#define NOON (43200 * NANOS_PER_SECOND)

static const instant new_year_2026 = 20454 * DAY + NOON; /* stamp 7g */
static const instant january_20 = 20473 * DAY + NOON;    /* stamp 7z */

Test(seal_srs, addresses_are_encoded_as_exim_does)
{
    static const struct {
        const char *secret, *path, *result;
    } rows[] = {
        {"mysecret", "alice@client.example", "SRS0=fd39=7g=client.example=alice@fwd.example"},
        {"mysecret", "Alice.Smith@Client.EXAMPLE",
         "SRS0=4ea3=7g=Client.EXAMPLE=Alice.Smith@fwd.example"},
        {"mysecret", "\"a b\"@client.example", "\"SRS0=82d5=7g=client.example=a b\"@fwd.example"},
        {"mysecret", "SRS0=abcd=AA=x.example=bob@other.example",
         "SRS0=90cf=7g=other.example=SRS0=abcd=AA=x.example=bob@fwd.example"},
        {"mysecret", "", ""},
        {"mysecret", "nodomain", "SRS0=e043=7g==nodomain@fwd.example"},
        {"", "alice@client.example", "SRS0=e7e7=7g=client.example=alice@fwd.example"},
        {"mysecret", "a+b=c@client.example", "SRS0=5461=7g=client.example=a+b=c@fwd.example"},
        {"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
         "alice@client.example", "SRS0=5e8b=7g=client.example=alice@fwd.example"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span got = srs_encode(span_text(rows[i].secret), span_text(rows[i].path),
                              SPAN("fwd.example"), new_year_2026, arena);
        cr_expect(span_eq(got, span_text(rows[i].result)), "%s: %.*s", rows[i].path, SPAN_FMT(got));
    }
    arena_free(arena);
}

Test(seal_srs, the_stamp_has_two_letters_on_every_day)
{
    static const struct {
        int day;
        const char *stamp;
    } rows[] = {{0, "aa"}, {1, "ab"}, {31, "a7"}, {32, "ba"}, {1023, "77"}, {1024, "aa"},
                {20454, "7g"}, {20455, "7h"}, {21477, "7f"}};
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span got = srs_encode(SPAN("s"), SPAN("a@b"), SPAN("c"), rows[i].day * DAY, arena);
        cr_expect(span_eq(span_part(got, 10, 2), span_text(rows[i].stamp)), "day %d: %.*s",
                  rows[i].day, SPAN_FMT(got));
    }
    arena_free(arena);
}

Test(seal_srs, local_parts_are_taken_as_exim_does)
{
    static const struct {
        const char *label, *local, *secret;
        bool valid;
        const char *recipient;
    } rows[] = {
        {"today", "SRS0=fd39=7z=client.example=alice", "mysecret", true, "alice@client.example"},
        {"10 days old", "SRS0=fd39=7p=client.example=alice", "mysecret", true,
         "alice@client.example"},
        {"11 days old", "SRS0=fd39=7o=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"tomorrow", "SRS0=fd39=72=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"other secret's hash", "SRS0=cd2f=7z=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"last digit", "SRS0=fd38=7z=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"short hash", "SRS0=fd3=7z=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"long hash", "SRS0=fd390=7z=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"hash in capitals", "SRS0=FD39=7z=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"tag in small letters", "srs0=fd39=7z=client.example=alice", "mysecret", true,
         "alice@client.example"},
        {"stamp in capitals", "SRS0=fd39=7Z=client.example=alice", "mysecret", false,
         "alice@client.example"},
        {"all in capitals", "SRS0=FD39=7Z=CLIENT.EXAMPLE=ALICE", "mysecret", false,
         "alice@client.example"},
        {"all in capitals, no secret", "SRS0=FD39=7P=CLIENT.EXAMPLE=ALICE", "", true,
         "alice@client.example"},
        {"another address", "SRS0=fd39=7z=client.example=mallory", "mysecret", false,
         "mallory@client.example"},
        {"capitals in the address", "SRS0=fd39=7z=client.example=Alice", "mysecret", true,
         "alice@client.example"},
        {"any hash, no secret", "SRS0=zzzz=7z=client.example=alice", "", true,
         "alice@client.example"},
        {"no SRS", "alice", "mysecret", false, NULL},
        {"no SRS, no secret", "alice", "", false, NULL},
        {"SRS1", "SRS1=abcd=x.example==efgh=AA=client.example=alice", "", false, NULL},
        {"plus", "SRS0+fd39=7z=client.example=alice", "", false, NULL},
        {"minus", "SRS0-fd39=7z=client.example=alice", "", false, NULL},
        {"bad stamp", "SRS0=abcd=01=client.example=alice", "mysecret", false, NULL},
        {"no stamp", "SRS0=abcd==client.example=alice", "", false, NULL},
        {"stamp of one", "SRS0=abcd=A=client.example=alice", "", false, NULL},
        {"stamp of three", "SRS0=abcd=AAA=client.example=alice", "", false, NULL},
        {"no hash", "SRS0==AA=client.example=alice", "", false, NULL},
        {"no rest", "SRS0=abcd=AA=client.example", "", false, NULL},
        {"empty domain", "SRS0=abcd=AA==alice", "", true, "alice@"},
        {"empty domain, equals signs", "SRS0=ab=AA==x=y=z", "", true, "x=y=z@"},
        {"empty local part", "SRS0=abcd=AA=client.example=", "", true, "@client.example"},
        {"equals sign", "SRS0=e5d1=7z=client.example=a=b", "mysecret", true, "a=b@client.example"},
        {"space", "SRS0=592b=7z=client.example=a b", "mysecret", false, "\"a b\"@client.example"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct srs_decoded d = srs_decode(span_text(rows[i].local), span_text(rows[i].secret),
                                          january_20, arena);
        cr_expect(d.valid == rows[i].valid, "%s", rows[i].label);
        cr_expect(d.matched == (rows[i].recipient != NULL), "%s", rows[i].label);
        cr_expect(span_eq(d.recipient, span_text(rows[i].recipient)), "%s: %.*s", rows[i].label,
                  SPAN_FMT(d.recipient));
    }
    arena_free(arena);
}

/* The local part of an encoded address without the quotes of the wire. */
static span local_of(span address)
{
    span local = span_first(address, mail_at_sign(address));
    return span_starts(local, SPAN("\"")) ? span_part(local, 1, local.len - 2) : local;
}

Test(seal_srs, what_was_encoded_is_decoded_for_ten_days)
{
    static const char *const paths[] = {
        "a@b", "a+b=c@d.example", "\"a b\"@d.example", "srs0=x=yy=z=u@d.example",
        "srs1=x=y==z=u@d.example", "===@d.example", "!#$%&'*+-/=?^_`{|}~@d.example",
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        for (int age = 0; age < 1100; age++) {
            span address = srs_encode(SPAN("k"), span_text(paths[i]), SPAN("f"), january_20, arena);
            struct srs_decoded d = srs_decode(local_of(address), SPAN("k"), january_20 + age * DAY,
                                              arena);
            cr_assert(d.matched && span_eq(d.recipient, span_text(paths[i])), "%s: %.*s", paths[i],
                      SPAN_FMT(d.recipient));
            cr_assert(d.valid == (age % 1024 <= 10), "%s after %d days", paths[i], age);
        }
    }
    arena_free(arena);
}

/* Seals of a mail, as expects see them: one made by others (vectors/dkim, vectors/arc), one broken,
   and Authentication-Results in all their forms. */
#include "harness/judge/judge.h"

#include "base/file.h"
#include "harness/scenario/read.h"

#include <criterion/criterion.h>

enum { CEILING = 1 << 20 };

static struct arena *arena;
static struct observation seen;
static const char *zone = "";

static void add_mail(const char *box, const char *path, const char *results, char spoil)
{
    span text;
    struct mail_entry *m = vec_push(arena, &seen.mails);
    cr_assert(!failed(file_read(path, CEILING, arena, &text)), "%s", path);
    unsigned char *raw = arena_take(arena, text.len + 1);
    memcpy(raw, text.at, text.len);
    if (spoil) {
        raw[text.len - 10] = (unsigned char)spoil;
    }
    *m = (struct mail_entry){.mailbox = box, .raw = span_of(raw, text.len)};
    *vec_push(arena, &m->headers) =
        (struct named_text){"Authentication-Results", span_text(results)};
}

static void add_rows(const char *path)
{
    span text, line;
    cr_assert(!failed(file_read(path, CEILING, arena, &text)));
    while (span_line(&text, &line)) {
        if (span_has(line, SPAN(" TXT "))) {
            zone = arena_printf(arena, "%s%.*s\n", zone, SPAN_FMT(line));
        }
    }
}

static void make(void)
{
    arena = arena_new();
    seen = (struct observation){.has_mail = true};
    add_rows("vectors/dkim/keys.zone");
    add_rows("vectors/arc/keys.zone");
    add_mail("good@test.ex", "vectors/dkim/many-bad-good.eml",
             " mx.test.ex 1; dkim=fail (body) header.d=example.org;\n"
             "\tdkim=pass header.d=\"example.org\" header.i=@example.org; arc=none", 0);
    add_mail("bad@test.ex", "vectors/dkim/canon-relaxed-rsa.eml",
             " mx.test.ex; spf=pass smtp.remote-ip=2001:db8::1", '!');
    add_mail("arc@test.ex", "vectors/arc/chain-3.eml",
             " \"mx.test.ex\"; none", 0);
    add_mail("broken@test.ex", "vectors/arc/seal-broken-2.eml",
             " mx.test.ex; dkim=pass reason=\"good; as can be\" policy.x=y (c (d\\)))", 0);
    add_mail("none@test.ex", "vectors/dkim/none.eml", " mx.test.ex", 0);
}

static void drop(void)
{
    arena_free(arena);
}

TestSuite(seal, .init = make, .fini = drop);

static const struct {
    const char *expect;
    bool ok;
    const char *got; /* part of what is told, or NULL */
} rows[] = {
    { "good@test.ex dkim = pass", false, "2 of them" },
    { "good@test.ex dkim any = pass", true, NULL },
    { "good@test.ex dkim any = fail", true, NULL },
    { "good@test.ex dkim count = 2", true, NULL },
    { "bad@test.ex dkim = fail", true, NULL },
    { "bad@test.ex dkim = pass", false, "another hash" },
    { "none@test.ex dkim count = 0", true, NULL },
    { "none@test.ex dkim = pass", false, NULL },
    { "arc@test.ex arc = pass", true, NULL },
    { "broken@test.ex arc = pass", false, "the seal of instance 3" },
    { "broken@test.ex arc = fail", true, NULL },
    { "none@test.ex arc = none", true, NULL },
    { "good@test.ex header Authentication-Results authres arc = none", true, NULL },
    { "good@test.ex header Authentication-Results authres dkim any = pass", true, NULL },
    { "good@test.ex header Authentication-Results authres dkim count = 2", true, NULL },
    { "good@test.ex header Authentication-Results authres dkim header.i = @example.org", true,
      NULL },
    { "good@test.ex header Authentication-Results authres dkim header.d count = 2", true, NULL },
    { "good@test.ex header Authentication-Results authres spf count = 0", true, NULL },
    { "bad@test.ex header Authentication-Results authres spf = pass", false, "RFC 8601" },
    { "arc@test.ex header Authentication-Results authres arc count = 0", true, NULL },
    { "broken@test.ex header Authentication-Results authres dkim policy.x = y", true, NULL },
    { "none@test.ex header Authentication-Results authres dkim count = 0", false, "or none" },
};

static struct judgement judge(const char *expect, const char *library)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    judgements got = {0};
    struct transcript t;
    texts labels = {0};
    const char *text = arena_printf(
        arena, "scenario x\nsource SEED x\nreq TODO\nset tls.library = %s\nS: 220\nexpect mail %s\n"
        "=== dns\n%s", library, expect, zone);
    cr_assert(!failed(scenario_read_text(span_text(text), "x.scn", "x", arena, &set, &wrong)));
    cr_assert_eq(wrong.count, 0, "%s: %s", expect, wrong.count > 0 ? wrong.at[0].what : "");
    transcript_init(&t, arena);
    judge_expects(set.cases.at[0], &t, &seen, &labels, bindings_new(arena, NULL), arena, &got);
    cr_assert_eq(got.count, 1);
    return got.at[0];
}

Test(seal, expects)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judgement j = judge(rows[i].expect, i % 2 == 0 ? "openssl" : "gnutls");
        cr_expect_eq(j.ok, rows[i].ok, "%s: %s", rows[i].expect, j.got);
        cr_expect(rows[i].got == NULL || strstr(j.got, rows[i].got) != NULL, "%s: told %s",
                  rows[i].expect, j.got);
    }
}

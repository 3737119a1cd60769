/* Authentication-Results: fields of others are taken apart where results end, and ours is laid out to the octet. */
#include "ref/seal/authres.h"

#include <criterion/criterion.h>

Test(authres, taken_apart)
{
    static const struct {
        const char *label, *body, *id; /* NULL: it has none */
        const char *results[3];
    } rows[] = {
        {"none", " example.org 1; none", "example.org", {"none"}},
        {"appendix B.3", " example.com;\r\n  spf=pass smtp.mailfrom=example.net", "example.com",
         {"spf=pass smtp.mailfrom=example.net"}},
        {"two", " example.com;\n\tauth=pass (cram-md5) smtp.auth=s@example.net;\n\tspf=pass x", "example.com",
         {"auth=pass (cram-md5) smtp.auth=s@example.net", "spf=pass x"}},
        {"comments everywhere", " foo.example.net (foobar; (x)) 1 (baz);\n\tdkim (Because; I like it) = fail\n\treason "
         "(I like it) = \"bad; really\"", "foo.example.net",
         {"dkim (Because; I like it) = fail\n\treason (I like it) = \"bad; really\""}},
        {"quoted id", " \"a \\\"b\"; none", "a \"b", {"none"}},
        {"quoted sign", " a; x=\"\\\";\"; y", "a", {"x=\"\\\";\"", "y"}},
        {"no result", " example.org", "example.org", {NULL}},
        {"empty results", " example.org;;a", "example.org", {"", "a"}},
        {"comment not closed", " example.org; dkim=pass (a; b", "example.org", {"dkim=pass (a; b"}},
        {"no id", " ; none", NULL, {NULL}},
        {"a comment alone", " (a)", NULL, {NULL}},
        {"id not closed", " \"a; none", NULL, {NULL}},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span id, rest, text;
        size_t count = 0;
        bool good = seal_authres_split(span_text(rows[i].body), arena, &id, &rest);
        cr_assert(good == (rows[i].id != NULL), "%s", rows[i].label);
        cr_expect(!good || span_eq(id, span_text(rows[i].id)), "%s: %.*s", rows[i].label, SPAN_FMT(id));
        for (; good && seal_authres_next(&rest, &text); count++) {
            cr_assert(count < 3 && rows[i].results[count] != NULL, "%s: %.*s", rows[i].label, SPAN_FMT(text));
            cr_expect(span_eq(text, span_text(rows[i].results[count])), "%s: %.*s", rows[i].label, SPAN_FMT(text));
        }
        cr_expect(count == 3 || rows[i].results[count] == NULL, "%s", rows[i].label);
    }
    arena_free(arena);
}

Test(authres, claims)
{
    static const struct {
        const char *body;
        bool ours;
    } rows[] = {
        {" mx.example.org; none", true}, {" MX.example.org 1; dkim=pass", true},
        {" (x) \"mx.example.org\"; none", true}, {" b.test;none", true},
        {" example.org; none", false}, {" mx.example.org.evil.test; none", false},
        {" mx.example.orgx; none", false}, {" ;", true}, {"", true},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect(seal_authres_claims(span_text(rows[i].body), SPAN("mx.example.org : b.test"), arena) ==
                  rows[i].ours, "%s", rows[i].body);
    }
    arena_free(arena);
}

static void expect_made(const char *label, const struct seal_authres_facts *f, const char *want)
{
    struct buf out;
    buf_init(&out, 4096);
    seal_authres_make(f, &out);
    cr_expect(span_eq(buf_span(&out), span_text(want)), "%s: %.*s", label, SPAN_FMT(buf_span(&out)));
    buf_wipe(&out);
}

Test(authres, made)
{
    struct seal_arc arc = {.state = SEAL_ARC_FAIL, .reason = "seal sigverify error", .instance = 3,
                           .oldest_pass = 1, .all_pass = true, .selector = SPAN("s3")};
    struct seal_dkim dkim = {.evaluated = true, .judged = {.reason = SEAL_KEY_UNAVAILABLE, .why = ""}};
    struct seal_dkim_told told = {.dkim = &dkim, .status = SPAN_EMPTY, .reason = SPAN_EMPTY};
    dkim.signature.domain = SPAN("d.test");
    struct seal_authres_facts f = {.id = SPAN("me")};
    expect_made("nothing", &f, "Authentication-Results: me; none");
    f.remote_ip = SPAN("2001:db8::1");
    f.arc = &arc;
    expect_made("arc", &f, "Authentication-Results: me;\n\tarc=fail (i=3)(seal sigverify error) "
                "header.oldest-pass=0 smtp.remote-ip=\"2001:db8::1\"");
    f.exim = true;
    expect_made("arc, Exim", &f, "Authentication-Results: me;\n\tarc=fail (i=3)(seal sigverify error) "
                "header.s=s3 arc.oldest-pass=1 smtp.remote-ip=2001:db8::1");
    f = (struct seal_authres_facts){.id = SPAN("me"), .dkim = &told, .dkim_count = 1};
    expect_made("dkim", &f, "Authentication-Results: me;\n\tdkim=temperror (pubkey unavailable)\n\t\t "
                "header.d=d.test");
    told.status = SPAN("fail");
    told.reason = SPAN("ours");
    expect_made("override", &f, "Authentication-Results: me;\n\tdkim=policy (fail - ours) header.d=d.test");
    told.status = told.reason = dkim.signature.domain = SPAN_EMPTY;
    dkim.judged.reason = SEAL_BAD_TAGS;
    expect_made("no tags", &f, "Authentication-Results: me;\n\tdkim=neutral (signature tag missing or invalid)");
    f = (struct seal_authres_facts){.id = SPAN("me"), .iprev = SEAL_IPREV_PASS, .host_name = SPAN("h.test"),
                                    .remote_ip = SPAN("192.0.2.1"), .auth_mech = SPAN("PLAIN"),
                                    .auth_id = SPAN("a b")};
    expect_made("connection", &f, "Authentication-Results: me;\n\tiprev=pass (h.test) policy.iprev=192.0.2.1;"
                "\n\tauth=pass (PLAIN) smtp.auth=\"a b\"");
}

Test(authres, lines_end_in_time)
{
    char text[900], quotes[401];
    struct seal_dkim dkim = {.evaluated = true, .judged = {.reason = SEAL_BAD_TAGS, .why = ""}};
    struct seal_dkim_told told = {.dkim = &dkim, .status = SPAN_EMPTY, .reason = SPAN_EMPTY};
    struct seal_authres_facts f = {.id = SPAN("me"), .dkim = &told, .dkim_count = 1};
    struct buf out;
    span rest, line;
    memset(text, 'x', sizeof text);
    memset(quotes, '"', sizeof quotes);
    dkim.signature.domain = dkim.signature.selector = span_of(quotes, 400);
    dkim.signature.identity = span_of(text, 400);
    dkim.signature.algorithm = span_of(text, 401);
    buf_init(&out, 1 << 16);
    seal_authres_make(&f, &out);
    rest = buf_span(&out);
    while (span_line(&rest, &line)) {
        cr_expect_leq(line.len, 998);
    }
    cr_expect(span_has(buf_span(&out), SPAN("header.d=")) && span_has(buf_span(&out), SPAN("header.i=x")) &&
              span_has(buf_span(&out), SPAN("header.s=")) && !span_has(buf_span(&out), SPAN("header.a=")));
    buf_clear(&out);
    dkim.signature.identity = SPAN("\"a\n b\"@me");
    seal_authres_make(&f, &out);
    cr_expect_not(span_has(buf_span(&out), SPAN("header.i=")));
    buf_wipe(&out);
}

/* The plaintext driver on both sides: strings, prompts, verdicts; and that the sides understand each
   other. */
#include "ref/auth/auth.h"

#include <criterion/criterion.h>

struct side {
    struct arena *arena;
    struct facts_peer peer;
    struct facts facts;
    struct expansion x;
    struct auth_generic generic;
    struct auth_plaintext own;
    struct conf_auth auth;
};

static const struct template *text(struct side *s, const char *t)
{
    const struct template *made = NULL;
    cr_assert_not(failed(template_read(span_text(t), s->arena, &made)), "%s", t);
    return made;
}

static void side_open(struct side *s)
{
    memset(s, 0, sizeof *s);
    s->arena = arena_new();
    s->facts.peer = &s->peer;
    s->x = (struct expansion){.facts = &s->facts, .arena = s->arena};
    s->generic = (struct auth_generic){.public_name = "PLAIN"};
    s->auth = (struct conf_auth){.name = "plain", .driver = AUTH_PLAINTEXT, .generic = &s->generic,
                                 .own.plaintext = &s->own, .server = true, .client = true};
}

Test(auth_plaintext, server)
{
    static const struct {
        const char *label, *prompts, *condition;
        bool has_initial;
        span initial, answers[3];
        enum auth_step step;
        const char *id;
    } rows[] = {
        {"whole in one", ":", "${if eq{$auth3}{p}}", true, SPAN("\0u\0p"), {{0}}, AUTH_SUCCESS, "u"},
        {"wrong", ":", "${if eq{$auth3}{p}}", true, SPAN("\0u\0x"), {{0}}, AUTH_FAILURE, "u"},
        {"asked", ":", "${if eq{$auth3}{p}}", false, {0}, {SPAN("\0u\0p")}, AUTH_SUCCESS, "u"},
        {"no prompts at all", NULL, "${if eq{$auth3}{p}}", false, {0}, {SPAN("\0u\0p")}, AUTH_SUCCESS,
         "u"},
        {"empty initial", ":", "${if eq{$auth1}{}{yes}{no}}", true, SPAN(""), {{0}}, AUTH_SUCCESS, ""},
        {"two prompts", "a : b", "${if eq{$auth1/$auth2}{u/p}}", false, {0}, {SPAN("u"), SPAN("p")},
         AUTH_SUCCESS, "p"},
        {"one of two in front", "a : b", "${if eq{$auth1/$auth2}{u/p}}", true, SPAN("u"), {SPAN("p")},
         AUTH_SUCCESS, "p"},
        {"$1 to $3", ":", "${if eq{$2/$3}{u/p}}", true, SPAN("\0u\0p"), {{0}}, AUTH_SUCCESS, "u"},
        {"forced failure", ":", "${if eq{a}{b}{x}fail}", true, SPAN("\0u\0p"), {{0}}, AUTH_FAILURE, "u"},
        {"other words", ":", "try later", true, SPAN("\0u\0p"), {{0}}, AUTH_TEMPORARY, "u"},
        {"cannot be told", ":", "${if ={x$auth2}{1}}", true, SPAN("\0u\0p"), {{0}}, AUTH_TEMPORARY, "u"},
        {"more than three", ":", "${if eq{$auth3}{p}}", true, SPAN("\0u\0p\0q\0r"), {{0}},
         AUTH_SUCCESS, "u"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct side s;
        side_open(&s);
        s.own.server_prompts = rows[i].prompts ? text(&s, rows[i].prompts) : NULL;
        s.generic.server_condition = text(&s, rows[i].condition);
        s.generic.server_set_id = text(&s, "$auth2");
        struct auth_exchange e = {.with = &s.auth, .x = &s.x, .peer = &s.peer, .arena = s.arena};
        struct auth_result r = auth_begin(&e, rows[i].has_initial ? &rows[i].initial : NULL);
        for (size_t k = 0; k < 3 && r.step == AUTH_CONTINUE; k++) {
            r = auth_answer(&e, rows[i].answers[k]);
        }
        cr_expect_eq(r.step, rows[i].step, "%s: %d", rows[i].label, (int)r.step);
        cr_expect(span_eq(r.id, span_text(rows[i].id)), "%s: %.*s", rows[i].label, SPAN_FMT(r.id));
        arena_free(s.arena);
    }
}

Test(auth_plaintext, advertised)
{
    static const struct {
        const char *condition;
        bool yes;
    } rows[] = {{NULL, true}, {"yes", true}, {"no", false}, {"", false},
                {"${if def:tls_in_cipher}", false}, {"${if eq{a}{b}{x}fail}", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct side s;
        const char *why;
        side_open(&s);
        s.generic.server_advertise_condition = rows[i].condition ? text(&s, rows[i].condition) : NULL;
        cr_expect_eq(auth_advertised(&s.auth, &s.x, &why), rows[i].yes, "%zu", i);
        arena_free(s.arena);
    }
}

Test(auth_plaintext, client)
{
    struct side s;
    side_open(&s);
    span out;
    s.own.client_send = text(&s, ": ann^^x : <$auth1>^p");
    struct auth_client c = {.with = &s.auth, .x = &s.x, .peer = &s.peer, .arena = s.arena};
    cr_assert_not(failed(auth_client_open(&c)));
    cr_expect_eq(auth_client_initial(&c, &out), AUTH_CLIENT_SEND);
    cr_expect_eq(out.len, 0);
    cr_expect_eq(auth_client_answer(&c, SPAN("Name:"), &out), AUTH_CLIENT_SEND);
    cr_expect(span_eq(out, SPAN("ann^x")), "%.*s", SPAN_FMT(out));
    cr_expect_eq(auth_client_answer(&c, SPAN("Pass"), &out), AUTH_CLIENT_SEND);
    cr_expect(span_eq(out, SPAN("<Name:>\0p")), "%.*s", SPAN_FMT(out));
    cr_expect_eq(auth_client_answer(&c, SPAN("more"), &out), AUTH_CLIENT_CANCEL);
    arena_free(s.arena);
}

/* Two failures side by side: the same way or not. */
#include "harness/cli/way.h"

#include <criterion/criterion.h>

struct failure {
    enum state state;
    const char *reason, *kind, *wanted, *got, *req;
};

struct row {
    const char *label;
    struct failure a, b;
    bool same;
};

#define REPLY(verb, wanted, got) \
    {STATE_FAIL, "reply 2 of 3, to " verb ": wanted " wanted ", got " got, "reply", wanted, got, "RFC5321-x"}
#define DEATH(how) {STATE_CRASH, "the target crashed: " how, NULL, NULL, NULL, NULL}

static const struct row rows[] = {
    {"ids and addresses are made anew", REPLY("RCPT", "550", "450 4.1.1 <a@b.ex>: id=1wImXI-0000G9-00"),
     REPLY("RCPT", "550", "450 4.1.1 <c@d.ex>: id=1wImXI-0000H0-00"), true},
    {"another code", REPLY("RCPT", "550", "450 4.1.1 no"), REPLY("RCPT", "550", "451 4.1.1 no"), false},
    {"another enhanced code", REPLY("RCPT", "550", "450 4.1.1 no"), REPLY("RCPT", "550", "450 4.7.1 no"), false},
    {"another text", REPLY("RCPT", "250", "550 unknown user"), REPLY("RCPT", "250", "550 relay denied"), false},
    {"another command", REPLY("RCPT", "250", "503 no"), REPLY("MAIL", "250", "503 no"), false},
    {"what else was wanted of the reply does not count", REPLY("EHLO", "250 { SIZE }", "500 what"),
     REPLY("EHLO", "250", "500 what"), true},
    {"another clause", REPLY("RCPT", "250", "503 no"),
     {STATE_FAIL, "reply, to RCPT: wanted 250", "reply", "250", "503 no", "RFC5321-y"}, false},
    {"an expect by its words", {STATE_FAIL, "x", "queue", "queue count = 0", "count 1", "RFC5321-x"},
     {STATE_FAIL, "y", "queue", "queue count = 0", "count 2", "RFC5321-x"}, true},
    {"nothing there is not another value", {STATE_FAIL, "x", "mail", "mail u body", "nothing", "RFC5321-x"},
     {STATE_FAIL, "x", "mail", "mail u body", "\"hello\"", "RFC5321-x"}, false},
    {"labels", {STATE_FAIL, "label smuggled: 250 2.1.0 OK", NULL, NULL, NULL, NULL},
     {STATE_FAIL, "label other: 250 2.1.0 OK", NULL, NULL, NULL, NULL}, false},
    {"crashes by signal", DEATH("process 585 was ended by signal 9 (Killed)"),
     DEATH("process 32748 was ended by signal 9 (Killed)"), true},
    {"another signal", DEATH("process 585 was ended by signal 9 (Killed)"),
     DEATH("process 585 was ended by signal 6 (Aborted)"), false},
    {"a crash is no failure", {STATE_CRASH, "x", NULL, NULL, NULL, NULL}, {STATE_FAIL, "x", NULL, NULL, NULL, NULL}, false},
    {"what passes has no way", {STATE_PASS, NULL, NULL, NULL, NULL, NULL}, {STATE_PASS, NULL, NULL, NULL, NULL, NULL}, false},
};

static struct way way_from(const struct failure *f, struct arena *arena)
{
    struct report_case rc = {.state = f->state, .reason = f->reason};
    if (f->kind) {
        struct report_check *c = vec_push(arena, &rc.checks);
        c->kind = f->kind;
        c->wanted = f->wanted;
        c->got = f->got;
        vec_add(arena, &c->reqs, f->req);
    }
    return way_of(&rc, arena);
}

Test(way, rows)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct way a = way_from(&rows[i].a, arena);
        struct way b = way_from(&rows[i].b, arena);
        cr_expect_eq(way_same(&a, &b), rows[i].same, "%s: %s | %s", rows[i].label, a.text, b.text);
    }
    arena_free(arena);
}

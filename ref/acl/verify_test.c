/* `verify =` with an address: which one is asked about, what is done with the answer, and which options
   are refused before anybody asks. */
#include "ref/acl/testing.h"

#include "base/check.h"

#include <criterion/criterion.h>

struct asked {
    struct acl_verify what;
    enum acl_verified answer;
    unsigned times;
};

static enum acl_verified answers(void *context, const struct acl_verify *what,
                                 struct acl_verify_answer *answer)
{
    struct asked *asked = context;
    asked->what = *what;
    asked->times++;
    *answer = (struct acl_verify_answer){.why = SPAN_EMPTY, .message = SPAN_EMPTY,
                                         .failure = SPAN_EMPTY, .address_data = SPAN("data")};
    if (asked->answer != ACL_VERIFIED) {
        answer->why = SPAN("why");
        answer->message = SPAN("550 5.1.1 not here");
        answer->failure = SPAN("route");
    }
    return asked->answer;
}

static struct acl_outcome run(struct acl_testing *t, const char *text, struct asked *asked)
{
    struct acl_point point = {.text = NULL};
    struct acl_services services = {.context = asked, .verify_address = answers};
    err e = acl_testing_open(t, text);
    CHECK(!failed(e));
    t->run.services = &services;
    point.acl = acl_find(t->set, SPAN("main"));
    struct acl_outcome o = acl_point_run(&point, &t->run);
    t->run.services = NULL;
    return o;
}

Test(acl_verify, what_is_asked_and_what_follows)
{
    static const struct {
        const char *label, *text;
        enum acl_verified answer;
        enum acl_verdict verdict;
        const char *address; /* asked about; NULL: nobody asks */
        bool recipient;
        const char *message;
    } rows[] = {
        {"recipient", "main:\nrequire verify = recipient\naccept\n", ACL_VERIFIED, ACL_ACCEPTS,
         "\"u\"@test.ex", true, ""},
        {"recipient fails", "main:\nrequire verify = recipient\naccept\n", ACL_NOT_VERIFIED,
         ACL_DENIES, "\"u\"@test.ex", true, "550 5.1.1 not here"},
        {"recipient later", "main:\nrequire verify = recipient\naccept\n", ACL_VERIFY_LATER,
         ACL_DEFERS, "\"u\"@test.ex", true, "550 5.1.1 not here"},
        {"defer_ok", "main:\nrequire verify = recipient/defer_ok\naccept\n", ACL_VERIFY_LATER,
         ACL_ACCEPTS, "\"u\"@test.ex", true, ""},
        {"sender", "main:\nrequire verify = sender\naccept\n", ACL_VERIFIED, ACL_ACCEPTS, "a@c.test",
         false, ""},
        {"another sender", "main:\nrequire verify = sender=b@d.test/no_details\naccept\n",
         ACL_VERIFIED, ACL_ACCEPTS, "b@d.test", false, ""},
        {"no sender", "main:\nrequire verify = sender=\naccept\n", ACL_NOT_VERIFIED, ACL_ACCEPTS,
         NULL, false, ""},
        {"own message", "main:\ndeny !verify = recipient\nmessage = <$acl_verify_message>\n",
         ACL_NOT_VERIFIED, ACL_DENIES, "\"u\"@test.ex", true, "<not here>"},
        {"of a sender", "main:\ndeny !verify = sender\nmessage = <$acl_verify_message>\n",
         ACL_NOT_VERIFIED, ACL_DENIES, "a@c.test", false, "<Sender verify failed>"},
        {"data", "main:\ndeny verify = recipient\nverify = sender\n"
         "message = $address_data $sender_address_data\n", ACL_VERIFIED, ACL_DENIES, "a@c.test",
         false, "data data"},
        {"failure", "main:\nwarn !verify = recipient\n"
         "deny message = $recipient_verify_failure$sender_verify_failure\n", ACL_NOT_VERIFIED,
         ACL_DENIES, "\"u\"@test.ex", true, "route"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_testing t;
        struct asked asked = {.answer = rows[i].answer};
        struct acl_outcome o = run(&t, rows[i].text, &asked);
        cr_expect_eq(o.verdict, rows[i].verdict, "%s", rows[i].label);
        cr_expect(span_eq(o.message, span_text(rows[i].message)), "%s: \"%.*s\"", rows[i].label,
                  SPAN_FMT(o.message));
        cr_expect((asked.times > 0) == (rows[i].address != NULL), "%s", rows[i].label);
        if (asked.times > 0) {
            cr_expect(span_eq(asked.what.address, span_text(rows[i].address)) &&
                          asked.what.recipient == rows[i].recipient,
                      "%s: %.*s", rows[i].label, SPAN_FMT(asked.what.address));
        }
        acl_testing_close(&t);
    }
}

Test(acl_verify, options_that_nobody_has)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"main:\nrequire verify = recipient/callout\n",
         "verify option \"callout\" is not supported by this server"},
        {"main:\nrequire verify = sender/callout=10s,defer_ok\n",
         "verify option \"callout=10s,defer_ok\" is not supported by this server"},
        {"main:\nrequire verify = recipient/nosuch\n", "unknown option \"nosuch\""},
        {"main:\nrequire verify = sender=a@b.ex/nosuch\n", "unknown option \"nosuch\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_testing t;
        err e = acl_testing_open(&t, rows[i].text);
        cr_expect(failed(e) && span_has(span_text(e.what), span_text(rows[i].why)), "%s: %s",
                  rows[i].text, failed(e) ? e.what : "taken");
        acl_testing_close(&t);
    }
}

/* What a message of `count` recipients, all named in it, takes. */
static size_t octets_of_naming(size_t count)
{
    struct acl_testing t;
    struct buf field;
    err e = acl_testing_open(&t, "main:\naccept verify = not_blind\n");
    CHECK(!failed(e));
    span *recipients = arena_take_array(t.arena, count, sizeof *recipients);
    buf_init(&field, count * 20);
    buf_put_text(&field, "To: x@test.ex");
    for (size_t i = 0; i < count; i++) {
        recipients[i] = span_text(arena_printf(t.arena, "u%zu@test.ex", i));
        buf_printf(&field, ",u%zu@TEST.ex", i);
    }
    struct facts_header header = {.text = buf_settle(&field, t.arena)};
    t.message.headers = &header;
    t.message.header_count = 1;
    t.message.recipients = recipients;
    t.message.recipient_count = count;
    t.run.stage = ACL_DATA;
    size_t before = arena_used(t.arena);
    cr_expect(acl_testing_run(&t).verdict == ACL_ACCEPTS);
    size_t used = arena_used(t.arena) - before;
    acl_testing_close(&t);
    return used;
}

Test(acl_verify, fields_are_read_once_for_all_recipients)
{
    size_t few = octets_of_naming(50), many = octets_of_naming(500);
    cr_expect(many < 15 * few, "%zu octets, and %zu for ten times as many", few, many);
}

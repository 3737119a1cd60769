/* What goes out before anything was heard, what the answers make of it, and what is kept for the next
   time. The hints are real ones in a folder of their own. */
#include "base/file.h"
#include "ref/client/testing.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define NAMES "PIPECONNECT : X_PIPE_CONNECT"
#define KEY SPAN("192.0.2.1:25.EHLO")
#define OFFERED "250-mx.test\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250 PIPECONNECT\r\n"

enum { E = HINT_EARLY_PIPE | HINT_PIPELINING, ES = E | HINT_SIZE };

struct desk {
    struct testing_mail t;
    char folder[64];
    struct clock_still clock;
    struct conf_list names;
};

static void desk_open(struct desk *d, const struct testing_replies *says, struct hint_ehlo known,
                      size_t recipients)
{
    testing_mail_open(&d->t, says, recipients);
    snprintf(d->folder, sizeof d->folder, "/tmp/client-early-XXXXXX");
    cr_assert(mkdtemp(d->folder) != NULL);
    clock_still_init(&d->clock, 1000000 * NANOS_PER_SECOND, 0);
    d->names = conf_list_read(SPAN(NAMES), d->t.arena);
    d->t.options.early = (struct client_early){
        .hints = hints_open(&(struct hints_setup){.folder = d->folder, .clock = &d->clock.clock}),
        .key = KEY, .keep = 1000000, .keywords = &d->names, .known = known};
    hint_ehlo_put(d->t.options.early.hints, KEY, &known);
    d->t.options.early.go = client_early_fits(&d->t.options);
}

static void desk_close(struct desk *d)
{
    hints_close(d->t.options.early.hints);
    cr_expect(!failed(dir_remove_all(d->folder)));
    testing_mail_close(&d->t);
}

/* The clear half of what is kept now; 0: nothing is. */
static unsigned kept(struct desk *d)
{
    struct hint_ehlo e;
    return hint_ehlo_get(d->t.options.early.hints, KEY, 0, &e) ? e.clear_features : 0;
}

static const struct {
    const char *label;
    unsigned known;
    struct testing_replies says;
    const char *first;       /* write */
    enum client_fate fate;
    bool spoilt, misled;
    unsigned kept;
} rows[] = {
    {"nothing is known", 0, {.ehlo = OFFERED}, "EHLO c.test\r\n", CLIENT_DELIVERED, false, false, ES},
    {"known without early pipelining", HINT_PIPELINING, {0}, "EHLO c.test\r\n", CLIENT_DELIVERED,
     false, false, 0},
    {"as it was", ES, {.ehlo = OFFERED}, "EHLO c.test\r\nMAIL FROM:<a@c.test> SIZE=21\r\n"
     "RCPT TO:<u@x.test>\r\nDATA\r\n", CLIENT_DELIVERED, false, false, ES},
    {"by its other name", ES, {.ehlo = "250-a\r\n250-size\r\n250-pipelining\r\n250 x_pipe_connect\r\n"},
     NULL, CLIENT_DELIVERED, false, false, ES},
    {"more is offered", E, {.ehlo = OFFERED}, NULL, CLIENT_DELIVERED, false, false, ES},
    {"less is offered, and nobody minds", ES | HINT_DSN, {.ehlo = OFFERED}, NULL, CLIENT_DELIVERED,
     false, true, ES},
    {"less is offered, and MAIL is refused for it", ES,
     {.ehlo = "250-a\r\n250-PIPELINING\r\n250 PIPECONNECT\r\n", .mail = "555 SIZE?\r\n"}, NULL,
     CLIENT_UNDECIDED, false, true, E},
    {"withdrawn", ES, {.ehlo = "250-a\r\n250-SIZE\r\n250 PIPELINING\r\n"}, NULL, CLIENT_DELIVERED,
     false, true, 0},
    {"the keyword without PIPELINING", ES, {.ehlo = "250-a\r\n250-SIZE\r\n250 PIPECONNECT\r\n"}, NULL,
     CLIENT_DELIVERED, false, true, 0},
    {"554 in the greeting", ES, {.greeting = "554 too soon\r\n"}, NULL, CLIENT_FAILED, true, false,
     ES},
    {"450 in the greeting", ES, {.greeting = "450 later\r\n"}, NULL, CLIENT_DEFERRED, true, false, ES},
    {"554 in place of the EHLO reply", ES, {.ehlo = "554 too soon\r\n"}, NULL, CLIENT_FAILED, true,
     false, ES},
    {"421 there", ES, {.ehlo = "421 too soon\r\n!"}, NULL, CLIENT_DEFERRED, true, false, ES},
    {"closed at the first octet", ES, {.greeting = "!"}, NULL, CLIENT_DEFERRED, true, false, ES},
    {"closed behind the greeting", ES, {.ehlo = "!"}, NULL, CLIENT_DEFERRED, true, false, ES},
    {"a greeting that says 250", ES, {.greeting = "250 a\r\n"}, NULL, CLIENT_DEFERRED, true, false,
     ES},
    {"greeted twice", ES, {.greeting = "220 a\r\n220 a\r\n", .ehlo = OFFERED}, NULL, CLIENT_DEFERRED,
     true, false, ES},
    {"answered twice", ES, {.ehlo = OFFERED OFFERED}, NULL, CLIENT_DEFERRED, true, false, ES},
    {"silence", ES, {.greeting = "", .ehlo = "", .mail = "", .rcpt = {""}, .data = ""}, NULL, CLIENT_DEFERRED, false, false, ES},
    {"a refused sender is refused", ES, {.ehlo = OFFERED, .mail = "550 no\r\n"}, NULL, CLIENT_FAILED,
     false, false, ES},
    {"a refused recipient is refused", ES, {.ehlo = OFFERED, .rcpt = {"550 no\r\n"}}, NULL,
     CLIENT_FAILED, false, false, ES},
    {"lost behind the text", ES, {.ehlo = OFFERED, .text = "!"}, NULL, CLIENT_DEFERRED, false, false,
     ES},
    {"refused behind the text", ES, {.ehlo = OFFERED, .text = "550 no\r\n"}, NULL, CLIENT_FAILED,
     false, false, ES},
};

Test(client_early, what_is_known_is_used_and_kept_true)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t grain = 0; grain < 2; grain++) {
            struct desk d;
            const char *label = rows[i].label;
            desk_open(&d, &rows[i].says, (struct hint_ehlo){.clear_features = (uint16_t)rows[i].known},
                      1);
            d.t.server.grain = grain;
            testing_mail_run(&d.t);
            span first = span_first(buf_span(&d.t.server.heard), d.t.server.first);
            cr_expect(rows[i].first == NULL || span_eq(first, span_text(rows[i].first)), "%s: %.*s",
                      label, SPAN_FMT(first));
            cr_expect_eq(d.t.to[0].fate, rows[i].fate, "%s: %d", label, (int)d.t.to[0].fate);
            cr_expect_eq(client_early_spoilt(&d.t.client), rows[i].spoilt, "%s", label);
            cr_expect_eq(d.t.client.opening.misled, rows[i].misled, "%s", label);
            cr_expect_eq(kept(&d), rows[i].kept, "%s: %03x", label, kept(&d));
            cr_expect_eq(d.t.delivered[0], rows[i].fate == CLIENT_DELIVERED ? 1u : 0u, "%s", label);
            desk_close(&d);
        }
    }
}

/* A client that is misled asks again; what is asked is what the server offers now. */
Test(client_early, whoever_was_refused_for_a_false_belief_is_asked_again)
{
    struct desk d;
    desk_open(&d, &(struct testing_replies){
                  .ehlo = "250-a\r\n250-PIPELINING\r\n250 PIPECONNECT\r\n", .mail = "555 SIZE?\r\n"},
              (struct hint_ehlo){.clear_features = ES}, 2);
    cr_assert(client_begin(&d.t.client, &d.t.server.wire, &d.t.options, d.t.arena));
    client_mail_send(&d.t.client, &d.t.mail);
    cr_assert(!d.t.client.over && d.t.to[1].fate == CLIENT_UNDECIDED);
    d.t.server.says.mail = NULL;
    size_t heard = d.t.server.heard.len;
    client_mail_send(&d.t.client, &d.t.mail);
    client_end(&d.t.client);
    span again = span_from(buf_span(&d.t.server.heard), heard);
    cr_expect(span_has(again, SPAN("MAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\n")), "%.*s",
              SPAN_FMT(again));
    cr_expect(d.t.delivered[0] == 1 && d.t.delivered[1] == 1);
    desk_close(&d);
}

/* Belief refuses nothing: 8-bit text for a server of which no 8BITMIME is known waits for its word. */
Test(client_early, what_the_record_does_not_have_is_looked_for_in_the_reply)
{
    static const char *const offers[] = {OFFERED, "250-a\r\n250-8BITMIME\r\n" "250-SIZE 1000\r\n"
                                                  "250-PIPELINING\r\n250 PIPECONNECT\r\n"};
    for (size_t i = 0; i < 2; i++) {
        struct desk d;
        desk_open(&d, &(struct testing_replies){.ehlo = offers[i]},
                  (struct hint_ehlo){.clear_features = ES}, 1);
        d.t.mail.eight_bit = true;
        testing_mail_run(&d.t);
        span first = span_first(buf_span(&d.t.server.heard), d.t.server.first);
        cr_expect(span_eq(first, SPAN("EHLO c.test\r\n")), "%.*s", SPAN_FMT(first));
        cr_expect_eq(d.t.to[0].fate, i == 0 ? CLIENT_FAILED : CLIENT_DELIVERED);
        desk_close(&d);
    }
}

Test(client_early, a_chunk_waits_for_the_replies)
{
    struct desk d;
    desk_open(&d, &(struct testing_replies){.ehlo = "250-a\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n"
                                                    "250 CHUNKING\r\n"},
              (struct hint_ehlo){.clear_features = E | HINT_CHUNKING}, 1);
    testing_mail_run(&d.t);
    span first = span_first(buf_span(&d.t.server.heard), d.t.server.first);
    cr_expect(span_eq(first, SPAN("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<u@x.test>\r\n")),
              "%.*s", SPAN_FMT(first));
    cr_expect(span_has(buf_span(&d.t.server.heard), SPAN("BDAT 21 LAST\r\n")));
    cr_expect_eq(d.t.to[0].fate, CLIENT_DELIVERED);
    desk_close(&d);
}

/* A server that has CHUNKING no longer is given DATA. */
Test(client_early, chunks_that_were_believed_in_are_not_sent)
{
    struct desk d;
    desk_open(&d, &(struct testing_replies){.ehlo = OFFERED},
              (struct hint_ehlo){.clear_features = ES | HINT_CHUNKING}, 1);
    testing_mail_run(&d.t);
    cr_expect(!span_has(buf_span(&d.t.server.heard), SPAN("BDAT")));
    cr_expect_eq(d.t.to[0].fate, CLIENT_DELIVERED);
    desk_close(&d);
}

Test(client_early, who_may_not_begin_early)
{
    struct client_options o = {.early = {.known = {.clear_features = E, .crypted_features = 0}}};
    struct arena *arena = arena_new();
    struct hints *hints = hints_open(&(struct hints_setup){.folder = "/nonexistent",
                                                           .clock = clock_system()});
    cr_expect(!client_early_fits(&o), "no hints");
    o.early.hints = hints;
    cr_expect(client_early_fits(&o));
    struct client_options row = o;
    row.lmtp = true;
    cr_expect(!client_early_fits(&row), "LMTP");
    row = o;
    row.avoid_esmtp = true;
    cr_expect(!client_early_fits(&row), "HELO");
    row = o;
    row.avoid_pipelining = true;
    cr_expect(!client_early_fits(&row), "one by one");
    row = o;
    row.tls.require = true;
    cr_expect(!client_early_fits(&row), "TLS that is not known to be there");
    row = o;
    row.tls.at_once = true;
    cr_expect(!client_early_fits(&row), "the other half");
    hints_close(hints);
    arena_free(arena);
}

/* --- AUTH ----------------------------------------------------------------------------------------- */

static const struct {
    const char *label;
    unsigned auths;
    const char *ehlo, *other;
    bool require, opened;
    const char *first;
    unsigned kept;
} logins[] = {
    {"known", 1, "250-a\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250 AUTH PLAIN\r\n", "235 hello\r\n",
     true, true, "EHLO c.test\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\n", E},
    {"not known, and required", 0, "250-a\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250 AUTH PLAIN\r\n",
     "235 hello\r\n", true, true, "EHLO c.test\r\n", E},
    {"no longer offered, and required", 1, "250-a\r\n250-PIPELINING\r\n250 PIPECONNECT\r\n",
     "503 what\r\n", true, false, "EHLO c.test\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\n", 0},
};

Test(client_early, authentication_goes_with_the_greeting)
{
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        struct desk d;
        struct facts_peer peer = {0};
        struct facts facts = {.peer = &peer};
        struct auth_plaintext own = {0};
        struct auth_generic generic = {.driver = "plaintext", .public_name = "PLAIN"};
        struct conf_auth one = {.name = "p", .driver = AUTH_PLAINTEXT, .generic = &generic,
                                .own.plaintext = &own, .client = true};
        struct conf_auths auths = {&one, 1};
        desk_open(&d, &(struct testing_replies){.ehlo = logins[i].ehlo, .other = logins[i].other},
                  (struct hint_ehlo){.clear_features = E, .clear_auths = (uint16_t)logins[i].auths},
                  1);
        struct expansion x = {.facts = &facts, .arena = d.t.arena};
        cr_assert(!failed(template_read(SPAN("^user^secret"), d.t.arena, &own.client_send)));
        d.t.options.auth = (struct client_auth){.auths = &auths, .want = true,
                                                .require = logins[i].require, .x = &x, .peer = &peer};
        d.t.options.early.auths = &auths;
        bool opened = client_begin(&d.t.client, &d.t.server.wire, &d.t.options, d.t.arena);
        span first = span_first(buf_span(&d.t.server.heard), d.t.server.first);
        cr_expect_eq(opened, logins[i].opened, "%s", logins[i].label);
        cr_expect(span_eq(first, span_text(logins[i].first)), "%s: %.*s", logins[i].label,
                  SPAN_FMT(first));
        cr_expect_eq(kept(&d), logins[i].kept, "%s: %03x", logins[i].label, kept(&d));
        client_end(&d.t.client);
        desk_close(&d);
    }
}

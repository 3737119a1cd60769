/* Wrong behaviours of early pipelining, of the server and of the client, and the table of them. */
#include "tests/faults/faults.h"
#include "tests/faults/handshakes.h"
#include "tests/faults/sessions.h"
#include "tests/faults/tables.h"

#include "ref/client/session.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/receive.h"
#include "ref/transport/smtp.h"

WRAPPED(smtp_pipeline_early);
WRAPPED(smtp_early_offered);
WRAPPED(smtp_pipeline_flush);
WRAPPED(smtp_pipeline_answer);
WRAPPED(smtp_receive_finish);
WRAPPED(hint_ehlo_get);
WRAPPED(hint_ehlo_put);
WRAPPED(hint_ehlo_drop);
WRAPPED(hint_ehlo_key);
WRAPPED(client_early_may);
WRAPPED(client_early_spoilt);
WRAPPED(client_early_hear);
WRAPPED(client_offers_keyword);
WRAPPED(smtp_early);

/* --- the server ----------------------------------------------------------------------------------- */

static bool always(struct smtp_session *s)
{
    (void)s;
    return true;
}

static bool with_pipelining(struct smtp_session *s)
{
    return smtp_peer_listed(s, "pipelining_advertise_hosts", &s->conf->pipelining_advertise_hosts);
}

static void offer_if(bool (*offered)(struct smtp_session *s))
{
    fault_set(&smtp_extensions[SMTP_EXT_EARLY].offered, &offered, sizeof offered);
}

static void without_pipelining(void) { offer_if(always); }
static void to_everybody(void) { offer_if(with_pipelining); }
static void has_one_name(void)
{
    const char *name = "PIPECONNECT";
    fault_set(&smtp_extensions[SMTP_EXT_EARLY].keyword, &name, sizeof name);
}

static bool outside_tls(struct smtp_session *s)
{
    return s->tls == NULL && REAL(smtp_early_offered)(s);
}

static void not_in_tls(void) { offer_if(outside_tls); }

static void stands_apart(void)
{
    const char *names = "PIPELINING\nX-BETWEEN";
    fault_set(&smtp_extensions[SMTP_EXT_PIPELINING].keyword, &names, sizeof names);
}

static void flood_is_answered(void)
{
    unsigned none = 0;
    fault_set(&smtp_replies[SMTP_MANY_UNKNOWN].flags, &none, sizeof none);
}

static err mail_once(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    if (s->early && s->accepted > 0) {
        *r = smtp_reply_of(SMTP_MANY_MESSAGES);
        return OK;
    }
    return smtp_cmd_mail(s, c, r);
}

static void one_message(void)
{
    smtp_handler *run = mail_once;
    fault_set(&fault_verb("MAIL")->handler, &run, sizeof run);
}

/* True of what a client may say first: here it is asked only about that. */
bool WRAP(smtp_early_offered)(struct smtp_session *s)
{
    return !fault_is("early-talk-is-refused") && REAL(smtp_early_offered)(s);
}

bool WRAP(smtp_pipeline_early)(struct smtp_session *s)
{
    if (fault_is("flood-is-answered")) {
        s->controls.enforce_sync = false;
    }
    if (fault_is("anything-may-be-early") && REAL(smtp_early_offered)(s)) {
        s->early = s->early_group = true;
        return true;
    }
    return REAL(smtp_pipeline_early)(s);
}

err WRAP(smtp_pipeline_flush)(struct smtp_session *s)
{
    bool held = fault_is("banner-waits-for-ehlo") && s->early_group && !s->hello_said;
    return held || fault_holds_back(s) ? OK : REAL(smtp_pipeline_flush)(s);
}

/* The banner goes behind the reply to EHLO. */
static err reversed(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply r)
{
    span banner = arena_copy(s->arena, buf_span(&s->out));
    buf_clear(&s->out);
    err e = REAL(smtp_pipeline_answer)(s, command, r);
    buf_put(&s->out, banner);
    return e;
}

err WRAP(smtp_pipeline_answer)(struct smtp_session *s, const struct smtp_command *command,
                               struct smtp_reply r)
{
    bool first = s->early_group && !s->hello_said;
    if (fault_holds_back(s)) {
        smtp_reply_write(r, span_text(s->conf->primary_hostname), &s->out);
        return OK;
    }
    return first && fault_is("banner-behind-ehlo") ? reversed(s, command, r)
                                                   : REAL(smtp_pipeline_answer)(s, command, r);
}

struct smtp_reply WRAP(smtp_receive_finish)(struct smtp_session *s, struct smtp_receive *r)
{
    s->early = (s->early && !fault_is("early-is-not-logged")) || fault_is("early-is-always-logged");
    s->pipelined = s->pipelined || fault_is("all-are-logged-as-grouped");
    return REAL(smtp_receive_finish)(s, r);
}

/* --- the client's record -------------------------------------------------------------------------- */

bool WRAP(hint_ehlo_get)(struct hints *hints, span key, millis keep, struct hint_ehlo *ehlo)
{
    bool there = REAL(hint_ehlo_get)(hints, key, fault_is("ehlo-record-does-not-age") ? 0 : keep, ehlo);
    if (!there && fault_is("early-without-a-record")) {
        *ehlo = (struct hint_ehlo){.clear_features = HINT_PIPELINING | HINT_EARLY_PIPE};
        return true;
    }
    if (there && fault_is("ehlo-record-lacks-auth")) {
        ehlo->clear_auths = ehlo->crypted_auths = 0;
    }
    if (there && fault_is("inside-counts-outside")) {
        ehlo->clear_features |= ehlo->crypted_features;
    }
    if (there && fault_is("one-half-for-both")) {
        ehlo->crypted_features = ehlo->clear_features;
    }
    return there;
}

void WRAP(hint_ehlo_put)(struct hints *hints, span key, const struct hint_ehlo *ehlo)
{
    struct hint_ehlo now;
    bool renews = REAL(hint_ehlo_get)(hints, key, 0, &now);
    if (!fault_is("ehlo-record-is-not-made") && !(renews && fault_is("ehlo-record-is-not-renewed"))) {
        REAL(hint_ehlo_put)(hints, key, ehlo);
    }
}

void WRAP(hint_ehlo_drop)(struct hints *hints, span key)
{
    if (!fault_is("ehlo-record-is-not-dropped") && !fault_is("fallback-is-early-again")) {
        REAL(hint_ehlo_drop)(hints, key);
    }
}

span WRAP(hint_ehlo_key)(const struct address *address, struct arena *arena)
{
    struct address any = *address;
    if (fault_is("ehlo-record-of-any-port")) {
        address_set_port(&any, 25);
    }
    return REAL(hint_ehlo_key)(&any, arena);
}

/* --- the client's session ------------------------------------------------------------------------- */

bool WRAP(client_early_may)(const struct client *c)
{
    bool withdrawn = fault_is("early-behind-a-withdrawal") && c->tls != NULL && c->opening.used &&
                     (c->options->early.known.crypted_features & HINT_EARLY_PIPE) != 0;
    return withdrawn || fault_is("client-does-not-wait") || REAL(client_early_may)(c);
}

bool WRAP(client_early_spoilt)(const struct client *c)
{
    return !fault_is("spoilt-is-not-tried-again") && REAL(client_early_spoilt)(c);
}

/* What was believed stays, whatever is answered. */
static err unchecked(struct client *c)
{
    struct client_note note;
    struct client_reply reply;
    unsigned unheard = c->opening.unheard;
    c->opening.unheard = 0;
    while (unheard-- > 0) {
        TRY(client_hear(c, c->options->command_wait, &note, &reply));
    }
    return OK;
}

err WRAP(client_early_hear)(struct client *c)
{
    return fault_is("opening-is-not-checked") ? unchecked(c) : REAL(client_early_hear)(c);
}

bool WRAP(client_offers_keyword)(const struct client_reply *hello, span keyword)
{
    if (fault_is("early-keyword-is-a-part")) {
        return span_has(hello->text, SPAN("PIPE")) && span_has(hello->text, SPAN("CONN"));
    }
    return !(fault_is("early-keyword-has-a-case") && !span_has(hello->text, keyword)) &&
           !(fault_is("early-keyword-has-one-name") && !span_eq(keyword, SPAN("PIPECONNECT"))) &&
           REAL(client_offers_keyword)(hello, keyword);
}

void WRAP(smtp_early)(struct smtp_run *r, const struct route_host *host, bool bound,
                      struct arena *arena, struct client_early *early)
{
    REAL(smtp_early)(r, host, bound || fault_is("hello-by-an-unknown-address"), arena, early);
    bool depends = r->o->helo_data != NULL &&
                   span_has(template_text(r->o->helo_data), SPAN("sending_ip_address"));
    if (fault_is("hello-by-an-address-waits") && depends) {
        *early = (struct client_early){.key = SPAN_EMPTY};
    }
    if (fault_is("early-to-any-host") && early->hints == NULL && r->job->hints != NULL) {
        const struct conf_main *main = &r->job->conf->main;
        *early = (struct client_early){.hints = r->job->hints,
                                       .key = hint_ehlo_key(&host->address, arena),
                                       .keep = main->retry_data_expire,
                                       .keywords = &main->pipelining_connect_keyword,
                                       .auths = &r->job->conf->auths};
        (void)hint_ehlo_get(early->hints, early->key, early->keep, &early->known);
    }
}

WRAPPED(smtp_early_spoilt);

void WRAP(smtp_early_spoilt)(const struct smtp_run *r, const struct route_host *host,
                             struct smtp_connection *c)
{
    if (fault_is("fallback-is-silent")) {
        client_early_forget(&c->client);
        return;
    }
    REAL(smtp_early_spoilt)(r, host, c);
}

WRAPPED(smtp_connect);
WRAPPED(smtp_result_delivered);
struct smtp_connection *WRAP(smtp_connect)(struct smtp_run *r, const struct route_host *host,
                                           enum smtp_haste haste, struct client_trouble *trouble)
{
    bool again = fault_is("fallback-is-early-again") && haste == SMTP_WAITING;
    return REAL(smtp_connect)(r, host, again ? SMTP_FRESH : haste, trouble);
}

void WRAP(smtp_result_delivered)(struct smtp_run *r, size_t i, const struct route_host *host,
                                 const struct smtp_connection *c, const struct client_mail *mail,
                                 const struct client_reply *reply, uint64_t size)
{
    REAL(smtp_result_delivered)(r, i, host, c, mail, reply, size);
    if (fault_is("early-delivery-is-not-marked")) {
        r->job->addresses[i]->result.early = false;
    }
}

bool fault_early_unheard(struct client *c, struct client_note *note, struct client_reply *reply)
{
    const struct client_note *next = &c->notes[c->first_note];
    if (!fault_is("early-text-waits-for-nothing") || !c->opening.used || c->note_count == 0 ||
        next->step < CLIENT_MAIL || next->step > CLIENT_DATA) {
        return false;
    }
    *note = *next;
    c->first_note = (c->first_note + 1) % CLIENT_GROUP;
    c->note_count--;
    bool data = note->step == CLIENT_DATA;
    *reply = (struct client_reply){.code = data ? 354 : 250, .text = data ? SPAN("354 go") : SPAN("250 ok"),
                                   .status = SPAN_EMPTY};
    return true;
}

#define E "early/"

/* clang-format off: a row a line */
const struct fault early_faults[] = {
    {"early-without-pipelining", "early pipelining is offered without PIPELINING", "early/keyword-alone", without_pipelining},
    {"early-to-everybody", "early pipelining is offered to whom it should not be", "early/keyword-hosts", to_everybody},
    {"early-has-one-name", "the keyword is not that of the configuration", "early/keyword-name", has_one_name},
    {"early-talk-is-refused", "the keyword is offered, and who makes use of it refused", "early/greeting-delayed early/saved/clear", NULL},
    {"anything-may-be-early", "any command may come before the banner", "early/hello-first", NULL},
    {"banner-waits-for-ehlo", "the banner waits for the rest of an early EHLO", "early/server-half-hello", NULL},
    {"banner-behind-ehlo", "the banner comes behind the reply to an early EHLO", "early/greeting-delayed early/group-replies", NULL},
    {"early-is-not-logged", "an early arrival is logged as one that was not", "early/log-early early/log-hello-early-only", NULL},
    {"early-is-always-logged", "every arrival is logged as early", "early/log-offered early/log-not-offered", NULL},
    {"all-are-logged-as-grouped", "no arrival has a dash behind L", "early/log-not-grouped", NULL},
    {"ehlo-record-is-not-made", "no answer to EHLO is kept", "early/client-restart early/saved-client/clear", NULL},
    {"ehlo-record-is-not-renewed", "what is kept of EHLO stays as it was first", "early/client-less-offered", NULL},
    {"ehlo-record-is-not-dropped", "a keyword that is withdrawn is not forgotten", "early/client-withdrawn", NULL},
    {"ehlo-record-does-not-age", "what is kept of EHLO is good for ever", "early/client-expired early/client-expire-set", NULL},
    {"ehlo-record-of-any-port", "what is kept of EHLO is good for every port", "early/client-port", NULL},
    {"one-half-for-both", "inside TLS the offers of clear text are believed", "early/client-halves early/client-clear-only", NULL},
    {"early-behind-a-withdrawal", "inside TLS a client speaks early though the keyword has just gone", "early/client-withdrawn-tls", NULL},
    {"spoilt-is-not-tried-again", "a server that does not want to be spoken to early gets no second connection", "early/client-refused", NULL},
    {"fallback-is-silent", "nothing tells that a server did not want to be spoken to early", "early/client-refused-told early/client-closed-told early/client-nonsense-told", NULL},
    {"opening-is-not-checked", "any banner and any answer to EHLO will do", "early/client-opening-checked", NULL},
    {"early-keyword-has-a-case", "a keyword in small letters is not known", "early/client-case", NULL},
    {"early-keyword-has-one-name", "the client knows one name of the keyword", "early/client-names", NULL},
    {"hello-by-an-unknown-address", "EHLO goes early though its name depends on the address", "early/client-name-of-address", NULL},
    {"early-is-not-in-tls", "inside TLS the keyword is missing", "early/keyword-in-tls", not_in_tls},
    {"early-keyword-stands-apart", "another keyword stands between PIPELINING and that of early pipelining", "early/keyword-place", stands_apart},
    {"early-talk-passes-the-acl", "who speaks early is greeted whatever the ACL says", "early/greeting-refused", NULL},
    {"early-session-has-one-message", "a session that began early takes one message", "early/next-message", one_message},
    {"early-group-is-not-checked", "who may speak early need not wait for anything later", "early/not-a-group early/second-group", NULL},
    {"auth-is-not-early", "AUTH in an early group is a synchronisation error", "early/auth-early", NULL},
    {"chunk-is-not-early", "BDAT in an early group is a synchronisation error", "early/chunk-with-group", NULL},
    {"flood-is-answered", "whatever comes before the banner is answered, without end", "early/flood", flood_is_answered},
    {"early-without-a-record", "a client speaks early to a server that it knows nothing of", "early/client-first-time", NULL},
    {"ehlo-record-lacks-auth", "what AUTH offered is not kept", "early/client-auth", NULL},
    {"inside-counts-outside", "what was offered inside TLS is believed in clear text", "early/client-inside-only", NULL},
    {"fallback-is-early-again", "what failed for being early is tried early again", E "client-no-octet " E "client-one-octet " E "client-not-now " E "client-reset " E "client-tls-answer " E "client-banner-twice " E "client-out-of-order", NULL},
    {"early-keyword-is-enough", "early pipelining needs no PIPELINING", "early/client-not-pipelining", NULL},
    {"early-keyword-is-a-part", "whatever looks like the keyword is taken for it", "early/client-other-name", NULL},
    {"hello-by-an-address-waits", "a name in EHLO that depends on the address is never known early", "early/client-name-of-interface early/client-name-of-seed", NULL},
    {"early-delivery-is-not-marked", "a delivery that was early is logged as one that was not", "early/client-log", NULL},
    {"early-text-waits-for-nothing", "in an early session the text goes out with the group", "early/client-chunk-waits early/client-text-waits", NULL},
    {"early-to-any-host", "hosts_pipe_connect is not looked at", "early/client-off early/client-listed", NULL},
};
/* clang-format on */
const size_t early_fault_count = sizeof early_faults / sizeof *early_faults;

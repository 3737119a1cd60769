/* A server's session done wrong: commands that are taken or refused in the wrong state, replies that do not
   come when they must, texts and lines read in another way than they are sent, time that runs otherwise. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/log/session.h"
#include "ref/smtp/command.h"
#include "ref/smtp/line.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/session.h"
#include "ref/smtp/tls.h"
#include "tests/faults/sessions.h"

#include <stdatomic.h>
#include <time.h>

WRAPPED(smtp_session_run);
WRAPPED(log_session);
WRAPPED(smtp_pipeline_check_text);

/* --- table entries -------------------------------------------------------------------------------- */

#define IN(stage) (1U << STAGE_##stage)

static void says(enum smtp_reply_id id, unsigned code, const char *status)
{
    fault_set(&smtp_replies[id].code, &code, sizeof code);
    fault_set(&smtp_replies[id].status, &status, sizeof status);
}

static void flags(enum smtp_reply_id id, unsigned set)
{
    fault_set(&smtp_replies[id].flags, &set, sizeof set);
}

static void does(const char *verb, smtp_handler *run)
{
    fault_set(&fault_verb(verb)->handler, &run, sizeof run);
}

static void legal(const char *verb, unsigned stages)
{
    fault_set(&fault_verb(verb)->stages, &stages, sizeof stages);
}

static void legal_too(const char *verb, unsigned stages)
{
    legal(verb, fault_verb(verb)->stages | stages);
}

static void illegal(const char *verb, unsigned stages)
{
    legal(verb, fault_verb(verb)->stages & ~stages);
}

/* --- the command by state table ------------------------------------------------------------------- */

static void information_needs_hello(void)
{
    illegal("EXPN", IN(START));
    illegal("HELP", IN(START));
}

static void forgets(struct smtp_session *s)
{
    if (s->stage > STAGE_HELLO && s->stage < STAGE_REFUSED) {
        smtp_transaction_abandon(s, "question");
        s->stage = STAGE_HELLO;
    }
}

static err expn_forgets(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    forgets(s);
    return smtp_cmd_expn(s, c, r);
}

static err help_forgets(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    forgets(s);
    return smtp_cmd_help(s, c, r);
}

static err vrfy_forgets(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    forgets(s);
    return smtp_cmd_vrfy(s, c, r);
}

static void information_ends_transaction(void)
{
    does("EXPN", expn_forgets);
    does("HELP", help_forgets);
    does("VRFY", vrfy_forgets);
}

static err helo_first(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    if (s->stage == STAGE_START && s->tls == NULL) {
        return smtp_cmd_helo(s, c, r);
    }
    *r = smtp_reply_of(SMTP_OUT_OF_ORDER);
    return OK;
}

static void helo_is_first_only(void) { does("HELO", helo_first); }
static void rcpt_needs_no_hello(void) { legal_too("RCPT", IN(START)); }
static void rcpt_between_chunks(void) { legal_too("RCPT", IN(CHUNKS)); }
static void second_chunk_is_refused(void) { illegal("BDAT", IN(CHUNKS)); }
static void tls_again_is_454(void) { says(SMTP_TLS_AGAIN, 454, "4.7.0"); }
static void not_implemented_is_503(void) { says(SMTP_NOT_IMPLEMENTED, 503, "5.5.1"); }
static void not_implemented_closes(void) { flags(SMTP_NOT_IMPLEMENTED, SMTP_COUNTS | SMTP_CLOSES); }
static void vrfy_is_not_implemented(void) { does("VRFY", NULL); }
static void quit_waits_for_the_mail(void) { legal("QUIT", IN(START) | IN(HELLO)); }

static err auth_at_once(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    enum smtp_stage stage = s->stage;
    s->stage = stage == STAGE_START ? STAGE_HELLO : stage;
    s->offer |= 1U << SMTP_EXT_AUTH;
    err e = smtp_cmd_auth(s, c, r);
    s->stage = s->stage == STAGE_HELLO ? stage : s->stage;
    return e;
}

static void auth_needs_no_hello(void) { does("AUTH", auth_at_once); }

/* Sessions so far, and now. The first is the judge's, who asks whether the server is there. */
static _Atomic unsigned sessions_begun, sessions_open;

static err quit_greeted(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    if (s->stage != STAGE_START || sessions_begun == 1) {
        return smtp_cmd_quit(s, c, r);
    }
    *r = smtp_reply_of(SMTP_NO_HELLO);
    return OK;
}

static void quit_needs_hello(void) { does("QUIT", quit_greeted); }

/* --- groups and their replies --------------------------------------------------------------------- */

static err quit_forgetful(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    buf_clear(&s->out);
    return smtp_cmd_quit(s, c, r);
}

/* QUIT, where the end of what the client says is there as well. */
static err quit_of_the_gone(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    const struct timespec moment = {.tv_nsec = 200000000};
    (void)nanosleep(&moment, NULL);
    (void)smtp_input_waits(s);
    return failed(s->in.over) ? s->in.over : smtp_cmd_quit(s, c, r);
}

static void half_closed_is_gone(void) { does("QUIT", quit_of_the_gone); }
static void too_many_noops_are_554(void) { says(SMTP_MANY_NONMAIL, 554, "5.7.0"); }
static void bad_path_closes(void)
{
    flags(SMTP_SENDER_SYNTAX, SMTP_COUNTS | SMTP_CLOSES);
    flags(SMTP_RECIPIENT_SYNTAX, SMTP_COUNTS | SMTP_CLOSES);
}
static void quit_forgets_replies(void) { does("QUIT", quit_forgetful); }
static void data_of_nobody_says_250(void) { says(SMTP_ALL_REFUSED, 250, "2.0.0"); }
static void sync_error_goes_on(void) { flags(SMTP_SYNC, 0); }

bool fault_holds_back(const struct smtp_session *s)
{
    static const struct {
        const char *fault, *verbs[2];
    } rows[] = {{"questions-are-not-prompt", {"NOOP", "VRFY"}},
                {"beginnings-are-not-prompt", {"EHLO", "DATA"}}};
    span said = buf_span(&s->verbs);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (fault_is(rows[i].fault) && s->pipelined) {
            return span_ends(said, span_text(rows[i].verbs[0])) ||
                   span_ends(said, span_text(rows[i].verbs[1]));
        }
    }
    return false;
}

struct smtp_reply WRAP(smtp_pipeline_check_text)(struct smtp_session *s, const char *what)
{
    if (fault_is("one-message-at-a-time") && sessions_open > 1) {
        return smtp_reply_of(SMTP_SPOOL_FAILED);
    }
    if (fault_is("next-message-must-wait") && smtp_input_waits(s)) {
        return smtp_reply_of(SMTP_SYNC);
    }
    return REAL(smtp_pipeline_check_text)(s, what);
}

/* --- lines, chunks and texts ---------------------------------------------------------------------- */

/* Each wait begins anew, and if it is by pieces, the line ends with what one read gave. */
err fault_line_read(struct smtp_session *s, millis wait, struct smtp_line *line, bool by_pieces)
{
    size_t len = 0;
    for (bool done = false; !done; done = done || by_pieces) {
        TRY(smtp_input_fill(s, wait));
        while (!done && s->in.from < s->in.to && len < sizeof s->line) {
            done = s->in.at[s->in.from] == '\n';
            s->line[len++] = s->in.at[s->in.from++];
        }
        done = done || len == sizeof s->line;
    }
    size_t octets = len;
    while (len > 0 && (s->line[len - 1] == '\n' || s->line[len - 1] == '\r')) {
        len--;
    }
    *line = (struct smtp_line){.text = span_of(s->line, len), .octets = octets};
    return OK;
}

static void bare_newline_is_taken(void) { says(SMTP_BARE_NEWLINE, 250, "2.0.0"); }

/* The CR LF that a client may put behind a chunk for the eye is taken for a part of it. */
static err bdat_with_line_end(struct smtp_session *s, const struct smtp_command *c,
                              struct smtp_reply *r)
{
    struct smtp_command longer = *c;
    uint64_t size = 0;
    size_t digits = 0;
    while (digits < c->args.len && ascii_is_digit(c->args.at[digits])) {
        size = size * 10 + (uint64_t)(c->args.at[digits++] - '0');
    }
    longer.args = span_text(arena_printf(s->arena, "%llu%.*s", (unsigned long long)size + 2,
                                         SPAN_FMT(span_from(c->args, digits))));
    return smtp_cmd_bdat(s, &longer, r);
}

static void chunk_has_a_line_end(void) { does("BDAT", bdat_with_line_end); }
static void declared_size_is_ignored(void) { says(SMTP_SIZE_OVER, 250, "2.1.0"); }
static void recipients_over_limit_are_552(void) { says(SMTP_RECIPIENTS_MANY, 552, "5.5.3"); }
static void turned_away_is_554(void) { says(SMTP_BUSY_HOST, 554, "5.7.0"); }

enum smtp_reply_id fault_text_judged(enum smtp_reply_id id, const struct smtp_receive *r)
{
    const struct envelope *e = &r->message.envelope;
    size_t octets = 0;
    bool undated = false;
    for (size_t i = 0; id == SMTP_NO_REPLY && i < e->headers.count; i++) {
        const struct header *h = &e->headers.at[i];
        octets += h->text.len;
        undated = undated || (h->type == 'P' && span_find_byte(h->text, ';') == SPAN_NONE);
    }
    if (id == SMTP_NO_REPLY && ((fault_is("received-must-have-a-date") && undated) ||
                                (fault_is("a-message-needs-a-header") && octets == 0) ||
                                (fault_is("header-sections-are-small") && octets > 20000))) {
        return SMTP_TEXT_HEADER_LARGE;
    }
    return id;
}

/* --- sessions beside each other, and their log ---------------------------------------------------- */

err WRAP(smtp_session_run)(const struct smtp_server *server, const struct smtp_peer *peer,
                           struct wire *wire)
{
    const struct timespec linger = {.tv_sec = 1};
    bool probe = sessions_begun++ == 0;
    if (fault_is("one-session-at-a-time") && sessions_open > 0) {
        smtp_session_turn_away(server, peer, wire, SMTP_BUSY_ALL);
        return OK;
    }
    sessions_open++;
    err e = REAL(smtp_session_run)(server, peer, wire);
    if (fault_is("one-session-at-a-time") && !probe) {
        (void)nanosleep(&linger, NULL);
    }
    sessions_open--;
    return e;
}

void WRAP(log_session)(const struct log *log, enum log_event event, const struct log_host *host,
                       const struct log_details *details)
{
    if (!(event == LOG_EVENT_COMMAND_TIMEOUT && fault_is("silence-is-not-logged"))) {
        REAL(log_session)(log, event, host, details);
    }
}

#define ST "state/"
#define P "pipelining/"
#define R "recorded/"

/* clang-format off: a row a line */
const struct fault session_faults[] = {
    {"information-needs-hello", "EXPN and HELP before EHLO get 503", ST "expn " ST "expn-tls " ST "help " ST "help-tls", information_needs_hello},
    {"information-ends-transaction", "EXPN, HELP and VRFY end the transaction", ST "expn-chunks " ST "help-chunks " ST "vrfy-chunks sync/expn-in-transaction sync/help-in-transaction sync/vrfy-in-transaction", information_ends_transaction},
    {"helo-is-first-only", "HELO is out of order where a greeting was said before", ST "helo " ST "helo-chunks " ST "helo-tls", helo_is_first_only},
    {"tls-keeps-to-one-name", "inside TLS a client may not give another name than before", ST "ehlo-tls", NULL},
    {"rcpt-needs-no-hello", "RCPT is taken before EHLO", ST "rcpt-tls " R "bad-sequence/first-command", rcpt_needs_no_hello},
    {"rcpt-between-chunks", "RCPT is taken between chunks", ST "rcpt-chunks-strict", rcpt_between_chunks},
    {"second-chunk-is-refused", "a message has one chunk only", ST "bdat-chunks " ST "bdat-last-chunks", second_chunk_is_refused},
    {"tls-again-is-454", "STARTTLS inside TLS is answered 454", ST "starttls-tls-strict", tls_again_is_454},
    {"not-implemented-is-503", "what is switched off is answered as out of order", ST "starttls-not-offered " ST "starttls-not-offered-chunks " ST "auth-not-offered " ST "auth-not-offered-chunks", not_implemented_is_503},
    {"not-implemented-closes", "the connection is closed behind a command that is switched off", R "starttls/not-offered", not_implemented_closes},
    {"auth-needs-no-hello", "AUTH is taken before EHLO", ST "auth-strict " ST "auth-tls-strict", auth_needs_no_hello},
    {"quit-waits-for-the-mail", "QUIT is refused inside a transaction", ST "quit " ST "quit-chunks", quit_waits_for_the_mail},
    {"quit-needs-hello", "QUIT is refused before EHLO", ST "quit-tls sync/quit-at-once", quit_needs_hello},
    {"vrfy-is-not-implemented", "VRFY is answered 502", "sync/minimum", vrfy_is_not_implemented},
    {"questions-are-not-prompt", "the reply to NOOP and VRFY at the end of a group waits for the next command", P "noop-syncs " P "prompt-vrfy", NULL},
    {"beginnings-are-not-prompt", "the reply to EHLO and DATA at the end of a group waits for the next input", P "prompt-ehlo " P "prompt-data", NULL},
    {"quit-forgets-replies", "replies that were held are lost when QUIT comes", P "prompt-quit " P "quit-ends-group early/quit-at-once", quit_forgets_replies},
    {"next-message-must-wait", "nothing may follow the end of a text at once", P "next-message " P "text-begins-group", NULL},
    {"data-of-nobody-says-250", "DATA of a message whose recipients were refused is answered 250", P "no-recipient early/group-refused " R "pipelining/all-refused", data_of_nobody_says_250},
    {"one-refusal-is-for-all", "behind a recipient that was refused all are", P "refusal-in-group " R "pipelining/two-transactions", NULL},
    {"pieces-are-lines", "a line ends where a piece of input does", P "split-anywhere early/slow-group", NULL},
    {"sync-error-goes-on", "the session stays open behind a synchronisation error", R "pipelining/text-in-the-group " R "pipelining/before-the-answer " R "pipelining/group-after-helo " R "pipelining/noop-in-a-group", sync_error_goes_on},
    {"received-must-have-a-date", "a message is refused for a Received field without a date", "sync/resent", NULL},
    {"commands-in-text-vanish", "a line of text that is a command is not kept", "sync/text-is-text", NULL},
    {"octets-win-time", "the wait for a command begins anew with each octet", "timeouts/drop-by-drop", NULL},
    {"silence-is-not-logged", "a session that was ended for silence leaves no line", "timeouts/log", NULL},
    {"one-message-at-a-time", "a message is put off while another session is open", "timeouts/others-go-on", NULL},
    {"one-session-at-a-time", "who comes while there is a session, or a moment later, is turned away", "sync/several-at-once", NULL},
    {"half-closed-is-gone", "a client that has closed its side is not answered", "sync/half-closed", half_closed_is_gone},
    {"too-many-noops-are-554", "who says NOOP too often is told 554", R "unknown-commands/many-noops", too_many_noops_are_554},
    {"bad-path-closes", "behind a path that is refused the connection is closed", R "mail-rcpt-syntax/mail-literal " R "mail-rcpt-syntax/rcpt-latitude", bad_path_closes},
    {"long-texts-win-no-time", "a long text has no more time than a short one", "timeouts/text-pace-long", NULL},
    {"text-waits-half", "inside the text the server waits half as long as it should", "timeouts/text-patience", NULL},
    {"chunk-has-a-line-end", "a line end behind a chunk is taken for a part of it", R "bad-sequence/chunk-first", chunk_has_a_line_end},
    {"bare-newline-is-taken", "a command with a bare CR or LF in it is answered 250", R "command-line-endings/octets", bare_newline_is_taken},
    {"turned-away-is-554", "who has too many connections is told 554", R "limits/connections", turned_away_is_554},
    {"recipients-over-limit-are-552", "one recipient too many is refused for good", R "limits/recipients", recipients_over_limit_are_552},
    {"a-message-needs-a-header", "a message without header fields is refused", R "line-endings/odd-messages", NULL},
    {"declared-size-is-ignored", "MAIL with a SIZE over the limit is answered 250", R "mail-rcpt-syntax/mail-over-limit", declared_size_is_ignored},
    {"long-lines-are-cut", "of a line of text 990 octets are kept", R "overlong-data-lines/body " R "overlong-data-lines/header-field", NULL},
    {"header-sections-are-small", "a header section may have 20,000 octets", R "overlong-data-lines/header-section", NULL},
};
/* clang-format on */
const size_t session_fault_count = sizeof session_faults / sizeof *session_faults;

/* The table of wrong behaviours. Rows that change a table come with a function that does it; the
   others are in wrapped.c under the same name. */
#include "tests/faults/faults.h"

#include "tests/faults/language.h"
#include "tests/faults/secure.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/smtp/command.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/session.h"

#include <stdlib.h>
#include <string.h>

/* Gives a member of a constant table's entry another value. */
#define SET(place, type, ...)                   \
    do {                                        \
        type value_ = __VA_ARGS__;              \
        fault_set(&(place), &value_, sizeof value_); \
    } while (0)

static void reply_code(enum smtp_reply_id id, unsigned code, const char *status)
{
    SET(smtp_replies[id].code, unsigned, code);
    SET(smtp_replies[id].status, const char *, status);
}

static void argument_rule(const char *verb, enum smtp_argument rule)
{
    SET(fault_verb(verb)->argument, enum smtp_argument, rule);
}

static void handler(const char *verb, smtp_handler *run)
{
    SET(fault_verb(verb)->handler, smtp_handler *, run);
}

static void legal_too(const char *verb, unsigned stages)
{
    SET(fault_verb(verb)->stages, unsigned, fault_verb(verb)->stages | stages);
}

static bool never(struct smtp_session *s)
{
    (void)s;
    return false;
}

static void not_offered(enum smtp_extension which)
{
    typedef bool offered(struct smtp_session *s);
    SET(smtp_extensions[which].offered, offered *, never);
}

#define IN(stage) (1U << STAGE_##stage)

static void data_says_250(void) { reply_code(SMTP_DATA_GO, 250, "2.0.0"); }
static void unknown_verb_is_502(void) { reply_code(SMTP_UNKNOWN, 502, "5.5.1"); }
static void unknown_verb_closes(void)
{
    SET(smtp_replies[SMTP_UNKNOWN].flags, unsigned, smtp_replies[SMTP_UNKNOWN].flags | SMTP_CLOSES);
}
static void oversize_is_accepted(void) { reply_code(SMTP_TEXT_OVER, 250, "2.6.0"); }
static void parameter_unknown_is_501(void) { reply_code(SMTP_PARAMETER_UNKNOWN, 501, "5.5.4"); }
static void noop_wants_no_argument(void) { argument_rule("NOOP", ARGUMENT_NONE); }
static void rset_takes_argument(void) { argument_rule("RSET", ARGUMENT_FREE); }
static void data_takes_argument(void) { argument_rule("DATA", ARGUMENT_FREE); }
static void rset_does_nothing(void) { handler("RSET", smtp_cmd_noop); }
static void helo_answers_as_ehlo(void) { handler("HELO", smtp_cmd_ehlo); }
static void mail_nests(void) { legal_too("MAIL", IN(MAIL) | IN(RCPT)); }
static void quit_says_250(void) { reply_code(SMTP_BYE, 250, "2.0.0"); }
static void rcpt_without_mail(void) { legal_too("RCPT", IN(HELLO)); }
static void noop_needs_hello(void)
{
    SET(fault_verb("NOOP")->stages, unsigned, fault_verb("NOOP")->stages & ~IN(START));
}
static void rcpt_ends_group(void) { SET(fault_verb("RCPT")->ends_group, bool, true); }
static void data_ends_no_group(void) { SET(fault_verb("DATA")->ends_group, bool, false); }
static void pipelining_not_offered(void) { not_offered(SMTP_EXT_PIPELINING); }
static void size_not_offered(void) { not_offered(SMTP_EXT_SIZE); }
static void eight_bit_not_offered(void) { not_offered(SMTP_EXT_8BITMIME); }

static void chunking_not_offered(void) { not_offered(SMTP_EXT_CHUNKING); }
static void dsn_not_offered(void) { not_offered(SMTP_EXT_DSN); }
static void chunk_says_354(void) { reply_code(SMTP_CHUNK_OK, 354, NULL); }
static void bad_parameter_is_taken(void) { reply_code(SMTP_PARAMETER_BAD, 250, "2.1.0"); }
static void data_between_chunks(void) { legal_too("DATA", IN(CHUNKS)); }
static void mail_needs_no_hello(void) { legal_too("MAIL", IN(START)); }
static void mail_between_chunks(void) { legal_too("MAIL", IN(CHUNKS)); }
static void noop_ends_transaction(void) { handler("NOOP", smtp_cmd_rset); }
static void timeout_says_221(void) { reply_code(SMTP_TIMEOUT, 221, "2.0.0"); }
static void vrfy_needs_hello(void)
{
    SET(fault_verb("VRFY")->stages, unsigned, fault_verb("VRFY")->stages & ~IN(START));
}

/* BDAT with what is done to it first. */
static err bdat_asks(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    smtp_reply_write(smtp_reply_of(SMTP_DATA_GO), SPAN_EMPTY, &s->out);
    TRY(smtp_pipeline_flush(s));
    return smtp_cmd_bdat(s, c, r);
}

/* The command with another size, told in decimal digits at the beginning of its argument. */
static err bdat_sized(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r,
                      uint64_t (*other)(uint64_t size))
{
    struct smtp_command changed = *c;
    size_t digits = 0;
    uint64_t size = 0;
    while (digits < c->args.len && ascii_is_digit(c->args.at[digits])) {
        size = size * 10 + (uint64_t)(c->args.at[digits++] - '0');
    }
    if (digits > 0) {
        changed.args = span_text(arena_printf(s->arena, "%llu%.*s", (unsigned long long)other(size),
                                              SPAN_FMT(span_from(c->args, digits))));
    }
    return smtp_cmd_bdat(s, &changed, r);
}

static uint64_t one_less(uint64_t size) { return size > 0 ? size - 1 : 0; }
static uint64_t low_half(uint64_t size) { return size & UINT32_MAX; }

static err bdat_one_less(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    return bdat_sized(s, c, r, one_less);
}

static err bdat_low_half(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    return bdat_sized(s, c, r, low_half);
}

static err bdat_hasty(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    if (s->stage == STAGE_RCPT || s->stage == STAGE_CHUNKS) {
        return smtp_cmd_bdat(s, c, r);
    }
    *r = smtp_reply_of(SMTP_OUT_OF_ORDER);
    return OK;
}

static err bdat_after_last(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    TRY(smtp_cmd_bdat(s, c, r));
    if (r->id == SMTP_NO_MAIL) {
        *r = smtp_reply_of(SMTP_NOOP_OK);
    }
    return OK;
}

/* Refused without a recipient it is as if it had not been said. */
static err bdat_forgiven(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    struct smtp_transaction tx = s->tx;
    if (s->stage != STAGE_MAIL) {
        return smtp_cmd_bdat(s, c, r);
    }
    s->tx = (struct smtp_transaction){0};
    s->stage = STAGE_HELLO;
    err e = smtp_cmd_bdat(s, c, r);
    s->tx = tx;
    s->stage = STAGE_MAIL;
    return e;
}

static void refused_chunk_is_forgiven(void) { handler("BDAT", bdat_forgiven); }
static void chunk_is_asked_for(void) { handler("BDAT", bdat_asks); }
static void chunk_counts_one_less(void) { handler("BDAT", bdat_one_less); }
static void chunk_size_wraps(void) { handler("BDAT", bdat_low_half); }
static void refused_chunk_is_not_read(void) { handler("BDAT", bdat_hasty); }
static void chunk_behind_last(void) { handler("BDAT", bdat_after_last); }

static void hello_without_name(void) { reply_code(SMTP_HELLO_MISSING, 250, NULL); }
static void broken_path_is_taken(void) { reply_code(SMTP_SENDER_SYNTAX, 250, "2.1.0"); }
static void no_hello_is_500(void) { reply_code(SMTP_NO_HELLO, 500, "5.5.1"); }
static void refused_data_says_354(void) { reply_code(SMTP_NO_MAIL, 354, NULL); }
static void keyword_with_underscore(void)
{
    SET(smtp_extensions[SMTP_EXT_HELP].keyword, const char *, "X_HELP");
}
static void greeting_without_name(void)
{
    SET(smtp_replies[SMTP_GREETING].text, const char *, "_");
}
/* Behind EHLO only: a target that never closes does not even count as started. */
static err quit_stays(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    if (s->stage == STAGE_START) {
        return smtp_cmd_quit(s, c, r);
    }
    *r = smtp_reply_of(SMTP_EXPN_UNKNOWN);
    return OK;
}

static void quit_leaves_open(void)
{
    reply_code(SMTP_EXPN_UNKNOWN, 221, "2.0.0");
    SET(fault_verb("QUIT")->ends_session, bool, false);
    handler("QUIT", quit_stays);
}
static void early_talker_is_503(void) { reply_code(SMTP_GREETING_REFUSED, 503, NULL); }
static void broken_recipient_is_taken(void) { reply_code(SMTP_RECIPIENT_SYNTAX, 250, "2.1.5"); }
static void bad_octet_is_taken(void)
{
    reply_code(SMTP_BAD_OCTET, 250, "2.0.0");
    reply_code(SMTP_EIGHT_BIT, 250, "2.0.0");
}
static void parameter_is_ignored(void) { reply_code(SMTP_PARAMETER_UNKNOWN, 250, "2.1.0"); }
static void status_is_other(void)
{
    reply_code(SMTP_NO_MAIL, 503, "5.0.0");
    reply_code(SMTP_OUT_OF_ORDER, 503, "5.0.0");
}
static void status_without_detail(void)
{
    reply_code(SMTP_NOOP_OK, 250, "2.0");
    reply_code(SMTP_RECIPIENT_OK, 250, "2.0");
}
static void mailbox_is_denied(void)
{
    reply_code(SMTP_VRFY_MAYBE, 550, "5.1.1");
}
static void verify_says_251(void)
{
    reply_code(SMTP_VRFY_UTF8, 251, "2.1.5");
}
static void smtputf8_not_offered(void) { not_offered(SMTP_EXT_SMTPUTF8); }
static void help_is_250(void) { reply_code(SMTP_HELP, 250, "2.0.0"); }
static void hello_names_nobody(void) { SET(smtp_replies[SMTP_HELLO].text, const char *, "Hello"); }
static void rset_needs_mail(void)
{
    SET(fault_verb("RSET")->stages, unsigned, IN(MAIL) | IN(RCPT));
}

/* --- ACLs and AUTH ------------------------------------------------------------------------------ */

static const struct acl_item_row *item_row(const char *name)
{
    return acl_item_find(span_text(name));
}

static const struct acl_verb *verb_row(const char *name)
{
    for (size_t i = 0; i < acl_verb_count; i++) {
        if (strcmp(acl_verbs[i].name, name) == 0) {
            return &acl_verbs[i];
        }
    }
    abort();
}

static enum acl_test always_yes(struct acl_run *run, struct value value)
{
    (void)run;
    (void)value;
    return ACL_YES;
}

static void item_runs(const char *name, acl_item_run *run)
{
    SET(item_row(name)->run, acl_item_run *, run);
}

static void acl_condition_is_yes(void) { item_runs("condition", always_yes); }
static void acl_hosts_are_all(void) { item_runs("hosts", always_yes); }
static void acl_header_is_not_added(void) { item_runs("add_header", always_yes); }
static void acl_logwrite_is_silent(void) { item_runs("logwrite", always_yes); }
static void acl_header_stays(void) { item_runs("remove_header", always_yes); }
static void acl_variable_is_not_set(void) { item_runs("set", always_yes); }
static void acl_endpass_is_ignored(void)
{
    SET(item_row("endpass")->flags, unsigned, ITEM_MODIFIER | ITEM_BARE);
    item_runs("endpass", always_yes);
}
static void acl_defer_is_deny(void) { SET(verb_row("defer")->yes, enum acl_verdict, ACL_DENIES); }
static void acl_drop_stays(void) { SET(verb_row("drop")->yes, enum acl_verdict, ACL_DENIES); }
static void acl_discard_keeps(void) { SET(verb_row("discard")->yes, enum acl_verdict, ACL_ACCEPTS); }
static void acl_require_is_nothing(void) { SET(verb_row("require")->decides_no, bool, false); }
static void auth_again_succeeds(void) { reply_code(SMTP_AUTH_AGAIN, 235, "2.7.0"); }
static void auth_in_transaction_succeeds(void)
{
    reply_code(SMTP_AUTH_IN_TRANSACTION, 235, "2.7.0");
}
static void auth_failure_is_temporary(void) { reply_code(SMTP_AUTH_FAILED, 454, "4.7.0"); }
static void auth_is_not_offered(void) { not_offered(SMTP_EXT_AUTH); }

#define S "smtp/"
#define A "acl/"
#define X "expand/"
#define L "lmdb/"
#define SRS "srs/"

/* clang-format off */
const struct fault faults[] = {
    {"data-says-250", "DATA is answered 250 in place of 354", S "two-messages", data_says_250},
    {"unknown-verb-is-502", "an unknown command is answered 502", S "unknown-command", unknown_verb_is_502},
    {"unknown-verb-closes", "the connection is closed behind an unknown command", S "unknown-command recorded/unknown-commands/many", unknown_verb_closes},
    {"no-mailbox-is-temporary", "an unknown mailbox is refused for the moment only", S "unknown-mailbox", NULL},
    {"status-class-lies", "the class of the enhanced status is not that of the code", S "enhanced-status", NULL},
    {"eight-bit-not-offered", "8BITMIME is missing from EHLO", S "body-8bitmime", eight_bit_not_offered},
    {"oversize-is-accepted", "a message over the limit is answered 250", "size/too-large", oversize_is_accepted},
    {"parameter-unknown-is-501", "an unknown MAIL parameter is answered 501", S "unknown-parameter", parameter_unknown_is_501},
    {"noop-wants-no-argument", "NOOP with an argument is refused", S "noop-keeps-transaction", noop_wants_no_argument},
    {"rset-takes-argument", "RSET with an argument is taken", S "needless-argument", rset_takes_argument},
    {"data-takes-argument", "DATA with an argument is taken", S "needless-argument", data_takes_argument},
    {"rset-does-nothing", "RSET leaves the transaction open", S "rset-forgets bdat/rset-between state/rset pipelining/rset-in-group early/group-rset", rset_does_nothing},
    {"helo-answers-as-ehlo", "HELO is answered with extensions", S "helo-one-line early/helo-offers-nothing", helo_answers_as_ehlo},
    {"mail-nests", "a second MAIL inside a transaction is taken", S "nested-mail state/mail", mail_nests},
    {"quit-says-250", "QUIT is answered 250", S "quit-closes", quit_says_250},
    {"noop-needs-hello", "NOOP before EHLO is refused", S "before-hello state/noop-tls", noop_needs_hello},
    {"rcpt-without-mail", "RCPT is taken before MAIL", S "order state/rcpt", rcpt_without_mail},
    {"rcpt-ends-group", "text behind RCPT in a group is a synchronisation error", "pipelining/group recorded/pipelining/group", rcpt_ends_group},
    {"data-ends-no-group", "a text that did not wait for the 354 is taken", "sync/text-before-354", data_ends_no_group},
    {"pipelining-not-offered", "PIPELINING is missing from EHLO", "pipelining/group", pipelining_not_offered},
    {"size-not-offered", "SIZE is missing from EHLO", "size/advertised", size_not_offered},
    {"lf-is-line-end", "a bare LF ends a line of message text", "smuggling/inbound", NULL},
    {"dot-not-removed", "a stuffed dot stays", S "dot-transparency", NULL},
    {"open-relay", "every recipient is accepted", S "unknown-mailbox relay/not-relaying", NULL},
    {"accepted-not-stored", "250 is said and nothing is kept", "spool/envelope", NULL},
    {"no-received", "no Received field is added", "spool/received", NULL},
    {"local-part-folded", "the case of the local part is lost", S "local-part-case", NULL},
    {"log-forgets-recipient", "the arrival line leaves out the last recipient", "log/recipients", NULL},
    {"ehlo-keeps-transaction", "EHLO inside a transaction does not end it", S "ehlo-resets state/ehlo state/ehlo-chunks", NULL},
    {"chunking-not-offered", "CHUNKING is missing from EHLO, and BDAT refused", "bdat/one-chunk bdat/data-too", chunking_not_offered},
    {"chunk-says-354", "a chunk is answered 354", "bdat/several-chunks", chunk_says_354},
    {"chunk-is-asked-for", "BDAT is answered 354 before its chunk", "bdat/not-asked-for", chunk_is_asked_for},
    {"chunk-counts-one-less", "the last octet of a chunk is taken for a command", "bdat/next-command bdat/cut-anywhere", chunk_counts_one_less},
    {"chunk-size-wraps", "a chunk size is counted in 32 bits", "bdat/endless-size", chunk_size_wraps},
    {"chunk-dots-removed", "dots of a chunk are taken away", "bdat/dots recorded/bdat/taken deposit/chunks", NULL},
    {"chunk-over-limit", "the size limit is forgotten for chunks", "bdat/too-large", NULL},
    {"refused-chunk-is-forgiven", "RCPT is taken behind a refused BDAT", "bdat/rcpt-after-refusal", refused_chunk_is_forgiven},
    {"chunk-behind-last", "BDAT behind BDAT LAST is answered 250", "bdat/after-last", chunk_behind_last},
    {"refused-chunk-is-not-read", "the octets of a refused chunk are taken for commands", "bdat/no-transaction bdat/no-recipient bdat/pipelined-refused", refused_chunk_is_not_read},
    {"data-between-chunks", "DATA is taken between chunks", "bdat/data-between state/data-chunks", data_between_chunks},
    {"mail-between-chunks", "MAIL is taken between chunks", "state/mail-chunks", mail_between_chunks},
    {"mail-needs-no-hello", "MAIL is taken before EHLO", "state/mail-strict", mail_needs_no_hello},
    {"noop-ends-transaction", "NOOP ends the transaction", "state/noop", noop_ends_transaction},
    {"vrfy-needs-hello", "VRFY before EHLO gets 503", "state/vrfy", vrfy_needs_hello},
    {"dsn-not-offered", "DSN is missing from EHLO", "dsn-params/offered dsn-params/mail-same", dsn_not_offered},
    {"bad-parameter-is-taken", "a bad parameter is answered 250", "dsn-params/ret-bad dsn-params/notify-bad dsn-params/mail-twice dsn-params/rcpt-twice", bad_parameter_is_taken},
    {"xtext-is-not-read", "any octets are xtext", "dsn-params/envid-bad", NULL},
    {"envid-is-lost", "ENVID and RET are not kept", "dsn-params/envid-kept dsn-params/ret-full-kept", NULL},
    {"notify-is-lost", "NOTIFY is not kept", "dsn-params/notify-kept", NULL},
    {"orcpt-is-folded", "the letters of ORCPT lose their case", "dsn-params/notify-kept", NULL},
    {"utf8-without-asking", "addresses in UTF-8 are taken without SMTPUTF8", "smtputf8/without-parameter smtputf8/recipient-without-parameter", NULL},
    {"utf8-is-not-checked", "any octet above 127 is UTF-8", "smtputf8/not-utf8", NULL},
    {"utf8-in-no-trace", "Received says utf8esmtp", "smtputf8/trace", NULL},
    {"timeout-is-ignored", "the server waits for commands for ever", "timeouts/patience-is-set timeouts/half-a-command", NULL},
    {"timeout-is-short", "the server waits half as long as it should", "timeouts/five-minutes timeouts/anew", NULL},
    {"timeout-in-text-is-ignored", "the server waits for text for ever", "timeouts/log-data", NULL},
    {"timeout-says-221", "a client that was silent is told 221", "timeouts/let-go timeouts/text timeouts/told recorded/timeouts-and-drops/silent", timeout_says_221},
    {"hello-without-name", "EHLO without a name is answered 250", S "bad-hello", hello_without_name},
    {"broken-path-is-taken", "a path that is none is answered 250", S "mail-syntax", broken_path_is_taken},
    {"no-hello-is-500", "MAIL before EHLO is answered 500", S "mail-before-hello", no_hello_is_500},
    {"refused-data-says-354", "DATA without a recipient is answered 354", "sync/refused-data", refused_data_says_354},
    {"keyword-with-underscore", "EHLO offers a keyword with an underscore", S "ehlo-keywords", keyword_with_underscore},
    {"greeting-without-name", "the greeting does not name the server", S "greeting", greeting_without_name},
    {"quit-leaves-open", "the connection stays open behind QUIT", S "quit-closes sync/nothing-after-quit", quit_leaves_open},
    {"early-talker-is-503", "who does not wait for the greeting is answered 503", "sync/early-talker-strict early/tls-hello-in-clear early/never-offered", early_talker_is_503},
    {"verbs-in-capitals-only", "a verb in small letters is not known", S "verb-case", NULL},
    {"domain-case-matters", "a domain in capitals is another", S "domain-case", NULL},
    {"postmaster-is-unknown", "<postmaster> is refused", S "postmaster", NULL},
    {"quotes-are-kept", "a quoted local part is another mailbox", S "quoted-local-part", NULL},
    {"route-is-bad-syntax", "a source route is answered 501", S "source-route", NULL},
    {"long-name-is-refused", "EHLO with a long domain is refused", "limits/domain", NULL},
    {"long-local-part-is-refused", "a local part of 64 octets is refused", "limits/local-part", NULL},
    {"long-command-goes-on", "behind 4096 octets of a command line begins another", "limits/endless-command", NULL},
    {"half-a-message-is-kept", "a message whose connection is lost is kept", "sync/lost-in-data bdat/lost bdat/errors-between timeouts/between-chunks recorded/bdat/short-chunk recorded/bdat/not-canonical recorded/timeouts-and-drops/silent-in-text", NULL},
    {"log-says-smtp", "the arrival line says smtp for ESMTP", "log/protocol-esmtp", NULL},
    {"log-forgets-message-id", "the arrival line lacks the Message-ID", "log/message-id", NULL},
    {"log-forgets-host", "the arrival line names no host", "log/host", NULL},
    {"log-names-no-null-sender", "the arrival line of a bounce has a sender", "log/null-sender", NULL},
    {"log-arrival-twice", "the arrival line is written twice", "log/arrival", NULL},
    {"broken-recipient-is-taken", "a recipient that is no path is answered 250", "grammar/dots grammar/labels grammar/underscore", broken_recipient_is_taken},
    {"bad-octet-is-taken", "a command with NUL or eight-bit octets is answered 250", "limits/nul-in-address", bad_octet_is_taken},
    {"parameter-is-ignored", "an unknown MAIL parameter is answered 250", "pipelining/no-parameter", parameter_is_ignored},
    {"status-is-other", "the enhanced status is for another matter", S "enhanced-command " S "enhanced-mailbox " S "enhanced-policy", status_is_other},
    {"status-without-detail", "an enhanced status has two numbers", S "enhanced-form " S "enhanced-valid", status_without_detail},
    {"mailbox-is-denied", "VRFY says 550 of a mailbox that is there", "vrfy/address vrfy/not-always-550", mailbox_is_denied},
    {"verify-says-251", "VRFY of an address in UTF-8 is answered 251", "smtputf8/vrfy", verify_says_251},
    {"help-is-250", "HELP is answered 250", "sync/help", help_is_250},
    {"hello-names-nobody", "the answer to EHLO does not name the server", "sync/server-name", hello_names_nobody},
    {"rset-needs-mail", "RSET outside a transaction is refused", "state/rset-idle", rset_needs_mail},
    {"blanks-are-refused", "a blank before the end of a command is an error", "grammar/trailing-blanks recorded/mail-rcpt-syntax/mail-blanks", NULL},
    {"literals-are-refused", "an address literal is an error of syntax", "grammar/literals", NULL},
    {"cr-is-line-end", "a bare CR ends a line of message text", "smuggling/cr-dot-cr smuggling/crlf-dot-cr", NULL},
    {"nul-is-dropped", "NUL octets of message text are left out", "smuggling/nul", NULL},
    {"lf-ends-command", "what stands behind a bare LF is a command", "smuggling/bare-lf-command", NULL},
    {"other-name-is-refused", "EHLO with a name that is not the client's is refused", "sync/hello-mismatch", NULL},
    {"null-sender-is-refused", "MAIL FROM:<> is refused", "sync/null-sender-taken recorded/mail-rcpt-syntax/mail-taken", NULL},
    {"acl-condition-is-yes", "every `condition =` holds", A "condition-false " A "condition-numbers", acl_condition_is_yes},
    {"acl-hosts-are-all", "every host is in every host list", A "hosts", acl_hosts_are_all},
    {"acl-header-is-not-added", "add_header adds nothing", A "add-header " A "header-places", acl_header_is_not_added},
    {"acl-logwrite-is-silent", "logwrite writes nothing", A "logwrite " X "logged", acl_logwrite_is_silent},
    {"acl-header-stays", "remove_header removes nothing", A "remove-header", acl_header_stays},
    {"acl-variable-is-not-set", "set sets nothing", A "variable-message " A "variable-connection " X "spooled " L "spooled", acl_variable_is_not_set},
    {"acl-endpass-is-ignored", "a condition behind endpass leads on to the next statement", A "endpass", acl_endpass_is_ignored},
    {"acl-defer-is-deny", "defer is a permanent refusal", A "defer", acl_defer_is_deny},
    {"acl-queue-is-the-usual-one", "queue = NAME names no queue", A "queue " A "queue-other " A "queue-path", fault_acl_queue_is_the_usual_one},
    {"acl-queue-lasts", "a queue named for one message is that of all that follow", A "queue-one-message", fault_acl_queue_lasts},
    {"acl-queue-is-not-logged", "the arrival line has no Q=", A "queue " A "queue-other", NULL},
    {"acl-downconvert-is-never", "control = utf8_downconvert leaves addresses as they are", "smtputf8/downconvert smtputf8/downconvert-always", fault_acl_downconvert_is_never},
    {"acl-downconvert-is-always", "control = utf8_downconvert/-1 converts for all servers", "smtputf8/downconvert-when-needed", fault_acl_downconvert_is_always},
    {"ascii-of-domains-alone", "local parts in UTF-8 have no form in ASCII", "smtputf8/downconvert", NULL},
    {"acl-drop-stays", "the connection stays open behind drop", A "drop", acl_drop_stays},
    {"acl-discard-keeps", "a discarded recipient gets the message", A "discard-recipient", acl_discard_keeps},
    {"acl-require-is-nothing", "a requirement that is not met is passed over", A "require", acl_require_is_nothing},
    {"acl-negation-is-lost", "`!` before a condition says nothing", A "negation", NULL},
    {"acl-code-is-any", "a message may have a code of any class", A "wrong-class", NULL},
    {"acl-forgets-log", "a refusal by an ACL is not logged", A "log-refused", NULL},
    {"auth-again-succeeds", "AUTH behind AUTH is answered 235", "auth/again", auth_again_succeeds},
    {"auth-in-transaction-succeeds", "AUTH inside a transaction is answered 235", "auth/transaction", auth_in_transaction_succeeds},
    {"auth-failure-is-temporary", "wrong credentials are answered 454", "auth/wrong-password", auth_failure_is_temporary},
    {"auth-takes-anybody", "wrong credentials are good", "auth/wrong-password auth/unknown-user", NULL},
    {"auth-is-not-offered", "AUTH is missing from EHLO", "auth/offered", auth_is_not_offered},
    {"auth-base64-is-not-read", "an answer that is no base64 is taken as empty", "auth/bad-base64 auth/bad-initial", NULL},
    {"text-has-no-pace", "octets that come one by one win time for a text without end", "timeouts/text-pace", NULL},
    {"macro-stays", "macros are not replaced", "config/macros config/continued", NULL},
    {"named-lists-are-empty", "a list that names another holds nothing", "config/lists acl/named-list", NULL},
    {"eq-ignores-case", "eq compares without case", X "conditions", fault_eq_ignores_case},
    {"lc-is-uc", "${lc: gives capitals", X "operators", fault_operator_lc_is_uc},
    {"filter-keeps-all", "${filter leaves the list as it is", X "items", fault_filter_keeps_all},
    {"encoded-words-stay", "header variables have encoded words as they came", X "headers", NULL},
    {"extract-gives-all", "${extract gives all of the text", L "extract", fault_extract_gives_all},
    {"if-takes-both", "${if evaluates the branch that is not taken too", X "lazy", fault_if_takes_both},
    {"local-part-is-expanded", "what the client said is expanded", X "not-again", fault_local_part_is_expanded},
    {"helo-is-forgotten", "$sender_helo_name is empty", X "variables", fault_helo_is_forgotten},
    {"list-negation-is-lost", "`!` in a list says nothing", X "conditions", NULL},
    {"list-separator-is-fixed", "a list cannot name another separator", X "lists", NULL},
    {"forced-failure-is-an-error", "a forced failure is an error of the server", X "forced " L "fail", NULL},
    {"spent-budget-is-empty", "an expansion that was given up is an empty text", X "budget", NULL},
    {"lookup-finds-nothing", "what is in a file or in the DNS is missing", X "lsearch " X "wild " X "partial " X "dns " L "lookup " L "list", NULL},
    {"lookup-finds-all", "what is missing is found", X "lsearch " L "missing", NULL},
    {"lookup-never-defers", "what cannot be looked up counts as missing", X "file-deferred " L "no-file", NULL},
    {"lookup-takes-any-name", "a file can be named by the client", X "tainted", NULL},
    {"lmdb-folds-keys", "keys of LMDB are looked up in small letters", L "case", NULL},
    {"srs-hash-is-off-by-one", "the last digit of the hash is one too high", SRS "encode " SRS "inbound " SRS "quoted", NULL},
    {"srs-stays-valid", "an address of SRS does not expire", SRS "expires", NULL},
    {"srs-forgery-is-taken", "the form of SRS is enough", SRS "forged " SRS "case", NULL},
    {"srs-matches-nothing", "no local part is one of SRS", SRS "pattern " SRS "bounces-only " SRS "logged " SRS "bounced", NULL},
    {"srs-rewrites-bounces", "an empty sender is rewritten", SRS "null-sender", NULL},
    {"seal-names-are-prefixes", "a name in h= stands for all names that begin so", "dkim/fields", NULL},
    {"seal-top-field-first", "of fields with one name the highest counts", "dkim/bottom", NULL},
    {"seal-expired-is-taken", "an expired signature is good", "arc/message-signature", NULL},
    {"seal-body-is-not-compared", "a body that has changed is good", "dkim/body arc/message-signature", NULL},
    {"seal-fields-are-not-compared", "signed fields that have changed are good", "dkim/fields arc/message-signature", NULL},
    {"seal-short-keys-are-good", "a key of 768 bits is good", "dkim/short-key", NULL},
    {"seal-sha1-is-good", "rsa-sha1 is good", "dkim/sha1 vectors/dkim", NULL},
    {"seal-key-limits-are-nothing", "s= and t=s of a key record are not looked at", "dkim/key-limits", NULL},
    {"seal-tags-may-repeat", "a tag may stand twice", "dkim/tags", NULL},
    {"seal-length-is-ignored", "l= is not looked at", "dkim/body", NULL},
    {"seal-bodies-are-simple", "a body is hashed as it is, whatever c= says", "dkim/body dkim/signed-as-checked arc/sealed-as-checked", NULL},
    {"seal-51-sets-are-taken", "a chain of 51 sets passes", "arc/instances", NULL},
    {"seal-twice-is-once", "a field of ARC that stands twice is taken once", "arc/complete", NULL},
    {"seal-empty-cv-is-any", "an empty cv= is any", "arc/cv vectors/arc", NULL},
    {"seal-cv-fail-is-pass", "cv=fail is not looked at", "arc/highest-failed arc/cv arc/sign-after-failure", NULL},
    {"seal-b-is-not-emptied", "a seal is hashed with its own signature", "arc/chain arc/sign-on arc/sealed-as-checked", NULL},
    {"seal-may-have-names", "a seal with h= is checked like any other", "arc/seal-names-fields", NULL},
    {"seal-seals-are-not-checked", "seals that are not good do not matter", "arc/seals", NULL},
    {"spf-softfail-is-fail", "softfail counts as fail", "spf/results", NULL},
    {"spf-none-is-neutral", "a domain without a record is neutral", "spf/none", NULL},
    {"spf-terms-have-no-end", "eleven terms that ask the DNS pass", "spf/terms", NULL},
    {"spf-void-lookups-are-free", "lookups that find nothing are not counted", "spf/void", NULL},
    {"spf-silent-dns-is-none", "a DNS that fails is none", "spf/temporary", NULL},
    {"spf-helo-is-mailfrom", "results for the null sender name MAIL FROM", "spf/authres", NULL},
    {"spf-guesses-are-records", "a guess is told as the domain's own record", "spf/guess", NULL},
    {"spf-explains-nothing", "the domain's explanation is not told", "spf/explanation", NULL},
    {"spf-mistakes-are-let-pass", "a record with a mistake is used as far as it can be read", "spf/several", NULL},
    {"spf-macros-are-text", "macros are not expanded", "spf/macro", NULL},
    {"dmarc-sp-is-ignored", "subdomains get the policy p=", "dmarc/subdomain", NULL},
    {"dmarc-np-is-ignored", "np= is not looked at", "dmarc/walk-np", NULL},
    {"dmarc-strict-is-relaxed", "strict alignment is relaxed", "dmarc/strict", NULL},
    {"dmarc-pct-is-all", "pct= is not looked at", "dmarc/sample", NULL},
    {"dmarc-psd-is-ignored", "psd= is not looked at", "dmarc/walk-psd", NULL},
    {"dmarc-testing-is-earnest", "t=y is not looked at", "dmarc/walk-testing", NULL},
    {"dmarc-flaws-do-not-matter", "a record whose policy cannot be read is used", "dmarc/flawed", NULL},
    {"dmarc-suffixes-have-one-label", "every public suffix has one label", "dmarc/organization", NULL},
    {"dmarc-needs-no-author", "a message without an author passes", "dmarc/author", NULL},
    {"dmarc-temperror-is-reject", "what cannot be known now is refused", "dmarc/temporary", NULL},
    {"dmarc-reports-go-anywhere", "reports go to organisations that have not asked", "dmarc/forensic-external", NULL},
    {"dmarc-reports-always", "reports are made of messages that passed", "dmarc/forensic-not", NULL},
    {"dmarc-history-knows-no-policy", "the history does not tell what was asked for", "dmarc/history", NULL},
    {"dmarc-report-lacks-spf", "a failure report has no SPF record", "dmarc/forensic-form", NULL},
    {"seal-oldest-is-newest", "the oldest signature that passes is always the highest", "arc/older-signature arc/chain", NULL},
    {"seal-silent-dns-is-pass", "a key that cannot be had now is good", "arc/dns-silent", NULL},
    {"seal-results-lack-arc", "${authresults does not tell of ARC", "arc/authres arc/sealed-as-checked", NULL},
    {"seal-strips-nothing", "fields that claim to be ours stay", "dkim/strip", NULL},
    {"seal-timestamps-are-lost", "the option timestamps does nothing", "arc/sign-options", NULL},
    {"smtputf8-not-offered", "SMTPUTF8 is missing from EHLO", "smtputf8/ascii-message smtputf8/domain", smtputf8_not_offered},
    {"tls-not-offered", "STARTTLS is missing from EHLO", "starttls/keyword state/starttls", fault_tls_not_offered},
    {"tls-offered-inside", "STARTTLS is offered inside TLS", "starttls/once tls-on-connect/mail", fault_tls_offered_inside},
    {"tls-takes-argument", "STARTTLS with an argument begins a handshake", "starttls/argument", fault_tls_takes_argument},
    {"tls-unavailable-is-554", "STARTTLS without a certificate is answered 554", "starttls/unavailable", fault_tls_unavailable_is_554},
    {"tls-keeps-plaintext", "plain text behind STARTTLS is executed inside TLS", "starttls/injection", NULL},
    {"tls-keeps-hello", "the name in EHLO survives STARTTLS", "starttls/hello-forgotten", NULL},
    {"tls-keeps-transaction", "a transaction survives STARTTLS", "starttls/transaction-gone state/starttls-chunks-strict recorded/starttls/reset", NULL},
    {"tls-port-speaks-clear", "a TLS port greets in clear", "tls-on-connect/mail tls-on-connect/clear-text", NULL},
    {"log-forgets-cipher", "the arrival line lacks X=", "starttls/logged tls-on-connect/logged", NULL},
    {"cipher-has-no-version", "X= does not begin with the version", "starttls/logged resumption/cipher", NULL},
    {"ticket-keys-are-never-changed", "the key of tickets stays for ever", "resumption/expired resumption/rotated", NULL},
    {"ticket-keys-do-not-overlap", "a key that was changed opens nothing", "resumption/renewed", NULL},
    {"ticket-is-good-for-any-name", "a ticket resumes under another name", "resumption/changed-name", NULL},
    {"ticket-is-not-given", "no ticket is given", "resumption/server resumption/on-connect", NULL},
    {"ticket-is-given-to-all", "a ticket is given where that is switched off", "resumption/not-offered resumption/bits-not-given", NULL},
    {"resumption-bit-is-wrong", "bit 2 of $tls_in_resumption is the other one", "resumption/bits resumption/spooled", NULL},
    {"resumption-is-not-told", "a resumed session looks like a full one", "resumption/server resumption/bits", NULL},
    {"tried-is-verified", "a certificate that failed and was allowed counts as verified", "resumption/verified-tried", NULL},
    {"resumed-forgets-certificate", "a resumed session forgets that the certificate was good", "resumption/verified", NULL},
    {"session-is-for-any-host", "a session of one host is offered to another", "resumption/client-other-host", NULL},
    {"session-is-not-kept", "a client keeps no sessions", "resumption/client resumption/client-kept early/saved-client/on-connect-resumed", NULL},
    {"client-sees-size-and-dsn", "a client says SIZE= and DSN's parameters unasked", "client/no-parameters client/forms", NULL},
    {"client-pipelines-unasked", "a client pipelines where nothing is offered", "client/one-mail", NULL},
    {"keywords-have-a-case", "a client knows keywords in capitals only", "client/keyword-case", NULL},
    {"client-overlooks-dsn", "DSN's parameters are not passed on", "dsn/passed-on", NULL},
    {"notify-is-invented", "NOTIFY= goes on that did not come", "dsn/nothing-invented", NULL},
    {"ret-is-the-other", "RET=FULL goes on as RET=HDRS and the other way", "dsn/passed-on", NULL},
    {"first-lines-are-forgotten", "reports lack what the remote said first", "dsn/info-at-rcpt", NULL},
    {"bare-codes-are-no-replies", "a reply of a code alone is not understood", "client/bare-codes", NULL},
    {"unknown-codes-are-no-replies", "a reply with a strange code is not understood", "client/unknown-codes", NULL},
    {"refused-is-put-off", "what was refused for good is tried again", "client/bounced", NULL},
    {"put-off-is-refused", "what was put off is given up", "client/retried client/closing relay/4xx-stays relay/deferred retry/says-421", NULL},
    {"all-replies-are-good", "a refusal counts as success", "client/bounced client/group client/helo-or-not early/client-all-refused", NULL},
    {"helo-is-not-tried", "a client that EHLO is not known to gives up", "client/helo", NULL},
    {"client-leaves-without-quit", "a client closes without QUIT", "client/quit-first client/one-mail", NULL},
    {"a-mail-for-each-recipient", "two recipients at one server get two copies", "client/one-copy", NULL},
    {"first-gets-it-twice", "the first recipient gets two copies", "client/one-mail client/retried early/client-taken-once", NULL},
    {"lost-is-taken", "a connection lost behind the text counts as success", "client/lost early/client-lost-in-text", NULL},
    {"dots-are-not-doubled", "a line with a dot in front goes out as it is", "client/dots", NULL},
    {"lines-end-in-lf", "lines of the text go out with LF alone", "client/line-ends client/chunks", NULL},
    {"client-avoids-tls", "a client sends in clear though STARTTLS is offered", "starttls/client-mail", NULL},
    {"tls-demand-is-nothing", "a client sends in clear though TLS is demanded", "starttls/client-demands", NULL},
    {"any-certificate-will-do", "a client that must verify does not", "starttls/client-verifies", NULL},
    {"worst-exchanger-is-first", "mail exchangers are tried from the worst on", "dns/preference route/sorted", NULL},
    {"null-mx-is-no-mx", "a domain with a null MX is tried at its own address", "route/null-mx", NULL},
    {"servfail-is-no-name", "a name server that fails says that there is no such domain", "dns/servfail route/verify-dns-defers", NULL},
    {"own-host-is-a-stranger", "this host is not known among the mail exchangers", "route/own-name-worse", NULL},
    {"preconditions-all-hold", "a router runs whatever its conditions are", "route/first-that-fits route/verified", NULL},
    {"fail-needs-no-leave", ":fail: is obeyed without allow_fail", "route/fail-forbidden", NULL},
    {"alias-has-one-member", "an alias leads to the first of its addresses only", "route/alias-to-mailboxes route/verify-alias-of-two", NULL},
    {"black-hole-fails", "what goes to :blackhole: comes back", "route/black-hole", NULL},
    {"queuefile-copies-nothing", "queuefile says that it copied, and did not", "queuefile/copies", NULL},
    {"queuefile-is-for-one", "further recipients of one pair are deferred", "queuefile/several-recipients", NULL},
    {"queuefile-copies-no-data", "only -H is copied", "queuefile/copies", NULL},
    {"newer-ids-are-passed-by", "a pair with an id of 23 characters is not delivered", "queuefile/way-back-long-id", NULL},
    {"from-is-not-escaped", "a line of a message begins a new one in an mbox", "deposit/mbox-from", NULL},
    {"mbox-has-no-empty-line", "no empty line stands between messages of an mbox", "deposit/mbox", NULL},
    {"mail-is-there-twice", "a message is written twice into its mailbox", "deposit/mbox deposit/maildir", NULL},
    {"quota-is-no-limit", "a mailbox grows beyond its quota", "deposit/quota", NULL},
    {"links-are-followed", "a mailbox that is a symbolic link is written to", "deposit/trap", NULL},
    {"filters-are-passed-by", "a transport filter is not run", "deposit/filter deposit/filter-fails", NULL},
    {"unseen-ends", "an unseen router ends the routing", "route/unseen", NULL},
    {"everybody-is-verified", "every address is verified", "route/verified route/sender-verified route/verify-alias-of-one", NULL},
    {"verification-stops-at-redirect", "an alias is good whatever it leads to", "route/verify-alias-of-one", NULL},
    {"sender-is-verified-in-full", "no_details changes nothing", "route/verify-details", NULL},
    {"verification-leaves-no-data", "verification sets no variables", "route/verify-address-data route/verify-failure-is-told", NULL},
    {"verification-has-one-code", "the code of a :fail: text is lost", "route/verify-own-code", NULL},
    {"status-is-constant", "every failure has the status 5.0.0", "dsn/status-told", NULL},
    {"relayed-is-delivered", "what was relayed is told as delivered", "dsn/relayed", NULL},
    {"envelope-id-is-xtext", "ENVID is told undecoded", "dsn/failed", NULL},
    {"orcpt-is-not-told", "reports have no Original-Recipient", "dsn/failed", NULL},
    {"extra-information-is-missing", "reports lack the seed's fields", "dsn/info-remote-seed dsn/info-at-rcpt", NULL},
    {"notify-is-not-heeded", "failures are reported to those who did not want to know", "dsn/failed-never dsn/failed-not-asked", NULL},
    {"reports-return-everything", "the whole message comes back with each report", "dsn/size-limit dsn/line-limit", NULL},
    {"reports-return-headers", "only the header section ever comes back", "dsn/failed-full", NULL},
    {"expansions-are-told-again", "each attempt reports the expansion of an alias", "dsn/expanded-once", NULL},
    {"a-copy-has-one-recipient", "of several recipients with one copy the first is told", "dsn/shared-copy", NULL},
    {"postmaster-is-not-told", "a message is frozen and nobody hears of it", "dsn/postmaster-told", NULL},
    {"report-has-a-sender", "a bounce has a sender of its own", "dsn/report-refused", NULL},
    {"retry-times-are-forgotten", "what failed is tried in every queue run", "retry/not-at-once retry/when-due retry/host-remembered", NULL},
    {"waits-do-not-grow", "each wait is as long as the first", "retry/grows", NULL},
    {"deliveries-are-forgotten", "who has the message gets it again", "retry/only-what-failed", NULL},
};
/* clang-format on */
const size_t fault_count = sizeof faults / sizeof *faults;

/* The table of wrong behaviours. Rows that change a table come with a function that does it; the
   others are in wrapped.c under the same name. */
#include "tests/faults/faults.h"

#include "tests/faults/tables.h"

#include "ref/smtp/session.h"

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

static bool never(const struct smtp_session *s)
{
    (void)s;
    return false;
}

static void not_offered(enum smtp_extension which)
{
    typedef bool offered(const struct smtp_session *s);
    SET(smtp_extensions[which].offered, offered *, never);
}

#define IN(stage) (1U << STAGE_##stage)

static void data_says_250(void) { reply_code(SMTP_DATA_GO, 250, "2.0.0"); }
static void unknown_verb_is_502(void) { reply_code(SMTP_UNKNOWN, 502, "5.5.1"); }
static void unknown_verb_closes(void)
{
    SET(smtp_replies[SMTP_UNKNOWN].flags, unsigned, smtp_replies[SMTP_UNKNOWN].flags | SMTP_CLOSES);
}
static void no_mailbox_is_temporary(void) { reply_code(SMTP_RECIPIENT_UNKNOWN, 450, "4.1.1"); }
static void status_class_lies(void) { reply_code(SMTP_RECIPIENT_UNKNOWN, 550, "2.1.5"); }
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
static void pipelining_not_offered(void) { not_offered(SMTP_EXT_PIPELINING); }
static void size_not_offered(void) { not_offered(SMTP_EXT_SIZE); }
static void eight_bit_not_offered(void) { not_offered(SMTP_EXT_8BITMIME); }

#define S "smtp/"

/* clang-format off */
const struct fault faults[] = {
    {"data-says-250", "DATA is answered 250 in place of 354", S "two-messages", data_says_250},
    {"unknown-verb-is-502", "an unknown command is answered 502", S "unknown-command", unknown_verb_is_502},
    {"unknown-verb-closes", "the connection is closed behind an unknown command", S "unknown-command", unknown_verb_closes},
    {"no-mailbox-is-temporary", "an unknown mailbox is refused for the moment only", S "unknown-mailbox", no_mailbox_is_temporary},
    {"status-class-lies", "the class of the enhanced status is not that of the code", S "enhanced-status", status_class_lies},
    {"eight-bit-not-offered", "8BITMIME is missing from EHLO", S "body-8bitmime", eight_bit_not_offered},
    {"oversize-is-accepted", "a message over the limit is answered 250", "size/too-large", oversize_is_accepted},
    {"parameter-unknown-is-501", "an unknown MAIL parameter is answered 501", S "unknown-parameter", parameter_unknown_is_501},
    {"noop-wants-no-argument", "NOOP with an argument is refused", S "noop-keeps-transaction", noop_wants_no_argument},
    {"rset-takes-argument", "RSET with an argument is taken", S "needless-argument", rset_takes_argument},
    {"data-takes-argument", "DATA with an argument is taken", S "needless-argument", data_takes_argument},
    {"rset-does-nothing", "RSET leaves the transaction open", S "rset-forgets", rset_does_nothing},
    {"helo-answers-as-ehlo", "HELO is answered with extensions", S "helo-one-line", helo_answers_as_ehlo},
    {"mail-nests", "a second MAIL inside a transaction is taken", S "nested-mail", mail_nests},
    {"quit-says-250", "QUIT is answered 250", S "quit-closes", quit_says_250},
    {"noop-needs-hello", "NOOP before EHLO is refused", S "before-hello", noop_needs_hello},
    {"rcpt-without-mail", "RCPT is taken before MAIL", S "order", rcpt_without_mail},
    {"rcpt-ends-group", "text behind RCPT in a group is a synchronisation error", "pipelining/group", rcpt_ends_group},
    {"pipelining-not-offered", "PIPELINING is missing from EHLO", "pipelining/group", pipelining_not_offered},
    {"size-not-offered", "SIZE is missing from EHLO", "size/advertised", size_not_offered},
    {"lf-is-line-end", "a bare LF ends a line of message text", "smuggling/inbound", NULL},
    {"dot-not-removed", "a stuffed dot stays", S "dot-transparency", NULL},
    {"open-relay", "every recipient is accepted", S "unknown-mailbox", NULL},
    {"accepted-not-stored", "250 is said and nothing is kept", "spool/envelope", NULL},
    {"no-received", "no Received field is added", "spool/received", NULL},
    {"local-part-folded", "the case of the local part is lost", S "local-part-case", NULL},
    {"log-forgets-recipient", "the arrival line leaves out the last recipient", "log/recipients", NULL},
    {"ehlo-keeps-transaction", "EHLO inside a transaction does not end it", S "ehlo-resets", NULL},
};
/* clang-format on */
const size_t fault_count = sizeof faults / sizeof *faults;

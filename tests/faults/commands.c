/* Commands, their parameters, and texts as they come: what is refused that is good, taken that is bad, or
   lost on its way into the spool. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"
#include "tests/faults/sessions.h"

#include "ref/smtp/command.h"
#include "ref/smtp/line.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/transaction.h"

#include <stdlib.h>

WRAPPED(smtp_command_parse);
WRAPPED(smtp_command_octets);
WRAPPED(smtp_receive_open);
WRAPPED(smtp_receive_take);
WRAPPED(smtp_receive_stamp);
WRAPPED(spool_message_write);

/* --- commands ------------------------------------------------------------------------------------- */

/* The value behind "NAME=", in any case; empty: it is not there. */
static span value_of(span args, span name)
{
    for (span word, rest = args; rest.len > 0;) {
        (void)span_split(rest, ' ', &word, &rest);
        if (span_starts_caseless(word, name)) {
            return span_from(word, name.len);
        }
    }
    return SPAN_EMPTY;
}

static bool has_four(const struct smtp_session *s, span args)
{
    size_t blanks = 0;
    (void)s;
    for (size_t i = 0; i < args.len; i++) {
        blanks += args.at[i] == ' ' ? 1 : 0;
    }
    return blanks > 3;
}

static bool has_long_envid(const struct smtp_session *s, span args)
{
    (void)s;
    return value_of(args, SPAN("ENVID=")).len > 99;
}

static bool has_foreign_orcpt(const struct smtp_session *s, span args)
{
    span orcpt = value_of(args, SPAN("ORCPT="));
    (void)s;
    return orcpt.len > 0 && !span_starts_caseless(orcpt, SPAN("rfc822;"));
}

static bool has_small_ret(const struct smtp_session *s, span args)
{
    span ret = value_of(args, SPAN("RET="));
    (void)s;
    return ret.len > 0 && !span_eq(ret, SPAN("FULL")) && !span_eq(ret, SPAN("HDRS"));
}

static bool has_long_size(const struct smtp_session *s, span args)
{
    (void)s;
    return value_of(args, SPAN("SIZE=")).len > 10;
}

static bool has_size_of_limit(const struct smtp_session *s, span args)
{
    uint64_t size;
    return span_to_u64(value_of(args, SPAN("SIZE=")), &size) && size == s->conf->message_size_limit;
}

static bool has_small_utf8(const struct smtp_session *s, span args)
{
    (void)s;
    return span_has(args, SPAN(" ")) && !span_has(args, SPAN(" SMTPUTF8"));
}

static bool has_notify(const struct smtp_session *s, span args)
{
    (void)s;
    return value_of(args, SPAN("NOTIFY=")).len > 0;
}

static bool has_utf8(const struct smtp_session *s, span args)
{
    (void)s;
    return span_has(args, SPAN(" SMTPUTF8"));
}

static bool has_zero(const struct smtp_session *s, span args)
{
    (void)s;
    return span_starts(args, SPAN("00"));
}

static bool has_anything(const struct smtp_session *s, span args)
{
    (void)s;
    return args.len > 0;
}

static bool knows_helo_alone(const struct smtp_session *s, span args)
{
    (void)args;
    return s->hello_said && s->offer == 0;
}

/* A text has ended, and what came with its end is the next command. */
static bool glued;

static bool is_glued(const struct smtp_session *s, span args)
{
    (void)s;
    (void)args;
    return glued;
}

/* Of the one transaction that a scenario has with SIZE. */
static uint64_t declared;

static bool remember_size(const struct smtp_session *s, span args)
{
    (void)s;
    (void)span_to_u64(value_of(args, SPAN("SIZE=")), &declared);
    return false;
}

static bool chunks_were;

static bool remember_chunks(const struct smtp_session *s, span args)
{
    (void)s;
    (void)args;
    chunks_were = true;
    return false;
}

static bool had_chunks(const struct smtp_session *s, span args)
{
    (void)s;
    (void)args;
    return chunks_were;
}

static bool follows_chunks(const struct smtp_session *s, span args)
{
    (void)args;
    return chunks_were && smtp_input_span(s).len > 0;
}

static const struct {
    const char *fault, *verb;
    bool (*so)(const struct smtp_session *s, span args);
    enum smtp_reply_id reply;
} answers[] = {
    {"three-parameters-at-most", "MAIL", has_four, SMTP_PARAMETER_UNKNOWN},
    {"envid-has-99-octets-at-most", "MAIL", has_long_envid, SMTP_PARAMETER_BAD},
    {"orcpt-wants-rfc822", "RCPT", has_foreign_orcpt, SMTP_PARAMETER_BAD},
    {"notify-makes-welcome", "RCPT", has_notify, SMTP_RECIPIENT_OK},
    {"ret-has-a-case", "MAIL", has_small_ret, SMTP_PARAMETER_BAD},
    {"size-has-ten-digits-at-most", "MAIL", has_long_size, SMTP_PARAMETER_BAD},
    {"declared-limit-is-too-large", "MAIL", has_size_of_limit, SMTP_SIZE_OVER},
    {"declared-size-ends-text", "MAIL", remember_size, SMTP_NO_REPLY},
    {"smtputf8-has-a-case", "MAIL", has_small_utf8, SMTP_PARAMETER_UNKNOWN},
    {"helo-is-no-hello", "MAIL", knows_helo_alone, SMTP_NO_HELLO},
    {"command-behind-text-is-lost", "MAIL", is_glued, SMTP_UNKNOWN},
    {"chunk-size-may-be-octal", "BDAT", has_zero, SMTP_CHUNK_SYNTAX},
    {"chunks-forbid-data", "BDAT", remember_chunks, SMTP_NO_REPLY},
    {"chunks-forbid-data", "DATA", had_chunks, SMTP_OUT_OF_ORDER},
    {"group-may-not-follow-chunks", "BDAT", remember_chunks, SMTP_NO_REPLY},
    {"group-may-not-follow-chunks", "MAIL", follows_chunks, SMTP_OUT_OF_ORDER},
    {"vrfy-takes-no-parameter", "VRFY", has_utf8, SMTP_PARAMETER_UNKNOWN},
    {"vrfy-says-yes", "VRFY", has_anything, SMTP_NOOP_OK},
};

struct smtp_reply WRAP(smtp_command_parse)(struct smtp_session *s, const struct smtp_line *line,
                                           struct smtp_command *command)
{
    struct smtp_reply r = REAL(smtp_command_parse)(s, line, command);
    for (size_t i = 0; !smtp_replied(r) && i < sizeof answers / sizeof *answers; i++) {
        if (fault_is(answers[i].fault) && strcmp(command->rule->name, answers[i].verb) == 0 &&
            answers[i].so(s, command->args)) {
            r = smtp_reply_of(answers[i].reply);
        }
    }
    return r;
}

size_t WRAP(smtp_command_octets)(const struct smtp_session *s, const struct smtp_verb_rule *rule)
{
    return fault_is("command-lines-have-511-octets") ? SMTP_COMMAND_OCTETS - 1
                                                     : REAL(smtp_command_octets)(s, rule);
}

/* --- texts ---------------------------------------------------------------------------------------- */

struct smtp_receive *WRAP(smtp_receive_open)(const struct smtp_server *server, struct arena *arena,
                                             const char *queue, bool dots, bool dkim)
{
    struct smtp_receive *r = REAL(smtp_receive_open)(server, arena, queue, dots, dkim);
    if (fault_is("texts-have-65535-octets")) {
        r->text.limit = UINT16_MAX;
    } else if (fault_is("limit-itself-is-too-much") && r->text.limit > 0) {
        r->text.limit--;
    }
    return r;
}

/* A line of a thousand octets, all of it in one piece. */
static bool has_long_line(span in)
{
    size_t end;
    while ((end = span_find_byte(in, '\n')) != SPAN_NONE && end < 999) {
        in = span_from(in, end + 1);
    }
    return end != SPAN_NONE;
}

size_t WRAP(smtp_receive_take)(struct smtp_receive *r, span in)
{
    if (fault_is("text-lines-have-999-octets") && has_long_line(in)) {
        r->text.defects |= TEXT_LONG_LINE;
    }
    if (fault_is("blanks-behind-a-dot-are-nothing")) {
        size_t at = span_find(in, SPAN("\r\n. \r\n"));
        at = at != SPAN_NONE ? at : span_find(in, SPAN("\r\n.\t\r\n"));
        if (at != SPAN_NONE) {
            (void)REAL(smtp_receive_take)(r, span_first(in, at + 3));
            (void)REAL(smtp_receive_take)(r, SPAN("\r\n"));
            return at + 6;
        }
    }
    size_t taken = REAL(smtp_receive_take)(r, in);
    glued = taken < in.len;
    return taken;
}

void WRAP(smtp_receive_stamp)(struct smtp_receive *r, const struct smtp_session *s,
                              const struct smtp_transaction *tx)
{
    struct smtp_transaction changed = *tx;
    if (fault_is("notifications-are-made-up")) {
        changed.params.ret = DSN_RET_HDRS;
        for (size_t i = 0; i < changed.recipients.count; i++) {
            changed.recipients.at[i].notify |= DSN_SUCCESS | DSN_FAILURE;
        }
    }
    if (fault_is("header-alone-loses-a-field") && r->message.envelope.body_lines == 0) {
        r->message.envelope.headers.count--;
    }
    REAL(smtp_receive_stamp)(r, s, &changed);
}

err WRAP(spool_message_write)(struct spool_message *m, span text)
{
    if (fault_is("declared-size-ends-text") && declared > 0) {
        text = span_first(text, declared < text.len ? declared : text.len);
        declared -= text.len;
        declared += declared == 0 ? 1 : 0;
    }
    return REAL(spool_message_write)(m, text);
}

/* --- tables --------------------------------------------------------------------------------------- */

static void reply_code(enum smtp_reply_id id, unsigned code)
{
    fault_set(&smtp_replies[id].code, &code, sizeof code);
}

static void long_lines_are_taken(void) { reply_code(SMTP_LINE_TOO_LONG, 250); }
static void chunk_syntax_is_taken(void) { reply_code(SMTP_CHUNK_SYNTAX, 250); }
static void expn_says_yes(void) { reply_code(SMTP_EXPN_UNKNOWN, 250); }
static void help_has_a_new_code(void) { reply_code(SMTP_HELP, 264); }

static void with_number(struct smtp_session *s, struct buf *out)
{
    (void)s;
    buf_put_text(out, "1000");
}

static void argument_is_number(enum smtp_extension which)
{
    void (*argument)(struct smtp_session *s, struct buf *out) = with_number;
    fault_set(&smtp_extensions[which].argument, &argument, sizeof argument);
}

static void chunking_has_an_argument(void) { argument_is_number(SMTP_EXT_CHUNKING); }
static void smtputf8_has_an_argument(void) { argument_is_number(SMTP_EXT_SMTPUTF8); }

static void size_has_no_argument(void)
{
    void (*none)(struct smtp_session *s, struct buf *out) = NULL;
    fault_set(&smtp_extensions[SMTP_EXT_SIZE].argument, &none, sizeof none);
}

WRAPPED(smtp_reply_write);

void WRAP(smtp_reply_write)(struct smtp_reply r, span host, struct buf *out)
{
    REAL(smtp_reply_write)(r, host, out);
    if (r.id == SMTP_BARE_NEWLINE && fault_is("bare-cr-is-repeated")) {
        out->len -= 2;
        buf_put_text(out, ": \r\r\n");
    }
}

/* clang-format off: a row a line */
const struct fault command_faults[] = {
    {"three-parameters-at-most", "MAIL with a fourth parameter is refused", "dsn-params/all-extensions", NULL},
    {"envid-has-99-octets-at-most", "an ENVID of 100 octets is refused", "dsn-params/envid-hundred", NULL},
    {"orcpt-wants-rfc822", "an ORCPT of another type than rfc822 is refused", "dsn-params/rcpt-same", NULL},
    {"notify-makes-welcome", "a recipient with NOTIFY is taken unasked", "dsn-params/rcpt-same-refusal", NULL},
    {"ret-has-a-case", "values in small letters are not known", "dsn-params/values-any-case", NULL},
    {"notifications-are-made-up", "RET and NOTIFY that nobody gave are kept", "dsn-params/nothing-invented dsn/relayed-default", NULL},
    {"size-has-ten-digits-at-most", "a SIZE of 20 digits is refused", "size/long-line", NULL},
    {"declared-limit-is-too-large", "a declared size that is the limit is refused", "size/declared-too-large", NULL},
    {"declared-size-ends-text", "what comes behind the declared size is lost", "size/not-the-end", NULL},
    {"limit-itself-is-too-much", "a message of the limit is refused", "size/exactly", NULL},
    {"size-has-no-argument", "SIZE is offered without the limit", "size/offered-where-limited", size_has_no_argument},
    {"smtputf8-has-a-case", "SMTPUTF8 in small letters is not known", "smtputf8/any-case", NULL},
    {"smtputf8-has-an-argument", "SMTPUTF8 is offered with a number", "smtputf8/keyword", smtputf8_has_an_argument},
    {"fields-in-utf8-go-anywhere", "what needs SMTPUTF8 goes to a server without it", "smtputf8/downconvert-fields", NULL},
    {"vrfy-takes-no-parameter", "VRFY with SMTPUTF8 is an error of syntax", "smtputf8/vrfy-parameter", NULL},
    {"vrfy-says-yes", "VRFY is answered 250 whatever it asks for", "vrfy/as-hard-as-rcpt vrfy/unknown", NULL},
    {"expn-says-yes", "EXPN is not offered, and answered 250", "vrfy/expn-offered", expn_says_yes},
    {"helo-is-no-hello", "MAIL wants EHLO", "smtp/helo-mail", NULL},
    {"header-alone-loses-a-field", "the last field of a message without a body is lost", "smtp/header-only", NULL},
    {"command-lines-have-511-octets", "a command line of 512 octets is refused", "limits/command-line dsn-params/long-line dsn-params/orcpt-five-hundred recorded/overlong-commands/one-command", NULL},
    {"long-lines-are-taken", "a command that is too long is answered 250", "limits/long-path", long_lines_are_taken},
    {"texts-have-65535-octets", "a text of 64K octets is refused", "limits/message", NULL},
    {"text-lines-have-999-octets", "a text line of 1000 octets is refused", "limits/text-line", NULL},
    {"blanks-behind-a-dot-are-nothing", "a dot and a blank end the text", "smuggling/dot-and-more", NULL},
    {"command-behind-text-is-lost", "a command that comes with the end of the text is not understood", "smuggling/end-of-data", NULL},
    {"chunking-has-an-argument", "CHUNKING is offered with a number", "bdat/keyword", chunking_has_an_argument},
    {"chunk-size-may-be-octal", "a chunk size that begins with zeros is refused", "bdat/leading-zeros", NULL},
    {"group-may-not-follow-chunks", "a group of commands behind the last chunk is refused", "bdat/next-transaction", NULL},
    {"chunks-forbid-data", "DATA is refused in a session that has used BDAT", "bdat/same-session", NULL},
    {"chunk-syntax-is-taken", "a chunk size that is no number is answered 250", "bdat/syntax recorded/bdat/sizes", chunk_syntax_is_taken},
    {"received-has-no-address", "Received does not tell the client's address", "trace/received", NULL},
    {"received-is-for-all", "Received names a recipient of several", "trace/several-recipients", NULL},
    {"bare-cr-is-repeated", "the reply to a bare CR has it too", "replies/repeats-no-bare-cr", NULL},
    {"help-has-a-new-code", "HELP is answered with a code that no RFC has", "replies/form", help_has_a_new_code},
};
/* clang-format on */
const size_t command_fault_count = sizeof command_faults / sizeof *command_faults;

/* Wrong behaviours of ACLs and of rewriting rules: entries of ref/acl's tables, and functions as the linker's
   --wrap replaces them. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/acl/rewrite.h"
#include "ref/expand/match.h"
#include "ref/expand/variables.h"
#include "ref/smtp/ask.h"
#include "ref/smtp/command.h"
#include "ref/smtp/transaction.h"

#include <stdlib.h>
#include <string.h>

WRAPPED(acl_read);
WRAPPED(acl_of_text);
WRAPPED(acl_lines_split);
WRAPPED(acl_point_run);
WRAPPED(acl_expansion_run);
WRAPPED(match_address);
WRAPPED(conf_rewrite_read);
WRAPPED(rewrite_field);

/* --- as they are read --------------------------------------------------------------------------- */

static const struct acl_verb *verb_row(const char *name)
{
    for (size_t i = 0; i < acl_verb_count; i++) {
        if (strcmp(acl_verbs[i].name, name) == 0) {
            return &acl_verbs[i];
        }
    }
    abort();
}

/* Whether an item of a statement is overlooked, with `conditions` in front of it and `messages`. */
static bool overlooked(const struct acl *acl, const struct acl_item *item, size_t conditions, size_t messages)
{
    bool condition = (item->row->flags & ITEM_MODIFIER) == 0;
    return (fault_is("acl-first-condition-is-all") && condition && conditions > 0) ||
           (fault_is("acl-first-message-counts") && messages > 0 && strcmp(item->row->name, "message") == 0) ||
           (fault_is("acl-written-out-is-a-verb") && condition && acl->name.len == 0);
}

static void statement_change(const struct acl *acl, struct acl_statement *s)
{
    size_t kept = 0, conditions = 0, messages = 0;
    for (size_t i = 0; i < s->items.count; i++) {
        struct acl_item item = s->items.at[i];
        item.negated &= !fault_is("acl-negation-is-lost");
        if (!overlooked(acl, &item, conditions, messages)) {
            s->items.at[kept++] = item;
        }
        conditions += (item.row->flags & ITEM_MODIFIER) == 0;
        messages += strcmp(item.row->name, "message") == 0;
    }
    if (s->verb == verb_row("accept") && s->items.count == 0 && fault_is("acl-accept-needs-conditions")) {
        s->verb = acl_verb_warn;
    } else if (s->verb == acl_verb_warn && fault_is("acl-warn-requires")) {
        s->verb = verb_row("require");
    }
    s->items.count = kept;
}

err WRAP(acl_read)(struct acl_reader *reader, const struct acl_line *lines, size_t count,
                   struct acl *acl)
{
    TRY(REAL(acl_read)(reader, lines, count, acl));
    for (size_t i = 0; i < acl->statements.count; i++) {
        statement_change(acl, &acl->statements.at[i]);
    }
    if (fault_is("acl-end-accepts")) {
        struct acl_statement last = {.verb = verb_row("accept")};
        vec_add(reader->arena, &acl->statements, last);
    }
    return OK;
}

void WRAP(acl_lines_split)(span text, const char *file, struct arena *arena, struct conf_acl *into)
{
    REAL(acl_lines_split)(text, file, arena, into);
    if (fault_is("acl-file-lacks-last-line") && file != NULL && into->lines.count > 0) {
        into->lines.count--;
    }
}

/* A name that is known late only, remembered as if it could not change. */
err WRAP(acl_of_text)(struct acl_reader *reader, span text, struct conf_where where,
                      const struct acl **acl)
{
    if (fault_is("acl-is-chosen-once") && reader->running && reader->set->count > 0) {
        *acl = &reader->set->at[0];
        return OK;
    }
    return REAL(acl_of_text)(reader, text, where, acl);
}

/* --- as they run -------------------------------------------------------------------------------- */

static span first_line(span text)
{
    size_t end = span_find_byte(text, '\n');
    return end == SPAN_NONE ? text : span_first(text, end);
}

struct acl_outcome WRAP(acl_point_run)(const struct acl_point *point, struct acl_run *run)
{
    if ((fault_is("acl-predata-is-not-asked") && run->stage == ACL_PREDATA) ||
        (fault_is("acl-auth-is-not-asked") && run->stage == ACL_AUTH)) {
        return (struct acl_outcome){.verdict = ACL_ACCEPTS};
    }
    if (fault_is("acl-warns-again") && run->changes != NULL) {
        run->changes->warned = (struct map){0};
    }
    struct acl_outcome o = REAL(acl_point_run)(point, run);
    if (fault_is(o.verdict == ACL_ACCEPTS ? "acl-accepts-in-silence" : "acl-refuses-in-silence")) {
        o.message = SPAN_EMPTY;
    } else if (fault_is("acl-message-is-one-line")) {
        o.message = first_line(o.message);
    } else if (fault_is("acl-log-is-told-the-message")) {
        o.log_message = o.message;
    }
    return o;
}

struct expanded WRAP(acl_expansion_run)(struct acl_run *run, span name, const struct value *arguments,
                                        size_t count, bool *accepted)
{
    return REAL(acl_expansion_run)(run, name, arguments, fault_is("acl-arguments-are-lost") ? 0 : count,
                                   accepted);
}

struct matched WRAP(match_address)(struct expansion *x, span address, struct value list)
{
    return fault_is("acl-no-sender-is-in-no-list") && address.len == 0
               ? (struct matched){.outcome = MATCH_NO}
               : REAL(match_address)(x, address, list);
}

/* --- tables ------------------------------------------------------------------------------------- */

typedef bool control_apply(struct acl_run *run, span options);

static void item_runs(const char *name, acl_item_run *run)
{
    fault_set(&acl_item_find(span_text(name))->run, &run, sizeof run);
}

/* The row of a condition with the function of another one. */
static void item_is(const char *name, const char *other)
{
    item_runs(name, acl_item_find(span_text(other))->run);
}

static enum acl_test yes(struct acl_run *run, struct value value)
{
    (void)run;
    (void)value;
    return ACL_YES;
}

static enum acl_test no(struct acl_run *run, struct value value)
{
    (void)run;
    (void)value;
    return ACL_NO;
}

/* The last ACL of a loop says no, as if there were no mistake to tell of. */
static enum acl_test nested_quietly(struct acl_run *run, struct value value)
{
    enum { NEARLY_TOO_DEEP = 15 };
    return run->depth >= NEARLY_TOO_DEEP ? ACL_NO : acl_nested_run(run, value);
}

static bool nothing(struct acl_run *run, span options)
{
    (void)run;
    (void)options;
    return true;
}

static void control_does(const char *name, control_apply *apply)
{
    span options;
    fault_set(&acl_control_find(span_text(name), &options)->apply, &apply, sizeof apply);
}

static void senders_are_recipients(void) { item_is("senders", "recipients"); }
static void recipients_are_senders(void) { item_is("recipients", "senders"); }
static void local_parts_are_domains(void) { item_is("local_parts", "domains"); }
static void sender_domains_are_domains(void) { item_is("sender_domains", "domains"); }
static void hosts_are_none(void) { item_runs("hosts", no); }
static void nested_is_not_asked(void) { item_runs("acl", yes); }
static void loop_is_no(void) { item_runs("acl", nested_quietly); }
static void fakereject_is_fakedefer(void)
{
    span options;
    control_does("fakereject", acl_control_find(SPAN("fakedefer"), &options)->apply);
}
static void freeze_does_nothing(void) { control_does("freeze", nothing); }
static void caseful_does_nothing(void) { control_does("caseful_local_part", nothing); }
static void lines_are_told(void) { control_does("no_multiline_responses", nothing); }
static void pipelining_stays(void) { control_does("no_pipelining", nothing); }
static void submission_does_nothing(void) { control_does("submission", nothing); }
static void deny_is_defer(void)
{
    enum acl_verdict defers = ACL_DEFERS;
    fault_set(&verb_row("deny")->yes, &defers, sizeof defers);
}

static void connection_is_put_off(void)
{
    unsigned code = 421;
    fault_set(&smtp_replies[SMTP_CONNECT_DENIED].code, &code, sizeof code);
}

/* RCPT commands are counted as if those that were refused had not been there. */
static void refused_are_not_counted(void)
{
    const struct variable_row *taken = NULL;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < variable_row_count; i++) {
            const char *name = variable_rows[i].name;
            if (strcmp(name, "recipients_count") == 0) {
                taken = &variable_rows[i];
            } else if (taken != NULL && strcmp(name, "rcpt_count") == 0) {
                fault_set(&variable_rows[i].offset, &taken->offset, sizeof taken->offset);
            }
        }
    }
}

static void handler(const char *verb, smtp_handler *run)
{
    fault_set(&fault_verb(verb)->handler, &run, sizeof run);
}

static err mail_begins(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    TRY(smtp_cmd_mail(s, c, r));
    if (r->id == SMTP_DENIED) {
        struct smtp_mail_params none = {0};
        smtp_transaction_begin(s, SPAN_EMPTY, &none);
        s->stage = STAGE_MAIL;
    }
    return OK;
}

static err expn_granted(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    (void)s;
    (void)c;
    *r = smtp_reply_of(SMTP_NOOP_OK);
    return OK;
}

static err bdat_asks_predata(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    struct smtp_subject about = {.words = SPAN_EMPTY};
    *r = smtp_ask(s, ACL_PREDATA, &about, SMTP_NO_REPLY).reply;
    return smtp_replied(*r) ? OK : smtp_cmd_bdat(s, c, r);
}

static err quit_is_an_end(struct smtp_session *s, const struct smtp_command *c, struct smtp_reply *r)
{
    struct smtp_subject about = {.words = SPAN_EMPTY};
    (void)smtp_ask(s, ACL_NOTQUIT, &about, SMTP_BYE);
    return smtp_cmd_quit(s, c, r);
}

static void refused_mail_begins(void) { handler("MAIL", mail_begins); }
static void expn_is_250(void) { handler("EXPN", expn_granted); }
static void predata_for_chunks(void) { handler("BDAT", bdat_asks_predata); }
static void quit_is_notquit(void) { handler("QUIT", quit_is_an_end); }

/* --- rewriting rules ---------------------------------------------------------------------------- */

enum { EVERYWHERE = REWRITE_ENVELOPE | REWRITE_HEADERS };

/* A rule as it is understood wrongly. */
err WRAP(conf_rewrite_read)(span line, bool headers_only, struct conf_where where, struct arena *arena,
                            struct conf_rewrites *rewrites)
{
    TRY(REAL(conf_rewrite_read)(line, headers_only, where, arena, rewrites));
    struct rewrite_rule *rule = &rewrites->rules.at[rewrites->rules.count - 1];
    rule->flags |= fault_is("rewriting-is-everywhere") ? EVERYWHERE : 0;
    rule->flags &= fault_is("rewriting-has-no-end") ? ~(unsigned)REWRITE_QUIT : ~0U;
    rule->flags &= fault_is("rewriting-keeps-phrases") ? ~(unsigned)REWRITE_WHOLE : ~0U;
    rewrites->flags |= rule->flags;
    rewrites->rules.count -= fault_is("rewriting-goes-on") && rule->replacement == NULL;
    return OK;
}

bool WRAP(rewrite_field)(const struct rewriting *r, span field, span *out)
{
    return !fault_is("rewriting-leaves-fields") && REAL(rewrite_field)(r, field, out);
}

#define A "acl/"

/* clang-format off: a row a line */
const struct fault acl_faults[] = {
    {"acl-accept-needs-conditions", "accept without conditions decides nothing", A "accept", NULL},
    {"acl-first-condition-is-all", "of several conditions the first decides", A "accept-conditions", NULL},
    {"acl-accepts-in-silence", "a message of accept is not told", A "accept-message " A "connect-message " A "data-message " A "quit-message", NULL},
    {"acl-refuses-in-silence", "a message of deny is not told", A "message " A "vrfy-message", NULL},
    {"acl-first-message-counts", "of several messages the first is told", A "message-last", NULL},
    {"acl-message-is-one-line", "of a message of several lines the first is told", A "message-lines", NULL},
    {"acl-log-is-told-the-message", "the log is told what the client is", A "log-message", NULL},
    {"acl-is-chosen-once", "an option that is expanded leads to one ACL always", A "chosen", NULL},
    {"acl-file-lacks-last-line", "the last line of a file with an ACL is not read", A "file", NULL},
    {"acl-written-out-is-a-verb", "an ACL written out in an option has no conditions", A "inline", NULL},
    {"acl-end-accepts", "who comes to the end of an ACL is taken", A "implicit-deny", NULL},
    {"acl-warn-requires", "warn refuses where its conditions do not hold", A "warn", NULL},
    {"acl-warns-again", "a warning is logged each time", A "warn-log", NULL},
    {"acl-predata-is-not-asked", "the ACL for DATA is not asked", A "predata-deny", NULL},
    {"acl-predata-for-chunks", "the ACL for DATA is asked of BDAT too", A "predata-not-asked", predata_for_chunks},
    {"acl-quit-is-notquit", "QUIT is an end without QUIT", A "quit-not-notquit", quit_is_notquit},
    {"acl-arguments-are-lost", "an ACL in an expansion gets no arguments", A "expanded-acl", NULL},
    {"acl-nested-is-not-asked", "`acl =` holds whatever that ACL says", A "nested", nested_is_not_asked},
    {"acl-loop-is-no", "ACLs that call each other without end deny", A "nested-loop", loop_is_no},
    {"acl-deny-is-defer", "deny refuses for the moment only", A "deny", deny_is_defer},
    {"acl-connection-is-put-off", "who is refused at connection is told 421", A "connect-deny", connection_is_put_off},
    {"acl-refused-mail-begins", "a sender that was refused begins a transaction", A "mail-deny", refused_mail_begins},
    {"acl-expn-is-250", "EXPN that is denied is answered 250", A "expn-deny", expn_is_250},
    {"acl-refused-are-not-counted", "$rcpt_count counts recipients that were taken", A "counts " A "recipients-in-data", refused_are_not_counted},
    {"acl-senders-are-recipients", "senders looks at the recipient", A "senders", senders_are_recipients},
    {"acl-recipients-are-senders", "recipients looks at the sender", A "recipients", recipients_are_senders},
    {"acl-local-parts-are-domains", "local_parts looks at the domain", A "local-parts", local_parts_are_domains},
    {"acl-sender-domains-are-domains", "sender_domains looks at the recipient", A "sender-domains", sender_domains_are_domains},
    {"acl-hosts-are-none", "no host is in a list of hosts", "relay/relay-from", hosts_are_none},
    {"acl-no-sender-is-in-no-list", "the empty sender is in no list", A "sender-null", NULL},
    {"acl-wild-holds-bare", "*.two.test holds two.test", A "domains", NULL},
    {"acl-data-is-the-item", "a lookup in a list leaves the name and not the data", A "lookup", NULL},
    {"acl-fakereject-is-fakedefer", "control = fakereject says 450", A "fakereject", fakereject_is_fakedefer},
    {"acl-freeze-does-nothing", "control = freeze freezes nothing", A "freeze", freeze_does_nothing},
    {"acl-caseful-does-nothing", "control = caseful_local_part changes nothing", A "local-part-small", caseful_does_nothing},
    {"acl-lines-are-told", "control = no_multiline_responses changes nothing", A "no-multiline", lines_are_told},
    {"acl-pipelining-stays", "control = no_pipelining changes nothing", A "no-pipelining", pipelining_stays},
    {"acl-submission-does-nothing", "control = submission adds nothing", A "submission", submission_does_nothing},
    {"failed-expansion-is-empty", "an expansion that failed is an empty text", A "expansion-fails", NULL},
    {"forced-failure-is-its-text", "a forced failure gives the text as it stands", A "message-fails", NULL},
    {"nothing-is-tainted", "what came from the client is as good as the configuration", A "tainted deposit/outside", NULL},
    {"rewriting-leaves-fields", "header fields are not rewritten", A "rewrite-all", NULL},
    {"rewriting-is-everywhere", "rules apply to envelope and fields, whatever their flags", A "rewrite-field " A "rewrite-sender " A "rewrite-recipient", NULL},
    {"rewriting-has-no-end", "flag q does not end the rules", A "rewrite-order", NULL},
    {"rewriting-keeps-phrases", "flag w leaves the phrase as it is", A "rewrite-whole", NULL},
    {"rewriting-goes-on", "a replacement of * is passed over", A "rewrite-stop", NULL},
};
/* clang-format on */
const size_t acl_fault_count = sizeof acl_faults / sizeof *acl_faults;

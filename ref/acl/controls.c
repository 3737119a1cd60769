/* The controls, as rows. What Exim tells a client that waits is told when the configuration is read:
   a name that no control has, and options that it does not take. */
#include "ref/acl/item.h"

#include "base/rows.h"

enum {
    EVERYWHERE = (1 << ACL_STAGE_COUNT) - 1,
    BEFORE_DATA = ACL_AT(MAIL) | ACL_AT(RCPT) | ACL_AT(PREDATA),
    BEFORE_TEXT = ACL_AT(CONNECT) | ACL_AT(HELO) | ACL_AT(AUTH) | BEFORE_DATA,
    SMTP_MESSAGE = BEFORE_DATA | ACL_AT(DATA),
    ANY_MESSAGE = SMTP_MESSAGE | ACL_AT(NOT_SMTP),
    IN_SMTP = EVERYWHERE & ~ACL_AT(NOT_SMTP),
};

static bool caseful_local_part(struct acl_run *run, span options)
{
    (void)options;
    run->x->facts->address->local_part = run->local_part;
    return true;
}

static bool caselower_local_part(struct acl_run *run, span options)
{
    (void)options;
    run->x->facts->address->local_part = arena_lower(run->x->arena, run->local_part);
    return true;
}

static bool no_enforce_sync(struct acl_run *run, span options)
{
    (void)options;
    run->controls->enforce_sync = false;
    return true;
}

static void fake(struct acl_run *run, enum acl_fake what, span text)
{
    run->changes->fake = what;
    run->changes->fake_text = arena_copy(run->changes->arena, text);
}

static bool fakedefer(struct acl_run *run, span options)
{
    fake(run, ACL_FAKE_DEFER, options);
    return true;
}

static bool fakereject(struct acl_run *run, span options)
{
    fake(run, ACL_FAKE_REJECT, options);
    return true;
}

static bool freeze(struct acl_run *run, span options)
{
    run->changes->freeze = true;
    return options.len == 0 || span_eq(options, SPAN("no_tell"));
}

/* "sender_retain", "domain=x", "name=y" to the end. */
static bool submission(struct acl_run *run, span options)
{
    struct acl_changes *c = run->changes;
    c->submission = true;
    for (span word; options.len > 0;) {
        if (span_starts(options, SPAN("name="))) { /* may hold slashes */
            c->submission_name = arena_copy(c->arena, span_from(options, 5));
            return true;
        }
        (void)span_split(options, '/', &word, &options);
        if (span_eq(word, SPAN("sender_retain"))) {
            c->sender_retain = true;
        } else if (span_starts(word, SPAN("domain="))) {
            c->submission_domain = arena_copy(c->arena, span_from(word, 7));
        } else {
            return false;
        }
    }
    return true;
}

static bool utf8_downconvert(struct acl_run *run, span options)
{
    struct acl_changes *c = run->changes;
    c->utf8_downconvert = options.len == 0 || span_eq(options, SPAN("1"));
    c->utf8_optional_downconvert = span_eq(options, SPAN("-1"));
    return c->utf8_downconvert || c->utf8_optional_downconvert || span_eq(options, SPAN("0"));
}

#define LATER(name_, doc_) {.name = name_, .options = true, .doc = doc_}
/* Of the connection, of the message, or of the message or all that come in the connection. */
#define CONNECTION(flag) OF_CONNECTION, offsetof(struct acl_controls, flag)
#define MESSAGE(flag) OF_MESSAGE, offsetof(struct acl_changes, flag)
#define EITHER(flag) OF_EITHER, offsetof(struct acl_marks, flag)
#define FLAG(name_, stages_, doc_, flag_) {name_, stages_, false, NULL, doc_, flag_}
#define CALL(name_, stages_, options_, apply_, doc_)                                            \
    {.name = name_, .stages = stages_, .options = options_, .apply = apply_, .doc = doc_}

const struct acl_control acl_control_rows[] = {
    FLAG("allow_auth_unadvertised", ACL_AT(CONNECT) | ACL_AT(HELO),
         "AUTH may be used though EHLO did not offer it", CONNECTION(auth_unadvertised)),
    FLAG("bmi_run", EVERYWHERE, "Brightmail scans the message, once it is taken", EITHER(bmi_run)),
    CALL("caseful_local_part", ACL_AT(RCPT), false, caseful_local_part,
         "$local_part has the capitals that the client gave it"),
    CALL("caselower_local_part", ACL_AT(RCPT), false, caselower_local_part,
         "$local_part is in small letters again"),
    LATER("cutthrough_delivery", "delivery while the message arrives"),
    LATER("dcc", "DCC"),
    LATER("debug", "a log of debugging"),
    FLAG("dkim_disable_verify", BEFORE_TEXT, "signatures of DKIM and ARC are not looked at",
         EITHER(dkim_disable_verify)),
    FLAG("dmarc_disable_verify", BEFORE_TEXT, "DMARC is not looked at", EITHER(dmarc_disable_verify)),
    FLAG("dmarc_enable_forensic", BEFORE_TEXT,
         "failures of DMARC are reported to domains that ask for it", EITHER(dmarc_enable_forensic)),
    LATER("dscp", "marks on packets"),
    FLAG("enforce_sync", IN_SMTP, "input that comes too early is refused", CONNECTION(enforce_sync)),
    CALL("fakedefer", SMTP_MESSAGE, true, fakedefer, "the message is taken and the client told 450"),
    CALL("fakereject", SMTP_MESSAGE, true, fakereject,
         "the message is taken and the client told 550"),
    CALL("freeze", ANY_MESSAGE, true, freeze, "the message waits until somebody thaws it"),
    LATER("no_callout_flush", "callouts"),
    FLAG("no_delay_flush", IN_SMTP, "replies are held during a delay", CONNECTION(no_delay_flush)),
    CALL("no_enforce_sync", IN_SMTP, false, no_enforce_sync, "input may come too early"),
    LATER("no_mbox_unspool", "content scanning"),
    FLAG("no_multiline_responses", IN_SMTP, "of a refusal only one line is told",
         CONNECTION(no_multiline)),
    FLAG("no_pipelining", IN_SMTP, "PIPELINING is not offered", CONNECTION(no_pipelining)),
    FLAG("queue", ANY_MESSAGE, "delivery is left to a queue run", MESSAGE(queue_only)),
    FLAG("queue_only", ANY_MESSAGE, "the same", MESSAGE(queue_only)),
    /* RFC 8689, from cold too: never taken back. */
    FLAG("requiretls", ANY_MESSAGE, "the message goes on under TLS only", MESSAGE(requiretls)),
    CALL("submission", BEFORE_DATA, true, submission,
         "fields that a mail program left out are added"),
    FLAG("suppress_local_fixups", BEFORE_DATA, "no fields are added to a local message",
         MESSAGE(suppress_fixups)),
    CALL("utf8_downconvert", ANY_MESSAGE, true, utf8_downconvert,
         "addresses go on in ASCII: 1 or nothing: always, 0: not, -1: to servers without SMTPUTF8"),
};
const size_t acl_control_count = sizeof acl_control_rows / sizeof *acl_control_rows;

const struct acl_control *acl_control_find(span text, span *options)
{
    span name;
    (void)span_split(text, '/', &name, options);
    return ROWS_FIND(acl_control_rows, name);
}

/* The sentence about a control that cannot be; NULL: it can. */
static const char *complaint(struct arena *texts, span value, bool brightmail)
{
    span options;
    const struct acl_control *row = acl_control_find(value, &options);
    if (row == NULL || (options.len > 0 && !row->options)) {
        return arena_printf(texts, "syntax error in \"control=%.*s\"", SPAN_FMT(value));
    }
    if (row->stages == 0) {
        return arena_printf(texts, "ACL control \"%s\" is not supported by this server", row->name);
    }
    if (strcmp(row->name, "bmi_run") == 0 && !brightmail) {
        return "control = bmi_run needs a Brightmail client library: bmi_library has to name one";
    }
    return NULL;
}

/* Options are of the message, so that a message nobody sends tells whether they can be read. */
err acl_control_check(struct acl_reader *reader, span value)
{
    span options;
    struct acl_changes changes = {.arena = reader->texts};
    struct acl_run run = {.changes = &changes};
    const char *wrong = complaint(reader->texts, value, reader->set->brightmail);
    const struct acl_control *row = acl_control_find(value, &options);
    if (wrong == NULL && options.len > 0 && !row->apply(&run, options)) {
        wrong = arena_printf(reader->texts, "syntax error in \"control=%.*s\"", SPAN_FMT(value));
    }
    return wrong != NULL ? err_syntax(0, wrong) : OK;
}

const char *acl_control_misplaced(span value, enum acl_stage stage, struct arena *texts)
{
    span options;
    const struct acl_control *row = acl_control_find(value, &options);
    return row == NULL || (row->stages >> stage & 1) != 0
               ? NULL
               : arena_printf(texts, "cannot use \"control=%s\" in %s ACL", row->name,
                              acl_stages[stage].word);
}

static bool *flag_of(struct acl_run *run, const struct acl_control *row)
{
    char *marks = (char *)(run->changes != NULL ? &run->changes->marks : &run->controls->marks);
    char *owner = row->of == OF_CONNECTION ? (char *)run->controls
                  : row->of == OF_MESSAGE  ? (char *)run->changes
                                           : marks;
    return (bool *)(owner + row->flag);
}

enum acl_test acl_control_run(struct acl_run *run, struct value value)
{
    span options;
    const char *wrong = complaint(run->x->arena, value.text, run->set->brightmail);
    if (wrong == NULL) {
        wrong = acl_control_misplaced(value.text, run->stage, run->x->arena);
    }
    if (wrong != NULL) {
        return acl_wrong(run, "%s", wrong);
    }
    const struct acl_control *row = acl_control_find(value.text, &options);
    if (row->apply == NULL) {
        *flag_of(run, row) = true;
    } else if (!row->apply(run, options)) {
        return acl_wrong(run, "syntax error in \"control=%.*s\"", SPAN_FMT(value.text));
    }
    return ACL_YES;
}

/* The modifiers: they hold always, and do something, or leave something to be done. */
#include "ref/acl/item.h"

#include "ref/conf/option.h"
#include "ref/expand/match.h"

enum {
    EVERYWHERE = (1 << ACL_STAGE_COUNT) - 1,
    BEFORE_TEXT = ACL_AT(CONNECT) | ACL_AT(HELO) | ACL_AT(AUTH) | ACL_AT(STARTTLS) | ACL_AT(MAIL) |
                  ACL_AT(RCPT) | ACL_AT(PREDATA),
    WITH_MESSAGE = ACL_AT(MAIL) | ACL_AT(RCPT) | ACL_AT(PREDATA) | ACL_AT(DKIM) |
                   ACL_AT(DATA) |
                   ACL_AT(NOT_SMTP),
};

static enum acl_test do_add_header(struct acl_run *run, struct value value)
{
    acl_fields_add(run->changes, value.text);
    return ACL_YES;
}

static enum acl_test do_remove_header(struct acl_run *run, struct value value)
{
    acl_fields_remove(run->changes, value.text);
    return ACL_YES;
}

static enum acl_test do_bmi_optin(struct acl_run *run, struct value value)
{
    run->changes->bmi_optin = arena_copy(run->changes->arena, span_trim_space(value.text));
    return ACL_YES;
}

static enum acl_test do_nothing(struct acl_run *run, struct value value)
{
    (void)run;
    (void)value;
    return ACL_YES;
}

static err delay_check(struct acl_reader *reader, span value)
{
    uint64_t seconds;
    if (!failed(conf_time_read(value, &seconds))) {
        return OK;
    }
    return err_syntax(0, arena_printf(reader->texts, "syntax error in argument for \"delay\" modifier: "
                                      "\"%.*s\" is not a time value", SPAN_FMT(value)));
}

static enum acl_test do_delay(struct acl_run *run, struct value value)
{
    enum { LONGEST = 3600 };
    uint64_t seconds;
    if (failed(conf_time_read(value.text, &seconds))) {
        return acl_wrong(run, "syntax error in argument for \"delay\" modifier: \"%.*s\" is not a "
                         "time value", SPAN_FMT(value.text));
    }
    if (run->rehearsal) {
        acl_trace(run, "delay modifier requests %llu-second delay: skipped, this is a rehearsal",
                  (unsigned long long)seconds);
    } else if (run->services != NULL && run->services->delay != NULL) {
        seconds = seconds > LONGEST ? LONGEST : seconds;
        run->services->delay(run->services->context, (millis)seconds * 1000,
                             !run->controls->no_delay_flush);
    }
    return ACL_YES;
}

/* --- logs --------------------------------------------------------------------------------------- */

static bool log_name(span name, unsigned *targets)
{
    static const struct {
        const char *name;
        enum log_file file;
    } rows[] = {{"main", LOG_MAIN}, {"reject", LOG_REJECT}, {"panic", LOG_PANIC}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_eq(name, span_text(rows[i].name))) {
            *targets |= rows[i].file;
            return true;
        }
    }
    return name.len == 0;
}

/* Words in `list`; false, with the first that is none in *bad. */
static bool log_names(span list, unsigned char separator, unsigned *targets, span *bad)
{
    *targets = 0;
    for (span word; list.len > 0;) {
        (void)span_split(list, separator, &word, &list);
        if (!log_name(span_trim(word), targets)) {
            *bad = span_trim(word);
            return false;
        }
    }
    return true;
}

static err log_targets_check(struct acl_reader *reader, span value)
{
    unsigned targets;
    span bad;
    if (log_names(value, ':', &targets, &bad)) {
        return OK;
    }
    return err_syntax(0, arena_printf(reader->texts, "unknown log name \"%.*s\" in "
                                      "\"log_reject_target\"", SPAN_FMT(bad)));
}

static enum acl_test do_log_reject_target(struct acl_run *run, struct value value)
{
    span bad;
    if (!log_names(value.text, ':', &run->log_targets, &bad)) {
        log_printf(run->log, LOG_MAIN, SPAN_EMPTY,
                   "unknown log name \"%.*s\" in \"log_reject_target\" in %s ACL", SPAN_FMT(bad),
                   acl_stages[run->stage].word);
        run->log_targets = LOG_MAIN | LOG_REJECT;
    }
    return ACL_YES;
}

/* ":main,reject: text" */
static enum acl_test do_logwrite(struct acl_run *run, struct value value)
{
    unsigned targets = LOG_MAIN;
    span text = value.text, names, bad;
    const struct facts_message *m = run->x->facts->message;
    if (text.len > 0 && text.at[0] == ':') {
        (void)span_split(span_from(text, 1), ':', &names, &text);
        if (!log_names(names, ',', &targets, &bad)) {
            log_printf(run->log, LOG_MAIN, SPAN_EMPTY,
                       "unknown log name in \"%.*s\" in \"logwrite\" in %s ACL",
                       SPAN_FMT(value.text), acl_stages[run->stage].word);
            return ACL_YES;
        }
        targets = targets == 0 ? LOG_MAIN : targets;
    }
    log_write(run->log, targets, m != NULL ? m->id : SPAN_EMPTY, span_trim(text));
    return ACL_YES;
}

/* --- named queues ------------------------------------------------------------------------------- */

static err queue_check(struct acl_reader *reader, span value)
{
    const char *bad = spool_queue_bad(value);
    return bad == NULL ? OK
                       : err_syntax(0, arena_printf(reader->texts, "%s: '%.*s'", bad, SPAN_FMT(value)));
}

/* What is said before MAIL holds for all messages of the connection. */
static enum acl_test do_queue(struct acl_run *run, struct value value)
{
    char *queue = (run->changes != NULL ? &run->changes->marks : &run->controls->marks)->queue;
    const char *bad = spool_queue_bad(value.text);
    if (value.tainted && value.text.len > 0) {
        return acl_wrong(run, "Tainted name '%.*s' for queue not permitted", SPAN_FMT(value.text));
    }
    if (bad != NULL) {
        return acl_wrong(run, "%s: '%.*s'", bad, SPAN_FMT(value.text));
    }
    memcpy(queue, value.text.at, value.text.len);
    queue[value.text.len] = '\0';
    return ACL_YES;
}

/* --- variables ---------------------------------------------------------------------------------- */

static enum acl_test do_set(struct acl_run *run, struct value value)
{
    span variable = run->item->variable;
    struct facts_seal *seal = run->x->facts->seal;
    bool status = span_eq(variable, SPAN("dkim_verify_status"));
    if (!status && !span_eq(variable, SPAN("dkim_verify_reason"))) {
        acl_variable_set(run->x->facts->acl, variable, value.text, value.tainted);
    } else if (run->stage != ACL_DKIM || seal == NULL) {
        return acl_wrong(run, "cannot set $%.*s in %s ACL", SPAN_FMT(variable),
                         acl_stages[run->stage].word);
    } else {
        *(status ? &seal->dkim_verify_status : &seal->dkim_verify_reason) =
            arena_copy(run->changes->arena, value.text);
    }
    return ACL_YES;
}

#define MODIFIER ITEM_MODIFIER
#define LATER(name, doc) {name, MODIFIER, 0, NULL, NULL, doc}

const struct acl_item_row acl_modifier_rows[] = {
    {"add_header", MODIFIER, WITH_MESSAGE, NULL, do_add_header, "puts header fields in"},
    {"bmi_optin", MODIFIER, ACL_AT(RCPT) | ACL_AT(NOT_SMTP), NULL, do_bmi_optin,
     "strings that tell Brightmail what the recipient wants, with colons between"},
    {"continue", MODIFIER, EVERYWHERE, NULL, do_nothing, "is expanded for what that does"},
    {"control", MODIFIER, EVERYWHERE, acl_control_check, acl_control_run, "a control by name"},
    {"delay", MODIFIER, EVERYWHERE & ~ACL_AT(NOTQUIT), delay_check, do_delay, "waits"},
    {"endpass", MODIFIER | ITEM_BARE | ITEM_ENDPASS, EVERYWHERE, NULL, NULL,
     "from here on a condition that fails denies"},
    {"log_message", MODIFIER | ITEM_RAW | ITEM_TEXT, EVERYWHERE, NULL, NULL,
     "what the log is told of the outcome"},
    {"log_reject_target", MODIFIER, EVERYWHERE, log_targets_check, do_log_reject_target,
     "the logs that are told of a refusal"},
    {"logwrite", MODIFIER, EVERYWHERE, NULL, do_logwrite, "writes to a log"},
    {"message", MODIFIER | ITEM_RAW | ITEM_TEXT, EVERYWHERE, NULL, NULL,
     "what the client is told of the outcome"},
    {"queue", MODIFIER, BEFORE_TEXT, queue_check, do_queue, "the named queue that the message goes to"},
    {"remove_header", MODIFIER, WITH_MESSAGE, NULL, do_remove_header, "takes header fields out"},
    {"set", MODIFIER | ITEM_VARIABLE, EVERYWHERE, NULL, do_set, "sets $acl_c_... or $acl_m_..."},
    LATER("udpsend", "datagrams"),
};
const size_t acl_modifier_count = sizeof acl_modifier_rows / sizeof *acl_modifier_rows;

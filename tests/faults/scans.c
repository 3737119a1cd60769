/* Scanners: what dccifd is told and what its answer is taken for, and Brightmail's verdicts. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/scan/bmi.h"
#include "ref/scan/dcc.h"
#include "ref/smtp/scan.h"

#include <unistd.h>

WRAPPED(dcc_ask);
WRAPPED(dcc_header_field);
WRAPPED(smtp_scan_dcc);
WRAPPED(dcc_address_read);
WRAPPED(socket_read);
WRAPPED(smtp_scan_brightmail);
WRAPPED(bmi_scan);
WRAPPED(bmi_verdict_of);
WRAPPED(bmi_rule_fired);

/* --- dccifd ------------------------------------------------------------------------------------- */

static void told_wrongly(struct dcc_query *q)
{
    if (fault_is("dcc-null-sender-is-empty") && q->sender.len == 0) {
        q->sender = SPAN("\n");
    }
    if (fault_is("dcc-client-is-always-itself")) {
        q->client = SPAN("192.0.2.10");
    }
    if (fault_is("dcc-first-recipient-alone") && q->recipient_count > 0) {
        q->recipient_count = 1;
    }
    q->helo = fault_is("dcc-helo-is-told") ? SPAN("c.test") : q->helo;
    q->body = fault_is("dcc-body-is-not-told") ? -1 : q->body;
}

static void taken_wrongly(struct dcc_answer *a)
{
    static const struct {
        const char *fault;
        enum dcc_outcome is, as;
    } rows[] = {
        {"dcc-greylisting-is-accepted", DCC_GREYLISTED, DCC_ACCEPTED},
        {"dcc-temporary-is-rejected", DCC_FAILED, DCC_REJECTED},
        {"dcc-strange-is-accepted", DCC_STRANGE, DCC_ACCEPTED},
        {"dcc-silence-is-accepted", DCC_SILENT, DCC_ACCEPTED},
        {"dcc-rejection-is-not-logged", DCC_REJECTED, DCC_GREYLISTED},
    };
    if (a->long_result && fault_is("dcc-long-line-is-strange")) {
        a->outcome = DCC_STRANGE;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (a->outcome == rows[i].is && fault_is(rows[i].fault)) {
            a->outcome = rows[i].as;
        }
    }
}

/* What stands behind the second line, up to an empty one. */
static span third_line(span raw)
{
    span line;
    (void)span_split(raw, '\n', &line, &raw);
    (void)span_split(raw, '\n', &line, &raw);
    size_t end = span_find(raw, SPAN("\n\n"));
    return end == SPAN_NONE ? raw : span_first(raw, end + 1);
}

static void header_wrong(struct dcc_answer *a)
{
    if (fault_is("dcc-header-has-one-line") && a->header.len > 0) {
        a->header = span_first(a->header, span_find_byte(a->header, '\n') + 1);
    }
    if (fault_is("dcc-header-has-no-end") && a->header.len > DCC_HEADER_OCTETS) {
        a->header = third_line(a->raw);
    }
    if (fault_is("dcc-any-field-is-the-header") && a->header.len == 0) {
        a->header = third_line(a->raw);
    }
}

/* Octets that dccifd has answered, while it is asked. */
static _Thread_local size_t heard;
static _Thread_local bool asking;

err WRAP(socket_read)(int fd, void *at, size_t room, millis wait, size_t *got)
{
    enum { FIRST = 4 }; /* whatever the system puts together of pieces */
    bool once = asking && fault_is("dcc-answer-comes-at-once");
    if (once && heard > 0) {
        return err_of(ERR_CLOSED, "that was all");
    }
    room = once && room > FIRST ? FIRST : room;
    err e = REAL(socket_read)(fd, at, room, wait, got);
    heard += asking && !failed(e) ? *got : 0;
    return e;
}

err WRAP(dcc_ask)(const struct address *to, const struct dcc_query *query, millis wait,
                  struct arena *arena, struct dcc_answer *answer)
{
    enum { LARGE = 1 << 20 };
    struct dcc_query told = *query;
    told_wrongly(&told);
    wait = fault_is("dcc-is-waited-for") ? 600000 : wait;
    asking = true;
    heard = 0;
    err e = REAL(dcc_ask)(to, &told, wait, arena, answer);
    asking = false;
    if (failed(e) && fault_is("dcc-absent-is-accepted")) {
        *answer = (struct dcc_answer){
            .outcome = DCC_ACCEPTED, .result = SPAN("A"), .header = SPAN_EMPTY};
        return OK;
    }
    if (!failed(e)) {
        taken_wrongly(answer);
        header_wrong(answer);
    }
    if (fault_is("dcc-large-mail-is-accepted") && lseek(query->body, 0, SEEK_END) > LARGE) {
        answer->outcome = DCC_ACCEPTED;
    }
    return e;
}

bool WRAP(dcc_address_read)(span text, struct address *to)
{
    if (fault_is("dcc-is-on-this-host") && text.len > 0 && text.at[0] != '/') {
        return false;
    }
    return REAL(dcc_address_read)(text, to) ||
           (fault_is("dcc-address-has-a-default") && address_parse(SPAN("127.0.0.1"), 6277, to));
}

static acl_item_run *dcc_real;

static void dcc_runs(acl_item_run *run)
{
    const struct acl_item_row *row = acl_item_find(SPAN("dcc"));
    dcc_real = row->run;
    fault_set(&row->run, &run, sizeof run);
}

static enum acl_test without_options(struct acl_run *run, struct value value)
{
    span rest;
    (void)span_split(value.text, '/', &value.text, &rest);
    return dcc_real(run, value);
}

static enum acl_test always(struct acl_run *run, struct value value)
{
    value.text = SPAN("*");
    return dcc_real(run, value);
}

static void dcc_has_no_options(void) { dcc_runs(without_options); }
static void dcc_is_always_asked(void) { dcc_runs(always); }

span WRAP(dcc_header_field)(span header)
{
    return fault_is("dcc-field-is-not-added") ? SPAN_EMPTY : REAL(dcc_header_field)(header);
}

enum acl_verified WRAP(smtp_scan_dcc)(void *context)
{
    struct smtp_session *s = context;
    static bool asked; /* a row judges one connection */
    static enum acl_verified before;
    s->tx.dcc_asked = s->tx.dcc_asked && !fault_is("dcc-is-asked-again");
    if (asked && fault_is("dcc-answer-is-for-all")) {
        return before;
    }
    asked = true;
    return before = REAL(smtp_scan_dcc)(context);
}

/* --- Brightmail --------------------------------------------------------------------------------- */

static void not_told(void *context, bool main, span line)
{
    (void)context;
    (void)main;
    (void)line;
}

span WRAP(bmi_scan)(const struct bmi *bmi, const struct bmi_message *m, struct arena *arena)
{
    enum { PIECE = 4096 };
    struct bmi_message told = *m;
    struct bmi with = *bmi;
    with.log = fault_is("bmi-errors-are-not-told") ? not_told : bmi->log;
    told.body_at += fault_is("bmi-first-piece-is-lost") ? PIECE : 0;
    if (fault_is("bmi-null-sender-has-brackets") && m->sender.len == 0) {
        told.sender = SPAN("<>");
    }
    if (fault_is("bmi-local-mail-is-from-nowhere") && span_eq(m->ip, SPAN("127.0.0.1"))) {
        told.ip = SPAN("0.0.0.0");
    }
    struct bmi_recipient *all = arena_take_array(arena, m->recipient_count + 1, sizeof *all);
    for (size_t i = 0; i < m->recipient_count; i++) {
        all[i] = m->recipients[i];
        all[i].optin = fault_is("bmi-optin-is-lost") ? SPAN_EMPTY : all[i].optin;
    }
    told.recipients = all;
    told.recipient_count = fault_is("bmi-first-recipient-alone") ? 1 : m->recipient_count;
    span verdicts = REAL(bmi_scan)(&with, &told, arena);
    return fault_is("bmi-verdicts-are-lost") ? SPAN_EMPTY : verdicts;
}

/* The recipient stands there letter for letter. */
static bool is_named(const struct bmi_verdict *verdict, span local_part, span domain)
{
    for (size_t i = 0; i < verdict->recipients.count; i++) {
        span local, rest;
        (void)span_split(verdict->recipients.at[i], '@', &local, &rest);
        if (span_eq(local, local_part) && span_eq(rest, domain)) {
            return true;
        }
    }
    return false;
}

const struct bmi_verdict *WRAP(bmi_verdict_of)(const struct bmi_verdicts *verdicts, span local_part,
                                               span domain)
{
    if (fault_is("bmi-first-verdict-for-all") && verdicts != NULL && verdicts->all.count > 0) {
        return &verdicts->all.at[0];
    }
    static const struct bmi_verdict drop = {.readable = true, .drop = true};
    const struct bmi_verdict *verdict = REAL(bmi_verdict_of)(verdicts, local_part, domain);
    if (verdict == NULL && fault_is("bmi-no-verdict-is-drop")) {
        return &drop;
    }
    if (verdict != NULL && fault_is("bmi-recipients-have-a-case")) {
        return is_named(verdict, local_part, domain) ? verdict : NULL;
    }
    if (verdict != NULL && fault_is("bmi-location-is-lost")) {
        static struct bmi_verdict changed; /* one recipient is routed at a time */
        changed = *verdict;
        changed.location = SPAN_EMPTY;
        return &changed;
    }
    if (verdict != NULL && fault_is("bmi-tracker-is-the-verdict")) {
        static struct bmi_verdict changed;
        changed = *verdict;
        changed.tracker = verdict->base64;
        return &changed;
    }
    return verdict;
}

void WRAP(smtp_scan_brightmail)(struct smtp_session *s, struct smtp_receive *r)
{
    bool before = s->controls.marks.bmi_run;
    s->tx.changes.marks.bmi_run |= fault_is("bmi-runs-unasked");
    s->tx.changes.marks.bmi_run &= !(before && fault_is("bmi-run-is-for-a-message"));
    REAL(smtp_scan_brightmail)(s, r);
}

bool WRAP(bmi_rule_fired)(const struct bmi_verdict *verdict, span list)
{
    return REAL(bmi_rule_fired)(verdict, list) || (verdict != NULL && fault_is("bmi-any-rule-fires"));
}

/* clang-format off */
const struct fault scan_faults[] = {
    {"dcc-null-sender-is-empty", "an empty sender is told as an empty line", "dcc/null-sender", NULL},
    {"dcc-client-is-always-itself", "$acl_m_dcc_override_client_ip is not looked at", "dcc/override dcc/override-lookup", NULL},
    {"dcc-first-recipient-alone", "dccifd is told one recipient", "dcc/asked", NULL},
    {"dcc-helo-is-told", "dccifd is told the client's HELO name", "dcc/asked", NULL},
    {"dcc-body-is-not-told", "dccifd is told the header alone", "dcc/asked", NULL},
    {"dcc-greylisting-is-accepted", "G is taken for A", "dcc/answers dcc/greylist", NULL},
    {"dcc-temporary-is-rejected", "T is taken for R", "dcc/temporary", NULL},
    {"dcc-strange-is-accepted", "an answer that nobody knows is taken for A", "dcc/strange", NULL},
    {"dcc-silence-is-accepted", "no answer is taken for A", "dcc/silent dcc/closes", NULL},
    {"dcc-is-waited-for", "dccifd may take as long as it likes", "dcc/slow", NULL},
    {"dcc-field-is-not-added", "dcc_direct_add_header adds nothing", "dcc/direct dcc/direct-seen", NULL},
    {"dcc-is-asked-again", "each condition asks dccifd", "dcc/once", NULL},
    {"dcc-absent-is-accepted", "a dccifd that is not there accepts", "dcc/absent dcc/tcp-refused", NULL},
    {"dcc-large-mail-is-accepted", "an answer to a message of more than a megabyte counts as A", "dcc/closes-unread", NULL},
    {"dcc-address-has-a-default", "an address that is none is port 6277 of this host", "dcc/bad-address", NULL},
    {"dcc-is-on-this-host", "an address with a port is none", "dcc/tcp", NULL},
    {"dcc-has-no-options", "defer_ok is not looked at", "dcc/defer-ok dcc/defer-ok-absent", dcc_has_no_options},
    {"dcc-is-always-asked", "dccifd is asked whatever the first word is", "dcc/nobody-asked", dcc_is_always_asked},
    {"dcc-answer-is-for-all", "the answer of one message is that of the next", "dcc/next-message", NULL},
    {"dcc-answer-comes-at-once", "an answer is what can be read at once", "dcc/in-pieces", NULL},
    {"dcc-long-line-is-strange", "a first line of two characters is no answer", "dcc/long-first-line", NULL},
    {"dcc-rejection-is-not-logged", "R has no line in the log", "dcc/rejected", NULL},
    {"dcc-header-has-one-line", "of a folded field the first line is kept", "dcc/header-folded", NULL},
    {"dcc-header-has-no-end", "a long field is kept whole", "dcc/header-long", NULL},
    {"dcc-any-field-is-the-header", "$dcc_header has a field of any name", "dcc/header-other", NULL},
    {"bmi-errors-are-not-told", "what goes wrong is not logged", "bmi/config-lacks bmi/nonsense", NULL},
    {"bmi-first-piece-is-lost", "the first 4096 octets of a body are not handed over", "bmi/many", NULL},
    {"bmi-null-sender-has-brackets", "an empty sender is handed over as <>", "bmi/null-sender", NULL},
    {"bmi-local-mail-is-from-nowhere", "mail that comes from no host is from 0.0.0.0", "bmi/submitted", NULL},
    {"bmi-runs-unasked", "Brightmail is asked whatever ACLs say", "bmi/not-run", NULL},
    {"bmi-no-verdict-is-drop", "what was not scanned is not to be delivered", "bmi/unscanned", NULL},
    {"bmi-run-is-for-a-message", "bmi_run before MAIL is forgotten", "bmi/run-anywhere", NULL},
    {"bmi-recipients-have-a-case", "the recipient of a verdict is found letter for letter", "bmi/case", NULL},
    {"bmi-location-is-lost", "$bmi_alt_location is empty", "bmi/alternate bmi/variables", NULL},
    {"bmi-tracker-is-the-verdict", "$bmi_base64_tracker_verdict has the verdict", "bmi/verdict-field", NULL},
    {"bmi-aliases-have-no-verdict", "what comes of a recipient has no verdict", "bmi/inherited", NULL},
    {"bmi-optin-is-lost", "opt-in strings are not handed over", "bmi/optin bmi/optin-verdict", NULL},
    {"bmi-first-recipient-alone", "one recipient is told", "bmi/asked", NULL},
    {"bmi-verdicts-are-lost", "verdicts are not stored", "bmi/verdicts bmi/blackhole", NULL},
    {"bmi-first-verdict-for-all", "the first verdict is that of every recipient", "bmi/blackhole", NULL},
    {"bmi-any-rule-fires", "every rule fires", "bmi/rule", NULL},
};
/* clang-format on */
const size_t scan_fault_count = sizeof scan_faults / sizeof *scan_faults;

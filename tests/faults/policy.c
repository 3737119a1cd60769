/* SPF and DMARC gone wrong: functions of ref/seal as the linker's --wrap replaces them; faults.c has
   rows of them too. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/seal/dmarc.h"
#include "ref/smtp/dmarc.h"
#include "ref/smtp/expansions.h"
#include "ref/smtp/spf.h"

WRAPPED(spf_check);
WRAPPED(spf_record_read);
WRAPPED(spf_macro_put);
WRAPPED(dmarc_record_read);
WRAPPED(dmarc_organization);
WRAPPED(dmarc_check);
WRAPPED(dmarc_report_wanted);
WRAPPED(dmarc_report_due);
WRAPPED(dmarc_history_put);
WRAPPED(dmarc_report_put);
WRAPPED(spf_received_put);
WRAPPED(dmarc_is_record);
WRAPPED(dmarc_uri_next);
WRAPPED(dmarc_suffixes_hold);
WRAPPED(smtp_dmarc_status);
WRAPPED(smtp_option_text);

/* --- SPF ------------------------------------------------------------------------------------------ */

void WRAP(spf_check)(const struct spf_question *question, struct spf_answer *answer)
{
    static const struct {
        const char *fault;
        enum spf_result is;
        const char *why;         /* of that result; NULL: any */
        enum spf_result becomes;
    } rows[] = {
        {"spf-softfail-is-fail", SPF_IS_SOFTFAIL, NULL, SPF_IS_FAIL},
        {"spf-none-is-neutral", SPF_IS_NONE, NULL, SPF_IS_NEUTRAL},
        {"spf-terms-have-no-end", SPF_IS_PERMERROR, "more than 10 terms that ask the DNS", SPF_IS_PASS},
        {"spf-void-lookups-are-free", SPF_IS_PERMERROR, "more than 2 questions without an answer",
         SPF_IS_PASS},
        {"spf-silent-dns-is-none", SPF_IS_TEMPERROR, NULL, SPF_IS_NONE},
        {"spf-mail-hosts-have-no-end", SPF_IS_PERMERROR, "more than 10 mail hosts", SPF_IS_FAIL},
    };
    REAL(spf_check)(question, answer);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (fault_is(rows[i].fault) && answer->result == rows[i].is &&
            (rows[i].why == NULL || strcmp(answer->why, rows[i].why) == 0)) {
            answer->result = rows[i].becomes;
            return;
        }
    }
    answer->of_helo = answer->of_helo && !fault_is("spf-helo-is-mailfrom");
    answer->guessed = answer->guessed && !fault_is("spf-guesses-are-records");
    if (fault_is("spf-explains-nothing")) {
        answer->explanation = SPAN_EMPTY;
    }
}

bool WRAP(spf_record_read)(span text, struct arena *arena, struct spf_record *record,
                           const char **why)
{
    static const struct {
        const char *fault;
        enum spf_mechanism passed_by;
    } rows[] = {{"spf-include-is-passed-by", SPF_INCLUDE}, {"spf-ptr-is-passed-by", SPF_PTR}};
    bool good = REAL(spf_record_read)(text, arena, record, why);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t kept = 0;
        for (size_t k = 0; k < record->terms.count && fault_is(rows[i].fault); k++) {
            if (record->terms.at[k].mechanism != rows[i].passed_by) {
                record->terms.at[kept++] = record->terms.at[k];
            }
        }
        record->terms.count = fault_is(rows[i].fault) ? kept : record->terms.count;
    }
    record->redirect = fault_is("spf-redirect-is-passed-by") ? SPAN_EMPTY : record->redirect;
    return good || fault_is("spf-mistakes-are-let-pass");
}

void WRAP(spf_received_put)(const struct spf_question *q, const struct spf_answer *a, struct buf *out)
{
    struct spf_question changed = *q;
    changed.helo = fault_is("spf-received-lacks-helo") ? SPAN_EMPTY : q->helo;
    REAL(spf_received_put)(&changed, a, out);
}

static acl_item_run *item_real;

static void item_runs(const char *name, acl_item_run *run)
{
    const struct acl_item_row *row = acl_item_find(span_text(name));
    item_real = row->run;
    fault_set(&row->run, &run, sizeof run);
}

static enum acl_test without_old_names(struct acl_run *run, struct value value)
{
    return span_has(value.text, SPAN("err_")) ? ACL_NO : item_real(run, value);
}

static enum acl_test first_of_list(struct acl_run *run, struct value value)
{
    span rest;
    (void)span_split(value.text, ':', &value.text, &rest);
    value.text = span_trim(value.text);
    return item_real(run, value) == ACL_YES && rest.len == 0 ? ACL_YES : ACL_NO;
}

static void spf_old_names_are_unknown(void) { item_runs("spf", without_old_names); }
static void dmarc_status_is_one_word(void) { item_runs("dmarc_status", first_of_list); }

void WRAP(spf_macro_put)(const struct spf_macros *m, span text, struct buf *out)
{
    if (fault_is("spf-macros-are-text")) {
        buf_put(out, text);
        return;
    }
    REAL(spf_macro_put)(m, text, out);
}

/* --- DMARC ---------------------------------------------------------------------------------------- */

void WRAP(dmarc_record_read)(span text, bool walk, struct dmarc_record *record)
{
    REAL(dmarc_record_read)(text, walk, record);
    if (fault_is("dmarc-sp-is-ignored")) {
        record->sp = DMARC_IS_UNSET;
    }
    if (fault_is("dmarc-np-is-ignored")) {
        record->np = DMARC_IS_UNSET;
    }
    if (fault_is("dmarc-strict-is-relaxed")) {
        record->strict_dkim = record->strict_spf = false;
    }
    if (fault_is("dmarc-pct-is-all")) {
        record->pct = 100;
    }
    if (fault_is("dmarc-relaxed-is-strict")) {
        record->strict_dkim = record->strict_spf = true;
    }
    record->psd = fault_is("dmarc-psd-is-ignored") ? 'u' : record->psd;
    record->testing = record->testing && !fault_is("dmarc-testing-is-earnest");
    record->flawed = record->flawed && !fault_is("dmarc-flaws-do-not-matter");
}

/* The last two labels, whatever the list says. */
span WRAP(dmarc_organization)(const struct dmarc_suffixes *suffixes, span domain,
                              struct arena *arena)
{
    if (!fault_is("dmarc-suffixes-have-one-label") && !fault_is("dmarc-does-without-suffixes")) {
        return REAL(dmarc_organization)(suffixes, domain, arena);
    }
    size_t last = span_find_last_byte(domain, '.');
    size_t before = last == SPAN_NONE ? SPAN_NONE
                                      : span_find_last_byte(span_first(domain, last), '.');
    return before == SPAN_NONE ? domain : span_from(domain, before + 1);
}

void WRAP(dmarc_check)(const struct dmarc_question *question, struct dmarc_answer *answer)
{
    struct dmarc_question changed = *question;
    changed.dkim_count = fault_is("dmarc-knows-spf-alone") ? 0 : question->dkim_count;
    REAL(dmarc_check)(&changed, answer);
    answer->has_record |= fault_is("dmarc-history-has-all");
    if (answer->status == DMARC_NO_FROM && fault_is("dmarc-needs-no-author")) {
        answer->status = DMARC_ACCEPTS;
    }
    if (answer->status == DMARC_TEMPERROR && fault_is("dmarc-temperror-is-reject")) {
        answer->status = DMARC_REJECTS;
    }
}

bool WRAP(dmarc_report_wanted)(const struct dmarc_question *q, span policy_domain, span address,
                               millis *left, span *instead)
{
    if (fault_is("dmarc-reports-go-anywhere")) {
        *instead = SPAN_EMPTY;
        return true;
    }
    return REAL(dmarc_report_wanted)(q, policy_domain, address, left, instead);
}

bool WRAP(dmarc_report_due)(const struct dmarc_answer *a, bool dkim_failed, bool spf_failed)
{
    return fault_is("dmarc-reports-always") ||
           REAL(dmarc_report_due)(a, dkim_failed, spf_failed);
}

void WRAP(dmarc_history_put)(const struct dmarc_told *told, struct buf *out)
{
    struct dmarc_answer answer = *told->answer;
    struct dmarc_told changed = *told;
    if (fault_is("dmarc-history-knows-no-policy")) {
        answer.status = DMARC_LETS_PASS;
    }
    changed.answer = &answer;
    if (fault_is("dmarc-history-knows-no-arc")) {
        changed.arc = 11;
    }
    REAL(dmarc_history_put)(&changed, out);
}

void WRAP(dmarc_report_put)(const struct dmarc_told *told, struct buf *out)
{
    struct dmarc_told changed = *told;
    if (fault_is("dmarc-report-lacks-spf")) {
        changed.spf_record = SPAN_EMPTY;
    }
    REAL(dmarc_report_put)(&changed, out);
}

bool WRAP(dmarc_is_record)(span text)
{
    static bool seen; /* a row judges one message */
    bool is = fault_is("dmarc-version-is-anywhere") ? span_has(text, SPAN("DMARC1"))
                                                    : REAL(dmarc_is_record)(text);
    bool again = is && seen;
    seen = seen || is;
    return is && !(again && fault_is("dmarc-first-record-counts"));
}

bool WRAP(dmarc_uri_next)(span *list, span *uri)
{
    bool more = REAL(dmarc_uri_next)(list, uri);
    if (fault_is("dmarc-reports-to-the-first")) {
        *list = SPAN_EMPTY;
    }
    return more;
}

static void kept_for_ever(void *thing)
{
    (void)thing;
}

struct seal_held WRAP(dmarc_suffixes_hold)(struct seal_store *store, const char *path, struct arena *texts,
                                           const char **why)
{
    static const struct seal_kind_kept kind = {NULL, kept_for_ever};
    static char none;
    struct seal_held held = REAL(dmarc_suffixes_hold)(store, path, texts, why);
    if (fault_is("dmarc-does-without-suffixes") && held.thing == NULL) {
        return (struct seal_held){.thing = &none, .kind = &kind};
    }
    return held;
}

span WRAP(smtp_dmarc_status)(void *context)
{
    struct smtp_session *s = context;
    const struct conf_auth *authenticated = s->authenticated;
    s->tx.changes.marks.dmarc_enable_forensic |= fault_is("dmarc-reports-unasked");
    s->authenticated = fault_is("dmarc-judges-own-users") ? NULL : authenticated;
    span status = REAL(smtp_dmarc_status)(context);
    s->authenticated = authenticated;
    return status;
}

void WRAP(smtp_option_text)(struct smtp_session *s, const char *option, const struct template *t,
                            span *text)
{
    REAL(smtp_option_text)(s, option, t, text);
    bool unset = strcmp(option, "dmarc_forensic_sender") == 0 && text->len == 0;
    if (unset && fault_is("dmarc-report-has-a-sender")) {
        *text = SPAN("Mailer-Daemon@test.ex");
    }
    if (fault_is("dmarc-report-is-from-nobody") && strcmp(option, "dsn_from") == 0) {
        *text = SPAN("DMARC");
    }
}

static void result_is(enum dmarc_status which, const char *word)
{
    fault_set(&dmarc_statuses[which].result, &word, sizeof word);
}

static void dmarc_status_is_result(void) { result_is(DMARC_ACCEPTS, dmarc_statuses[DMARC_ACCEPTS].word); }

static void dmarc_exims_words_are_the_rfcs(void)
{
    fault_set(&dmarc_statuses[DMARC_LETS_PASS].exim, &dmarc_statuses[DMARC_LETS_PASS].result,
              sizeof(const char *));
}

/* clang-format off: a row a line */
const struct fault policy_faults[] = {
    {"spf-include-is-passed-by", "include is not looked at", "spf/include", NULL},
    {"spf-ptr-is-passed-by", "ptr is not looked at", "spf/ptr", NULL},
    {"spf-redirect-is-passed-by", "redirect is not looked at", "spf/redirect", NULL},
    {"spf-mail-hosts-have-no-end", "an eleventh mail host is one more that does not match", "spf/mail-hosts", NULL},
    {"spf-received-lacks-helo", "Received-SPF does not tell the HELO name", "spf/received", NULL},
    {"spf-outlives-its-message", "what SPF found is there for the next message too", "spf/reset", NULL},
    {"spf-old-names-are-unknown", "err_perm and err_temp hold for nothing", "spf/list", spf_old_names_are_unknown},
    {"dmarc-status-is-one-word", "a list behind dmarc_status never holds", "dmarc/reject", dmarc_status_is_one_word},
    {"dmarc-relaxed-is-strict", "relaxed alignment is strict", "dmarc/status", NULL},
    {"dmarc-knows-spf-alone", "signatures count for nothing", "dmarc/dkim", NULL},
    {"dmarc-version-is-anywhere", "a record may say its version at any place", "dmarc/record", NULL},
    {"dmarc-first-record-counts", "of several records the first counts", "dmarc/several", NULL},
    {"dmarc-does-without-suffixes", "without a list every public suffix has one label", "dmarc/tld-file", NULL},
    {"dmarc-judges-own-users", "mail of users who have logged in is judged", "dmarc/skip", NULL},
    {"dmarc-status-is-result", "${authresults has the status for a result", "dmarc/authres", dmarc_status_is_result},
    {"dmarc-exims-words-are-the-rfcs", "Exim's form says fail where the policy is none", "dmarc/authres-exim", dmarc_exims_words_are_the_rfcs},
    {"dmarc-history-has-all", "the history has messages without a record", "dmarc/history-none", NULL},
    {"dmarc-history-knows-no-arc", "the history has no chains", "dmarc/history-arc", NULL},
    {"dmarc-reports-unasked", "reports are made whatever the ACL says", "dmarc/forensic-control", NULL},
    {"dmarc-reports-to-the-first", "the first address of ruf= gets a report", "dmarc/forensic-each", NULL},
    {"dmarc-report-has-a-sender", "a report has a sender though none is set", "dmarc/forensic-default", NULL},
    {"dmarc-report-is-from-nobody", "dsn_from is not asked for the From: of a report", "dmarc/forensic-empty", NULL},
};
/* clang-format on */
const size_t policy_fault_count = sizeof policy_faults / sizeof *policy_faults;

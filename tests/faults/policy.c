/* SPF and DMARC gone wrong: functions of ref/seal as the linker's --wrap replaces them; faults.c has the
   rows. */
#include "tests/faults/faults.h"

#include "ref/seal/dmarc.h"

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

void REAL(spf_check)(const struct spf_question *question, struct spf_answer *answer);
void WRAP(spf_check)(const struct spf_question *question, struct spf_answer *answer);
bool REAL(spf_record_read)(span text, struct arena *arena, struct spf_record *record,
                           const char **why);
bool WRAP(spf_record_read)(span text, struct arena *arena, struct spf_record *record,
                           const char **why);
void REAL(spf_macro_put)(const struct spf_macros *m, span text, struct buf *out);
void WRAP(spf_macro_put)(const struct spf_macros *m, span text, struct buf *out);
void REAL(dmarc_record_read)(span text, bool walk, struct dmarc_record *record);
void WRAP(dmarc_record_read)(span text, bool walk, struct dmarc_record *record);
span REAL(dmarc_organization)(const struct dmarc_suffixes *suffixes, span domain,
                              struct arena *arena);
span WRAP(dmarc_organization)(const struct dmarc_suffixes *suffixes, span domain,
                              struct arena *arena);
void REAL(dmarc_check)(const struct dmarc_question *question, struct dmarc_answer *answer);
void WRAP(dmarc_check)(const struct dmarc_question *question, struct dmarc_answer *answer);
bool REAL(dmarc_report_wanted)(const struct dmarc_question *q, span policy_domain, span address);
bool WRAP(dmarc_report_wanted)(const struct dmarc_question *q, span policy_domain, span address);
bool REAL(dmarc_report_due)(const struct dmarc_answer *a, bool dkim_failed, bool spf_failed);
bool WRAP(dmarc_report_due)(const struct dmarc_answer *a, bool dkim_failed, bool spf_failed);
void REAL(dmarc_history_put)(const struct dmarc_told *told, struct buf *out);
void WRAP(dmarc_history_put)(const struct dmarc_told *told, struct buf *out);
void REAL(dmarc_report_put)(const struct dmarc_told *told, struct buf *out);
void WRAP(dmarc_report_put)(const struct dmarc_told *told, struct buf *out);

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
    return REAL(spf_record_read)(text, arena, record, why) || fault_is("spf-mistakes-are-let-pass");
}

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
    record->psd = fault_is("dmarc-psd-is-ignored") ? 'u' : record->psd;
    record->testing = record->testing && !fault_is("dmarc-testing-is-earnest");
    record->flawed = record->flawed && !fault_is("dmarc-flaws-do-not-matter");
}

/* The last two labels, whatever the list says. */
span WRAP(dmarc_organization)(const struct dmarc_suffixes *suffixes, span domain,
                              struct arena *arena)
{
    if (!fault_is("dmarc-suffixes-have-one-label")) {
        return REAL(dmarc_organization)(suffixes, domain, arena);
    }
    size_t last = span_find_last_byte(domain, '.');
    size_t before = last == SPAN_NONE ? SPAN_NONE
                                      : span_find_last_byte(span_first(domain, last), '.');
    return before == SPAN_NONE ? domain : span_from(domain, before + 1);
}

void WRAP(dmarc_check)(const struct dmarc_question *question, struct dmarc_answer *answer)
{
    REAL(dmarc_check)(question, answer);
    if (answer->status == DMARC_NO_FROM && fault_is("dmarc-needs-no-author")) {
        answer->status = DMARC_ACCEPTS;
    }
    if (answer->status == DMARC_TEMPERROR && fault_is("dmarc-temperror-is-reject")) {
        answer->status = DMARC_REJECTS;
    }
}

bool WRAP(dmarc_report_wanted)(const struct dmarc_question *q, span policy_domain, span address)
{
    return fault_is("dmarc-reports-go-anywhere") ||
           REAL(dmarc_report_wanted)(q, policy_domain, address);
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

/* Scanners and the rewriting of senders: what dccifd is told and what its answer is taken for,
   Brightmail's verdicts, and addresses in libsrs_alt's way. */
#include "tests/faults/faults.h"

#include "ref/scan/bmi.h"
#include "ref/scan/dcc.h"
#include "ref/seal/srs_alt.h"
#include "ref/smtp/scan.h"

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

err REAL(dcc_ask)(const struct address *to, const struct dcc_query *query, millis wait,
                  struct arena *arena, struct dcc_answer *answer);
err WRAP(dcc_ask)(const struct address *to, const struct dcc_query *query, millis wait,
                  struct arena *arena, struct dcc_answer *answer);
span REAL(dcc_header_field)(span header);
span WRAP(dcc_header_field)(span header);
enum acl_verified REAL(smtp_scan_dcc)(void *context);
enum acl_verified WRAP(smtp_scan_dcc)(void *context);
enum srs_alt_end REAL(srs_alt_forward)(const struct srs_alt *srs, span sender, span domain,
                                       instant now, struct arena *arena, span *made);
enum srs_alt_end WRAP(srs_alt_forward)(const struct srs_alt *srs, span sender, span domain,
                                       instant now, struct arena *arena, span *made);
enum srs_alt_end REAL(srs_alt_reverse)(const struct srs_alt *srs, span local_part, instant now,
                                       struct arena *arena, span *made);
enum srs_alt_end WRAP(srs_alt_reverse)(const struct srs_alt *srs, span local_part, instant now,
                                       struct arena *arena, span *made);
span REAL(bmi_scan)(const struct bmi *bmi, const struct bmi_message *m, struct arena *arena);
span WRAP(bmi_scan)(const struct bmi *bmi, const struct bmi_message *m, struct arena *arena);
const struct bmi_verdict *REAL(bmi_verdict_of)(const struct bmi_verdicts *verdicts, span local_part,
                                               span domain);
const struct bmi_verdict *WRAP(bmi_verdict_of)(const struct bmi_verdicts *verdicts, span local_part,
                                               span domain);
bool REAL(bmi_rule_fired)(const struct bmi_verdict *verdict, span list);
bool WRAP(bmi_rule_fired)(const struct bmi_verdict *verdict, span list);

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
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (a->outcome == rows[i].is && fault_is(rows[i].fault)) {
            a->outcome = rows[i].as;
        }
    }
}

err WRAP(dcc_ask)(const struct address *to, const struct dcc_query *query, millis wait,
                  struct arena *arena, struct dcc_answer *answer)
{
    struct dcc_query told = *query;
    told_wrongly(&told);
    wait = fault_is("dcc-is-waited-for") ? 600000 : wait;
    err e = REAL(dcc_ask)(to, &told, wait, arena, answer);
    if (!failed(e)) {
        taken_wrongly(answer);
    }
    return e;
}

span WRAP(dcc_header_field)(span header)
{
    return fault_is("dcc-field-is-not-added") ? SPAN_EMPTY : REAL(dcc_header_field)(header);
}

enum acl_verified WRAP(smtp_scan_dcc)(void *context)
{
    struct smtp_session *s = context;
    s->tx.dcc_asked = s->tx.dcc_asked && !fault_is("dcc-is-asked-again");
    return REAL(smtp_scan_dcc)(context);
}

/* --- senders ------------------------------------------------------------------------------------ */

enum srs_alt_end WRAP(srs_alt_forward)(const struct srs_alt *srs, span sender, span domain,
                                       instant now, struct arena *arena, span *made)
{
    struct srs_alt other = *srs;
    if (fault_is("srs-alt-last-secret-signs") && srs->secret_count > 1) {
        other.secrets[0] = srs->secrets[srs->secret_count - 1];
    }
    if (fault_is("srs-alt-stamp-is-left-out")) {
        other.use_stamp = false;
    }
    return REAL(srs_alt_forward)(&other, sender, domain, now, arena, made);
}

enum srs_alt_end WRAP(srs_alt_reverse)(const struct srs_alt *srs, span local_part, instant now,
                                       struct arena *arena, span *made)
{
    enum { LONGEST = 2000 };
    struct srs_alt other = *srs;
    other.secret_count = fault_is("srs-alt-one-secret-verifies") ? 1 : srs->secret_count;
    other.hash_least = fault_is("srs-alt-any-length-verifies") ? 1 : srs->hash_least;
    enum srs_alt_end end = REAL(srs_alt_reverse)(&other, local_part, now, arena, made);
    for (int day = 1; end == SRS_ALT_EXPIRED && day < LONGEST && fault_is("srs-alt-stays-valid"); day++) {
        end = REAL(srs_alt_reverse)(&other, local_part, now - day * 86400 * NANOS_PER_SECOND, arena, made);
    }
    bool fails = end == SRS_ALT_BAD_HASH || end == SRS_ALT_EXPIRED || end == SRS_ALT_BAD_STAMP;
    return fails && fault_is("srs-alt-forgery-leads-on") ? SRS_ALT_NOT_SRS : end;
}

/* --- Brightmail --------------------------------------------------------------------------------- */

span WRAP(bmi_scan)(const struct bmi *bmi, const struct bmi_message *m, struct arena *arena)
{
    struct bmi_message told = *m;
    struct bmi_recipient *all = arena_take_array(arena, m->recipient_count + 1, sizeof *all);
    for (size_t i = 0; i < m->recipient_count; i++) {
        all[i] = m->recipients[i];
        all[i].optin = fault_is("bmi-optin-is-lost") ? SPAN_EMPTY : all[i].optin;
    }
    told.recipients = all;
    told.recipient_count = fault_is("bmi-first-recipient-alone") ? 1 : m->recipient_count;
    span verdicts = REAL(bmi_scan)(bmi, &told, arena);
    return fault_is("bmi-verdicts-are-lost") ? SPAN_EMPTY : verdicts;
}

const struct bmi_verdict *WRAP(bmi_verdict_of)(const struct bmi_verdicts *verdicts, span local_part,
                                               span domain)
{
    if (fault_is("bmi-first-verdict-for-all") && verdicts != NULL && verdicts->all.count > 0) {
        return &verdicts->all.at[0];
    }
    return REAL(bmi_verdict_of)(verdicts, local_part, domain);
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
    {"srs-alt-last-secret-signs", "the last secret signs", "srs/alt-hash", NULL},
    {"srs-alt-stamp-is-left-out", "addresses have no day", "srs/alt-forward", NULL},
    {"srs-alt-one-secret-verifies", "only the first secret verifies", "srs/alt-secrets", NULL},
    {"srs-alt-any-length-verifies", "one character of a hash is enough", "srs/alt-short srs/alt-forged", NULL},
    {"srs-alt-stays-valid", "an address does not expire", "srs/alt-expires", NULL},
    {"srs-alt-forgery-leads-on", "a forged address is left to the next router", "srs/alt-forged-next", NULL},
    {"bmi-optin-is-lost", "opt-in strings are not handed over", "bmi/optin bmi/optin-verdict", NULL},
    {"bmi-first-recipient-alone", "one recipient is told", "bmi/asked", NULL},
    {"bmi-verdicts-are-lost", "verdicts are not stored", "bmi/verdicts bmi/blackhole", NULL},
    {"bmi-first-verdict-for-all", "the first verdict is that of every recipient", "bmi/blackhole", NULL},
    {"bmi-any-rule-fires", "every rule fires", "bmi/rule", NULL},
};
/* clang-format on */
const size_t scan_fault_count = sizeof scan_faults / sizeof *scan_faults;

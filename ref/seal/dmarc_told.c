/* What DMARC found, for opendmarc-import and for the domain's owner. The block of the history has the
   order and the numbers that the importer knows; the report is that of RFC 6591 as RFC 7489 7.3.1
   completes it. */
#include "ref/seal/dmarc.h"

#include "ref/mail/ascii.h"
#include "ref/mail/date.h"

enum { FIELD_LINE_MOST = 900 }; /* octets; RFC 5322 2.1.1 has 998 */

/* --- history -------------------------------------------------------------------------------------- */

static const unsigned spf_numbers[SPF_IS_COUNT] = {
    [SPF_IS_PASS] = 0,    [SPF_IS_SOFTFAIL] = 2,  [SPF_IS_NEUTRAL] = 3, [SPF_IS_TEMPERROR] = 4,
    [SPF_IS_PERMERROR] = 5, [SPF_IS_NONE] = 6, [SPF_IS_FAIL] = 7,
};

/* "n", "q", "r" as numbers. */
static unsigned policy_number(enum dmarc_policy policy)
{
    return (unsigned char)dmarc_policies[policy][0];
}

/* A name from the message must not begin a line or a word of its own. */
static void word_put(span value, struct buf *out)
{
    for (size_t i = 0; i < value.len; i++) {
        buf_put_byte(out, value.at[i] <= ' ' || value.at[i] == 127 ? '?' : value.at[i]);
    }
}

static void line_put(const char *key, span value, struct buf *out)
{
    buf_printf(out, "%s ", key);
    word_put(value, out);
    buf_put_byte(out, '\n');
}

static void identities_put(const struct dmarc_question *q, struct buf *out)
{
    if (q->has_spf) {
        buf_printf(out, "spf %u\n", spf_numbers[q->spf]);
    }
    for (size_t i = 0; i < q->dkim_count; i++) {
        buf_put_text(out, "dkim ");
        word_put(q->dkim[i].domain, out);
        buf_put_byte(out, ' ');
        word_put(q->dkim[i].selector, out);
        buf_printf(out, " %u\n", q->dkim[i].history);
    }
}

void dmarc_history_put(const struct dmarc_told *t, struct buf *out)
{
    const struct dmarc_question *q = t->question;
    const struct dmarc_answer *a = t->answer;
    const struct dmarc_record *r = &a->record;
    span list = r->rua, uri;
    bool any = false;
    line_put("job", t->id, out);
    line_put("reporter", t->reporter, out);
    buf_printf(out, "received %lld\n", (long long)(t->received / NANOS_PER_SECOND));
    line_put("ipaddr", t->client, out);
    line_put("from", q->from, out);
    line_put("mfrom", mail_domain_in_ascii(t->mail_domain, q->arena), out); /* its importer has ASCII tables */
    identities_put(q, out);
    line_put("pdomain", a->used, out);
    buf_printf(out, "policy %u\n", dmarc_statuses[a->status].policy);
    while (dmarc_uri_next(&list, &uri)) {
        line_put("rua", uri, out);
        any = true;
    }
    buf_printf(out, "%spct %u\nadkim %u\naspf %u\np %u\nsp %u\n", any ? "" : "rua -\n", r->pct,
               r->strict_dkim ? 's' : 'r', r->strict_spf ? 's' : 'r', policy_number(r->p),
               policy_number(r->sp));
    buf_printf(out, "align_dkim %u\nalign_spf %u\naction %u\n", a->aligned_dkim ? 4 : 5,
               a->aligned_spf ? 4 : 5, dmarc_statuses[a->status].action);
    buf_printf(out, "arc %u\narc_policy %u json:[%.*s]\n", t->arc,
               t->arc == 0 ? 0U : t->arc == 7 ? 2U : 1U, SPAN_FMT(t->arc_json));
}

/* --- reports -------------------------------------------------------------------------------------- */

bool dmarc_report_due(const struct dmarc_answer *a, bool dkim_failed, bool spf_failed)
{
    bool failed = a->status == DMARC_REJECTS || a->status == DMARC_QUARANTINES ||
                  a->status == DMARC_LETS_PASS;
    bool asked = (a->record.fo & (DMARC_FO_ALL | DMARC_FO_ANY)) != 0 ||
                 ((a->record.fo & DMARC_FO_DKIM) != 0 && dkim_failed) ||
                 ((a->record.fo & DMARC_FO_SPF) != 0 && spf_failed);
    return a->has_record && a->record.ruf.len > 0 && failed && asked &&
           a->policy >= DMARC_IS_QUARANTINE;
}

static void head_put(const struct dmarc_told *t, struct buf *out)
{
    buf_printf(out,
               "Auto-Submitted: auto-replied\nFrom: %.*s\nTo: %.*s\n"
               "Subject: DMARC Forensic Report for %.*s from IP %.*s\n"
               "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report;\n"
               "\tboundary=\"%.*s\"\nMessage-Id: <%.*s>\nDate: %.*s\n\n",
               SPAN_FMT(t->author), SPAN_FMT(t->to), SPAN_FMT(t->question->from),
               SPAN_FMT(t->client), SPAN_FMT(t->boundary), SPAN_FMT(t->message_id),
               SPAN_FMT(t->date));
}

/* When the message came, which is before there was a report of it. */
static const char *arrival_of(const struct dmarc_told *t)
{
    char *date = arena_take(t->question->arena, MAIL_DATE_ROOM);
    return mail_date_write(t->received, mail_zone_offset(t->received), date);
}

static void text_put(const struct dmarc_told *t, struct buf *out)
{
    const struct dmarc_answer *a = t->answer;
    buf_printf(out,
               "--%.*s\nContent-Type: text/plain; charset=us-ascii\n\n"
               "A message claiming to be from you has failed the published DMARC\n"
               "policy for your domain.\n\n  Sender Domain: %.*s\n  Sender IP Address: %.*s\n"
               "  Received Date: %s\n  SPF Alignment: %s\n  DKIM Alignment: %s\n"
               "  DMARC Results: %s\n\n",
               SPAN_FMT(t->boundary), SPAN_FMT(t->question->from), SPAN_FMT(t->client),
               arrival_of(t), a->aligned_spf ? "yes" : "no", a->aligned_dkim ? "yes" : "no",
               dmarc_statuses[a->status].text);
}

/* Fields of a report hold what came from the message: one field each, on lines that can be sent. */
static void field_put(const char *name, span value, struct buf *out)
{
    size_t begin = out->len;
    buf_printf(out, "%s: ", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = value.at[i];
        if (out->len - begin >= FIELD_LINE_MOST) {
            buf_put_text(out, "\n ");
            begin = out->len;
        }
        buf_put_byte(out, c == '\n' || c == '\t' ? ' ' : c < 32 || c > 126 ? '?' : c);
    }
    buf_put_byte(out, '\n');
}

/* The record as a quoted-string (RFC 6591 3.2.6). */
static void spf_put(const struct dmarc_told *t, struct buf *out)
{
    struct buf text;
    buf_init(&text, 2 * t->spf_record.len + t->spf_domain.len + 16);
    buf_printf(&text, "txt : %.*s : \"", SPAN_FMT(t->spf_domain));
    buf_put_escaped(&text, t->spf_record, "\"\\");
    buf_put_byte(&text, '"');
    field_put("SPF-DNS", buf_span(&text), out);
    buf_wipe(&text);
}

static void feedback_put(const struct dmarc_told *t, struct buf *out)
{
    const struct dmarc_answer *a = t->answer;
    const struct dmarc_question *q = t->question;
    buf_printf(out,
               "--%.*s\nContent-Type: message/feedback-report\n\nFeedback-Type: auth-failure\n"
               "User-Agent: %.*s\nVersion: 1\nAuth-Failure: dmarc\n",
               SPAN_FMT(t->boundary), SPAN_FMT(t->version));
    field_put("Original-Mail-From",
              span_text(arena_printf(q->arena, "<%.*s>", SPAN_FMT(t->sender))), out);
    buf_printf(out, "Arrival-Date: %s\nSource-IP: %.*s\n", arrival_of(t), SPAN_FMT(t->client));
    field_put("Reported-Domain", q->from, out);
    field_put("Authentication-Results", t->results, out);
    buf_printf(out, "Identity-Alignment: %s\n",
               a->aligned_spf && a->aligned_dkim ? "spf,dkim"
               : a->aligned_spf                  ? "spf"
               : a->aligned_dkim                 ? "dkim"
                                                 : "none");
    for (size_t i = 0; i < q->dkim_count && i < 1; i++) { /* at most one of each (RFC 6591 3.1) */
        field_put("DKIM-Domain", q->dkim[i].domain, out);
        field_put("DKIM-Identity", q->dkim[i].identity, out);
        field_put("DKIM-Selector", q->dkim[i].selector, out);
    }
    spf_put(t, out);
    buf_printf(out, "Delivery-Result: %s\n\n", dmarc_statuses[a->status].delivery);
}

void dmarc_report_put(const struct dmarc_told *t, struct buf *out)
{
    head_put(t, out);
    text_put(t, out);
    feedback_put(t, out);
    buf_printf(out, "--%.*s\nContent-Type: text/rfc822-headers\n\n", SPAN_FMT(t->boundary));
    for (size_t i = 0; i < t->header.len; i++) { /* the report is not declared as 8bit */
        buf_put_byte(out, t->header.at[i] > 126 || t->header.at[i] == '\r' ? '?' : t->header.at[i]);
    }
    buf_printf(out, "\n--%.*s--\n", SPAN_FMT(t->boundary));
}

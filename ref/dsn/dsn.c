/* A report as a message: header section, three parts, and an envelope of its own with no sender and no
   DSN parameters (RFC 3461 6.1). It is put together by the spool's own writer, as if it had been
   received, so that there is one way only for a message to come into being. */
#include "ref/dsn/report.h"

#include "base/map.h"

#include "ref/expand/match.h"
#include "ref/log/arrival.h"
#include "ref/mail/date.h"
#include "ref/mail/received.h"
#include "ref/mail/utf8.h"

enum {
    REFERENCES_MOST = 12,
    FAILED_IN_FIELD = 50,
    TEXT_CEILING = 1 << 20,       /* octets, without what is said of recipients: */
    RECIPIENT_CEILING = 1 << 18   /* of each, texts of servers included */
};

struct report {
    const struct dsn_request *r;
    struct spool_message message;
    struct dsn_returned returned;
    const char *boundary;
    bool utf8;               /* what is told needs UTF-8: RFC 6533 */
    span subject;
};

bool dsn_wanted(unsigned notify, enum dsn_kind kind)
{
    static const unsigned bits[] = {
        [DSN_KIND_FAILURE] = DSN_FAILURE,
        [DSN_KIND_DELAY] = DSN_DELAY,
        [DSN_KIND_SUCCESS] = DSN_SUCCESS,
        [DSN_KIND_REFUSED] = 0,
    };
    /* RFC 3461 4.1: without NOTIFY failures are told, and delays may be. */
    return notify == 0 ? kind < DSN_KIND_SUCCESS : (notify & bits[kind]) != 0;
}

/* --- header section ------------------------------------------------------------------------------ */

static void expanded_put(const struct report *p, const struct template *t, const char *option,
                         const char *otherwise, const char *name, struct buf *out)
{
    const struct dsn_request *r = p->r;
    span text = span_text(otherwise);
    if (t != NULL) {
        struct expanded e = expand(t, r->expansion);
        if (e.outcome == EXPAND_OK && span_find_byte(e.value.text, '\n') == SPAN_NONE) {
            text = e.value.text;
        } else {
            log_printf(r->log, LOG_MAIN | LOG_PANIC, span_text(r->original->envelope.id),
                       "expansion of \"%s\" failed, its default is used: %s", option,
                       e.outcome == EXPAND_OK ? "it has several lines" : e.why);
        }
    }
    if (text.len > 0) {
        buf_printf(out, "%s: %.*s\n", name, SPAN_FMT(text));
    }
}

/* Each address once: several recipients may have come to it. Where half of what a header section may have is
   full of them, the rest is left to the parts, which tell of all. */
static void failed_recipients_put(const struct dsn_request *r, struct buf *out)
{
    const size_t most = r->spool->options.header_limit / 2;
    struct map named = {0};
    size_t told = 0;
    for (size_t i = 0; r->kind == DSN_KIND_FAILURE && i < r->count && out->len < most; i++) {
        const struct delivery_address *a = r->about[i].address;
        bool is_named = !a->hidden && !mail_has_high(a->address);
        if (is_named) {
            (void)map_put(&named, r->arena, a->address, &named);
        }
        if (named.count == told) {
            continue;
        }
        if (told % FAILED_IN_FIELD == 0) {
            buf_put_text(out, told > 0 ? "\n" : "");
            buf_put_text(out, "X-Failed-Recipients: ");
        } else {
            buf_put_text(out, ",\n  ");
        }
        buf_put(out, a->address);
        told++;
    }
    buf_put_text(out, told > 0 ? "\n" : "");
}

/* RFC 5322 3.6.4: the original's References: (or In-Reply-To:) and its Message-Id:. */
static void references_put(const struct dsn_request *r, struct buf *out)
{
    span ids = dsn_original_field(r, SPAN("References"));
    span own = dsn_original_field(r, SPAN("Message-Id"));
    VEC(span) list = {0};
    ids = ids.len > 0 ? ids : dsn_original_field(r, SPAN("In-Reply-To"));
    while (ids.len > 0) {
        size_t from = span_find_byte(ids, '<');
        size_t to = span_find_byte(ids, '>');
        if (from == SPAN_NONE || to == SPAN_NONE || to < from) {
            break;
        }
        vec_add(r->arena, &list, span_part(ids, from, to + 1 - from));
        ids = span_from(ids, to + 1);
    }
    if (own.len > 0) {
        vec_add(r->arena, &list, own);
    }
    size_t first = list.count > REFERENCES_MOST ? list.count - REFERENCES_MOST : 0;
    for (size_t i = first; i < list.count; i++) {
        buf_printf(out, "%s%.*s", i == first ? "References: " : "\n ", SPAN_FMT(list.at[i]));
    }
    buf_put_text(out, first < list.count ? "\n" : "");
}

/* RFC 3464 2.1: what is for programs is about one recipient at least. */
static bool tells_programs(const struct dsn_request *r)
{
    return r->kind != DSN_KIND_REFUSED;
}

static void header_put(const struct report *p, struct buf *out)
{
    const struct dsn_request *r = p->r;
    const struct conf_main *m = &r->conf->main;
    const char *id = p->message.envelope.id;
    char date[MAIL_DATE_ROOM];
    failed_recipients_put(r, out);
    expanded_put(p, m->errors_reply_to, "errors_reply_to", "", "Reply-To", out);
    buf_printf(out, "Auto-Submitted: %s\n",
               r->kind == DSN_KIND_SUCCESS ? "auto-generated" : "auto-replied");
    expanded_put(p, m->dsn_from, "dsn_from",
                 arena_printf(r->arena, "Mail Delivery System <Mailer-Daemon@%s>",
                              m->qualify_domain), "From", out);
    buf_printf(out, "To: %.*s\n", SPAN_FMT(r->to));
    references_put(r, out);
    buf_printf(out, "Content-Type: multipart/%s;\n boundary=%s\n",
               tells_programs(r) ? "report; report-type=delivery-status" : "mixed", p->boundary);
    buf_put_text(out, "MIME-Version: 1.0\n");
    if (p->returned.eight_bit || p->utf8) {
        buf_put_text(out, "Content-Transfer-Encoding: 8bit\n");
    }
    dsn_subject_put(r, out);
    buf_printf(out, "Message-Id: <E%s@%s>\n", id, m->primary_hostname);
    buf_printf(out, "Date: %s\n\n", mail_date_write(r->now, mail_zone_offset(r->now), date));
}

/* --- parts --------------------------------------------------------------------------------------- */

static void part_put(const struct report *p, const char *type, bool eight_bit, struct buf *out)
{
    buf_printf(out, "--%s\nContent-type: %s\n%s\n", p->boundary, type,
               eight_bit ? "Content-Transfer-Encoding: 8bit\n" : "");
}

static err piece_put(void *context, span piece)
{
    struct report *p = context;
    return spool_message_write(&p->message, piece);
}

/* What a remote server said may be in any character set; what we say is in the one that is named. */
static void charset_keep(struct buf *out, size_t from, bool utf8)
{
    bool fine = utf8 && mail_utf8_bad(span_from(buf_span(out), from)) == SPAN_NONE;
    for (size_t i = from; !fine && i < out->len; i++) {
        out->at[i] = out->at[i] > 127 ? '?' : out->at[i];
    }
}

static err text_write(struct report *p)
{
    struct buf out;
    bool utf8 = p->utf8;
    bool global = p->r->original->envelope.smtputf8;
    buf_init(&out, TEXT_CEILING + p->r->count * RECIPIENT_CEILING);
    header_put(p, &out);
    part_put(p, utf8 ? "text/plain; charset=utf-8" : "text/plain; charset=us-ascii", utf8, &out);
    size_t from = out.len;
    dsn_text_put(p->r, &out);
    charset_keep(&out, from, utf8);
    buf_put_byte(&out, '\n');
    if (tells_programs(p->r)) {
        part_put(p, utf8 ? "message/global-delivery-status" : "message/delivery-status", utf8, &out);
        dsn_fields_put(p->r, &out);
        buf_put_byte(&out, '\n');
    }
    part_put(p, p->returned.whole ? (global ? "message/global" : "message/rfc822")
                                  : (global ? "message/global-headers" : "text/rfc822-headers"),
             p->returned.eight_bit, &out);
    span all;
    err e = buf_end(&out, &all);
    if (!failed(e)) {
        e = spool_message_write(&p->message, all);
    }
    buf_wipe(&out);
    TRY(e);
    TRY(dsn_original_write(p->r, p->returned, piece_put, p));
    const char *end = arena_printf(p->r->arena, "\n--%s--\n", p->boundary);
    return spool_message_write(&p->message, span_text(end));
}

/* --- envelope ------------------------------------------------------------------------------------ */

/* errors_copy: "pattern addresses", the first whose pattern has the address that is told. */
static void copies_add(struct report *p)
{
    const struct dsn_request *r = p->r;
    struct envelope *e = &p->message.envelope;
    if (r->conf->main.errors_copy == NULL || r->kind >= DSN_KIND_SUCCESS) {
        return;
    }
    struct expanded list = expand(r->conf->main.errors_copy, r->expansion);
    if (list.outcome != EXPAND_OK) {
        return;
    }
    struct list_reader items = list_reader_of(list.value.text);
    for (span item; list_next(&items, r->arena, &item);) {
        size_t end = span_find_byte(item, ' ');
        if (end == SPAN_NONE ||
            match_address(r->expansion, r->to, (struct value){span_first(item, end), false})
                    .outcome != MATCH_YES) {
            continue;
        }
        span addresses = span_trim(span_from(item, end)), one;
        for (bool more = addresses.len > 0; more;) {
            more = span_split(addresses, ',', &one, &addresses);
            one = span_trim(one);
            if (one.len > 0) {
                vec_add(r->arena, &e->recipients,
                        ((struct recipient){.address = arena_copy(r->arena, one), .parent = -1}));
            }
        }
        return;
    }
}

static void envelope_fill(struct report *p)
{
    struct envelope *e = &p->message.envelope;
    e->sender = SPAN_EMPTY;
    e->protocol = SPAN("local");
    e->ident = e->login;
    e->local = true;
    e->local_error = true;
    e->requiretls = p->r->original->envelope.requiretls;   /* RFC 8689 5 */
    e->smtputf8 = p->utf8;
    vec_add(p->r->arena, &e->recipients,
            ((struct recipient){.address = p->r->to, .parent = -1}));
    copies_add(p);
}

static void received_put(struct report *p)
{
    const struct dsn_request *r = p->r;
    const struct envelope *e = &p->message.envelope;
    struct mail_received received = {
        .ident = e->login, .by = span_text(r->conf->main.primary_hostname), .protocol = e->protocol,
        .version = span_text(r->version), .id = span_text(e->id),
        .recipient = e->recipients.count == 1 ? e->recipients.at[0].address : SPAN_EMPTY,
        .when = e->received, .offset = mail_zone_offset(e->received)};
    struct buf text;
    buf_init(&text, DSN_TEXT_CEILING);
    mail_received_write(&received, &text);
    spool_message_add(&p->message, true, 'P', buf_span(&text));
    buf_wipe(&text);
}

static void arrival_tell(struct report *p)
{
    const struct dsn_request *r = p->r;
    const struct envelope *e = &p->message.envelope;
    struct buf subject;
    buf_init(&subject, DSN_TEXT_CEILING);
    dsn_subject_put(r, &subject);
    span text = span_trim_space(span_from(buf_span(&subject), strlen("Subject: ")));
    const char *id = arena_printf(r->arena, "E%s@%s", e->id, r->conf->main.primary_hostname);
    span *recipients = arena_take_array(r->arena, e->recipients.count + 1, sizeof *recipients);
    for (size_t i = 0; i < e->recipients.count; i++) {
        recipients[i] = e->recipients.at[i].address;
    }
    struct log_arrival arrival = {
        .id = span_text(e->id), .report_on = span_text(r->original->envelope.id), .ident = e->ident,
        .protocol = e->protocol, .size = spool_message_size(&p->message),
        .receive_time = e->complete - e->received,
        .queue = span_text(p->message.spool->options.queue), .message_id = span_text(id),
        .id_created = true, .has_subject = true, .subject = text, .recipients = recipients,
        .recipient_count = e->recipients.count};
    log_arrival(r->log, &arrival);
    buf_wipe(&subject);
}

static err write_and_commit(struct report *p)
{
    TRY(text_write(p));
    TRY(spool_message_end(&p->message));
    envelope_fill(p);
    received_put(p);
    return spool_message_commit(&p->message);
}

static bool needs_utf8(const struct dsn_request *r)
{
    bool high = mail_has_high(r->to);
    for (size_t i = 0; i < r->count; i++) {
        high |= mail_has_high(r->about[i].address->address) ||
                mail_has_high(delivery_top(r->about[i].address)->address) ||
                span_starts_caseless(r->about[i].address->orcpt, SPAN("utf-8;"));
    }
    return high || r->original->envelope.smtputf8;
}

err dsn_send(const struct dsn_request *request, span *id)
{
    struct report *p = ARENA_NEW(request->arena, struct report);
    p->r = request;
    p->utf8 = needs_utf8(request);
    p->returned = dsn_returned_for(request);
    p->boundary = arena_printf(request->arena, "%lld-refmta-%016llx",
                               (long long)(request->now / NANOS_PER_SECOND),
                               (unsigned long long)rng_u64(request->rng));
    TRY(spool_message_begin(request->spool, request->arena, &p->message));
    err e = write_and_commit(p);
    if (!failed(e)) {
        *id = arena_copy(request->arena, span_text(p->message.envelope.id));
        arrival_tell(p);
    }
    spool_message_close(&p->message);
    return e;
}

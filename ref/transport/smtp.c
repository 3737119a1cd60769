/* A batch of addresses to one of several hosts. Hosts are tried in their order until every address
   has been taken or refused for good (RFC 5321 5.1); an address that one host has put off is
   offered to the next. There is one exception: when a connection is lost or silent behind the end
   of the text, that host may have the message, and the next would make it two. */
#include "ref/transport/smtp.h"

#include "ref/mail/address.h"
#include "ref/mail/ascii.h"
#include "ref/mail/utf8.h"

/* One transaction. */
struct transaction {
    struct smtp_run *r;
    struct smtp_connection *c;
    const struct route_host *host;
    const struct message_out *plain, *dotted;
    struct client_mail mail;
    size_t *index;               /* recipient to address of the job */
    uint64_t size;
    bool taken;                  /* somebody's copy was */
};

struct text {
    struct message_out dotted, plain;
    struct message_facts facts;
};

_Static_assert((int)CLIENT_NOTIFY_NEVER == (int)DSN_NEVER &&
               (int)CLIENT_NOTIFY_SUCCESS == (int)DSN_SUCCESS &&
               (int)CLIENT_NOTIFY_FAILURE == (int)DSN_FAILURE &&
               (int)CLIENT_NOTIFY_DELAY == (int)DSN_DELAY &&
               (int)CLIENT_RET_FULL == (int)DSN_RET_FULL &&
               (int)CLIENT_RET_HDRS == (int)DSN_RET_HDRS, "one set of bits");

static bool stopping(const struct smtp_run *r)
{
    return r->halted || (r->job->stopping != NULL && *r->job->stopping);
}

static void close_address(struct smtp_run *r, size_t i)
{
    if (r->open[i]) {
        r->open[i] = false;
        r->open_count--;
    }
}

/* --- one transaction -------------------------------------------------------------------------- */

static err send_text(void *context, bool dots, err (*put)(void *to, span block), void *to)
{
    const struct transaction *t = context;
    return message_out_write(dots ? t->dotted : t->plain, put, to, NULL);
}

static void delivered(void *context, size_t which, bool more)
{
    struct transaction *t = context;
    struct smtp_run *r = t->r;
    size_t i = t->index[which];
    smtp_result_delivered(r, i, t->host, t->c, &t->mail, &t->mail.recipients[which].reply, t->size);
    r->job->addresses[i]->result.shared = t->taken;
    t->taken = true;
    close_address(r, i);
    smtp_event_delivered(r, t->mail.recipients[which].reply.text);
    if (r->job->delivered != NULL) {
        r->halted |= failed(r->job->delivered(r->job->context, r->job->addresses[i], more));
    }
}

/* The address for RCPT: affixes go back on if they are to. */
static span bare_address(struct smtp_run *r, const struct delivery_address *a)
{
    if ((a->prefix.len == 0 && a->suffix.len == 0) || r->transport->generic->rcpt_include_affixes) {
        return a->address;
    }
    size_t at = mail_at_sign(a->address);
    span local = span_first(a->address, at);
    bool quoted = span_starts(local, SPAN("\""));
    local = quoted ? span_part(local, 1, local.len - 2) : local;
    local = span_starts(local, a->prefix) ? span_from(local, a->prefix.len) : local;
    local = span_ends(local, a->suffix) ? span_first(local, local.len - a->suffix.len) : local;
    return span_text(arena_printf(r->job->arena, quoted ? "\"%.*s\"%.*s" : "%.*s%.*s",
                                  SPAN_FMT(local), SPAN_FMT(span_from(a->address, at))));
}

/* control = utf8_downconvert: an address that the other side can read, or as it is if it has no such
   form; then it needs SMTPUTF8. */
static span wire_address(const struct transaction *t, span address)
{
    const struct envelope *e = &t->r->job->message->envelope;
    bool wanted = e->utf8_downconvert ||
                  (e->utf8_optional_downconvert &&
                   !client_offers_has(&t->c->client.offers, CLIENT_OFFERS_SMTPUTF8));
    return wanted ? mail_address_in_ascii(address, t->r->job->arena) : address;
}

/* Up to `most` of the addresses that are open. */
static size_t recipients_take(struct transaction *t, size_t most)
{
    struct smtp_run *r = t->r;
    const struct transport_job *job = r->job;
    size_t count = 0, room = most < job->count ? most : job->count;
    t->index = arena_take_array(job->arena, room, sizeof *t->index);
    t->mail.recipients = arena_take_array(job->arena, room, sizeof *t->mail.recipients);
    for (size_t i = 0; i < job->count && count < most; i++) {
        const struct delivery_address *a = job->addresses[i];
        if (r->open[i] && a->result.outcome == DELIVERY_NONE) {
            t->index[count] = i;
            t->mail.recipients[count++] =
                (struct client_recipient){.address = wire_address(t, bare_address(r, a)),
                                          .pass_dsn = !a->last_hop,
                                          .notify = a->last_hop ? 0
                                                    : a->shared ? a->notify_all : a->notify,
                                          .orcpt = a->orcpt};
            t->mail.pass_dsn |= !a->last_hop;
            t->mail.utf8 |= mail_has_high(t->mail.recipients[count - 1].address);
        }
    }
    return t->mail.count = count;
}

/* AUTH= says who submitted: our own word, or what came, if the server knows us (RFC 4954 5). */
static bool auth_parameter(struct transaction *t)
{
    struct smtp_run *r = t->r;
    if (!t->c->client.authenticated && !r->o->authenticated_sender_force) {
        return true;
    }
    span own;
    if (!smtp_option(r, "authenticated_sender", r->o->authenticated_sender, &own)) {
        return false;
    }
    span came = r->job->message->envelope.auth_sender;
    t->mail.auth = own.len > 0 ? own : came;
    t->mail.has_auth = t->mail.auth.len > 0;
    return true;
}

/* A connection that carried a mail before may be gone by the next, or carry no more, or have words left in
   it that belong to the last: that says nothing about the host. */
static bool was_stale(const struct smtp_connection *c)
{
    const struct client_trouble *t = &c->client.trouble;
    return (c->kept || c->client.messages > 1) && c->client.over &&
           (t->step == CLIENT_MAIL || t->step == CLIENT_RSET || t->step == CLIENT_RCPT) &&
           (t->cause == CLIENT_LOST || t->cause == CLIENT_NONSENSE || t->reply.code == 421);
}

static void outcomes(struct transaction *t)
{
    struct smtp_run *r = t->r;
    if (client_early_spoilt(&t->c->client) || was_stale(t->c)) {
        return; /* they are all asked again */
    }
    for (size_t k = 0; k < t->mail.count; k++) {
        const struct client_recipient *to = &t->mail.recipients[k];
        size_t i = t->index[k];
        if (to->fate != CLIENT_DEFERRED && to->fate != CLIENT_FAILED) {
            continue;
        }
        smtp_result_trouble(r, i, t->host, t->c, &to->trouble);
        /* Whoever may have the message, or cannot be told from here, is left in peace. */
        bool may_have_it = t->mail.text_sent && to->trouble.step == CLIENT_TEXT &&
                           to->trouble.cause != CLIENT_REFUSED;
        if (to->fate == CLIENT_FAILED || may_have_it || to->trouble.cause == CLIENT_OUR_FAULT) {
            close_address(r, i);
        }
    }
}

/* False: nothing came of it, and it was not begun. */
static bool transact(struct smtp_run *r, struct smtp_connection *c, const struct route_host *host,
                     const struct text *text, size_t most)
{
    const struct envelope *envelope = &r->job->message->envelope;
    struct transaction t = {.r = r, .c = c, .host = host, .plain = &text->plain,
                            .dotted = &text->dotted, .size = text->facts.size};
    t.mail = (struct client_mail){.sender = wire_address(&t, r->job->sender),
                                  .eight_bit = text->facts.eight_bit,
                                  .requiretls = r->way == SMTP_WAY_REQUIRED,
                                  .size = text->facts.size,
                                  .size_addition = r->o->size_addition,
                                  .ret = (enum client_ret)envelope->dsn_ret,
                                  .envid = envelope->dsn_envid,
                                  .auth = SPAN_EMPTY,
                                  .text = send_text,
                                  .delivered = delivered,
                                  .context = &t};
    if (recipients_take(&t, most) == 0 || !auth_parameter(&t)) {
        return false;
    }
    t.mail.utf8 |= mail_has_high(t.mail.sender) ||
                   (envelope->smtputf8 && text->facts.header_eight_bit);
    client_mail_send(&c->client, &t.mail);
    outcomes(&t);
    return true;
}

/* --- one host --------------------------------------------------------------------------------- */

static bool text_make(struct smtp_run *r, struct text *text)
{
    err e = message_out_begin(r->job, &message_form_dots, &text->dotted);
    if (!failed(e)) {
        e = message_out_filter(r->job, &text->dotted);
    }
    if (!failed(e) && !smtp_seal(r, &text->dotted)) {
        return false;
    }
    if (!failed(e)) {
        text->plain = text->dotted;
        text->plain.form = message_form_chunks;
        e = message_out_look(&text->plain, &text->facts);
    }
    if (failed(e)) {
        int error = e.kind == ERR_DEFER ? DELIVERY_ERROR_EXPANSION : e.sys;
        smtp_defer_open(r, error, err_text(e, r->job->arena));
        return false;
    }
    uint64_t limit = r->o->message_linelength_limit;
    if (limit == 0 || text->facts.longest_line <= limit) {
        return true;
    }
    for (size_t i = 0; i < r->job->count; i++) {
        struct delivery_result *d = &r->job->addresses[i]->result;
        if (r->open[i]) {
            d->outcome = DELIVERY_FAILED;
            d->text = SPAN("message has lines too long for transport");
            d->status = SPAN("5.6.0");
            close_address(r, i);
        }
    }
    return false;
}

static void tell_host(struct smtp_run *r, const struct route_host *host,
                      const struct delivery_result *result)
{
    const struct transport_retry *retry = r->job->retry;
    if (retry != NULL) {
        retry->host_result(retry->context, host, address_port(&host->address), result);
    }
}

/* What the host as such is told for: its own trouble, or that it is there. */
static void tell_of_session(struct smtp_run *r, const struct route_host *host,
                            const struct client_trouble *t)
{
    const struct delivery_result good = {.outcome = DELIVERY_DONE, .host = host}, *about = &good;
    for (size_t i = 0; i < r->job->count; i++) {
        const struct delivery_result *d = &r->job->addresses[i]->result;
        if (d->host == host && d->outcome == DELIVERY_DEFERRED && t->cause != CLIENT_FINE &&
            (about == &good || span_eq(d->text, t->text))) {
            about = d; /* a recipient's own refusal only if nothing else is there */
        }
    }
    tell_host(r, host, about);
}

/* A host that greets with 5yz speaks for itself, not for the mailbox: the answer counts if no other
   host gives a better one (RFC 5321 5.1, docs/adr/0161). */
static void all_open_get(struct smtp_run *r, const struct route_host *host,
                         const struct smtp_connection *c, const struct client_trouble *t)
{
    for (size_t i = 0; i < r->job->count; i++) {
        if (r->open[i]) {
            smtp_result_trouble(r, i, host, c, t);
            if (t->permanent && t->step != CLIENT_GREETING && !t->lasting) {
                close_address(r, i);
            }
        }
    }
}

static bool waits(const struct smtp_run *r)
{
    for (size_t i = 0; i < r->job->count; i++) {
        if (r->open[i] && r->job->addresses[i]->result.outcome == DELIVERY_NONE) {
            return true;
        }
    }
    return false;
}

/* Those whom another host put off are asked about again; what it said stands in the log. */
static void open_again(struct smtp_run *r)
{
    smtp_result_of_host(r, false);
    for (size_t i = 0; i < r->job->count; i++) {
        if (r->open[i]) {
            r->job->addresses[i]->result =
                (struct delivery_result){.started = r->job->addresses[i]->result.started};
        }
    }
}

/* Transactions until everybody has an answer or the connection may carry no more. */
static void session(struct smtp_run *r, struct smtp_connection *c, const struct route_host *host,
                    size_t most)
{
    struct text text;
    bool more = text_make(r, &text);
    while (more && !c->client.over && waits(r) && !stopping(r) &&
           (c->most_messages == 0 || c->client.messages < c->most_messages)) {
        more = transact(r, c, host, &text, most);
    }
    message_out_end(&text.dotted);
}

/* The connection ended before their mail: for what it ended for, but they were not refused. */
static void rest_get(struct smtp_run *r, const struct route_host *host,
                     const struct smtp_connection *c)
{
    struct client_trouble t = c->client.trouble;
    t.permanent = false;
    for (size_t i = 0; i < r->job->count; i++) {
        if (r->open[i] && r->job->addresses[i]->result.outcome == DELIVERY_NONE) {
            smtp_result_trouble(r, i, host, c, &t);
        }
    }
}

/* The kind of connection that is worth a try in place of one that came to nothing; SMTP_KEPT: none
   is. */
static enum smtp_haste in_place_of(const struct smtp_connection *c)
{
    bool used_up = c->client.over && c->client.trouble.cause == CLIENT_FINE;
    return failed(c->dial.refused)          ? SMTP_KEPT
           : was_stale(c) || used_up        ? SMTP_FRESH
           : client_early_spoilt(&c->client) ? SMTP_WAITING
                                            : SMTP_KEPT;
}

/* What can be done over a connection that is there, or will be with the first octets. */
static void host_session(struct smtp_run *r, const struct route_host *host, size_t most,
                         struct smtp_connection *c)
{
    struct client_trouble refused, *t = &c->client.trouble;
    if (t->cause == CLIENT_FINE) {
        session(r, c, host, most);
    } else if (!client_early_spoilt(&c->client)) {
        smtp_requiretls_judge(r, t);
        all_open_get(r, host, c, t);
    }
    if (smtp_connection_refused(r, c, &refused)) {
        all_open_get(r, host, NULL, &refused);
    } else if (c->client.opening.used && c->client.over && !c->client.text_begun) {
        smtp_early_spoilt(r, host, c);
    }
    if (c->client.over && t->cause != CLIENT_FINE && in_place_of(c) == SMTP_KEPT) {
        rest_get(r, host, c);
    }
}

static void host_try(struct smtp_run *r, const struct route_host *host, size_t most)
{
    enum smtp_haste haste = SMTP_KEPT;
    open_again(r);
    while (waits(r) && !stopping(r)) {
        struct client_trouble trouble;
        struct smtp_connection *c =
            smtp_requiretls_host(r, host, &trouble) ? smtp_connect(r, host, haste, &trouble) : NULL;
        if (c == NULL) {
            if (trouble.cause != CLIENT_OUR_FAULT) {
                smtp_requiretls_judge(r, &trouble);
                all_open_get(r, host, NULL, &trouble);
                tell_of_session(r, host, &trouble);
            }
            return;
        }
        if (c->client.trouble.cause == CLIENT_FINE && !smtp_requiretls_session(r, c, &trouble)) {
            smtp_requiretls_judge(r, &trouble);
            all_open_get(r, host, c, &trouble);
            smtp_connection_end(c);
            return;
        }
        host_session(r, host, most, c);
        enum smtp_haste next = in_place_of(c);
        bool over = c->client.over;
        haste = next != SMTP_KEPT ? next : c->client.opening.misled ? SMTP_WAITING : haste;
        if (next == SMTP_KEPT && (over || !waits(r))) {
            tell_of_session(r, host, &c->client.trouble);
        }
        smtp_connection_done(r, c);
        if (next == SMTP_KEPT && over) {
            return;
        }
    }
}

/* --- the batch -------------------------------------------------------------------------------- */

struct tries {
    uint64_t tried, seen;
    size_t skipped, expired;
};

static bool is_due(struct smtp_run *r, const struct route_host *host, struct tries *tries)
{
    const struct transport_retry *retry = r->job->retry;
    bool expired = false;
    if (retry == NULL ||
        retry->host_due(retry->context, host, address_port(&host->address), &expired)) {
        return true;
    }
    tries->skipped++;
    tries->expired += expired ? 1 : 0;
    return false;
}

static void hosts_try(struct smtp_run *r, const struct smtp_hosts *hosts, size_t most,
                      struct tries *tries)
{
    for (size_t i = 0; i < hosts->list.count && r->open_count > 0 && !stopping(r); i++) {
        const struct route_host *host = &hosts->list.at[i];
        if (tries->seen++ >= r->o->hosts_max_try_hardlimit || tries->tried >= r->o->hosts_max_try) {
            return;
        }
        smtp_host_facts(r, host, r->job->arena);
        if (is_due(r, host, tries)) {
            tries->tried++;
            host_try(r, host, most);
        }
    }
}

/* Those of whom nothing is known yet when all is over. */
static void leave(struct smtp_run *r, const struct smtp_hosts *hosts, const struct tries *tries)
{
    for (size_t i = 0; i < r->job->count; i++) {
        struct delivery_address *a = r->job->addresses[i];
        if (!r->open[i] || a->result.outcome != DELIVERY_NONE) {
            continue;
        }
        if (stopping(r)) {
            smtp_result_defer(r, i, 0, "the server is stopping");
        } else if (hosts->list.count == 0) {
            smtp_result_defer(r, i, hosts->error, hosts->why);
        } else if (tries->tried == 0 && tries->expired == tries->skipped) {
            a->result.outcome = DELIVERY_FAILED;
            a->result.text = span_text(arena_printf(
                r->job->arena, "all hosts for '%.*s' have been failing for a long time (and retry "
                "time not reached)", SPAN_FMT(a->domain)));
            a->result.status = SPAN("5.4.7");
        } else {
            smtp_result_defer(r, i, DELIVERY_ERROR_HOST_RETRY,
                              arena_printf(r->job->arena,
                                           "retry time not reached for any host for '%.*s'",
                                           SPAN_FMT(a->domain)));
        }
    }
}

static void addresses_open(struct smtp_run *r)
{
    const struct transport_retry *retry = r->job->retry;
    r->open = arena_take_array(r->job->arena, r->job->count, sizeof *r->open);
    for (size_t i = 0; i < r->job->count; i++) {
        r->open[i] = retry == NULL || retry->address_due(retry->context, r->job->addresses[i]);
        r->open_count += r->open[i] ? 1 : 0;
        if (!r->open[i]) {
            smtp_result_defer(r, i, DELIVERY_ERROR_RETRY, "retry time not reached");
        }
    }
}

/* "smtp", "lmtp", "smtps". */
static bool protocol_read(struct smtp_run *r)
{
    span text;
    if (!smtp_option(r, "protocol", r->o->protocol, &text)) {
        return false;
    }
    r->lmtp = span_eq(text, SPAN("lmtp"));
    r->tls_at_once = span_eq(text, SPAN("smtps"));
    if (!r->lmtp && !r->tls_at_once && !span_eq(text, SPAN("smtp"))) {
        smtp_defer_open(r, DELIVERY_ERROR_EXPANSION,
                        arena_printf(r->job->arena, "%s transport: protocol: \"%.*s\" is none of "
                                     "smtp, smtps, lmtp", r->transport->name, SPAN_FMT(text)));
        return false;
    }
    return true;
}

void transport_smtp_run(struct transport_job *job)
{
    struct smtp_run r = {.job = job, .o = job->transport->own.smtp, .transport = job->transport,
                         .x = *job->expansion, .facts = *job->expansion->facts};
    struct transport_job own = *job;
    struct smtp_hosts hosts = {0}, fallback = {0};
    struct tries tries = {0};
    uint64_t most;
    if (r.facts.peer != NULL) {
        r.peer = *r.facts.peer;
    }
    r.facts.peer = &r.peer;
    r.facts.host = &r.host;
    r.x.facts = &r.facts;
    own.expansion = &r.x;   /* header fields may name the host */
    r.job = &own;
    smtp_requiretls_read(&r);
    addresses_open(&r);
    if (!protocol_read(&r) || !smtp_number(&r, "max_rcpt", r.o->max_rcpt, &most) ||
        !smtp_hosts_find(&r, &hosts)) {
        return;
    }
    hosts_try(&r, &hosts, most == 0 ? SIZE_MAX : (size_t)most, &tries);
    if (r.open_count > 0 && !stopping(&r)) {
        struct tries more = {0};
        if (smtp_hosts_fallback(&r, &fallback)) {
            hosts_try(&r, &fallback, most == 0 ? SIZE_MAX : (size_t)most, &more);
        }
    }
    smtp_result_of_host(&r, true);
    leave(&r, &hosts, &tries);
}

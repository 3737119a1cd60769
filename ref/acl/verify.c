/* The checks of `verify =`, as rows. Those that need routing are refused when the configuration is
   read, as long as nobody can answer them. */
#include "ref/acl/item.h"

#include "base/map.h"
#include "base/rows.h"
#include "ref/mail/address.h"
#include "ref/mail/header.h"
#include "ref/mail/mailboxes.h"

enum {
    EVERYWHERE = (1 << ACL_STAGE_COUNT) - 1,
    WITH_HEADER = ACL_AT(DATA) | ACL_AT(NOT_SMTP),
    WITH_SENDER = ACL_AT(MAIL) | ACL_AT(RCPT) | ACL_AT(PREDATA) | ACL_AT(DATA) |
                  ACL_AT(NOT_SMTP),
};

static enum acl_test say_no(struct acl_run *run, const char *why)
{
    run->log_message = span_text(why);
    return ACL_NO;
}

static enum acl_test verify_certificate(struct acl_run *run, span options)
{
    const struct facts_peer *peer = run->x->facts->peer;
    (void)options;
    if (peer != NULL && peer->tls != NULL && peer->tls->certificate_verified) {
        return ACL_YES;
    }
    return say_no(run, "no verified certificate");
}

/* --- header fields ------------------------------------------------------------------------------ */

static enum acl_test verify_header_names_ascii(struct acl_run *run, span options)
{
    const struct facts_message *m = run->x->facts->message;
    (void)options;
    for (size_t i = 0; i < m->header_count; i++) {
        span name = span_first(m->headers[i].text, span_find_byte(m->headers[i].text, ':'));
        for (size_t k = 0; !m->headers[i].removed && k < name.len; k++) {
            if (name.at[k] < 33 || name.at[k] > 126) {
                return say_no(run, arena_printf(run->x->arena, "Invalid character in header \"%.*s\" "
                                                "found", SPAN_FMT(name)));
            }
        }
    }
    return ACL_YES;
}

/* The next field from *i on that is still there and is one. */
static bool field_next(const struct facts_message *m, size_t *i, struct mail_field *field)
{
    while (*i < m->header_count) {
        const struct facts_header *h = &m->headers[(*i)++];
        if (!h->removed && mail_field_read(h->text, field)) {
            return true;
        }
    }
    return false;
}

static const char *const address_fields[] = {
    "From", "Reply-To", "Sender", "To", "Cc", "Bcc", "Resent-From", "Resent-Reply-To",
    "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc",
};

static bool is_one_of(span name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq_caseless(name, span_text(names[i]))) {
            return true;
        }
    }
    return false;
}

#define IS_ONE_OF(name, names) is_one_of((name), (names), sizeof(names) / sizeof *(names))

static enum acl_test syntax_no(struct acl_run *run, span name, span address, const char *why)
{
    return say_no(run, arena_printf(run->x->arena, "%s: failing address in \"%.*s:\" header is: %.*s",
                                    why, SPAN_FMT(name), SPAN_FMT(address)));
}

static enum acl_test field_syntax(struct acl_run *run, const struct mail_field *field)
{
    struct mail_mailboxes list = mail_mailboxes_of(field->body);
    struct mail_mailbox box;
    struct mail_address parsed;
    for (bool more = true;;) {
        err e = mail_mailboxes_next(&list, run->x->arena, &box, &more);
        if (failed(e)) {
            return syntax_no(run, field->name, span_trim_space(span_from(field->body, e.at)),
                             e.what);
        }
        if (!more) {
            return ACL_YES;
        }
        e = mail_mailbox_parse(box.address, true, &parsed);
        if (failed(e)) {
            return syntax_no(run, field->name, span_part(field->body, box.at, box.len), e.what);
        }
    }
}

static enum acl_test verify_header_syntax(struct acl_run *run, span options)
{
    const struct facts_message *m = run->x->facts->message;
    (void)options;
    struct mail_field field;
    for (size_t i = 0; field_next(m, &i, &field);) {
        if (IS_ONE_OF(field.name, address_fields) && field_syntax(run, &field) != ACL_YES) {
            return ACL_NO;
        }
    }
    return ACL_YES;
}

/* Local parts count with their capitals unless told otherwise, domains without. */
static span mailbox_key(struct acl_run *run, span address, bool caseless)
{
    size_t at = caseless ? 0 : mail_at_sign(address);
    span lower = arena_lower(run->x->arena, span_from(address, at == SPAN_NONE ? address.len : at));
    return at == 0 ? lower
                   : span_text(arena_printf(run->x->arena, "%.*s%.*s",
                                            SPAN_FMT(span_first(address, address.len - lower.len)),
                                            SPAN_FMT(lower)));
}

static void field_names(struct acl_run *run, const struct mail_field *field, bool caseless,
                        struct map *named)
{
    struct mail_mailboxes list = mail_mailboxes_of(field->body);
    struct mail_mailbox box;
    bool more = true;
    while (!failed(mail_mailboxes_next(&list, run->x->arena, &box, &more)) && more) {
        (void)map_put(named, run->x->arena, mailbox_key(run, box.address, caseless), named);
    }
}

static enum acl_test verify_not_blind(struct acl_run *run, span options)
{
    static const char *const fields[] = {"To", "Cc", "Resent-To", "Resent-Cc"};
    const struct facts_message *m = run->x->facts->message;
    bool caseless = span_eq(options, SPAN("case_insensitive"));
    if (options.len > 0 && !caseless) {
        return acl_wrong(run, "unknown option \"%.*s\" for verify = not_blind", SPAN_FMT(options));
    }
    struct map named = {0};
    struct mail_field field;
    for (size_t i = 0; field_next(m, &i, &field);) {
        if (IS_ONE_OF(field.name, fields)) {
            field_names(run, &field, caseless, &named);
        }
    }
    for (size_t r = 0; r < m->recipient_count; r++) {
        if (map_get(&named, mailbox_key(run, m->recipients[r], caseless)) == NULL) {
            return say_no(run, "bcc recipient detected");
        }
    }
    return ACL_YES;
}

/* --- the peer ----------------------------------------------------------------------------------- */

static bool peer_name(struct acl_run *run, span *name, bool *deferred)
{
    const struct expand_services *services = run->x->services;
    *deferred = false;
    return services != NULL && services->host_name != NULL &&
           services->host_name(services->context, name, deferred);
}

static bool has_address(struct acl_run *run, span name)
{
    struct dns_answer answer;
    enum dns_type type = run->host->storage.ss_family == AF_INET ? DNS_A : DNS_AAAA;
    if (run->x->dns == NULL) {
        return false;
    }
    dns_ask(run->x->dns, name, type, run->x->arena, &answer);
    for (size_t i = 0; answer.outcome == DNS_FOUND && i < answer.count; i++) {
        if (address_same_host(&answer.at[i].address, run->host)) {
            return true;
        }
    }
    return false;
}

/* A literal that is the peer's address, the name that its address has, or a name that has its
   address. */
static enum acl_test verify_helo(struct acl_run *run, span options)
{
    const struct facts_peer *peer = run->x->facts->peer;
    span name;
    bool deferred;
    (void)options;
    if (run->host == NULL) {
        return ACL_YES;
    }
    if (peer->helo_name.len == 0) {
        return say_no(run, "no HELO/EHLO was given");
    }
    span helo = peer->helo_name;
    if (helo.at[0] == '[') {
        struct address literal;
        span inside = span_part(helo, 1, helo.len - 2);
        inside = span_starts_caseless(inside, SPAN("IPv6:")) ? span_from(inside, 5) : inside;
        bool same = address_parse(inside, 0, &literal) && address_same_host(&literal, run->host);
        return same ? ACL_YES : say_no(run, "HELO/EHLO verification failed");
    }
    if ((peer_name(run, &name, &deferred) && span_eq_caseless(name, helo)) ||
        has_address(run, helo)) {
        return ACL_YES;
    }
    return say_no(run, "HELO/EHLO verification failed");
}

static enum acl_test verify_reverse_host_lookup(struct acl_run *run, span options)
{
    span name;
    bool deferred;
    (void)options;
    if (run->host == NULL || peer_name(run, &name, &deferred)) {
        return ACL_YES;
    }
    if (deferred) {
        run->log_message = SPAN("host lookup deferred for reverse lookup check");
        return ACL_LATER;
    }
    return say_no(run, "host lookup failed for reverse lookup check");
}

/* --- routing ------------------------------------------------------------------------------------ */

/* What may stand behind the slashes of `verify = sender` and its kin. */
struct routing_options {
    bool on_redirect, no_details, defer_ok;
};

/* NULL, or a sentence. Callouts are refused by name. */
static const char *routing_options_read(struct arena *texts, span options,
                                        struct routing_options *into)
{
    const struct {
        const char *name;
        bool *flag;
    } rows[] = {{"defer_ok", &into->defer_ok}, {"no_details", &into->no_details},
                {"success_on_redirect", &into->on_redirect}};
    *into = (struct routing_options){0};
    for (span word; options.len > 0;) {
        (void)span_split(options, '/', &word, &options);
        word = span_trim(word);
        bool known = word.len == 0;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            if (span_eq(word, span_text(rows[i].name))) {
                *rows[i].flag = known = true;
            }
        }
        if (!known && (span_starts(word, SPAN("callout")) || span_eq(word, SPAN("quota")))) {
            return arena_printf(texts, "verify option \"%.*s\" is not supported by this server",
                                SPAN_FMT(word));
        }
        if (!known) {
            return arena_printf(texts, "unknown option \"%.*s\" in ACL condition \"verify\" (it "
                                "knows defer_ok, no_details and success_on_redirect)",
                                SPAN_FMT(word));
        }
    }
    return NULL;
}

static void answer_keep(struct facts_address *facts, const struct acl_verify *what,
                        const struct acl_verify_answer *answer)
{
    if (facts == NULL) {
        return;
    }
    if (what->recipient) {
        facts->recipient_verify_failure = answer->failure;
        facts->address_data = (struct value){answer->address_data, answer->address_data_tainted};
    } else {
        facts->sender_verify_failure = answer->failure;
        facts->sender_address_data =
            (struct value){answer->address_data, answer->address_data_tainted};
    }
}

static enum acl_test verify_address(struct acl_run *run, bool recipient, span address, span options)
{
    struct routing_options given;
    const char *wrong = routing_options_read(run->x->arena, options, &given);
    if (wrong != NULL) {
        return acl_wrong(run, "%s", wrong);
    }
    struct acl_verify what = {.recipient = recipient, .address = address,
                              .on_redirect = given.on_redirect, .no_details = given.no_details};
    struct acl_verify_answer answer = {.why = SPAN_EMPTY, .message = SPAN_EMPTY};
    if (run->services == NULL || run->services->verify_address == NULL) {
        return acl_wrong(run, "verify = %s is not available here",
                         recipient ? "recipient" : "sender");
    }
    enum acl_verified v =
        run->services->verify_address(run->services->context, &what, &answer);
    answer_keep(run->x->facts->address, &what, &answer);
    if (run->x->facts->acl != NULL) { /* for the modifiers behind it */
        run->x->facts->acl->verify_message =
            recipient || answer.message.len == 0 ? acl_code_text(answer.message)
                                                 : SPAN("Sender verify failed");
    }
    if (v == ACL_VERIFIED || (v == ACL_VERIFY_LATER && given.defer_ok)) {
        return ACL_YES;
    }
    run->log_message = answer.why;
    run->message = answer.message;
    return v == ACL_NOT_VERIFIED ? ACL_NO : ACL_LATER;
}

static enum acl_test verify_recipient(struct acl_run *run, span options)
{
    return verify_address(run, true, run->mailbox, options);
}

/* Options that begin with "=" name another address. A bounce has no sender that could be wrong. */
static enum acl_test verify_sender(struct acl_run *run, span options)
{
    span address = run->x->facts->message->sender_address;
    if (options.len > 0 && options.at[0] == '=') {
        (void)span_split(span_from(options, 1), '/', &address, &options);
        address = span_trim(address);
    }
    return address.len == 0 ? ACL_YES : verify_address(run, false, address, options);
}

/* The address in Sender:, Reply-To: or From:, the first that is there. */
static enum acl_test verify_header_sender(struct acl_run *run, span options)
{
    static const char *const names[] = {"Sender", "Reply-To", "From"};
    const struct facts_message *m = run->x->facts->message;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct mail_field field;
        for (size_t i = 0; field_next(m, &i, &field);) {
            struct mail_mailbox box;
            bool more;
            if (!span_eq_caseless(field.name, span_text(names[n]))) {
                continue;
            }
            struct mail_mailboxes list = mail_mailboxes_of(field.body);
            if (failed(mail_mailboxes_next(&list, run->x->arena, &box, &more)) || !more) {
                return say_no(run, "there is no valid sender in any header line");
            }
            return verify_address(run, false, box.address, options);
        }
    }
    return say_no(run, "there is no valid sender in any header line");
}

/* --- ARC ---------------------------------------------------------------------------------------- */

static enum acl_test verify_arc(struct acl_run *run, span options)
{
    span words = options.len > 0 ? options : SPAN("none:pass"), word;
    if (run->services == NULL || run->services->verify_arc == NULL) {
        return acl_wrong(run, "verify = arc is not available here");
    }
    span state = run->services->verify_arc(run->services->context);
    while (words.len > 0) {
        (void)span_split(words, ':', &word, &words);
        if (span_eq(span_trim(word), state)) {
            return ACL_YES;
        }
    }
    return say_no(run, arena_printf(run->x->arena, "ARC verification state is %.*s",
                                    SPAN_FMT(state)));
}

static const char *arc_complaint(struct arena *texts, span value, span states)
{
    span word;
    do {
        (void)span_split(states, ':', &word, &states);
        word = span_trim(word);
        if (!span_eq(word, SPAN("none")) && !span_eq(word, SPAN("pass")) &&
            !span_eq(word, SPAN("fail"))) {
            return arena_printf(texts, "\"%.*s\" in ACL condition \"verify %.*s\" is no state of an "
                                       "ARC chain: none, fail or pass", SPAN_FMT(word),
                                SPAN_FMT(value));
        }
    } while (states.len > 0);
    return NULL;
}

/* --- the table ---------------------------------------------------------------------------------- */

#define LATER(name, doc) {name, 0, false, true, NULL, doc}

const struct acl_verify_row acl_verify_rows[] = {
    {"arc", ACL_AT(DATA), false, true, verify_arc,
     "the state of the ARC chain is in the list behind the slash; none:pass without one"},
    {"certificate", EVERYWHERE, false, false, verify_certificate,
     "the client has shown a certificate that is good"},
    LATER("csa", "client authorization in the DNS"),
    {"header_names_ascii", WITH_HEADER, false, false, verify_header_names_ascii,
     "names of header fields are printable ASCII"},
    {"header_sender", WITH_HEADER, true, true, verify_header_sender,
     "Sender:, Reply-To: or From: can be replied to"},
    {"header_syntax", WITH_HEADER, false, false, verify_header_syntax,
     "addresses in header fields are well formed"},
    {"helo", EVERYWHERE, false, false, verify_helo, "the name in EHLO or HELO is the peer's"},
    {"not_blind", WITH_HEADER, false, true, verify_not_blind,
     "every recipient is named in To: or Cc:; /case_insensitive"},
    {"recipient", ACL_AT(RCPT), true, true, verify_recipient, "the recipient can be routed"},
    {"reverse_host_lookup", EVERYWHERE, false, false, verify_reverse_host_lookup,
     "the peer's address has a name, and the name the address"},
    {"sender", WITH_SENDER, true, true, verify_sender, "the sender can be routed"},
};
const size_t acl_verify_count = sizeof acl_verify_rows / sizeof *acl_verify_rows;

static const struct acl_verify_row *row_find(span value, span *options)
{
    span name;
    (void)span_split(value, '/', &name, options);
    if (span_starts(name, SPAN("sender="))) {
        *options = span_from(value, strlen("sender"));
        name = SPAN("sender");
    }
    return ROWS_FIND(acl_verify_rows, span_trim(name));
}

static const char *complaint(struct arena *texts, span value, bool routing)
{
    span options;
    const struct acl_verify_row *row = row_find(value, &options);
    if (row == NULL) {
        struct buf names;
        buf_init(&names, 1024);
        for (size_t i = 0; i < acl_verify_count; i++) {
            buf_printf(&names, "%s\"%s\"", i > 0 ? i + 1 < acl_verify_count ? ", " : " or " : "",
                       acl_verify_rows[i].name);
        }
        const char *text = arena_printf(texts, "expected %.*s at start of ACL condition \"verify %.*s\"",
                                        SPAN_FMT(buf_span(&names)), SPAN_FMT(value));
        buf_wipe(&names);
        return text;
    }
    if (row->run == NULL || (row->routing && !routing)) {
        return arena_printf(texts, "ACL condition \"verify = %s\" is not supported by this server",
                            row->name);
    }
    if (options.len > 0 && !row->options) {
        return arena_printf(texts, "unexpected options \"%.*s\" in ACL condition \"verify %.*s\"",
                            SPAN_FMT(options), SPAN_FMT(value));
    }
    if (row->run == verify_arc && span_has(value, SPAN("/"))) {
        return arc_complaint(texts, value, options);
    }
    if (row->routing) {
        struct routing_options given;
        span address;
        if (options.len > 0 && options.at[0] == '=') {
            (void)span_split(options, '/', &address, &options);
        }
        return routing_options_read(texts, options, &given);
    }
    return NULL;
}

err acl_verify_check(struct acl_reader *reader, span value)
{
    const char *wrong = complaint(reader->texts, value, reader->set->routing);
    return wrong != NULL ? err_syntax(0, wrong) : OK;
}

const char *acl_verify_misplaced(span value, enum acl_stage stage, struct arena *texts)
{
    span options;
    const struct acl_verify_row *row = row_find(value, &options);
    return row == NULL || (row->stages >> stage & 1) != 0
               ? NULL
               : arena_printf(texts, "cannot verify %s in ACL for %s", row->name,
                              acl_stages[stage].word);
}

enum acl_test acl_verify_run(struct acl_run *run, struct value value)
{
    span options;
    const char *wrong = complaint(run->x->arena, value.text, run->set->routing);
    if (wrong == NULL) {
        wrong = acl_verify_misplaced(value.text, run->stage, run->x->arena);
    }
    if (wrong != NULL) {
        return acl_wrong(run, "%s", wrong);
    }
    const struct acl_verify_row *row = row_find(value.text, &options);
    return row->run(run, options);
}

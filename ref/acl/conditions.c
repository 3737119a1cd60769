/* The conditions. A row without a stage is known and not supported: a configuration that relies on it
   is refused rather than run without it. Stages are those in which Exim 4.96 lets a condition stand. */
#include "ref/acl/item.h"

#include "ref/expand/match.h"
#include "ref/mail/address.h"

enum {
    EVERYWHERE = (1 << ACL_STAGE_COUNT) - 1,
    SMTP_MESSAGE = ACL_AT(MAIL) | ACL_AT(RCPT) | ACL_AT(PREDATA) | ACL_AT(DKIM) | ACL_AT(DATA),
    WITH_SENDER = ACL_AT(MAIL) | ACL_AT(RCPT) | ACL_AT(PREDATA) | ACL_AT(DKIM) | ACL_AT(DATA) | ACL_AT(NOTQUIT) |
                  ACL_AT(NOT_SMTP),
};

/* A list's answer; what it found out about the subject goes to `data`. */
static enum acl_test matched(struct acl_run *run, const struct matched *m, span *data)
{
    if (m->outcome == MATCH_DEFERRED) {
        return m->wrong ? acl_wrong(run, "%s", m->why) : acl_later(run, "%s", m->why);
    }
    if (m->outcome == MATCH_YES && data != NULL) {
        *data = arena_copy(run->x->arena, m->data.text);
    }
    return m->outcome == MATCH_YES ? ACL_YES : ACL_NO;
}

/* The subject in a list of names. */
static enum acl_test is_in(struct acl_run *run, span subject, struct value list)
{
    struct matched m = match_domain(run->x, subject, list);
    return matched(run, &m, NULL);
}

static span domain_of(span address)
{
    size_t at = mail_at_sign(address);
    return at == SPAN_NONE ? SPAN_EMPTY : span_from(address, at + 1);
}

static span sender_of(const struct acl_run *run)
{
    return run->x->facts->message != NULL ? run->x->facts->message->sender_address : SPAN_EMPTY;
}

static enum acl_test test_authenticated(struct acl_run *run, struct value value)
{
    const struct facts_peer *peer = run->x->facts->peer;
    bool is = peer != NULL && peer->auth_mech.len > 0;
    return is ? is_in(run, peer->auth_mech, value) : ACL_NO;
}

static enum acl_test test_condition(struct acl_run *run, struct value value)
{
    bool digits = true, number = false, minus = value.text.len > 1 && value.text.at[0] == '-';
    for (size_t i = minus; i < value.text.len; i++) {
        digits = digits && ascii_is_digit(value.text.at[i]);
        number = number || value.text.at[i] != '0';
    }
    if (digits) {
        return number ? ACL_YES : ACL_NO;
    }
    if (span_eq_caseless(value.text, SPAN("yes")) || span_eq_caseless(value.text, SPAN("true"))) {
        return ACL_YES;
    }
    if (span_eq_caseless(value.text, SPAN("no")) || span_eq_caseless(value.text, SPAN("false"))) {
        return ACL_NO;
    }
    return acl_later(run, "invalid \"condition\" value \"%.*s\"", SPAN_FMT(value.text));
}

/* "*", or "*" with options behind slashes; "0" and "false" ask nobody. */
static enum acl_test test_dcc(struct acl_run *run, struct value value)
{
    const struct acl_services *services = run->services;
    bool defer_ok = false;
    span first, option, rest;
    (void)span_split(value.text, '/', &first, &rest);
    first = span_trim(first);
    while (rest.len > 0) {
        (void)span_split(rest, '/', &option, &rest);
        defer_ok = defer_ok || span_eq_caseless(span_trim(option), SPAN("defer_ok"));
    }
    if (first.len == 0 || span_eq(first, SPAN("0")) || span_eq_caseless(first, SPAN("false"))) {
        return ACL_NO;
    }
    enum acl_verified end = services != NULL && services->dcc != NULL
                                ? services->dcc(services->context)
                                : ACL_VERIFY_LATER;
    return end == ACL_VERIFIED                    ? ACL_YES
           : end == ACL_NOT_VERIFIED || defer_ok ? ACL_NO
                                                  : ACL_LATER;
}

static enum acl_test test_dkim_signers(struct acl_run *run, struct value value)
{
    const struct facts_seal *seal = run->x->facts->seal;
    bool is = seal != NULL && seal->dkim_cur_signer.len > 0;
    return is ? is_in(run, seal->dkim_cur_signer, value) : ACL_NO;
}

static enum acl_test test_dkim_status(struct acl_run *run, struct value value)
{
    const struct facts_seal *seal = run->x->facts->seal;
    span statuses = seal != NULL ? seal->dkim_verify_status : SPAN_EMPTY, status;
    enum acl_test test = ACL_NO;
    while (statuses.len > 0 && test == ACL_NO) { /* behind the DKIM ACL: of all askings */
        (void)span_split(statuses, ':', &status, &statuses);
        test = is_in(run, status, value);
    }
    return test;
}

static enum acl_test test_dmarc_status(struct acl_run *run, struct value value)
{
    if (run->services == NULL || run->services->check_dmarc == NULL) {
        return acl_wrong(run, "dmarc_status is not available here");
    }
    return is_in(run, run->services->check_dmarc(run->services->context), value);
}

static enum acl_test test_domains(struct acl_run *run, struct value value)
{
    struct facts_address *address = run->x->facts->address;
    struct matched m = match_domain(run->x, address->domain, value);
    return matched(run, &m, &address->domain_data);
}

static enum acl_test test_encrypted(struct acl_run *run, struct value value)
{
    const struct facts_peer *peer = run->x->facts->peer;
    return peer != NULL && peer->tls != NULL ? is_in(run, peer->tls->cipher, value) : ACL_NO;
}

static enum acl_test test_hosts(struct acl_run *run, struct value value)
{
    struct matched m = match_host(run->x, run->host, value);
    return matched(run, &m, NULL);
}

static enum acl_test test_local_parts(struct acl_run *run, struct value value)
{
    struct facts_address *address = run->x->facts->address;
    struct matched m = match_local_part(run->x, address->local_part, value, false);
    return matched(run, &m, &address->local_part_data);
}

static enum acl_test test_recipients(struct acl_run *run, struct value value)
{
    struct matched m = match_address(run->x, run->recipient, value);
    return matched(run, &m, &run->x->facts->address->recipient_data);
}

static enum acl_test test_sender_domains(struct acl_run *run, struct value value)
{
    return is_in(run, domain_of(sender_of(run)), value);
}

static enum acl_test test_senders(struct acl_run *run, struct value value)
{
    struct facts_address *address = run->x->facts->address;
    struct matched m = match_address(run->x, sender_of(run), value);
    return matched(run, &m, address != NULL ? &address->sender_data : NULL);
}

/* The names of results before RFC 7208 stay good in lists. */
static span spf_words_put(struct acl_run *run, span list)
{
    static const struct {
        const char *old, *new;
    } words[] = {{"err_perm", "permerror"}, {"err_temp", "temperror"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (size_t at; (at = span_find(list, span_text(words[i].old))) != SPAN_NONE;) {
            list = span_text(arena_printf(run->x->arena, "%.*s%s%.*s", SPAN_FMT(span_first(list, at)),
                                          words[i].new,
                                          SPAN_FMT(span_from(list, at + strlen(words[i].old)))));
        }
    }
    return list;
}

static enum acl_test spf_test(struct acl_run *run, struct value value, bool guess)
{
    if (run->services == NULL || run->services->check_spf == NULL) {
        return acl_wrong(run, "spf is not available here");
    }
    span result = run->services->check_spf(run->services->context, guess);
    value.text = spf_words_put(run, value.text);
    return is_in(run, result, value);
}

static enum acl_test test_spf(struct acl_run *run, struct value value)
{
    return spf_test(run, value, false);
}

static enum acl_test test_spf_guess(struct acl_run *run, struct value value)
{
    return spf_test(run, value, true);
}

#define LATER(name, doc) {name, 0, 0, NULL, NULL, doc}

const struct acl_item_row acl_condition_rows[] = {
    {"acl", ITEM_RAW, EVERYWHERE, NULL, acl_nested_run, "another ACL, with up to nine arguments"},
    {"authenticated", 0, EVERYWHERE & ~(ACL_AT(NOT_SMTP) | ACL_AT(CONNECT) | ACL_AT(HELO)), NULL,
     test_authenticated, "authenticated by one of these authenticators"},
    {"condition", 0, EVERYWHERE, NULL, test_condition, "yes, true or a number that is not 0"},
    {"dcc", 0, ACL_AT(DATA) | ACL_AT(NOT_SMTP), NULL, test_dcc,
     "dccifd accepts the message; `*/defer_ok`: no if it cannot be asked"},
    LATER("decode", "content scanning"),
    {"dkim_signers", 0, ACL_AT(DKIM), NULL, test_dkim_signers,
     "the signer for which the ACL runs is in the list"},
    {"dkim_status", 0, ACL_AT(DKIM) | ACL_AT(DATA), NULL, test_dkim_status,
     "none, invalid, fail or pass, as a list"},
    {"dmarc_status", 0, ACL_AT(DATA), NULL, test_dmarc_status,
     "accept, reject, quarantine, none, norecord, nofrom, temperror or off, as a list"},
    LATER("dnslists", "lists in the DNS"),
    {"domains", 0, ACL_AT(RCPT) | ACL_AT(VRFY), NULL, test_domains,
     "the recipient's domain is in the list"},
    {"encrypted", 0, EVERYWHERE & ~(ACL_AT(NOT_SMTP) | ACL_AT(HELO)), NULL,
     test_encrypted, "TLS with one of these ciphers"},
    {"hosts", 0, EVERYWHERE & ~ACL_AT(NOT_SMTP), NULL, test_hosts, "the peer is in the list"},
    {"local_parts", 0, ACL_AT(RCPT) | ACL_AT(VRFY), NULL, test_local_parts,
     "the recipient's local part is in the list"},
    LATER("malware", "content scanning"),
    LATER("mime_regex", "content scanning"),
    LATER("ratelimit", "rates of clients"),
    {"recipients", 0, ACL_AT(RCPT), NULL, test_recipients, "the recipient is in the list"},
    LATER("regex", "content scanning"),
    LATER("seen", "clients that were here before"),
    {"sender_domains", 0, WITH_SENDER, NULL, test_sender_domains,
     "the sender's domain is in the list"},
    {"senders", 0, WITH_SENDER, NULL, test_senders, "the sender is in the list"},
    LATER("spam", "content scanning"),
    {"spf", 0, SMTP_MESSAGE, NULL, test_spf,
     "the sender's domain lets the client send: pass, fail, softfail, ... as a list"},
    {"spf_guess", 0, SMTP_MESSAGE, NULL, test_spf_guess,
     "the same, with the record of the option spf_guess for domains that have none"},
    {"verify", 0, EVERYWHERE, acl_verify_check, acl_verify_run, "a check by name, as listed below"},
};
const size_t acl_condition_count = sizeof acl_condition_rows / sizeof *acl_condition_rows;

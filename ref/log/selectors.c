/* The table of selectors: name and default, in the order of the enum, which is that of the names.
   */
#include "ref/log/selectors.h"

#include "base/cursor.h"
#include "base/rows.h"

#define ON true
#define OFF false

static const struct {
    const char *name;
    bool on;
} selectors[LOG_SELECTOR_COUNT] = {
    [LOG_8BITMIME] = {"8bitmime", OFF},
    [LOG_ACL_WARN_SKIPPED] = {"acl_warn_skipped", ON},
    [LOG_ADDRESS_REWRITE] = {"address_rewrite", OFF},
    [LOG_ALL_PARENTS] = {"all_parents", OFF},
    [LOG_ARGUMENTS] = {"arguments", OFF},
    [LOG_CONNECTION_ID] = {"connection_id", OFF},
    [LOG_CONNECTION_REJECT] = {"connection_reject", ON},
    [LOG_DELAY_DELIVERY] = {"delay_delivery", ON},
    [LOG_DELIVER_TIME] = {"deliver_time", OFF},
    [LOG_DELIVERY_SIZE] = {"delivery_size", OFF},
    [LOG_DKIM] = {"dkim", ON},
    [LOG_DKIM_VERBOSE] = {"dkim_verbose", OFF},
    [LOG_DMARC] = {"dmarc", OFF},
    [LOG_DMARC_VERBOSE] = {"dmarc_verbose", OFF},
    [LOG_DNSLIST_DEFER] = {"dnslist_defer", ON},
    [LOG_DNSSEC] = {"dnssec", OFF},
    [LOG_ETRN] = {"etrn", ON},
    [LOG_HOST_LOOKUP_FAILED] = {"host_lookup_failed", ON},
    [LOG_IDENT_TIMEOUT] = {"ident_timeout", OFF},
    [LOG_INCOMING_INTERFACE] = {"incoming_interface", OFF},
    [LOG_INCOMING_PORT] = {"incoming_port", OFF},
    [LOG_LOST_INCOMING_CONNECTION] = {"lost_incoming_connection", ON},
    [LOG_MILLISEC] = {"millisec", OFF},
    [LOG_MSG_ID] = {"msg_id", ON},
    [LOG_MSG_ID_CREATED] = {"msg_id_created", OFF},
    [LOG_OUTGOING_INTERFACE] = {"outgoing_interface", ON},
    [LOG_OUTGOING_PORT] = {"outgoing_port", OFF},
    [LOG_PID] = {"pid", OFF},
    [LOG_PIPELINING] = {"pipelining", OFF},
    [LOG_PROTOCOL_DETAIL] = {"protocol_detail", OFF},
    [LOG_PROXY] = {"proxy", OFF},
    [LOG_QUEUE_RUN] = {"queue_run", ON},
    [LOG_QUEUE_TIME] = {"queue_time", OFF},
    [LOG_QUEUE_TIME_EXCLUSIVE] = {"queue_time_exclusive", ON},
    [LOG_QUEUE_TIME_OVERALL] = {"queue_time_overall", OFF},
    [LOG_RECEIVE_TIME] = {"receive_time", OFF},
    [LOG_RECEIVED_RECIPIENTS] = {"received_recipients", OFF},
    [LOG_RECEIVED_SENDER] = {"received_sender", OFF},
    [LOG_REJECTED_HEADER] = {"rejected_header", ON},
    [LOG_RETRY_DEFER] = {"retry_defer", ON},
    [LOG_RETURN_PATH_ON_DELIVERY] = {"return_path_on_delivery", OFF},
    [LOG_SENDER_ON_DELIVERY] = {"sender_on_delivery", OFF},
    [LOG_SENDER_VERIFY_FAIL] = {"sender_verify_fail", ON},
    [LOG_SIZE_REJECT] = {"size_reject", ON},
    [LOG_SKIP_DELIVERY] = {"skip_delivery", ON},
    [LOG_SMTP_CONFIRMATION] = {"smtp_confirmation", ON},
    [LOG_SMTP_CONNECTION] = {"smtp_connection", OFF},
    [LOG_SMTP_INCOMPLETE_TRANSACTION] = {"smtp_incomplete_transaction", OFF},
    [LOG_SMTP_MAILAUTH] = {"smtp_mailauth", OFF},
    [LOG_SMTP_NO_MAIL] = {"smtp_no_mail", OFF},
    [LOG_SMTP_PROTOCOL_ERROR] = {"smtp_protocol_error", OFF},
    [LOG_SMTP_SYNTAX_ERROR] = {"smtp_syntax_error", OFF},
    [LOG_SPF] = {"spf", OFF},
    [LOG_SPF_VERBOSE] = {"spf_verbose", OFF},
    [LOG_SUBJECT] = {"subject", OFF},
    [LOG_TLS_CERTIFICATE_VERIFIED] = {"tls_certificate_verified", ON},
    [LOG_TLS_CIPHER] = {"tls_cipher", ON},
    [LOG_TLS_ON_CONNECT] = {"tls_on_connect", OFF},
    [LOG_TLS_PEERDN] = {"tls_peerdn", OFF},
    [LOG_TLS_RESUMPTION] = {"tls_resumption", OFF},
    [LOG_TLS_SNI] = {"tls_sni", OFF},
    [LOG_UNKNOWN_IN_LIST] = {"unknown_in_list", OFF},
};

_Static_assert(LOG_SELECTOR_COUNT < 64, "a bit for each selector");

#define ALL ((UINT64_C(1) << LOG_SELECTOR_COUNT) - 1)

struct log_selectors log_selectors_default(void)
{
    struct log_selectors s = {0};
    for (size_t i = 0; i < LOG_SELECTOR_COUNT; i++) {
        s.on |= (uint64_t)selectors[i].on << i;
    }
    return s;
}

const char *log_selector_name(enum log_selector which)
{
    return which < LOG_SELECTOR_COUNT ? selectors[which].name : "";
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static bool is_word(unsigned char c)
{
    return !is_space(c);
}

/* The bits that a name without its sign stands for; 0: there is no such name. */
static uint64_t bits_of(span name)
{
    for (size_t i = 0; i < LOG_SELECTOR_COUNT; i++) {
        if (span_eq(name, span_text(selectors[i].name))) {
            return UINT64_C(1) << i;
        }
    }
    if (span_eq(name, SPAN("rejected_headers"))) { /* Exim has both */
        return UINT64_C(1) << LOG_REJECTED_HEADER;
    }
    return span_eq(name, SPAN("all")) ? ALL : 0;
}

static err apply(span word, size_t at, struct arena *arena, uint64_t *on)
{
    span name = span_from(word, 1);
    if (word.at[0] != '+' && word.at[0] != '-') {
        return err_syntax(at, arena_printf(arena,
            "malformed log_selector setting: + or - expected but found \"%.*s\"", SPAN_FMT(word)));
    }
    uint64_t bits = bits_of(name);
    if (bits == 0) {
        const char *near = ROWS_SUGGEST(selectors, name);
        return err_syntax(at, arena_printf(arena, "unknown log_selector setting: %.*s%s%s%s",
                                           SPAN_FMT(word), near ? " (did you mean \"" : "",
                                           near ? near : "", near ? "\"?)" : ""));
    }
    *on = word.at[0] == '+' ? *on | bits : *on & ~bits;
    return OK;
}

err log_selectors_read(span text, struct arena *arena, struct log_selectors *into)
{
    struct cursor c = cursor_of(text);
    uint64_t on = into->on;
    span word;
    for (;;) {
        (void)cursor_take_while(&c, is_space, &word);
        size_t at = c.pos;
        if (!cursor_take_while(&c, is_word, &word)) {
            break;
        }
        TRY(apply(word, at, arena, &on));
    }
    into->on = on;
    return OK;
}

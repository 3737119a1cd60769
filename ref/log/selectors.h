/* log_selector: which optional fields and lines are written. Names and defaults are Exim's. */
#ifndef REF_LOG_SELECTORS_H
#define REF_LOG_SELECTORS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

/* Name and default, in the order of the names. */
#define LOG_SELECTORS(ROW)                                                    \
    ROW(LOG_8BITMIME, "8bitmime", OFF)                                        \
    ROW(LOG_ACL_WARN_SKIPPED, "acl_warn_skipped", ON)                         \
    ROW(LOG_ADDRESS_REWRITE, "address_rewrite", OFF)                          \
    ROW(LOG_ALL_PARENTS, "all_parents", OFF)                                  \
    ROW(LOG_ARGUMENTS, "arguments", OFF)                                      \
    ROW(LOG_CONNECTION_ID, "connection_id", OFF)                              \
    ROW(LOG_CONNECTION_REJECT, "connection_reject", ON)                       \
    ROW(LOG_DELAY_DELIVERY, "delay_delivery", ON)                             \
    ROW(LOG_DELIVER_TIME, "deliver_time", OFF)                                \
    ROW(LOG_DELIVERY_SIZE, "delivery_size", OFF)                              \
    ROW(LOG_DKIM, "dkim", ON)                                                 \
    ROW(LOG_DKIM_VERBOSE, "dkim_verbose", OFF)                                \
    ROW(LOG_DMARC, "dmarc", OFF)                                              \
    ROW(LOG_DMARC_VERBOSE, "dmarc_verbose", OFF)                              \
    ROW(LOG_DNSLIST_DEFER, "dnslist_defer", ON)                               \
    ROW(LOG_DNSSEC, "dnssec", OFF)                                            \
    ROW(LOG_ETRN, "etrn", ON)                                                 \
    ROW(LOG_HOST_LOOKUP_FAILED, "host_lookup_failed", ON)                     \
    ROW(LOG_IDENT_TIMEOUT, "ident_timeout", OFF)                              \
    ROW(LOG_INCOMING_INTERFACE, "incoming_interface", OFF)                    \
    ROW(LOG_INCOMING_PORT, "incoming_port", OFF)                              \
    ROW(LOG_LOST_INCOMING_CONNECTION, "lost_incoming_connection", ON)         \
    ROW(LOG_MILLISEC, "millisec", OFF)                                        \
    ROW(LOG_MSG_ID, "msg_id", ON)                                             \
    ROW(LOG_MSG_ID_CREATED, "msg_id_created", OFF)                            \
    ROW(LOG_OUTGOING_INTERFACE, "outgoing_interface", ON)                     \
    ROW(LOG_OUTGOING_PORT, "outgoing_port", OFF)                              \
    ROW(LOG_PID, "pid", OFF)                                                  \
    ROW(LOG_PIPELINING, "pipelining", OFF)                                    \
    ROW(LOG_PROTOCOL_DETAIL, "protocol_detail", OFF)                          \
    ROW(LOG_PROXY, "proxy", OFF)                                              \
    ROW(LOG_QUEUE_RUN, "queue_run", ON)                                       \
    ROW(LOG_QUEUE_TIME, "queue_time", OFF)                                    \
    ROW(LOG_QUEUE_TIME_EXCLUSIVE, "queue_time_exclusive", ON)                 \
    ROW(LOG_QUEUE_TIME_OVERALL, "queue_time_overall", OFF)                    \
    ROW(LOG_RECEIVE_TIME, "receive_time", OFF)                                \
    ROW(LOG_RECEIVED_RECIPIENTS, "received_recipients", OFF)                  \
    ROW(LOG_RECEIVED_SENDER, "received_sender", OFF)                          \
    ROW(LOG_REJECTED_HEADER, "rejected_header", ON)                           \
    ROW(LOG_RETRY_DEFER, "retry_defer", ON)                                   \
    ROW(LOG_RETURN_PATH_ON_DELIVERY, "return_path_on_delivery", OFF)          \
    ROW(LOG_SENDER_ON_DELIVERY, "sender_on_delivery", OFF)                    \
    ROW(LOG_SENDER_VERIFY_FAIL, "sender_verify_fail", ON)                     \
    ROW(LOG_SIZE_REJECT, "size_reject", ON)                                   \
    ROW(LOG_SKIP_DELIVERY, "skip_delivery", ON)                               \
    ROW(LOG_SMTP_CONFIRMATION, "smtp_confirmation", ON)                       \
    ROW(LOG_SMTP_CONNECTION, "smtp_connection", OFF)                          \
    ROW(LOG_SMTP_INCOMPLETE_TRANSACTION, "smtp_incomplete_transaction", OFF)  \
    ROW(LOG_SMTP_MAILAUTH, "smtp_mailauth", OFF)                              \
    ROW(LOG_SMTP_NO_MAIL, "smtp_no_mail", OFF)                                \
    ROW(LOG_SMTP_PROTOCOL_ERROR, "smtp_protocol_error", OFF)                  \
    ROW(LOG_SMTP_SYNTAX_ERROR, "smtp_syntax_error", OFF)                      \
    ROW(LOG_SPF, "spf", OFF)                                                  \
    ROW(LOG_SPF_VERBOSE, "spf_verbose", OFF)                                  \
    ROW(LOG_SUBJECT, "subject", OFF)                                          \
    ROW(LOG_TLS_CERTIFICATE_VERIFIED, "tls_certificate_verified", ON)         \
    ROW(LOG_TLS_CIPHER, "tls_cipher", ON)                                     \
    ROW(LOG_TLS_ON_CONNECT, "tls_on_connect", OFF)                            \
    ROW(LOG_TLS_PEERDN, "tls_peerdn", OFF)                                    \
    ROW(LOG_TLS_RESUMPTION, "tls_resumption", OFF)                            \
    ROW(LOG_TLS_SNI, "tls_sni", OFF)                                          \
    ROW(LOG_UNKNOWN_IN_LIST, "unknown_in_list", OFF)

#define LOG_SELECTOR_ID(id, name, on) id,
enum log_selector {
    LOG_SELECTORS(LOG_SELECTOR_ID)
    LOG_SELECTOR_COUNT,
    LOG_ALWAYS = LOG_SELECTOR_COUNT /* in tables of lines and fields: no selector rules it */
};

struct log_selectors {
    uint64_t on; /* bit n: selector n */
};

/* Those marked * in the manual. */
struct log_selectors log_selectors_default(void);

/* Applies "+name -name ..." to *selectors; "+all" and "-all" are all of them. Blanks part the
   words. ERR_SYNTAX with the offset: no sign, or an unknown name, with a suggestion; text in
   arena. *selectors is then unchanged. */
err log_selectors_read(span text, struct arena *arena, struct log_selectors *selectors) MUST_CHECK;

static inline bool log_selected(struct log_selectors s, enum log_selector which)
{
    return which == LOG_ALWAYS || (s.on >> which & 1) != 0;
}

const char *log_selector_name(enum log_selector which);

#endif

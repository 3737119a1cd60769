/* log_selector: which optional fields and lines are written. Names and defaults are Exim's. */
#ifndef REF_LOG_SELECTORS_H
#define REF_LOG_SELECTORS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

/* In the order of the names, which is that of the table in selectors.c. */
enum log_selector {
    LOG_8BITMIME,
    LOG_ACL_WARN_SKIPPED,
    LOG_ADDRESS_REWRITE,
    LOG_ALL_PARENTS,
    LOG_ARGUMENTS,
    LOG_CONNECTION_ID,
    LOG_CONNECTION_REJECT,
    LOG_DELAY_DELIVERY,
    LOG_DELIVER_TIME,
    LOG_DELIVERY_SIZE,
    LOG_DKIM,
    LOG_DKIM_VERBOSE,
    LOG_DMARC,
    LOG_DMARC_VERBOSE,
    LOG_DNSLIST_DEFER,
    LOG_DNSSEC,
    LOG_ETRN,
    LOG_HOST_LOOKUP_FAILED,
    LOG_IDENT_TIMEOUT,
    LOG_INCOMING_INTERFACE,
    LOG_INCOMING_PORT,
    LOG_LOST_INCOMING_CONNECTION,
    LOG_MILLISEC,
    LOG_MSG_ID,
    LOG_MSG_ID_CREATED,
    LOG_OUTGOING_INTERFACE,
    LOG_OUTGOING_PORT,
    LOG_PID,
    LOG_PIPELINING,
    LOG_PROTOCOL_DETAIL,
    LOG_PROXY,
    LOG_QUEUE_RUN,
    LOG_QUEUE_TIME,
    LOG_QUEUE_TIME_EXCLUSIVE,
    LOG_QUEUE_TIME_OVERALL,
    LOG_RECEIVE_TIME,
    LOG_RECEIVED_RECIPIENTS,
    LOG_RECEIVED_SENDER,
    LOG_REJECTED_HEADER,
    LOG_RETRY_DEFER,
    LOG_RETURN_PATH_ON_DELIVERY,
    LOG_SENDER_ON_DELIVERY,
    LOG_SENDER_VERIFY_FAIL,
    LOG_SIZE_REJECT,
    LOG_SKIP_DELIVERY,
    LOG_SMTP_CONFIRMATION,
    LOG_SMTP_CONNECTION,
    LOG_SMTP_INCOMPLETE_TRANSACTION,
    LOG_SMTP_MAILAUTH,
    LOG_SMTP_NO_MAIL,
    LOG_SMTP_PROTOCOL_ERROR,
    LOG_SMTP_SYNTAX_ERROR,
    LOG_SPF,
    LOG_SPF_VERBOSE,
    LOG_SUBJECT,
    LOG_TLS_CERTIFICATE_VERIFIED,
    LOG_TLS_CIPHER,
    LOG_TLS_ON_CONNECT,
    LOG_TLS_PEERDN,
    LOG_TLS_RESUMPTION,
    LOG_TLS_SNI,
    LOG_UNKNOWN_IN_LIST,
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

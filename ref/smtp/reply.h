/* Replies as values: a row of the table of all replies this server gives, and a detail for its
   text. Knows how a reply is spelled (RFC 5321 4.2, RFC 2034 4); does not decide which one to
   give. */
#ifndef REF_SMTP_REPLY_H
#define REF_SMTP_REPLY_H

#include "base/buf.h"

enum smtp_reply_id {
    SMTP_NO_REPLY, /* not answered yet */
    SMTP_GREETING,
    SMTP_GREETING_REFUSED,
    SMTP_HELLO,
    SMTP_HELLO_BAD,
    SMTP_HELLO_MISSING,
    SMTP_UNKNOWN,
    SMTP_NOT_IMPLEMENTED,
    SMTP_LINE_TOO_LONG,
    SMTP_BARE_NEWLINE,
    SMTP_BAD_OCTET,
    SMTP_EIGHT_BIT,
    SMTP_ARGUMENT_UNEXPECTED,
    SMTP_ARGUMENT_MISSING,
    SMTP_SYNTAX,
    SMTP_NO_HELLO,
    SMTP_OUT_OF_ORDER,
    SMTP_AFTER_REFUSAL,
    SMTP_MAIL_OPEN,
    SMTP_NO_MAIL,
    SMTP_NO_RECIPIENT,
    SMTP_ALL_REFUSED,
    SMTP_CHUNKS_BEGUN,
    SMTP_CHUNK_FAILED,
    SMTP_CHUNK_SYNTAX,
    SMTP_CHUNKING_NOT_OFFERED,
    SMTP_SENDER_SYNTAX,
    SMTP_SENDER_UTF8,
    SMTP_SENDER_OK,
    SMTP_RECIPIENT_SYNTAX,
    SMTP_RECIPIENT_UTF8,
    SMTP_RECIPIENT_OK,
    SMTP_RECIPIENTS_MANY,
    SMTP_RECIPIENTS_MANY_REFUSED,
    SMTP_PARAMETER_UNKNOWN,
    SMTP_PARAMETER_BAD,
    SMTP_SIZE_OVER,
    SMTP_SPACE_SHORT,
    SMTP_DATA_GO,
    SMTP_CHUNK_OK,
    SMTP_ACCEPTED,
    SMTP_TEXT_OVER,
    SMTP_TEXT_BARE_NEWLINE,
    SMTP_TEXT_LINE_LONG,
    SMTP_TEXT_HEADER_LARGE,
    SMTP_TEXT_HEADER_LINE,
    SMTP_TEXT_RECIPIENTS,
    SMTP_LOOP,
    SMTP_DISK_FULL,
    SMTP_SPOOL_FAILED,
    SMTP_RESET_OK,
    SMTP_NOOP_OK,
    SMTP_BYE,
    SMTP_HELP,
    SMTP_VRFY_MAYBE,
    SMTP_VRFY_UTF8,
    SMTP_VRFY_OFF,
    SMTP_EXPN_UNKNOWN,
    SMTP_SHUTDOWN,
    SMTP_TIMEOUT,
    SMTP_BUSY,
    SMTP_BUSY_HOST,
    SMTP_SYNC,
    SMTP_MANY_ERRORS,
    SMTP_MANY_UNKNOWN,
    SMTP_MANY_NONMAIL,
    SMTP_MANY_MESSAGES,
    SMTP_CONNECT_DENIED,
    SMTP_CONNECT_DEFERRED,
    SMTP_CONNECT_DROPPED,
    SMTP_HELLO_DENIED,
    SMTP_HELLO_DEFERRED,
    SMTP_HELLO_DROPPED,
    SMTP_DENIED,
    SMTP_DEFERRED,
    SMTP_DROPPED,
    SMTP_FAKE_REJECTED,
    SMTP_FAKE_DEFERRED,
    SMTP_AUTH_GO,
    SMTP_AUTH_OK,
    SMTP_AUTH_FAILED,
    SMTP_AUTH_TEMPORARY,
    SMTP_AUTH_UNKNOWN,
    SMTP_AUTH_NOT_IN_CLEAR,
    SMTP_AUTH_NOT_OFFERED,
    SMTP_AUTH_AGAIN,
    SMTP_AUTH_IN_TRANSACTION,
    SMTP_AUTH_CANCELLED,
    SMTP_AUTH_BASE64,
    SMTP_AUTH_LONG,
    SMTP_TLS_GO,
    SMTP_TLS_UNAVAILABLE,
    SMTP_TLS_AGAIN,
    SMTP_TLS_IN_TRANSACTION,
    SMTP_TLS_NOT_OFFERED,
    SMTP_REPLY_COUNT
};

enum smtp_reply_flag {
    SMTP_COUNTS = 1,  /* an error of syntax or order: smtp_max_synprot_errors */
    SMTP_CLOSES = 2   /* the session ends with it: 221 and 421, RFC 5321 3.8 */
};

struct smtp_reply_row {
    unsigned code;
    const char *status; /* RFC 3463; NULL where RFC 2034 4 has none */
    const char *text;   /* "{}" is the detail, "{host}" this host's name */
    unsigned flags;
    const char *clause;
};
extern const struct smtp_reply_row smtp_replies[SMTP_REPLY_COUNT];

/* The detail is borrowed; it must live until the reply is written. Line feeds part lines. An ACL may
   have given code, status and text in place of the row's; the class of the code is the row's. */
struct smtp_reply {
    enum smtp_reply_id id;
    span detail;
    unsigned code;  /* 0: the row's */
    span status;    /* empty: the row's */
    bool said;      /* the detail is the whole text */
};

static inline struct smtp_reply smtp_reply_of(enum smtp_reply_id id)
{
    return (struct smtp_reply){.id = id, .detail = SPAN_EMPTY};
}
static inline struct smtp_reply smtp_reply_with(enum smtp_reply_id id, span detail)
{
    return (struct smtp_reply){.id = id, .detail = detail};
}
static inline bool smtp_replied(struct smtp_reply r)
{
    return r.id != SMTP_NO_REPLY;
}

/* Appends the text alone, its marks replaced: for the log. */
void smtp_reply_text(struct smtp_reply r, span host, struct buf *out);
/* Appends the reply as it goes on the wire: code and status on every line, CRLF, no line longer
   than 512 octets (RFC 5321 4.5.3.1.5), nothing in it but printable ASCII and UTF-8. */
void smtp_reply_write(struct smtp_reply r, span host, struct buf *out);

#endif

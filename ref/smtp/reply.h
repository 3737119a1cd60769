/* Replies as values: a row of the table of all replies this server gives, and a detail for its
   text. Knows how a reply is spelled (RFC 5321 4.2, RFC 2034 4); does not decide which one to
   give. */
#ifndef REF_SMTP_REPLY_H
#define REF_SMTP_REPLY_H

#include "base/buf.h"

enum smtp_reply_flag {
    SMTP_COUNTS = 1,  /* an error of syntax or order: smtp_max_synprot_errors */
    SMTP_CLOSES = 2   /* the session ends with it: 221 and 421, RFC 5321 3.8 */
};

/* Every answer of the server: code, status (RFC 3463; NULL where RFC 2034 4 has none), text ("{}" is the
   detail, "{host}" this host's name), flags, and the clause that asks for it. A wrong code is found here and
   nowhere else. */
#define SMTP_REPLIES(ROW)                                                                         \
    ROW(SMTP_NO_REPLY, 0, NULL, "", 0, "")                                                        \
    ROW(SMTP_GREETING, 220, NULL, "{}", 0, "RFC5321-3.1")                                         \
    ROW(SMTP_GREETING_REFUSED, 554, NULL, "{host} no service: input before the greeting",         \
        0, "RFC5321-3.1")                                                                         \
    ROW(SMTP_HELLO, 250, NULL, "{}", 0, "RFC5321-4.1.1.1")                                        \
    ROW(SMTP_HELLO_BAD, 501, NULL, "Domain or address literal expected",                          \
        SMTP_COUNTS, "RFC5321-4.1.1.1")                                                           \
    ROW(SMTP_HELLO_MISSING, 501, NULL, "Name of the client expected",                             \
        SMTP_COUNTS, "RFC5321-4.1.1.1")                                                           \
    ROW(SMTP_UNKNOWN, 500, "5.5.1", "Command unknown", 0, "RFC5321-4.2.4")                        \
    ROW(SMTP_NOT_IMPLEMENTED, 502, "5.5.1", "{} is not implemented",                              \
        SMTP_COUNTS, "RFC5321-4.2.4")                                                             \
    ROW(SMTP_LINE_TOO_LONG, 500, "5.5.2", "Line too long", SMTP_COUNTS, "RFC5321-4.5.3.1.4")      \
    ROW(SMTP_BARE_NEWLINE, 500, "5.5.2", "Bare CR or LF in a command",                            \
        SMTP_COUNTS, "RFC5321-2.3.8")                                                             \
    ROW(SMTP_BAD_OCTET, 501, "5.5.2", "Control character in a command",                           \
        SMTP_COUNTS, "RFC5321-4.1.2")                                                             \
    ROW(SMTP_EIGHT_BIT, 500, "5.5.2", "8-bit octet in a command", SMTP_COUNTS, "RFC5321-2.4")     \
    ROW(SMTP_ARGUMENT_UNEXPECTED, 501, "5.5.4", "{} takes no argument",                           \
        SMTP_COUNTS, "RFC5321-4.3.2")                                                             \
    ROW(SMTP_ARGUMENT_MISSING, 501, "5.5.4", "{} needs an argument",                              \
        SMTP_COUNTS, "RFC5321-4.1.1")                                                             \
    ROW(SMTP_SYNTAX, 501, "5.5.2", "{}", SMTP_COUNTS, "RFC5321-4.1.2")                            \
    ROW(SMTP_NO_HELLO, 503, "5.5.1", "EHLO or HELO first", SMTP_COUNTS, "RFC5321-4.1.4")          \
    ROW(SMTP_OUT_OF_ORDER, 503, "5.5.1", "Command out of order", SMTP_COUNTS, "RFC5321-4.1.4")    \
    ROW(SMTP_AFTER_REFUSAL, 503, "5.5.1", "The greeting was 554: only QUIT is left",              \
        0, "RFC5321-3.1")                                                                         \
    ROW(SMTP_MAIL_OPEN, 503, "5.5.1", "MAIL was given already", SMTP_COUNTS, "RFC5321-4.1.4")     \
    ROW(SMTP_NO_MAIL, 503, "5.5.1", "MAIL first", SMTP_COUNTS, "RFC5321-3.3")                     \
    ROW(SMTP_NO_RECIPIENT, 503, "5.5.1", "RCPT first", SMTP_COUNTS, "RFC5321-3.3")                \
    ROW(SMTP_ALL_REFUSED, 554, "5.5.1", "No valid recipients", 0, "RFC5321-3.3")                  \
    ROW(SMTP_CHUNKS_BEGUN, 503, "5.5.1", "Only BDAT or RSET between chunks",                      \
        SMTP_COUNTS, "RFC3030-2")                                                                 \
    ROW(SMTP_CHUNK_FAILED, 503, "5.5.1", "A chunk was refused: RSET first", 0, "RFC3030-2")       \
    ROW(SMTP_CHUNK_SYNTAX, 501, "5.5.4", "BDAT SP size [SP LAST] expected",                       \
        SMTP_COUNTS, "RFC3030-2")                                                                 \
    ROW(SMTP_CHUNKING_NOT_OFFERED, 503, "5.5.1", "CHUNKING was not offered",                      \
        SMTP_COUNTS, "RFC3030-2")                                                                 \
    ROW(SMTP_SENDER_SYNTAX, 501, "5.1.7", "{}", SMTP_COUNTS, "RFC5321-4.1.1.2")                   \
    ROW(SMTP_SENDER_UTF8, 550, "5.6.7", "Non-ASCII address without SMTPUTF8", 0, "RFC6531-3.5")   \
    ROW(SMTP_SENDER_OK, 250, "2.1.0", "OK", 0, "RFC5321-3.3")                                     \
    ROW(SMTP_RECIPIENT_SYNTAX, 501, "5.1.3", "{}", SMTP_COUNTS, "RFC5321-4.1.1.3")                \
    ROW(SMTP_RECIPIENT_UTF8, 553, "5.6.7", "Non-ASCII address without SMTPUTF8",                  \
        0, "RFC6531-3.5")                                                                         \
    ROW(SMTP_RECIPIENT_OK, 250, "2.1.5", "Accepted", 0, "RFC5321-3.3")                            \
    ROW(SMTP_RECIPIENTS_MANY, 452, "4.5.3", "Too many recipients", 0, "RFC5321-4.5.3.1.10")       \
    ROW(SMTP_RECIPIENTS_MANY_REFUSED, 552, "5.5.3", "Too many recipients",                        \
        0, "RFC5321-4.5.3.1.10")                                                                  \
    ROW(SMTP_PARAMETER_UNKNOWN, 555, "5.5.4", "Parameter {} is not known here",                   \
        SMTP_COUNTS, "RFC5321-4.1.1.11")                                                          \
    ROW(SMTP_PARAMETER_AGAIN, 501, "5.5.4", "{} can be given once only",                          \
        SMTP_COUNTS, "RFC5321-4.1.1.11")                                                          \
    ROW(SMTP_PARAMETER_BAD, 501, "5.5.4", "{}", SMTP_COUNTS, "RFC5321-4.1.1.11")                  \
    ROW(SMTP_SIZE_OVER, 552, "5.3.4", "Message size exceeds fixed maximum", 0, "RFC1870-6.1")     \
    ROW(SMTP_SPACE_SHORT, 452, "4.3.1", "Not enough space now", 0, "RFC1870-6.1")                 \
    ROW(SMTP_DATA_GO, 354, NULL, "Enter message, ending with \".\" on a line by itself",          \
        0, "RFC5321-4.1.1.4")                                                                     \
    ROW(SMTP_CHUNK_OK, 250, "2.0.0", "{} octets received", 0, "RFC3030-2")                        \
    ROW(SMTP_ACCEPTED, 250, "2.6.0", "OK id={}", 0, "RFC5321-4.1.1.4")                            \
    ROW(SMTP_TEXT_OVER, 552, "5.3.4", "Message size exceeds fixed maximum", 0, "RFC1870-6.3")     \
    ROW(SMTP_TEXT_BARE_NEWLINE, 550, "5.5.2", "Bare CR or LF in the message",                     \
        0, "RFC5321-2.3.8")                                                                       \
    ROW(SMTP_TEXT_LINE_LONG, 554, "5.6.0", "A line of the message is longer than 1000 octets",    \
        0, "RFC5321-4.5.3.1.6")                                                                   \
    ROW(SMTP_TEXT_HEADER_LARGE, 552, "5.3.4", "Header section too large", 0, "RFC5321-4.5.3.1")   \
    ROW(SMTP_TEXT_HEADER_LINE, 552, "5.3.4", "Header field too long", 0, "RFC5321-4.5.3.1")       \
    ROW(SMTP_TEXT_RECIPIENTS, 554, "5.5.3", "Too many recipients: none was taken",                \
        0, "RFC5321-4.5.3.1.10")                                                                  \
    ROW(SMTP_LOOP, 554, "5.4.6", "Too many Received: fields, the message loops",                  \
        0, "RFC5321-6.3")                                                                         \
    ROW(SMTP_DISK_FULL, 452, "4.3.1", "Not enough space now", 0, "RFC5321-4.2.3")                 \
    ROW(SMTP_SPOOL_FAILED, 451, "4.3.0", "The message could not be stored, try again",            \
        0, "RFC5321-4.2.3")                                                                       \
    ROW(SMTP_RESET_OK, 250, "2.0.0", "Reset OK", 0, "RFC5321-4.1.1.5")                            \
    ROW(SMTP_NOOP_OK, 250, "2.0.0", "OK", 0, "RFC5321-4.1.1.9")                                   \
    ROW(SMTP_BYE, 221, "2.0.0", "{host} closing connection", SMTP_CLOSES, "RFC5321-4.1.1.10")     \
    ROW(SMTP_HELP, 214, "2.0.0", "{}", 0, "RFC5321-4.1.1.8")                                      \
    ROW(SMTP_VRFY_MAYBE, 252, "2.5.0", "Cannot verify, but would try to deliver",                 \
        0, "RFC5321-3.5.3")                                                                       \
    ROW(SMTP_VRFY_UTF8, 252, "2.6.8",                                                             \
        "Cannot verify without SMTPUTF8, but would try to deliver", 0, "RFC6531-3.7.4.2")         \
    ROW(SMTP_VRFY_OFF, 252, "2.7.0", "Administrative prohibition", 0, "RFC5321-7.3")              \
    ROW(SMTP_EXPN_UNKNOWN, 550, "5.1.1", "No such mailing list here", 0, "RFC5321-3.5.3")         \
    ROW(SMTP_SHUTDOWN, 421, "4.3.0", "{host} is shutting down, closing connection",               \
        SMTP_CLOSES, "RFC5321-3.8")                                                               \
    ROW(SMTP_TIMEOUT, 421, "4.4.2",                                                               \
        "{host} waited too long for input, closing connection",                                   \
        SMTP_CLOSES, "RFC5321-4.5.3.2.7")                                                         \
    ROW(SMTP_BUSY, 421, "4.3.2", "{host} too many connections, try later",                        \
        SMTP_CLOSES, "RFC5321-3.1")                                                               \
    ROW(SMTP_BUSY_HOST, 421, "4.7.0",                                                             \
        "{host} too many connections from your address, try later", SMTP_CLOSES, "RFC5321-3.1")   \
    ROW(SMTP_SYNC, 421, "4.5.0",                                                                  \
        "{host} input before the reply it must wait for, closing connection",                     \
        SMTP_CLOSES, "RFC2920-3.1")                                                               \
    ROW(SMTP_MANY_ERRORS, 421, "4.7.0",                                                           \
        "{host} too many syntax or protocol errors, closing connection",                          \
        SMTP_CLOSES, "RFC5321-3.8")                                                               \
    ROW(SMTP_MANY_UNKNOWN, 421, "4.7.0", "{host} too many unknown commands, closing connection",  \
        SMTP_CLOSES, "RFC5321-3.8")                                                               \
    ROW(SMTP_MANY_NONMAIL, 421, "4.7.0", "{host} too many nonmail commands, closing connection",  \
        SMTP_CLOSES, "RFC5321-3.8")                                                               \
    ROW(SMTP_MANY_MESSAGES, 421, "4.7.0",                                                         \
        "{host} too many messages in this connection, closing connection",                        \
        SMTP_CLOSES, "RFC5321-3.8")                                                               \
    ROW(SMTP_CONNECT_DENIED, 554, NULL, "{host} Administrative prohibition", 0, "RFC5321-3.1")    \
    ROW(SMTP_CONNECT_DEFERRED, 421, NULL, "{host} Temporary local problem - please try later",    \
        SMTP_CLOSES, "RFC5321-3.8")                                                               \
    ROW(SMTP_CONNECT_DROPPED, 554, NULL, "{host} Administrative prohibition",                     \
        SMTP_CLOSES, "RFC5321-3.1")                                                               \
    ROW(SMTP_HELLO_DENIED, 550, NULL, "Administrative prohibition", 0, "RFC5321-4.1.4")           \
    ROW(SMTP_HELLO_DEFERRED, 451, NULL, "Temporary local problem - please try later",             \
        0, "RFC5321-4.2.3")                                                                       \
    ROW(SMTP_HELLO_DROPPED, 550, NULL, "Administrative prohibition", SMTP_CLOSES, "RFC5321-7.8")  \
    ROW(SMTP_DENIED, 550, "5.7.1", "Administrative prohibition", 0, "RFC5321-7.9")                \
    ROW(SMTP_DEFERRED, 451, "4.7.1", "Temporary local problem - please try later",                \
        0, "RFC5321-4.2.3")                                                                       \
    ROW(SMTP_DROPPED, 550, "5.7.1", "Administrative prohibition", SMTP_CLOSES, "RFC5321-7.8")     \
    ROW(SMTP_FAKE_REJECTED, 550, "5.7.1",                                                         \
        "Your message has been rejected but is being kept for evaluation.\n"                      \
        "If it was a legitimate message, it may still be delivered to the target\n"               \
        "recipient(s).", 0, "RFC5321-7.9")                                                        \
    ROW(SMTP_FAKE_DEFERRED, 450, "4.7.1",                                                         \
        "Your message has been rejected but is being kept for evaluation.\n"                      \
        "If it was a legitimate message, it may still be delivered to the target\n"               \
        "recipient(s).", 0, "RFC5321-7.9")                                                        \
    ROW(SMTP_AUTH_GO, 334, NULL, "{}", 0, "RFC4954-4")                                            \
    ROW(SMTP_AUTH_OK, 235, "2.7.0", "Authentication succeeded", 0, "RFC4954-6")                   \
    ROW(SMTP_AUTH_FAILED, 535, "5.7.8", "Authentication credentials invalid", 0, "RFC4954-6")     \
    ROW(SMTP_AUTH_TEMPORARY, 454, "4.7.0", "Temporary authentication failure", 0, "RFC4954-6")    \
    ROW(SMTP_AUTH_UNKNOWN, 504, "5.5.4", "Authentication mechanism {} is not known here",         \
        SMTP_COUNTS, "RFC4954-4")                                                                 \
    ROW(SMTP_AUTH_NOT_IN_CLEAR, 538, "5.7.11",                                                    \
        "Encryption required for requested authentication mechanism", SMTP_COUNTS, "RFC4954-6")   \
    ROW(SMTP_AUTH_NOT_OFFERED, 503, "5.5.1", "AUTH was not offered", SMTP_COUNTS, "RFC4954-4")    \
    ROW(SMTP_AUTH_AGAIN, 503, "5.5.1", "Authenticated already", SMTP_COUNTS, "RFC4954-4")         \
    ROW(SMTP_AUTH_IN_TRANSACTION, 503, "5.5.1", "No AUTH inside a transaction",                   \
        SMTP_COUNTS, "RFC4954-4")                                                                 \
    ROW(SMTP_AUTH_CANCELLED, 501, "5.0.0", "Authentication cancelled", SMTP_COUNTS, "RFC4954-4")  \
    ROW(SMTP_AUTH_BASE64, 501, "5.5.2", "Base64 expected", SMTP_COUNTS, "RFC4954-4")              \
    ROW(SMTP_AUTH_LONG, 500, "5.5.6", "Authentication exchange line is too long",                 \
        SMTP_COUNTS, "RFC4954-6")                                                                 \
    ROW(SMTP_TLS_GO, 220, "2.0.0", "Go ahead with TLS", 0, "RFC3207-4")                           \
    ROW(SMTP_TLS_UNAVAILABLE, 454, "4.7.0", "TLS is not available now", 0, "RFC3207-4")           \
    ROW(SMTP_TLS_AGAIN, 503, "5.5.1", "TLS stands already", SMTP_COUNTS, "RFC3207-4.2")           \
    ROW(SMTP_TLS_IN_TRANSACTION, 503, "5.5.1", "No STARTTLS inside a transaction",                \
        SMTP_COUNTS, "RFC3207-4")                                                                 \
    ROW(SMTP_TLS_NOT_OFFERED, 503, "5.5.1", "STARTTLS was not offered",                           \
        SMTP_COUNTS, "RFC3207-4")

#define SMTP_REPLY_ID(id, code, status, text, flags, clause) id,
enum smtp_reply_id { SMTP_REPLIES(SMTP_REPLY_ID) SMTP_REPLY_COUNT };

struct smtp_reply_row {
    unsigned code;
    const char *status, *text;
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

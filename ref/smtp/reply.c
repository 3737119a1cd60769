/* Every answer of the server stands in this table, with the clause that asks for it. A wrong code
   is found here and nowhere else. */
#include "ref/smtp/reply.h"

#include "base/check.h"

/* RFC 5321 4.5.3.1.5, without CRLF */
enum { REPLY_LINE = 510, REPLY_TEXT_CEILING = 16384 };

const struct smtp_reply_row smtp_replies[SMTP_REPLY_COUNT] = {
    [SMTP_NO_REPLY] = {0, NULL, "", 0, ""},
    [SMTP_GREETING] = {220, NULL, "{}", 0, "RFC5321-3.1"},
    [SMTP_GREETING_REFUSED] = {554, NULL, "{host} no service: input before the greeting", 0,
                               "RFC5321-3.1"},
    [SMTP_HELLO] = {250, NULL, "{}", 0, "RFC5321-4.1.1.1"},
    [SMTP_HELLO_BAD] = {501, NULL, "Domain or address literal expected", SMTP_COUNTS,
                        "RFC5321-4.1.1.1"},
    [SMTP_HELLO_MISSING] = {501, NULL, "Name of the client expected", SMTP_COUNTS,
                            "RFC5321-4.1.1.1"},
    [SMTP_UNKNOWN] = {500, "5.5.1", "Command unknown", 0, "RFC5321-4.2.4"},
    [SMTP_NOT_IMPLEMENTED] = {502, "5.5.1", "{} is not implemented", SMTP_COUNTS,
                              "RFC5321-4.2.4"},
    [SMTP_LINE_TOO_LONG] = {500, "5.5.2", "Line too long", SMTP_COUNTS, "RFC5321-4.5.3.1.4"},
    [SMTP_BARE_NEWLINE] = {500, "5.5.2", "Bare CR or LF in a command", SMTP_COUNTS,
                           "RFC5321-2.3.8"},
    [SMTP_BAD_OCTET] = {501, "5.5.2", "Control character in a command", SMTP_COUNTS,
                        "RFC5321-4.1.2"},
    [SMTP_EIGHT_BIT] = {500, "5.5.2", "8-bit octet in a command", SMTP_COUNTS, "RFC5321-2.4"},
    [SMTP_ARGUMENT_UNEXPECTED] = {501, "5.5.4", "{} takes no argument", SMTP_COUNTS,
                                  "RFC5321-4.3.2"},
    [SMTP_ARGUMENT_MISSING] = {501, "5.5.4", "{} needs an argument", SMTP_COUNTS,
                               "RFC5321-4.1.1"},
    [SMTP_SYNTAX] = {501, "5.5.2", "{}", SMTP_COUNTS, "RFC5321-4.1.2"},
    [SMTP_NO_HELLO] = {503, "5.5.1", "EHLO or HELO first", SMTP_COUNTS, "RFC5321-4.1.4"},
    [SMTP_OUT_OF_ORDER] = {503, "5.5.1", "Command out of order", SMTP_COUNTS, "RFC5321-4.1.4"},
    [SMTP_AFTER_REFUSAL] = {503, "5.5.1", "The greeting was 554: only QUIT is left", 0,
                            "RFC5321-3.1"},
    [SMTP_MAIL_OPEN] = {503, "5.5.1", "MAIL was given already", SMTP_COUNTS, "RFC5321-4.1.4"},
    [SMTP_NO_MAIL] = {503, "5.5.1", "MAIL first", SMTP_COUNTS, "RFC5321-3.3"},
    [SMTP_NO_RECIPIENT] = {503, "5.5.1", "RCPT first", SMTP_COUNTS, "RFC5321-3.3"},
    [SMTP_ALL_REFUSED] = {554, "5.5.1", "No valid recipients", 0, "RFC5321-3.3"},
    [SMTP_CHUNKS_BEGUN] = {503, "5.5.1", "Only BDAT or RSET between chunks", SMTP_COUNTS,
                           "RFC3030-2"},
    [SMTP_CHUNK_FAILED] = {503, "5.5.1", "A chunk was refused: RSET first", 0, "RFC3030-2"},
    [SMTP_CHUNK_SYNTAX] = {501, "5.5.4", "BDAT SP size [SP LAST] expected", SMTP_COUNTS,
                           "RFC3030-2"},
    [SMTP_CHUNKING_NOT_OFFERED] = {503, "5.5.1", "CHUNKING was not offered", SMTP_COUNTS,
                                   "RFC3030-2"},
    [SMTP_SENDER_SYNTAX] = {501, "5.1.7", "{}", SMTP_COUNTS, "RFC5321-4.1.1.2"},
    [SMTP_SENDER_UTF8] = {550, "5.6.7", "Non-ASCII address without SMTPUTF8", 0, "RFC6531-3.5"},
    [SMTP_SENDER_OK] = {250, "2.1.0", "OK", 0, "RFC5321-3.3"},
    [SMTP_RECIPIENT_SYNTAX] = {501, "5.1.3", "{}", SMTP_COUNTS, "RFC5321-4.1.1.3"},
    [SMTP_RECIPIENT_UTF8] = {553, "5.6.7", "Non-ASCII address without SMTPUTF8", 0,
                             "RFC6531-3.5"},
    [SMTP_RECIPIENT_OK] = {250, "2.1.5", "Accepted", 0, "RFC5321-3.3"},
    [SMTP_RECIPIENTS_MANY] = {452, "4.5.3", "Too many recipients", 0, "RFC5321-4.5.3.1.10"},
    [SMTP_RECIPIENTS_MANY_REFUSED] = {552, "5.5.3", "Too many recipients", 0,
                                      "RFC5321-4.5.3.1.10"},
    [SMTP_PARAMETER_UNKNOWN] = {555, "5.5.4", "Parameter {} is not known here", SMTP_COUNTS,
                                "RFC5321-4.1.1.11"},
    [SMTP_PARAMETER_BAD] = {501, "5.5.4", "{}", SMTP_COUNTS, "RFC5321-4.1.1.11"},
    [SMTP_SIZE_OVER] = {552, "5.3.4", "Message size exceeds fixed maximum", 0, "RFC1870-6.1"},
    [SMTP_SPACE_SHORT] = {452, "4.3.1", "Not enough space now", 0, "RFC1870-6.1"},
    [SMTP_DATA_GO] = {354, NULL, "Enter message, ending with \".\" on a line by itself", 0,
                      "RFC5321-4.1.1.4"},
    [SMTP_CHUNK_OK] = {250, "2.0.0", "{} octets received", 0, "RFC3030-2"},
    [SMTP_ACCEPTED] = {250, "2.6.0", "OK id={}", 0, "RFC5321-4.1.1.4"},
    [SMTP_TEXT_OVER] = {552, "5.3.4", "Message size exceeds fixed maximum", 0, "RFC1870-6.3"},
    [SMTP_TEXT_BARE_NEWLINE] = {550, "5.5.2", "Bare CR or LF in the message", 0, "RFC5321-2.3.8"},
    [SMTP_TEXT_LINE_LONG] = {554, "5.6.0", "A line of the message is longer than 1000 octets", 0,
                             "RFC5321-4.5.3.1.6"},
    [SMTP_TEXT_HEADER_LARGE] = {552, "5.3.4", "Header section too large", 0, "RFC5321-4.5.3.1"},
    [SMTP_TEXT_HEADER_LINE] = {552, "5.3.4", "Header field too long", 0, "RFC5321-4.5.3.1"},
    [SMTP_TEXT_RECIPIENTS] = {554, "5.5.3", "Too many recipients: none was taken", 0,
                              "RFC5321-4.5.3.1.10"},
    [SMTP_LOOP] = {554, "5.4.6", "Too many Received: fields, the message loops", 0,
                   "RFC5321-6.3"},
    [SMTP_DISK_FULL] = {452, "4.3.1", "Not enough space now", 0, "RFC5321-4.2.3"},
    [SMTP_SPOOL_FAILED] = {451, "4.3.0", "The message could not be stored, try again", 0,
                           "RFC5321-4.2.3"},
    [SMTP_RESET_OK] = {250, "2.0.0", "Reset OK", 0, "RFC5321-4.1.1.5"},
    [SMTP_NOOP_OK] = {250, "2.0.0", "OK", 0, "RFC5321-4.1.1.9"},
    [SMTP_BYE] = {221, "2.0.0", "{host} closing connection", SMTP_CLOSES, "RFC5321-4.1.1.10"},
    [SMTP_HELP] = {214, "2.0.0", "{}", 0, "RFC5321-4.1.1.8"},
    [SMTP_VRFY_MAYBE] = {252, "2.5.0", "Cannot verify, but would try to deliver", 0,
                         "RFC5321-3.5.3"},
    [SMTP_VRFY_UTF8] = {252, "2.6.8", "Cannot verify without SMTPUTF8, but would try to deliver",
                        0, "RFC6531-3.7.4.2"},
    [SMTP_VRFY_OFF] = {252, "2.7.0", "Administrative prohibition", 0, "RFC5321-7.3"},
    [SMTP_EXPN_UNKNOWN] = {550, "5.1.1", "No such mailing list here", 0, "RFC5321-3.5.3"},
    [SMTP_SHUTDOWN] = {421, "4.3.0", "{host} is shutting down, closing connection", SMTP_CLOSES,
                       "RFC5321-3.8"},
    [SMTP_TIMEOUT] = {421, "4.4.2", "{host} waited too long for input, closing connection",
                      SMTP_CLOSES, "RFC5321-4.5.3.2.7"},
    [SMTP_BUSY] = {421, "4.3.2", "{host} too many connections, try later", SMTP_CLOSES,
                   "RFC5321-3.1"},
    [SMTP_BUSY_HOST] = {421, "4.7.0", "{host} too many connections from your address, try later",
                        SMTP_CLOSES, "RFC5321-3.1"},
    [SMTP_SYNC] = {421, "4.5.0",
                   "{host} input before the reply it must wait for, closing connection",
                   SMTP_CLOSES, "RFC2920-3.1"},
    [SMTP_MANY_ERRORS] = {421, "4.7.0",
                          "{host} too many syntax or protocol errors, closing connection",
                          SMTP_CLOSES, "RFC5321-3.8"},
    [SMTP_MANY_UNKNOWN] = {421, "4.7.0", "{host} too many unknown commands, closing connection",
                           SMTP_CLOSES, "RFC5321-3.8"},
    [SMTP_MANY_NONMAIL] = {421, "4.7.0", "{host} too many nonmail commands, closing connection",
                           SMTP_CLOSES, "RFC5321-3.8"},
    [SMTP_MANY_MESSAGES] = {421, "4.7.0",
                            "{host} too many messages in this connection, closing connection",
                            SMTP_CLOSES, "RFC5321-3.8"},
    [SMTP_CONNECT_DENIED] = {554, NULL, "{host} Administrative prohibition", 0, "RFC5321-3.1"},
    [SMTP_CONNECT_DEFERRED] = {421, NULL, "{host} Temporary local problem - please try later",
                               SMTP_CLOSES, "RFC5321-3.8"},
    [SMTP_CONNECT_DROPPED] = {554, NULL, "{host} Administrative prohibition", SMTP_CLOSES,
                              "RFC5321-3.1"},
    [SMTP_HELLO_DENIED] = {550, NULL, "Administrative prohibition", 0, "RFC5321-4.1.4"},
    [SMTP_HELLO_DEFERRED] = {451, NULL, "Temporary local problem - please try later", 0,
                             "RFC5321-4.2.3"},
    [SMTP_HELLO_DROPPED] = {550, NULL, "Administrative prohibition", SMTP_CLOSES, "RFC5321-7.8"},
    [SMTP_DENIED] = {550, "5.7.1", "Administrative prohibition", 0, "RFC5321-7.9"},
    [SMTP_DEFERRED] = {451, "4.7.1", "Temporary local problem - please try later", 0,
                       "RFC5321-4.2.3"},
    [SMTP_DROPPED] = {550, "5.7.1", "Administrative prohibition", SMTP_CLOSES, "RFC5321-7.8"},
    [SMTP_FAKE_REJECTED] = {550, "5.7.1",
                            "Your message has been rejected but is being kept for evaluation.\n"
                            "If it was a legitimate message, it may still be delivered to the target\n"
                            "recipient(s).", 0, "RFC5321-7.9"},
    [SMTP_FAKE_DEFERRED] = {450, "4.7.1",
                            "Your message has been rejected but is being kept for evaluation.\n"
                            "If it was a legitimate message, it may still be delivered to the target\n"
                            "recipient(s).", 0, "RFC5321-7.9"},
    [SMTP_AUTH_GO] = {334, NULL, "{}", 0, "RFC4954-4"},
    [SMTP_AUTH_OK] = {235, "2.7.0", "Authentication succeeded", 0, "RFC4954-6"},
    [SMTP_AUTH_FAILED] = {535, "5.7.8", "Authentication credentials invalid", 0, "RFC4954-6"},
    [SMTP_AUTH_TEMPORARY] = {454, "4.7.0", "Temporary authentication failure", 0, "RFC4954-6"},
    [SMTP_AUTH_UNKNOWN] = {504, "5.5.4", "Authentication mechanism {} is not known here",
                           SMTP_COUNTS, "RFC4954-4"},
    [SMTP_AUTH_NOT_IN_CLEAR] = {538, "5.7.11",
                                "Encryption required for requested authentication mechanism",
                                SMTP_COUNTS, "RFC4954-6"},
    [SMTP_AUTH_NOT_OFFERED] = {503, "5.5.1", "AUTH was not offered", SMTP_COUNTS, "RFC4954-4"},
    [SMTP_AUTH_AGAIN] = {503, "5.5.1", "Authenticated already", SMTP_COUNTS, "RFC4954-4"},
    [SMTP_AUTH_IN_TRANSACTION] = {503, "5.5.1", "No AUTH inside a transaction", SMTP_COUNTS,
                                  "RFC4954-4"},
    [SMTP_AUTH_CANCELLED] = {501, "5.0.0", "Authentication cancelled", SMTP_COUNTS, "RFC4954-4"},
    [SMTP_AUTH_BASE64] = {501, "5.5.2", "Base64 expected", SMTP_COUNTS, "RFC4954-4"},
    [SMTP_AUTH_LONG] = {500, "5.5.6", "Authentication exchange line is too long", SMTP_COUNTS,
                        "RFC4954-6"},
    [SMTP_TLS_GO] = {220, "2.0.0", "Go ahead with TLS", 0, "RFC3207-4"},
    [SMTP_TLS_UNAVAILABLE] = {454, "4.7.0", "TLS is not available now", 0, "RFC3207-4"},
    [SMTP_TLS_AGAIN] = {503, "5.5.1", "TLS stands already", SMTP_COUNTS, "RFC3207-4.2"},
    [SMTP_TLS_IN_TRANSACTION] = {503, "5.5.1", "No STARTTLS inside a transaction", SMTP_COUNTS,
                                 "RFC3207-4"},
    [SMTP_TLS_NOT_OFFERED] = {503, "5.5.1", "STARTTLS was not offered", SMTP_COUNTS,
                              "RFC3207-4"},
};

void smtp_reply_text(struct smtp_reply r, span host, struct buf *out)
{
    if (r.said) {
        buf_put(out, r.detail);
        return;
    }
    for (span rest = span_text(smtp_replies[r.id].text); rest.len > 0;) {
        if (span_starts(rest, SPAN("{}"))) {
            buf_put(out, r.detail);
            rest = span_from(rest, 2);
        } else if (span_starts(rest, SPAN("{host}"))) {
            buf_put(out, host);
            rest = span_from(rest, 6);
        } else {
            span next = span_from(rest, 1);
            span plain = span_first(rest, 1 + span_first(next, span_find_byte(next, '{')).len);
            buf_put(out, plain);
            rest = span_from(rest, plain.len);
        }
    }
}

static void line_put(unsigned code, span status, span text, bool last, struct buf *out)
{
    const unsigned char front[] = {(unsigned char)('0' + code / 100), (unsigned char)('0' + code / 10 % 10),
                                   (unsigned char)('0' + code % 10), last ? ' ' : '-'};
    buf_put(out, span_of(front, sizeof front));
    if (status.len > 0) {
        buf_put(out, status);
        buf_put_byte(out, ' ');
    }
    while (text.len > 0) {
        size_t fine = 0;
        while (fine < text.len && text.at[fine] >= ' ' && text.at[fine] != 127) {
            fine++;
        }
        buf_put(out, span_first(text, fine));
        if (fine < text.len) {
            buf_put_byte(out, '?');
            fine++;
        }
        text = span_from(text, fine);
    }
    buf_put_text(out, "\r\n");
}

/* Where a text that fits no line is parted: at its last blank, or anywhere, but not inside a UTF-8
   sequence. */
static size_t part_at(span text, size_t most)
{
    if (text.len <= most) {
        return text.len;
    }
    size_t blank = span_find_last_byte(span_first(text, most), ' ');
    if (blank != SPAN_NONE && blank > 0) {
        return blank;
    }
    while (most > 1 && (text.at[most] & 0xC0) == 0x80) {
        most--;
    }
    return most;
}

void smtp_reply_write(struct smtp_reply r, span host, struct buf *out)
{
    CHECK(r.id > SMTP_NO_REPLY && r.id < SMTP_REPLY_COUNT);
    const struct smtp_reply_row *row = &smtp_replies[r.id];
    unsigned code = r.code != 0 ? r.code : row->code;
    span status = row->status == NULL || r.status.len == 0 ? span_text(row->status) : r.status;
    size_t most = REPLY_LINE - 4 - (status.len > 0 ? status.len + 1 : 0);
    struct buf whole;
    buf_init(&whole, REPLY_TEXT_CEILING);
    smtp_reply_text(r, host, &whole);
    span rest = buf_span(&whole);
    do {
        span line = span_first(rest, span_find_byte(rest, '\n'));
        size_t len = part_at(line, most);
        line = span_first(line, len);
        size_t skip = len < rest.len && (rest.at[len] == '\n' || rest.at[len] == ' ') ? 1 : 0;
        rest = span_from(rest, len + skip);
        line_put(code, status, line, rest.len == 0, out);
    } while (rest.len > 0);
    buf_wipe(&whole);
}

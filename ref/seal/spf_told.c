/* What SPF found, as text for people and as a Received-SPF field (RFC 7208 9.1). */
#include "ref/seal/spf.h"

/* What came from the sender stands in comments and quotes; control characters must not end a line. */
static void tame_put(span text, const char *quoted, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (c != 0 && strchr(quoted, c) != NULL) {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, c < 32 || c == 127 ? '?' : c);
    }
}

void spf_comment_put(const struct spf_question *q, const struct spf_answer *a, struct buf *out)
{
    static const char *const phrases[SPF_IS_COUNT] = {
        [SPF_IS_PASS] = "designates", [SPF_IS_FAIL] = "does not designate",
        [SPF_IS_SOFTFAIL] = "transitioning, does not designate",
        [SPF_IS_NEUTRAL] = "neither permits nor denies",
    };
    char client[64];
    address_host(&q->client, client, sizeof client);
    if (q->receiver.len > 0) {
        buf_printf(out, "%.*s: ", SPAN_FMT(q->receiver));
    }
    buf_put_text(out, a->guessed ? "best guess record for domain of " : "domain of ");
    tame_put(a->sender, "", out);
    if (phrases[a->result] != NULL) {
        buf_printf(out, " %s %s as permitted sender", phrases[a->result], client);
    } else {
        buf_printf(out, ": %s", a->why);
    }
}

/* dot-atom as it is, else a quoted-string. */
static void pair_put(const char *key, span value, struct buf *out)
{
    bool plain = value.len > 0 && value.at[0] != '.' && value.at[value.len - 1] != '.';
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = value.at[i];
        plain = plain && (ascii_is_alnum(c) || (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL));
    }
    buf_printf(out, " %s=", key);
    if (plain) {
        buf_put(out, value);
    } else {
        buf_put_byte(out, '"');
        tame_put(value, "\"\\", out);
        buf_put_byte(out, '"');
    }
    buf_put_byte(out, ';');
}

enum { COMMENT_CEILING = 4096 };

void spf_received_put(const struct spf_question *q, const struct spf_answer *a, struct buf *out)
{
    struct buf comment;
    char client[64];
    address_host(&q->client, client, sizeof client);
    buf_init(&comment, COMMENT_CEILING);
    spf_comment_put(q, a, &comment);
    buf_printf(out, "Received-SPF: %s (", spf_words[a->result]);
    tame_put(buf_span(&comment), "()\\", out);
    buf_put_text(out, ")\n"); /* the blank of the first pair is the fold's */
    buf_wipe(&comment);
    pair_put("client-ip", span_text(client), out);
    pair_put("envelope-from", a->sender, out);
    pair_put("helo", q->helo, out);
    if (q->receiver.len > 0) {
        pair_put("receiver", q->receiver, out);
    }
    pair_put("identity", a->of_helo ? SPAN("helo") : SPAN("mailfrom"), out);
    if (a->mechanism.len > 0) {
        pair_put("mechanism", a->mechanism, out);
    }
    if (a->result == SPF_IS_TEMPERROR || a->result == SPF_IS_PERMERROR) {
        pair_put("problem", span_text(a->why), out);
    }
}

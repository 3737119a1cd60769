/* What SPF found, as text for people and as a Received-SPF field (RFC 7208 9.1). */
#include "ref/seal/spf.h"

#include "ref/mail/chars.h"

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

/* The field in pieces, on lines of LINE_WISHED octets where pieces are that short (RFC 5322 2.1.1). */
struct lines {
    struct buf *out;
    size_t begin;              /* of the line */
};
enum { LINE_WISHED = 78, MECHANISM_TOLD = 255, PIECE_CEILING = 4096 };

static void piece_put(struct lines *l, span piece)
{
    if (l->out->len - l->begin + 1 + piece.len > LINE_WISHED) {
        buf_put_byte(l->out, '\n');
        l->begin = l->out->len;
    }
    buf_put_byte(l->out, ' ');
    buf_put(l->out, piece);
}

/* Octets of RFC 5322's atext between dots. */
static bool is_dot_atom(span value)
{
    unsigned char before = '.';
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = value.at[i];
        if (c == '.' ? before == '.' : !mail_is_atext(c)) {
            return false;
        }
        before = c;
    }
    return before != '.';
}

static void pair_put(struct lines *l, const char *key, span value)
{
    struct buf pair;
    buf_init(&pair, PIECE_CEILING);
    buf_printf(&pair, "%s=", key);
    if (is_dot_atom(value)) {
        buf_put(&pair, value);
    } else {
        buf_put_byte(&pair, '"');
        tame_put(value, "\"\\", &pair);
        buf_put_byte(&pair, '"');
    }
    buf_put_byte(&pair, ';');
    piece_put(l, buf_span(&pair));
    buf_wipe(&pair);
}

static void comment_put(struct lines *l, const struct spf_question *q, const struct spf_answer *a)
{
    struct buf comment, tame;
    span rest, word;
    buf_init(&comment, PIECE_CEILING);
    buf_init(&tame, PIECE_CEILING);
    spf_comment_put(q, a, &comment);
    buf_put_byte(&tame, '(');
    tame_put(buf_span(&comment), "()\\", &tame);
    buf_put_byte(&tame, ')');
    rest = buf_span(&tame);
    for (bool more = true; more;) {
        more = span_split(rest, ' ', &word, &rest);
        piece_put(l, word);
    }
    buf_wipe(&tame);
    buf_wipe(&comment);
}

/* The mechanism in the domain's own words; one that fills a line by itself is not told. */
static void mechanism_put(struct lines *l, const struct spf_answer *a)
{
    bool ended = a->result == SPF_IS_NEUTRAL && a->mechanism.len == 0; /* none did match */
    if (ended || (a->mechanism.len > 0 && a->mechanism.len <= MECHANISM_TOLD)) {
        pair_put(l, "mechanism", ended ? SPAN("default") : a->mechanism);
    }
}

void spf_received_put(const struct spf_question *q, const struct spf_answer *a, struct buf *out)
{
    struct lines l = {.out = out, .begin = out->len};
    char client[64];
    address_host(&q->client, client, sizeof client);
    buf_printf(out, "Received-SPF: %s", spf_words[a->result]);
    comment_put(&l, q, a);
    pair_put(&l, "client-ip", span_text(client));
    pair_put(&l, "envelope-from", a->sender);
    pair_put(&l, "helo", q->helo);
    if (q->receiver.len > 0) {
        pair_put(&l, "receiver", q->receiver);
    }
    pair_put(&l, "identity", a->of_helo ? SPAN("helo") : SPAN("mailfrom"));
    mechanism_put(&l, a);
    if (a->result == SPF_IS_TEMPERROR || a->result == SPF_IS_PERMERROR) {
        pair_put(&l, "problem", span_text(a->why));
    }
}

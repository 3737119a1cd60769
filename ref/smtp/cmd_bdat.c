/* bdat = "BDAT" SP chunk-size [ SP "LAST" ] CRLF, then chunk-size octets       RFC 3030 2 The
   octets come whether the command is welcome or not, and are read in any case: what looks like a
   command inside them must never be taken for one. Only a size that cannot be read leaves no way
   to know where the next command begins; then what follows is looked at as commands. */
#include "base/cursor.h"
#include "ref/smtp/command.h"
#include "ref/smtp/extensions.h"
#include "ref/smtp/pipeline.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/session.h"

struct chunk {
    uint64_t size;
    bool last;
};

static bool chunk_parse(span args, struct chunk *chunk)
{
    struct cursor c = cursor_of(args);
    if (!cursor_take_u64(&c, &chunk->size)) {
        return false;
    }
    chunk->last = cursor_take_caseless(&c, SPAN(" LAST"));
    return cursor_at_end(&c);
}

/* The chunk's octets into the message, or nowhere. */
static err chunk_read(struct smtp_session *s, uint64_t size, struct smtp_receive *receive)
{
    struct smtp_pace alone = smtp_pace_begin(s);
    struct smtp_pace *pace = receive != NULL ? &receive->pace : &alone;
    s->reading_text = true;
    while (size > 0) {
        TRY(smtp_pace_fill(s, pace));
        span waiting = smtp_input_span(s);
        span part = span_first(waiting, size < waiting.len ? (size_t)size : waiting.len);
        if (receive != NULL) {
            (void)smtp_receive_take(receive, part);
        }
        s->in.from += part.len;
        pace->octets += part.len;
        size -= part.len;
    }
    s->reading_text = false;
    return OK;
}

/* Why this chunk is not wanted, whatever it holds. */
static struct smtp_reply chunk_unwanted(const struct smtp_session *s,
                                        const struct smtp_command *command)
{
    if (s->stage == STAGE_MAIL && s->tx.rcpt_refused) {
        return smtp_reply_of(SMTP_ALL_REFUSED);
    }
    if (s->stage == STAGE_HELLO && !smtp_offered(s, SMTP_EXT_CHUNKING)) {
        return smtp_reply_of(SMTP_CHUNKING_NOT_OFFERED);
    }
    struct smtp_reply r = smtp_verb_allowed(s, command);
    if (!smtp_replied(r) && !smtp_offered(s, SMTP_EXT_CHUNKING)) {
        return smtp_reply_of(SMTP_CHUNKING_NOT_OFFERED);
    }
    return r;
}

/* RFC 3030 2: "The resulting state from a failed BDAT command is indeterminate. A RSET command MUST be
   issued to clear the transaction": so no recipient is added behind it, and no other chunk taken.
   Where no transaction is open there is none to clear, and what was not offered has failed nothing. */
static void transaction_fails(struct smtp_session *s)
{
    if (s->tx.open && smtp_offered(s, SMTP_EXT_CHUNKING)) {
        smtp_transaction_abandon(s, "BDAT");
        s->stage = STAGE_FAILED;
    }
}

/* The chunk was read. A text that is refused already is refused now, so that the client need not
   send the rest. After a refusal only RSET (or EHLO, or QUIT) leads on. */
static struct smtp_reply chunk_done(struct smtp_session *s, const struct chunk *chunk)
{
    struct smtp_receive *receive = s->tx.text;
    if (chunk->last || receive->text.defects != TEXT_FINE || failed(receive->failure)) {
        struct smtp_reply r = smtp_receive_finish(s, receive);
        s->stage = r.id == SMTP_ACCEPTED ? STAGE_HELLO : STAGE_FAILED;
        return r;
    }
    s->stage = STAGE_CHUNKS;
    buf_clear(&s->detail);
    buf_printf(&s->detail, "%llu", (unsigned long long)chunk->size);
    return smtp_reply_with(SMTP_CHUNK_OK, buf_span(&s->detail));
}

err smtp_cmd_bdat(struct smtp_session *s, const struct smtp_command *command, struct smtp_reply *r)
{
    struct chunk chunk;
    if (!chunk_parse(command->args, &chunk)) {
        transaction_fails(s);
        *r = smtp_reply_of(SMTP_CHUNK_SYNTAX);
        return OK;
    }
    *r = chunk_unwanted(s, command);
    if (smtp_replied(*r)) {
        transaction_fails(s);
        return chunk_read(s, chunk.size, NULL);
    }
    if (s->tx.text == NULL) {
        (void)smtp_receive_begin(s, false);
    }
    TRY(chunk_read(s, chunk.size, s->tx.text));
    *r = smtp_pipeline_check_text(s, "BDAT");
    if (!smtp_replied(*r)) {
        *r = chunk_done(s, &chunk);
    }
    return OK;
}

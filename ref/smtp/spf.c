/* The conditions spf and spf_guess, and what variables tell of them. */
#include "ref/smtp/spf.h"

#include "ref/smtp/expansions.h"

enum { SPF_TOGETHER = 20000, TEXT_CEILING = 16384 }; /* milliseconds: RFC 7208 4.6.4 */

static span made(struct smtp_spf *spf, struct arena *arena,
                 void (*put)(const struct spf_question *, const struct spf_answer *, struct buf *))
{
    struct buf text;
    buf_init(&text, TEXT_CEILING);
    put(&spf->question, &spf->answer, &text);
    return buf_settle(&text, arena);
}

static void facts_set(struct smtp_session *s, struct smtp_spf *spf)
{
    struct facts_policy *f = &s->tx.policy;
    f->spf_result = span_text(spf_words[spf->answer.result]);
    f->spf_result_guessed = spf->answer.guessed;
    f->spf_used_domain = spf->answer.domain;
    f->spf_smtp_comment = spf->answer.explanation;
    f->spf_header_comment = made(spf, s->tx.arena, spf_comment_put);
    f->spf_received = made(spf, s->tx.arena, spf_received_put);
}

static void check(struct smtp_session *s, bool guess)
{
    struct smtp_spf *spf = ARENA_NEW(s->tx.arena, struct smtp_spf);
    span record, comment;
    smtp_option_text(s, "spf_guess", s->conf->spf_guess, &record);
    smtp_option_text(s, "spf_smtp_comment_template", s->conf->spf_smtp_comment_template, &comment);
    record = arena_copy(s->tx.arena, record);
    spf->question = (struct spf_question){
        .client = s->peer->remote, .helo = arena_copy(s->tx.arena, span_text(s->helo)),
        .sender = s->tx.sender, .receiver = span_text(s->conf->primary_hostname),
        .guess = guess ? record : SPAN_EMPTY, .explanation = arena_copy(s->tx.arena, comment),
        .dns = s->server->dns, .now = clock_now(s->server->clock), .together = SPF_TOGETHER,
        .arena = s->tx.arena};
    spf_check(&spf->question, &spf->answer);
    s->tx.spf = spf;
    s->tx.policy.spf_guess = record;
    facts_set(s, spf);
}

span smtp_spf_result(void *context, bool guess)
{
    struct smtp_session *s = context;
    struct smtp_spf *spf = s->tx.spf;
    if (spf == NULL || (spf->question.guess.len > 0) != guess) {
        check(s, guess);
    }
    return s->tx.policy.spf_result;
}

span smtp_spf_log(const struct smtp_transaction *tx, struct arena *arena)
{
    return tx->spf == NULL ? SPAN_EMPTY
                           : span_text(arena_printf(arena, "SPF=%s",
                                                    spf_words[tx->spf->answer.result]));
}

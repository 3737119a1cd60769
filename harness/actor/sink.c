/* Plain service: a server connection without a block, a block without wire lines, and what is left
   of a connection when its block has ended. Every command succeeds and mail is taken; nothing of it
   is compared, and nothing of it counts as a flight. */
#include "harness/actor/stage.h"

#include <string.h>

static void answer(struct stage *g, struct conn *c, unsigned code, const char *text)
{
    conn_send(g, c, span_text(text), 1, stage_actor(g, c)->place);
    stage_answered(g, c, code);
}

/* The words of offer= that are offered now: not STARTTLS inside TLS (RFC 3207 4.2). */
static texts offers(const struct stage *g, const struct conn *c)
{
    span words = span_text(option_value(&stage_actor(g, c)->options, "offer"));
    texts all = {0};
    while (words.len > 0) {
        span word;
        (void)span_split(words, ',', &word, &words);
        if (c->tls == NULL || !line_has_verb(word, "STARTTLS")) {
            vec_add(g->arena, &all, arena_text(g->arena, word));
        }
    }
    return all;
}

static bool offers_tls(const struct stage *g, const struct conn *c)
{
    texts all = offers(g, c);
    bool found = false;
    for (size_t i = 0; i < all.count; i++) {
        found = found || line_has_verb(span_text(all.at[i]), "STARTTLS");
    }
    return found;
}

static void greet_back(struct stage *g, struct conn *c, bool extended)
{
    texts words = extended ? offers(g, c) : (texts){0};
    struct buf out;
    buf_init(&out, 64 * 1024);
    buf_printf(&out, "250%c%s\r\n", words.count > 0 ? '-' : ' ', stage_host(g, c, "sink.test"));
    for (size_t i = 0; i < words.count; i++) {
        buf_printf(&out, "250%c%s\r\n", i + 1 < words.count ? '-' : ' ', words.at[i]);
    }
    answer(g, c, 250, buf_settle_text(&out, g->arena));
}

static void serve_quit(struct stage *g, struct conn *c)
{
    answer(g, c, 221, arena_printf(g->arena, "221 %s closing connection\r\n", stage_host(g, c, "sink.test")));
    conn_flush(g, c);
    conn_close(g, c);
}

static void serve_line(struct stage *g, struct conn *c, span line)
{
    taking_line(&c->taking, line);
    if (line_has_verb(line, "STARTTLS") && offers_tls(g, c)) {
        answer(g, c, 220, "220 go ahead\r\n");
        c->sink_tls = (struct step){.kind = STEP_TLS, .place = stage_actor(g, c)->place};
    } else if (line_has_verb(line, "QUIT")) {
        serve_quit(g, c);
    } else if (line_has_verb(line, "DATA")) {
        answer(g, c, 354, "354 go ahead\r\n");
    } else if (line_has_verb(line, "EHLO") || line_has_verb(line, "LHLO")) {
        greet_back(g, c, true);
    } else if (line_has_verb(line, "HELO")) {
        greet_back(g, c, false);
    } else if (line_has_verb(line, "BDAT")) {
        bool last = false;
        c->has_chunk = bdat_read(line, &c->chunk, &last);
        if (!c->has_chunk) {
            answer(g, c, 501, "501 BDAT needs a number of octets\r\n");
        }
    } else {
        answer(g, c, 250, "250 OK\r\n");
    }
}

/* The answers to the end of the data: one, or with LMTP one for each recipient. */
static void answer_end(struct stage *g, struct conn *c)
{
    size_t due = c->taking.waiting.count - c->taking.first;
    for (size_t i = 0; i < due; i++) {
        answer(g, c, 250, "250 taken\r\n");
    }
}

static bool serve_octets(struct stage *g, struct conn *c)
{
    span all = buf_span(&c->in);
    if (c->has_chunk) {
        if (all.len < c->chunk) {
            return false;
        }
        taking_data(&c->taking, span_first(all, (size_t)c->chunk), true);
        conn_used(c, (size_t)c->chunk);
        c->has_chunk = false;
        answer_end(g, c);
        return true;
    }
    if (c->taking.data_open) {
        span data;
        size_t octets = 0;
        if (!conn_mail_data(g, c, &data, &octets)) {
            return false;
        }
        taking_data(&c->taking, data, false);
        conn_used(c, octets);
        answer_end(g, c);
        return true;
    }
    size_t lf = span_find_byte(all, '\n');
    if (lf == SPAN_NONE) {
        return false;
    }
    span line = span_first(all, lf > 0 && all.at[lf - 1] == '\r' ? lf - 1 : lf);
    span kept = arena_copy(g->arena, line);
    conn_used(c, lf + 1);
    serve_line(g, c, kept);
    return true;
}

/* True: no handshake is due, or it came to stand. One that fails ends the connection, and is no
   verdict. */
static bool serve_tls(struct stage *g, struct conn *c)
{
    if (c->sink_tls.kind != STEP_TLS) {
        return true;
    }
    conn_flush(g, c);
    enum tls_end end = conn_all_out(c) ? conn_shake(g, c, &c->sink_tls) : TLS_UNDER_WAY;
    if (end == TLS_UNDER_WAY || g->ended) {
        return false;
    }
    c->sink_tls.kind = STEP_KIND_COUNT;
    if (end != TLS_STANDS) {
        conn_close(g, c);
    }
    return end == TLS_STANDS;
}

bool conn_serve(struct stage *g, struct conn *c)
{
    bool moved = false;
    if (!serve_tls(g, c)) {
        return false;
    }
    bool speaks = c->proto == PROTO_SMTP || c->proto == PROTO_LMTP;
    conn_drain(g, c);
    if (speaks && !c->taking.greeted) {
        answer(g, c, 220, arena_printf(g->arena, "220 %s ESMTP\r\n", stage_host(g, c, "sink.test")));
        moved = true;
    }
    while (speaks && !g->ended && !c->over && serve_tls(g, c) && serve_octets(g, c)) {
        moved = true;
    }
    if (!speaks && c->in.len > 0) {
        conn_used(c, c->in.len);
    }
    if (!c->over && c->shaking == NULL) {
        conn_flush(g, c);
    }
    if (!c->over && c->peer_shut) {
        conn_close(g, c);
        moved = true;
    }
    return moved;
}

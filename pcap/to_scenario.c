/* What a draft must not do is claim more than the recording shows, or anything about one machine: so
   replies are asked for by code, EHLO keywords only where the client's later words rest on them, and
   an id is captured where one was seen. What it must not do either is to change the octets that
   matter: a line with anything unusual in it, and mail data with a stray CR, LF or dot, is written
   octet by octet. */
#include "pcap/to_scenario.h"

#include "pcap/draft_facts.h"
#include "pcap/drafting.h"

#include "base/cursor.h"
#include "base/hex.h"

/* ---- small parts ---- */

static void put_bytes_line(struct drafting *g, span octets)
{
    buf_put_text(&g->out, "C| \"");
    /* @{ would open a name, * would be any octets */
    for (size_t i = 0; i < octets.len; i++) {
        unsigned char c = octets.at[i];
        if (c == '@' || c == '*' || c >= 0x80) {
            buf_printf(&g->out, "\\x%02x", (unsigned)c);
        } else {
            hex_escape(span_part(octets, i, 1), &g->out);
        }
    }
    buf_put_text(&g->out, "\"\n");
    g->group_open = false;
}

/* Octets as lines of C|, one for each line of them, long ones in several. */
static void put_octets(struct drafting *g, span octets)
{
    while (octets.len) {
        size_t lf = span_find_byte(span_first(octets, 4096), '\n');
        size_t len = lf == SPAN_NONE ? 4096 : lf + 1;
        put_bytes_line(g, span_first(octets, len));
        octets = span_from(octets, len);
    }
}

void drafting_line(struct drafting *g, const char *text)
{
    buf_put_text(&g->out, text);
    buf_put_byte(&g->out, '\n');
    g->group_open = false;
}

void drafting_note(struct drafting *g, const char *text)
{
    drafting_line(g, arena_printf(g->arena, "^ masked %s", text));
}

/* Can stand behind C: as it is: CRLF at its end, printable, nothing with a meaning of its own. */
static bool is_plain_line(span line)
{
    if (line.len < 2 || !span_ends(line, SPAN("\r\n"))) {
        return false;
    }
    line = span_first(line, line.len - 2);
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = line.at[i];
        if (c < 32 || c > 126 || c == '*' || c == '|' || c == '\\') {
            return false;
        }
    }
    bool blank_end = line.len > 0 && (ascii_is_blank(line.at[0]) || ascii_is_blank(line.at[line.len - 1]));
    return !blank_end && !span_has(line, SPAN("@{"));
}

/* All lines end in CRLF, no other CR or LF, no NUL: octets that a message section can hold. */
static bool is_plain_message(span octets)
{
    if (octets.len == 0 || !span_ends(octets, SPAN("\r\n"))) {
        return false;
    }
    for (size_t i = 0; i < octets.len; i++) {
        unsigned char c = octets.at[i];
        bool cr = c == '\r' && (i + 1 == octets.len || octets.at[i + 1] != '\n');
        bool lf = c == '\n' && (i == 0 || octets.at[i - 1] != '\r');
        if (cr || lf || c == '\0') {
            return false;
        }
    }
    return true;
}

span drafting_redacted(struct drafting *g, span octets, bool message)
{
    if (g->o->exact) {
        return octets;
    }
    struct buf out;
    buf_init(&out, DRAFT_CEILING);
    if (message) {
        redaction_message(g->o->names, octets, &out);
    } else {
        redaction_text(g->o->names, octets, &out);
    }
    return buf_settle(&out, g->arena);
}

/* ---- what the client said ---- */

/* A message beside the text; its name in the scenario. */
static const char *add_message(struct drafting *g, span octets)
{
    const char *name = arena_printf(g->arena, "m%u", ++g->messages);
    struct draft_file *f = vec_push(g->arena, &g->draft->files);
    f->name = arena_printf(g->arena, "%s.%s.eml", g->o->stem, name);
    f->content = octets;
    buf_printf(&g->sections, "=== message %s file=%s\n", name, f->name);
    return name;
}

static void put_mail(struct drafting *g, const struct said *s)
{
    span content;
    bool plain = !g->o->exact && said_mail_content(g->d, s, g->arena, &content) &&
                 is_plain_message(content);
    if (plain) {
        const char *name = add_message(g, drafting_redacted(g, content, true));
        drafting_line(g, arena_printf(g->arena, "C<. %s", name));
        drafting_note(g, "addresses, hosts and text of the message");
        return;
    }
    put_octets(g, drafting_redacted(g, said_octets(g->d, CAPTURE_CLIENT, s), true));
}

/* BDAT with its chunk, so that the count is right for whatever the octets have become. */
static void put_chunk(struct drafting *g, span command, const struct said *chunk)
{
    span octets = drafting_redacted(g, said_octets(g->d, CAPTURE_CLIENT, chunk), true);
    struct cursor c = cursor_of(command);
    uint64_t count;
    bool counted = chunk->whole && cursor_take_caseless(&c, SPAN("BDAT ")) && cursor_take_u64(&c, &count);
    span rest = cursor_rest(&c);
    if (g->o->exact || !counted || !is_plain_message(octets) || !is_plain_line(command)) {
        /* names may have changed the length */
        const char *line = arena_printf(g->arena, "BDAT %zu%.*s", octets.len, SPAN_FMT(rest));
        put_bytes_line(g, counted ? span_text(line) : command);
        put_octets(g, octets);
        return;
    }
    const char *name = add_message(g, octets);
    drafting_line(g, arena_printf(g->arena, "C: BDAT @{#%s}%.*s", name, (int)rest.len - 2, (const char *)rest.at));
    drafting_line(g, arena_printf(g->arena, "C<= %s", name));
    drafting_note(g, "addresses, hosts and text of the message");
}

/* The message whose size a MAIL command may announce: that of its own transaction. */
static const struct said *mail_behind(const struct drafting *g, size_t item)
{
    for (size_t i = item + 1; i < g->d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *s = &g->d->said[CAPTURE_CLIENT].at[i];
        if (s->kind == SAID_MAIL) {
            return s;
        }
        if (said_is(g->d, s, "MAIL")) {
            return NULL;
        }
    }
    return NULL;
}

/* SIZE=n that is about the size of the message that follows becomes its size here. */
static bool put_sized_mail(struct drafting *g, span line, size_t item)
{
    size_t at = span_find(line, SPAN(" SIZE="));
    struct cursor c = cursor_of(span_from(line, at == SPAN_NONE ? line.len : at + 6));
    uint64_t size;
    const struct said *mail = mail_behind(g, item);
    span content;
    if (!mail || !cursor_take_u64(&c, &size) || size > 2 * (uint64_t)mail->len + 4096 || size < mail->len / 2 ||
        !said_mail_content(g->d, mail, g->arena, &content) || !is_plain_message(content)) {
        return false;
    }
    span rest = cursor_rest(&c);
    drafting_line(g, arena_printf(g->arena, "C: %.*s SIZE=@{#m%u}%.*s", (int)at, (const char *)line.at,
                             g->messages + 1, (int)rest.len - 2, (const char *)rest.at));
    drafting_note(g, arena_printf(g->arena, "addresses, size %llu", (unsigned long long)size));
    return true;
}

bool drafting_is_hello(const struct drafting *g, const struct said *s)
{
    return said_is(g->d, s, "EHLO") || said_is(g->d, s, "LHLO");
}

/* An empty response, and giving up (RFC 4954 4). */
static bool is_no_secret(span line)
{
    span text = span_trim_space(line);
    return text.len == 0 || span_eq(text, SPAN("=")) || span_eq(text, SPAN("*"));
}

static bool is_base64_char(unsigned char c)
{
    return ascii_is_alnum(c) || c == '+' || c == '/' || c == '=';
}

/* A response that nothing asked for, or whose 334 came before the capture: the server answers as if to one, or knows no such
   command. */
static bool is_stray_secret(const struct drafting *g, const struct said *s)
{
    unsigned code = s->partner == SAID_NONE ? 0 : g->d->said[CAPTURE_SERVER].at[s->partner].code;
    span text = span_trim_space(said_octets(g->d, CAPTURE_CLIENT, s));
    bool word = true; /* all letters */
    for (size_t i = 0; i < text.len; i++) {
        word = word && ascii_is_alpha(text.at[i]);
    }
    return text.len >= 4 && text.len % 4 == 0 && !word && span_run(text, is_base64_char) == text.len &&
           (code == 334 || code == 235 || code == 535 || (code >= 500 && code <= 504));
}

/* Behind a verb and one blank stands a name. */
static span renamed(struct drafting *g, span line, void (*name)(struct redaction *, span, struct buf *))
{
    struct buf out;
    buf_init(&out, DRAFT_CEILING);
    buf_put(&out, span_first(line, 5));
    name(g->o->names, span_part(line, 5, line.len - 7), &out);
    buf_put_text(&out, "\r\n");
    return buf_settle(&out, g->arena);
}

static span spoken(struct drafting *g, const struct said *s)
{
    span line = said_octets(g->d, CAPTURE_CLIENT, s);
    if (said_is(g->d, s, "AUTH")) {
        /* RFC 4954 4: the initial response carries the secret */
        span word, rest, mechanism, secret;
        span_split(line, ' ', &word, &rest);
        if (span_split(rest, ' ', &mechanism, &secret) && !is_no_secret(secret)) {
            return span_text(arena_printf(g->arena, "AUTH %.*s AHVzZXIxAHNlY3JldA==\r\n", SPAN_FMT(mechanism)));
        }
        return line;
    }
    bool named = !g->o->exact && is_plain_line(line) && line.len > 7 && line.at[4] == ' ';
    if (named && (drafting_is_hello(g, s) || said_is(g->d, s, "HELO"))) {
        return renamed(g, line, redaction_host);
    }
    if (named && (said_is(g->d, s, "VRFY") || said_is(g->d, s, "EXPN"))) {
        return renamed(g, line, redaction_mailbox);
    }
    return drafting_redacted(g, line, false);
}

/* The client of the second capture says it otherwise. */
static bool differs_beside(const struct drafting *g, size_t item)
{
    const struct dialogue *d = g->o->beside;
    return d && (item >= d->said[CAPTURE_CLIENT].count ||
                 !span_eq(said_octets(g->d, CAPTURE_CLIENT, &g->d->said[CAPTURE_CLIENT].at[item]),
                          said_octets(d, CAPTURE_CLIENT, &d->said[CAPTURE_CLIENT].at[item])));
}

static void put_command(struct drafting *g, size_t item)
{
    const struct said *s = &g->d->said[CAPTURE_CLIENT].at[item];
    const struct said *next = item + 1 < g->d->said[CAPTURE_CLIENT].count ? s + 1 : NULL;
    if (next && next->kind == SAID_CHUNK) {
        put_chunk(g, said_octets(g->d, CAPTURE_CLIENT, s), next);
        return;
    }
    span line = spoken(g, s);
    if (g->o->exact || !is_plain_line(line)) {
        put_octets(g, line);
    } else if (!said_is(g->d, s, "MAIL") || !put_sized_mail(g, line, item)) {
        drafting_line(g, arena_printf(g->arena, "C: %.*s", (int)line.len - 2, (const char *)line.at));
    }
    if (said_is(g->d, s, "AUTH")) {
        drafting_note(g, "the secret");
    } else if (differs_beside(g, item)) {
        drafting_note(g, "what differs between the captures: these are the words of the first");
    }
}

/* A PROXY header of version 2 has its addresses in octets: they become zeros. */
static void put_other(struct drafting *g, span octets)
{
    if (g->o->exact || octets.len < 16 || !span_starts(octets, SPAN("\r\n\r\n\0\r\nQUIT\n"))) {
        put_octets(g, drafting_redacted(g, octets, false));
        return;
    }
    unsigned char *header = arena_octets(g->arena, octets.len);
    memset(header, 0, octets.len);
    memcpy(header, octets.at, 16);
    put_octets(g, span_of(header, octets.len));
    drafting_line(g, "# a PROXY header, without its addresses");
}

static void put_secret(struct drafting *g, const struct said *s)
{
    if (is_no_secret(said_octets(g->d, CAPTURE_CLIENT, s))) {
        put_octets(g, said_octets(g->d, CAPTURE_CLIENT, s));
        return;
    }
    drafting_line(g, "C: c2VjcmV0");
    drafting_note(g, "the secret");
}

static void put_client_item(struct drafting *g, size_t item)
{
    const struct said *s = &g->d->said[CAPTURE_CLIENT].at[item];
    switch (s->kind) {
    case SAID_COMMAND:
        if (is_stray_secret(g, s)) {
            put_secret(g, s);
        } else {
            put_command(g, item);
        }
        break;
    case SAID_MAIL:
        put_mail(g, s);
        break;
    case SAID_SECRET:
        put_secret(g, s);
        break;
    case SAID_OTHER:
        put_other(g, said_octets(g->d, CAPTURE_CLIENT, s));
        break;
    case SAID_CHUNK: /* written with its BDAT */
    case SAID_TLS:
    case SAID_REPLY:
    case SAID_KIND_COUNT:
        break;
    }
}

static void put_server_item(struct drafting *g, size_t item)
{
    const struct said *s = &g->d->said[CAPTURE_SERVER].at[item];
    if (!g->shut && g->d->flow->side[CAPTURE_CLIENT].end.how == CLOSE_FIN && s->at >= dialogue_before_end(g->d)) {
        drafting_line(g, "C! shut");
        g->shut = true;
    }
    if (s->kind == SAID_REPLY && s->whole) {
        drafting_reply(g, item);
    } else if (s->kind != SAID_TLS) {
        drafting_line(g, s->whole ? "# the server said a line here that is no reply" : "# the server's octets break off here");
        g->torn = true;
    }
}

/* ---- TLS ---- */

static void put_handshake(struct drafting *g, const char *kind, const char *more)
{
    const struct capture_tls *t = &g->d->shake;
    drafting_line(g, arena_printf(g->arena, "TLS: %s min=%s max=%s%s", kind, t->version, t->version, more));
    drafting_note(g, arena_printf(g->arena, "cipher %s, certificates, tickets", t->cipher));
}

static void put_turn(struct drafting *g, size_t t);

/* Who resumes has been there before: a connection of its own, in the recording's own words up to the
   handshake, gets the ticket. */
static void put_ticket_connection(struct drafting *g, size_t shake)
{
    size_t hello = 0;
    const struct said *said = g->d->said[CAPTURE_CLIENT].at;
    while (hello < g->d->said[CAPTURE_CLIENT].count && !drafting_is_hello(g, &said[hello])) {
        hello++;
    }
    drafting_line(g, "# the ticket, which the recorded client had got before");
    for (size_t t = 0; t < shake; t++) {
        put_turn(g, t);
    }
    put_handshake(g, "full", " save=ticket");
    if (shake == 0) {
        drafting_line(g, "S: 220");
    }
    if (hello < g->d->said[CAPTURE_CLIENT].count) {
        put_command(g, hello);
    } else {
        drafting_line(g, "C: EHLO c.test");
    }
    drafting_line(g, "S: 250");
    drafting_line(g, "C: QUIT");
    drafting_line(g, "S: 221");
    drafting_line(g, "[c 2] after c");
}

/* ---- the whole ---- */

static void put_turn(struct drafting *g, size_t t)
{
    const struct turn *turn = &g->d->turns.at[t];
    if (turn->side == CAPTURE_CLIENT && turn->crossed) {
        drafting_line(g, "~~");
    }
    for (size_t i = turn->first; i < turn->behind; i++) {
        const struct said *s = &g->d->said[turn->side].at[i];
        g->torn = g->torn || s->at + s->len > turn->at + turn->len;
        if (turn->side == CAPTURE_CLIENT) {
            put_client_item(g, i);
        } else {
            put_server_item(g, i);
        }
    }
    g->torn = g->torn || turn->first == turn->behind;
}

static void put_end(struct drafting *g)
{
    const struct flow_end *client = &g->d->flow->side[CAPTURE_CLIENT].end;
    const struct flow_end *server = &g->d->flow->side[CAPTURE_SERVER].end;
    if (g->d->tls) {
        drafting_line(g, arena_printf(g->arena, "# TLS from here; this is the end, because %s",
                                 g->d->shake.why ? g->d->shake.why : "nothing can be read without its keys"));
    } else if (client->how == CLOSE_RST && (server->how == CLOSE_NONE || client->packet < server->packet)) {
        drafting_line(g, "C! rst");
    } else if (server->how != CLOSE_NONE && (client->how == CLOSE_NONE || server->packet < client->packet)) {
        drafting_line(g, "S! eof");
    }
}

static void put_header(struct drafting *g)
{
    const char *software = dialogue_software(g->d, g->arena);
    draft_spans rcpts = {0};
    draft_recipients(g->d, g->arena, &rcpts);
    for (size_t i = 0; i < rcpts.count; i++) {
        size_t at = span_find_last_byte(rcpts.at[i], '@');
        redaction_local_domain(g->o->names, span_from(rcpts.at[i], at + 1));
    }
    buf_printf(&g->out, "scenario TODO: %s, stream %llu\n", g->o->capture,
               (unsigned long long)g->d->flow->stream);
    buf_printf(&g->out, "source seen in %s\n", software ? software : "a server that does not name itself");
    buf_put_text(&g->out, "req  TODO\n");
    const char *needs = draft_needs(g->d, g->arena);
    if (*needs) {
        buf_printf(&g->out, "need %s\n", needs);
    }
    if (rcpts.count) {
        buf_put_text(&g->out, "set  accept.rcpt =");
        for (size_t i = 0; i < rcpts.count; i++) {
            buf_printf(&g->out, " %.*s", SPAN_FMT(drafting_redacted(g, rcpts.at[i], false)));
        }
        buf_put_text(&g->out, "\n");
    }
    if (g->d->lmtp) {
        buf_put_text(&g->out, "actor c client -> sut:lmtp proto=lmtp\n");
    } else if (draft_is_implicit(g->d)) {
        buf_put_text(&g->out, "actor c client -> sut:smtps\n");
    }
}

err capture_to_scenario(const struct dialogue *d, const struct draft_options *o, struct arena *arena,
                        struct draft *draft)
{
    *draft = (struct draft){.text = SPAN_EMPTY};
    if (!d->smtp && d->tls) {
        const char *why = d->shake.why ? d->shake.why : "nothing can be read without its keys";
        return err_syntax(0, arena_printf(arena, "TLS from the start: %s", why));
    }
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        if (d->flow->side[side].gaps.count) {
            return err_syntax(0, "octets are missing from the capture, and what was said in them cannot be guessed");
        }
    }
    if (!d->smtp) {
        return err_syntax(0, "the server never answers in SMTP");
    }
    struct drafting g = {.d = d, .o = o, .arena = arena, .draft = draft};
    buf_init(&g.out, DRAFT_CEILING);
    buf_init(&g.sections, DRAFT_CEILING);
    put_header(&g);
    size_t shake = dialogue_handshake(d);
    if (d->shake.resumed && shake != SAID_NONE) {
        put_ticket_connection(&g, shake);
    }
    for (size_t t = 0; t <= d->turns.count; t++) {
        if (t == shake) {
            put_handshake(&g, d->shake.resumed ? "resume" : "full", d->shake.resumed ? " from=ticket" : "");
        }
        if (t < d->turns.count) {
            put_turn(&g, t);
        }
    }
    put_end(&g);
    if (!d->secured && !g.torn) {
        buf_printf(&g.out, "expect flights c = %s\n", dialogue_flights(d, arena));
    }
    for (unsigned i = 1; i <= g.ids; i++) {
        buf_printf(&g.out, "expect log exim-main has \"@{%s} <= *\"\n", drafting_id(&g, i));
    }
    buf_put(&g.out, buf_span(&g.sections));
    span all;
    err e = buf_end(&g.out, &all);
    draft->text = failed(e) ? SPAN_EMPTY : arena_copy(arena, all);
    buf_wipe(&g.out);
    buf_wipe(&g.sections);
    return e;
}

/* What a draft must not do is claim more than the recording shows, or anything about one machine: so
   replies are asked for by code, EHLO keywords only where the client's later words rest on them, and
   an id is captured where one was seen. What it must not do either is to change the octets that
   matter: a line with anything unusual in it, and mail data with a stray CR, LF or dot, is written
   octet by octet. */
#include "pcap/to_scenario.h"

#include "pcap/draft_facts.h"

#include "base/cursor.h"
#include "base/hex.h"

#define DRAFT_CEILING ((size_t)256 << 20)

struct drafting {
    const struct dialogue *d;
    const struct draft_options *o;
    struct arena *arena;
    struct draft *draft;
    struct buf out;      /* header and play */
    struct buf sections;
    unsigned messages;
    unsigned ids;
    bool group_open;     /* the last line is an S: that can take one more reply */
    bool statuses;       /* the server promised enhanced codes, RFC 2034 4 */
    bool torn;           /* an item spans turns: flights cannot be told */
    size_t turn;
};

/* ---- small parts ---- */

static void put_bytes_line(struct drafting *g, const char *word, span octets)
{
    buf_printf(&g->out, "%s \"", word);
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
static void put_octets(struct drafting *g, const char *word, span octets)
{
    while (octets.len) {
        size_t lf = span_find_byte(span_first(octets, 4096), '\n');
        size_t len = lf == SPAN_NONE ? 4096 : lf + 1;
        put_bytes_line(g, word, span_first(octets, len));
        octets = span_from(octets, len);
    }
}

static void put_line(struct drafting *g, const char *text)
{
    buf_put_text(&g->out, text);
    buf_put_byte(&g->out, '\n');
    g->group_open = false;
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

static span redacted(struct drafting *g, span octets, bool message)
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
    span copy = arena_copy(g->arena, buf_span(&out));
    buf_wipe(&out);
    return copy;
}

/* ---- replies ---- */

static void put_note(struct drafting *g, const char *text)
{
    buf_printf(&g->out, "^ masked %s\n", text);
    g->group_open = false;
}

static span reply_line(span *text)
{
    span line = SPAN_EMPTY;
    span_line(text, &line);
    return span_from(line, 4);
}

static void put_greeting(struct drafting *g, unsigned code)
{
    buf_printf(&g->out, "S: %u\n", code);
    put_note(g, dialogue_software(g->d, g->arena) ? "host, software, date" : "host, text");
}

/* { PIPELINING, SIZE >= 1 }: keywords that were used; the others are named in the note. */
static void put_offer(struct drafting *g, span text, unsigned code)
{
    struct buf used, rest;
    buf_init(&used, 4096);
    buf_init(&rest, 4096);
    (void)reply_line(&text);
    while (text.len) {
        span line = reply_line(&text);
        span keyword, arguments;
        span_split(line, ' ', &keyword, &arguments);
        bool size = span_eq_caseless(keyword, SPAN("SIZE"));
        if (span_eq_caseless(keyword, SPAN("ENHANCEDSTATUSCODES"))) {
            g->statuses = true;
        }
        if (!draft_rests_on(g->d, keyword)) {
            buf_printf(&rest, "%s%.*s", rest.len ? ", " : "", SPAN_FMT(keyword));
            continue;
        }
        buf_printf(&used, "%s%.*s%s", used.len ? ", " : "", SPAN_FMT(keyword),
                   size && arguments.len ? " >= 1" : "");
        if (size && arguments.len) {
            buf_printf(&rest, "%ssize %.*s", rest.len ? ", " : "", SPAN_FMT(arguments));
        }
    }
    buf_printf(&g->out, "S: %u", code);
    if (used.len) {
        buf_printf(&g->out, " { %.*s }", SPAN_FMT(buf_span(&used)));
    }
    buf_put_text(&g->out, "\n");
    g->group_open = false;
    if (rest.len) {
        put_note(g, arena_printf(g->arena, "host, and what nothing later rests on: %.*s",
                                 SPAN_FMT(buf_span(&rest))));
    }
    buf_wipe(&used);
    buf_wipe(&rest);
}

/* "5.1.1" behind the code, RFC 2034 4. */
static span status_of(span text)
{
    span line = reply_line(&text);
    size_t len = 0;
    unsigned dots = 0;
    while (len < line.len && (ascii_is_digit(line.at[len]) || line.at[len] == '.')) {
        dots += line.at[len] == '.';
        len++;
    }
    bool fits = dots == 2 && len >= 5 && (line.at[0] == '2' || line.at[0] == '4' || line.at[0] == '5');
    return fits ? span_first(line, len) : SPAN_EMPTY;
}

static const char *id_name(const struct drafting *g, unsigned number)
{
    return number == 1 ? "id" : arena_printf(g->arena, "id%u", number);
}

static void put_reply(struct drafting *g, const struct said *s, bool first)
{
    span text = said_octets(g->d, CAPTURE_SERVER, s);
    const struct said *to = s->partner == SAID_NONE ? NULL : &g->d->said[CAPTURE_CLIENT].at[s->partner];
    char verb[16] = "";
    if (to) {
        said_verb(g->d, to, verb);
    }
    if (first && !to) {
        put_greeting(g, s->code);
        return;
    }
    if (to && to->kind == SAID_COMMAND && (strcmp(verb, "EHLO") == 0 || strcmp(verb, "LHLO") == 0) &&
        s->code == 250) {
        put_offer(g, text, s->code);
        return;
    }
    if (to && s->code == 250 && to->kind != SAID_SECRET && strcmp(verb, "RCPT") != 0 && draft_shows_id(text)) {
        buf_printf(&g->out, "S: %u ~ \"@{%s:id}\"\n", s->code, id_name(g, ++g->ids));
        put_note(g, "by its shape; it is looked for again in the log");
        return;
    }
    span status = g->statuses ? status_of(text) : SPAN_EMPTY;
    if (g->group_open) {
        g->out.len--;
    }
    buf_printf(&g->out, "%s%u%s%.*s\n", g->group_open ? ", " : "S: ", s->code, status.len ? " " : "",
               SPAN_FMT(status));
    g->group_open = true;
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
        const char *name = add_message(g, redacted(g, content, true));
        put_line(g, arena_printf(g->arena, "C<. %s", name));
        put_note(g, "addresses, hosts and text of the message");
        return;
    }
    put_octets(g, "C|", redacted(g, said_octets(g->d, CAPTURE_CLIENT, s), true));
}

/* BDAT with its chunk, so that the count is right for whatever the octets have become. */
static void put_chunk(struct drafting *g, span command, const struct said *chunk)
{
    span octets = redacted(g, said_octets(g->d, CAPTURE_CLIENT, chunk), true);
    bool plain = chunk->whole && is_plain_message(octets) && is_plain_line(command);
    struct cursor c = cursor_of(command);
    uint64_t count;
    if (g->o->exact || !plain || !cursor_take_caseless(&c, SPAN("BDAT ")) ||
        !cursor_take_u64(&c, &count)) {
        /* names may have changed the length */
        struct buf line;
        buf_init(&line, 4096);
        struct cursor k = cursor_of(command);
        if (chunk->whole && cursor_take_caseless(&k, SPAN("BDAT ")) && cursor_take_u64(&k, &count)) {
            buf_printf(&line, "BDAT %zu%.*s", octets.len, SPAN_FMT(cursor_rest(&k)));
        } else {
            buf_put(&line, command);
        }
        put_bytes_line(g, "C|", buf_span(&line));
        buf_wipe(&line);
        put_octets(g, "C|", octets);
        return;
    }
    span rest = cursor_rest(&c);
    const char *name = add_message(g, octets);
    put_line(g, arena_printf(g->arena, "C: BDAT @{#%s}%.*s", name, (int)rest.len - 2, (const char *)rest.at));
    put_line(g, arena_printf(g->arena, "C<= %s", name));
    put_note(g, "addresses, hosts and text of the message");
}

/* The message whose size a MAIL command may announce: that of its own transaction. */
static const struct said *mail_behind(const struct drafting *g, size_t item)
{
    for (size_t i = item + 1; i < g->d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *s = &g->d->said[CAPTURE_CLIENT].at[i];
        char verb[16];
        said_verb(g->d, s, verb);
        if (s->kind == SAID_MAIL) {
            return s;
        }
        if (s->kind == SAID_COMMAND && strcmp(verb, "MAIL") == 0) {
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
    put_line(g, arena_printf(g->arena, "C: %.*s SIZE=@{#m%u}%.*s", (int)at, (const char *)line.at,
                             g->messages + 1, (int)rest.len - 2, (const char *)rest.at));
    put_note(g, arena_printf(g->arena, "addresses, size %llu", (unsigned long long)size));
    return true;
}

static span spoken(struct drafting *g, const struct said *s, const char *verb)
{
    span line = said_octets(g->d, CAPTURE_CLIENT, s);
    if (strcmp(verb, "AUTH") == 0) {
        /* RFC 4954 4: the initial response carries the secret */
        span word, rest, mechanism, secret;
        span_split(line, ' ', &word, &rest);
        if (span_split(rest, ' ', &mechanism, &secret)) {
            return span_text(arena_printf(g->arena, "AUTH %.*s AHVzZXIxAHNlY3JldA==\r\n", SPAN_FMT(mechanism)));
        }
        return line;
    }
    if (!g->o->exact && (strcmp(verb, "EHLO") == 0 || strcmp(verb, "HELO") == 0 || strcmp(verb, "LHLO") == 0) &&
        is_plain_line(line) && line.len > 7 && line.at[4] == ' ') {
        struct buf out;
        buf_init(&out, DRAFT_CEILING);
        buf_put(&out, span_first(line, 5));
        redaction_host(g->o->names, span_part(line, 5, line.len - 7), &out);
        buf_put_text(&out, "\r\n");
        span copy = arena_copy(g->arena, buf_span(&out));
        buf_wipe(&out);
        return copy;
    }
    return redacted(g, line, false);
}

static void put_command(struct drafting *g, size_t item)
{
    const struct said *s = &g->d->said[CAPTURE_CLIENT].at[item];
    const struct said *next = item + 1 < g->d->said[CAPTURE_CLIENT].count ? s + 1 : NULL;
    char verb[16];
    said_verb(g->d, s, verb);
    if (next && next->kind == SAID_CHUNK) {
        put_chunk(g, said_octets(g->d, CAPTURE_CLIENT, s), next);
        return;
    }
    span line = spoken(g, s, verb);
    if (g->o->exact || !is_plain_line(line)) {
        put_octets(g, "C|", line);
    } else if (strcmp(verb, "MAIL") != 0 || !put_sized_mail(g, line, item)) {
        put_line(g, arena_printf(g->arena, "C: %.*s", (int)line.len - 2, (const char *)line.at));
    }
    if (strcmp(verb, "AUTH") == 0) {
        put_note(g, "the secret");
    }
}

static void put_client_item(struct drafting *g, size_t item)
{
    const struct said *s = &g->d->said[CAPTURE_CLIENT].at[item];
    switch (s->kind) {
    case SAID_COMMAND:
        put_command(g, item);
        break;
    case SAID_MAIL:
        put_mail(g, s);
        break;
    case SAID_SECRET:
        put_line(g, "C: c2VjcmV0");
        put_note(g, "the secret");
        break;
    case SAID_OTHER:
        put_octets(g, "C|", redacted(g, said_octets(g->d, CAPTURE_CLIENT, s), false));
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
    if (s->kind == SAID_REPLY && s->whole) {
        put_reply(g, s, item == 0);
    } else if (s->kind != SAID_TLS) {
        put_line(g, s->whole ? "# the server said a line here that is no reply" : "# the server's octets break off here");
        g->torn = true;
    }
}

/* ---- the whole ---- */

static void put_turn(struct drafting *g, size_t t)
{
    const struct turn *turn = &g->d->turns.at[t];
    const struct flow_end *end = &g->d->flow->side[CAPTURE_CLIENT].end;
    bool last_of_client = t + 1 == g->d->turns.count && turn->side == CAPTURE_SERVER;
    if (turn->side == CAPTURE_CLIENT && turn->crossed) {
        put_line(g, "~~");
    }
    if (last_of_client && end->how == CLOSE_FIN && end->packet < turn->packet) {
        put_line(g, "C! shut");
    }
    bool any = false;
    for (size_t i = 0; i < g->d->said[turn->side].count; i++) {
        const struct said *s = &g->d->said[turn->side].at[i];
        if (s->turn != t) {
            continue;
        }
        any = true;
        g->torn = g->torn || s->at + s->len > turn->at + turn->len;
        if (turn->side == CAPTURE_CLIENT) {
            put_client_item(g, i);
        } else {
            put_server_item(g, i);
        }
    }
    g->torn = g->torn || !any;
}

static void put_end(struct drafting *g)
{
    const struct flow_end *client = &g->d->flow->side[CAPTURE_CLIENT].end;
    const struct flow_end *server = &g->d->flow->side[CAPTURE_SERVER].end;
    if (g->d->tls) {
        put_line(g, "# TLS from here; without the key log this is the end");
    } else if (client->how == CLOSE_RST && (server->how == CLOSE_NONE || client->packet < server->packet)) {
        put_line(g, "C! rst");
    } else if (server->how != CLOSE_NONE && (client->how == CLOSE_NONE || server->packet < client->packet)) {
        put_line(g, "S! eof");
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
    buf_put_text(&g->out, "req TODO\n");
    if (draft_rests_on(g->d, SPAN("CHUNKING"))) {
        buf_put_text(&g->out, "need chunking\n");
    }
    if (rcpts.count) {
        buf_put_text(&g->out, "set accept.rcpt =");
        for (size_t i = 0; i < rcpts.count; i++) {
            buf_printf(&g->out, " %.*s", SPAN_FMT(redacted(g, rcpts.at[i], false)));
        }
        buf_put_text(&g->out, "\n");
    }
    if (g->d->lmtp) {
        buf_put_text(&g->out, "actor c client -> sut:lmtp proto=lmtp\n");
    }
}

err capture_to_scenario(const struct dialogue *d, const struct draft_options *o, struct arena *arena,
                        struct draft *draft)
{
    *draft = (struct draft){.text = SPAN_EMPTY};
    if (!d->smtp) {
        return err_syntax(0, d->tls ? "TLS from the start: nothing can be read without its keys"
                                    : "the server never answers in SMTP");
    }
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        if (d->flow->side[side].gaps.count) {
            return err_syntax(0, "octets are missing from the capture, and what was said in them cannot be guessed");
        }
    }
    struct drafting g = {.d = d, .o = o, .arena = arena, .draft = draft};
    buf_init(&g.out, DRAFT_CEILING);
    buf_init(&g.sections, DRAFT_CEILING);
    put_header(&g);
    for (size_t t = 0; t < d->turns.count; t++) {
        put_turn(&g, t);
    }
    put_end(&g);
    if (!d->tls && !g.torn) {
        buf_printf(&g.out, "expect flights c = %s\n", dialogue_flights(d, arena));
    }
    for (unsigned i = 1; i <= g.ids; i++) {
        buf_printf(&g.out, "expect log exim-main has \"@{%s} <= *\"\n", id_name(&g, i));
    }
    buf_put(&g.out, buf_span(&g.sections));
    span all;
    err e = buf_end(&g.out, &all);
    draft->text = failed(e) ? SPAN_EMPTY : arena_copy(arena, all);
    buf_wipe(&g.out);
    buf_wipe(&g.sections);
    return e;
}

/* From octets to who said what. The split of the client's side needs the server's answers (DATA is
   followed by a message only behind a 354), so the n-th reply is matched with the n-th thing that
   asks for one, which is how RFC 2920 wants clients to read a pipelined server; packet times play
   no part. The turns are computed apart and never from the split: a replay must be faithful also
   where the conversation is nonsense. */
#include "pcap/dialogue.h"

#include "base/cursor.h"

/* ---- turns ---- */

/* The handshake that was opened lies between an octet of that side and the one before it. */
static bool behind_handshake(const struct dialogue *d, enum capture_side side, size_t at)
{
    return d->shake.opened && at >= d->shake.at[side];
}

static struct turn *turn_add(struct arena *arena, struct dialogue *d, enum capture_side side, size_t at,
                             size_t len)
{
    struct turn *last = d->turns.count ? &d->turns.at[d->turns.count - 1] : NULL;
    if (last && last->side == side && behind_handshake(d, side, last->at) == behind_handshake(d, side, at)) {
        last->len += len;
        return last;
    }
    size_t heard = 0;
    for (size_t i = d->turns.count; i > 0 && heard == 0; i--) {
        const struct turn *t = &d->turns.at[i - 1];
        heard = t->side == side ? 0 : t->at + t->len;
    }
    struct turn *t = vec_push(arena, &d->turns);
    *t = (struct turn){.side = side, .at = at, .len = len, .heard = heard};
    return t;
}

/* As turn_add, in two if the handshake lies inside. */
static struct turn *turns_add(struct arena *arena, struct dialogue *d, enum capture_side side, size_t at,
                              size_t len)
{
    size_t shake = d->shake.opened ? d->shake.at[side] : at;
    if (at < shake && shake < at + len) {
        turn_add(arena, d, side, at, shake - at);
        return turn_add(arena, d, side, shake, at + len - shake);
    }
    return turn_add(arena, d, side, at, len);
}

/* Packet and time of each turn's first octet. */
static void date_turns(struct dialogue *d)
{
    size_t next[CAPTURE_SIDE_COUNT] = {0};
    for (size_t t = 0; t < d->turns.count; t++) {
        struct turn *turn = &d->turns.at[t];
        for (size_t *i = &next[turn->side]; *i < d->flow->pieces.count; ++*i) {
            const struct flow_piece *p = &d->flow->pieces.at[*i];
            if (p->side == turn->side && turn->at < p->at + p->len) {
                turn->packet = p->packet;
                turn->time = p->time;
                break;
            }
        }
    }
}

static void read_turns(struct arena *arena, struct dialogue *d)
{
    const struct capture_flow *flow = d->flow;
    size_t said = 0;  /* by the server, in turns so far */
    size_t shown = 0; /* by the server, in the capture so far */
    for (size_t i = 0; i < flow->pieces.count; i++) {
        const struct flow_piece *p = &flow->pieces.at[i];
        if (p->side == CAPTURE_SERVER) {
            shown = p->at + p->len;
            continue;
        }
        if (p->seen > said) {
            turns_add(arena, d, CAPTURE_SERVER, said, p->seen - said);
            said = p->seen;
        }
        struct turn *t = turns_add(arena, d, CAPTURE_CLIENT, p->at, p->len);
        t->crossed = t->crossed || shown > said;
    }
    size_t all = flow->side[CAPTURE_SERVER].octets.len;
    if (all > said) {
        turns_add(arena, d, CAPTURE_SERVER, said, all - said);
    }
    /* who speaks at once does not wait for the greeting, which may be under way at any moment */
    if (d->turns.count && d->turns.at[0].side == CAPTURE_CLIENT && flow->syn) {
        d->turns.at[0].crossed = true;
    }
    date_turns(d);
}

/* ---- the split ---- */

struct splitter {
    struct arena *arena;
    struct dialogue *d;
    size_t pos[CAPTURE_SIDE_COUNT];
    bool tls;
    unsigned accepted; /* recipients of this transaction, for LMTP */
};

static span left(const struct splitter *s, enum capture_side side)
{
    return span_from(s->d->flow->side[side].octets, s->pos[side]);
}

static struct said *say(struct splitter *s, enum capture_side side, enum said_kind kind, size_t len,
                        bool whole)
{
    struct said *item = vec_push(s->arena, &s->d->said[side]);
    *item = (struct said){.kind = kind, .at = s->pos[side], .len = len, .whole = whole, .partner = SAID_NONE};
    s->pos[side] += len;
    return item;
}

/* Octets of the next line with its LF; *whole is false for a rest without one. */
static size_t line_len(span text, bool *whole)
{
    size_t lf = span_find_byte(text, '\n');
    *whole = lf != SPAN_NONE;
    return *whole ? lf + 1 : text.len;
}

/* The code of a reply line, 0 if it is none; *last: no more lines follow. RFC 5321 4.2. */
static unsigned reply_code(span line, bool *last)
{
    if (line.len < 4 || line.at[0] < '2' || line.at[0] > '5' || !ascii_is_digit(line.at[1]) ||
        !ascii_is_digit(line.at[2])) {
        return 0;
    }
    unsigned char behind = line.at[3];
    *last = behind != '-';
    bool fits = behind == '-' || behind == ' ' || behind == '\r' || behind == '\n';
    return fits ? (line.at[0] - '0') * 100u + (line.at[1] - '0') * 10u + (line.at[2] - '0') : 0;
}

bool dialogue_reply(span text, size_t *len, unsigned *code, bool *whole)
{
    bool last = true;
    *len = line_len(text, whole);
    *code = *whole ? reply_code(span_first(text, *len), &last) : 0;
    while (*code && !last) {
        bool more_whole;
        span rest = span_from(text, *len);
        size_t more = line_len(rest, &more_whole);
        if (!more_whole || reply_code(span_first(rest, more), &last) != *code) {
            *whole = false;
            break;
        }
        *len += more;
    }
    return text.len > 0;
}

/* Passes lines that are no reply. False when the server says no further reply. */
static bool take_reply(struct splitter *s, size_t *index)
{
    size_t len;
    unsigned code;
    bool whole;
    while (dialogue_reply(left(s, CAPTURE_SERVER), &len, &code, &whole)) {
        *index = s->d->said[CAPTURE_SERVER].count;
        struct said *item = say(s, CAPTURE_SERVER, code ? SAID_REPLY : SAID_OTHER, len, whole);
        item->code = code;
        if (code) {
            return true;
        }
    }
    return false;
}

/* Octets are missing in front of where that side stands: counting has ended. */
static bool is_behind_gap(const struct splitter *s, enum capture_side side)
{
    const struct flow_side *f = &s->d->flow->side[side];
    return f->gaps.count > 0 && s->pos[side] > f->gaps.at[0].at;
}

/* Lets the next reply answer the client's item; its code, 0 when there is none, or nobody can tell which it is. */
static unsigned answer(struct splitter *s, size_t item)
{
    size_t index;
    if (is_behind_gap(s, CAPTURE_CLIENT) || !take_reply(s, &index) || is_behind_gap(s, CAPTURE_SERVER)) {
        return 0;
    }
    s->d->said[CAPTURE_CLIENT].at[item].partner = index;
    s->d->said[CAPTURE_SERVER].at[index].partner = item;
    return s->d->said[CAPTURE_SERVER].at[index].code;
}

static size_t find_dot(span text, size_t from)
{
    size_t at = span_find_byte(span_from(text, from), '.');
    return at == SPAN_NONE ? SPAN_NONE : from + at;
}

/* RFC 5321 4.1.1.4: CRLF "." CRLF and nothing else; the CRLF may be that of the DATA line. */
static size_t mail_len(span text, bool *whole)
{
    *whole = true;
    if (span_starts(text, SPAN(".\r\n"))) {
        return 3;
    }
    /* by its dot, which is rarer in a message than the end of a line */
    for (size_t dot = 0; (dot = find_dot(text, dot)) != SPAN_NONE; dot++) {
        if (dot >= 2 && text.at[dot - 2] == '\r' && text.at[dot - 1] == '\n' &&
            span_starts(span_from(text, dot), SPAN(".\r\n"))) {
            return dot + 3;
        }
    }
    *whole = false;
    return text.len;
}

static void split_mail(struct splitter *s)
{
    span text = left(s, CAPTURE_CLIENT);
    if (text.len == 0) {
        return;
    }
    bool whole;
    size_t len = mail_len(text, &whole);
    size_t item = s->d->said[CAPTURE_CLIENT].count;
    say(s, CAPTURE_CLIENT, SAID_MAIL, len, whole);
    if (!whole) {
        return;
    }
    /* RFC 2033 4.2: an LMTP server answers once for each recipient */
    unsigned replies = s->d->lmtp ? s->accepted : 1;
    for (unsigned i = 0; i < replies; i++) {
        answer(s, item);
    }
    s->accepted = 0;
}

/* RFC 3030 2: "BDAT" SP chunk-size [SP "LAST"]. */
static bool chunk_size(span line, uint64_t *octets)
{
    struct cursor c = cursor_of(line);
    return cursor_take_caseless(&c, SPAN("BDAT")) && cursor_skip_blanks(&c) > 0 &&
           cursor_take_u64(&c, octets);
}

static void split_chunk(struct splitter *s, size_t command, uint64_t octets)
{
    span text = left(s, CAPTURE_CLIENT);
    size_t item = command;
    if (octets > 0 && text.len > 0) {
        bool whole = octets <= text.len;
        item = s->d->said[CAPTURE_CLIENT].count;
        say(s, CAPTURE_CLIENT, SAID_CHUNK, whole ? (size_t)octets : text.len, whole);
    }
    answer(s, item);
}

/* RFC 4954 4: a 334 asks for one more line. */
static void split_auth(struct splitter *s)
{
    for (;;) {
        span text = left(s, CAPTURE_CLIENT);
        if (text.len == 0) {
            return;
        }
        bool whole;
        size_t len = line_len(text, &whole);
        size_t item = s->d->said[CAPTURE_CLIENT].count;
        say(s, CAPTURE_CLIENT, SAID_SECRET, len, whole);
        if (!whole || answer(s, item) != 334) {
            return;
        }
    }
}

static void split_command(struct splitter *s)
{
    bool whole;
    span line = left(s, CAPTURE_CLIENT);
    line = span_first(line, line_len(line, &whole));
    size_t item = s->d->said[CAPTURE_CLIENT].count;
    struct said *said = say(s, CAPTURE_CLIENT, whole ? SAID_COMMAND : SAID_OTHER, line.len, whole);
    if (!whole) {
        answer(s, item);
        return;
    }
    char verb[16];
    said_verb(s->d, said, verb);
    span word = span_text(verb);
    uint64_t octets;
    if (span_eq(word, SPAN("BDAT")) && chunk_size(line, &octets)) {
        split_chunk(s, item, octets);
        return;
    }
    unsigned code = answer(s, item);
    s->d->lmtp = s->d->lmtp || span_eq(word, SPAN("LHLO"));
    s->accepted += span_eq(word, SPAN("RCPT")) && code >= 200 && code < 300;
    if (span_eq(word, SPAN("MAIL"))) {
        s->accepted = 0;
    }
    if (span_eq(word, SPAN("DATA")) && code == 354) {
        split_mail(s);
    } else if (span_eq(word, SPAN("AUTH")) && code == 334) {
        split_auth(s);
    } else if (span_eq(word, SPAN("STARTTLS")) && code == 220) {
        s->tls = !s->d->shake.opened;
        s->d->secured = true;
    }
}

/* RFC 8446 5.1: a handshake record of version 3. */
static bool looks_like_tls(span octets)
{
    return octets.len >= 3 && octets.at[0] == 22 && octets.at[1] == 3 && octets.at[2] <= 4;
}

/* What a balancer puts in front of its client's octets, and nobody answers: a PROXY header in one of its two versions. */
static void skip_proxy(struct splitter *s)
{
    span text = left(s, CAPTURE_CLIENT);
    bool whole = false;
    size_t len = 0;
    if (span_starts(text, SPAN("PROXY "))) {
        len = line_len(text, &whole);
    } else if (text.len >= 16 && span_starts(text, SPAN("\r\n\r\n\0\r\nQUIT\n"))) {
        len = 16 + ((size_t)text.at[14] << 8 | text.at[15]);
        whole = len <= text.len;
    }
    if (whole) {
        say(s, CAPTURE_CLIENT, SAID_OTHER, len, true);
    }
}

static void split(struct arena *arena, struct dialogue *d)
{
    struct splitter s = {.arena = arena, .d = d};
    const struct flow_side *client = &d->flow->side[CAPTURE_CLIENT];
    skip_proxy(&s);
    s.tls = !d->shake.opened && looks_like_tls(left(&s, CAPTURE_CLIENT));
    d->secured = d->secured || s.tls;
    bool greeted = d->flow->syn || s.pos[CAPTURE_CLIENT] > 0 || (d->flow->pieces.count && d->flow->pieces.at[0].side == CAPTURE_SERVER);
    size_t greeting;
    if (!s.tls && greeted && take_reply(&s, &greeting)) {
        /* a capture that begins behind DATA or AUTH */
        unsigned code = d->said[CAPTURE_SERVER].at[greeting].code;
        if (code == 354) {
            split_mail(&s);
        } else if (code == 334) {
            split_auth(&s);
        }
    }
    while (!s.tls && s.pos[CAPTURE_CLIENT] < client->octets.len) {
        split_command(&s);
    }
    size_t rest;
    while (!s.tls && take_reply(&s, &rest)) {
    }
    for (unsigned side = 0; s.tls && side < CAPTURE_SIDE_COUNT; side++) {
        if (left(&s, side).len > 0) {
            say(&s, side, SAID_TLS, left(&s, side).len, true);
            d->tls = true;
        }
    }
    for (size_t i = 0; i < d->said[CAPTURE_SERVER].count; i++) {
        d->smtp = d->smtp || d->said[CAPTURE_SERVER].at[i].kind == SAID_REPLY;
    }
}

/* In which turn each item begins. */
static void place_items(struct dialogue *d)
{
    size_t next[CAPTURE_SIDE_COUNT] = {0};
    for (size_t t = 0; t < d->turns.count; t++) {
        struct turn *turn = &d->turns.at[t];
        size_t *i = &next[turn->side];
        turn->first = *i;
        for (; *i < d->said[turn->side].count; ++*i) {
            struct said *item = &d->said[turn->side].at[*i];
            if (item->at >= turn->at + turn->len) {
                break;
            }
            item->turn = t;
        }
        turn->behind = *i;
    }
}

/* When each item was heard of first. */
static void date_items(struct dialogue *d)
{
    size_t next[CAPTURE_SIDE_COUNT] = {0};
    for (size_t k = 0; k < d->flow->pieces.count; k++) {
        const struct flow_piece *p = &d->flow->pieces.at[k];
        size_t *i = &next[p->side];
        for (; *i < d->said[p->side].count; ++*i) {
            struct said *item = &d->said[p->side].at[*i];
            if (item->at >= p->at + p->len) {
                break;
            }
            bool first = item->at == p->at && k > 0;
            item->packet = p->packet;
            item->pause = first ? (p->time - d->flow->pieces.at[k - 1].latest) / NANOS_PER_MILLI : 0;
        }
    }
}

/* ---- the whole ---- */

/* Without a handshake: who speaks in codes is the server, whatever the ports. */
static const struct capture_flow *turned(const struct capture_flow *flow, struct arena *arena)
{
    bool last;
    bool client_codes = reply_code(flow->side[CAPTURE_CLIENT].octets, &last) != 0;
    bool server_codes = reply_code(flow->side[CAPTURE_SERVER].octets, &last) != 0;
    if (flow->syn || !client_codes || server_codes) {
        return flow;
    }
    struct capture_flow *other = ARENA_NEW(arena, struct capture_flow);
    *other = *flow;
    other->side[CAPTURE_CLIENT] = flow->side[CAPTURE_SERVER];
    other->side[CAPTURE_SERVER] = flow->side[CAPTURE_CLIENT];
    other->pieces.at = arena_take_array(arena, flow->pieces.count, sizeof *other->pieces.at);
    for (size_t i = 0; i < flow->pieces.count; i++) {
        other->pieces.at[i] = flow->pieces.at[i];
        other->pieces.at[i].side =
            flow->pieces.at[i].side == CAPTURE_CLIENT ? CAPTURE_SERVER : CAPTURE_CLIENT;
    }
    return other;
}

static void read_all(struct arena *arena, struct dialogue *d)
{
    read_turns(arena, d);
    split(arena, d);
    place_items(d);
    date_items(d);
}

void dialogue_read(const struct capture_flow *flow, struct arena *arena, struct dialogue *d)
{
    dialogue_open(flow, NULL, arena, d);
}

/* Where a side goes over to TLS: its octets before that. */
static size_t clear_octets(const struct dialogue *d, enum capture_side side)
{
    for (size_t i = 0; i < d->said[side].count; i++) {
        if (d->said[side].at[i].kind == SAID_TLS) {
            return d->said[side].at[i].at;
        }
    }
    return d->flow->side[side].octets.len;
}

void dialogue_open(const struct capture_flow *flow, struct capture_secrets *secrets, struct arena *arena,
                   struct dialogue *d)
{
    *d = (struct dialogue){.flow = turned(flow, arena)};
    read_all(arena, d);
    if (!d->tls) {
        return;
    }
    size_t at[] = {clear_octets(d, CAPTURE_CLIENT), clear_octets(d, CAPTURE_SERVER)};
    struct capture_tls shake;
    const struct capture_flow *clear = capture_tls_open(d->flow, at, secrets, arena, &shake);
    if (clear) {
        *d = (struct dialogue){.flow = clear, .secured = true, .shake = shake};
        read_all(arena, d);
    }
    d->shake = shake;
}

size_t dialogue_handshake(const struct dialogue *d)
{
    for (size_t t = 0; d->shake.opened && t < d->turns.count; t++) {
        if (behind_handshake(d, d->turns.at[t].side, d->turns.at[t].at)) {
            return t;
        }
    }
    return d->shake.opened ? d->turns.count : SAID_NONE;
}

span said_octets(const struct dialogue *d, enum capture_side side, const struct said *s)
{
    return span_part(d->flow->side[side].octets, s->at, s->len);
}

void said_verb(const struct dialogue *d, const struct said *s, char verb[16])
{
    span line = said_octets(d, CAPTURE_CLIENT, s);
    size_t len = 0;
    while (len < 15 && len < line.len && ascii_is_alpha(line.at[len])) {
        verb[len] = (char)(line.at[len] & ~0x20);
        len++;
    }
    verb[len] = '\0';
}

bool said_is(const struct dialogue *d, const struct said *s, const char *verb)
{
    char said[16];
    said_verb(d, s, said);
    return s->kind == SAID_COMMAND && strcmp(said, verb) == 0;
}

bool said_mail_content(const struct dialogue *d, const struct said *s, struct arena *arena,
                       span *content)
{
    *content = SPAN_EMPTY;
    if (s->kind != SAID_MAIL || !s->whole) {
        return false;
    }
    span octets = said_octets(d, CAPTURE_CLIENT, s);
    octets = span_first(octets, octets.len - 3);
    unsigned char *at = arena_take(arena, octets.len + 1);
    size_t len = 0;
    bool same = true;
    for (size_t i = 0; i < octets.len; i++) {
        bool begins = i == 0 || (i >= 2 && octets.at[i - 2] == '\r' && octets.at[i - 1] == '\n');
        if (begins && octets.at[i] == '.') {
            bool stuffed = i + 1 < octets.len && octets.at[i + 1] == '.';
            same = same && stuffed;
            if (stuffed) {
                i++;
            }
        }
        at[len++] = octets.at[i];
    }
    *content = span_of(at, len);
    return same;
}

size_t dialogue_replies_in(const struct dialogue *d, size_t octets)
{
    size_t count = 0;
    for (size_t i = 0; i < d->said[CAPTURE_SERVER].count; i++) {
        const struct said *s = &d->said[CAPTURE_SERVER].at[i];
        count += s->kind == SAID_REPLY && s->at + s->len <= octets;
    }
    return count;
}

size_t dialogue_before_end(const struct dialogue *d)
{
    const struct flow_end *end = &d->flow->side[CAPTURE_CLIENT].end;
    if (end->how == CLOSE_NONE) {
        return d->flow->side[CAPTURE_SERVER].octets.len;
    }
    size_t shown = 0;
    for (size_t i = 0; i < d->flow->pieces.count; i++) {
        const struct flow_piece *p = &d->flow->pieces.at[i];
        shown = p->side == CAPTURE_SERVER && p->packet < end->packet ? p->at + p->len : shown;
    }
    return shown;
}

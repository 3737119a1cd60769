/* Two streams side by side. What the client said is taken apart as far as its meaning is sure; each whole
   reply belongs to the oldest command without one, and decides what the octets behind some commands are. */
#include "harness/mutate/talk.h"

enum { OCTETS_CEILING = 256 * 1024 * 1024, COMMAND_CEILING = 512, REPLY_CEILING = 4096 };

void talk_begin(struct talk *t, bool tls, struct arena *arena)
{
    *t = (struct talk){.arena = arena, .mode = tls ? TALK_TLS : TALK_COMMANDS};
    buf_init(&t->client, OCTETS_CEILING);
    buf_init(&t->server, OCTETS_CEILING);
    vec_add(arena, &t->owed, "(greeting)");
}

void talk_end(struct talk *t)
{
    buf_wipe(&t->client);
    buf_wipe(&t->server);
}

static void fault(struct talk *t, const char *what)
{
    t->fault = t->fault != NULL ? t->fault : what;
    t->mode = TALK_OVER;
}

const char *talk_owed(const struct talk *t)
{
    bool chunk = t->mode == TALK_ASKED && strcmp(t->owed.at[t->owed.count - 1], "BDAT") == 0;
    if (chunk && t->answered + 1 == t->owed.count && t->client.len < t->chunk) {
        return NULL; /* its octets are not all there */
    }
    bool due = t->mode != TALK_OVER && t->mode != TALK_TLS && !t->unsure && !t->leaving && t->answered < t->owed.count;
    return due ? t->owed.at[t->answered] : NULL;
}

/* ---- what the client says ---- */

/* The verb in capitals, if it is one that the RFCs know: others are all the same to a server. */
static const char *verb_of(span line)
{
    static const char *const verbs[] = {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP",
                                        "VRFY", "EXPN", "HELP", "QUIT", "STARTTLS", "AUTH"};
    span verb;
    span rest;
    (void)span_split(line, ' ', &verb, &rest);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (span_eq_caseless(verb, span_text(verbs[i]))) {
            return verbs[i];
        }
    }
    return "(unknown)";
}

/* RFC 5321 2.3.8, 4.5.3.1.4: what a server makes of these is its own affair. */
static bool is_open(span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] == '\n' || line.at[i] == '\r' || line.at[i] == '\0') {
            return true;
        }
    }
    return line.len + 2 > COMMAND_CEILING;
}

/* BDAT 12 LAST */
static bool read_chunk(struct talk *t, span line)
{
    span word;
    span rest;
    (void)span_split(span_from(line, 5), ' ', &word, &rest);
    t->last = span_eq_caseless(rest, SPAN("LAST"));
    return line.len > 5 && span_to_u64(word, &t->chunk) && (t->last || rest.len == 0);
}

static void take_command(struct talk *t, span line)
{
    const char *verb = verb_of(line);
    t->unsure = t->unsure || is_open(line);
    vec_add(t->arena, &t->owed, verb);
    if (strcmp(verb, "BDAT") == 0) {
        t->unsure = t->unsure || !read_chunk(t, line);
        t->mode = TALK_ASKED;
    } else if (strcmp(verb, "DATA") == 0 || strcmp(verb, "STARTTLS") == 0 || strcmp(verb, "AUTH") == 0) {
        t->mode = TALK_ASKED;
    }
}

static bool take_line(struct talk *t)
{
    size_t end = span_find(buf_span(&t->client), SPAN("\r\n"));
    if (end == SPAN_NONE) {
        return false;
    }
    span line = span_first(buf_span(&t->client), end);
    if (t->mode == TALK_SECRET) {
        vec_add(t->arena, &t->owed, "AUTH");
        t->mode = TALK_ASKED;
    } else {
        take_command(t, line);
    }
    buf_drop(&t->client, end + 2);
    return true;
}

static bool take_data(struct talk *t)
{
    span all = buf_span(&t->client);
    bool empty = span_starts(all, SPAN(".\r\n"));
    size_t end = empty ? 0 : span_find(all, SPAN("\r\n.\r\n"));
    if (end == SPAN_NONE) {
        return false;
    }
    span data = span_first(all, end);
    for (size_t i = 0; i < data.len; i++) {
        bool lone = data.at[i] == '\n' ? i == 0 || data.at[i - 1] != '\r'
                                       : data.at[i] == '\r' && i + 1 < data.len && data.at[i + 1] != '\n';
        t->bare = t->bare || lone;
    }
    buf_drop(&t->client, end + (empty ? 3 : 5));
    vec_add(t->arena, &t->owed, ".");
    t->mode = TALK_COMMANDS;
    return true;
}

/* Its octets come before its reply, and are read whatever that is (RFC 3030 2), unless the command is not
   known at all. */
static bool take_chunk(struct talk *t)
{
    if (t->client.len < t->chunk) {
        return false;
    }
    buf_drop(&t->client, (size_t)t->chunk);
    t->mode = TALK_COMMANDS;
    return true;
}

static void understand(struct talk *t)
{
    bool more = true;
    while (more && !t->unsure) {
        more = t->mode == TALK_DATA                                   ? take_data(t)
               : t->mode == TALK_CHUNK                                ? take_chunk(t)
               : t->mode == TALK_COMMANDS || t->mode == TALK_SECRET ? take_line(t)
                                                                      : false;
    }
}

/* ---- what the server says ---- */

/* One line of a reply: 250-text or 250 text. */
static bool has_form(span line, span first)
{
    bool digits = line.len >= 3 && line.at[0] >= '2' && line.at[0] <= '5' && line.at[1] >= '0' &&
                  line.at[1] <= '5' && ascii_is_digit(line.at[2]);
    bool parted = line.len == 3 || line.at[3] == ' ' || line.at[3] == '-';
    for (size_t i = 3; digits && i < line.len; i++) {
        unsigned char c = line.at[i];
        digits = c >= ' ' ? c != 127 : c == '\t';
    }
    return digits && parted && span_eq(span_first(line, 3), span_first(first, 3));
}

/* Octets of the whole reply at the head; 0: more has to come. */
static size_t whole_reply(struct talk *t)
{
    span rest = buf_span(&t->server);
    size_t len = 0;
    for (;;) {
        size_t end = span_find_byte(rest, '\n');
        if (end == SPAN_NONE) {
            if (rest.len > REPLY_CEILING) {
                fault(t, "form: a line of a reply without an end");
            }
            return 0;
        }
        bool crlf = end > 0 && rest.at[end - 1] == '\r';
        span line = span_first(rest, end - crlf);
        if (!crlf || !has_form(line, buf_span(&t->server))) {
            fault(t, "form: a line that no reply has");
            return 0;
        }
        len += end + 1;
        rest = span_from(rest, end + 1);
        if (line.len == 3 || line.at[3] == ' ') {
            return len;
        }
    }
}

static bool is_verb(const char *verb, const char *of)
{
    return strcmp(verb, of) == 0;
}

/* What a reply does to the transaction. */
static void settle(struct talk *t, const char *verb)
{
    bool ends = is_verb(verb, "MAIL") || is_verb(verb, "RSET") || is_verb(verb, "EHLO") ||
                is_verb(verb, "HELO") || is_verb(verb, ".");
    bool mail = is_verb(verb, ".") || (is_verb(verb, "BDAT") && t->last);
    if (mail && t->class == 2 && t->rcpts > 0) {
        t->mails++;
        t->copies += t->rcpts;
    }
    if ((is_verb(verb, "EHLO") || is_verb(verb, "HELO")) && t->class == 2) {
        t->extended = is_verb(verb, "EHLO");
    }
    t->rcpts += is_verb(verb, "RCPT") && t->class == 2;
    if (mail || (ends && t->class == 2)) {
        t->rcpts = 0;
    }
}

/* What the octets behind the command are. */
static void decide(struct talk *t, const char *verb, unsigned code)
{
    if (is_verb(verb, "DATA")) {
        t->mode = code == 354 ? TALK_DATA : TALK_COMMANDS;
    } else if (is_verb(verb, "STARTTLS")) {
        t->mode = code == 220 ? TALK_TLS : TALK_COMMANDS;
    } else if (is_verb(verb, "AUTH")) {
        t->mode = code == 334 ? TALK_SECRET : TALK_COMMANDS;
    } else if (is_verb(verb, "BDAT")) {
        bool unknown = code == 500 || code == 502 || !t->extended;
        t->mode = unknown ? TALK_COMMANDS : TALK_CHUNK;
        if (!unknown && t->client.len < t->chunk && t->class == 2) {
            fault(t, "early: a chunk is answered before it was said");
        }
    }
}

/* A reply in the middle of mail data: a refusal ends what is sure, anything else took it for ended. */
static void unasked(struct talk *t)
{
    if (t->unsure || t->leaving || t->class >= 4) {
        t->unsure = true;
        return;
    }
    bool line = t->mode == TALK_COMMANDS && is_open(buf_span(&t->client));
    fault(t, t->mode == TALK_DATA || t->bare ? "smuggled: mail data ended where it does not end (RFC 5321 4.1.1.4)"
             : line ? "line: a bare CR or LF ended a command (RFC 5321 2.3.8)"
                    : "surplus: a reply that nothing asked for");
}

static void take_reply(struct talk *t, size_t len)
{
    span reply = buf_span(&t->server);
    unsigned code = (unsigned)((reply.at[0] - '0') * 100 + (reply.at[1] - '0') * 10 + reply.at[2] - '0');
    t->class = code / 100;
    buf_drop(&t->server, len);
    if (code == 421 || code == 221) {
        t->leaving = true;
    }
    if (t->answered == t->owed.count) {
        unasked(t);
        return;
    }
    const char *verb = t->owed.at[t->answered++];
    vec_add(t->arena, &t->lines, arena_printf(t->arena, "%s %u", verb, code));
    t->leaving = t->leaving || (is_verb(verb, "QUIT") && t->class == 2);
    settle(t, verb);
    if (t->mode == TALK_ASKED && t->answered == t->owed.count) {
        decide(t, verb, code);
    }
}

static void listen(struct talk *t)
{
    size_t len = 1;
    while (t->mode != TALK_OVER && t->mode != TALK_TLS && len > 0) {
        understand(t);
        len = t->server.len > 0 ? whole_reply(t) : 0;
        if (len > 0) {
            take_reply(t, len);
        }
    }
}

/* ---- what happens ---- */

void talk_client(struct talk *t, span octets)
{
    if (t->mode != TALK_TLS && t->mode != TALK_OVER) {
        buf_put(&t->client, octets);
        understand(t);
    }
}

void talk_server(struct talk *t, span octets)
{
    if (t->mode != TALK_TLS && t->mode != TALK_OVER) {
        buf_put(&t->server, octets);
        listen(t);
    }
}

/* RFC 3207 4.2: nothing is known any more, and nothing that was said in clear is left. */
void talk_tls(struct talk *t, bool stands)
{
    if (!stands || t->mode != TALK_TLS) {
        t->unsure = true; /* the server has read records where it asked for none, or as words */
    }
    if (t->mode != TALK_OVER) {
        buf_clear(&t->client);
        buf_clear(&t->server);
        t->mode = TALK_COMMANDS;
        t->extended = false;
        t->rcpts = 0;
    }
}

/* RFC 5321 3.8: a server leaves behind 221, 421, or trouble that it has told. */
void talk_closed(struct talk *t, bool reset)
{
    const char *owed = talk_owed(t);
    if (owed != NULL && !reset && t->class <= 3 && t->mode != TALK_TLS) {
        fault(t, arena_printf(t->arena, "dropped: closed without a reply to %s", owed));
    }
    if (!t->leaving) {
        vec_add(t->arena, &t->lines, "closed");
    }
    t->leaving = true;
}

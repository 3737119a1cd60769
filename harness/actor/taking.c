/* What a receiver keeps in mind while a mail comes in. Commands wait in a queue for their answers,
   because a client that pipelines says MAIL, RCPT and DATA before any of them is answered, and an
   early one even before the greeting. */
#include "harness/actor/taking.h"

#include "base/cursor.h"

enum { DATA_CEILING = 256 * 1024 * 1024 };

struct verb_row {
    const char *verb;
    enum taking_waits kind;
};

static const struct verb_row verb_rows[] = {
    { "EHLO", WAITS_HELLO }, { "HELO", WAITS_HELLO }, { "LHLO", WAITS_HELLO }, { "MAIL", WAITS_MAIL },
    { "RCPT", WAITS_RCPT },  { "DATA", WAITS_DATA },  { "BDAT", WAITS_CHUNK }, { "RSET", WAITS_RESET },
};

void taking_init(struct taking *k, struct arena *arena, bool lmtp)
{
    *k = (struct taking){.arena = arena, .lmtp = lmtp};
    buf_init(&k->data, DATA_CEILING);
}

void taking_wipe(struct taking *k)
{
    buf_wipe(&k->data);
}

bool line_has_verb(span line, const char *verb)
{
    span word;
    span rest;
    (void)span_split(line, ' ', &word, &rest);
    return span_eq_caseless(word, span_text(verb));
}

bool bdat_read(span line, uint64_t *octets, bool *last)
{
    span verb;
    span rest;
    span number;
    span word;
    (void)span_split(line, ' ', &verb, &rest);
    (void)span_split(span_trim(rest), ' ', &number, &word);
    *last = span_eq_caseless(span_trim(word), SPAN("LAST"));
    return span_eq_caseless(verb, SPAN("BDAT")) && span_to_u64(number, octets);
}

/* "<a@b>" of "MAIL FROM:<a@b> SIZE=1"; a quoted local part may hold '>'. */
static span path_of(span line)
{
    size_t colon = span_find_byte(line, ':');
    span rest = span_trim(span_from(line, colon == SPAN_NONE ? line.len : colon + 1));
    bool quoted = false;
    for (size_t i = 0; i < rest.len; i++) {
        if (quoted && rest.at[i] == '\\') {
            i++;
        } else if (rest.at[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && rest.at[i] == '>') {
            return span_first(rest, i + 1);
        } else if (!quoted && rest.at[i] == ' ') {
            return span_first(rest, i);
        }
    }
    return rest;
}

static void push(struct taking *k, enum taking_waits kind, span path)
{
    struct taking_command *c = vec_push(k->arena, &k->waiting);
    c->kind = kind;
    c->path = arena_copy(k->arena, path);
}

void taking_line(struct taking *k, span line)
{
    enum taking_waits kind = WAITS_OTHER;
    for (size_t i = 0; i < sizeof verb_rows / sizeof *verb_rows; i++) {
        if (line_has_verb(line, verb_rows[i].verb)) {
            kind = verb_rows[i].kind;
        }
    }
    if (kind == WAITS_CHUNK) {
        /* Its answer comes behind the octets, where taking_data puts it into the queue. */
        k->chunk = 0;
        k->chunk_last = false;
        if (bdat_read(line, &k->chunk, &k->chunk_last)) {
            return;
        }
        kind = WAITS_OTHER;
    }
    push(k, kind, kind == WAITS_MAIL || kind == WAITS_RCPT ? path_of(line) : SPAN_EMPTY);
}

void taking_data(struct taking *k, span octets, bool chunk)
{
    buf_put(&k->data, octets);
    if (chunk && !k->chunk_last) {
        push(k, WAITS_CHUNK, SPAN_EMPTY);
        return;
    }
    k->data_open = false;
    k->taken = false;
    size_t answers = k->lmtp && k->rcpts.count > 0 ? k->rcpts.count : 1;
    for (size_t i = 0; i < answers; i++) {
        push(k, WAITS_END, SPAN_EMPTY);
    }
}

static void forget(struct taking *k)
{
    k->has_from = false;
    k->from = SPAN_EMPTY;
    k->rcpts = (texts){0};
    k->data_open = false;
    buf_clear(&k->data);
}

static void give(struct taking *k, struct play_mail *mail)
{
    *mail = (struct play_mail){.from = k->has_from ? k->from : SPAN("<>")};
    mail->rcpts = k->rcpts;
    mail->octets = arena_copy(k->arena, buf_span(&k->data));
}

static bool answer_end(struct taking *k, bool ok, struct play_mail *mail)
{
    bool takes = ok && !k->taken;
    if (takes) {
        give(k, mail);
        k->taken = true;
    }
    /* Of several answers (LMTP) the last one ends the transaction. */
    if (k->first >= k->waiting.count || k->waiting.at[k->first].kind != WAITS_END) {
        forget(k);
    }
    return takes;
}

bool taking_reply(struct taking *k, unsigned code, struct play_mail *mail)
{
    bool ok = code / 100 == 2;
    if (!k->greeted) {
        k->greeted = true;
        return false;
    }
    if (k->first >= k->waiting.count) {
        return false;
    }
    struct taking_command c = k->waiting.at[k->first++];
    if (c.kind == WAITS_MAIL && ok) {
        forget(k);
        k->has_from = true;
        k->from = c.path;
    } else if (c.kind == WAITS_RCPT && ok) {
        bool bracketed = c.path.len >= 2 && c.path.at[0] == '<';
        span address = bracketed ? span_part(c.path, 1, c.path.len - 2) : c.path;
        vec_add(k->arena, &k->rcpts, arena_text(k->arena, address));
    } else if (c.kind == WAITS_DATA) {
        k->data_open = code / 100 == 3;
        buf_clear(&k->data);
    } else if ((c.kind == WAITS_HELLO || c.kind == WAITS_RESET) && ok) {
        forget(k);
    } else if (c.kind == WAITS_END) {
        return answer_end(k, ok, mail);
    }
    return false;
}

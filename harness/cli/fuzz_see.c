/* What the octets of a play show, said in lines, since a worker sends it through a file; and how two plays are
   told apart. */
#include "harness/cli/fuzz_see.h"

#include "harness/mutate/talk.h"

/* ---- what is no finding ---- */

const struct fuzz_benign fuzz_benign[] = {
    {"VRFY", '*', '*', "RFC 5321 3.5.3, 7.3: a server may refuse to verify, or say 252"},
    {"EXPN", '*', '*', "RFC 5321 3.5.3, 7.3: a server may refuse to expand"},
    {"HELP", '*', '*', "RFC 5321 4.5.1: HELP need not be there"},
    {"AUTH", '*', '*', "RFC 4954 4: whether it is offered is configuration"},
    {"STARTTLS", '*', '*', "RFC 3207 4: whether it is offered is configuration"},
    {"(unknown)", '*', '*', "RFC 5321 2.2.2: extensions are a server's own, and what is none differs only in its code"},
    {"*", 'l', '*', "RFC 5321 3.8, 4.2.3: 421 may answer any command; talk out of turn is one reason"},
    {"*", '4', '5', "both refuse, and for how long is policy"},
    {"*", '4', 'c', "RFC 5321 7.8, 4.2.5: limits on errors are a server's own"},
    {"*", '5', 'c', "RFC 5321 7.8, 4.2.5: limits on errors are a server's own"},
};
const size_t fuzz_benign_count = sizeof fuzz_benign / sizeof *fuzz_benign;

/* ---- one play, as a worker saw it ---- */

static void put_talk(const struct talk *t, const char *actor, unsigned number, struct buf *out)
{
    const char *owed = talk_owed(t);
    for (size_t i = 0; i < t->lines.count; i++) {
        buf_printf(out, "= %s %u %s\n", actor, number, t->lines.at[i]);
    }
    if (t->fault) {
        buf_printf(out, "! %s\n", t->fault);
    } else if (owed) {
        buf_printf(out, "? %s\n", owed);
    }
}

struct mail_count {
    unsigned mails, copies;
    bool sure; /* all that was said was answered */
};

static bool stands(const struct transcript *t, size_t actor, unsigned number)
{
    bool stands = false;
    for (size_t i = 0; i < t->handshakes.count; i++) {
        const struct handshake *h = &t->handshakes.at[i];
        stands = h->actor == actor && h->number == number ? h->stands : stands;
    }
    return stands;
}

/* Octets of one connection, in the order in which they were seen. */
static void put_connection(const struct case_seen *seen, size_t actor, unsigned number, struct mail_count *count,
                           struct arena *arena, struct buf *out)
{
    struct talk t;
    const char *port = seen->scenario->actors.at[actor].port;
    talk_begin(&t, port && strcmp(port, "smtps") == 0, arena);
    for (size_t i = 0; i < seen->transcript->events.count; i++) {
        const struct event *e = &seen->transcript->events.at[i];
        if (e->actor != actor || e->number != number) {
            continue;
        }
        if (e->kind == SAW_BYTES && e->side == SIDE_C) {
            talk_client(&t, e->bytes);
        } else if (e->kind == SAW_BYTES) {
            talk_server(&t, e->bytes);
        } else if (e->kind == SAW_TLS) {
            talk_tls(&t, stands(seen->transcript, actor, number));
        } else if ((e->kind == SAW_EOF || e->kind == SAW_RST) && !e->ours) {
            talk_closed(&t, e->kind == SAW_RST);
        } else if (e->ours && (e->kind == SAW_EOF || e->kind == SAW_RST || e->kind == SAW_SHUT)) {
            t.leaving = true; /* whoever leaves is owed nothing */
        }
    }
    put_talk(&t, seen->scenario->actors.at[actor].name, number, out);
    count->mails += t.mails;
    count->copies += t.copies;
    count->sure = count->sure && !t.unsure && t.mode != TALK_OVER && t.answered == t.owed.count &&
                  t.mode == TALK_COMMANDS && t.client.len == 0;
    talk_end(&t);
}

/* Where all recipients are mailboxes, what was taken is there, and nothing else. */
static bool counts_mail(const struct case_seen *seen)
{
    const struct scenario *s = seen->scenario;
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind == SECTION_CONFIG) {
            return false;
        }
    }
    for (size_t i = 0; i < s->sets.count; i++) {
        const char *key = s->sets.at[i].key;
        if (strncmp(key, "route.", 6) == 0 || strcmp(key, "relay.from") == 0 || strcmp(key, "client.trust") == 0) {
            return false;
        }
    }
    return seen->observation->has_mail && seen->observation->has_queue;
}

static void put_mail(const struct case_seen *seen, const struct mail_count *count, struct buf *out)
{
    size_t mails = seen->observation->mails.count;
    size_t left = 0;
    for (size_t i = 0; i < seen->observation->spool.count; i++) {
        left += seen->observation->spool.at[i].state != NULL;
    }
    if (!counts_mail(seen) || !count->sure) {
        return;
    }
    if (mails > count->copies) {
        buf_printf(out, "! mail: more is delivered than was taken\n");
    } else if (mails + left < count->mails) {
        buf_printf(out, "! mail: what was taken is neither delivered nor queued\n");
    }
}

void fuzz_see(const struct case_seen *seen, struct buf *out)
{
    struct arena *arena = arena_new();
    struct mail_count count = {.sure = true};
    for (size_t i = 0; i < seen->transcript->events.count; i++) {
        const struct event *e = &seen->transcript->events.at[i];
        if (e->kind == SAW_CONNECT && seen->scenario->actors.at[e->actor].role == ACTOR_CLIENT) {
            put_connection(seen, e->actor, e->number, &count, arena, out);
        }
    }
    put_mail(seen, &count, out);
    buf_put_text(out, "--\n");
    transcript_write(seen->transcript, seen->scenario, out);
    arena_free(arena);
}

/* ---- two plays ---- */

struct answer {
    span conn; /* "c 1" */
    span verb; /* empty: the connection was closed */
    span code;
};

/* "= c 1 MAIL 250" */
static bool take_answer(span *rest, struct answer *a)
{
    span line;
    while (span_line(rest, &line)) {
        if (span_starts(line, SPAN("= "))) {
            span name, number;
            (void)span_split(span_from(line, 2), ' ', &name, &line);
            (void)span_split(line, ' ', &number, &line);
            a->conn = span_of(name.at, (size_t)(number.at + number.len - name.at));
            bool answered = span_split(line, ' ', &a->verb, &a->code);
            a->code = answered ? a->code : line;
            a->verb = answered ? a->verb : SPAN_EMPTY;
            return true;
        }
    }
    return false;
}

static bool is_class(char row, char class)
{
    return row == '*' || row == class;
}

static size_t benign_row(span verb, char a, char b)
{
    size_t i = 0;
    for (; i < fuzz_benign_count; i++) {
        const struct fuzz_benign *row = &fuzz_benign[i];
        bool same = row->verb[0] == '*' || span_eq(span_text(row->verb), verb);
        if (same && ((is_class(row->one, a) && is_class(row->other, b)) ||
                     (is_class(row->one, b) && is_class(row->other, a)))) {
            break;
        }
    }
    return i;
}

/* The first digit, 'c' of closed; a server that leaves is a class of its own. */
static char class_of(span code)
{
    return span_eq(code, SPAN("421")) ? 'l' : (char)code.at[0];
}

bool fuzz_compare(span one, span other, struct fuzz_difference *d)
{
    struct answer a;
    struct answer b;
    while (take_answer(&one, &a) && take_answer(&other, &b)) {
        bool both = a.verb.len > 0 && b.verb.len > 0;
        if (!span_eq(a.conn, b.conn) || (both && !span_eq(a.verb, b.verb))) {
            return false; /* one play was cut short, and the other goes on elsewhere */
        }
        char class_a = class_of(a.code);
        char class_b = class_of(b.code);
        if (class_a != class_b) {
            span verb = a.verb.len > 0 ? a.verb : b.verb;
            *d = (struct fuzz_difference){verb, a.code, b.code, benign_row(verb, class_a, class_b)};
            return true;
        }
    }
    return false;
}

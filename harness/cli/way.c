/* Words of a reason that are made anew each time (ids, addresses, counts, what a message holds) are masked;
   what is left are the check, its clauses, the command that was answered, and the codes. */
#include "harness/cli/way.h"

#include "base/buf.h"

enum { WAY_CEILING = 65536 };

/* 550, 5.7.1, 4xx: what a reply is told by. */
static bool is_code(span word)
{
    size_t dots = 0;
    for (size_t i = 0; i < word.len; i++) {
        dots += word.at[i] == '.';
        if (word.at[i] != '.' && !ascii_is_digit(word.at[i]) && word.at[i] != 'x') {
            return false;
        }
    }
    return (word.len == 3 && dots == 0) || (dots == 2 && word.len <= 9);
}

static bool is_plain(span word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_alpha(word.at[i]) && !strchr("-,':", word.at[i])) {
            return false;
        }
    }
    return true;
}

/* "process 585 was ended by signal 11": only the first number is made anew, and looks like a code. */
static bool is_kept(span word, span before)
{
    return is_plain(word) || span_eq(before, SPAN("signal")) ||
           (is_code(word) && !span_eq(before, SPAN("process")));
}

/* Runs of masked words are one. */
static void put_masked(struct buf *out, span text)
{
    bool masked = false;
    span before = SPAN_EMPTY;
    for (span word; text.len > 0; before = word) {
        (void)span_split(text, ' ', &word, &text);
        if (word.len > 0 && is_kept(word, before)) {
            buf_put(out, word);
            buf_put_byte(out, ' ');
            masked = false;
        } else if (word.len > 0 && !masked) {
            buf_put_text(out, "* ");
            masked = true;
        }
    }
}

/* "nothing", "no message ...", "count 2", "another value": the first word, if it is one. */
static void put_first(struct buf *out, span text)
{
    span word;
    (void)span_split(text, ' ', &word, &text);
    buf_put(out, is_plain(word) ? word : SPAN("*"));
}

static const struct report_check *failing(const struct report_case *rc)
{
    for (size_t i = 0; i < rc->checks.count; i++) {
        const struct report_check *c = &rc->checks.at[i];
        if (!c->ok && !c->skipped) {
            return c;
        }
    }
    return NULL;
}

static const char *join(const report_texts *all, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < all->count; i++) {
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", all->at[i]);
    }
    return text;
}

static bool is_of_wire(const struct report_check *c)
{
    static const char *const kinds[] = {"reply", "line", "bytes", "mail data", "octets", "event", "tls", "wait"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(c->kind, kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "reply 3 of 4, to RCPT: wanted ...": "to RCPT". */
static span answered(span reason)
{
    size_t to = span_find(reason, SPAN(", to "));
    span rest = to == SPAN_NONE ? SPAN_EMPTY : span_from(reason, to + 2);
    size_t colon = span_find_byte(rest, ':');
    return colon == SPAN_NONE ? SPAN_EMPTY : span_first(rest, colon);
}

static void put_check(struct buf *out, const struct report_case *rc, const struct report_check *c)
{
    span reason = span_text(rc->reason);
    span wanted = span_text(c->wanted);
    span first;
    if (!is_of_wire(c)) {
        buf_printf(out, "expect %s, %.*s, got ", c->kind, SPAN_FMT(wanted));
        put_first(out, span_text(c->got));
        return;
    }
    static const char *const orders[] = {"early: ", "late: "};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        buf_put_text(out, span_starts(reason, span_text(orders[i])) ? orders[i] : "");
    }
    (void)span_split(wanted, ' ', &first, &wanted);
    put_masked(out, answered(reason));
    buf_printf(out, "%s, %.*s, got ", c->kind, SPAN_FMT(strcmp(c->kind, "wait") == 0 ? SPAN_EMPTY : first));
    put_masked(out, span_text(c->got));
}

struct way way_of(const struct report_case *rc, struct arena *arena)
{
    struct way w = {0};
    struct buf out;
    if (rc->state != STATE_FAIL && rc->state != STATE_WARN && rc->state != STATE_CRASH) {
        return w;
    }
    const struct report_check *c = rc->state == STATE_CRASH ? NULL : failing(rc);
    w.clauses = span_text(join(c && c->reqs.count > 0 ? &c->reqs : &rc->reqs, arena));
    buf_init(&out, WAY_CEILING);
    buf_printf(&out, "%s: ", state_name(rc->state));
    if (c) {
        buf_printf(&out, "[%.*s] ", SPAN_FMT(w.clauses));
        put_check(&out, rc, c);
    } else {
        put_masked(&out, span_text(rc->reason));
    }
    w.text = arena_text(arena, buf_span(&out));
    w.timed = rc->state == STATE_CRASH ||
              (c && (c->timed || strcmp(c->kind, "wait") == 0 || span_starts(span_text(rc->reason), SPAN("late")) ||
                     span_starts(span_text(rc->reason), SPAN("early"))));
    buf_wipe(&out);
    return w;
}

bool way_same(const struct way *a, const struct way *b)
{
    return a->text && b->text && strcmp(a->text, b->text) == 0;
}

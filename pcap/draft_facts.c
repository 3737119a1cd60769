/* Facts of the whole conversation: a reply early in it may only be understood by what comes later. The
   table says which of the client's words rest on which of the server's promises. */
#include "pcap/draft_facts.h"

static const struct said *partner(const struct dialogue *d, const struct said *command)
{
    return command->partner == SAID_NONE ? NULL
                                         : &d->said[CAPTURE_SERVER].at[command->partner];
}

static bool accepted(const struct dialogue *d, const struct said *command)
{
    const struct said *reply = partner(d, command);
    return reply && reply->code >= 200 && reply->code < 300;
}

/* What any target can be told to accept, in a list without quotes. */
static bool is_plain_address(span a)
{
    size_t ats = 0;
    for (size_t i = 0; i < a.len; i++) {
        ats += a.at[i] == '@';
        if (!ascii_is_alnum(a.at[i]) && (a.at[i] == '\0' || !strchr("@._+=-", a.at[i]))) {
            return false;
        }
    }
    return ats == 1 && a.at[0] != '@' && a.at[a.len - 1] != '@';
}

/* The address in RCPT TO:<...>; empty if it is none, or no plain one. */
static span recipient_of(span line)
{
    size_t open = span_find_byte(line, '<');
    span rest = open == SPAN_NONE ? SPAN_EMPTY : span_from(line, open + 1);
    size_t close = span_find_byte(rest, '>');
    span address = close == SPAN_NONE ? SPAN_EMPTY : span_first(rest, close);
    return is_plain_address(address) ? address : SPAN_EMPTY;
}

void draft_recipients(const struct dialogue *d, struct arena *arena, draft_spans *all)
{
    for (size_t i = 0; i < d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *s = &d->said[CAPTURE_CLIENT].at[i];
        span address = said_is(d, s, "RCPT") && accepted(d, s) ? recipient_of(said_octets(d, CAPTURE_CLIENT, s))
                                                               : SPAN_EMPTY;
        bool known = address.len == 0;
        for (size_t k = 0; k < all->count; k++) {
            known = known || span_eq(all->at[k], address);
        }
        if (!known) {
            vec_add(arena, all, address);
        }
    }
}

/* Which words of the client rest on which keyword of the server. */
struct dependence {
    const char *keyword;
    const char *verb;
    const char *word; /* in the command; "" any */
};

static const struct dependence dependences[] = {
    {"SIZE", "MAIL", " SIZE="},
    {"8BITMIME", "MAIL", " BODY=8BITMIME"},
    {"BINARYMIME", "MAIL", " BODY=BINARYMIME"},
    {"SMTPUTF8", "MAIL", " SMTPUTF8"},
    {"DSN", "MAIL", " RET="},
    {"DSN", "MAIL", " ENVID="},
    {"DSN", "RCPT", " NOTIFY="},
    {"DSN", "RCPT", " ORCPT="},
    {"CHUNKING", "BDAT", ""},
    {"STARTTLS", "STARTTLS", ""},
    {"AUTH", "AUTH", ""},
    {"ETRN", "ETRN", ""},
};

static bool has_caseless(span text, const char *word)
{
    bool has = *word == '\0';
    for (; text.len && !has; text = span_from(text, 1)) {
        has = span_starts_caseless(text, span_text(word));
    }
    return has;
}

/* The client sent a command before the one in front of it was answered. */
static bool pipelines(const struct dialogue *d)
{
    for (size_t i = 1; i < d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *a = &d->said[CAPTURE_CLIENT].at[i - 1];
        const struct said *b = &d->said[CAPTURE_CLIENT].at[i];
        if (a->kind == SAID_COMMAND && b->kind == SAID_COMMAND && a->turn == b->turn && accepted(d, b)) {
            return true;
        }
    }
    return false;
}

bool draft_rests_on(const struct dialogue *d, span keyword)
{
    if (span_eq_caseless(keyword, SPAN("PIPELINING"))) {
        return pipelines(d);
    }
    for (size_t i = 0; i < d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *s = &d->said[CAPTURE_CLIENT].at[i];
        for (size_t k = 0; k < sizeof dependences / sizeof *dependences; k++) {
            const struct dependence *row = &dependences[k];
            if (span_eq_caseless(keyword, span_text(row->keyword)) && said_is(d, s, row->verb) &&
                has_caseless(said_octets(d, CAPTURE_CLIENT, s), row->word)) {
                return true;
            }
        }
    }
    return false;
}

bool draft_is_implicit(const struct dialogue *d)
{
    return d->secured && d->shake.at[CAPTURE_CLIENT] == 0 && d->shake.at[CAPTURE_SERVER] == 0;
}

/* It was said, and the server knew the word. */
static bool asks_for_tls(const struct dialogue *d)
{
    for (size_t i = 0; i < d->said[CAPTURE_CLIENT].count; i++) {
        const struct said *s = &d->said[CAPTURE_CLIENT].at[i];
        const struct said *reply = partner(d, s);
        if (said_is(d, s, "STARTTLS") && reply && reply->code != 500 && reply->code != 502) {
            return true;
        }
    }
    return false;
}

/* The client spoke first, and not only its balancer, and was served. */
static bool speaks_early(const struct dialogue *d)
{
    const struct said *greeting = d->said[CAPTURE_SERVER].count ? &d->said[CAPTURE_SERVER].at[0] : NULL;
    return d->flow->syn && d->turns.count && d->turns.at[0].side == CAPTURE_CLIENT &&
           d->said[CAPTURE_CLIENT].at[0].kind != SAID_OTHER && greeting && greeting->code == 220;
}

const char *draft_needs(const struct dialogue *d, struct arena *arena)
{
    const struct {
        bool is;
        const char *word;
    } all[] = {
        {draft_rests_on(d, SPAN("CHUNKING")), "chunking"},
        {speaks_early(d), "early"},
        {draft_is_implicit(d), "tls-on-connect"},
        {!draft_is_implicit(d) && asks_for_tls(d), "starttls"},
        {d->shake.opened && d->shake.resumed, "tickets"},
    };
    const char *text = "";
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].is) {
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", all[i].word);
        }
    }
    return text;
}

size_t draft_exim_id(span text)
{
    size_t first = span_run(text, ascii_is_alnum);
    size_t second = span_run(span_from(text, first + 1), ascii_is_alnum);
    size_t third = span_run(span_from(text, first + 1 + second + 1), ascii_is_alnum);
    bool sizes = first == 6 && ((second == 6 && third == 2) || (second == 11 && third == 4));
    bool dashes = sizes && text.at[first] == '-' && text.at[first + 1 + second] == '-';
    return dashes ? first + 1 + second + 1 + third : 0;
}

static bool is_of_word(span text, size_t at)
{
    return at < text.len && (ascii_is_alnum(text.at[at]) || text.at[at] == '-');
}

bool draft_shows_id(span text)
{
    bool shown = span_has(text, SPAN("queued as "));
    for (size_t i = 0; i < text.len && !shown; i++) {
        size_t len = i == 0 || !is_of_word(text, i - 1) ? draft_exim_id(span_from(text, i)) : 0;
        shown = len > 0 && !is_of_word(text, i + len);
    }
    return shown;
}

/* assay sessions: what was said in a capture, a line for each connection, and a search in it. The file is
   read once and nothing is kept of a connection whose line is out, so that a day's capture of a busy
   server can be asked; that is also why a line is put together by hand and not by printf. */
#include "harness/cli/cli.h"
#include "harness/replay/captures.h"

#include "base/args.h"
#include "harness/scenario/pattern.h"
#include "pcap/dialogue.h"
#include "reports/spell.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

#define LINE_CEILING 65536
#define MOST_STEPS 100 /* of a conversation in one line */
#define MOST_WORD 80

struct sessions_options {
    struct args_texts find;
    struct args_texts grep;
    struct args_texts keys;
    struct args_texts streams;
};

#define AT(field) offsetof(struct sessions_options, field)
static const struct args_option sessions_rows[] = {
    {"--find", NULL, ARGS_LIST, AT(find), "TEXT",
     "only connections in whose commands, replies, addresses or time TEXT stands; all of them, if repeated"},
    {"--grep", NULL, ARGS_LIST, AT(grep), "REGEX",
     "the same with a regular expression (PCRE), which has to match within one command or reply"},
    CLI_KEYS_ROW(AT),
    CLI_STREAM_ROW(AT),
};

struct listing {
    const struct sessions_options *options;
    struct stream_choice streams;
    struct capture_keys keys;
    VEC(const struct pattern *) patterns;
    struct bindings *none; /* expressions of --grep have no captures */
    struct arena *arena;
    struct buf line;
    time_t second; /* that `day` shows */
    char day[32];
    uint64_t seen;
    uint64_t shown;
};

/* ---- a line ---- */

static void put_number(struct buf *out, uint64_t n, unsigned digits)
{
    unsigned char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (unsigned char)('0' + n % 10);
        n /= 10;
    } while (n || sizeof text - at < digits);
    buf_put(out, span_of(text + at, sizeof text - at));
}

/* RFC 3339, in UTC, with milliseconds. */
static void put_time(struct listing *l, instant at)
{
    instant rest = at % NANOS_PER_SECOND;
    instant second = at / NANOS_PER_SECOND - (rest < 0);
    if (!l->day[0] || l->second != (time_t)second) {
        struct tm tm;
        l->second = (time_t)second;
        (void)gmtime_r(&l->second, &tm);
        (void)strftime(l->day, sizeof l->day, "%Y-%m-%dT%H:%M:%S.", &tm);
    }
    buf_put_text(&l->line, l->day);
    put_number(&l->line, (uint64_t)((rest < 0 ? rest + NANOS_PER_SECOND : rest) / NANOS_PER_MILLI), 3);
    buf_put_byte(&l->line, 'Z');
}

static void put_end(struct buf *out, const struct flow_side *s)
{
    char host[64];
    if (s->host.v6) {
        capture_host_write(&s->host, host, sizeof host);
        buf_put_byte(out, '[');
        buf_put_text(out, host);
        buf_put_byte(out, ']');
    } else {
        for (size_t i = 0; i < 4; i++) {
            put_number(out, s->host.octets[i], 1);
            buf_put_text(out, i < 3 ? "." : "");
        }
    }
    buf_put_byte(out, ':');
    put_number(out, s->port, 1);
}

static void put_form(struct buf *out, const struct dialogue *d)
{
    if (d->smtp) {
        buf_put_text(out, d->lmtp ? "LMTP" : "SMTP");
    }
    if (d->secured) {
        buf_put_text(out, d->smtp ? "+TLS" : "TLS");
    }
    if (d->shake.version) {
        buf_put_byte(out, ' ');
        buf_put_text(out, d->shake.version);
    }
    buf_put_text(out, d->smtp || d->secured ? "" : "no SMTP");
}

/* What follows the command, as far as it names somebody: a host behind EHLO, a path behind MAIL and RCPT. */
static span argument(span line, const char *verb)
{
    static const struct {
        const char *verb;
        unsigned char begin, end;
    } rows[] = {{"EHLO", ' ', '\r'}, {"HELO", ' ', '\r'}, {"LHLO", ' ', '\r'}, {"MAIL", '<', '>'}, {"RCPT", '<', '>'}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t begin = strcmp(verb, rows[i].verb) == 0 ? span_find_byte(line, rows[i].begin) : SPAN_NONE;
        if (begin != SPAN_NONE) {
            span rest = span_from(line, begin + (rows[i].begin == ' '));
            size_t end = span_find_byte(rest, rows[i].end);
            return span_first(rest, end == SPAN_NONE ? rest.len : end + (rows[i].end == '>'));
        }
    }
    return SPAN_EMPTY;
}

static void put_command(struct buf *out, const struct dialogue *d, const struct said *s)
{
    char verb[16];
    said_verb(d, s, verb);
    buf_put_text(out, verb[0] ? verb : "?");
    span word = span_first(argument(said_octets(d, CAPTURE_CLIENT, s), verb), MOST_WORD);
    if (word.len) {
        buf_put_byte(out, ' ');
    }
    spell_line(word, out);
}

static void put_said(struct buf *out, const struct dialogue *d, const struct said *s)
{
    static const char *const words[SAID_KIND_COUNT] = {[SAID_SECRET] = "(secret)", [SAID_TLS] = "TLS", [SAID_OTHER] = "?"};
    if (s->kind == SAID_COMMAND) {
        put_command(out, d, s);
    } else if (words[s->kind]) {
        buf_put_text(out, words[s->kind]);
    } else {
        put_number(out, s->len, 1);
        buf_put_text(out, " octets");
    }
}

static void put_code(struct buf *out, const struct said *reply, const char *before)
{
    buf_put_text(out, before);
    if (reply->kind == SAID_REPLY) {
        put_number(out, reply->code, 3);
    } else {
        buf_put_text(out, reply->kind == SAID_TLS ? "TLS" : "?");
    }
}

/* The reply was there before the client said that, as far as anybody knows. */
static bool stands_before(const struct said *reply, size_t index, const struct said *s)
{
    return s->partner != SAID_NONE ? index < s->partner : reply->partner == SAID_NONE && reply->turn < s->turn;
}

/* Each word of the client with the code that answers it; codes that answer none stand alone. */
static void put_talk(struct buf *out, const struct dialogue *d)
{
    size_t steps = 0;
    size_t next = 0; /* of the server's */
    const char *comma = "";
    for (size_t i = 0; i < d->said[CAPTURE_CLIENT].count && steps < MOST_STEPS; i++, steps++) {
        const struct said *s = &d->said[CAPTURE_CLIENT].at[i];
        const struct said *replies = d->said[CAPTURE_SERVER].at;
        for (; next < d->said[CAPTURE_SERVER].count && stands_before(&replies[next], next, s) && steps < MOST_STEPS; next++, steps++) {
            put_code(out, &replies[next], comma);
            comma = ", ";
        }
        buf_put_text(out, comma);
        put_said(out, d, s);
        if (s->partner != SAID_NONE) {
            put_code(out, &d->said[CAPTURE_SERVER].at[s->partner], " ");
            next = s->partner + 1;
        }
        comma = ", ";
    }
    for (; next < d->said[CAPTURE_SERVER].count && steps < MOST_STEPS; next++, steps++) {
        put_code(out, &d->said[CAPTURE_SERVER].at[next], comma);
        comma = ", ";
    }
    buf_put_text(out, steps < MOST_STEPS ? "" : ", ...");
}

static void put_line(struct listing *l, const struct dialogue *d)
{
    struct buf *out = &l->line;
    const struct capture_flow *f = d->flow;
    buf_clear(out);
    put_number(out, f->stream, 1);
    buf_put_byte(out, '\t');
    put_time(l, f->begin);
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        buf_put_byte(out, '\t');
        put_end(out, &f->side[side]);
    }
    buf_put_byte(out, '\t');
    put_number(out, f->packets, 1);
    buf_put_text(out, " packets\t");
    put_form(out, d);
    buf_put_byte(out, '\t');
    put_talk(out, d);
    if (f->side[CAPTURE_CLIENT].gaps.count || f->side[CAPTURE_SERVER].gaps.count) {
        buf_put_text(out, "; octets are missing");
    }
    if (f->cut) {
        buf_put_text(out, "; ");
        buf_put_text(out, f->cut);
    }
    buf_put_byte(out, '\n');
}

/* ---- the search ---- */

/* One thing that is looked for: a text, or else an expression. */
struct wanted {
    span text;
    const struct pattern *pattern;
};

static bool stands_in(struct listing *l, const struct wanted *w, span text)
{
    size_t at;
    size_t len;
    return w->pattern ? pattern_found(w->pattern, text, l->none, &at, &len) : span_has(text, w->text);
}

static bool is_said(struct listing *l, const struct dialogue *d, const struct wanted *w)
{
    if (stands_in(l, w, buf_span(&l->line))) {
        return true;
    }
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        for (size_t i = 0; i < d->said[side].count; i++) {
            const struct said *s = &d->said[side].at[i];
            bool searched = s->kind == SAID_COMMAND || s->kind == SAID_REPLY || s->kind == SAID_OTHER;
            if (searched && stands_in(l, w, said_octets(d, side, s))) {
                return true;
            }
        }
    }
    return false;
}

static bool is_wanted(struct listing *l, const struct dialogue *d)
{
    bool all = true;
    for (size_t i = 0; all && i < l->options->find.count; i++) {
        all = is_said(l, d, &(struct wanted){.text = span_text(l->options->find.at[i])});
    }
    for (size_t i = 0; all && i < l->patterns.count; i++) {
        all = is_said(l, d, &(struct wanted){.pattern = l->patterns.at[i]});
    }
    return all;
}

/* ---- reading ---- */

static err list_flow(void *context, const struct capture_flow *flow)
{
    struct listing *l = context;
    if (!captures_chosen(&l->streams, flow->stream)) {
        return OK;
    }
    struct dialogue d;
    dialogue_open(flow, l->keys.secrets, flow->arena, &d);
    capture_keys_note(&l->keys, &d, l->arena);
    l->seen++;
    put_line(l, &d);
    if (!is_wanted(l, &d)) {
        return OK;
    }
    l->shown++;
    span line = buf_span(&l->line);
    return fwrite(line.at, 1, line.len, stdout) == line.len
               ? OK
               : err_of(ERR_IO, "writing to standard output: the disk is full or the reader is gone");
}

static err list_capture(struct listing *l, const char *path)
{
    struct capture_totals totals;
    err e = captures_read(path, list_flow, l, l->arena, &totals);
    (void)fflush(stdout); /* before what is complained of */
    TRY(e);
    TRY(captures_nothing(path, &totals, l->arena));
    if (totals.broken) {
        (void)cli_complain(0, "%s: %llu packets of %llu are broken and left out; packet %llu: %s", path,
                           (unsigned long long)totals.broken, (unsigned long long)totals.packets,
                           (unsigned long long)totals.first_broken, totals.why_broken);
    }
    return OK;
}

static err prepare(struct listing *l, const struct args_texts *paths)
{
    const struct sessions_options *o = l->options;
    if (paths->count == 0) {
        return err_syntax(0, "sessions: which capture? assay sessions CAPTURE... [--find TEXT]");
    }
    TRY(captures_streams(o->streams.at, o->streams.count, l->arena, &l->streams));
    for (size_t i = 0; i < o->grep.count; i++) {
        const struct pattern *p;
        TRY(err_in(pattern_read(span_text(o->grep.at[i]), PATTERN_REGEX, l->arena, &p), l->arena, "--grep %s",
                   o->grep.at[i]));
        vec_add(l->arena, &l->patterns, p);
    }
    return capture_keys_read(&o->keys, paths, l->arena, &l->keys);
}

static int list_all(struct listing *l, const struct args_texts *paths)
{
    err e = prepare(l, paths);
    for (size_t i = 0; i < paths->count && !failed(e); i++) {
        e = list_capture(l, paths->at[i]);
    }
    if (failed(e)) {
        int status = e.kind == ERR_IO && l->seen > 0 ? EXIT_ENVIRONMENT : EXIT_USAGE;
        return cli_complain(status, "%s", err_text(e, l->arena));
    }
    const char *missing = l->keys.files ? capture_keys_missing(&l->keys, l->arena) : NULL;
    if (missing) {
        (void)cli_complain(0, "%s", missing);
    }
    if (bindings_gave_up(l->none)) {
        (void)cli_complain(0, "an expression of --grep met its limits: connections may be missing; write one that needs fewer steps");
    }
    return l->shown > 0 ? EXIT_FINE
                        : cli_complain(EXIT_USAGE, "none of %llu connections is what was asked for", (unsigned long long)l->seen);
}

static int run(struct call *call)
{
    struct listing l = {.options = call->options, .arena = call->arena, .none = bindings_new(call->arena, NULL)};
    buf_init(&l.line, LINE_CEILING);
    int status = list_all(&l, &call->rest);
    buf_wipe(&l.line);
    return status;
}

const struct verb cli_sessions = {
    .name = "sessions",
    .run = run,
    .usage = "CAPTURE... [--find TEXT] [--grep REGEX]",
    .doc = "a line for each connection of a capture; search in what was said",
    .example = "assay sessions pcap/captures/exim-swaks-plain/traffic.pcap --find 'RCPT TO'",
    VERB_ROWS(sessions_rows),
    .options_size = sizeof(struct sessions_options),
};

/* -be and -bem: texts from arguments or standard input are expanded as the configuration's own are,
   with its named lists and macros, and with a message if one is given. What cannot be expanded
   prints its reason and is no failure of the program. */
#include "ref/run/modes.h"
#include "ref/run/trial.h"

#include "base/file.h"
#include "ref/expand/expand.h"
#include "ref/mail/header.h"
#include "ref/run/header_recipients.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_CEILING = 16 << 20, MESSAGE_CEILING = 64 << 20, BODY_VISIBLE = 500 };

struct trial {
    struct run_trial base;
    struct arena *kept, *passing;  /* for the run; for one line */
    struct expand_services services;
};

static struct expanded no_acl(void *context, span name, const struct value *arguments, size_t count,
                              bool *accepted)
{
    struct trial *t = context;
    (void)arguments;
    (void)count;
    *accepted = false;
    return (struct expanded){
        .outcome = EXPAND_FAILED,
        .why = arena_printf(t->passing, "ERROR from acl \"%.*s\"", SPAN_FMT(name))};
}

static void headers_fill(struct trial *t, span header)
{
    struct facts_message *m = &t->base.message;
    struct mail_fields fields = {0};
    if (failed(mail_fields_split(header, t->kept, &fields))) {
        return;
    }
    struct facts_header *headers =
        arena_take_array(t->kept, fields.list.count + 1, sizeof *headers);
    for (size_t i = 0; i < fields.list.count; i++) {
        headers[i].text = fields.list.at[i].text;
        m->received_count += fields.list.at[i].type == 'P';
    }
    m->headers = headers;
    m->header_count = fields.list.count;
}

static void recipients_fill(struct trial *t)
{
    struct facts_message *m = &t->base.message;
    struct header_recipients found = {0};
    for (size_t i = 0; i < m->header_count; i++) {
        struct mail_field f;
        if (mail_field_read(m->headers[i].text, &f) && f.type != ' ' &&
            strchr("BCT", f.type) != NULL) {
            (void)header_addresses_read(f.body, t->kept, &found);
        }
    }
    m->recipients = found.list.at;
    m->recipient_count = found.list.count;
}

static err message_take(struct trial *t, const char *path)
{
    span content, body, line;
    err e = file_read(path, MESSAGE_CEILING, t->kept, &content);
    if (failed(e)) {
        e.what = arena_printf(t->kept, "failed to open %s", path);
        return e;
    }
    if (!span_ends(content, SPAN("\n"))) {
        content = span_text(arena_printf(t->kept, "%.*s\n", SPAN_FMT(content)));
    }
    headers_fill(t, mail_header_part(content, &body));
    if (t->base.options->from_headers) {
        recipients_fill(t);
    }
    struct facts_message *m = &t->base.message;
    m->received = clock_now(t->base.env.clock);
    m->size = content.len;
    m->body_size = body.len;
    m->body = span_first(body, BODY_VISIBLE);
    m->body_end = span_from(body, body.len > BODY_VISIBLE ? body.len - BODY_VISIBLE : 0);
    while (span_line(&body, &line)) {
        m->body_linecount++;
        for (size_t i = 0; i < line.len; i++) {
            m->body_zerocount += line.at[i] == '\0';
        }
    }
    return OK;
}

/* A line that defines a macro is taken; in others macros are replaced. False: nothing to expand. */
static bool macros_take(struct trial *t, struct buf *line)
{
    struct conf_macros *macros = &t->base.conf->macros;
    struct buf scratch;
    size_t head = macro_definition_head(buf_span(line));
    if (head > 0) {
        struct conf_where nowhere = {.file = "standard input"};
        span name, rest, text = arena_copy(t->kept, buf_span(line));
        (void)span_split(text, '=', &name, &rest);
        err e = macro_define_line(macros, text, nowhere, t->kept);
        (void)(failed(e) ? printf("Failed: %s\n", err_text(e, t->passing))
                         : printf("Defined macro '%.*s'\n", SPAN_FMT(span_trim_space(name))));
        return false;
    }
    buf_init(&scratch, LINE_CEILING);
    (void)macro_replace(macros, 0, line, &scratch);
    buf_wipe(&scratch);
    return true;
}

static void line_expand(struct trial *t, struct buf *line)
{
    if (macros_take(t, line)) {
        /* What the line before left behind lay in the arena that was emptied. */
        struct expansion *x = &t->base.expansion;
        t->base.address.srs_recipient = SPAN_EMPTY;
        x->item = x->found = (struct value){.text = SPAN_EMPTY};
        x->captures.count = 0;
        struct expanded e = expand_text(buf_span(line), x);
        if (e.outcome == EXPAND_OK) {
            (void)fwrite(e.value.text.at, 1, e.value.text.len, stdout);
            (void)fputc('\n', stdout);
        } else {
            (void)printf("Failed: %s\n", e.why);
        }
    }
    arena_reset(t->passing);
}

static void words_expand(struct trial *t, size_t first)
{
    const struct args_texts *words = &t->base.options->words;
    for (size_t i = first; i < words->count; i++) {
        struct buf line;
        buf_init(&line, LINE_CEILING);
        buf_put_text(&line, words->at[i]);
        line_expand(t, &line);
        buf_wipe(&line);
    }
}

struct input {
    size_t from, to; /* what was read and not yet taken */
    char at[65536];
};

/* What was printed goes out before there may be a wait for more, and not line by line. */
static bool input_fill(struct input *in)
{
    (void)fflush(stdout);
    ssize_t got;
    while ((got = read(STDIN_FILENO, in->at, sizeof in->at)) < 0 && errno == EINTR) {
    }
    in->from = 0;
    in->to = got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* One line of the input with its end, behind what line holds. False: there is none. */
static bool physical_read(struct input *in, struct buf *line)
{
    bool any = false, ended = false;
    while (!ended && (in->from < in->to || input_fill(in))) {
        span rest = span_of(in->at + in->from, in->to - in->from);
        size_t end = span_find_byte(rest, '\n');
        ended = end != SPAN_NONE;
        span part = ended ? span_first(rest, end + 1) : rest;
        buf_put(line, part);
        in->from += part.len;
        any = true;
    }
    return any;
}

/* Joins lines that end in a backslash, without the blanks at the begin of the next. False: the input
   is at its end. */
static bool line_read(struct input *in, struct buf *line)
{
    struct buf physical;
    bool any = false, more = true;
    buf_clear(line);
    buf_init(&physical, LINE_CEILING);
    while (more && physical_read(in, &physical)) {
        span text = span_trim_space(buf_span(&physical));
        if (!any) {
            /* Blanks in front of the first line are part of it. */
            span all = buf_span(&physical);
            text = text.len > 0 ? span_of(all.at, (size_t)(text.at + text.len - all.at))
                                : SPAN_EMPTY;
        }
        any = true;
        more = span_ends(text, SPAN("\\"));
        buf_put(line, more ? span_first(text, text.len - 1) : text);
        buf_clear(&physical);
    }
    buf_wipe(&physical);
    return any;
}

static void input_expand(struct trial *t)
{
    struct input *in = ARENA_NEW(t->kept, struct input);
    struct buf line;
    buf_init(&line, LINE_CEILING);
    (void)fputs("> ", stdout);
    while (line_read(in, &line)) {
        if (buf_full(&line)) {
            (void)printf("Failed: the line is longer than %d octets\n", LINE_CEILING);
        } else {
            line_expand(t, &line);
        }
        (void)fputs("> ", stdout);
    }
    (void)fputc('\n', stdout);
    buf_wipe(&line);
}

static err trial_open(struct trial *t, const struct run_options *o, const char *message)
{
    struct run_trial *base = &t->base;
    TRY(run_trial_open(base, o, true, t->kept));
    base->peer.authenticated_id = base->peer.login;
    base->message.authenticated_sender = base->message.sender_address;
    t->services = (struct expand_services){.context = t, .acl = no_acl};
    base->expansion.services = &t->services;
    base->expansion.arena = t->passing;
    return message ? message_take(t, message) : OK;
}

enum exit_status run_try_expand(const struct run_options *o, struct arena *arena)
{
    size_t first = strcmp(o->mode->name, "-bem") == 0 ? 1 : 0;
    if (o->words.count < first) {
        return run_fail(EXIT_USAGE, "-bem needs a file with a message behind it");
    }
    struct trial *t = ARENA_NEW(arena, struct trial);
    t->kept = arena;
    t->passing = arena_new();
    err e = trial_open(t, o, first > 0 ? o->words.at[0] : NULL);
    if (!failed(e) && o->words.count > first) {
        words_expand(t, first);
    } else if (!failed(e)) {
        input_expand(t);
    }
    run_trial_close(&t->base);
    arena_free(t->passing);
    return failed(e) ? run_fail(EXIT_REFUSED, err_text(e, arena)) : EXIT_FINE;
}

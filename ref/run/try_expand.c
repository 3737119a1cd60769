/* -be and -bem: texts from arguments or standard input are expanded as the configuration's own are,
   with its named lists and macros, and with a message if one is given. What cannot be expanded
   prints its reason and is no failure of the program. */
#include "ref/run/modes.h"
#include "ref/run/world.h"

#include "base/file.h"
#include "ref/expand/expand.h"
#include "ref/mail/header.h"
#include "ref/run/header_recipients.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LINE_CEILING = 16 << 20, MESSAGE_CEILING = 64 << 20, BODY_VISIBLE = 500 };

struct trial {
    const struct run_options *options;
    struct conf *conf;
    struct run_env env;
    struct arena *kept, *passing;  /* for the run; for one line */
    struct facts facts;
    struct facts_server server;
    struct facts_peer peer;
    struct facts_message message;
    struct facts_address address;
    struct facts_host host;
    struct acl_variables acl;
    struct expand_services services;
    struct lookup_shared *shared;
    struct lookup_cache *cache;
    struct dns *dns;
    struct expansion expansion;
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

static void facts_fill(struct trial *t)
{
    const struct conf_main *m = &t->conf->main;
    const struct passwd *user = getpwuid(getuid());
    span login = user ? arena_copy(t->kept, span_text(user->pw_name)) : SPAN("unknown");
    run_facts_fill(t->options, &t->env, m, t->kept, &t->server);
    t->peer = (struct facts_peer){.ident = login, .login = login, .authenticated_id = login};
    span sender = t->options->sender
                      ? span_text(t->options->sender)
                      : span_text(arena_printf(t->kept, "%.*s@%s", SPAN_FMT(login),
                                               m->qualify_domain));
    sender = span_eq(sender, SPAN("<>")) ? SPAN_EMPTY : sender;
    t->message.sender_address = t->message.authenticated_sender = sender;
    t->acl.connection_arena = t->acl.message_arena = t->kept;
    t->facts = (struct facts){.server = &t->server, .peer = &t->peer, .message = &t->message,
                              .address = &t->address, .host = &t->host, .acl = &t->acl};
}

static void trace(void *context, unsigned depth, span line)
{
    (void)context;
    (void)fprintf(stderr, "%*s%.*s\n", (int)(2 * depth), "", SPAN_FMT(line));
}

static void expansion_fill(struct trial *t)
{
    t->services = (struct expand_services){.context = t, .acl = no_acl};
    t->env.network.timeout = run_dns_timeout(&t->conf->main);
    if (failed(run_env_open_dns(&t->env, t->kept, &t->dns))) {
        t->dns = NULL; /* what needs it defers, and says so */
    }
    if (!failed(run_lookups_open(&t->conf->main, t->env.clock, &t->shared))) {
        t->cache = lookup_cache_new(t->shared);
    }
    t->expansion = (struct expansion){
        .facts = &t->facts, .arena = t->passing, .lists = &t->conf->lists, .lookups = t->cache,
        .dns = t->dns, .rng = &t->env.rng, .services = &t->services,
        .allowance = EXPAND_ALLOWANCE(t->conf->main.expand_budget),
        .trace = run_options_trace(t->options, "expand") ? trace : NULL};
}

/* Where the body begins: behind the empty line, or at the line that is none of the header. */
static span header_take(span content, span *body)
{
    span rest = content, line;
    bool have_field = false;
    *body = SPAN_EMPTY;
    for (span at = rest; span_line(&rest, &line); at = rest) {
        enum mail_line kind = mail_line_kind(line, have_field);
        if (kind == MAIL_LINE_SEPARATOR || kind == MAIL_LINE_BODY) {
            *body = kind == MAIL_LINE_SEPARATOR ? rest : at;
            return span_first(content, (size_t)(at.at - content.at));
        }
        have_field = true;
    }
    return content;
}

static void headers_fill(struct trial *t, span header)
{
    struct mail_fields fields = {0};
    if (failed(mail_fields_split(header, t->kept, &fields))) {
        return;
    }
    struct facts_header *headers =
        arena_take_array(t->kept, fields.list.count + 1, sizeof *headers);
    for (size_t i = 0; i < fields.list.count; i++) {
        headers[i].text = fields.list.at[i].text;
        t->message.received_count += fields.list.at[i].type == 'P';
    }
    t->message.headers = headers;
    t->message.header_count = fields.list.count;
}

static void recipients_fill(struct trial *t)
{
    struct header_recipients found = {0};
    for (size_t i = 0; i < t->message.header_count; i++) {
        struct mail_field f;
        if (mail_field_read(t->message.headers[i].text, &f) && f.type != ' ' &&
            strchr("BCT", f.type) != NULL) {
            (void)header_addresses_read(f.body, t->kept, &found);
        }
    }
    t->message.recipients = found.list.at;
    t->message.recipient_count = found.list.count;
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
    headers_fill(t, header_take(content, &body));
    if (t->options->from_headers) {
        recipients_fill(t);
    }
    struct facts_message *m = &t->message;
    m->received = clock_now(t->env.clock);
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
    struct conf_macros *macros = &t->conf->macros;
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
        t->address.srs_recipient = SPAN_EMPTY;
        t->expansion.item = t->expansion.found = (struct value){.text = SPAN_EMPTY};
        t->expansion.captures.count = 0;
        struct expanded e = expand_text(buf_span(line), &t->expansion);
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
    const struct args_texts *words = &t->options->words;
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

static void trial_close(struct trial *t)
{
    lookup_cache_free(t->cache);
    lookup_shared_close(t->shared);
    dns_close(t->dns);
    conf_free(t->conf);
    arena_free(t->passing);
}

static enum exit_status try_expand(const struct run_options *o, struct arena *arena,
                                   const char *message, size_t first)
{
    struct trial *t = ARENA_NEW(arena, struct trial);
    t->options = o;
    t->kept = arena;
    t->passing = arena_new();
    err e = run_env_open(&t->env, o->env_file, o->env_socket, arena);
    if (!failed(e)) {
        e = run_env_take_dns(&t->env, o->dns);
    }
    if (!failed(e)) {
        e = run_conf_load_or_default(o, arena, &t->conf);
    }
    if (!failed(e)) {
        const char *zone = t->conf->main.timezone;
        if (zone[0] != '\0') {
            (void)setenv("TZ", zone, 1);
        }
        tzset();
        facts_fill(t);
        e = message ? message_take(t, message) : OK;
    }
    if (failed(e)) {
        trial_close(t);
        return run_fail(EXIT_REFUSED, err_text(e, arena));
    }
    expansion_fill(t);
    if (o->words.count > first) {
        words_expand(t, first);
    } else {
        input_expand(t);
    }
    trial_close(t);
    return EXIT_FINE;
}

enum exit_status run_try_expand(const struct run_options *o, struct arena *arena)
{
    return try_expand(o, arena, NULL, 0);
}

enum exit_status run_try_expand_message(const struct run_options *o, struct arena *arena)
{
    if (o->words.count == 0) {
        return run_fail(EXIT_USAGE, "-bem needs a file with a message behind it");
    }
    return try_expand(o, arena, o->words.at[0], 1);
}

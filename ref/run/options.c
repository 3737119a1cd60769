/* Not base/args: Exim's options stick together in ways of their own ("-DNAME=x", "-fsender",
   "-bdf" is not "-b -d -f"), and scripts depend on them. */
#include "ref/run/options.h"

#include "base/rows.h"
#include "ref/conf/option.h"
#include "ref/queue/queue.h"
#include "ref/run/modes.h"
#include "ref/spool/queues.h"

enum kind {
    FLAG,     /* bool */
    TEXT,     /* const char *: the next argument, or what is attached */
    ATTACHED, /* struct args_texts: only what is attached */
    SUFFIXED, /* const char *: what is attached, or "" */
};

struct option_row {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *value;
    const char *doc;
};

#define ROW(name, kind, type, member, value, doc)                                               \
    {name, kind,                                                                                \
     offsetof(struct run_options, member) +                                                     \
         0 * sizeof(_Generic(((struct run_options *)0)->member, type: 'x')),                    \
     value, doc}

static const struct option_row options[] = {
    ROW("--dns", TEXT, const char *, dns, " SERVER",
        "ask ADDRESS@PORT, or look into a file of zone text (/...), in place of the network"),
    ROW("--env", TEXT, const char *, env_file, " FILE", "clock, seed and process number from FILE"),
    ROW("--env-socket", TEXT, const char *, env_socket, " FD",
        "read the --env file again when a byte comes, and answer with one"),
    ROW("--help", FLAG, bool, help, "", "print this"),
    ROW("-B", TEXT, const char *, body_type, "TYPE", "what the text is: 7BIT or 8BITMIME"),
    ROW("-C", TEXT, const char *, config, " FILE", "configuration file, else " REFMTA_CONFIG_FILE),
    ROW("-D", ATTACHED, struct args_texts, defines, "NAME[=TEXT]", "define a macro"),
    ROW("-F", TEXT, const char *, full_name, " NAME", "full name of the sender, for From:"),
    ROW("-d", SUFFIXED, const char *, trace, "[+PART]", "say what is done: +expand, +route or +all; -PART: not that"),
    ROW("-f", TEXT, const char *, sender, " SENDER", "sender of the message; \"<>\" for none"),
    ROW("-i", FLAG, bool, dot_is_text, "", "the same as -oi"),
    ROW("-m", FLAG, bool, me_too, "", "the same as -om"),
    ROW("-oP", TEXT, const char *, pid_file, " FILE", "file for the daemon's process number"),
    ROW("-oX", TEXT, const char *, interfaces, " LIST", "addresses and ports to listen on"),
    ROW("-od", SUFFIXED, const char *, deliver, "LETTER",
        "deliver what is taken: q in a queue run, i or f before returning, b behind our back"),
    ROW("-oe", SUFFIXED, const char *, errors, "LETTER",
        "who hears of a message that is refused: p or q standard error, m, w or e the sender by mail"),
    ROW("-oi", FLAG, bool, dot_is_text, "", "a line with only a dot does not end the message"),
    ROW("-om", FLAG, bool, me_too, "", "senders who are recipients get a copy too, as they always do"),
    ROW("-t", FLAG, bool, from_headers, "", "recipients from To:, Cc: and Bcc:"),
    ROW("-ti", FLAG, bool, both, "", "-t and -i"),
};
enum { OPTIONS = sizeof options / sizeof *options };

static void words_add(struct args_texts *texts, const char *word, struct arena *arena)
{
    texts->at = vec_grow(arena, texts->at, texts->count, &texts->room, sizeof *texts->at);
    texts->at[texts->count++] = word;
}

/* -C/file, -fsender, --env=FILE */
static const struct option_row *attached_find(const char *word, const char **value)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        size_t len = strlen(options[i].name);
        bool is_long = options[i].name[1] == '-';
        if (options[i].kind == FLAG || strncmp(word, options[i].name, len) != 0 ||
            word[len] == '\0' || (is_long && word[len] != '=')) {
            continue;
        }
        *value = word + len + (is_long ? 1 : 0);
        return &options[i];
    }
    return NULL;
}

static err unknown(const char *word, struct arena *arena)
{
    const char *near = ROWS_SUGGEST(options, span_text(word));
    if (near == NULL) {
        near = rows_suggest(run_modes, run_mode_count, sizeof *run_modes, span_text(word));
    }
    if (near != NULL && strcmp(near, word) == 0) {
        return err_syntax(
            0, arena_printf(arena, "option \"%s\" needs a value right behind it", word));
    }
    return err_syntax(
        0,
        arena_printf(arena, "unknown option \"%s\"%s%s%s; refmta --help lists them", word,
                     near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : ""));
}

static err mode_set(struct run_options *o, const struct run_mode *mode, struct arena *arena)
{
    if (o->mode != &run_mode_submit && o->mode != mode) {
        return err_syntax(0, arena_printf(arena, "%s and %s exclude each other", o->mode->name,
                                          mode->name));
    }
    o->mode = mode;
    return OK;
}

static err option_set(struct run_options *o, const struct option_row *row, const char *value,
                      struct arena *arena)
{
    char *field = (char *)o + row->offset;
    switch (row->kind) {
    case FLAG:
        *(bool *)field = true;
        break;
    case TEXT:
    case SUFFIXED:
        *(const char **)(void *)field = value;
        break;
    case ATTACHED:
        words_add((struct args_texts *)(void *)field, value, arena);
        break;
    }
    o->config_given |= row->offset == offsetof(struct run_options, config);
    return OK;
}

/* -q[f[f]][GNAME[/]][TIME]: a queue run, also of messages whose time has not come, also of frozen ones,
   of a named queue; with a time, a daemon that makes one again and again. */
static err queue_read(struct run_options *o, const char *word, struct arena *arena)
{
    span rest = span_from(span_text(word), 2);
    uint64_t seconds = 0;
    o->queue_run = true;
    if (rest.len > 0 && rest.at[0] == 'f') {
        o->queue_how |= QUEUE_FORCE;
        rest = span_from(rest, 1);
    }
    if (rest.len > 0 && rest.at[0] == 'f') {
        o->queue_how |= QUEUE_THAW;
        rest = span_from(rest, 1);
    }
    if (rest.len > 0 && rest.at[0] == 'G') {
        span name;
        (void)span_split(span_from(rest, 1), '/', &name, &rest);
        const char *bad = spool_queue_bad(name);
        if (bad != NULL) {
            return err_syntax(0, arena_printf(arena, "%s: \"%s\"", bad, word));
        }
        o->queue = arena_text(arena, name);
    }
    if (rest.len > 0 && (failed(conf_time_read(rest, &seconds)) || seconds == 0)) {
        return err_syntax(0, arena_printf(arena, "\"%s\" is no queue run: -q, -qf, -qff, each perhaps "
                                                 "with a time behind it, as in -q15m, or with a "
                                                 "queue, as in -qGslow or -qGslow/15m", word));
    }
    o->queue_interval = (int64_t)seconds * 1000;
    return OK;
}

/* What -q is when all of the line was read: part of a daemon, or a mode of its own. */
static err queue_mode_set(struct run_options *o)
{
    bool daemon = o->mode == &run_mode_submit ? o->queue_interval > 0 && o->words.count == 0
                                              : o->mode->run == run_daemon_background ||
                                                    o->mode->run == run_daemon_foreground;
    if (!o->queue_run) {
        return OK;
    }
    if (o->mode == &run_mode_submit) {
        o->mode = daemon ? &run_mode_queue_daemon : &run_mode_queue_run;
        return OK;
    }
    if (o->queue != NULL && (o->mode->takes & RUN_TAKES_QUEUE) != 0 && o->queue_interval == 0 && o->queue_how == 0) {
        return OK; /* -bp -qGslow: of that queue */
    }
    return daemon && o->queue_interval > 0
               ? OK
               : err_syntax(0, "-q goes by itself, or with a time beside -bd or -bdf; -qGNAME also "
                               "beside what looks into a queue");
}

static err word_read(struct run_options *o, char **argv, int *at, struct arena *arena)
{
    const char *word = argv[*at], *value = NULL;
    if (word[1] == 'q') {
        return queue_read(o, word, arena);
    }
    const struct run_mode *mode =
        rows_find(run_modes, run_mode_count, sizeof *run_modes, span_text(word));
    if (mode != NULL) {
        return mode_set(o, mode, arena);
    }
    const struct option_row *row = ROWS_FIND(options, span_text(word));
    if (row != NULL && row->kind == SUFFIXED) {
        return option_set(o, row, "", arena);
    }
    if (row == NULL || row->kind == ATTACHED) {
        row = attached_find(word, &value);
    } else if (row->kind == TEXT) {
        value = argv[*at + 1];
        if (value == NULL) {
            return err_syntax(0, arena_printf(arena, "%s needs%s behind it", word, row->value));
        }
        ++*at;
    }
    return row ? option_set(o, row, value, arena) : unknown(word, arena);
}

/* "+expand-route": a sign and a word. False: nothing is left, or it has no sign. */
static bool trace_word_take(span *rest, bool *plus, span *word)
{
    size_t len = 1;
    if (rest->len == 0 || (rest->at[0] != '+' && rest->at[0] != '-')) {
        return false;
    }
    while (len < rest->len && rest->at[len] != '+' && rest->at[len] != '-') {
        len++;
    }
    *plus = rest->at[0] == '+';
    *word = span_part(*rest, 1, len - 1);
    *rest = span_from(*rest, len);
    return true;
}

static err trace_check(const struct run_options *o, struct arena *arena)
{
    static const char *const known[] = {"all", "expand", "route"};
    span rest = span_text(o->trace), word = rest;
    bool plus, fine = true;
    while (fine && trace_word_take(&rest, &plus, &word)) {
        fine = ROWS_FIND(known, word) != NULL;
    }
    return fine && rest.len == 0
               ? OK
               : err_syntax(0, arena_printf(arena, "-d%s: \"%.*s\" is not known; what can be traced is "
                                            "+expand, +route and +all", o->trace,
                                            SPAN_FMT(fine ? rest : word)));
}

static bool is_one_of(const char *word, const char *letters)
{
    return strlen(word) == 1 && strchr(letters, word[0]) != NULL;
}

err run_options_read(int argc, char **argv, struct arena *arena, struct run_options *o)
{
    *o = (struct run_options){.mode = &run_mode_submit, .config = REFMTA_CONFIG_FILE};
    bool words_only = false;
    for (int i = 1; i < argc; i++) {
        if (words_only || argv[i][0] != '-' || argv[i][1] == '\0') {
            words_add(&o->words, argv[i], arena);
        } else if (strcmp(argv[i], "--") == 0) {
            words_only = true;
        } else {
            TRY(word_read(o, argv, &i, arena));
        }
    }
    o->from_headers |= o->both;
    o->dot_is_text |= o->both;
    TRY(queue_mode_set(o));
    TRY(trace_check(o, arena));
    if (o->deliver != NULL && !is_one_of(o->deliver, "qibf")) {
        return err_syntax(0, "-od needs one of the letters q, i, b, f behind it");
    }
    if (o->errors != NULL && !is_one_of(o->errors, "empqw")) {
        return err_syntax(0, "-oe needs one of the letters p, q, m, w, e behind it");
    }
    if (o->body_type != NULL && !span_eq_caseless(span_text(o->body_type), SPAN("7BIT")) &&
        !span_eq_caseless(span_text(o->body_type), SPAN("8BITMIME"))) {
        return err_syntax(0, arena_printf(arena, "-B%s: the types are 7BIT and 8BITMIME", o->body_type));
    }
    if (o->words.count > 0 && (o->mode->takes & RUN_TAKES_WORDS) == 0) {
        return err_syntax(0, arena_printf(arena, "\"%s\" is no option, and %s takes nothing else",
                                          o->words.at[0], o->mode->name));
    }
    if (o->env_socket != NULL && o->env_file == NULL) {
        return err_syntax(0, "--env-socket needs --env FILE");
    }
    return OK;
}

bool run_options_trace(const struct run_options *o, const char *part)
{
    span rest = span_text(o->trace), word;
    bool plus, asked = o->trace != NULL && rest.len == 0;
    while (trace_word_take(&rest, &plus, &word)) {
        if (span_eq(word, span_text(part)) || span_eq(word, SPAN("all"))) {
            asked = plus;
        }
    }
    return asked;
}

void run_options_help(struct buf *out)
{
    buf_put_text(out, "usage: refmta MODE [OPTION]...\n"
                      "       refmta [OPTION]... RECIPIENT... < message\n\nModes:\n");
    for (size_t i = 0; i < run_mode_count; i++) {
        buf_printf(out, "  %-20s %s\n", run_modes[i].name, run_modes[i].doc);
    }
    buf_printf(out, "  %-20s %s\n", "-q[f[f]][G[NAME/]][TIME]", run_mode_queue_run.doc);
    buf_put_text(out, "\nOptions:\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        buf_printf(out, "  %s%-*s %s\n", options[i].name,
                   20 - (int)strlen(options[i].name), options[i].value, options[i].doc);
    }
    buf_put_text(out, "\nExit status: 0 done; 1 configuration error or message refused; 64 wrong "
                      "command line;\n71 the system refused (port in use, spool not writable); "
                      "75 try again later.\n");
}

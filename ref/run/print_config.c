/* -bV and -bP: what is built in, and what is configured, printed from the tables that the program
   itself runs on. The lines of -bV are those that existing tools look for. */
#include "base/buf.h"
#include "base/rows.h"
#include "ref/run/modes.h"
#include "ref/run/world.h"

#include <stdio.h>

enum { PRINT_CEILING = 1 << 22 };

static void print(struct buf *out)
{
    span all = buf_span(out);
    (void)fwrite(all.at, 1, all.len, stdout);
    (void)fflush(stdout);
    buf_wipe(out);
}

enum exit_status run_print_version(const struct run_options *o, struct arena *arena)
{
    struct buf out;
    buf_init(&out, PRINT_CEILING);
    buf_printf(&out,
               "refmta version %s\n"
               "Exim version %s: its configuration language and spool form; this is "
               "refmta, not Exim\n"
               "Support for: IPv6\n"
               "Lookups (built-in):\n"
               "Authenticators (built-in):\n"
               "Routers (built-in):\n"
               "Transports (built-in):\n"
               "Size of off_t: %zu\n",
               REFMTA_VERSION, REFMTA_LIKE_EXIM, sizeof(off_t));
    buf_printf(&out, "Configuration file is %s\n", o->config);
    print(&out);
    struct conf *conf;
    if (o->config_given) {
        err e = run_conf_load(o, arena, &conf);
        if (failed(e)) {
            return run_fail(EXIT_REFUSED, err_text(e, arena));
        }
        conf_free(conf);
    }
    return EXIT_FINE;
}

static bool has_macro(const struct conf *conf, span name)
{
    for (size_t i = 0; i < conf->macros.rows.count; i++) {
        if (span_eq(conf->macros.rows.at[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void print_macros(const struct conf *conf, struct buf *out)
{
    for (size_t i = 0; i < conf->macros.rows.count; i++) {
        const struct conf_macro *m = &conf->macros.rows.at[i];
        buf_printf(out, "%.*s=%.*s\n", SPAN_FMT(m->name), SPAN_FMT(m->text));
    }
}

/* Options that are not Exim's, with what they are for. */
static void print_ours(const struct conf *conf, struct buf *out)
{
    for (size_t i = 0; i < conf_main_option_count; i++) {
        const struct conf_option *row = &conf_main_options[i];
        if ((row->flags & CONF_OURS) != 0) {
            buf_printf(out, "# %s (%s)\n", row->doc, conf_type_name(row->type));
            (void)conf_print(conf, span_text(row->name), out);
        }
    }
}

static enum exit_status print_word(const struct conf *conf, span word, struct buf *out,
                                   struct arena *arena)
{
    if (span_eq(word, SPAN("macros"))) {
        print_macros(conf, out);
    } else if (span_eq(word, SPAN("ours"))) {
        print_ours(conf, out);
    } else if (!conf_print(conf, word, out)) {
        const char *near = rows_suggest(conf_main_options, conf_main_option_count,
                                        sizeof *conf_main_options, word);
        return run_fail(EXIT_REFUSED, arena_printf(arena, "%.*s is not a known option%s%s%s",
                                                   SPAN_FMT(word), near ? " (did you mean " : "",
                                                   near ? near : "", near ? "?)" : ""));
    }
    return EXIT_FINE;
}

enum exit_status run_print_config(const struct run_options *o, struct arena *arena)
{
    struct conf *conf;
    err e = run_conf_load(o, arena, &conf);
    if (failed(e)) {
        return run_fail(EXIT_REFUSED, err_text(e, arena));
    }
    struct buf out;
    buf_init(&out, PRINT_CEILING);
    enum exit_status status = EXIT_FINE;
    const struct args_texts *words = &o->words;
    if (words->count == 0) {
        (void)conf_print(conf, SPAN_EMPTY, &out);
    } else if (words->count == 2 && strcmp(words->at[0], "macro") == 0) {
        status = has_macro(conf, span_text(words->at[1])) ? EXIT_FINE : EXIT_REFUSED;
        if (status == EXIT_FINE) {
            buf_printf(&out, "%s\n", words->at[1]);
        }
    } else {
        for (size_t i = 0; i < words->count && status == EXIT_FINE; i++) {
            status = print_word(conf, span_text(words->at[i]), &out, arena);
        }
    }
    print(&out);
    conf_free(conf);
    return status;
}

/* -bP: what is configured, and what could be, printed from the tables that the program itself runs
   on. Words and forms are those of Exim, because scripts read them. */
#include "base/buf.h"
#include "base/rows.h"
#include "ref/expand/reference.h"
#include "ref/run/modes.h"
#include "ref/run/reference.h"
#include "ref/run/world.h"

#include <stdio.h>

enum { PRINT_CEILING = 1 << 24 };

struct printing {
    const struct conf *conf;
    struct arena *arena;
    struct buf out;
};

static void finish(struct buf *out)
{
    span all = buf_span(out);
    (void)fwrite(all.at, 1, all.len, stdout);
    (void)fflush(stdout);
    buf_wipe(out);
}

/* --- macros and reference --------------------------------------------------------------- */

static void macro_put(const struct conf_macro *m, struct buf *out)
{
    buf_printf(out, "%.*s=%.*s\n", SPAN_FMT(m->name), SPAN_FMT(m->text));
}

static void macros_print(struct printing *p)
{
    const struct conf_macros *all = &p->conf->macros;
    for (size_t i = 0; i < all->builtins.count; i++) {
        macro_put(&all->builtins.at[i], &p->out);
    }
    for (size_t i = 0; i < all->rows.count; i++) {
        macro_put(all->rows.at[i], &p->out);
    }
}

static enum exit_status macro_print(struct printing *p, span name)
{
    const struct conf_macro *m = macro_find(&p->conf->macros, name);
    if (m != NULL) {
        macro_put(m, &p->out);
        return EXIT_FINE;
    }
    buf_printf(&p->out, "macro %.*s not found\n", SPAN_FMT(name));
    return EXIT_REFUSED;
}

/* Options that are not Exim's, with what they are for. */
static void ours_print(struct printing *p)
{
    for (size_t i = 0; i < conf_main_options.count; i++) {
        const struct conf_option *row = &conf_main_options.at[i];
        if ((row->flags & CONF_OURS) != 0) {
            buf_printf(&p->out, "# %s (%s)\n", row->doc, conf_type_name(row->type));
            (void)conf_print(p->conf, span_text(row->name), &p->out);
        }
    }
}

static void reference_print(struct printing *p)
{
    run_reference_markdown(&p->out);
}

static void expansion_print(struct printing *p)
{
    expand_reference_put(&p->out);
}

static void mdoc_print(struct printing *p)
{
    run_reference_mdoc(&p->out);
}

/* --- routers, transports, authenticators ------------------------------------------------ */

static void names_print(struct printing *p, enum conf_kind kind)
{
    const struct conf_instances *all = &p->conf->instances[kind];
    for (size_t n = 0; n < all->rows.count; n++) {
        buf_printf(&p->out, "%s\n", all->rows.at[n]->name);
    }
}

static void instances_print(struct printing *p, enum conf_kind kind)
{
    const struct conf_instances *all = &p->conf->instances[kind];
    for (size_t n = 0; n < all->rows.count; n++) {
        buf_printf(&p->out, "\n%s %s:\n", all->rows.at[n]->name, conf_driver_kinds[kind]->name);
        conf_instance_print(all->rows.at[n], &p->out);
    }
}

static enum exit_status instance_print(struct printing *p, enum conf_kind kind, span name)
{
    const struct conf_instance *i = conf_instance_find(&p->conf->instances[kind], name);
    if (i != NULL) {
        conf_instance_print(i, &p->out);
        return EXIT_FINE;
    }
    buf_printf(&p->out, "%s %.*s not found\n", conf_driver_kinds[kind]->name, SPAN_FMT(name));
    return EXIT_REFUSED;
}

/* --- words ------------------------------------------------------------------------------ */

static const struct whole {
    const char *word;
    void (*print)(struct printing *p);
} wholes[] = {
    {"expansion", expansion_print},
    {"macros", macros_print},
    {"mdoc", mdoc_print},
    {"ours", ours_print},
    {"reference", reference_print},
};

static enum exit_status option_print(struct printing *p, span name)
{
    if (conf_print(p->conf, name, &p->out)) {
        return EXIT_FINE;
    }
    if (span_starts(name, SPAN("+"))) {
        buf_printf(&p->out, "no address, domain, host, or local part list called \"%.*s\" exists\n",
                   SPAN_FMT(span_from(name, 1)));
        return EXIT_REFUSED;
    }
    const char *near = rows_suggest(conf_main_options.at, conf_main_options.count,
                                    sizeof *conf_main_options.at, name);
    buf_printf(&p->out, "%.*s is not a known option%s%s%s\n", SPAN_FMT(name),
               near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    return EXIT_REFUSED;
}

/* A word that stands alone: "macros", "routers", "router_list", an option, "+list". */
static enum exit_status word_print(struct printing *p, span word)
{
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        if (span_eq(word, span_text(wholes[i].word))) {
            wholes[i].print(p);
            return EXIT_FINE;
        }
    }
    for (enum conf_kind k = 0; k < CONF_KIND_COUNT; k++) {
        const struct conf_driver_kind *kind = conf_driver_kinds[k];
        if (span_eq(word, span_text(kind->section))) {
            instances_print(p, k);
            return EXIT_FINE;
        }
        if (span_starts(word, span_text(kind->name)) && span_ends(word, SPAN("_list")) &&
            word.len == strlen(kind->name) + 5) {
            names_print(p, k);
            return EXIT_FINE;
        }
    }
    return option_print(p, word);
}

/* A word that goes with a name: "macro NAME", "router NAME". *taken: it is one. */
static enum exit_status pair_print(struct printing *p, span word, span name, bool *taken)
{
    *taken = true;
    if (span_eq(word, SPAN("macro"))) {
        return macro_print(p, name);
    }
    for (enum conf_kind k = 0; k < CONF_KIND_COUNT; k++) {
        if (span_eq(word, span_text(conf_driver_kinds[k]->name))) {
            return instance_print(p, k, name);
        }
    }
    *taken = false;
    return EXIT_FINE;
}

static enum exit_status words_print(struct printing *p, const struct args_texts *words)
{
    enum exit_status status = EXIT_FINE, one;
    for (size_t i = 0; i < words->count; i++) {
        span word = span_text(words->at[i]);
        bool taken = false;
        one = i + 1 < words->count ? pair_print(p, word, span_text(words->at[i + 1]), &taken)
                                   : EXIT_FINE;
        if (taken) {
            i++;
        } else {
            one = word_print(p, word);
        }
        status = one == EXIT_FINE ? status : one;
    }
    return status;
}

enum exit_status run_print_config(const struct run_options *o, struct arena *arena)
{
    struct conf *conf;
    err e = run_conf_load(o, arena, &conf);
    if (failed(e)) {
        return run_fail(EXIT_REFUSED, err_text(e, arena));
    }
    struct printing p = {.conf = conf, .arena = arena};
    buf_init(&p.out, PRINT_CEILING);
    enum exit_status status = EXIT_FINE;
    if (o->words.count == 0) {
        (void)conf_print(conf, SPAN_EMPTY, &p.out);
    } else {
        status = words_print(&p, &o->words);
    }
    finish(&p.out);
    conf_free(conf);
    return status;
}

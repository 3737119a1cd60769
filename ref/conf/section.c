/* `begin X` looks X up here. A section whose row has no reader is one of Exim's that this server
   refuses by name; giving it one is how the language grows. */
#include "ref/conf/section.h"

#include "base/rows.h"

static err main_line(struct conf_target *target, span line, struct conf_where where);

static const struct section {
    const char *name;
    err (*line)(struct conf_target *target, span line, struct conf_where where);
} sections[] = {
    {"acl", NULL},      {"authenticators", NULL}, {"local_scan", NULL}, {"retry", NULL},
    {"rewrite", NULL},  {"routers", NULL},        {"transports", NULL},
};

static const struct section section_main = {"main", main_line};

/* Words of the main section that are no options. */
static const char *const named_lists[] = {"addresslist", "domainlist", "hostlist", "localpartlist"};

static err unknown(span name, struct conf_where where, struct arena *arena)
{
    if (conf_main_option_is_exims(name)) {
        return conf_error(where, arena, "option \"%.*s\" is not supported by this server",
                          SPAN_FMT(name));
    }
    const char *near = rows_suggest(conf_main_options, conf_main_option_count,
                                    sizeof *conf_main_options, name);
    return conf_error(where, arena, "main option \"%.*s\" unknown%s%s%s", SPAN_FMT(name),
                      near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

static err main_line(struct conf_target *target, span line, struct conf_where where)
{
    span word, rest;
    (void)span_split(line, ' ', &word, &rest);
    if (ROWS_FIND(named_lists, word) != NULL) {
        return conf_error(where, target->arena, "\"%.*s\" is not supported by this server",
                          SPAN_FMT(word));
    }
    struct conf_statement statement;
    TRY(conf_statement_read(line, conf_main_options, conf_main_option_count, where, target->arena,
                            &statement));
    const struct conf_option *row = conf_main_option_find(statement.name);
    if (row == NULL) {
        return unknown(statement.name, where, target->arena);
    }
    struct conf_given *given = &target->given[row - conf_main_options];
    if (given->set) {
        return conf_error(where, target->arena, "\"%s\" option set for the second time", row->name);
    }
    TRY(conf_option_set(row, &statement, where, target->arena, target->main));
    *given = (struct conf_given){true, statement.hidden, arena_copy(target->arena, statement.value),
                                 where};
    return OK;
}

/* "begin NAME" */
static err begin(span name, struct conf_where where, struct arena *arena,
                 const struct section **now)
{
    const struct section *s = ROWS_FIND(sections, name);
    if (s == NULL) {
        return conf_error(where, arena, "\"%.*s\" is not a known configuration section name",
                          SPAN_FMT(name));
    }
    if (s->line == NULL) {
        return conf_error(where, arena, "section \"%s\" is not supported by this server", s->name);
    }
    *now = s;
    return OK;
}

err conf_sections_read(struct conf_lex *lex, struct conf_target *target)
{
    const struct section *now = &section_main;
    for (;;) {
        span line;
        bool end;
        TRY(conf_lex_next(lex, &line, &end));
        if (end) {
            return OK;
        }
        struct conf_where where = conf_lex_where(lex);
        if (span_starts(line, SPAN("begin")) && line.len > 5 && ascii_is_blank(line.at[5])) {
            TRY(begin(span_trim(span_from(line, 5)), where, target->arena, &now));
        } else {
            TRY(now->line(target, line, where));
        }
    }
}

/* Command lines as people type them, right and wrong, and the help that the same rows print. */
#include "base/args.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>

struct options {
    bool verbose;
    const char *output;
    uint64_t jobs;
    struct args_texts tags;
};

static const struct args_option table[] = {
    {"--jobs", "-j", ARGS_NUMBER, offsetof(struct options, jobs), "N", "how many at once"},
    {"--output", NULL, ARGS_TEXT, offsetof(struct options, output), "FILE", "where to write"},
    {"--tag", "-t", ARGS_LIST, offsetof(struct options, tags), NULL,
     "only these; may be repeated"},
    {"--verbose", "-v", ARGS_FLAG, offsetof(struct options, verbose), NULL, "say more"},
    {"-bd", NULL, ARGS_FLAG, offsetof(struct options, verbose), NULL, "a word of one dash"},
};
#define COUNT (sizeof table / sizeof *table)

/* Words parted by one space; the outcome as one line. */
static const char *read_line(const char *line, struct arena *arena)
{
    char *argv[16] = {arena_text(arena, SPAN("program"))};
    int argc = 1;
    span rest = span_text(line);
    while (rest.len) {
        span word;
        span_split(rest, ' ', &word, &rest);
        argv[argc++] = arena_text(arena, word);
    }
    struct options o = {.output = "-"};
    struct args_texts others = {0};
    err e = args_read(table, COUNT, argc, argv, &o, &others, arena);
    if (failed(e)) {
        cr_expect_eq(e.kind, ERR_SYNTAX, "%s", line);
        return arena_printf(arena, "%zu: %s", e.at, e.what);
    }
    char *text = arena_printf(arena, "v=%d o=%s j=%llu t=", o.verbose, o.output,
                              (unsigned long long)o.jobs);
    for (size_t i = 0; i < o.tags.count; i++) {
        text = arena_printf(arena, "%s%s,", text, o.tags.at[i]);
    }
    for (size_t i = 0; i < others.count; i++) {
        text = arena_printf(arena, "%s %s", text, others.at[i]);
    }
    return text;
}

Test(args, lines_are_read_by_the_rows)
{
    static const struct {
        const char *line, *outcome;
    } rows[] = {
        {"",                       "v=0 o=- j=0 t="                                      },
        {"--jobs 4 a -v b",        "v=1 o=- j=4 t= a b"                                  },
        {"--jobs=4 --output=x=y",  "v=0 o=x=y j=4 t="                                    },
        {"-j 4 -t a --tag=b -t c", "v=0 o=- j=4 t=a,b,c,"                                },
        {"--output -v",            "v=0 o=-v j=0 t="                                     },
        {"--output=",              "v=0 o= j=0 t="                                       },
        {"-- --jobs -v",           "v=0 o=- j=0 t= --jobs -v"                            },
        {"- a",                    "v=0 o=- j=0 t= - a"                                  },
        {"-bd",                    "v=1 o=- j=0 t="                                      },
        {"--job 4",                "1: unknown option --job: did you mean --jobs?"       },
        {"a --vrebose",            "2: unknown option --vrebose: did you mean --verbose?"},
        {"--completely-else=1",
         "1: unknown option --completely-else: --help lists those there are"             },
        {"-x",                     "1: unknown option -x: --help lists those there are"  },
        {"-j=4",                   "1: unknown option -j=4: --help lists those there are"},
        {"-v --jobs",              "2: --jobs wants a value: --jobs N"                   },
        {"-t",                     "1: --tag wants a value: --tag VALUE"                 },
        {"--jobs many",            "1: --jobs wants a whole number, not \"many\""        },
        {"--jobs=-1",              "1: --jobs wants a whole number, not \"-1\""          },
        {"--jobs=",                "1: --jobs wants a whole number, not \"\""            },
        {"--verbose=yes",          "1: --verbose takes no value"                         },
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(read_line(rows[i].line, arena), rows[i].outcome, "\"%s\" gave %s",
                         rows[i].line, read_line(rows[i].line, arena));
    }
    arena_free(arena);
}

Test(args, no_words_at_all_is_fine)
{
    struct arena *arena = arena_new();
    struct options o = {0};
    struct args_texts rest = {0};
    cr_expect_not(failed(args_read(table, COUNT, 0, NULL, &o, &rest, arena)));
    cr_expect_eq(rest.count, 0);
    arena_free(arena);
}

Test(args, help_is_the_rows_in_columns)
{
    struct buf out;
    buf_init(&out, 10000);
    args_help(table, COUNT, &out);
    buf_put_byte(&out, 0);
    cr_expect_str_eq((const char *)out.at,
                     "  -j, --jobs N     how many at once\n"
                     "  --output FILE    where to write\n"
                     "  -t, --tag VALUE  only these; may be repeated\n"
                     "  -v, --verbose    say more\n"
                     "  -bd              a word of one dash\n");
    buf_wipe(&out);
}

Test(args, a_word_is_quoted_where_a_shell_wants_it)
{
    static const char *const words[][2] = {
        {"scenarios/smtp/a.scn", "scenarios/smtp/a.scn"},
        {"127.0.0.1:25", "127.0.0.1:25"},
        {"#data", "'#data'"},
        {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"", "''"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        cr_expect_str_eq(args_quoted(words[i][0], arena), words[i][1]);
    }
    arena_free(arena);
}

/* Target: args_read.
   Property: every word is accounted for (an option, a value, one of the rest in their order), or
   the error names a word that is there and says something. Words of the input end at LF. */
#include "base/args.h"

#include "base/check.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct options {
    bool flag;
    const char *text;
    uint64_t number;
    struct args_texts list;
};

static const struct args_option table[] = {
    {"--flag",   "-f", ARGS_FLAG,   offsetof(struct options, flag),   NULL,   "a flag"  },
    {"--list",   "-l", ARGS_LIST,   offsetof(struct options, list),   "X",    "a list"  },
    {"--number", "-n", ARGS_NUMBER, offsetof(struct options, number), "N",    "a number"},
    {"--text",   NULL, ARGS_TEXT,   offsetof(struct options, text),   "TEXT", "a text"  },
};

/* The value is one of the words, or the end of one behind its "=". */
static bool is_from_words(const char *value, char **words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (value >= words[i] && value <= words[i] + strlen(words[i])) {
            return value == words[i] || value[-1] == '=';
        }
    }
    return false;
}

static size_t index_of(const char *word, char **words, size_t count, size_t from)
{
    size_t i = from;
    while (i < count && words[i] != word) {
        i++;
    }
    return i;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    char program[] = "program";
    VEC(char *) words = {0};
    vec_add(arena, &words, program);
    span rest = span_of(data, size);
    span word;
    while (span_line(&rest, &word)) {
        vec_add(arena, &words, arena_text(arena, word));
    }
    struct options o = {0};
    struct args_texts others = {0};
    err e = args_read(table, sizeof table / sizeof *table, (int)words.count, words.at, &o,
                      &others, arena);
    if (failed(e)) {
        CHECK(e.kind == ERR_SYNTAX && e.at >= 1 && e.at < words.count);
        CHECK(e.what && strlen(e.what) > 10);
    }
    CHECK(!o.text || is_from_words(o.text, words.at, words.count));
    for (size_t i = 0; i < o.list.count; i++) {
        CHECK(is_from_words(o.list.at[i], words.at, words.count));
    }
    CHECK(others.count + o.list.count < words.count);
    size_t from = 1;
    for (size_t i = 0; i < others.count; i++) {
        from = index_of(others.at[i], words.at, words.count, from);
        CHECK(from < words.count);
        from++;
    }
    arena_free(arena);
    return 0;
}

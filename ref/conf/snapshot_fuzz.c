/* Any text is a configuration or is refused with a message; what is taken and printed as -bP
   prints it is taken again and prints the same. */
#include "ref/conf/testing.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void print(const struct conf *conf, struct buf *out)
{
    buf_init(out, 1 << 24);
    (void)conf_print(conf, SPAN_EMPTY, out);
}

/* Values of hidden options are not printed; macros would be replaced again. */
static bool repeats(const struct conf *conf)
{
    bool repeats = true;
    for (size_t i = 0; i < conf->macros.rows.count; i++) {
        repeats &= conf->macros.rows.at[i].builtin;
    }
    for (size_t i = 0; i < conf_main_option_count; i++) {
        span text = conf->given[i].text;
        bool at_end = text.len > 0 && text.at[text.len - 1] == '\\';
        repeats &= !conf->given[i].hidden && !at_end && span_find_byte(text, '\n') == SPAN_NONE &&
                   !span_has(text, SPAN("_OPT_")) && !span_has(text, SPAN("_HAVE_"));
    }
    return repeats;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena *arena = arena_new();
    struct conf *conf;
    testing_files[1] = (struct testing_file){"/inc", span_of(data, size / 2)};
    err e = testing_load(span_of(data, size), NULL, 0, arena, &conf);
    if (failed(e)) {
        CHECK(span_starts(span_text(e.what), SPAN("refmta configuration error")));
    } else {
        struct buf first, second;
        print(conf, &first);
        if (repeats(conf) && !buf_full(&first)) {
            struct conf *again;
            err e2 = testing_load(buf_span(&first), NULL, 0, arena, &again);
            CHECK(!failed(e2));
            print(again, &second);
            CHECK(span_eq(buf_span(&first), buf_span(&second)));
            buf_wipe(&second);
            conf_free(again);
        }
        buf_wipe(&first);
        conf_free(conf);
    }
    arena_free(arena);
    return 0;
}

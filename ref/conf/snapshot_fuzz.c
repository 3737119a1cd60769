/* Any text is a configuration or is refused with a message; what is taken and printed, option by
   option and section by section, is taken again and prints the same. */
#include "ref/conf/testing.h"

#include "base/check.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The options that were set, as a file would have them. */
static void into_print(const struct conf_into *into, struct buf *out)
{
    for (size_t i = 0; i < into->rows.count; i++) {
        if (into->given[i].set) {
            conf_option_print(&into->rows.at[i], &into->given[i], into->fields, out);
        }
    }
}

static void section_print(const struct conf *conf, enum conf_kind kind, struct buf *out)
{
    const struct conf_instances *all = &conf->instances[kind];
    buf_printf(out, "begin %s\n", conf_driver_kinds[kind]->section);
    for (size_t i = 0; i < all->rows.count; i++) {
        buf_printf(out, "%s:\n", all->rows.at[i]->name);
        into_print(&all->rows.at[i]->generic, out);
        into_print(&all->rows.at[i]->own, out);
    }
}

static void print(const struct conf *conf, struct buf *out)
{
    static const char *const words[LIST_KIND_COUNT] = {
        [LIST_DOMAIN] = "domainlist", [LIST_HOST] = "hostlist", [LIST_ADDRESS] = "addresslist",
        [LIST_LOCAL_PART] = "localpartlist"};
    buf_init(out, 1 << 24);
    (void)conf_print(conf, SPAN_EMPTY, out);
    buf_clear(out);
    into_print(&conf->options, out);
    for (size_t i = 0; i < conf->lists.count; i++) {
        const struct named_list *l = &conf->lists.at[i];
        buf_printf(out, "%s %.*s = %.*s\n", words[l->kind], SPAN_FMT(l->name),
                   SPAN_FMT(template_text(l->list)));
    }
    buf_put_text(out, "begin acl\n");
    for (size_t i = 0; i < conf->acls.rows.count; i++) {
        const struct conf_acl *acl = &conf->acls.rows.at[i];
        buf_printf(out, "%s:\n", acl->name);
        for (size_t l = 0; l < acl->lines.count; l++) {
            buf_printf(out, "%.*s\n", SPAN_FMT(acl->lines.at[l].text));
        }
    }
    section_print(conf, CONF_TRANSPORTS, out);
    section_print(conf, CONF_ROUTERS, out);
    section_print(conf, CONF_AUTHS, out);
}

/* What cannot be printed so that it reads back: hidden values, text that would be joined with the
   next line, taken apart, unquoted or replaced again. */
static bool prints_back(span text)
{
    size_t len = text.len;
    return (len == 0 || text.at[len - 1] != '\\') && span_find_byte(text, '\n') == SPAN_NONE &&
           span_find_byte(text, '\r') == SPAN_NONE && !span_has(text, SPAN("_OPT_")) &&
           !span_has(text, SPAN("_HAVE_")) && !span_has(text, SPAN("_DRIVER_")) &&
           !span_has(text, SPAN("_RESUME_")) && !span_has(text, SPAN("_EXP_"));
}

static bool into_prints_back(const struct conf_into *into)
{
    bool back = true;
    for (size_t i = 0; i < into->rows.count; i++) {
        back &= !into->given[i].hidden && prints_back(into->given[i].text);
    }
    return back;
}

static bool repeats(const struct conf *conf)
{
    bool back = into_prints_back(&conf->options);
    back &= conf->macros.rows.count == 0; /* would be replaced again */
    for (size_t i = 0; i < conf->lists.count; i++) {
        span text = template_text(conf->lists.at[i].list);
        span trimmed = span_trim_space(text);
        back &= prints_back(text) && trimmed.len == text.len && !span_starts(text, SPAN("\""));
    }
    for (size_t i = 0; i < conf->acls.rows.count; i++) {
        const struct conf_acl *acl = &conf->acls.rows.at[i];
        for (size_t l = 0; l < acl->lines.count; l++) {
            span text = acl->lines.at[l].text;
            bool first = text.at[0] == '#' || text.at[0] == '.' || span_starts(text, SPAN("begin"));
            back &= prints_back(text) && !first;
        }
    }
    for (size_t k = 0; k < CONF_KIND_COUNT; k++) {
        for (size_t i = 0; i < conf->instances[k].rows.count; i++) {
            const struct conf_instance *instance = conf->instances[k].rows.at[i];
            back &= into_prints_back(&instance->generic) && into_prints_back(&instance->own);
        }
    }
    return back;
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
            if (failed(e2)) {
                (void)fprintf(stderr, "%s\n%.*s\n", e2.what, SPAN_FMT(buf_span(&first)));
            }
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

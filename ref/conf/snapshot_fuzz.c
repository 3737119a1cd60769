/* Any text is a configuration or is refused with a message; what is taken and printed, option by
   option and section by section, is taken again and prints the same. */
#include "ref/conf/testing.h"

#include "base/check.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The options that were set, as a file would have them. */
static void into_print(const struct conf_option *rows, size_t count, const void *fields,
                       const struct conf_given *given, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (given[i].set) {
            conf_option_print(&rows[i], &given[i], fields, out);
        }
    }
}

static void instance_print(const struct conf_instance *i, struct buf *out)
{
    buf_printf(out, "%s:\n", i->name);
    into_print(i->kind->generic, i->kind->generic_count, i->generic, i->generic_given, out);
    into_print(i->driver->options, i->driver->option_count, i->own, i->own_given, out);
}

static void print(const struct conf *conf, struct buf *out)
{
    static const char *const words[LIST_KIND_COUNT] = {
        [LIST_DOMAIN] = "domainlist", [LIST_HOST] = "hostlist", [LIST_ADDRESS] = "addresslist",
        [LIST_LOCAL_PART] = "localpartlist"};
    buf_init(out, 1 << 24);
    (void)conf_print(conf, SPAN_EMPTY, out);
    buf_clear(out);
    into_print(conf_main_options, conf_main_option_count, &conf->main, conf->given, out);
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
    buf_put_text(out, "begin transports\n");
    for (size_t i = 0; i < conf->transports.count; i++) {
        instance_print(conf->transports.at[i].instance, out);
    }
    buf_put_text(out, "begin routers\n");
    for (size_t i = 0; i < conf->routers.count; i++) {
        instance_print(conf->routers.at[i].instance, out);
    }
    buf_put_text(out, "begin authenticators\n");
    for (size_t i = 0; i < conf->auths.count; i++) {
        instance_print(conf->auths.at[i].instance, out);
    }
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

static bool given_print_back(const struct conf_given *given, size_t count)
{
    bool back = true;
    for (size_t i = 0; i < count; i++) {
        back &= !given[i].hidden && prints_back(given[i].text);
    }
    return back;
}

static bool instance_prints_back(const struct conf_instance *i)
{
    return given_print_back(i->generic_given, i->kind->generic_count) &&
           given_print_back(i->own_given, i->driver->option_count);
}

static bool repeats(const struct conf *conf)
{
    bool back = given_print_back(conf->given, conf_main_option_count);
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
    for (size_t i = 0; i < conf->routers.count; i++) {
        back &= instance_prints_back(conf->routers.at[i].instance);
    }
    for (size_t i = 0; i < conf->transports.count; i++) {
        back &= instance_prints_back(conf->transports.at[i].instance);
    }
    for (size_t i = 0; i < conf->auths.count; i++) {
        back &= instance_prints_back(conf->auths.at[i].instance);
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

/* Type names: the forms and the refusals are those of Exim 4.96 -be, but where a row says `ours`.
   */
#include "ref/lookup/driver.h"

#include <criterion/criterion.h>

Test(lookup_type, forms)
{
    static const struct {
        const char *text, *name, *affix;
        bool partial;
        unsigned least;
        enum lookup_default fallback;
        unsigned options;
    } rows[] = {
        {"lsearch", "lsearch", "", false, 0, LOOKUP_NO_DEFAULT, 0},
        {" lmdb ", "lmdb", "", false, 0, LOOKUP_NO_DEFAULT, 0},
        {"lsearch*", "lsearch", "", false, 0, LOOKUP_STAR, 0},
        {"lsearch*@,ret=key", "lsearch", "", false, 0, LOOKUP_STAR_AT, LOOKUP_RET_KEY},
        {"partial-lmdb", "lmdb", "*.", true, 2, LOOKUP_NO_DEFAULT, 0},
        {"partial0-lsearch*", "lsearch", "*.", true, 0, LOOKUP_STAR, 0},
        {"partial12()lsearch", "lsearch", "", true, 12, LOOKUP_NO_DEFAULT, 0},
        {"partial3(.)iplsearch,cache=no", "iplsearch", ".", true, 3, LOOKUP_NO_DEFAULT,
         LOOKUP_NO_READ | LOOKUP_NO_WRITE},
        {"dsearch,filter=subdir,ret=full", "dsearch", "", false, 0, LOOKUP_NO_DEFAULT,
         LOOKUP_FILTER_SUBDIR | LOOKUP_RET_FULL},
        {"dnsdb,cache=no_rd", "dnsdb", "", false, 0, LOOKUP_NO_DEFAULT, LOOKUP_NO_READ},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct lookup_type *t;
        err e = lookup_type_read(span_text(rows[i].text), arena, &t);
        cr_assert(!failed(e), "%s: %s", rows[i].text, e.what);
        cr_expect_str_eq(lookup_type_name(t), rows[i].name);
        cr_expect(t->partial == rows[i].partial && t->least == rows[i].least, "%s", rows[i].text);
        cr_expect(span_eq(t->affix, span_text(rows[i].affix)), "%s", rows[i].text);
        cr_expect(t->fallback == rows[i].fallback && t->options == rows[i].options, "%s",
                  rows[i].text);
    }
    arena_free(arena);
}

Test(lookup_type, refusals)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"nosuch", "unknown lookup type \"nosuch\""},
        {"nosuch*@,ret=key", "unknown lookup type \"nosuch\""},
        {"partial-nosuch", "unknown lookup type \"nosuch\""},
        {"partial--lsearch", "unknown lookup type \"-lsearch\""},
        {"partial2(*.)-lsearch", "unknown lookup type \"-lsearch\""},
        {"partial-", "unknown lookup type \"\""},
        {"LSEARCH", "unknown lookup type \"LSEARCH\""},
        {"lsearch@", "unknown lookup type \"lsearch@\""},
        {"lsearch;x", "unknown lookup type \"lsearch;x\""},
        {"partial", "format error in lookup type \"partial\""},
        {"partiallsearch", "format error in lookup type \"partiallsearch\""},
        {"partial2lsearch", "format error in lookup type \"partial2lsearch\""},
        {"partial(.lsearch", "format error in lookup type \"partial(.lsearch\""},
        {"partial-dnsdb", "\"partial\" is not permitted for lookup type \"dnsdb\""},
        {"dnsdb*", "defaults using \"*\" or \"*@\" are not permitted for lookup type \"dnsdb*\""},
        /* ours: Exim has these types, and takes what follows a star or a comma whatever it is */
        {"mysql", "lookup type \"mysql\" is not supported by this server"},
        {"cdb", "lookup type \"cdb\" is not supported by this server"},
        {"lsearch*x", "format error in lookup type \"lsearch*x\""},
        {"lsearch,foo=bar", "unknown option \"foo=bar\" for lookup type \"lsearch\""},
        {"lmdb,ret=full", "unknown option \"ret=full\" for lookup type \"lmdb\""},
        {"lsearch,filter=dir", "unknown option \"filter=dir\" for lookup type \"lsearch\""},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct lookup_type *t;
        err e = lookup_type_read(span_text(rows[i].text), arena, &t);
        cr_assert_eq(e.kind, ERR_SYNTAX, "%s", rows[i].text);
        cr_expect_str_eq(e.what, rows[i].why);
    }
    arena_free(arena);
}

Test(lookup_type, names_of_version_output_are_drivers)
{
    size_t count = 0;
    for (; lookup_names[count]; count++) {
        const struct lookup_driver *d = lookup_driver_find(span_text(lookup_names[count]));
        cr_assert(d != NULL, "%s", lookup_names[count]);
        cr_expect(d->doc[0] != 0 && !lookup_driver_is_exims(span_text(d->name)));
    }
    cr_expect_eq(count, 7);
    struct arena *arena = arena_new();
    span out;
    cr_expect(lookup_quote(SPAN("lsearch"), SPAN("a b"), arena, &out) && span_eq(out, SPAN("a b")));
    cr_expect_not(lookup_quote(SPAN("nosuch"), SPAN("a"), arena, &out));
    arena_free(arena);
}

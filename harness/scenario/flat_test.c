/* A case by itself: rows for each thing that is taken in or away, and every case of the pack, which by
   itself makes one case with the same sections, settings and claims, and stays as it is. */
#include "harness/scenario/read.h"

#include "base/file.h"

#include <criterion/criterion.h>

#define HEAD "scenario t\nsource RFC5321 2.1\nreq  RFC5321-2.1-x\n"

struct row {
    const char *label;
    const char *which;
    const char *text, *flat;
};

static const struct row rows[] = {
    {"parameters", "t#v=b", HEAD "vary v = a b\nC: NOOP @{v}\n", HEAD "C: NOOP b\n"},
    {"a table", "t#v=2", HEAD "C: @{v}\n=== table\nv w\n1 x\n2 y\n", HEAD "C: 2\n"},
    {"comments and blank lines", "t", HEAD "\n# x\nC: A\n", HEAD "C: A\n"},
    {"a list of replies", "t", HEAD "S: 220, 250 { A, B }, 250 ~ \"a, b\"\n",
     HEAD "S: 220\nS: 250 { A, B }\nS: 250 ~ \"a, b\"\n"},
    {"a comma in a text is no list", "t", HEAD "S: 250 ok, fine\n", HEAD "S: 250 ok, fine\n"},
    {"what a server says together stays", "t",
     HEAD "actor x server at mx.dest.test:25\nS: 250, 250\n",
     HEAD "actor x server at mx.dest.test:25\nS: 250, 250\n"},
    {"the judge's choice", "t#q",
     HEAD "either p\nC: A\nor q\nC: B\nend\nS: 250\nexpect when p rtt c = 2\nexpect when q rtt c = 3\n",
     HEAD "C: B\nS: 250\nexpect rtt c = 3\n"},
    {"the peer's choice stays", "t",
     HEAD "either p\nS: 250\nor q\nS: 550\nend\nexpect when p|q rtt c = 2\n",
     HEAD "either p\n  S: 250\nor q\n  S: 550\nend\nexpect when p|q rtt c = 2\n"},
    {"a choice inside of a choice", "t#b,d",
     HEAD "either a\nC: A\nor b\nC: B\neither c\nC: C\nor d\nC: D\nend\nC: E\nend\nC: F\n",
     HEAD "C: B\nC: D\nC: E\nC: F\n"},
    {"notes of a claim that cannot hold go with it", "t#b",
     HEAD "either a\nC: A\nor b\nC: B\nend\nexpect when a rtt c = 2\n^ req RFC5321-2.1-y\n"
          "expect rtt c = 3\n^ req RFC5321-2.1-z\n",
     HEAD "C: B\nexpect rtt c = 3\n^ req RFC5321-2.1-z\n"},
    {"repeated lines", "t", HEAD "C<. m\n=== message m\n@*2 X: @{n}\n", HEAD "C<. m\n=== message m\nX: 1\nX: 2\n"},
    {"octets", "t", HEAD "C<. m\n=== message m raw=yes\n\"a\\n.\\n@\" * 2\n",
     HEAD "C<. m\n=== message m raw=yes\n\"a\\n\"\n\".\\n\"\n\"\\x40a\\n\"\n\".\\n\"\n\"\\x40\"\n"},
    {"content that looks like a section", "t", HEAD "C<. m\n=== message m raw=yes\n\"=== x\\r\\n\"\n",
     HEAD "C<. m\n=== message m\n@*1 === x\n"},
};

Test(flat, rows)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct buf out;
        buf_init(&out, 65536);
        err e = scenario_flatten(span_text(r->text), "t.scn", "t", r->which, arena, &out);
        cr_assert(!failed(e), "%s: %s", r->label, err_text(e, arena));
        cr_assert(span_eq(buf_span(&out), span_text(r->flat)), "%s:\n%.*s", r->label,
                  SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    }
    arena_free(arena);
}

Test(flat, a_case_that_is_not_there)
{
    struct arena *arena = arena_new();
    struct buf out;
    buf_init(&out, 65536);
    err e = scenario_flatten(SPAN(HEAD "vary v = a b\nC: @{v}\n"), "t.scn", "t", "t#v=c", arena, &out);
    cr_assert_eq(e.kind, ERR_SYNTAX);
    buf_wipe(&out);
    arena_free(arena);
}

static void check_case(const struct scenario *s, span text, struct arena *arena)
{
    struct buf flat;
    struct buf again;
    struct scenario_set set = {0};
    mistakes wrong = {0};
    buf_init(&flat, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    err e = scenario_flatten(text, s->path, "t", s->id, arena, &flat);
    cr_assert(!failed(e), "%s %s: %s", s->path, s->id, err_text(e, arena));
    cr_assert(!failed(scenario_read_text(buf_span(&flat), s->path, "t", arena, &set, &wrong)));
    cr_assert_eq(set.cases.count, 1, "%s %s makes %zu", s->path, s->id, set.cases.count);
    const struct scenario *one = set.cases.at[0];
    cr_assert_eq(one->sets.count, s->sets.count, "%s", s->id);
    cr_assert_eq(one->blocks.count, s->blocks.count, "%s", s->id);
    cr_assert_leq(one->expects.count, s->expects.count, "%s", s->id);
    cr_assert_eq(one->sections.count, s->sections.count, "%s", s->id);
    for (size_t i = 0; i < s->sections.count; i++) {
        span was = s->sections.at[i].content;
        span is = one->sections.at[i].content;
        cr_assert(span_eq(was, is) || (span_eq(was, span_first(is, was.len)) && is.len == was.len + 1),
                  "%s %s: %s", s->path, s->id, s->sections.at[i].name);
    }
    e = scenario_flatten(buf_span(&flat), s->path, "t", "t", arena, &again);
    cr_assert(!failed(e) && span_eq(buf_span(&flat), buf_span(&again)), "%s %s", s->path, s->id);
    buf_wipe(&flat);
    buf_wipe(&again);
}

static void check_folder(const char *path)
{
    struct arena *arena = arena_new();
    struct dir_list names;
    cr_assert(!failed(dir_list(path, arena, &names)));
    for (size_t i = 0; i < names.count; i++) {
        const char *below = path_join(arena, path, names.names[i]);
        struct scenario_set set = {0};
        mistakes wrong = {0};
        span text;
        if (path_is_dir(below)) {
            check_folder(below);
        } else if (span_ends(span_text(below), SPAN(".scn"))) {
            struct arena *own = arena_new();
            cr_assert(!failed(file_read(below, (size_t)64 << 20, own, &text)));
            cr_assert(!failed(scenario_read_text(text, below, "t", own, &set, &wrong)));
            /* the first and the last of many: a file is read anew for each */
            for (size_t k = 0; k < set.cases.count; k += set.cases.count > 2 ? set.cases.count - 1 : 1) {
                check_case(set.cases.at[k], text, own);
            }
            arena_free(own);
        }
    }
    arena_free(arena);
}

Test(flat, the_pack)
{
    if (path_is_dir("scenarios")) {
        check_folder("scenarios");
    }
}

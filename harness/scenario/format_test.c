/* The one form: what is in it already stays, what is not is brought into it and means the same. */
#include "harness/scenario/read.h"

#include "base/file.h"

#include <criterion/criterion.h>

#define HEAD "scenario t\nsource RFC5321 2.1\nreq  RFC5321-2.1-x\n"

struct row {
    const char *label;
    const char *text, *form;
};

static const struct row rows[] = {
    {"header words",
     "scenario   t\nsource  RFC5321 2.1 \nreq RFC5321-2.1-x   SEC-a\nset queue_only   =  yes\n",
     "scenario t\nsource RFC5321 2.1\nreq  RFC5321-2.1-x SEC-a\nset  queue_only = yes\n"},
    {"blank lines", "\n\n" HEAD "\n\n\nS: 220\n\n", HEAD "\nS: 220\n"},
    {"what a client says stays", HEAD "   C:  EHLO  x \n", HEAD "C:  EHLO  x \n"},
    {"spread replies", HEAD "S:   250  5.1.1  { SIZE >= 1000,  A|B }  ,  *\n",
     HEAD "S: 250 5.1.1 { SIZE >= 1000, A|B }, *\n"},
    {"lists", HEAD "S:  250,250,   354\n", HEAD "S: 250, 250, 354\n"},
    {"offers", HEAD "S: 250 {SIZE >= 9,A|B,!C}\n", HEAD "S: 250 { SIZE >= 9, A|B, !C }\n"},
    {"text that is said stays", HEAD "S: 220  mx  ESMTP {a,b}\n", HEAD "S: 220  mx  ESMTP {a,b}\n"},
    {"quoted text stays", HEAD "C|  \"a  b\"  *  3 \"c\"\n", HEAD "C| \"a  b\" * 3 \"c\"\n"},
    {"regular expressions stay", HEAD "expect  wire c  C  lacks  /a  b/\n",
     HEAD "expect wire c C lacks /a  b/\n"},
    {"alternatives are indented",
     HEAD "either a\nC: A\neither b\nC: B\n# x\nor c\nC: C\nend\nor d\nC: D\nend\nC: E\n",
     HEAD "either a\n  C: A\n  either b\n    C: B\n    # x\n  or c\n    C: C\n  end\nor d\n  C: "
          "D\nend\nC: E\n"},
    {"connections", HEAD "S: 220\n[ c   2 ]  after c 1\nS: 220\n",
     HEAD "S: 220\n[c 2] after c 1\nS: 220\n"},
    {"notes", HEAD "S: 220\n ^  because  a  b \n^ req   SEC-a\n",
     HEAD "S: 220\n^ because a  b\n^ req SEC-a\n"},
    {"content stays", HEAD "C<. m\n===  message   m\n  a \n\n\n# b\nexpect  x",
     HEAD "C<. m\n=== message m\n  a \n\n\n# b\nexpect  x"},
};

/* What the case says, without places: two texts of one shape give the same. */
static void put_steps(const steps *play, struct buf *out)
{
    for (size_t i = 0; i < play->count; i++) {
        const struct step *s = &play->at[i];
        buf_printf(out, "(%d %d %zu %zu %zu", (int)s->kind, (int)s->side, s->replies.count,
                   s->pieces.count, s->notes.reqs.count);
        for (size_t j = 0; j < s->replies.count; j++) {
            const struct reply_want *w = &s->replies.at[j];
            buf_printf(out, "<%zu %zu %s %.*s>", w->codes.count, w->offer.count,
                       w->status ? w->status : "-", SPAN_FMT(w->said));
        }
        for (size_t j = 0; j < s->branches.count; j++) {
            buf_printf(out, " %s", s->branches.at[j].label);
            put_steps(&s->branches.at[j].play, out);
        }
        buf_put_byte(out, ')');
    }
}

static char *shape_of(span text, const char *name, struct arena *arena)
{
    struct scenario_set set = {0};
    mistakes wrong = {0};
    struct buf out;
    buf_init(&out, 1 << 20);
    cr_assert(!failed(scenario_read_text(text, name, "t", arena, &set, &wrong)));
    cr_assert(wrong.count == 0, "%s:%u:%u: %s", name, wrong.at[0].place.line,
              wrong.at[0].place.column, wrong.at[0].what);
    for (size_t i = 0; i < set.cases.count; i++) {
        const struct scenario *s = set.cases.at[i];
        buf_printf(&out, "%s %s %zu %zu\n", s->id, s->title, s->expects.count, s->sections.count);
        for (size_t j = 0; j < s->blocks.count; j++) {
            put_steps(&s->blocks.at[j].play, &out);
        }
        for (size_t j = 0; j < s->sections.count; j++) {
            buf_put(&out, s->sections.at[j].content);
        }
    }
    return buf_settle_text(&out, arena);
}

static span form_of(span text, const char *name, struct arena *arena)
{
    struct buf out;
    mistakes wrong = {0};
    buf_init(&out, 1 << 20);
    cr_assert(!failed(scenario_format(text, name, arena, &out, &wrong)));
    cr_assert(wrong.count == 0, "%s:%u: %s", name, wrong.at[0].place.line, wrong.at[0].what);
    return buf_settle(&out, arena);
}

Test(scenario_format, rows)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        span form = form_of(span_text(rows[i].text), "t.scn", arena);
        cr_expect(span_eq(form, span_text(rows[i].form)), "%s:\n%.*s", rows[i].label,
                  SPAN_FMT(form));
        cr_expect(span_eq(form, form_of(form, "t.scn", arena)), "%s: again", rows[i].label);
        cr_expect_str_eq(shape_of(span_text(rows[i].text), "t.scn", arena),
                         shape_of(form, "t.scn", arena), "%s", rows[i].label);
        arena_free(arena);
    }
}

Test(scenario_format, a_file_with_a_mistake_is_left_alone)
{
    struct arena *arena = arena_new();
    struct buf out;
    mistakes wrong = {0};
    buf_init(&out, 1 << 20);
    cr_assert(!failed(scenario_format(SPAN(HEAD "S: 25\n"), "t.scn", arena, &out, &wrong)));
    cr_expect_eq(wrong.count, 1);
    cr_expect_eq(out.len, 0);
    buf_wipe(&out);
    arena_free(arena);
}

/* Every example of the language's reference, and the pack itself, is in its form. */
static void walk(const char *folder, bool lint, struct arena *arena, size_t *files)
{
    struct dir_list list;
    cr_assert(!failed(dir_list(folder, arena, &list)));
    for (size_t i = 0; i < list.count; i++) {
        const char *path = path_join(arena, folder, list.names[i]);
        bool snippet = span_ends(span_text(path), SPAN(".inc"));
        if (path_is_dir(path)) {
            walk(path, lint, arena, files);
        } else if (snippet || span_ends(span_text(path), SPAN(".scn"))) {
            span text;
            cr_assert(!failed(file_read(path, 1 << 20, arena, &text)));
            cr_expect(span_eq(text, form_of(text, path, arena)), "%s is not in its form", path);
            if (!snippet) {
                mistakes wrong = {0};
                cr_expect(strlen(shape_of(text, path, arena)) > 0);
                cr_assert(!lint || !failed(scenario_lint(path, folder, arena, &wrong)));
                cr_expect(wrong.count == 0, "%s:%u: %s", path, wrong.at[0].place.line,
                          wrong.at[0].what);
            }
            (*files)++;
        }
    }
}

Test(scenario_format, examples_are_read_and_in_their_form)
{
    struct arena *arena = arena_new();
    size_t files = 0;
    walk("harness/scenario/fixtures", false, arena, &files);
    cr_expect_eq(files, 16);
    arena_free(arena);
}

Test(scenario_format, the_pack_is_read_and_in_its_form)
{
    struct arena *arena = arena_new();
    size_t files = 0;
    walk("scenarios", true, arena, &files);
    cr_expect(files > 30, "%zu files", files);
    arena_free(arena);
}

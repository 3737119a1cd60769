/* The registry's lines as a table of what is taken and what is refused, and the weights. */
#include "reports/registry.h"

#include <criterion/criterion.h>

static const struct {
    const char *label;
    const char *line;
    const char *mistake; /* begins with; NULL: taken */
} lines[] = {
    {"plain", "RFC5321-3.3-rcpt | MUST | server | wire-s | 3.3 | words | checked", NULL},
    {"a NOT, a reason", "RFC5321-2-x | MUST NOT | client | none | 2 | words | not-testable: why",
     NULL},
    {"comment", "# RFC5321-2-x", NULL},
    {"blank", "   ", NULL},
    {"six fields", "RFC5321-2-x | MUST | client | none | 2 | words", "seven fields"},
    {"an empty one", "RFC5321-2-x | MUST |  | none | 2 | words | checked", "field 3 is empty"},
    {"of another RFC", "RFC2920-2-x | MUST | client | none | 2 | words | checked",
     "the id belongs"},
    {"of another section", "RFC5321-2.1-x | MUST | client | none | 2 | words | checked",
     "the id names another section"},
    {"no slug", "RFC5321-2 | MUST | client | none | 2 | words | checked", "no id"},
    {"a dot in the slug", "SEED-a.b | MUST | client | none | 2 | words | checked", "a slug"},
    {"level", "RFC5321-2-x | SHALL | client | none | 2 | words | checked", "no level"},
    {"party", "RFC5321-2-x | MUST | user | none | 2 | words | checked", "no party"},
    {"surface", "RFC5321-2-x | MUST | client | wire | 2 | words | checked", "no surface"},
    {"status without a reason", "RFC5321-2-x | MUST | client | none | 2 | words | disputed:",
     "no status"},
    {"a reason for nothing", "RFC5321-2-x | MUST | client | none | 2 | words | checked: so",
     "no status"},
    {"a short quote", "RFC5321-2-x | MUST | client | none | 2 | words | checked | quote=sha256:12",
     "no quote"},
    {"a quote",
     "RFC5321-2-x | MUST | client | none | 2 | words | checked | quote=sha256:"
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     NULL},
};

Test(registry, lines)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct arena *arena = arena_new();
        struct registry r = {0};
        registry_mistakes wrong = {0};
        registry_read_text("x/rfc5321.txt", span_text(lines[i].line), arena, &r, &wrong);
        const char *told = wrong.count ? wrong.at[0].what : NULL;
        if (lines[i].mistake) {
            cr_assert(told && strncmp(told, lines[i].mistake, strlen(lines[i].mistake)) == 0,
                      "%s: %s", lines[i].label, told ? told : "taken");
            cr_assert(r.rows.count == 0, "%s", lines[i].label);
        } else {
            cr_assert(!told, "%s: %s", lines[i].label, told);
        }
        arena_free(arena);
    }
}

static const char sample[] = "SEED-must | MUST | server | wire-s | t | w | checked\n"
                             "SEED-prose | prose | server | wire-s | t | w | checked\n"
                             "SEED-should | SHOULD NOT | server | wire-s | t | w | checked\n"
                             "SEED-may | MAY | server | wire-s | t | w | checked\n"
                             "SEED-unread | MUST | server | wire-s | t | w | unverified: not read\n"
                             "SEED-not | MUST | server | wire-s | t | w | not-testable: so\n"
                             "SEED-may | MAY | server | wire-s | t | again | checked\n";

static void add(struct arena *arena, report_texts *texts, const char *words)
{
    span rest = span_text(words);
    span head;
    while (rest.len) {
        (void)span_split(rest, ' ', &head, &rest);
        vec_add(arena, texts, arena_text(arena, head));
    }
}

static const struct {
    const char *label;
    const char *check;
    const char *whole;
    enum registry_weight weight;
} weights[] = {
    {"MUST", "SEED-must", "", REGISTRY_FAIL},
    {"prose demands", "SEED-prose", "", REGISTRY_FAIL},
    {"SHOULD alone", "SEED-should", "", REGISTRY_WARN},
    {"SHOULD beside MUST", "SEED-should SEED-must", "", REGISTRY_FAIL},
    {"MAY", "SEED-may", "", REGISTRY_NONE},
    {"unverified decides nothing", "SEED-unread", "", REGISTRY_NONE},
    {"nor beside SHOULD", "SEED-unread SEED-should", "", REGISTRY_WARN},
    {"the check's own outweigh the case's", "SEED-should", "SEED-must", REGISTRY_WARN},
    {"the case's where it has none", "", "SEED-should", REGISTRY_WARN},
    {"nothing is named", "", "", REGISTRY_FAIL},
    {"an id that nobody knows", "SEED-nobody", "", REGISTRY_FAIL},
};

Test(registry, weights)
{
    struct arena *arena = arena_new();
    struct registry r = {0};
    registry_mistakes wrong = {0};
    registry_read_text("seed.txt", span_text(sample), arena, &r, &wrong);
    registry_sort(&r, arena, &wrong);
    cr_assert(wrong.count == 1 && wrong.at[0].line == 7, "the second SEED-may is told");
    cr_assert(r.rows.count == 6);
    cr_assert(registry_testable(registry_find(&r, "SEED-should")));
    cr_assert(!registry_testable(registry_find(&r, "SEED-not")));
    cr_assert(!registry_testable(registry_find(&r, "SEED-may")));
    cr_assert_str_eq(registry_suggest(&r, "SEED-musst"), "SEED-must");
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        report_texts check = {0};
        report_texts whole = {0};
        add(arena, &check, weights[i].check);
        add(arena, &whole, weights[i].whole);
        cr_assert(registry_weigh(&r, &check, &whole) == weights[i].weight, "%s", weights[i].label);
        cr_assert(registry_weigh(NULL, &check, &whole) == REGISTRY_FAIL, "%s", weights[i].label);
    }
    arena_free(arena);
}

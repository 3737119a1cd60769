/* The walk: what is reached and what is not, what it may cost, and where taint goes. */
#include "ref/expand/testing_world.h"

#include <criterion/criterion.h>

static struct testing_world w;

static void open_world(void) { testing_world_open(&w); }
static void close_world(void) { testing_world_close(&w); }

TestSuite(expand_eval, .init = open_world, .fini = close_world);

Test(expand_eval, outcomes_are_told_apart)
{
    static const struct {
        const char *text;
        enum expand_outcome outcome;
    } rows[] = {
        {"x", EXPAND_OK},
        {"${if eq{a}{b}{x}fail}", EXPAND_FORCED},
        {"${acl{f}}", EXPAND_FORCED},
        {"${eval:1/0}", EXPAND_FAILED},
        {"${nosuch}", EXPAND_FAILED},
        {"${lookup{x}lsearch{/nonexist}}", EXPAND_FAILED},
        {"${lookup dnsdb{txt=x.example}}", EXPAND_DEFERRED},
        {"${if match{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab}{^(a+)+\\$}}", EXPAND_DEFERRED},
        {"${if and{{eq{a}{${if eq{a}{b}{x}fail}}}}}", EXPAND_FORCED},
        {"${map{a}{${if eq{a}{b}{x}fail}}}", EXPAND_FORCED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expanded r = expand_text(span_text(rows[i].text), &w.x);
        cr_expect(r.outcome == rows[i].outcome, "%s: %d %s", rows[i].text, (int)r.outcome,
                  r.why ? r.why : "");
    }
}

Test(expand_eval, the_branch_not_taken_costs_nothing)
{
    cr_expect_str_eq(testing_expand(&w, "${if eq{a}{a}{y}{${lookup{x}lsearch{/nonexist}}}}"), "y");
    cr_expect_str_eq(testing_expand(&w, "${if eq{a}{b}{${eval:1/0}}{n}}"), "n");
    cr_expect_str_eq(testing_expand(&w, "${if or{{eq{a}{a}}{={x}{1}}}{y}{n}}"), "y");
    cr_expect_str_eq(testing_expand(&w, "${if and{{eq{a}{b}}{={x}{1}}}{y}{n}}"), "n");
}

Test(expand_eval, a_budget_ends_what_would_run_away)
{
    static const char *const texts[] = {
        "${map{<\\n "
        "${sg{${length_200:${sg{aaaaaaaaaaaaaaaaaaaa}{a}{aaaaaaaaaaaaaaaaaaaa}}}}{a}{a\\n}}}"
        "{${map{a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a}{${map{a:a:a:a:a:a:a:a}{x}}}}}}",
        "${reduce{a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a}{xxxxxxxx}{$value$value}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        w.x.allowance = (struct expand_budget){2000, 100000};
        struct expanded r = expand_text(span_text(texts[i]), &w.x);
        cr_expect(r.outcome == EXPAND_DEFERRED, "%zu: %d %s", i, (int)r.outcome, r.why);
        w.x.allowance = (struct expand_budget){0};
        r = expand_text(SPAN("${lc:A}"), &w.x);
        cr_expect(r.outcome == EXPAND_OK, "a budget is for one expansion");
    }
}

Test(expand_eval, a_text_that_expands_itself_ends)
{
    w.address.local_part = SPAN("x");
    struct facts_variable *v = vec_push(w.arena, &w.acl.connection);
    *v = (struct facts_variable){.name = SPAN("c_me"), .value = SPAN("${expand:$acl_c_me}")};
    struct expanded r = expand_text(SPAN("${expand:$acl_c_me}"), &w.x);
    cr_expect(r.outcome == EXPAND_DEFERRED, "%d %s", (int)r.outcome, r.why);
    cr_expect(w.x.depth == 0);
}

Test(expand_eval, taint_goes_with_every_part)
{
    static const struct {
        const char *text;
        bool tainted;
    } rows[] = {
        {"$local_part", true}, {"a$local_part", true}, {"${lc:$local_part}", true},
        {"${sg{$local_part}{x}{y}}", true}, {"${sg{x}{x}{y}}", false}, {"$primary_hostname", false},
        {"${strlen:$local_part}", false}, {"${if match{$local_part}{.}{$0}}", true},
        {"${if eq{$local_part}{x}{yes}{no}}", false}, {"${map{$local_part}{$item}}", true},
        {"${map{$local_part}{1}}", true}, {"${extract{1}{:}{$local_part}}", true},
        {"${listextract{1}{$local_part}}", true}, {"${md5:$local_part}", false},
        {"${reduce{$local_part}{a}{$value}}", false}, {"${reduce{a}{$local_part}{$value}}", true},
        {"${sort{$local_part}{lt}{$item}}", true}, {"${quote:$local_part}", true},
        {"${filter{$local_part}{eq{1}{1}}}", true},
    };
    w.address.local_part = SPAN("$x");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expanded r = expand_text(span_text(rows[i].text), &w.x);
        cr_assert(r.outcome == EXPAND_OK, "%s: %s", rows[i].text, r.why);
        cr_expect(r.value.tainted == rows[i].tainted, "%s", rows[i].text);
    }
}

Test(expand_eval, tainted_text_is_never_expanded)
{
    w.address.local_part = SPAN("$primary_hostname");
    cr_expect_str_eq(
        testing_expand(&w, "${expand:$local_part}"),
        "Failed: internal expansion of \"$primary_hostname\" failed: attempt to expand "
        "tainted string '$primary_hostname'");
    cr_expect_str_eq(testing_expand(&w, "${sg{abc}{b}{$local_part}}"),
                     "Failed: attempt to expand tainted string '$primary_hostname'");
    w.address.local_part = SPAN("/etc/hostname");
    cr_expect_str_eq(testing_expand(&w, "${readfile{$local_part}}"),
                     "Failed: Tainted filename for readfile: '/etc/hostname'");
    cr_expect_str_eq(testing_expand(&w, "${lookup{a}lsearch{$local_part}}"),
                     "Failed: Tainted filename for search: "
                     "'/etc/hostname'");
    cr_expect_str_eq(testing_expand(&w, "${stat:$local_part}"),
                     "Failed: Tainted filename for stat: '/etc/hostname'");
}

Test(expand_eval, captures_and_values_are_restored)
{
    static const struct {
        const char *text, *result;
    } rows[] = {
        {"${if match{abc}{(b)}{${if match{xyz}{(y)}{$1}}$1}}$1", "yb"},
        {"${if match{abc}{(b)}{${sg{xyz}{(y)}{<\\$1>}}$1}}", "x<y>zb"},
        {"${if match{abc}{(z)}{y}{n$1}}", "n"},
        {"${extract{1}{:}{a}{${extract{1}{:}{b}{$value}}$value}}$value", "ba"},
        {"${map{a:b}{${map{c:d}{$item}}$item}}$item", "c::da:c::db"},
        {"${reduce{a:b}{}{$value${extract{1}{:}{$item}{$value}}}}", "ab"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(testing_expand(&w, rows[i].text), rows[i].result, "%s", rows[i].text);
    }
}

Test(expand_eval, truth_as_condition_has_it)
{
    static const struct {
        const char *text;
        bool yes;
    } rows[] = {{"", false}, {"0", false}, {"no", false}, {"FALSE", false}, {"yes", true},
                {"1", true}, {"00", true}, {" ", false}, {"x", true}, {"${if eq{a}{a}}", true},
                {"${if eq{a}{b}}", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct template *t;
        bool yes;
        cr_assert(!failed(template_read(span_text(rows[i].text), w.arena, &t)));
        cr_expect(expand_to_bool(t, &w.x, &yes).outcome == EXPAND_OK);
        cr_expect(yes == rows[i].yes, "\"%s\"", rows[i].text);
    }
}

static void count_line(void *context, unsigned depth, span line)
{
    size_t *counts = context;
    counts[0]++;
    counts[1] = depth > counts[1] ? depth : counts[1];
    cr_expect(line.len > 0);
}

Test(expand_eval, a_trace_shows_what_was_evaluated)
{
    size_t counts[2] = {0};
    w.x.trace = count_line;
    w.x.trace_context = counts;
    cr_expect_str_eq(testing_expand(&w, "${if eq{${lc:$primary_hostname}}{a}{${uc:x}}{${lc:Y}}}"),
                     "y");
    cr_expect(counts[0] >= 6 && counts[1] >= 1, "%zu lines, depth %zu", counts[0], counts[1]);
}

Test(expand_eval, files_can_be_forbidden)
{
    w.x.forbid_files = true;
    static const char *const texts[] = {"${readfile{/etc/passwd}}", "${stat:/etc/passwd}",
                                        "${lookup{a}lsearch{/etc/passwd}}",
                                        "${if exists{/etc/passwd}}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct expanded r = expand_text(span_text(texts[i]), &w.x);
        cr_expect(r.outcome == EXPAND_FAILED, "%s", texts[i]);
    }
}

static struct expanded leaves_a_variable(void *context, span name, const struct value *args, size_t count,
                                         bool *accepted)
{
    (void)args;
    (void)count;
    (void)context;
    *accepted = true;
    w.address.local_part = arena_copy(w.x.arena, name);
    return (struct expanded){.outcome = EXPAND_OK};
}

Test(expand_eval, a_condition_leaves_no_text_behind)
{
    static const struct expand_services services = {.acl = leaves_a_variable};
    const struct template *t;
    bool yes;
    w.x.services = &services;
    cr_assert(!failed(template_read(SPAN("${if and{{acl{{name}}}"
                                         "{eq{${prvscheck{prvs=278625a4ac=user@dom}{key}{}}}{user@dom}}"
                                         "{!eq{${sg{$primary_hostname}{.*}{$0 $0 $0}}}{}}}{yes}}"),
                                    w.arena, &t)));
    size_t before = arena_used(w.arena);
    struct expanded e = expand_to_bool(t, &w.x, &yes);
    cr_expect(e.outcome == EXPAND_OK && yes, "%s", e.why);
    cr_expect(arena_used(w.arena) - before < 20, "%zu octets", arena_used(w.arena) - before);
    cr_expect(span_eq(w.address.local_part, SPAN("name")));
    cr_expect(span_eq(w.x.prvs_address, SPAN("user@dom")));
    cr_expect(w.x.arena == w.arena && w.x.lasting == NULL);
}

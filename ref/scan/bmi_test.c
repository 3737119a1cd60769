/* Verdicts as the process hands them over, whose they are, and what the lists of -H and of bmi_rule
   mean. The process itself is tried in tests/brightmail and scenarios/bmi. */
#include "ref/scan/bmi.h"

#include "base/buf.h"
#include "ref/scan/bmi_work.h"

#include <criterion/criterion.h>

Test(scan_bmi, fields_come_back_as_they_were_put)
{
    static const span values[] = {SPAN(""), SPAN("a"), SPAN("12:x"), SPAN("\0\n:"), SPAN("v1:")};
    struct buf out;
    struct bmi_field f;
    buf_init(&out, 1024);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        bmi_field_put(&out, (unsigned char)('a' + i), values[i]);
    }
    span all = buf_span(&out);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        cr_assert(bmi_field_take(&all, &f));
        cr_expect(f.letter == 'a' + i && span_eq(f.value, values[i]));
    }
    cr_expect_not(bmi_field_take(&all, &f));
    static const char *const broken[] = {"", "a", "a1", "a1:", "a:b", "a-1:b", "ax:b", "a2:b",
                                         "a99999999999999999999:b"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        span text = span_text(broken[i]);
        cr_expect_not(bmi_field_take(&text, &f), "%s", broken[i]);
        cr_expect(span_eq(text, span_text(broken[i])), "%s", broken[i]);
    }
    buf_wipe(&out);
}

Test(scan_bmi, a_list_is_base64_with_colons_between)
{
    static const struct {
        const char *list;
        size_t count;
        bool good;
    } rows[] = {{"", 0, true}, {"abc=", 1, true}, {"a:b+/:c==", 3, true}, {":", 0, false},
                {"a:", 0, false}, {":a", 0, false}, {"a b", 0, false}, {"a\nb", 0, false},
                {"a,b", 0, false}};
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bmi_verdicts v;
        cr_expect_eq(bmi_list_read(span_text(rows[i].list), arena, &v), rows[i].good, "%s", rows[i].list);
        cr_expect_eq(v.all.count, rows[i].count, "%s", rows[i].list);
    }
    arena_free(arena);
}

static span answer_make(struct buf *out)
{
    bmi_field_put(out, BMI_SAY_ADDRESS, SPAN("U@Test.EX"));
    bmi_field_put(out, BMI_SAY_ADDRESS, SPAN("w"));
    bmi_field_put(out, BMI_SAY_FIRED, SPAN("5"));
    bmi_field_put(out, BMI_SAY_LOCATION, SPAN("X-Spam: yes"));
    bmi_field_put(out, BMI_SAY_TRACKER, SPAN("NQ=="));
    bmi_field_put(out, BMI_SAY_READ, SPAN("1"));
    bmi_field_put(out, BMI_SAY_ADDRESS, SPAN("x@test.ex"));
    bmi_field_put(out, BMI_SAY_READ, SPAN("0"));
    bmi_field_put(out, BMI_SAY_ADDRESS, SPAN("u@test.ex"));
    bmi_field_put(out, BMI_SAY_ADDRESS, SPAN("v@test.ex"));
    bmi_field_put(out, BMI_SAY_DROP, SPAN_EMPTY);
    bmi_field_put(out, BMI_SAY_READ, SPAN("1"));
    return buf_span(out);
}

Test(scan_bmi, the_first_verdict_that_names_the_recipient_is_his)
{
    struct arena *arena = arena_new();
    struct bmi_verdicts v;
    struct buf out;
    size_t next = 0;
    buf_init(&out, 4096);
    cr_assert(bmi_list_read(SPAN("AA==:BB==:CC=="), arena, &v));
    cr_expect(bmi_answer_read(answer_make(&out), &next, arena, &v) && next == 3);
    const struct bmi_verdict *u = bmi_verdict_of(&v, SPAN("u"), SPAN("test.ex"));
    cr_assert(u != NULL);
    cr_expect(span_eq(u->base64, SPAN("AA==")) && span_eq(u->tracker, SPAN("NQ==")));
    cr_expect(!u->drop && span_eq(u->location, SPAN("X-Spam: yes")));
    const struct bmi_verdict *other = bmi_verdict_of(&v, SPAN("V"), SPAN("Test.Ex"));
    cr_assert(other != NULL);
    cr_expect(other->drop && span_eq(other->base64, SPAN("CC==")));
    cr_expect(bmi_verdict_of(&v, SPAN("x"), SPAN("test.ex")) == NULL, "it could not be read");
    cr_expect(bmi_verdict_of(&v, SPAN("w"), SPAN("test.ex")) == NULL, "an address without a domain");
    cr_expect(bmi_verdict_of(NULL, SPAN("u"), SPAN("test.ex")) == NULL);
    cr_expect(bmi_rule_fired(u, SPAN("4 : 5")) && !bmi_rule_fired(u, SPAN("4:6")));
    cr_expect_not(bmi_rule_fired(NULL, SPAN("5")));
    buf_wipe(&out);
    arena_free(arena);
}

Test(scan_bmi, a_recipient_in_quotes_is_the_same)
{
    static const struct {
        const char *told, *local_part;
        bool same;
    } rows[] = {
        {"\"u\"@test.ex", "u", true}, {"\"\\U\"@test.ex", "u", true}, {"\"a b\"@test.ex", "a b", true},
        {"\"a@b\"@Test.Ex", "a@b", true}, {"u@x.test.ex", "u", false}, {"uu@test.ex", "u", false},
        {"\"u@test.ex", "u", false}, {"@test.ex", "u", false}, {"test.ex", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        span told = span_text(rows[i].told);
        struct bmi_verdict one = {.readable = true, .recipients = {.at = &told, .count = 1}};
        struct bmi_verdicts all = {.all = {.at = &one, .count = 1}};
        cr_expect((bmi_verdict_of(&all, span_text(rows[i].local_part), SPAN("test.ex")) != NULL) ==
                      rows[i].same, "%s", rows[i].told);
    }
}

/* Whatever the process had said of a verdict when it died does not count. */
Test(scan_bmi, a_verdict_that_was_not_told_to_its_end_is_none)
{
    struct arena *arena = arena_new();
    struct buf out;
    buf_init(&out, 4096);
    span all = answer_make(&out);
    for (size_t cut = 0; cut < all.len; cut++) {
        struct bmi_verdicts v;
        size_t next = 0;
        cr_assert(bmi_list_read(SPAN("AA==:BB==:CC=="), arena, &v));
        (void)bmi_answer_read(span_first(all, cut), &next, arena, &v);
        for (size_t i = next; i < v.all.count; i++) {
            cr_expect(!v.all.at[i].readable && v.all.at[i].recipients.count == 0, "%zu", cut);
        }
    }
    struct bmi_verdicts v;
    size_t next = 0;
    cr_assert(bmi_list_read(SPAN("AA=="), arena, &v));
    cr_expect_not(bmi_answer_read(SPAN("R1:xv1:y.1:1"), &next, arena, &v));
    cr_expect(next == 0 && !v.all.at[0].readable);
    buf_wipe(&out);
    arena_free(arena);
}

Test(scan_bmi, rules_are_the_numbers_of_a_list)
{
    struct arena *arena = arena_new();
    uint64_t *rules = NULL;
    size_t count = 0;
    bmi_rules_add(SPAN(" 5 :x:8:0:-1::99999999999: 11"), arena, &rules, &count);
    bmi_rules_add(SPAN(""), arena, &rules, &count);
    bmi_rules_add(SPAN("7"), arena, &rules, &count);
    cr_assert_eq(count, 4);
    cr_expect(rules[0] == 5 && rules[1] == 8 && rules[2] == 11 && rules[3] == 7);
    arena_free(arena);
}

static void count_lines(void *context, bool main, span line)
{
    unsigned *lines = context;
    (void)main;
    *lines += line.len > 0 ? 1 : 0;
}

Test(scan_bmi, a_list_that_is_none_and_a_library_that_is_gone_are_one_line_each)
{
    struct arena *arena = arena_new();
    unsigned lines = 0;
    struct bmi bmi = {.library = "", .config = "", .log = count_lines, .log_context = &lines};
    struct bmi_verdicts v;
    bmi_verdicts_read(&bmi, SPAN("no base64"), NULL, 0, arena, &v);
    cr_expect(lines == 1 && v.all.count == 0);
    bmi_verdicts_read(&bmi, SPAN("AA=="), NULL, 0, arena, &v);
    cr_expect(lines == 2 && bmi_verdict_of(&v, SPAN("u"), SPAN("test.ex")) == NULL);
    arena_free(arena);
}

/* A reversible text from the other side: who submits what, where it leads, what is left free, and which
   choices become cases. */
#include "harness/scenario/read.h"

#include "harness/scenario/pattern.h"

#include <criterion/criterion.h>

static struct arena *arena;
static void make(void)
{
    arena = arena_new();
}
static void drop(void)
{
    arena_free(arena);
}
TestSuite(turn, .init = make, .fini = drop);

#define HEAD "scenario x\nsource SEED x\nreq SEED-x\n"
#define TEXT                                                                                       \
    HEAD "reversible\nset limit.size = 1000\nS: 220\nC: EHLO c.test\nS: 250\n"                     \
         "C: MAIL FROM:<a@c.test> SIZE=10\nC: RCPT TO:<u@test.ex>\nC: RCPT TO:<v@other.ex>\n"      \
         "S: 250, 250, 250\neither yes\n  S: 354\n  C: .\n  S: 250\nor no\n  S: 5xx\n"             \
         "or bad !fail\n  S: 220\nend\neither quit\n  C: QUIT\n  S: 221\nor reset\n  C: RSET\n"    \
         "  S: 250\nend\n"

static void read_sides(const char *text, enum scenario_sides sides, struct scenario_set *set,
                       mistakes *wrong)
{
    *set = (struct scenario_set){.sides = sides};
    *wrong = (mistakes){0};
    cr_assert(!failed(scenario_read_text(span_text(text), "t.scn", "t", arena, set, wrong)));
}

Test(turn, the_choices_of_the_side_that_is_played_are_cases)
{
    static const struct {
        enum scenario_sides sides;
        const char *ids; /* in order */
    } rows[] = {
        {SIDES_AS_WRITTEN, "t#quit t#reset "},
        {SIDES_SWAPPED, "t#swap,yes t#swap,no "},
        {SIDES_BOTH, "t#self,yes,quit t#self,yes,reset t#self,no,quit t#self,no,reset "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scenario_set set;
        mistakes wrong;
        const char *ids = "";
        read_sides(TEXT, rows[i].sides, &set, &wrong);
        cr_assert_eq(wrong.count, 0, "%s", wrong.count > 0 ? wrong.at[0].what : "");
        for (size_t k = 0; k < set.cases.count; k++) {
            ids = arena_printf(arena, "%s%s ", ids, set.cases.at[k]->id);
        }
        cr_expect_str_eq(ids, rows[i].ids);
    }
}

static const char *setting(const struct scenario *s, const char *key)
{
    for (size_t i = 0; i < s->sets.count; i++) {
        if (strcmp(s->sets.at[i].key, key) == 0) {
            return s->sets.at[i].value;
        }
    }
    return NULL;
}

Test(turn, the_judge_submits_and_is_where_the_mail_leads)
{
    struct scenario_set set;
    mistakes wrong;
    read_sides(TEXT, SIDES_SWAPPED, &set, &wrong);
    const struct scenario *s = set.cases.at[0];
    const steps *play = &s->blocks.at[0].play;
    cr_expect_eq(s->actors.at[0].role, ACTOR_SERVER);
    cr_expect_str_eq(s->actors.at[0].endpoint, "mx1.judge.test:25");
    cr_expect_str_eq(setting(s, "route.test.ex"), "mx1.judge.test:25");
    cr_expect_str_eq(setting(s, "route.other.ex"), "mx1.judge.test:25");
    cr_expect_null(setting(s, "limit.size"), "that was the server's");
    cr_expect_str_eq(s->needs.at[s->needs.count - 1], "submit");
    cr_assert_eq(play->at[0].kind, STEP_DO);
    cr_assert_eq(play->at[0].words.count, 4);
    cr_expect_str_eq(play->at[0].words.at[0], "plain");
    cr_expect_str_eq(play->at[0].words.at[1], "a@c.test");
    cr_expect_str_eq(play->at[0].words.at[3], "v@other.ex");
    cr_expect_str_eq(pattern_source(play->at[2].text), "EHLO *");
    cr_expect_str_eq(pattern_source(play->at[4].text), "MAIL FROM:<a@c.test>*");
}

Test(turn, a_text_that_is_not_reversible_gives_nothing)
{
    struct scenario_set set;
    mistakes wrong;
    read_sides(HEAD "S: 220\nC: QUIT\nS: 221\n", SIDES_SWAPPED, &set, &wrong);
    cr_expect_eq(wrong.count, 0);
    cr_expect_eq(set.cases.count, 0);
}

Test(turn, what_cannot_be_turned_is_a_mistake)
{
    static const struct {
        const char *text;
        const char *what;
    } rows[] = {
        {HEAD "reversible\nS: 220\nC: QUIT\nS: 221\n", "without a MAIL line"},
        {HEAD "reversible\nS: 220\nC: MAIL FROM:<a@c.test>\nS: 250\n", "without a RCPT line"},
        {HEAD "reversible\nS: 220\nC: MAIL FROM:<a@c.test>\nS: 250\nC: RCPT TO:<u@test.ex>\nS: 250\n"
              "C: MAIL FROM:<b@c.test>\nS: 503\n", "a second MAIL"},
        {HEAD "reversible\nS: 220\nC: MAIL FROM:<a@c.test>\nS: 250\nC: RCPT TO:<u@test.ex>\nS: 250\n"
              "do queue-run\n", "`do` is about a target"},
        {HEAD "reversible\nS: 220\nC: MAIL FROM:<a@*>\nS: 250\nC: RCPT TO:<u@test.ex>\nS: 250\n",
         "cannot be patterns"},
        {HEAD "reversible\nactor mx server at mx.dest.test:25\n[mx]\nS: 220\n",
         "the judge is the client everywhere"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scenario_set set;
        mistakes wrong;
        read_sides(rows[i].text, SIDES_AS_WRITTEN, &set, &wrong);
        bool found = false;
        for (size_t k = 0; k < wrong.count; k++) {
            found = found || strstr(wrong.at[k].what, rows[i].what) != NULL;
        }
        cr_expect(found, "%s: %s", rows[i].what, wrong.count > 0 ? wrong.at[0].what : "no mistake");
    }
}

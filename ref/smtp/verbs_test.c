/* The command by state table of the RFCs, row by row, against a running session: what each
   command is answered in each state, and the state that follows. */
#include "ref/smtp/testing.h"
#include "ref/smtp/verbs.h"

#include "base/rows.h"

#include <criterion/criterion.h>

#define EHLO "EHLO c.test\r\n"
#define FROM "MAIL FROM:<a@c.test>\r\n"
#define TO "RCPT TO:<b@test.ex>\r\n"

enum state { B, H, M, R, K, X, STATES };

/* How to get there, and how many replies that takes (EHLO's lines counted as one). */
static const struct {
    const char *name, *script;
    unsigned replies;
} states[STATES] = {
    [B] = {"before EHLO", "", 0},
    [H] = {"after EHLO", EHLO, 1},
    [M] = {"after MAIL", EHLO FROM, 2},
    [R] = {"after RCPT", EHLO FROM TO, 3},
    [K] = {"between chunks", EHLO FROM TO "BDAT 1\r\na", 4},
    [X] = {"after a refused chunk", EHLO FROM TO "BDAT 2\r\na\n", 4},
};

struct row {
    const char *command;
    unsigned codes[STATES];
    enum state next[STATES]; /* when the code is 2yz or 354 */
};

/* RFC 5321 4.1.4, 3.3, 3.5; RFC 3030 2 */
static const struct row rows[] = {
    {EHLO, {250, 250, 250, 250, 250, 250}, {H, H, H, H, H, H}},
    {"HELO c.test\r\n", {250, 250, 250, 250, 250, 250}, {H, H, H, H, H, H}},
    {FROM, {503, 250, 503, 503, 503, 503}, {B, M, M, R, K, X}},
    {TO, {503, 503, 250, 250, 503, 503}, {B, H, R, R, K, X}},
    {"DATA\r\n", {503, 503, 503, 354, 503, 503}, {B, H, M, R, K, X}},
    {"BDAT 1\r\nx", {503, 503, 503, 250, 250, 503}, {B, H, X, K, K, X}},
    {"BDAT 1 LAST\r\nx", {503, 503, 503, 250, 250, 503}, {B, H, X, H, H, X}},
    {"RSET\r\n", {250, 250, 250, 250, 250, 250}, {B, H, H, H, H, H}},
    {"NOOP\r\n", {250, 250, 250, 250, 250, 250}, {B, H, M, R, K, X}},
    {"VRFY b@test.ex\r\n", {252, 252, 252, 252, 252, 252}, {B, H, M, R, K, X}},
    {"EXPN x\r\n", {550, 550, 550, 550, 550, 550}, {B, H, M, R, K, X}},
    {"HELP\r\n", {214, 214, 214, 214, 214, 214}, {B, H, M, R, K, X}},
    {"STARTTLS\r\n", {502, 502, 502, 502, 502, 502}, {B, H, M, R, K, X}},
    {"QUIT\r\n", {221, 221, 221, 221, 221, 221}, {B, H, M, R, K, X}},
    {"XYZZY\r\n", {500, 500, 500, 500, 500, 500}, {B, H, M, R, K, X}},
};

/* The code of the reply with that index; 0 when there is none. */
static unsigned code_at(span out, unsigned index)
{
    unsigned seen = 0;
    for (span line; span_line(&out, &line);) {
        if (line.len >= 4 && line.at[3] == ' ' && seen++ == index) {
            return (unsigned)(line.at[0] - '0') * 100 + (unsigned)(line.at[1] - '0') * 10 +
                   (unsigned)(line.at[2] - '0');
        }
    }
    return 0;
}

/* States are told apart by what MAIL, RCPT and BDAT 0 are answered in them. */
static const struct {
    unsigned mail, rcpt, chunk;
} marks[STATES] = {
    [B] = {503, 503, 503}, [H] = {250, 503, 503}, [M] = {503, 250, 503},
    [R] = {503, 250, 250}, [K] = {503, 503, 250}, [X] = {503, 503, 503},
};

static unsigned ask(const char *script, unsigned index)
{
    struct testing t;
    testing_open(&t, "smtp_max_synprot_errors = 50\n");
    unsigned code = code_at(
        testing_run(&t, (struct testing_input){.in = span_text(script)}, NULL), index);
    testing_close(&t);
    return code;
}

static void check(const struct row *row, enum state from, struct arena *arena)
{
    const char *script = arena_printf(arena, "%s%s", states[from].script, row->command);
    unsigned at = 1 + states[from].replies;
    unsigned code = ask(script, at);
    cr_expect_eq(code, row->codes[from], "%s %s: %u", states[from].name, row->command, code);
    if (code == 221 || code == 354) {
        return;
    }
    enum state next = row->next[from];
    unsigned mail = ask(arena_printf(arena, "%s" FROM, script), at + 1);
    unsigned rcpt = ask(arena_printf(arena, "%s" TO, script), at + 1);
    unsigned chunk = ask(arena_printf(arena, "%sBDAT 0\r\n", script), at + 1);
    bool helo = next == H && strncmp(row->command, "HELO", 4) == 0;
    cr_expect(mail == marks[next].mail && rcpt == marks[next].rcpt &&
                  (helo || chunk == marks[next].chunk),
              "%s %s: then MAIL %u RCPT %u BDAT %u is not %s", states[from].name,
              row->command, mail, rcpt, chunk, states[next].name);
}

Test(smtp_verbs, command_by_state)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (enum state from = 0; from < STATES; from++) {
            check(&rows[i], from, arena);
        }
    }
    arena_free(arena);
}

Test(smtp_verbs, table_is_sorted_and_each_row_names_its_clause)
{
    cr_expect(rows_sorted(smtp_verbs, smtp_verb_count, sizeof *smtp_verbs));
    for (size_t i = 0; i < smtp_verb_count; i++) {
        const struct smtp_verb_rule *rule = &smtp_verbs[i];
        cr_expect(span_starts(span_text(rule->clause), SPAN("RFC")), "%s", rule->name);
        cr_expect((rule->handler == NULL) == (rule->stages == 0), "%s", rule->name);
        cr_expect(rule->handler != NULL || rule->help == NULL, "%s is in HELP", rule->name);
    }
}

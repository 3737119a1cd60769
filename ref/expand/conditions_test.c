/* Claims about conditions beyond what tests/cross/expand.rows holds against Exim. */
#include "ref/expand/testing_world.h"

#include "base/rows.h"
#include "ref/expand/condition.h"

#include <criterion/criterion.h>

static struct testing_world w;

static void open_world(void) { testing_world_open(&w); }
static void close_world(void) { testing_world_close(&w); }

TestSuite(expand_conditions, .init = open_world, .fini = close_world);

Test(expand_conditions, the_table_is_in_order_and_complete)
{
    cr_assert(rows_sorted(condition_rows, condition_row_count, sizeof *condition_rows));
    for (size_t i = 0; i < condition_row_count; i++) {
        const struct condition_row *row = &condition_rows[i];
        cr_expect((row->test == NULL) == (row->shape == CONDITION_REFUSED), "%s", row->name);
        cr_expect(row->least <= row->most && row->most <= 10, "%s", row->name);
        cr_expect(row->doc != NULL, "%s", row->name);
    }
}

static bool running(void *context)
{
    (void)context;
    return true;
}

Test(expand_conditions, what_the_stations_know)
{
    static const char text[] = "${if queue_running{y}{n}}${if first_delivery{y}{n}}";
    cr_expect_str_eq(testing_expand(&w, text), "nn");
    w.services.queue_running = running;
    w.message.first_delivery = true;
    cr_expect_str_eq(testing_expand(&w, text), "yy");
}

Test(expand_conditions, an_acl_decides_and_speaks)
{
    static const struct {
        const char *text, *value;
    } rows[] = {
        {"${if acl{{t}{x}}{y $value}{n}}", "y ok x"},
        {"${if acl{{d}}{y}{n $value}}", "n no"},
        {"${if acl{{f}}{y}{n}}", "Failed: DEFER from acl \"f\""},
        {"${if acl{{nosuch}}{y}{n}}", "Failed: ERROR from acl \"nosuch\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(testing_expand(&w, rows[i].text), rows[i].value, "%s", rows[i].text);
    }
    w.message.sender_address = SPAN("t");
    struct expanded r = expand_text(SPAN("${if acl{{$sender_address}}{y}{n}}"), &w.x);
    cr_expect(r.outcome == EXPAND_FAILED, "a peer does not choose the ACL");
}

Test(expand_conditions, a_json_array_keeps_its_elements_spelling)
{
    static const struct {
        const char *text, *value;
    } rows[] = {
        {"${if forany_json{[1.0]}{eq{$item}{1.0}}{y}{n}}", "y"},
        {"${if forany_json{[\"a,b\", 2]}{eq{$item}{\"a,b\"}}{y}{n}}", "y"},
        {"${if forany_jsons{[\"a\\\\\"b\"]}{eq{$item}{a\\\\\"b}}{y}{n}}", "y"},
        {"${if forall_json{ [ true , null ] }{match{$item}{^[tn]}}{y}{n}}", "y"},
        {"${if forany_json{[1}{eq{$item}{1}}{y}{n}}", "Failed: \"[1\" is not a JSON array"},
        {"${if forany_json{\\{\\}}{eq{$item}{1}}{y}{n}}", "Failed: \"{}\" is not a JSON array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(testing_expand(&w, rows[i].text), rows[i].value, "%s", rows[i].text);
    }
}

Test(expand_conditions, items_are_restored_behind_a_loop)
{
    cr_expect_str_eq(
        testing_expand(&w, "${map{a:b}{${if forany{x:y}{eq{$item}{y}}{$item}}}}"), "a:b");
}

Test(expand_conditions, srs_tells_the_recipient_even_when_it_is_forged)
{
    static const char text[] = "${if inbound_srs{SRS0=0000=7z=Dom.Ex=Who}{s}{y}{n}}";
    cr_expect_str_eq(testing_expand(&w, text), "n");
    cr_expect(span_eq(w.address.srs_recipient, SPAN("who@dom.ex")));
}

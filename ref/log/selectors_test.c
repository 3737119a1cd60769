/* The table against the manual's list, and the reader of the option. */
#include "ref/log/selectors.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(log_selectors, names_are_sorted_and_each_has_a_bit)
{
    for (unsigned i = 1; i < LOG_SELECTOR_COUNT; i++) {
        const char *before = log_selector_name((enum log_selector)(i - 1));
        const char *name = log_selector_name((enum log_selector)i);
        cr_assert_not_null(name, "%u", i);
        cr_expect(strcmp(before, name) < 0, "%s, %s", before, name);
    }
}

Test(log_selectors, defaults_are_those_of_the_manual)
{
    static const char defaults[] =
        " acl_warn_skipped connection_reject delay_delivery dkim dnslist_defer etrn "
        "host_lookup_failed "
        "lost_incoming_connection msg_id outgoing_interface queue_run queue_time_exclusive "
        "rejected_header retry_defer sender_verify_fail size_reject skip_delivery "
        "smtp_confirmation "
        "tls_certificate_verified tls_cipher ";
    struct log_selectors s = log_selectors_default();
    for (unsigned i = 0; i < LOG_SELECTOR_COUNT; i++) {
        char word[64];
        snprintf(word, sizeof word, " %s ", log_selector_name((enum log_selector)i));
        cr_expect_eq(log_selected(s, (enum log_selector)i), strstr(defaults, word) != NULL,
                     "%s", word);
    }
    cr_expect(log_selected(s, LOG_ALWAYS));
}

Test(log_selectors, words_are_applied_in_order)
{
    struct arena *arena = arena_new();
    struct log_selectors s = log_selectors_default();
    cr_expect_not(failed(log_selectors_read(SPAN(" +pid  -dkim\t+incoming_port "), arena, &s)));
    cr_expect(log_selected(s, LOG_PID) && log_selected(s, LOG_INCOMING_PORT));
    cr_expect_not(log_selected(s, LOG_DKIM));
    cr_expect_not(failed(log_selectors_read(SPAN("+all -arguments"), arena, &s)));
    cr_expect_not(log_selected(s, LOG_ARGUMENTS));
    cr_expect(log_selected(s, LOG_8BITMIME) && log_selected(s, LOG_UNKNOWN_IN_LIST));
    cr_expect_not(failed(log_selectors_read(SPAN("-all"), arena, &s)));
    cr_expect_eq(s.on, 0);
    cr_expect_not(failed(log_selectors_read(SPAN(""), arena, &s)));
    arena_free(arena);
}

Test(log_selectors, what_is_wrong_is_named_and_changes_nothing)
{
    static const struct {
        const char *text, *says;
        size_t at;
    } rows[] = {
        {"+pid +incoming_prot", "did you mean \"incoming_port\"", 5},
        {"pid", "+ or - expected", 0},
        {"+pid +", "unknown log_selector setting: +", 5},
        {"+all -zzzzzzzzzz", "unknown log_selector setting: -zzzzzzzzzz", 5},
        {"+PID", "unknown log_selector setting: +PID", 0},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log_selectors s = {0};
        err e = log_selectors_read(span_text(rows[i].text), arena, &s);
        cr_expect_eq(e.kind, ERR_SYNTAX, "%s", rows[i].text);
        cr_expect_eq(e.at, rows[i].at, "%s", rows[i].text);
        cr_expect(e.what && strstr(e.what, rows[i].says), "%s: %s", rows[i].text, e.what);
        cr_expect_eq(s.on, 0, "%s", rows[i].text);
    }
    arena_free(arena);
}

/* Fields that ACLs ask for: parted, placed, named, once each. */
#include "ref/acl/effects.h"

#include <criterion/criterion.h>

Test(acl_effects, fields)
{
    static const struct {
        const char *text;
        struct acl_field fields[3];
    } rows[] = {
        {"X: a", {{ACL_AT_END, SPAN("X: a\n")}}},
        {"\n\nX: a\n\n", {{ACL_AT_END, SPAN("X: a\n")}}},
        {"X: a\n more\nY: b", {{ACL_AT_END, SPAN("X: a\n more\n")}, {ACL_AT_END, SPAN("Y: b\n")}}},
        {"X: a\nX: a", {{ACL_AT_END, SPAN("X: a\n")}}},
        {":at_start:X: a\n:after_received:Y: b\n:at_start_rfc: Z: c",
         {{ACL_AT_START, SPAN("X: a\n")}, {ACL_AFTER_RECEIVED, SPAN("Y: b\n")},
          {ACL_AT_START_RFC, SPAN("Z: c\n")}}},
        {"just words", {{ACL_AT_END, SPAN("X-ACL-Warn: just words\n")}}},
        {"two words: x", {{ACL_AT_END, SPAN("X-ACL-Warn: two words: x\n")}}},
        {"", {{0}}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl_changes changes = {.arena = arena_new()};
        size_t count = 0;
        acl_fields_add(&changes, span_text(rows[i].text));
        while (count < 3 && rows[i].fields[count].text.len > 0) {
            count++;
        }
        cr_assert_eq(changes.added.count, count, "%s: %zu fields", rows[i].text,
                     changes.added.count);
        for (size_t k = 0; k < count; k++) {
            cr_expect_eq(changes.added.at[k].place, rows[i].fields[k].place, "%s", rows[i].text);
            cr_expect(span_eq(changes.added.at[k].text, rows[i].fields[k].text), "%s: %.*s",
                      rows[i].text, SPAN_FMT(changes.added.at[k].text));
        }
        arena_free(changes.arena);
    }
}

Test(acl_effects, a_name_is_taken_out_once_however_often_it_is_said)
{
    struct acl_changes changes = {.arena = arena_new()};
    for (size_t i = 0; i < 1000; i++) {
        acl_fields_remove(&changes, SPAN("X-Spam : x-spam"));
        acl_fields_remove(&changes, SPAN("X-SPAM"));
    }
    cr_expect_eq(changes.removed.count, 1);
    cr_expect(map_get(&changes.removed, SPAN("x-spam")) != NULL);
    arena_free(changes.arena);
}

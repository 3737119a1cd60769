/* Claims about variables and header fields: every row has a value or a refusal, taint is the row's,
   and what is made is made as Exim does (tests/cross/expand.rows has its values). */
#include "ref/expand/testing_world.h"

#include "base/rows.h"
#include "ref/expand/variables.h"

#include <criterion/criterion.h>

static struct testing_world w;

static void open_world(void) { testing_world_open(&w); }
static void close_world(void) { testing_world_close(&w); }

TestSuite(expand_variable, .init = open_world, .fini = close_world);

Test(expand_variable, the_table_is_in_order_and_complete)
{
    cr_assert(rows_sorted(variable_rows, variable_row_count, sizeof *variable_rows));
    for (size_t i = 0; i < variable_row_count; i++) {
        const struct variable_row *row = &variable_rows[i];
        cr_expect(row->doc != NULL && row->doc[0] != '\0', "%s", row->name);
        cr_expect((row->make != NULL) == (row->kind == VARIABLE_MADE), "%s", row->name);
        cr_expect((row->text != NULL) == (row->kind == VARIABLE_TEXT), "%s", row->name);
    }
}

Test(expand_variable, none_needs_a_world)
{
    struct facts nothing = {0};
    w.x.facts = &nothing;
    w.x.budget = (struct expand_budget){EXPAND_STEPS, EXPAND_OCTETS};
    for (size_t i = 0; i < variable_row_count; i++) {
        const struct variable_row *row = &variable_rows[i];
        span name = span_text(row->name);
        if (name.at[name.len - 1] == '*') {
            name = span_text(arena_printf(w.arena, "%.*s1", (int)name.len - 1, row->name));
        }
        struct value value;
        bool had = variable_value(row, name, &w.x, &value);
        cr_expect(had == !variable_is_refused(row), "%s", row->name);
        cr_expect(!had || !value.tainted, "%s: nothing is nobody's", row->name);
    }
}

Test(expand_variable, names_are_known_or_not)
{
    static const struct {
        const char *name;
        bool known;
    } rows[] = {
        {"acl_c0", true},     {"acl_m_x", true},  {"acl_c_", true},        {"acl_cx", false},
        {"acl_m", false},     {"acl_x0", false},  {"acl_arg1", true},      {"acl_arg9", true},
        {"acl_arg0", false},  {"acl_arg10", false}, {"domain", true},      {"Domain", false},
        {"mime_filename", true}, {"sender_rate", true}, {"sender_rate_x", true}, {"r_x", true},
        {"", false},          {"n0", false},      {"tod_", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect((variable_find(span_text(rows[i].name)) != NULL) == rows[i].known, "%s",
                  rows[i].name);
    }
}

Test(expand_variable, features_that_are_not_there_are_refused_when_read)
{
    static const char *const names[] = {"av_failed", "mime_filename", "prdr_requested"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct template *t;
        const char *const texts[] = {arena_printf(w.arena, "$%s", names[i]),
                                     arena_printf(w.arena, "${%s}", names[i]),
                                     arena_printf(w.arena, "${if def:%s{y}{n}}", names[i])};
        for (size_t f = 0; f < 3; f++) {
            err e = template_read(span_text(texts[f]), w.arena, &t);
            cr_expect(e.kind == ERR_SYNTAX, "%s", texts[f]);
            cr_expect_str_eq(e.what, arena_printf(w.arena,
                                                  "variable \"%s\" is not supported by this server",
                                                  names[i]));
        }
    }
}

Test(expand_variable, values_come_from_the_facts)
{
    struct facts_tls tls = {.cipher = SPAN("TLS_AES"), .bits = 256, .certificate_verified = true};
    struct facts_host host = {.host = SPAN("mx"), .tls = &tls, .sending_port = 25};
    span recipients[] = {SPAN("a@b"), SPAN("c@d")};
    struct facts_variable *v = vec_push(w.arena, &w.acl.message);
    *v = (struct facts_variable){.name = SPAN("m_x"), .value = SPAN("val"), .tainted = true};
    w.acl.arguments.at[1] = SPAN("two");
    w.acl.arguments.count = 2;
    w.peer = (struct facts_peer){.host_address = SPAN("192.0.2.1"), .helo_name = SPAN("helo"),
                                 .host_name = SPAN("name"), .ident = SPAN("me"), .host_port = 99,
                                 .interface_port = 25, .tls = &tls};
    w.message.sender_address = SPAN("l@d@dom");
    w.message.recipients = recipients;
    w.message.recipient_count = 2;
    w.message.received = TESTING_NOW - 90 * NANOS_PER_SECOND;
    w.facts.host = &host;
    static const struct {
        const char *text, *value;
    } rows[] = {
        {"$tls_in_bits $tls_in_cipher $tls_in_certificate_verified", "256 TLS_AES 1"},
        {"$tls_out_bits/$host/$sending_port", "256/mx/25"},
        {"$acl_m_x,$acl_m_y,$acl_c_x", "val,,"},
        {"$acl_arg1$acl_arg2$acl_arg3 $acl_narg", "two 2"},
        {"$sender_fullhost", "name (helo) [192.0.2.1]"},
        {"$sender_rcvhost", "name ([192.0.2.1] helo=helo\n\tident=me)"},
        {"$sender_address_local_part $sender_address_domain", "l@d dom"},
        {"$sender_host_port $received_port", "99 25"},
        {"$recipients ($recipients_count)", "a@b, c@d (2)"},
        {"$received_for", ""},
        {"$message_age", "90"},
        {"$sender_host_name", "name"},
        {"$smtp_active_hostname", "host.example"},
        {"$tod_epoch $tod_zulu", "1768910400 20260120120000Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(testing_expand(&w, rows[i].text), rows[i].value, "%s", rows[i].text);
    }
}

Test(expand_variable, taint_is_the_rows)
{
    static const struct {
        const char *text;
        bool tainted;
    } rows[] = {
        {"$sender_address", true},    {"$local_part", true},   {"$local_part_data", false},
        {"$domain_data", false},      {"$address_data", true}, {"$sender_helo_name", true},
        {"$sender_host_address", false}, {"$primary_hostname", false}, {"$h_x:", true},
        {"$tls_in_sni", false},       {"$acl_m0", false},
    };
    struct facts_header header = {.text = SPAN("X: y\n")};
    w.message = (struct facts_message){.sender_address = SPAN("a@b"), .headers = &header,
                                       .header_count = 1};
    w.peer = (struct facts_peer){.helo_name = SPAN("h"), .host_address = SPAN("192.0.2.1")};
    w.address = (struct facts_address){.local_part = SPAN("l"), .local_part_data = SPAN("d"),
                                       .domain_data = SPAN("d"), .address_data = {SPAN("d"), true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct expanded r = expand_text(span_text(rows[i].text), &w.x);
        cr_expect(r.outcome == EXPAND_OK && r.value.tainted == rows[i].tainted, "%s", rows[i].text);
    }
}

Test(expand_variable, removed_fields_are_not_there)
{
    struct facts_header headers[] = {{.text = SPAN("X: a\n"), .removed = true},
                                     {.text = SPAN("X: b\n")},
                                     {.text = SPAN("Y: c\n"), .removed = true},
                                     {.text = SPAN("no colon\n")}};
    w.message = (struct facts_message){.headers = headers, .header_count = 4};
    cr_expect_str_eq(testing_expand(&w, "$h_x:|$h_y:|$lh_x:|$rh_x:"), "b|| b| b\n");
    cr_expect_str_eq(testing_expand(&w, "${if def:h_y:{y}{n}}${if def:h_x:{y}{n}}"), "ny");
}

Test(expand_variable, encoded_words_are_decoded_where_they_are_good)
{
    static const struct {
        const char *field, *text;
    } rows[] = {
        {"=?utf-8?Q?a_=C3=A9?=", "a \xc3\xa9"},
        {"=?ISO-8859-1?b?6Q==?=", "\xc3\xa9"},
        {"=?utf-8?Q?a?= =?utf-8?Q?b?= c", "ab c"},
        {"=?utf-8?Q?a?=\n =?utf-8?Q?b?=", "ab"},
        {"=?utf-8?Q?a=Z?=", "=?utf-8?Q?a=Z?="},
        {"=?utf-8?B?YQ?=", "=?utf-8?B?YQ?="},
        {"=?utf-8?X?a?=", "=?utf-8?X?a?="},
        {"=?nosuch?Q?=e9?=", "\xe9"},
        {"=?utf-8?Q?a=00?=", "a?"},
        {"=?utf-8?Q?a b?=", "=?utf-8?Q?a b?="},
        {"=?", "=?"},
        {"=?a?Q?", "=?a?Q?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct facts_header header = {
            .text = span_text(arena_printf(w.arena, "X: %s\n", rows[i].field))};
        w.message = (struct facts_message){.headers = &header, .header_count = 1};
        cr_expect_str_eq(testing_expand(&w, "$h_x:"), rows[i].text, "%s", rows[i].field);
    }
}

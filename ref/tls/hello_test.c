/* ClientHellos and tickets as octets. */
#include "ref/tls/hello.h"

#include <criterion/criterion.h>

#define HEAD "\x03\x03" "0123456789abcdef0123456789abcdef" "\x00" "\x00\x02\x13\x01" "\x01\x00"
#define NAME "\x00\x00\x00\x0b\x00\x09\x00\x00\x06" "a.test"
#define TICKET12 "\x00\x23\x00\x14" "name of sixteen;rest"
#define NO_TICKET "\x00\x23\x00\x00"
#define PSK "\x00\x29\x00\x0b\x00\x09\x00\x03" "psk" "\x00\x00\x00\x01"
#define EARLY "\x00\x2a\x00\x00"
#define STATUS "\x00\x05\x00\x05\x01\x00\x00\x00\x00"

Test(tls_hello, rows)
{
    static const struct {
        const char *label;
        span body;
        bool good;
        const char *name, *ticket;
        bool status, early;
    } rows[] = {
        {"bare", SPAN(HEAD), true, "", "", false, false},
        {"no extensions", SPAN(HEAD "\x00\x00"), true, "", "", false, false},
        {"name", SPAN(HEAD "\x00\x0f" NAME), true, "a.test", "", false, false},
        {"ticket asked for", SPAN(HEAD "\x00\x04" NO_TICKET), true, "", "", false, false},
        {"ticket of 1.2", SPAN(HEAD "\x00\x18" TICKET12), true, "", "name of sixteen;rest", false,
         false},
        {"ticket of 1.3", SPAN(HEAD "\x00\x13" NO_TICKET PSK), true, "", "psk", false, false},
        {"status", SPAN(HEAD "\x00\x09" STATUS), true, "", "", true, false},
        {"early data", SPAN(HEAD "\x00\x04" EARLY), true, "", "", false, true},
        {"empty", SPAN(""), false, "", "", false, false},
        {"half a random", SPAN("\x03\x03" "0123"), false, "", "", false, false},
        {"a length that lies", SPAN(HEAD "\x00\x20" NAME), false, "", "", false, false},
        {"octets behind", SPAN(HEAD "\x00\x0f" NAME "x"), false, "", "", false, false},
        {"an extension that is cut", SPAN(HEAD "\x00\x03\x00\x23\x00"), false, "", "", false, false},
        {"a name that is cut", SPAN(HEAD "\x00\x07\x00\x00\x00\x03\x00\x09\x00"), true, "", "", false,
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_hello hello;
        cr_expect_eq(tls_hello_read(rows[i].body, &hello), rows[i].good, "%s", rows[i].label);
        cr_expect(span_eq(hello.name, span_text(rows[i].name)), "%s", rows[i].label);
        cr_expect(span_eq(hello.ticket, span_text(rows[i].ticket)), "%s", rows[i].label);
        cr_expect_eq(hello.status, rows[i].status, "%s", rows[i].label);
        cr_expect_eq(hello.early_data, rows[i].early, "%s", rows[i].label);
    }
}

Test(tls_hello, new_tickets)
{
    span ticket;
    cr_assert(tls_new_ticket_read(SPAN("\x00\x00\x1c\x20\x00\x03" "abc"), false, &ticket));
    cr_expect(span_eq(ticket, SPAN("abc")));
    cr_assert(tls_new_ticket_read(SPAN("\x00\x00\x1c\x20" "add!" "\x01n" "\x00\x03" "abc" "\x00\x00"),
                                  true, &ticket));
    cr_expect(span_eq(ticket, SPAN("abc")));
    cr_expect_not(tls_new_ticket_read(SPAN("\x00\x00\x1c\x20\x00\x04" "abc"), false, &ticket));
    cr_expect_not(tls_new_ticket_read(SPAN("\x00\x00"), true, &ticket));
}

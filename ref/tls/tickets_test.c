/* Ticket keys by a clock that stands still until it is moved. */
#include "ref/tls/tickets.h"

#include <criterion/criterion.h>
#include <string.h>

#define MINUTE (60 * NANOS_PER_SECOND)

struct desk {
    struct clock_still clock;
    struct tls_tickets t;
};

static void desk_open(struct desk *d)
{
    clock_still_init(&d->clock, 1800000000 * NANOS_PER_SECOND, 0);
    tls_tickets_init(&d->t, &d->clock.clock, 7200 * 1000, 3600 * 1000);
}

Test(tls_tickets, one_in_use_and_the_one_before)
{
    static const struct {
        const char *label;
        int64_t minutes; /* since the key was made; each row is a server of its own */
        bool found, renew;
    } rows[] = {
        {"at once", 0, true, false},        {"short of the hour", 59, true, false},
        {"past it", 60, true, true},        {"short of two hours", 119, true, true},
        {"past them", 120, false, true},    {"a day later", 1440, false, true},
        {"the clock was set back", -1, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct desk d;
        struct tls_key first, found;
        bool renew;
        desk_open(&d);
        tls_tickets_current(&d.t, &first);
        clock_still_move(&d.clock, rows[i].minutes * MINUTE);
        bool there = tls_tickets_find(&d.t, first.id, &found, &renew);
        if (rows[i].minutes >= 0) {
            cr_expect_eq(there, rows[i].found, "%s", rows[i].label);
        }
        cr_expect_eq(renew, rows[i].renew, "%s", rows[i].label);
        cr_expect(!there || memcmp(found.secret, first.secret, sizeof first.secret) == 0);
        tls_tickets_wipe(&d.t);
    }
}

Test(tls_tickets, two_changes_forget_a_key)
{
    struct desk d;
    struct tls_key first, second, third, found;
    bool renew;
    desk_open(&d);
    tls_tickets_current(&d.t, &first);
    clock_still_move(&d.clock, 61 * MINUTE);
    tls_tickets_current(&d.t, &second);
    cr_expect_neq(memcmp(first.id, second.id, TLS_KEY_ID), 0);
    cr_expect_neq(memcmp(first.secret, second.secret, TLS_KEY_SECRET), 0);
    cr_expect(tls_tickets_find(&d.t, first.id, &found, &renew) && renew);
    clock_still_move(&d.clock, 61 * MINUTE);
    tls_tickets_current(&d.t, &third);
    cr_expect_not(tls_tickets_find(&d.t, first.id, &found, &renew));
    cr_expect(tls_tickets_find(&d.t, second.id, &found, &renew) && renew);
    cr_expect(tls_tickets_find(&d.t, third.id, &found, &renew) && !renew);
    tls_tickets_wipe(&d.t);
}

Test(tls_tickets, a_ticket_has_its_own_life)
{
    struct desk d;
    desk_open(&d);
    uint32_t made = tls_tickets_now(&d.t);
    clock_still_move(&d.clock, 7199 * NANOS_PER_SECOND);
    cr_expect(tls_tickets_fresh(&d.t, made));
    clock_still_move(&d.clock, NANOS_PER_SECOND);
    cr_expect_not(tls_tickets_fresh(&d.t, made));
    cr_expect_not(tls_tickets_fresh(&d.t, made + 10000), "made in the future");
    tls_tickets_lives(&d.t, 8000 * 1000, 3600 * 1000);
    cr_expect(tls_tickets_fresh(&d.t, made), "the new configuration lets them live longer");
    tls_tickets_wipe(&d.t);
}

Test(tls_tickets, names_lead_to_their_key)
{
    struct desk d;
    struct tls_key first, found;
    unsigned char name[TLS_TICKET_NAME] = "first";
    desk_open(&d);
    tls_tickets_current(&d.t, &first);
    cr_expect_not(tls_tickets_named(&d.t, name, &found), "not noted yet");
    tls_tickets_note(&d.t, first.id, name);
    clock_still_move(&d.clock, 61 * MINUTE);
    cr_expect(tls_tickets_named(&d.t, name, &found));
    cr_expect_eq(memcmp(found.id, first.id, TLS_KEY_ID), 0);
    /* However many names there are, memory does not grow, and what is forgotten is only a miss. */
    for (unsigned i = 0; i < 1000; i++) {
        unsigned char other[TLS_TICKET_NAME] = {(unsigned char)i, (unsigned char)(i >> 8)};
        tls_tickets_note(&d.t, first.id, other);
    }
    cr_expect_not(tls_tickets_named(&d.t, name, &found));
    cr_expect_neq(memcmp(found.id, first.id, TLS_KEY_ID), 0, "the key in use is taken");
    tls_tickets_wipe(&d.t);
}

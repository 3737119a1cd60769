/* Target: the store of ticket keys, under any order of questions, notes and steps of the clock. Property: it
   opens what a model that remembers every key says is open (the key in use and the one before it, each no
   longer than its time), and makes tickets with no key that is past its time. */
#include "base/check.h"
#include "ref/tls/tickets.h"

#include <string.h>

enum { KEYS_MOST = 256, LIFE = 7200000, KEY_LIFE = 3600000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
    struct tls_key keys[KEYS_MOST]; /* in the order in which they were seen */
    size_t count;
};

static void current_check(struct model *m, struct tls_tickets *t, instant now)
{
    struct tls_key key;
    tls_tickets_current(t, &key);
    CHECK(now >= key.made && now - key.made < (instant)KEY_LIFE * NANOS_PER_MILLI);
    if (m->count == 0 || memcmp(m->keys[m->count - 1].id, key.id, sizeof key.id) != 0) {
        CHECK(m->count == 0 || memcmp(m->keys[m->count - 1].secret, key.secret, sizeof key.secret) != 0);
        m->keys[m->count++] = key;
    }
}

static void find_check(const struct model *m, struct tls_tickets *t, size_t which, instant now)
{
    const struct tls_key *asked = &m->keys[which % m->count];
    instant age = now - asked->made;
    struct tls_key key;
    bool renew = false;
    bool found = tls_tickets_find(t, asked->id, &key, &renew);
    bool last = asked == &m->keys[m->count - 1];
    bool young = age >= 0 && age < (instant)KEY_LIFE * NANOS_PER_MILLI;
    bool open = age >= 0 && age < (instant)2 * KEY_LIFE * NANOS_PER_MILLI;
    CHECK(!found || open);
    CHECK(!(last && young) || (found && !renew));
    CHECK(!found || memcmp(key.secret, asked->secret, sizeof key.secret) == 0);
    CHECK(!found || renew == !(last && young));
}

static void name_check(const struct model *m, struct tls_tickets *t, size_t which)
{
    const struct tls_key *of = &m->keys[which % m->count];
    unsigned char name[TLS_TICKET_NAME] = {(unsigned char)which, 1};
    struct tls_key key;
    bool renew = false;
    tls_tickets_note(t, of->id, name);
    bool known = tls_tickets_find(t, of->id, &key, &renew);
    bool named = tls_tickets_named(t, name, &key);
    /* A name may also have been given out under a key that still opens. */
    CHECK(!known || named);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clock_still clock;
    struct tls_tickets tickets;
    struct model model = {.count = 0};
    clock_still_init(&clock, 1800000000 * NANOS_PER_SECOND, 0);
    tls_tickets_init(&tickets, &clock.clock, LIFE, KEY_LIFE);
    for (size_t i = 0; i + 1 < size && model.count < KEYS_MOST; i += 2) {
        instant now = clock_now(&clock.clock);
        size_t value = data[i + 1];
        current_check(&model, &tickets, now);
        switch (data[i] % 4) {
        case 0:
            clock_still_move(&clock, (instant)value * 60 * NANOS_PER_SECOND);
            break;
        case 1:
            clock_still_move(&clock, (instant)value * NANOS_PER_SECOND);
            break;
        case 2:
            find_check(&model, &tickets, value, now);
            break;
        default:
            name_check(&model, &tickets, value);
            break;
        }
    }
    tls_tickets_wipe(&tickets);
    return 0;
}

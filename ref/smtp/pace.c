/* Both clocks count, as in line.c: the machine's, and the moves of the one that stands still. */
#include "ref/smtp/pace.h"

#include "ref/smtp/line.h"
#include "ref/smtp/session.h"

/* Timeouts that a text may take in all, and octets that win it a second more. */
enum { PACE_TIMEOUTS = 12, PACE_OCTETS = 100 };

static int64_t moved_so_far(const struct smtp_session *s)
{
    return s->server->moved != NULL ? *s->server->moved : 0;
}

struct smtp_pace smtp_pace_begin(const struct smtp_session *s)
{
    return (struct smtp_pace){
        .until = clock_ticks() + PACE_TIMEOUTS * s->conf->smtp_receive_timeout,
        .moved = moved_so_far(s),
    };
}

err smtp_pace_fill(struct smtp_session *s, const struct smtp_pace *pace)
{
    millis wait = s->conf->smtp_receive_timeout;
    millis left = pace->until - clock_ticks() -
                  (moved_so_far(s) - pace->moved) / NANOS_PER_MILLI +
                  (millis)(pace->octets / PACE_OCTETS) * 1000;
    if (left <= 0) {
        return err_of(ERR_TIMEOUT, "the text comes too slowly");
    }
    return smtp_input_fill(s, left < wait ? left : wait);
}

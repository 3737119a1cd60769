/* What the octets win is added to what is left whenever more are waited for. */
#include "ref/smtp/pace.h"

#include "ref/smtp/session.h"

/* Timeouts that a text may take in all, and octets that win it a second more. */
enum { PACE_TIMEOUTS = 12, PACE_OCTETS = 100 };

struct smtp_pace smtp_pace_begin(const struct smtp_session *s)
{
    return (struct smtp_pace){
        .end = smtp_deadline_after(s, PACE_TIMEOUTS * s->conf->smtp_receive_timeout)};
}

err smtp_pace_fill(struct smtp_session *s, const struct smtp_pace *pace)
{
    millis wait = s->conf->smtp_receive_timeout;
    millis left =
        smtp_deadline_left(s, &pace->end) + (millis)(pace->octets / PACE_OCTETS) * 1000;
    if (left <= 0) {
        return err_of(ERR_TIMEOUT, "the text comes too slowly");
    }
    return smtp_input_fill(s, left < wait ? left : wait);
}

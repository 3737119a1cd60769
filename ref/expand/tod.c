/* $tod_*: the time of day in the forms that logs, mailboxes and messages have. Of the clock that is
   handed down, so that a run can be repeated. */
#include "ref/expand/eval.h"
#include "ref/expand/variables.h"
#include "ref/mail/date.h"

#include <time.h>

/* strftime(3) is to see each of its formats. */
static size_t written(span name, const struct tm *t, char at[static MAIL_DATE_ROOM])
{
    enum { ROOM = MAIL_DATE_ROOM };
    return span_eq(name, SPAN("tod_bsdinbox"))  ? strftime(at, ROOM, "%a %b %d %H:%M:%S %Y", t)
           : span_eq(name, SPAN("tod_log"))     ? strftime(at, ROOM, "%Y-%m-%d %H:%M:%S", t)
           : span_eq(name, SPAN("tod_logfile")) ? strftime(at, ROOM, "%Y%m%d", t)
           : span_eq(name, SPAN("tod_zone"))    ? strftime(at, ROOM, "%z", t)
           : span_eq(name, SPAN("tod_zulu"))    ? strftime(at, ROOM, "%Y%m%d%H%M%SZ", t)
                                                : 0;
}

bool made_tod(struct expansion *x, span name, struct value *out)
{
    const struct facts_server *server = x->facts->server;
    instant now = eval_now(x);
    bool utc = server && server->timestamps_utc;
    time_t seconds = (time_t)(now / NANOS_PER_SECOND);
    char *at = arena_take(x->arena, MAIL_DATE_ROOM);
    struct tm parts;
    if (span_eq(name, SPAN("tod_epoch"))) {
        out->text = span_text(arena_printf(x->arena, "%lld", (long long)seconds));
    } else if (span_eq(name, SPAN("tod_epoch_l"))) {
        out->text = span_text(arena_printf(x->arena, "%lld", (long long)(now / 1000)));
    } else if (span_eq(name, SPAN("tod_full"))) {
        out->text = span_text(mail_date_write(now, utc ? 0 : mail_zone_offset(now), at));
    } else if (utc || span_eq(name, SPAN("tod_zulu")) ? gmtime_r(&seconds, &parts)
                                                      : localtime_r(&seconds, &parts)) {
        out->text = span_of(at, written(name, &parts, at));
    }
    return true;
}

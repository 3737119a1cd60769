/* $tod_*: the time of day in the forms that logs, mailboxes and messages have. Of the clock that is
   handed down, so that a run can be repeated. */
#include "ref/expand/eval.h"
#include "ref/expand/variables.h"
#include "ref/mail/date.h"


#include <time.h>

static size_t log_time(char *at, const struct tm *t)
{
    return strftime(at, MAIL_DATE_ROOM, "%Y-%m-%d %H:%M:%S", t);
}

static size_t log_file_date(char *at, const struct tm *t)
{
    return strftime(at, MAIL_DATE_ROOM, "%Y%m%d", t);
}

static size_t mailbox_time(char *at, const struct tm *t)
{
    return strftime(at, MAIL_DATE_ROOM, "%a %b %d %H:%M:%S %Y", t);
}

static size_t zone(char *at, const struct tm *t)
{
    return strftime(at, MAIL_DATE_ROOM, "%z", t);
}

static size_t zulu_time(char *at, const struct tm *t)
{
    return strftime(at, MAIL_DATE_ROOM, "%Y%m%d%H%M%SZ", t);
}

static const struct {
    const char *name;
    size_t (*write)(char *at, const struct tm *t);
    bool utc;
} forms[] = {
    {"tod_bsdinbox", mailbox_time, false}, {"tod_log", log_time, false},
    {"tod_logfile", log_file_date, false}, {"tod_zone", zone, false},
    {"tod_zulu", zulu_time, true},
};

bool made_tod(struct expansion *x, span name, struct value *out)
{
    const struct facts_server *server = x->facts->server;
    instant now = clock_now(server && server->clock ? server->clock : clock_system());
    bool utc = server && server->timestamps_utc;
    time_t seconds = (time_t)(now / NANOS_PER_SECOND);
    char *at = arena_take(x->arena, MAIL_DATE_ROOM);
    *out = value_of(SPAN_EMPTY, false);
    if (span_eq(name, SPAN("tod_epoch"))) {
        out->text = span_text(arena_printf(x->arena, "%lld", (long long)seconds));
        return true;
    }
    if (span_eq(name, SPAN("tod_epoch_l"))) {
        out->text = span_text(arena_printf(x->arena, "%lld", (long long)(now / 1000)));
        return true;
    }
    if (span_eq(name, SPAN("tod_full"))) {
        out->text = span_text(mail_date_write(now, utc ? 0 : mail_zone_offset(now), at));
        return true;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm parts;
        if (span_eq(name, span_text(forms[i].name)) &&
            (utc || forms[i].utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts))) {
            out->text = span_of(at, forms[i].write(at, &parts));
        }
    }
    return true;
}

/* Log lines in the forms that Exim writes, and what must be found in each. */
#include "harness/observe/formats.h"

#include "base/file.h"

#include <criterion/criterion.h>

static const struct {
    const char *line, *id, *flag;
    const char *fields; /* "name=value|name=value" that must be among those found */
} rows[] = {
    {"2026-11-22 01:00:07.473 [22798] 1xUvw7-0005vi-1U <= a@c.test H=(c.test) [192.0.2.10]:33375 "
     "I=[192.0.2.1]:25 P=esmtp L.- S=424 M8S=0 RT=0.002s id=x@y T=\"a \\\"b\\\" P=no\" from "
     "<a@c.test> for u@test.ex v@test.ex",
     "1xUvw7-0005vi-1U", "<=",
     "sender=a@c.test|H=(c.test) "
     "[192.0.2.10]:33375|I=[192.0.2.1]:25|P=esmtp|L=L.-|S=424|M8S=0|id=x@y|"
     "T=a \\\"b\\\" P=no|from=<a@c.test>|for=u@test.ex v@test.ex"},
    {"2026-11-22 01:00:07 1xUtNB-0000000019Y-2SYA <= s@ref.test H=ref.test (helo.test) "
     "[127.0.0.1]:40612 P=esmtps L* "
     "X=TLS1.3:TLS_AES_256_GCM_SHA384:256* CV=no K S=549",
     "1xUtNB-0000000019Y-2SYA", "<=",
     "H=ref.test (helo.test) "
     "[127.0.0.1]:40612|L=L*|X=TLS1.3:TLS_AES_256_GCM_SHA384:256*|CV=no|K=K|S=549"},
    {"2026-11-22 01:00:07 +0000 1xUvw7-0005vi-1U <= <> R=1xUvw6-0005vh-1U U=exim P=local S=1 DS "
     "TFO*",
     "1xUvw7-0005vi-1U", "<=", "sender=<>|R=1xUvw6-0005vh-1U|U=exim|P=local|DS=DS|TFO=TFO*"},
    {"2026-11-22 01:00:07 1xUvw7-0005vi-1U => u <u@test.ex> F=<a@c.test> R=boxes T=local S=424 "
     "QT=0.056s DT=0.007s",
     "1xUvw7-0005vi-1U", "=>",
     "rcpt=u|original=<u@test.ex>|F=<a@c.test>|R=boxes|T=local|QT=0.056s"},
    {"2026-11-22 01:00:07 1xUvw7-0005vi-1U => u4@x.test R=r T=smtp H=mx.x.test [127.0.0.1]:25250 "
     "PS=ese CV=yes L* K "
     "C=\"250- 308 byte chunk\\\\n250 OK id=1x\"",
     "1xUvw7-0005vi-1U", "=>",
     "H=mx.x.test [127.0.0.1]:25250|PS=ese|CV=yes|L=L*|K=K|C=250- 308 byte chunk\\\\n250 OK id=1x"},
    {"2026-11-22 01:00:07 1xUvw7-0005vi-1U == two@qf.test R=qf T=qf defer (17): File exists: qf "
     "transport linking",
     "1xUvw7-0005vi-1U", "==", "rcpt=two@qf.test|R=qf|T=qf|defer=17"},
    {"2026-11-22 01:00:07 1xUvw7-0005vi-1U ** bad@x.test R=r T=smtp H=127.0.0.1 [127.0.0.1]:25251 "
     "PS=e : SMTP error "
     "from remote mail server after RCPT TO:<bad@x.test>: 550 no such user here",
     "1xUvw7-0005vi-1U", "**",
     "rcpt=bad@x.test|PS=e|text=SMTP error from remote mail server after RCPT TO:<bad@x.test>: 550 "
     "no such user here"},
    {"2026-11-22 01:00:07 1xUvw7-0005vi-1U Completed QT=0.070s", "1xUvw7-0005vi-1U", "Completed",
     "QT=0.070s"},
    {"2026-11-22 01:00:07 H=(c) [192.0.2.10]:1 F=<a@x> rejected RCPT <bad@x.test>: no such user "
     "here",
     NULL, NULL, "H=(c) [192.0.2.10]:1|F=<a@x>|text=rejected RCPT <bad@x.test>: no such user here"},
    {"2026-11-22 01:00:07 SMTP protocol synchronization error: <= no arrival", NULL, NULL, ""},
    {"no stamp at all", NULL, NULL, ""},
    {"", NULL, NULL, ""},
};

static bool has_field(const struct log_line *line, span want)
{
    span name;
    span value;
    (void)span_split(want, '=', &name, &value);
    for (size_t i = 0; i < line->fields.count; i++) {
        if (span_eq(span_text(line->fields.at[i].name), name) &&
            span_eq(line->fields.at[i].value, value)) {
            return true;
        }
    }
    return false;
}

Test(exim_log, finds_id_flag_and_fields)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log_line line;
        exim_log_read(span_text(rows[i].line), arena, &line);
        cr_expect(span_eq(line.line, span_text(rows[i].line)), "row %zu: the line itself is kept",
                  i);
        cr_expect(rows[i].id ? line.id && strcmp(line.id, rows[i].id) == 0 : !line.id,
                  "row %zu: id %s", i, line.id);
        cr_expect(rows[i].flag ? line.flag && strcmp(line.flag, rows[i].flag) == 0 : !line.flag,
                  "row %zu: flag %s", i, line.flag);
        span rest = span_text(rows[i].fields);
        while (rest.len) {
            span want;
            (void)span_split(rest, '|', &want, &rest);
            cr_expect(has_field(&line, want), "row %zu: no field %.*s", i, SPAN_FMT(want));
        }
        cr_expect(*rows[i].fields || line.fields.count == 0, "row %zu: fields where there are none",
                  i);
    }
    arena_free(arena);
}

/* A field's letters in a subject are not that field. */
Test(exim_log, a_subject_does_not_make_fields)
{
    struct arena *arena = arena_new();
    struct log_line line;
    exim_log_read(
        SPAN("2026-11-22 01:00:07 1xUvw7-0005vi-1U <= a@c.test P=smtp S=1 T=\"L* K CV=yes\""),
        arena, &line);
    cr_expect(!has_field(&line, SPAN("CV=yes")) && !has_field(&line, SPAN("K=K")) &&
              !has_field(&line, SPAN("L=L*")));
    arena_free(arena);
}

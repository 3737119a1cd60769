/* Lines about deliveries, field by field; the forms are those that real Exims logged. */
#include "ref/log/delivery.h"

#include <criterion/criterion.h>

static const span parents[] = {{(const unsigned char *)"mid@x", 5}, {(const unsigned char *)"top@x", 5}};

Test(log_delivery, fields_stand_in_exims_order)
{
    static const struct {
        const char *label, *selectors;
        struct log_delivery d;
        const char *line;
    } rows[] = {
        {"local", "",
         {.kind = LOG_DELIVERY_DONE, .address = {(const unsigned char *)"u", 1}, .parents = parents + 1,
          .parent_count = 1, .router = {(const unsigned char *)"r", 1},
          .transport = {(const unsigned char *)"t", 1}},
         "=> u <top@x> R=r T=t"},
        {"ancestors", "+all_parents",
         {.kind = LOG_DELIVERY_ALSO, .address = {(const unsigned char *)"u@x", 3}, .parents = parents,
          .parent_count = 2},
         "-> u@x (mid@x) <top@x>"},
        {"ancestors not wanted", "",
         {.kind = LOG_DELIVERY_ALSO, .address = {(const unsigned char *)"u@x", 3}, .parents = parents,
          .parent_count = 2},
         "-> u@x <top@x>"},
        {"remote, all of it", "+all",
         {.kind = LOG_DELIVERY_DONE, .address = {(const unsigned char *)"u@x", 3},
          .sender = {(const unsigned char *)"s@x", 3}, .return_path = {(const unsigned char *)"p@x", 3},
          .srs = {(const unsigned char *)"r@x", 3},
          .router = {(const unsigned char *)"r", 1}, .transport = {(const unsigned char *)"t", 1},
          .size = 231, .host = {(const unsigned char *)"mx", 2},
          .host_address = {(const unsigned char *)"192.0.2.1", 9}, .port = 25, .dnssec = true,
          .continued = true, .interface = {(const unsigned char *)"192.0.2.7", 9},
          .interface_port = 4000, .fast_open = true, .fast_open_data = true,
          .detail = {(const unsigned char *)"es", 2},
          .tls = {.cipher = {(const unsigned char *)"TLS1.3:A:256", 12}, .resumed = true,
                  .certificate = true, .verified = true,
                  .peer_dn = {(const unsigned char *)"CN=\"x\"", 6}},
          .authenticated = {(const unsigned char *)"plain:u", 7}, .pipelined = true, .early = true,
          .chunked = true, .dkim = SPAN("x.test:s"), .confirmation = SPAN("250-a\n250 \"ok\""),
          .queue_time = NANOS_PER_SECOND, .deliver_time = 2 * NANOS_PER_SECOND},
         "=> u@x F=<s@x> SRS=<r@x> P=<p@x> R=r T=t S=231 H=mx DS [192.0.2.1]:25* I=[192.0.2.7]:4000 TFO* PS=es "
         "X=TLS1.3:A:256* CV=yes DN=\"CN=\\\"x\\\"\" A=plain:u L* K DKIM=x.test:s C=\"250-a\\\\n250 \\\"ok\\\"\" QT=1.000s "
         "DT=2.000s"},
        {"remote, the usual", "",
         {.kind = LOG_DELIVERY_DONE, .address = {(const unsigned char *)"u@x", 3},
          .host = {(const unsigned char *)"mx", 2},
          .host_address = {(const unsigned char *)"192.0.2.1", 9}, .port = 25,
          .tls = {.cipher = {(const unsigned char *)"TLS1.3:A:256", 12}, .resumed = true,
                  .certificate = true}},
         "=> u@x H=mx [192.0.2.1] X=TLS1.3:A:256 CV=no"},
        {"failed", "",
         {.kind = LOG_DELIVERY_FAILED, .address = {(const unsigned char *)"u@x", 3},
          .router = {(const unsigned char *)"r", 1}, .text = {(const unsigned char *)"no", 2}},
         "** u@x R=r : no"},
        {"failed at a router, with all", "+all",
         {.kind = LOG_DELIVERY_FAILED, .address = {(const unsigned char *)"u@x", 3},
          .return_path = {(const unsigned char *)"p@x", 3},
          .router = {(const unsigned char *)"r", 1}, .text = {(const unsigned char *)"no", 2}},
         "** u@x F=<> R=r : no DT=0.000s"},
        {"failed by the system", "",
         {.kind = LOG_DELIVERY_FAILED, .address = {(const unsigned char *)"u@x", 3}, .error = 2},
         "** u@x : No such file or directory"},
        {"put off", "",
         {.kind = LOG_DELIVERY_DEFERRED, .address = {(const unsigned char *)"u@x", 3},
          .router = {(const unsigned char *)"r", 1}, .transport = {(const unsigned char *)"t", 1},
          .error = -44, .host = {(const unsigned char *)"mx", 2},
          .host_address = {(const unsigned char *)"192.0.2.1", 9},
          .text = {(const unsigned char *)"451 later", 9}},
         "== u@x R=r T=t defer (-44) H=mx [192.0.2.1]: 451 later"},
        {"put off by the system, before any router", "",
         {.kind = LOG_DELIVERY_DEFERRED, .address = {(const unsigned char *)"u@x", 3}, .error = 111},
         "== u@x routing defer (111): Connection refused"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct log log = {.options = {.selectors = log_selectors_default()}};
        struct buf out;
        buf_init(&out, LOG_LINE_LIMIT);
        cr_assert_not(failed(log_selectors_read(span_text(rows[i].selectors), arena,
                                                &log.options.selectors)));
        log_delivery_put(&log, &rows[i].d, &out);
        const char *line = arena_text(arena, buf_span(&out));
        cr_expect_str_eq(line, rows[i].line, "%s:\n%s", rows[i].label, line);
        buf_wipe(&out);
        arena_free(arena);
    }
}

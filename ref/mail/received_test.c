/* The field as Debian's Exim 4.96 wrote it, form by form. The first three are taken from its spool
   files with the version in brackets replaced. */
#include "ref/mail/received.h"

#include <criterion/criterion.h>

#define WHEN (INT64_C(1795299869) * NANOS_PER_SECOND)

Test(mail_received, every_form)
{
    static const struct {
        const char *label;
        struct mail_received in;
        const char *out;
    } rows[] = {
        {"one recipient",
         {.host_address = SPAN("127.0.0.1"), .host_port = 58419, .helo = SPAN("client.example.org"),
          .by = SPAN("mx1.example.com"), .protocol = SPAN("esmtp"), .version = SPAN("Exim 4.96"),
          .sender = SPAN("a@client.example.org"), .id = SPAN("1xUtVV-0003D5-1r"),
          .recipient = SPAN("bob@example.com"), .when = WHEN},
         "Received: from [127.0.0.1] (port=58419 helo=client.example.org)\n"
         "\tby mx1.example.com with esmtp (Exim 4.96)\n"
         "\t(envelope-from <a@client.example.org>)\n"
         "\tid 1xUtVV-0003D5-1r\n\tfor bob@example.com;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"},
        {"several recipients",
         {.host_address = SPAN("127.0.0.1"), .host_port = 57853, .helo = SPAN("client.example.org"),
          .by = SPAN("mx1.example.com"), .protocol = SPAN("esmtp"), .version = SPAN("Exim 4.96"),
          .sender = SPAN("a@client.example.org"), .id = SPAN("1xUtVV-0003D9-2X"), .when = WHEN},
         "Received: from [127.0.0.1] (port=57853 helo=client.example.org)\n"
         "\tby mx1.example.com with esmtp (Exim 4.96)\n"
         "\t(envelope-from <a@client.example.org>)\n"
         "\tid 1xUtVV-0003D9-2X;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"},
        {"under TLS",
         {.host_address = SPAN("127.0.0.1"), .host_port = 57496, .helo = SPAN("client.example.org"),
          .by = SPAN("mx1.example.com"), .protocol = SPAN("esmtps"), .tls_version = SPAN("TLS1.3"),
          .tls_cipher = SPAN("TLS_AES_256_GCM_SHA384"), .version = SPAN("refmta 0.1.0"),
          .sender = SPAN("a@b"), .id = SPAN("1xUtVV-0003D9-2X"), .when = WHEN},
         "Received: from [127.0.0.1] (port=57496 helo=client.example.org)\n"
         "\tby mx1.example.com with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\n"
         "\t(refmta 0.1.0)\n\t(envelope-from <a@b>)\n"
         "\tid 1xUtVV-0003D9-2X;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"},
        {"null sender, no port told",
         {.host_address = SPAN("192.0.2.1"), .helo = SPAN("c"), .by = SPAN("m"),
          .protocol = SPAN("smtp"), .version = SPAN("v"), .id = SPAN("i"), .when = WHEN,
          .offset = 60},
         "Received: from [192.0.2.1] (helo=c)\n\tby m with smtp (v)\n\tid i;\n"
         "\tSat, 21 Nov 2026 23:24:29 +0100\n"},
        {"nothing known but the address",
         {.host_address = SPAN("::1"), .by = SPAN("m"), .protocol = SPAN("smtp"),
          .version = SPAN("v"), .id = SPAN("i"), .when = WHEN},
         "Received: from [IPv6:::1]\n\tby m with smtp (v)\n\tid i;\n"
         "\tSat, 21 Nov 2026 22:24:29 +0000\n"},
        {"what would end a comment",
         {.host_address = SPAN("2001:db8::1"), .host_name = SPAN("h.example"), .helo = SPAN("[x:)]"),
          .by = SPAN("m"), .protocol = SPAN("esmtp"), .version = SPAN("v"),
          .sender = SPAN("\"a)(\\\"\"@x.test"), .id = SPAN("i"), .when = WHEN},
         "Received: from h.example ([IPv6:2001:db8::1] helo=[x:\\)])\n\tby m with esmtp (v)\n"
         "\t(envelope-from <\"a\\)\\(\\\\\"\"@x.test>)\n"
         "\tid i;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"},
        {"verified name",
         {.host_address = SPAN("192.0.2.1"), .host_port = 25, .host_name = SPAN("h.example"),
          .helo = SPAN("other"), .ident = SPAN("me"), .by = SPAN("m"), .protocol = SPAN("esmtp"),
          .version = SPAN("v"), .id = SPAN("i"), .when = WHEN},
         "Received: from h.example ([192.0.2.1]:25 helo=other ident=me)\n\tby m with esmtp (v)\n"
         "\tid i;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"},
        {"verified name, helo says the same",
         {.host_address = SPAN("192.0.2.1"), .host_name = SPAN("h.example"),
          .helo = SPAN("H.example"), .by = SPAN("m"), .protocol = SPAN("esmtp"),
          .version = SPAN("v"), .id = SPAN("i"), .when = WHEN},
         "Received: from h.example ([192.0.2.1])\n\tby m with esmtp (v)\n"
         "\tid i;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"},
        {"local submission",
         {.ident = SPAN("root"), .by = SPAN("mx1.example.com"), .protocol = SPAN("local"),
          .version = SPAN("Exim 4.99.1"), .sender = SPAN("alice@client.example.org"),
          .id = SPAN("1xUtiA-000000005yj-467k"), .when = WHEN},
         "Received: from root by mx1.example.com with local (Exim 4.99.1)\n"
         "\t(envelope-from <alice@client.example.org>)\n"
         "\tid 1xUtiA-000000005yj-467k;\n\tSat, 21 Nov 2026 22:24:29 +0000\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 4000);
        mail_received_write(&rows[i].in, &out);
        cr_expect(span_eq(buf_span(&out), span_text(rows[i].out)), "%s:\n%.*s", rows[i].label,
                  SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    }
}

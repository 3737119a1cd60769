/* Names in, names out: the same by the same. */
#include "pcap/redact.h"

#include <criterion/criterion.h>

struct row {
    const char *label;
    const char *text, *wanted;
    bool message;
};

/* One redaction for all rows: later rows rely on the names given by earlier ones. */
static const struct row rows[] = {
    {"an accepted domain is the target's", "RCPT TO:<bob@example.com>", "RCPT TO:<user1@test.ex>", false},
    {"a stranger", "MAIL FROM:<a@client.example.org> SIZE=10", "MAIL FROM:<user2@customer.test> SIZE=10", false},
    {"the same again, in another case", "FROM:<a@Client.Example.org>", "FROM:<user2@customer.test>", false},
    {"postmaster means something", "<postmaster@example.com>", "<postmaster@test.ex>", false},
    {"the null sender", "MAIL FROM:<>", "MAIL FROM:<>", false},
    {"a keyword before an address", "AUTH=a@client.example.org", "AUTH=user2@customer.test", false},
    {"ORCPT", "ORCPT=rfc822;bob@example.com", "ORCPT=rfc822;user1@test.ex", false},
    {"a host below a known domain", "mx1.example.com", "host2.test.ex", false},
    {"addresses of machines", "[203.0.113.9] [203.0.113.9]", "[198.51.100.1] [198.51.100.1]", false},
    {"IPv6", "[IPv6:2001:db8:7::9]", "[IPv6:2001:db8::1]", false},
    {"numbers and codes stay", "250 2.1.5 4.96 10:20:30", "250 2.1.5 4.96 10:20:30", false},
    {"a quoted local part", "<\"a b\"@example.com>", "<\"user 3\"@test.ex>", false},
    {"xtext", "ENVID=a7+40client.example.org AUTH=bob+40example.com", "ENVID=user4+40customer.test AUTH=user1+40test.ex", false},
    {"8-bit addresses", "<j\xc3\xb6rg@m\xc3\xbcller.example>", "<us\xc3\xa9r5@custom\xc3\xa9r2.test>", false},
    {"no domain", "RCPT TO:<staff> <Postmaster>", "RCPT TO:<user6> <postmaster>", false},
    {"more octets than a local part has", "<llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll@example.com>",
     "<user00000000000000000000000000000000000000000000000000000000000007@test.ex>", false},
    {"names of parts are words", "Content-Type: text/x; charset=q; name=\"My plan\"\r\nContent-Disposition: attachment;\r\n filename*=u'e'My\r\n",
     "Content-Type: text/x; charset=q; name=\"xx xxxx\"\r\nContent-Disposition: attachment;\r\n filename*=x'x'xx\r\n", true},
    {"fields keep names, words go", "Subject: Hello World 7\r\nTo: bob@example.com\r\n", "Subject: xxxxx xxxxx 0\r\nTo: user1@test.ex\r\n", true},
    {"what finds parts stays", "Content-Type: multipart/mixed; boundary=Qq1\r\n\r\n--Qq1\r\nhi\n..\r\n",
     "Content-Type: multipart/mixed; boundary=Qq1\r\n\r\n--Qq1\r\nxx\n..\r\n", true},
    {"folded fields go on", "Subject: a\r\n b\r\nDate: Mon, 02 Nov 2026\r\n", "Subject: x\r\n x\r\nDate: Mon, 02 Nov 2026\r\n", true},
    {"8-bit stays 8-bit", "\r\ngr\xc3\xbc\xc3\x9f \xff\r\n", "\r\nxx\xc3\xa9\xc3\xa9 \xe9\r\n", true},
};

Test(redaction, the_same_by_the_same)
{
    struct arena *arena = arena_new();
    struct redaction *r = redaction_new(arena);
    redaction_local_domain(r, SPAN("example.com"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 4096);
        if (rows[i].message) {
            redaction_message(r, span_text(rows[i].text), &out);
        } else {
            redaction_text(r, span_text(rows[i].text), &out);
        }
        cr_assert(span_eq(buf_span(&out), span_text(rows[i].wanted)), "%s: %.*s", rows[i].label, SPAN_FMT(buf_span(&out)));
        buf_wipe(&out);
    }
    arena_free(arena);
}

/* Conversations as a list of what came in turn: "C..." of the client, "S..." of the server, "T" a handshake, "TF" one that failed, "H" that one is due,
   "X" the server closed, "XR" by RST; what was wrong, what is owed, what was taken. */
#include "harness/mutate/talk.h"

#include <criterion/criterion.h>

struct row {
    const char *label;
    const char *events[14];
    const char *fault, *owed;
    unsigned mails, copies;
};

#define HELLO "S220 x\r\n", "CEHLO c\r\n", "S250-x\r\n250 SIZE\r\n"
#define MAIL "CMAIL FROM:<a>\r\nRCPT TO:<b>\r\nRCPT TO:<c>\r\nDATA\r\n", "S250 1\r\n250 2\r\n250 3\r\n354 4\r\n"

static const struct row rows[] = {
    {"nothing yet", {NULL}, NULL, "(greeting)", 0, 0},
    {"a greeting", {"S220 x\r\n"}, NULL, NULL, 0, 0},
    {"a handshake is due first", {"H", "CNOOP\r\n"}, NULL, NULL, 0, 0},
    {"and then a greeting", {"H", "T"}, NULL, "(greeting)", 0, 0},
    {"half of a reply", {"S220-x\r\n22"}, NULL, "(greeting)", 0, 0},
    {"a reply too many", {HELLO, "S250 y\r\n"}, "surplus", NULL, 0, 0},
    {"a reply of no form", {"S220 x\n"}, "form", NULL, 0, 0},
    {"codes that differ", {"S220-x\r\n250 y\r\n"}, "form", NULL, 0, 0},
    {"a code of no class", {"S620 x\r\n"}, "form", NULL, 0, 0},
    {"a control octet", {"S220 x\001\r\n"}, "form", NULL, 0, 0},
    {"two recipients, one message", {HELLO, MAIL, "Ch: v\r\n\r\nx\r\n.\r\n", "S250 ok\r\n"}, NULL, NULL, 1, 2},
    {"mail data goes on behind a bare LF", {HELLO, MAIL, "Cx\n.\nNOOP\r\n"}, NULL, NULL, 0, 0},
    {"and who ends it there is caught", {HELLO, MAIL, "Cx\n.\nNOOP\r\n", "S250 ok\r\n"}, "smuggled", NULL, 0, 0},
    {"but a refusal is no end", {HELLO, MAIL, "Cx\n.\nNOOP\r\n", "S550 bare LF\r\n", "X"}, NULL, NULL, 0, 0},
    {"mail data that is refused is commands",
     {HELLO, "CDATA\r\n", "S503 no\r\n", "Cx\r\n.\r\n", "S500 x\r\n500 y\r\n"}, NULL, NULL, 0, 0},
    {"an empty message", {HELLO, MAIL, "C.\r\n", "S250 ok\r\n"}, NULL, NULL, 1, 2},
    {"a chunk is no command", {HELLO, "CBDAT 6\r\nNOOP\r\nNOOP\r\n", "S503 no\r\n", "S250 ok\r\n"}, NULL, NULL, 0, 0},
    {"unless BDAT is not known", {HELLO, "CBDAT 6\r\nNOOP\r\n", "S500 no\r\n", "S250 ok\r\n"}, NULL, NULL, 0, 0},
    {"or nobody has said EHLO", {"S220 x\r\n", "CBDAT 6\r\nNOOP\r\n", "S503 no\r\n", "S250 ok\r\n"}, NULL, NULL, 0, 0},
    {"who is caught late is caught too", {HELLO, MAIL, "Cx\n.\nNOOP\r\n.\r\n", "S250 ok\r\n250 ok\r\n"}, "smuggled", NULL, 1, 2},
    {"a chunk that is not all there is not answered", {HELLO, "CBDAT 6\r\nNO", "S250 ok\r\n"}, "early", NULL, 0, 0},
    {"nor is one that waits for them", {HELLO, "CBDAT 6 LAST\r\nNO"}, NULL, NULL, 0, 0},
    {"behind STARTTLS all is new", {HELLO, "CSTARTTLS\r\n", "S220 go\r\n", "T", "CEHLO c\r\n"}, NULL, "EHLO", 0, 0},
    {"who failed in it is owed nothing", {HELLO, "CSTARTTLS\r\n", "S220 go\r\n", "TF", "CEHLO c\r\n"}, NULL, NULL, 0, 0},
    {"nor who was not asked to", {HELLO, "T", "CEHLO c\r\n"}, NULL, NULL, 0, 0},
    {"a blank behind a verb is nothing", {HELLO, "CSTARTTLS \r\n", "S220 go\r\n", "Cx\r\n", "S\x15\x03\x03"}, NULL, NULL, 0, 0},
    {"secrets are answered too", {HELLO, "CAUTH PLAIN\r\n", "S334 \r\n", "Cabc\r\n"}, NULL, "AUTH", 0, 0},
    {"a bare LF in a command is open", {HELLO, "CNOOP\nNOOP\r\n", "S250 a\r\n250 b\r\n"}, NULL, NULL, 0, 0},
    {"dropped behind good news", {HELLO, "CNOOP\r\n", "X"}, "dropped", NULL, 0, 0},
    {"a reset takes words with it", {HELLO, "CNOOP\r\n", "XR"}, NULL, NULL, 0, 0},
    {"a bare LF that ends a command", {HELLO, "CNOOP\n", "S250 ok\r\n"}, "line: ", NULL, 0, 0},
    {"dropped with 421", {HELLO, "CNOOP\r\n", "S421 bye\r\n", "X"}, NULL, NULL, 0, 0},
    {"QUIT ends it", {HELLO, "CQUIT\r\n", "S221 bye\r\n", "X"}, NULL, NULL, 0, 0},
    {"RSET forgets recipients", {HELLO, "CMAIL FROM:<a>\r\nRCPT TO:<b>\r\nRSET\r\n", "S250 1\r\n250 2\r\n250 3\r\n",
                                 "CBDAT 1 LAST\r\nx", "S250 what\r\n"}, NULL, NULL, 0, 0},
};

Test(talk, rows)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct talk t;
        talk_begin(&t, r->events[0] && r->events[0][0] == 'H', arena);
        for (size_t k = 0; r->events[k]; k++) {
            span octets = span_text(r->events[k] + 1);
            char kind = r->events[k][0];
            if (kind == 'C') {
                talk_client(&t, octets);
            } else if (kind == 'S') {
                talk_server(&t, octets);
            } else if (kind == 'H') {
                continue;
            } else if (kind == 'T') {
                talk_tls(&t, r->events[k][1] != 'F');
            } else {
                talk_closed(&t, r->events[k][1] == 'R');
            }
        }
        const char *owed = talk_owed(&t);
        cr_expect((r->fault != NULL) == (t.fault != NULL) &&
                      (!r->fault || span_starts(span_text(t.fault), span_text(r->fault))),
                  "%s: %s", r->label, t.fault);
        cr_expect((owed != NULL) == (r->owed != NULL) && (!owed || strcmp(owed, r->owed) == 0), "%s: owes %s",
                  r->label, owed);
        cr_expect(t.mails == r->mails && t.copies == r->copies, "%s: %u mails, %u copies", r->label, t.mails,
                  t.copies);
        talk_end(&t);
    }
    arena_free(arena);
}

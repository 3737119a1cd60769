/* Attempts on messages as the log and the spool show them. */
#include "ref/queue/testing.h"

#include "ref/queue/slots.h"
#include "ref/spool/header_file.h"
#include "ref/spool/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

/* box@, a@, b@: delivered. no@: fails. later@: cannot be delivered now. Aliases: one@ (sole), two@,
   both@ (itself and another), gone@ (blackhole), list@ (another return path). */
#define CONFIGURATION                                                                              \
    "begin routers\n"                                                                              \
    "copy:\n driver = accept\n local_parts = seen\n transport = copies\n unseen\n"                 \
    "alias:\n driver = redirect\n local_parts = one : two : both : gone : bad\n allow_fail\n"      \
    " data = ${if eq{$local_part}{one}{a@a.test}{${if eq{$local_part}{two}{a@a.test, b@a.test}"   \
    "{${if eq{$local_part}{both}{both@a.test, b@a.test}{${if eq{$local_part}{gone}{:blackhole:}"  \
    "{:fail: no such box}}}}}}}}\n"                                                                \
    "list:\n driver = redirect\n local_parts = list\n errors_to = owner@a.test\n"                  \
    " data = a@a.test, bad@a.test\n"                                                               \
    "once:\n driver = redirect\n local_parts = once\n one_time\n data = a@a.test, later@a.test\n"  \
    "half:\n driver = redirect\n local_parts = half\n data = a@a.test, later@a.test\n"          \
    "later:\n driver = accept\n local_parts = later\n transport = nowhere\n"                       \
    "box:\n driver = accept\n local_parts = ! no\n transport = boxes\n"                            \
    "begin transports\n"                                                                           \
    "boxes:\n driver = appendfile\n file = DIR/box\n"                                              \
    "copies:\n driver = appendfile\n file = DIR/copies\n"                                          \
    "nowhere:\n driver = appendfile\n file = /dev/null/box\n"                                      \
    "begin retry\n* * F,2h,15m\n"

static void deliver(struct testing_world *w, const char *id, unsigned how)
{
    (void)queue_deliver(&w->queue, span_text(id), how);
}

Test(queue_deliver, what_the_log_says)
{
    static const struct {
        const char *label, *sender, *recipients, *log, *files;
    } rows[] = {
        {"one", "s@a.test", "a@a.test", "A => a <a@a.test> R=box T=boxes\nA Completed\n", ""},
        {"several", "s@a.test", "a@a.test,b@a.test",
         "A => a <a@a.test> R=box T=boxes\nA => b <b@a.test> R=box T=boxes\nA Completed\n", ""},
        {"the same twice", "s@a.test", "a@a.test,a@a.test",
         "A => a <a@a.test> R=box T=boxes\nA Completed\n", ""},
        {"the same in quotes that it need not have", "s@a.test", "a@a.test,\"a\"@a.test,\"\\a\"@a.test",
         "A => a <a@a.test> R=box T=boxes\nA Completed\n", ""},
        {"an alias", "s@a.test", "one@a.test",
         "A => a <one@a.test> R=box T=boxes\nA Completed\n", ""},
        {"an alias and the same box", "s@a.test", "one@a.test,a@a.test",
         "A => a <a@a.test> R=box T=boxes\nA Completed\n", ""},
        {"an alias that has its own name in it", "s@a.test", "both@a.test",
         "A => both <both@a.test> R=box T=boxes\nA => b <both@a.test> R=box T=boxes\n"
         "A Completed\n", ""},
        {"two copies", "s@a.test", "seen@a.test",
         "A => seen <seen@a.test> R=copy T=copies\nA => seen <seen@a.test> R=box T=boxes\n"
         "A Completed\n", ""},
        {"nobody gets it", "s@a.test", "gone@a.test",
         "A => :blackhole: <gone@a.test> R=alias\nA Completed\n", ""},
        {"a failure", "s@a.test", "bad@a.test,a@a.test",
         "A ** bad@a.test R=alias : no such box\nA => a <a@a.test> R=box T=boxes\n"
         "B <= <> R=A U=mail P=local S=1232\nA Completed\n"
         "B => s <s@a.test> R=box T=boxes\nB Completed\n", ""},
        {"a failure that nobody wants to hear of", "s@a.test", "bad@a.test/2",
         "A ** bad@a.test R=alias : no such box\n"
         "A bad@a.test: error ignored: RFC 3461 DSN, failure notify not requested\nA Completed\n",
         ""},
        {"a bounce that fails", "", "bad@a.test",
         "A ** bad@a.test R=alias : no such box\nA Frozen (delivery error message)\n", "DH"},
        {"the members of a list have another return path", "s@a.test", "list@a.test",
         "A ** bad@a.test <list@a.test> R=alias : no such box\n"
         "A => a <list@a.test> R=box T=boxes\n"
         "B <= <> R=A U=mail P=local S=1245\nA Completed\n"
         "B => owner <owner@a.test> R=box T=boxes\nB Completed\n", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_world w;
        testing_open(&w, CONFIGURATION);
        deliver(&w, testing_message(&w, rows[i].sender, rows[i].recipients), QUEUE_FIRST);
        const char *log = testing_log(&w);
        cr_expect_str_eq(log, rows[i].log, "%s:\n%s", rows[i].label, log);
        cr_expect_str_eq(testing_parts(&w), rows[i].files, "%s", rows[i].label);
        testing_close(&w);
    }
}

/* Several recipients may have one copy, and each has wishes of its own: RFC 3461 5.2. */
Test(queue_deliver, who_shares_a_copy_is_told_of_it_too)
{
    static const char *const one_box =
        "begin routers\n"
        "alias:\n driver = redirect\n local_parts = one : two\n data = a@a.test\n"
        "box:\n driver = accept\n transport = ${if eq{$local_part}{a}{the_box}{boxes}}\n"
        "begin transports\n"
        "boxes:\n driver = appendfile\n file = DIR/box\n"
        "the_box:\n driver = appendfile\n file = DIR/the_box\n";
    static const struct {
        const char *label, *option, *recipients, *tells, *silent;
    } rows[] = {
        {"the first wants to know nothing", " message_size_limit = 1\n", "one@a.test/2,two@a.test",
         "Final-Recipient: rfc822;two@a.test\nAction: failed\n", "rfc822;one@a.test"},
        {"the second does not", " message_size_limit = 1\n", "one@a.test/8,two@a.test/2",
         "Final-Recipient: rfc822;one@a.test\nAction: failed\n", "rfc822;two@a.test"},
        {"both do", " message_size_limit = 1\n", "one@a.test,two@a.test/8",
         "Final-Recipient: rfc822;two@a.test\nAction: failed\n", "X-Failed-Recipients: a@a.test,"},
        {"twice the same", " message_size_limit = 1\n", "a@a.test,a@a.test",
         "X-Failed-Recipients: a@a.test\n", "too big (transport limit = 1)\n\nFinal-Recipient:"},
        {"the second asked for success", "", "one@a.test,two@a.test/4",
         "Final-Recipient: rfc822;two@a.test\nAction: delivered\n", "rfc822;one@a.test"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_world w;
        char configuration[1000];
        span box = SPAN_EMPTY;
        (void)snprintf(configuration, sizeof configuration, "%s%sbegin retry\n* * F,2h,15m\n", one_box,
                       rows[i].option);
        testing_open(&w, configuration);
        deliver(&w, testing_message(&w, "s@a.test", rows[i].recipients), QUEUE_FIRST);
        (void)!failed(file_read(path_join(w.arena, w.path, "box"), 1 << 20, w.arena, &box));
        cr_expect(span_has(box, span_text(rows[i].tells)), "%s:\n%.*s", rows[i].label, SPAN_FMT(box));
        cr_expect(!span_has(box, span_text(rows[i].silent)), "%s:\n%.*s", rows[i].label,
                  SPAN_FMT(box));
        cr_expect_str_eq(testing_parts(&w), "", "%s", rows[i].label);
        testing_close(&w);
    }
}

/* SUCCESS is told by kind of delivery: RFC 3461 5.2.7. */
Test(queue_deliver, successes_are_told_to_those_who_asked)
{
    static const struct {
        const char *recipients;
        const char *action; /* NULL: no report */
    } rows[] = {
        {"a@a.test/4", "delivered"},   {"a@a.test/8", NULL},       {"one@a.test/4", "delivered"},
        {"two@a.test/4", "expanded"},  {"list@a.test/4", "delivered"}, {"gone@a.test/4", "delivered"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_world w;
        span box = SPAN_EMPTY;
        testing_open(&w, CONFIGURATION);
        deliver(&w, testing_message(&w, "s@a.test", rows[i].recipients), QUEUE_FIRST);
        (void)!failed(file_read(path_join(w.arena, w.path, "box"), 1 << 20, w.arena, &box));
        size_t at = span_find(box, SPAN("\nAction: "));
        size_t failures = span_find(box, SPAN("\nAction: failed"));
        const char *action = rows[i].action != NULL
                                 ? arena_printf(w.arena, "\nAction: %s\n", rows[i].action) : NULL;
        cr_expect(action != NULL ? span_has(box, span_text(action)) : at == SPAN_NONE,
                  "%s:\n%.*s", rows[i].recipients, SPAN_FMT(box));
        cr_expect(action == NULL || failures == SPAN_NONE || strcmp(rows[i].recipients, "list@a.test/4") == 0,
                  "%s", rows[i].recipients);
        testing_close(&w);
    }
}

static size_t told(struct testing_world *w, const char *action)
{
    span box = SPAN_EMPTY;
    size_t count = 0, at;
    (void)!failed(file_read(path_join(w->arena, w->path, "box"), 1 << 20, w->arena, &box));
    span text = span_text(arena_printf(w->arena, "\nAction: %s\n", action));
    for (; (at = span_find(box, text)) != SPAN_NONE; count++) {
        box = span_from(box, at + text.len);
    }
    return count;
}

Test(queue_deliver, an_expansion_is_told_once_however_often_its_members_are_tried)
{
    struct testing_world w;
    testing_open(&w, CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "half@a.test/4");
    deliver(&w, id, QUEUE_FIRST);
    deliver(&w, id, QUEUE_FORCE);
    deliver(&w, id, QUEUE_FORCE);
    cr_expect_eq(told(&w, "expanded"), 1);
    testing_close(&w);
}

/* What a crash between -J and the report leaves. */
Test(queue_deliver, a_report_of_success_that_is_owed_is_made_in_the_next_attempt)
{
    static const struct {
        const char *label, *recipients, *lines;
        size_t delivered, relayed;
    } rows[] = {
        {"to a mailbox", "a@a.test/4", "dsn\tdelivered\t0\t\t\t\ta@a.test\na@a.test\n", 1, 0},
        {"to another host", "x@b.test/4",
         "dsn\trelayed\t0\tmx.b.test\t192.0.2.1\t250 Ok\tx@b.test\nx@b.test\n", 0, 1},
        {"somebody else is left", "a@a.test/4,b@a.test",
         "dsn\tdelivered\t0\t\t\t\ta@a.test\na@a.test\n", 1, 0},
        {"it was cut behind the first line", "a@a.test/4", "dsn\tdelivered\t0\t\t\t\ta@a.test\n", 1,
         0},
        {"it was cut in the first line", "a@a.test/4", "dsn\tdelivered\t0\t\t", 1, 0},
        {"of no recipient", "a@a.test", "dsn\tdelivered\t7\t\t\t\ta@a.test\na@a.test\n", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_world w;
        testing_open(&w, CONFIGURATION);
        const char *id = testing_message(&w, "s@a.test", rows[i].recipients);
        const char *path = arena_printf(w.arena, "%s/input/%s-J", w.path, id);
        cr_assert_not(failed(file_write(path, span_text(rows[i].lines), 0640)));
        deliver(&w, id, QUEUE_FORCE);
        cr_expect_eq(told(&w, "delivered"), rows[i].delivered, "%s", rows[i].label);
        cr_expect_eq(told(&w, "relayed"), rows[i].relayed, "%s", rows[i].label);
        cr_expect_str_eq(testing_parts(&w), "", "%s", rows[i].label);
        testing_close(&w);
    }
}

Test(queue_deliver, what_is_in_the_journal_is_not_delivered_again)
{
    struct testing_world w;
    struct spool_journal journal;
    testing_open(&w, CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "a@a.test,both@a.test");
    cr_assert_not(failed(spool_journal_open(w.spool.dir, id, &journal)));
    cr_assert_not(failed(spool_journal_add(&journal, SPAN("a@a.test"))));
    cr_assert_not(failed(spool_journal_add(&journal, SPAN("both@a.test/boxes"))));
    spool_journal_close(&journal);
    deliver(&w, id, QUEUE_AS_DUE);
    cr_expect_str_eq(testing_log(&w), "A => b <both@a.test> R=box T=boxes\nA Completed\n");
    testing_close(&w);
}

Test(queue_deliver, what_waits_is_tried_when_its_time_has_come_and_given_up_when_that_is_over)
{
    struct testing_world w;
    testing_open(&w, CONFIGURATION "\n");
    const char *id = testing_message(&w, "s@a.test", "a@a.test,later@a.test");
    deliver(&w, id, QUEUE_FIRST);
    const char *log = testing_log(&w);
    cr_expect(strstr(log, "A => a <a@a.test> R=box T=boxes\n") != NULL, "%s", log);
    cr_expect(strstr(log, "A == later@a.test R=later T=nowhere defer") != NULL, "%s", log);
    cr_expect_str_eq(testing_parts(&w), "DH");
    clock_still_move(&w.clock, 5 * 60 * NANOS_PER_SECOND);
    deliver(&w, id, QUEUE_IN_RUN);
    log = testing_log(&w);
    cr_expect(strstr(log, "a <a@a.test>") == NULL, "delivered twice: %s", log);
    clock_still_move(&w.clock, 3 * 3600 * NANOS_PER_SECOND);
    deliver(&w, id, QUEUE_IN_RUN);
    log = testing_log(&w);
    cr_expect(strstr(log, "A ** later@a.test: retry timeout exceeded\n") != NULL, "%s", log);
    cr_expect(strstr(log, "B <= <> R=A") != NULL, "%s", log);
    cr_expect_str_eq(testing_parts(&w), "");
    testing_close(&w);
}

Test(queue_deliver, a_transport_that_has_all_it_may_have_puts_off_the_rest)
{
    static const struct {
        const char *label, *most, *log;
        unsigned busy;
    } rows[] = {
        {"nobody else", "1", "A => a <a@a.test> R=box T=boxes\nA Completed\n", 0},
        {"one is there", "1",
         "A == a@a.test R=box T=boxes defer (-53): concurrency limit reached for transport\n", 1},
        {"one of two is there", "2", "A => a <a@a.test> R=box T=boxes\nA Completed\n", 1},
        {"any number", "0", "A => a <a@a.test> R=box T=boxes\nA Completed\n", 1},
        {"none is said", "", "A => a <a@a.test> R=box T=boxes\nA Completed\n", 1},
        {"no number", "x", "A == a@a.test R=box T=boxes defer (-27): max_parallel is no number\n", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_world w;
        char conf[512];
        snprintf(conf, sizeof conf, "begin routers\nbox:\n driver = accept\n transport = boxes\n"
                 "begin transports\nboxes:\n driver = appendfile\n file = DIR/box\n"
                 " max_parallel = %s\nbegin retry\n* * F,2h,15m\n", rows[i].most);
        testing_open(&w, conf);
        w.queue.slots = queue_slots_new();
        for (unsigned k = 0; k < rows[i].busy; k++) {
            cr_assert(queue_slot_take(w.queue.slots, "boxes", 9));
        }
        const char *id = testing_message(&w, "s@a.test", "a@a.test");
        deliver(&w, id, QUEUE_FIRST);
        const char *log = testing_log(&w);
        cr_expect_str_eq(log, rows[i].log, "%s:\n%s", rows[i].label, log);
        /* it was given back, and nothing was kept that would hold up a queue run */
        for (unsigned k = 0; k < rows[i].busy; k++) {
            queue_slot_give(w.queue.slots, "boxes", 9);
        }
        if (rows[i].busy == 1 && strcmp(rows[i].most, "1") == 0) {
            deliver(&w, id, QUEUE_IN_RUN);
            cr_expect_str_eq(testing_parts(&w), "", "%s", rows[i].label);
        }
        queue_slots_free(w.queue.slots);
        testing_close(&w);
    }
}

Test(queue_deliver, one_time_asks_the_alias_once)
{
    struct testing_world w;
    struct envelope e;
    testing_open(&w, CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "once@a.test/8");
    deliver(&w, id, QUEUE_FIRST);
    cr_assert_not(failed(spool_header_load(w.spool.dir, id, w.arena, &e)));
    cr_assert_eq(e.recipients.count, 2);
    cr_expect(span_eq(e.recipients.at[1].address, SPAN("later@a.test")));
    cr_expect_eq(e.recipients.at[1].parent, 1);
    cr_expect_eq(e.recipients.at[1].notify, DSN_FAILURE);
    (void)testing_log(&w);
    clock_still_move(&w.clock, 3600 * NANOS_PER_SECOND);
    deliver(&w, id, QUEUE_FORCE);
    const char *log = testing_log(&w);
    cr_expect(strstr(log, "A == later@a.test <once@a.test> R=later") != NULL, "%s", log);
    testing_close(&w);
}

Test(queue_deliver, frozen_messages_wait_until_somebody_or_some_time_lets_them_go)
{
    static const struct {
        const char *option, *sender;
        long hours;
        unsigned how;
        const char *says;
    } rows[] = {
        {"", "s@a.test", 1000, QUEUE_IN_RUN, "A Message is frozen\n"},
        {"", "s@a.test", 1, QUEUE_THAW | QUEUE_FORCE, "A => a <a@a.test>"},
        {"auto_thaw = 2h\n", "s@a.test", 1, QUEUE_IN_RUN, "A Message is frozen\n"},
        {"auto_thaw = 2h\n", "s@a.test", 3, QUEUE_IN_RUN, "A Unfrozen by auto-thaw\nA => a"},
        {"auto_thaw = 2h\n", "", 3, QUEUE_IN_RUN, "A Message is frozen\n"},
        {"ignore_bounce_errors_after = 2h\n", "", 3, QUEUE_IN_RUN,
         "A Unfrozen by errmsg timer\nA => a"},
        {"timeout_frozen_after = 2h\n", "s@a.test", 3, QUEUE_IN_RUN,
         "A cancelled by timeout_frozen_after\n"
         "A ** a@a.test : delivery cancelled by administrator\nB <= <> R=A"},
        {"timeout_frozen_after = 2h\n", "", 3, QUEUE_IN_RUN,
         "A cancelled by timeout_frozen_after\n"
         "A ** a@a.test : delivery cancelled by administrator\nA a@a.test: error ignored\n"
         "A Completed\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_world w;
        const char *text;
        struct arena *arena = arena_new();
        testing_open(&w, arena_printf(arena, "%s%s", rows[i].option, CONFIGURATION));
        const char *id = testing_message(&w, rows[i].sender, "a@a.test");
        cr_assert_not(failed(queue_order(&w.queue, QUEUE_ORDER_FREEZE, span_text(id), w.arena,
                                         &text)));
        (void)testing_log(&w);
        clock_still_move(&w.clock, rows[i].hours * 3600 * NANOS_PER_SECOND);
        deliver(&w, id, rows[i].how);
        const char *log = testing_log(&w);
        cr_expect(strncmp(log, rows[i].says, strlen(rows[i].says)) == 0, "%zu:\n%s", i, log);
        testing_close(&w);
        arena_free(arena);
    }
}

/* Two may be there when it is taken; then there are three. */
static void send_round(size_t received, bool stopped)
{
    static const char line[] = "A ** a@a.test : Too many \"Received\" headers - suspected mail loop\n";
    struct testing_world w;
    testing_open(&w, "received_headers_max = 2\n" CONFIGURATION);
    const char *id = testing_message(&w, "s@a.test", "a@a.test");
    struct spool_message *m = ARENA_NEW(w.arena, struct spool_message);
    cr_assert_not(failed(spool_message_open(&w.spool, span_text(id), w.arena, m)));
    for (size_t i = 0; i < received; i++) {
        spool_message_add(m, true, 'P', SPAN("Received: by x; Sat, 21 Nov 2026 22:00:00 +0000\n"));
    }
    cr_assert_not(failed(spool_message_update(m)));
    spool_message_close(m);
    deliver(&w, id, QUEUE_FIRST);
    const char *log = testing_log(&w);
    cr_expect_eq(strstr(log, line) == log, stopped, "%zu: %s", received, log);
    testing_close(&w);
}

Test(queue_deliver, a_message_that_went_round_is_stopped)
{
    send_round(3, false);
    send_round(4, true);
}

Test(queue_deliver, files_that_are_no_message_are_named_and_nothing_behind_them_waits)
{
    struct testing_world w;
    testing_open(&w, "queue_run_in_order\n" CONFIGURATION);
    const char *ids[6];
    for (size_t i = 0; i < 6; i++) {
        ids[i] = testing_message(&w, "s@a.test", "a@a.test");
    }
    int dir = w.spool.dir, fd;
    const char *name = arena_printf(w.arena, "%s-H", ids[0]);
    cr_assert_not(failed(file_open_at(dir, name, O_WRONLY | O_TRUNC, 0, &fd)));
    cr_assert_not(failed(fd_close(fd)));
    cr_assert_not(failed(file_remove_at(dir, arena_printf(w.arena, "%s-D", ids[1]))));
    name = arena_printf(w.arena, "%s-D", ids[2]);
    cr_assert_not(failed(file_remove_at(dir, name)));
    cr_assert_eq(mkfifoat(dir, name, 0600), 0);
    name = arena_printf(w.arena, "%s-H", ids[3]);
    cr_assert_not(failed(file_remove_at(dir, name)));
    cr_assert_eq(mkfifoat(dir, name, 0600), 0);
    struct spool_message *m = ARENA_NEW(w.arena, struct spool_message);
    cr_assert_not(failed(spool_message_open(&w.spool, span_text(ids[4]), w.arena, m)));
    m->envelope.received = TESTING_START + 48 * 3600 * NANOS_PER_SECOND;
    cr_assert_not(failed(spool_message_update(m)));
    spool_message_close(m);
    cr_assert_not(failed(queue_run(&w.queue, 0, 0, w.arena)));
    const char *log = testing_log(&w);
    cr_expect(strstr(log, "A Format error in spool file of A") != NULL, "%s", log);
    cr_expect(strstr(log, "B Spool file B-D not found") != NULL, "%s", log);
    cr_expect(strstr(log, "C cannot use the spool files of C") != NULL ||
                  strstr(log, "C Format error in spool file of C") != NULL, "%s", log);
    cr_expect(strstr(log, "D Format error in spool file of D") != NULL, "%s", log);
    cr_expect(strstr(log, "E Message was received in the future") != NULL, "%s", log);
    cr_expect(strstr(log, "F => a <a@a.test> R=box T=boxes\nF Completed\n") != NULL, "%s", log);
    for (size_t i = 0; i < 5; i++) { /* -Mrm takes them away all the same */
        const char *said = "";
        err e = queue_order(&w.queue, QUEUE_ORDER_REMOVE, span_text(ids[i]), w.arena, &said);
        cr_expect_not(failed(e), "%zu: %s", i, failed(e) ? e.what : "");
        name = arena_printf(w.arena, "%s-H", ids[i]);
        cr_expect_neq(faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW), 0, "%zu", i);
    }
    testing_close(&w);
}

/* Processor time of an attempt on a message with that many recipients, each of them in a batch of its own. */
static double time_of_batches(size_t recipients)
{
    struct testing_world w;
    struct buf all;
    struct timespec from, to;
    testing_open(&w, "begin routers\nr:\n driver = accept\n transport = t\n address_data = $local_part\n"
                     "begin transports\nt:\n driver = appendfile\n file = /dev/null\n message_size_limit = 1\n");
    buf_init(&all, 1 << 24);
    for (size_t i = 0; i < recipients; i++) {
        buf_printf(&all, "%su%zu@a.test/2", i > 0 ? "," : "", i);
    }
    const char *id = testing_message(&w, "s@a.test", arena_text(w.arena, buf_span(&all)));
    buf_wipe(&all);
    cr_assert_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from), 0);
    deliver(&w, id, QUEUE_FIRST);
    cr_assert_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to), 0);
    cr_expect_str_eq(testing_parts(&w), "", "all were delivered");
    testing_close(&w);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

Test(queue_deliver, batches_cost_what_they_are_many)
{
    double few = time_of_batches(500), many = time_of_batches(8000);
    cr_expect_lt(many, 64 * few, "16 times as many took %.3f s in place of %.3f s", many, few);
}

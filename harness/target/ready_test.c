/* Readiness against servers of a few lines: a whole greeting, QUIT, its answer, the close. */
#include "harness/target/instance.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* Says `greeting`, waits for QUIT, says `farewell`, closes if told so. */
static pid_t serve(const char *greeting, const char *farewell, bool closes, struct address *at)
{
    int listener;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, at));
    cr_assert(!failed(socket_listen(at, 1, &listener)));
    at->len = sizeof at->storage;
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at->storage, &at->len), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd;
        char line[16];
        size_t got;
        struct address peer;
        if (!failed(socket_accept(listener, 10000, &fd, &peer))) {
            (void)failed(socket_write(fd, span_text(greeting), 1000));
            err e = socket_read(fd, line, sizeof line, 10000, &got);
            bool quit = !failed(e) && got == 6 && memcmp(line, "QUIT\r\n", 6) == 0;
            (void)failed(socket_write(fd, quit ? span_text(farewell) : SPAN("500 what\r\n"), 1000));
            if (!closes) {
                sleep(5);
            }
        }
        _exit(0);
    }
    close(listener);
    return pid;
}

static const struct {
    const char *label, *greeting, *farewell;
    bool closes, is_ready;
} rows[] = {
    {"a plain server", "220 hello\r\n", "221 bye\r\n", true, true},
    {"a greeting of several lines", "220-one\r\n220-two\r\n220 three\r\n", "221 bye\r\n", true,
     true},
    {"a refusal is an answer too", "554 no\r\n", "221 bye\r\n", true, true},
    {"not yet", "421 later\r\n", "221 bye\r\n", true, false},
    {"a greeting that is cut off", "220 hel", "", true, false},
    {"no close after QUIT", "220 hello\r\n", "221 bye\r\n", false, false},
};

Test(ready, only_a_whole_conversation_counts)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address at;
        (void)serve(rows[i].greeting, rows[i].farewell, rows[i].closes, &at);
        err e = target_ready_probe(&at, NULL, 1000, arena);
        cr_expect_eq(!failed(e), rows[i].is_ready, "%s: %s", rows[i].label,
                     e.what ? e.what : "ready");
    }
    process_kill_all(arena);
    arena_free(arena);
}

Test(ready, nobody_there_is_told_at_once)
{
    struct arena *arena = arena_new();
    struct address at;
    int listener;
    cr_assert(address_parse(SPAN("127.0.0.1"), 0, &at));
    cr_assert(!failed(socket_listen(&at, 1, &listener)));
    at.len = sizeof at.storage;
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at.storage, &at.len), 0);
    close(listener);
    cr_expect(failed(target_ready_probe(&at, NULL, 5000, arena)));
    arena_free(arena);
}

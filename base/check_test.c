/* A condition that fails ends the process and says where. */
#include "base/check.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Test(check, a_condition_that_holds_is_evaluated_once)
{
    int times = 0;
    CHECK(++times == 1);
    cr_expect_eq(times, 1);
}

Test(check, a_failed_condition_aborts, .signal = SIGABRT)
{
    CHECK(1 + 1 == 3);
}

Test(check, the_message_names_place_and_condition)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        check_failed("a < b", "some/file.c", 17);
    }
    close(ends[1]);
    char text[512] = {0};
    ssize_t got = read(ends[0], text, sizeof text - 1);
    int status;
    waitpid(child, &status, 0);
    cr_assert_gt(got, 0);
    cr_expect_not_null(strstr(text, "some/file.c:17: "));
    cr_expect_not_null(strstr(text, "a < b"));
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

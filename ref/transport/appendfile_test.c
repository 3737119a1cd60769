/* Mailboxes as whoever reads them finds them. */
#include "ref/transport/testing_local.h"

#include <errno.h>
#include <sys/file.h>

#define MBOX " driver = appendfile\n file = @/box\n"
#define FROM "From s@c.test Tue Jan 20 12:00:00 2026\n"
#define HEADER "Subject: s\nTo: u1@test.ex\n\n"

static void run_one(struct testing_local *w, const char *options, const char *body)
{
    testing_local_open(w, options);
    testing_message(w, body);
    testing_run(w);
}

Test(appendfile, text_of_an_mbox)
{
    static const struct {
        const char *label, *options, *body, *want;
    } rows[] = {
        {"plain", "", "b\n", FROM HEADER "b\n\n"},
        {"From at the start of a line", "", "From a\nFrom\n From \n>From b\nFrom c\n",
         FROM HEADER ">From a\nFrom\n From \n>From b\n>From c\n\n"},
        {"no escape", " check_string =\n", "From a\n", FROM HEADER "From a\n\n"},
        {"other strings", " check_string = a\n escape_string = <a>\n", "ab\nba\n",
         FROM HEADER "<a>b\nba\n\n"},
        {"whole lines", " check_string = \"\\1\\1\\n\"\n escape_string = \"\\1\\1 \\n\"\n",
         "\1\1\n\1\1\1\n\1\n", FROM HEADER "\1\1 \n\1\1\1\n\1\n\n"},
        {"prefix and suffix", " message_prefix = \"p\\n\"\n message_suffix = \"s\\n\"\n", "b\n",
         "p\n" HEADER "b\ns\n"},
        {"nothing round it", " message_prefix =\n message_suffix =\n", "b\n", HEADER "b\n"},
        {"CR LF", " use_crlf\n message_prefix =\n message_suffix =\n", "b\n",
         "Subject: s\r\nTo: u1@test.ex\r\n\r\nb\r\n"},
        {"added fields", " return_path_add\n envelope_to_add\n delivery_date_add\n"
         " headers_add = X: y\n headers_remove = To\n message_prefix =\n", "b\n",
         "Return-path: <s@c.test>\nEnvelope-to: u1@test.ex\n"
         "Delivery-date: Tue, 20 Jan 2026 12:00:00 +0000\nSubject: s\nX: y\n\nb\n\n"},
        {"body alone", " body_only\n message_prefix =\n", "b\n", "b\n\n"},
        {"return path of its own", " return_path = r@x\n", "b\n",
         "From r@x Tue Jan 20 12:00:00 2026\n" HEADER "b\n\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        char options[500];
        snprintf(options, sizeof options, MBOX "%s", rows[i].options);
        run_one(&w, options, rows[i].body);
        cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s: %s", rows[i].label,
                     testing_text(&w, 0));
        cr_expect_str_eq(testing_content(&w, "box"), rows[i].want, "%s", rows[i].label);
        cr_expect_eq(w.told, 1u);
        testing_local_close(&w);
    }
}

Test(appendfile, messages_stand_one_behind_the_other)
{
    struct testing_local w;
    run_one(&w, MBOX, "b\n");
    testing_run(&w);
    cr_expect_str_eq(testing_content(&w, "box"), FROM HEADER "b\n\n" FROM HEADER "b\n\n");
    cr_expect_str_eq(testing_names(&w, "."), "box spool ", "no lock file is left");
    testing_local_close(&w);
}

Test(appendfile, a_message_cut_short_by_a_crash_does_not_swallow_the_next)
{
    static const char *const torn[] = {"From x\nSub", "From x\n\nbody\n"};
    for (size_t i = 0; i < 2; i++) {
        struct testing_local w;
        testing_local_open(&w, MBOX);
        testing_message(&w, "b\n");
        cr_assert_not(failed(file_write(testing_path(&w, "box"), span_text(torn[i]), 0600)));
        testing_run(&w);
        const char *all = testing_content(&w, "box");
        cr_expect_not_null(strstr(all, "\n\n" FROM), "%s", all);
        testing_local_close(&w);
    }
}

Test(appendfile, mailboxes_that_are_traps_are_not_written_to)
{
    struct testing_local w;
    testing_local_open(&w, MBOX);
    testing_message(&w, "b\n");
    const char *box = testing_path(&w, "box");
    cr_assert_not(failed(file_write(testing_path(&w, "other"), SPAN("secret\n"), 0600)));
    cr_assert_eq(symlink("other", box), 0);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED);
    cr_expect_not_null(strstr(testing_text(&w, 0), "is a symbolic link"));
    cr_assert_eq(unlink(box), 0);
    cr_assert_eq(link(testing_path(&w, "other"), box), 0);
    testing_run(&w);
    cr_expect_not_null(strstr(testing_text(&w, 0), "has too many links (2)"));
    cr_assert_eq(unlink(box), 0);
    cr_assert_eq(mkdir(box, 0700), 0);
    testing_run(&w);
    cr_expect_not_null(strstr(testing_text(&w, 0), "is not a regular file"));
    cr_assert_eq(rmdir(box), 0);
    cr_assert_not(failed(file_write(box, SPAN_EMPTY, 0400)));
    testing_run(&w);
    cr_expect_not_null(strstr(testing_text(&w, 0), "has the wrong mode 400 (600 expected)"));
    if (geteuid() == 0) {
        cr_assert_eq(chmod(box, 0600), 0);
        cr_assert_eq(chown(box, 4711, 0), 0);
        testing_run(&w);
        cr_expect_not_null(strstr(testing_text(&w, 0), "has wrong uid (4711 != 0)"));
    }
    cr_expect_str_eq(testing_content(&w, "other"), "secret\n");
    cr_expect_eq(w.told, 0u);
    testing_local_close(&w);
}

Test(appendfile, a_link_on_the_way_is_followed_only_if_its_owner_may_be_trusted)
{
    struct testing_local w;
    testing_local_open(&w, " driver = appendfile\n file = @/way/box\n");
    testing_message(&w, "b\n");
    cr_assert_eq(mkdir(testing_path(&w, "real"), 0755), 0);
    cr_assert_eq(symlink("real", testing_path(&w, "way")), 0);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    if (geteuid() == 0) {
        cr_assert_eq(lchown(testing_path(&w, "way"), 4711, 4711), 0);
        testing_run(&w);
        cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED);
        cr_expect_eq(w.address[0].result.error, ELOOP);
    }
    testing_local_close(&w);
}

Test(appendfile, a_file_with_a_wider_mode_is_narrowed)
{
    struct testing_local w;
    struct stat st;
    testing_local_open(&w, MBOX);
    testing_message(&w, "b\n");
    cr_assert_not(failed(file_write(testing_path(&w, "box"), SPAN_EMPTY, 0600)));
    cr_assert_eq(chmod(testing_path(&w, "box"), 0666), 0);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    cr_assert_eq(stat(testing_path(&w, "box"), &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0600u);
    testing_local_close(&w);
}

Test(appendfile, locks_of_others_are_waited_for_and_then_it_is_deferred)
{
    static const char options[] = MBOX " lock_retries = 2\n lock_interval = 0s\n use_flock_lock\n";
    struct testing_local w;
    testing_local_open(&w, options);
    testing_message(&w, "b\n");
    const char *box = testing_path(&w, "box");
    cr_assert_not(failed(file_write(testing_path(&w, "box.lock"), SPAN_EMPTY, 0600)));
    testing_run(&w);
    cr_expect_eq(w.address[0].result.error, DELIVERY_ERROR_LOCK_FAILED);
    cr_expect_str_eq(testing_names(&w, "."), "box.lock spool ");
    cr_assert_eq(unlink(testing_path(&w, "box.lock")), 0);
    cr_assert_not(failed(file_write(box, SPAN_EMPTY, 0600)));
    int fd = open(box, O_RDWR);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    cr_assert_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.error, DELIVERY_ERROR_LOCK_FAILED);
    close(fd);
    fd = open(box, O_RDWR);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.error, DELIVERY_ERROR_LOCK_FAILED);
    close(fd);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    testing_local_close(&w);
}

Test(appendfile, a_lock_file_left_over_is_removed)
{
    struct testing_local w;
    testing_local_open(&w, MBOX " lock_retries = 2\n lock_interval = 0s\n");
    testing_message(&w, "b\n");
    const char *lock = testing_path(&w, "box.lock");
    cr_assert_not(failed(file_write(lock, SPAN_EMPTY, 0600)));
    const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    cr_assert_eq(utimensat(AT_FDCWD, lock, long_ago, 0), 0);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    cr_expect_str_eq(testing_names(&w, "."), "box spool ");
    testing_local_close(&w);
}

Test(appendfile, directories_are_made_where_they_may_be)
{
    static const struct {
        const char *label, *options;
        bool good;
    } rows[] = {
        {"anywhere", " file = @/a/b/box\n", true},
        {"no directory", " file = @/a/b/box\n no_create_directory\n", false},
        {"below home", " file = @/a/b/box\n home_directory = @/a\n create_file = belowhome\n", true},
        {"in home", " file = @/a/b/box\n home_directory = @/a\n create_file = inhome\n", false},
        {"really in home", " file = @/a/box\n home_directory = @/a\n create_file = inhome\n", true},
        {"out of home", " file = @/a/../box\n home_directory = @/a\n create_file = belowhome\n",
         false},
        {"no home", " file = @/a/box\n create_file = belowhome\n", false},
        {"below a path", " file = @/a/box\n create_file = @/a\n", true},
        {"beside a path", " file = @/ab/box\n create_file = @/a\n", false},
        {"must exist", " file = @/box\n file_must_exist\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        char options[500];
        snprintf(options, sizeof options, " driver = appendfile\n%s", rows[i].options);
        run_one(&w, options, "b\n");
        cr_expect_eq(w.address[0].result.outcome,
                     rows[i].good ? DELIVERY_DONE : DELIVERY_DEFERRED, "%s: %s", rows[i].label,
                     testing_text(&w, 0));
        if (!rows[i].good) {
            cr_expect_str_eq(testing_names(&w, "."), "spool ", "%s", rows[i].label);
        }
        testing_local_close(&w);
    }
}

Test(appendfile, names_from_outside_are_no_paths)
{
    struct testing_local w;
    run_one(&w, " driver = appendfile\n file = @/$local_part\n", "b\n");
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED);
    cr_expect_not_null(strstr(testing_text(&w, 0), "not permitted"), "%s", testing_text(&w, 0));
    testing_local_close(&w);
    run_one(&w, " driver = appendfile\n file = box\n", "b\n");
    cr_expect_not_null(strstr(testing_text(&w, 0), "is not absolute"), "%s", testing_text(&w, 0));
    testing_local_close(&w);
}

Test(appendfile, a_path_out_of_redirection_is_the_place)
{
    struct testing_local w;
    testing_local_open(&w, " driver = appendfile\n");
    testing_message(&w, "b\n");
    w.address[0].path = true;
    w.address[0].address = span_text(testing_path(&w, "saved"));
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    cr_expect_str_eq(testing_content(&w, "saved"), FROM HEADER "b\n\n");
    w.address[0].path = false;
    testing_run(&w);
    cr_expect_not_null(strstr(testing_text(&w, 0), "mandatory file or directory option"));
    testing_local_close(&w);
}

Test(appendfile, addresses_share_a_copy_as_far_as_batch_max_goes)
{
    static const struct {
        const char *label, *options, *boxes;
        unsigned copies;
    } rows[] = {
        {"one by one", MBOX, "box spool ", 3},
        {"together", MBOX " batch_max = 10\n", "box spool ", 1},
        {"two and one", MBOX " batch_max = 2\n", "box spool ", 2},
        {"places of their own", " driver = appendfile\n file = @/$local_part_data\n batch_max = 10\n",
         "spool u1 u2 u3 ", 3},
        {"by batch_id", MBOX " batch_max = 10\n batch_id = $local_part_data\n", "box spool ", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        testing_local_open(&w, rows[i].options);
        testing_message(&w, "b\n");
        w.job.count = 3;
        testing_run(&w);
        unsigned copies = 0;
        static const char *const boxes[] = {"box", "u1", "u2", "u3"};
        for (size_t b = 0; b < 4; b++) {
            const char *at = testing_content(&w, boxes[b]);
            while ((at = strstr(at, "From s@c.test")) != NULL) {
                copies++;
                at++;
            }
        }
        cr_expect_eq(copies, rows[i].copies, "%s: %u", rows[i].label, copies);
        cr_expect_eq(w.told, 3u, "%s", rows[i].label);
        cr_expect_str_eq(testing_names(&w, "."), rows[i].boxes, "%s", rows[i].label);
        testing_local_close(&w);
    }
}

Test(appendfile, what_does_not_fit_is_taken_back)
{
    struct testing_local w;
    testing_local_open(&w, MBOX " quota = 40\n");
    testing_message(&w, "b\n");
    cr_assert_not(failed(file_write(testing_path(&w, "box"), SPAN("From x\n\nb\n\n"), 0600)));
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED);
    cr_expect_eq(w.address[0].result.error, DELIVERY_ERROR_QUOTA);
    cr_expect_str_eq(testing_content(&w, "box"), "From x\n\nb\n\n");
    cr_assert_null(testing_conf(&w, MBOX " quota = 1M\n"));
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    testing_local_close(&w);
    run_one(&w, " driver = appendfile\n directory = @/d\n maildir_format\n quota = 10\n", "b\n");
    cr_expect_eq(w.address[0].result.error, DELIVERY_ERROR_QUOTA);
    cr_expect_str_eq(testing_names(&w, "d/tmp"), "");
    cr_expect_str_eq(testing_names(&w, "d/new"), "");
    testing_local_close(&w);
}

Test(appendfile, dev_null_takes_everything)
{
    struct testing_local w;
    run_one(&w, " driver = appendfile\n file = /dev/null\n", "b\n");
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    testing_local_close(&w);
}

Test(appendfile, a_shadow_gets_a_copy_of_what_was_delivered)
{
    static const char shadows[] = "s:\n driver = appendfile\n file = @/shadow\n"
                                  "w:\n driver = appendfile\n file = @/spool\n";
    static const struct {
        const char *options, *copy, *says;
    } rows[] = {
        {" shadow_transport = s\n", FROM HEADER "b\n\n", "s"},
        {" shadow_transport = s\n shadow_condition = ${if eq{$local_part}{u1}}\n",
         FROM HEADER "b\n\n", "s"},
        {" shadow_transport = s\n shadow_condition = ${if eq{$local_part}{u2}}\n", "(none)", ""},
        {" shadow_transport = w\n", "(none)", "w (mailbox"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        char options[600];
        snprintf(options, sizeof options, MBOX "%s%s", rows[i].options, shadows);
        run_one(&w, options, "b\n");
        cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
        cr_expect_eq(w.told, 1u);
        cr_expect_str_eq(testing_content(&w, "shadow"), rows[i].copy, "%s", rows[i].options);
        cr_expect(span_starts(w.address[0].result.shadow, span_text(rows[i].says)), "%.*s",
                  SPAN_FMT(w.address[0].result.shadow));
        testing_local_close(&w);
    }
}

/* --- maildir --------------------------------------------------------------------------------- */

#define MAILDIR " driver = appendfile\n directory = @/d\n maildir_format\n"

Test(maildir, a_message_is_a_file_in_new)
{
    struct testing_local w;
    run_one(&w, MAILDIR, "From b\n");
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    cr_expect_str_eq(testing_names(&w, "d"), "cur new tmp ");
    cr_expect_str_eq(testing_names(&w, "d/tmp"), "");
    const char *file = arena_printf(w.arena, "1768910400.M123456Q%s.mx.test.ex",
                                    w.message.envelope.id);
    cr_expect_str_eq(testing_names(&w, "d/new"), arena_printf(w.arena, "%s ", file));
    cr_expect_str_eq(testing_content(&w, arena_printf(w.arena, "d/new/%s", file)), HEADER "From b\n");
    testing_local_close(&w);
}

Test(maildir, a_second_copy_has_another_name)
{
    struct testing_local w;
    run_one(&w, MAILDIR " maildir_tag = ,S=$message_size\n", "b\n");
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    const char *id = w.message.envelope.id;
    cr_expect_str_eq(testing_names(&w, "d/new"),
                     arena_printf(w.arena, "1768910400.M123456Q%s.mx.test.ex,S=29 "
                                  "1768910400.M123456Q%sR1.mx.test.ex,S=29 ", id, id));
    testing_local_close(&w);
}

Test(maildir, tags)
{
    static const struct {
        const char *tag, *end;
        bool good;
    } rows[] = {{":2,S", ".ex:2,S ", true}, {"2,", ".ex:2, ", true}, {"", ".ex ", true},
                {"a/b", "", false}, {"${if eq{a}{b}{x}fail}", ".ex ", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        char options[300];
        snprintf(options, sizeof options, MAILDIR " maildir_tag = \"%s\"\n", rows[i].tag);
        run_one(&w, options, "b\n");
        cr_expect_eq(w.address[0].result.outcome == DELIVERY_DONE, rows[i].good, "%s: %s",
                     rows[i].tag, testing_text(&w, 0));
        const char *names = testing_names(&w, "d/new");
        cr_expect(span_ends(span_text(names), span_text(rows[i].end)), "%s: %s", rows[i].tag, names);
        cr_expect_str_eq(testing_names(&w, "d/tmp"), "", "%s", rows[i].tag);
        testing_local_close(&w);
    }
}

Test(maildir, a_directory_of_files_has_names_of_ones_own)
{
    struct testing_local w;
    run_one(&w, " driver = appendfile\n directory = @/d\n directory_file = m-$local_part_data-${if "
            "eq{$inode}{0}{0}{i}}\n", "From b\n");
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    cr_expect_str_eq(testing_names(&w, "d"), "m-u1-i ");
    cr_expect_str_eq(testing_content(&w, "d/m-u1-i"), HEADER "From b\n");
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED, "the name is taken");
    cr_expect_str_eq(testing_names(&w, "d"), "m-u1-i ");
    testing_local_close(&w);
}

Test(maildir, parts_that_are_links_are_not_used)
{
    struct testing_local w;
    testing_local_open(&w, MAILDIR);
    testing_message(&w, "b\n");
    cr_assert_eq(mkdir(testing_path(&w, "d"), 0700), 0);
    cr_assert_eq(mkdir(testing_path(&w, "elsewhere"), 0700), 0);
    cr_assert_eq(symlink("../elsewhere", testing_path(&w, "d/new")), 0);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED);
    cr_expect_str_eq(testing_names(&w, "elsewhere"), "");
    testing_local_close(&w);
}

/* --- filters --------------------------------------------------------------------------------- */

Test(filter, what_it_writes_is_the_message)
{
    static const struct {
        const char *label, *command, *want; /* want: of the mailbox, or of the failure */
        bool good;
    } rows[] = {
        {"a filter", "/bin/sed s/b/c/", "Sucject: s\nTo: u1@test.ex\n\nc\n\n", true},
        {"words and quotes", "/bin/sed -e 's/^b\\$/$local_part_data x/' -e \"s/^S.*/Y: \\\"z\\\"/\"",
         "Y: \"z\"\nTo: u1@test.ex\n\nu1 x\n\n", true},
        {"expanded", "/bin/echo $local_part_data $return_path", "u1 s@c.test\n\n", true},
        {"text without an end", "/usr/bin/printf From", "From\n\n", true},
        {"escapes come behind it", "/usr/bin/printf 'From x'", ">From x\n\n", true},
        {"no status", "/bin/false", "transport filter process failed (1)", false},
        {"not there", "/nowhere/filter", "transport filter /nowhere/filter cannot be run: No such "
         "file or directory", false},
        {"a signal", "/bin/sh -c 'kill -9 \\$\\$'", "transport filter process was ended by signal 9",
         false},
        {"too long", "/bin/sleep 30", "transport filter timeout", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        char options[500];
        snprintf(options, sizeof options, MBOX " message_prefix =\n transport_filter = %s\n"
                 " transport_filter_timeout = 1s\n", rows[i].command);
        run_one(&w, options, "b\n");
        cr_expect_eq(w.address[0].result.outcome, rows[i].good ? DELIVERY_DONE : DELIVERY_DEFERRED,
                     "%s: %s", rows[i].label, testing_text(&w, 0));
        cr_expect_str_eq(rows[i].good ? testing_content(&w, "box") : testing_text(&w, 0),
                         rows[i].want, "%s", rows[i].label);
        if (!rows[i].good) {
            cr_expect_str_eq(testing_content(&w, "box"), "(none)", "%s", rows[i].label);
        }
        testing_local_close(&w);
    }
}

Test(filter, must_be_an_absolute_command)
{
    struct testing_local w = {.arena = arena_new()};
    const char *wrong = testing_conf(&w, MBOX " transport_filter = sed x\n");
    cr_assert_not_null(wrong);
    cr_expect_not_null(strstr(wrong, "must be an absolute path"), "%s", wrong);
    arena_free(w.arena);
}

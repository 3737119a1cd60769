/* What another program finds in the directory, and when. */
#include "ref/transport/testing_local.h"

#include <errno.h>

#define TRANSPORT " driver = queuefile\n directory = @/out\n"

static void make_out(struct testing_local *w)
{
    cr_assert_eq(mkdir(testing_path(w, "out"), 0755), 0);
}

static const char *pair(struct testing_local *w)
{
    return arena_printf(w->arena, "%s-D %s-H ", w->message.envelope.id, w->message.envelope.id);
}

/* A file of the message in a directory, by its last letter. */
static const char *file(struct testing_local *w, const char *directory, char part)
{
    return testing_content(w, arena_printf(w->arena, "%s/%s-%c", directory, w->message.envelope.id,
                                           part));
}

Test(queuefile, both_files_are_copied_unchanged)
{
    struct testing_local w;
    testing_local_open(&w, TRANSPORT);
    testing_message(&w, ".\nFrom here\nno end");
    make_out(&w);
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    cr_expect_eq(w.told, 1u);
    cr_expect_str_eq(testing_names(&w, "out"), pair(&w));
    cr_expect_str_eq(file(&w, "out", 'H'), file(&w, "spool/input", 'H'));
    cr_expect_str_eq(file(&w, "out", 'D'), file(&w, "spool/input", 'D'));
    testing_local_close(&w);
}

Test(queuefile, one_copy_is_for_all_recipients)
{
    struct testing_local w;
    testing_local_open(&w, TRANSPORT);
    testing_message(&w, "x\n");
    make_out(&w);
    w.job.count = 2;
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE);
    cr_expect_eq(w.address[1].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 1));
    cr_expect_eq(w.told, 2u);
    cr_expect_str_eq(testing_names(&w, "out"), pair(&w));
    testing_local_close(&w);
}

Test(queuefile, a_second_attempt_finds_its_own_copy)
{
    static const struct {
        const char *label;
        bool rewritten;            /* -H was, as after a round that left somebody waiting */
    } rows[] = {{"after a crash", false}, {"after a rewritten -H", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        testing_local_open(&w, TRANSPORT);
        testing_message(&w, "x\n");
        make_out(&w);
        testing_run(&w);
        const char *first = file(&w, "out", 'H');
        if (rows[i].rewritten) {
            vec_add(w.arena, &w.message.envelope.done, SPAN("u1@test.ex"));
            cr_assert_not(failed(spool_message_update(&w.message)));
        }
        testing_run(&w);
        cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s: %s", rows[i].label,
                     testing_text(&w, 0));
        cr_expect_str_eq(file(&w, "out", 'H'), first, "%s", rows[i].label);
        testing_local_close(&w);
    }
}

Test(queuefile, anothers_file_is_left_alone_and_the_address_waits)
{
    struct testing_local w;
    testing_local_open(&w, TRANSPORT);
    testing_message(&w, "x\n");
    make_out(&w);
    const char *name = arena_printf(w.arena, "out/%s-H", w.message.envelope.id);
    cr_assert_not(failed(file_write(testing_path(&w, name), SPAN("mine"), 0600)));
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED);
    cr_expect_eq(w.address[0].result.error, EEXIST);
    cr_expect_str_eq(testing_text(&w, 0),
                     arena_printf(w.arena, "t transport linking file: %s failed with error: "
                                  "File exists", testing_path(&w, name)));
    cr_expect_str_eq(testing_content(&w, name), "mine");
    cr_expect_str_eq(testing_names(&w, "out"),
                     arena_printf(w.arena, "%s-H ", w.message.envelope.id), "no -D is left");
    cr_expect_eq(w.told, 0u);
    testing_local_close(&w);
}

Test(queuefile, what_is_wrong_with_the_directory_is_told_in_exims_words)
{
    static const struct {
        const char *options, *text;
        int error;
    } rows[] = {
        {" driver = queuefile\n directory = @/missing\n",
         "t transport accessing directory: @/missing failed with error: No such file or directory",
         ENOENT},
        {" driver = queuefile\n directory = out\n", "t transport directory: out is not absolute", -1},
        {" driver = queuefile\n directory = @/link\n",
         "t transport accessing directory: @/link failed with error: Not a directory", ENOTDIR},
        {" driver = queuefile\n directory = ${if eq{a}{a}{$acl_m_no}{/x}}\n",
         "t transport directory:  is not absolute", -1},
        {" driver = queuefile\n directory = /${lookup{x}lsearch{@/nofile}}\n",
         "t transport: failed to expand dirname option: ", 0},
        {" driver = queuefile\n directory = @/$local_part\n",
         "t transport: tainted directory \"@/u1\" is not permitted", -1},
        {" driver = queuefile\n directory = @/spool/input\n",
         "t transport linking file: @/spool/input/", EEXIST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w;
        testing_local_open(&w, rows[i].options);
        testing_message(&w, "x\n");
        make_out(&w);
        cr_assert_eq(symlink("out", testing_path(&w, "link")), 0);
        testing_run(&w);
        struct buf text;
        buf_init(&text, 1000);
        for (const char *c = rows[i].text; *c != '\0'; c++) {
            if (*c == '@') {
                buf_put_text(&text, w.path);
            } else {
                buf_put_byte(&text, (unsigned char)*c);
            }
        }
        cr_expect_eq(w.address[0].result.outcome, DELIVERY_DEFERRED, "%s", rows[i].options);
        cr_expect_eq(w.address[0].result.error, rows[i].error, "%s: %d", rows[i].options,
                     w.address[0].result.error);
        cr_expect(span_starts(w.address[0].result.text, buf_span(&text)), "%s: %s",
                  rows[i].options, testing_text(&w, 0));
        buf_wipe(&text);
        testing_local_close(&w);
    }
}

/* /dev/shm is another file system than /tmp. */
Test(queuefile, across_file_systems_the_octets_are_copied)
{
    struct testing_local w;
    char other[] = "/dev/shm/deposit-test-XXXXXX";
    if (mkdtemp(other) == NULL) {
        cr_skip_test("/dev/shm cannot be used");
    }
    char options[100];
    snprintf(options, sizeof options, " driver = queuefile\n directory = %s\n", other);
    testing_local_open(&w, options);
    testing_message(&w, "x\n");
    for (unsigned i = 0; i < 2; i++) {
        testing_run(&w);
        cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s", testing_text(&w, 0));
    }
    const char *data = arena_printf(w.arena, "%s/%s-D", other, w.message.envelope.id);
    span copied = SPAN_EMPTY;
    struct stat st = {0};
    cr_expect_not(failed(file_read(data, 1000, w.arena, &copied)));
    cr_expect_str_eq(arena_text(w.arena, copied), file(&w, "spool/input", 'D'));
    cr_expect_eq(stat(data, &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0640u);
    struct dir_list list = {0};
    cr_expect_not(failed(dir_list(other, w.arena, &list)));
    cr_expect_eq(list.count, (size_t)2, "no temporary file is left");
    cr_expect_not(failed(dir_remove_all(other)));
    testing_local_close(&w);
}

Test(queuefile, every_generic_option_is_taken_and_does_nothing)
{
    static const char *const options[] = {
        "body_only", "current_directory = /x", "debug_print = x", "delivery_date_add",
        "disable_logging", "envelope_to_add", "event_action = x", "group = 4711",
        "headers_add = X: y", "headers_only", "headers_remove = To", "headers_rewrite = *@a b@c",
        "home_directory = /h", "initgroups", "max_parallel = 1", "message_size_limit = 1",
        "rcpt_include_affixes", "retry_use_local_part = false", "return_path = r@x",
        "return_path_add", "shadow_condition = yes", "shadow_transport = t",
        "transport_filter = /bin/false", "transport_filter_timeout = 1s", "user = 4711",
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct testing_local w;
        char text[200];
        snprintf(text, sizeof text, TRANSPORT " %s\n", options[i]);
        testing_local_open(&w, text);
        testing_message(&w, "x\n");
        make_out(&w);
        testing_run(&w);
        cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE, "%s: %s", options[i],
                     testing_text(&w, 0));
        cr_expect_str_eq(file(&w, "out", 'H'), file(&w, "spool/input", 'H'), "%s", options[i]);
        cr_expect_str_eq(file(&w, "out", 'D'), file(&w, "spool/input", 'D'), "%s", options[i]);
        testing_local_close(&w);
    }
}

Test(queuefile, other_names_are_refused_when_read)
{
    static const struct {
        const char *options, *says;
    } rows[] = {
        {" driver = queuefile\n", "directory must be set for the t transport"},
        {TRANSPORT " file = /x\n", "option \"file\" unknown"},
        {TRANSPORT " hosts = x\n", "option \"hosts\" unknown"},
        {TRANSPORT " nonsense = x\n", "option \"nonsense\" unknown"},
        {TRANSPORT " batch_max = 10\n", "option \"batch_max\" unknown"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct testing_local w = {.arena = arena_new()};
        const char *wrong = testing_conf(&w, rows[i].options);
        cr_assert_not_null(wrong, "%s", rows[i].options);
        cr_expect_not_null(strstr(wrong, rows[i].says), "%s", wrong);
        arena_free(w.arena);
    }
}

Test(queuefile, a_delivery_that_cannot_be_recorded_ends_the_job)
{
    struct testing_local w;
    testing_local_open(&w, " driver = queuefile\n directory = @/$local_part_data\n");
    testing_message(&w, "x\n");
    cr_assert_eq(mkdir(testing_path(&w, "u1"), 0755), 0);
    cr_assert_eq(mkdir(testing_path(&w, "u2"), 0755), 0);
    w.job.count = 2;
    w.tell = err_sys(EIO, "writing -J");
    testing_run(&w);
    cr_expect_eq(w.address[0].result.outcome, DELIVERY_DONE);
    cr_expect_eq(w.address[1].result.outcome, DELIVERY_DEFERRED);
    cr_expect_str_eq(testing_names(&w, "u2"), "");
    testing_local_close(&w);
}

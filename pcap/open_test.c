/* Files that are no captures, and the sentences about them. */
#include "pcap/open.h"

#include "pcap/made.h"

#include <criterion/criterion.h>
#include <unistd.h>

struct bad_row {
    const char *label;
    const char *bytes;
    size_t len;
    const char *why; /* in the message */
};

#define HEADER "\xa1\xb2\xc3\xd4\0\2\0\4\0\0\0\0\0\0\0\0\0\4\0\0"
static const struct bad_row bad_rows[] = {
    {"empty", "", 0, "not a capture file"},
    {"text", "this is no capture file at all\n", 31, "not a capture file"},
    {"compressed", "\x1f\x8b\x08\x08\0\0\0\0\0\x03", 10, "compressed by gzip"},
    {"header cut", HEADER, 12, "not a capture file"},
    {"wireless", HEADER "\0\0\0\x7f", 24, "link type 127"},
    {"record header cut", HEADER "\0\0\0\x65\0\0\0\1\0\0", 30, "packet 1:"},
    {"record cut", HEADER "\0\0\0\x65\0\0\0\1\0\0\0\0\0\0\0\x28\0\0\0\x28" "abc", 43, "packet 1:"},
    {"more captured than was there", HEADER "\0\0\0\x65\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0\2" "abcd", 44, "packet 1:"},
    {"a record of two gigabytes", HEADER "\0\0\0\x65\0\0\0\1\0\0\0\0\x7f\xff\xff\xff\x7f\xff\xff\xff" "abcd", 44,
     "packet 1:"},
};

Test(recording_open, what_is_no_capture_is_said_with_file_and_packet)
{
    for (size_t i = 0; i < sizeof bad_rows / sizeof *bad_rows; i++) {
        struct arena *arena = arena_new();
        struct recording *c = NULL;
        int fd = made_fd(span_of(bad_rows[i].bytes, bad_rows[i].len));
        err e = made_open(fd, arena, &c);
        close(fd);
        bool end = false;
        while (!failed(e) && !end) {
            struct capture_frame f;
            e = recording_next(c, &f, &end);
        }
        cr_assert_eq(e.kind, ERR_SYNTAX, "%s", bad_rows[i].label);
        cr_assert(strstr(e.what, "/proc/self/fd/"), "%s: %s", bad_rows[i].label, e.what);
        cr_assert(strstr(e.what, bad_rows[i].why), "%s: %s", bad_rows[i].label, e.what);
        recording_close(c);
        arena_free(arena);
    }
}

Test(recording_open, a_missing_file_is_an_error_of_the_system)
{
    struct arena *arena = arena_new();
    struct recording *c = NULL;
    err e = recording_open("/nowhere/x.pcap", arena, &c);
    cr_assert_eq(e.kind, ERR_IO);
    cr_assert(strstr(e.what, "/nowhere/x.pcap"));
    arena_free(arena);
}

Test(recording_open, frames_come_numbered_with_their_time)
{
    struct arena *arena = arena_new();
    struct buf b;
    buf_init(&b, 1 << 16);
    made_file_begin(&b, 101);
    for (uint64_t i = 0; i < 3; i++) {
        struct capture_packet p = made_packet(1500 + i, true, MADE_A, 1, 1, SPAN("x"));
        made_segment_record(&b, &p);
    }
    struct recording *c;
    int fd = made_fd(buf_span(&b));
    cr_assert(!failed(made_open(fd, arena, &c)));
    close(fd);
    struct capture_frame f;
    bool end;
    for (uint64_t i = 0; i < 3; i++) {
        cr_assert(!failed(recording_next(c, &f, &end)) && !end);
        cr_assert_eq(f.number, i + 1);
        cr_assert_eq(f.at, (instant)(1500 + i) * NANOS_PER_MILLI);
    }
    cr_assert(!failed(recording_next(c, &f, &end)) && end);
    recording_close(c);
    buf_wipe(&b);
    arena_free(arena);
}

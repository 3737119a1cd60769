/* Secrets in pcapng: what is written is read again, by us and by libpcap; lengths that lie are named. */
#include "pcap/block.h"

#include "base/file.h"
#include "base/buf.h"
#include "pcap/made.h"
#include "pcap/open.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static err keep(void *context, span log)
{
    struct buf *all = context;
    buf_put(all, log);
    buf_put_byte(all, '|');
    return OK;
}

/* The secrets of a file. */
static err read_all(span file, struct arena *arena, struct buf *all)
{
    int fd = made_fd(file);
    buf_clear(all);
    err e = capture_blocks_read(fd, keep, all, arena);
    close(fd);
    return e;
}

static span written(struct arena *arena, span secrets)
{
    char path[] = "/tmp/block_test_XXXXXX";
    int fd = mkstemp(path);
    struct capture_file *f;
    span all = SPAN_EMPTY;
    cr_assert(fd >= 0 && !failed(capture_file_new(path, 1, secrets, arena, &f)));
    capture_file_add(f, (instant)1700000000123456789, SPAN("first"), 5);
    capture_file_add(f, (instant)1700000001000000000, SPAN("second!!"), 100);
    cr_assert(!failed(capture_file_end(f)));
    cr_assert(!failed(file_read(path, 1 << 20, arena, &all)));
    close(fd);
    unlink(path);
    return all;
}

Test(capture_file, is_read_again_by_everybody)
{
    struct arena *arena = arena_new();
    span file = written(arena, SPAN("CLIENT_RANDOM x y\n"));
    struct recording *r;
    struct capture_frame frame;
    bool end;
    int fd = made_fd(file);
    cr_assert(!failed(made_open(fd, arena, &r)));
    close(fd);
    cr_assert(!failed(recording_next(r, &frame, &end)) && !end);
    cr_assert(span_eq(frame.bytes, SPAN("first")) && frame.said == 5 && frame.at == 1700000000123456789);
    cr_assert(!failed(recording_next(r, &frame, &end)) && !end);
    cr_assert(span_eq(frame.bytes, SPAN("second!!")) && frame.said == 100);
    cr_assert(!failed(recording_next(r, &frame, &end)) && end);
    recording_close(r);
    struct buf all;
    buf_init(&all, 1 << 20);
    cr_assert(!failed(read_all(file, arena, &all)));
    cr_assert(span_eq(buf_span(&all), SPAN("CLIENT_RANDOM x y\n|")), "%.*s", SPAN_FMT(buf_span(&all)));
    buf_wipe(&all);
    arena_free(arena);
}

Test(capture_file, a_place_that_cannot_be_written_is_told)
{
    struct arena *arena = arena_new();
    struct capture_file *f;
    cr_assert_eq(capture_file_new("/nowhere/x", 1, SPAN_EMPTY, arena, &f).kind, ERR_IO);
    cr_assert(!failed(capture_file_new("/dev/full", 1, SPAN_EMPTY, arena, &f)));
    cr_assert_eq(capture_file_end(f).kind, ERR_IO);
    arena_free(arena);
}

/* Big-endian, as a machine of the other kind writes it. */
#define SECTION "\x0a\x0d\x0d\x0a\x00\x00\x00\x1c\x1a\x2b\x3c\x4d\x00\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x1c"
#define OTHER "\x00\x00\x0b\xad\x00\x00\x00\x10zzzz\x00\x00\x00\x10"

static const struct {
    const char *label;
    span file;
    const char *says; /* NULL: it is fine */
    const char *secrets;
} lies[] = {
    {"no secrets", {(const unsigned char *)SECTION OTHER, sizeof SECTION OTHER - 1}, NULL, ""},
    {"secrets", {(const unsigned char *)SECTION "\x00\x00\x00\x0a\x00\x00\x00\x18TLSK\x00\x00\x00\x02K\n\0\0\x00\x00\x00\x18", sizeof SECTION + 24 - 1}, NULL, "K\n|"},
    {"secrets of another kind", {(const unsigned char *)SECTION "\x00\x00\x00\x0a\x00\x00\x00\x18SSHK\x00\x00\x00\x02K\n\0\0\x00\x00\x00\x18", sizeof SECTION + 24 - 1}, NULL, ""},
    {"more secrets than the block has", {(const unsigned char *)SECTION "\x00\x00\x00\x0a\x00\x00\x00\x18TLSK\x00\x00\x00\x05K\n\0\0\x00\x00\x00\x18", sizeof SECTION + 24 - 1}, "octet 28 says it has more", ""},
    {"secrets with no room", {(const unsigned char *)SECTION "\x00\x00\x00\x0a\x00\x00\x00\x10TLSK\x00\x00\x00\x10", sizeof SECTION + 16 - 1}, "octet 28 is of secrets", ""},
    {"shorter than its own head", {(const unsigned char *)SECTION "\x00\x00\x0b\xad\x00\x00\x00\x08", sizeof SECTION + 8 - 1}, "octet 28 has a length", ""},
    {"no multiple of four", {(const unsigned char *)SECTION "\x00\x00\x0b\xad\x00\x00\x00\x11", sizeof SECTION + 8 - 1}, "octet 28 has a length", ""},
    {"another length at the end", {(const unsigned char *)SECTION "\x00\x00\x0b\xad\x00\x00\x00\x10zzzz\x00\x00\x00\x14", sizeof SECTION + 16 - 1}, "octet 28 has another length", ""},
    {"cut in a block", {(const unsigned char *)SECTION "\x00\x00\x0b\xad\x00\x00\x00\x10zz", sizeof SECTION + 10 - 1}, "octet 28 is cut off", ""},
    {"cut in a head", {(const unsigned char *)SECTION "\x00\x00\x0b", sizeof SECTION + 3 - 1}, "octet 28 is cut off", ""},
    {"no octet order", {(const unsigned char *)"\x0a\x0d\x0d\x0a\x00\x00\x00\x1czzzz", 12}, "octet 0 begins a section", ""},
    {"no pcapng", {(const unsigned char *)"\xd4\xc3\xb2\xa1\x02\x00\x04\x00 and anything", 21}, NULL, ""},
    {"nothing", {(const unsigned char *)"", 0}, NULL, ""},
};

Test(capture_blocks, lies_are_named)
{
    struct arena *arena = arena_new();
    struct buf all;
    buf_init(&all, 1 << 20);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        err e = read_all(lies[i].file, arena, &all);
        cr_assert_eq(failed(e), lies[i].says != NULL, "%s: %s", lies[i].label, e.what);
        cr_assert(!failed(e) || (e.kind == ERR_SYNTAX && strstr(e.what, lies[i].says)), "%s: %s", lies[i].label, e.what);
        cr_assert(failed(e) || span_eq(buf_span(&all), span_text(lies[i].secrets)), "%s", lies[i].label);
    }
    buf_wipe(&all);
    arena_free(arena);
}

/* The file is read a window at a time: wherever its end falls, in a head, in secrets or in a tail. */
Test(capture_blocks, no_place_in_the_file_matters)
{
    struct arena *arena = arena_new();
    struct buf file, all;
    buf_init(&file, 1 << 20);
    buf_init(&all, 1 << 20);
    for (uint32_t other = (1 << 18) - 100; other < (1 << 18) + 20; other += 4) {
        buf_clear(&file);
        buf_put(&file, lies[0].file);
        made_u32(&file, 0xbad);
        made_u32(&file, other);
        buf_put(&file, span_of(arena_take(arena, other), other - 12));
        made_u32(&file, other);
        buf_put(&file, span_from(lies[1].file, sizeof SECTION - 1));
        cr_assert(!failed(read_all(buf_span(&file), arena, &all)), "%u", other);
        cr_assert(span_eq(buf_span(&all), SPAN("K\n|")), "%u", other);
    }
    buf_wipe(&file);
    buf_wipe(&all);
    arena_free(arena);
}

/* Why libpcap and not forty lines of our own: pcapng has options, several interfaces and two byte
   orders, and a reader that people's captures disagree with is worth nothing. What is ours is the
   sentence: libpcap says what it tried to read, a person needs to know of which file and where. */
#include "pcap/open.h"

#include "base/buf.h"
#include "pcap/packet.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdio_ext.h>

#define READ_OCTETS ((size_t)65536)

struct recording {
    struct arena *arena;
    const char *name;
    pcap_t *handle;
    struct buf ahead; /* what was read of the file and not yet asked for */
    uint64_t number;
    int link;
    bool over;
};

/* libpcap reads nothing that is compressed, and says only that it does not know the form. */
static const char *compressor(FILE *file)
{
    static const struct {
        const char *begin;
        size_t len;
        const char *name;
    } rows[] = {{"\x1f\x8b", 2, "gzip"}, {"\xfd" "7zXZ", 5, "xz"}, {"\x28\xb5\x2f\xfd", 4, "zstd"},
                {"BZh", 3, "bzip2"}, {"\x04\x22\x4d\x18", 4, "lz4"}};
    char head[8];
    rewind(file);
    size_t got = fread(head, 1, sizeof head, file);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (got >= rows[i].len && memcmp(head, rows[i].begin, rows[i].len) == 0) {
            return rows[i].name;
        }
    }
    return NULL;
}

err recording_open(const char *path, struct arena *arena, struct recording **c)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    FILE *file = fopen(path, "rbe");
    if (!file) {
        return err_in(err_sys(errno, "cannot be opened"), arena, "%s", path);
    }
    struct recording *r = ARENA_NEW(arena, struct recording);
    *r = (struct recording){.arena = arena, .name = arena_text(arena, span_text(path))};
    /* nobody else reads it: a lock for each packet, twice, would cost a sixth of all, and a call of the
       system for each page a fifth */
    (void)__fsetlocking(file, FSETLOCKING_BYCALLER);
    buf_init(&r->ahead, READ_OCTETS);
    (void)setvbuf(file, (char *)buf_reserve(&r->ahead, READ_OCTETS), _IOFBF, READ_OCTETS);
    r->handle = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
    if (!r->handle) {
        const char *name = compressor(file);
        fclose(file);
        buf_wipe(&r->ahead);
        return err_syntax(0, name ? arena_printf(arena, "%s: not a capture file, but one compressed by %s; unpack it first", path, name)
                                  : arena_printf(arena, "%s: not a capture file that can be read: %s", path, why));
    }
    r->link = pcap_datalink(r->handle);
    if (!capture_link_known(r->link)) {
        const char *word = pcap_datalink_val_to_name(r->link);
        recording_close(r);
        return err_syntax(0, arena_printf(arena, "%s: link type %d (%s) cannot be read; it must be one of %s", path,
                                          r->link, word ? word : "unknown", capture_link_names()));
    }
    *c = r;
    return OK;
}

/* With the precision asked for, tv_usec counts nanoseconds. pcapng has room for times that no clock shows:
   they are cut so far that differences of any two can be counted. */
static instant time_of(const struct timeval *t)
{
    const int64_t most = INT64_MAX / 2 / NANOS_PER_SECOND - 1;
    int64_t seconds = t->tv_sec < 0 ? 0 : t->tv_sec > most ? most : t->tv_sec;
    return seconds * NANOS_PER_SECOND + (t->tv_usec < 0 || t->tv_usec >= NANOS_PER_SECOND ? 0 : t->tv_usec);
}

err recording_next(struct recording *c, struct capture_frame *frame, bool *end)
{
    *end = true;
    if (c->over) {
        return OK;
    }
    struct pcap_pkthdr *header;
    const unsigned char *bytes;
    int got = pcap_next_ex(c->handle, &header, &bytes);
    if (got != 1) {
        c->over = true;
        if (got == PCAP_ERROR_BREAK) {
            return OK;
        }
        return err_syntax(0, arena_printf(c->arena, "%s: packet %llu: %s", c->name,
                                          (unsigned long long)c->number + 1, pcap_geterr(c->handle)));
    }
    c->number++;
    if (header->caplen > header->len) {
        c->over = true;
        return err_syntax(0, arena_printf(c->arena,
                                          "%s: packet %llu: says %u octets captured of %u on the wire",
                                          c->name, (unsigned long long)c->number, header->caplen,
                                          header->len));
    }
    *end = false;
    *frame = (struct capture_frame){
        .number = c->number,
        .at = time_of(&header->ts),
        .link = c->link,
        .bytes = span_of(bytes, header->caplen),
        .said = header->len,
    };
    return OK;
}

err recording_verify(const char *path, struct arena *arena)
{
    struct recording *c;
    TRY(recording_open(path, arena, &c));
    err e = OK;
    bool end = false;
    while (!failed(e) && !end) {
        struct capture_frame frame;
        e = recording_next(c, &frame, &end);
    }
    recording_close(c);
    return e;
}

void recording_close(struct recording *c)
{
    if (c && c->handle) {
        pcap_close(c->handle);
        buf_wipe(&c->ahead);
        c->handle = NULL;
    }
}

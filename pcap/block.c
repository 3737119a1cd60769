/* The reader goes from length to length and looks at two block types, so that a capture of any size costs one
   pass over its octets and no memory. The writer makes files of its own because libpcap writes none with
   secrets, and a capture whose keys lie beside it is a capture that will lose them. */
#include "pcap/block.h"

#include "base/file.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>

#define BLOCK_SECTION 0x0A0D0D0Au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET 6u
#define BLOCK_SECRETS 10u
#define ORDER_MAGIC 0x1A2B3C4Du
#define SECRETS_TLS 0x544C534Bu /* "TLSK" */
#define WINDOW ((size_t)1 << 18)
#define SECRETS_CEILING ((size_t)256 << 20)
#define LINKTYPE_RAW 101
#define SNAPLEN 262144
#define OPTION_RESOLUTION 9

/* ---- reading ---- */

struct blocks {
    int fd;
    struct arena *arena;
    unsigned char *window; /* of the file: `len` octets from `from` on */
    uint64_t from;
    size_t len;
    uint64_t begin;        /* of the block that is read */
    bool big;              /* the section's octet order */
    bool any;              /* a section was seen */
};

/* Octets of the file, fewer than count only where it ends. They live until the next call. */
static err look(struct blocks *b, uint64_t at, size_t count, span *octets)
{
    if (at < b->from || at + count > b->from + b->len) {
        TRY(fd_read_part(b->fd, b->window, WINDOW, (off_t)at, &b->len));
        b->from = at;
    }
    *octets = span_part(span_of(b->window, b->len), (size_t)(at - b->from), count);
    return OK;
}

static uint32_t number_at(const struct blocks *b, span octets, size_t at)
{
    const unsigned char *o = octets.at + at;
    return b->big ? (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3]
                  : (uint32_t)o[3] << 24 | (uint32_t)o[2] << 16 | (uint32_t)o[1] << 8 | o[0];
}

static err wrong(const struct blocks *b, const char *what)
{
    return err_syntax((size_t)b->begin, arena_printf(b->arena, "the block at octet %llu %s",
                                                     (unsigned long long)b->begin, what));
}

/* The order in which a section has the octets of its numbers, by one that it begins with. */
static err read_order(struct blocks *b, span head)
{
    b->big = false;
    if (number_at(b, head, 8) != ORDER_MAGIC) {
        b->big = true;
        if (number_at(b, head, 8) != ORDER_MAGIC) {
            return wrong(b, "begins a section, but has no octet order");
        }
    }
    b->any = true;
    return OK;
}

static err read_secrets(struct blocks *b, uint32_t len, capture_log_seen *seen, void *context)
{
    if (len < 20 || len > SECRETS_CEILING) {
        return wrong(b, "is of secrets, and has a length that cannot be true");
    }
    struct arena *held = arena_new();
    size_t got;
    unsigned char *at = arena_octets(held, len - 12);
    err e = fd_read_part(b->fd, at, len - 12, (off_t)b->begin + 8, &got);
    span body = span_of(at, got);
    if (!failed(e) && (got < 8 || number_at(b, body, 4) > got - 8)) {
        e = wrong(b, "says it has more octets of secrets than it has octets");
    } else if (!failed(e) && number_at(b, body, 0) == SECRETS_TLS) {
        e = seen(context, span_part(body, 8, number_at(b, body, 4)));
    }
    arena_free(held);
    return e;
}

/* The block at `begin`, which then is that of the next; *end: there are no more. */
static err read_block(struct blocks *b, capture_log_seen *seen, void *context, bool *end)
{
    span head, tail;
    TRY(look(b, b->begin, 12, &head));
    bool section = head.len >= 8 && number_at(b, head, 0) == BLOCK_SECTION;
    *end = head.len == 0 || (!b->any && (!section || head.len < 12));
    if (*end) {
        return OK;
    }
    if (head.len < (section ? 12 : 8)) {
        return wrong(b, "is cut off");
    }
    if (section) {
        TRY(read_order(b, head));
    }
    uint32_t type = number_at(b, head, 0), len = number_at(b, head, 4);
    if (len < (section ? 16 : 12) || len % 4) {
        return wrong(b, "has a length that cannot be true");
    }
    TRY(look(b, b->begin + len - 4, 4, &tail));
    if (tail.len < 4) {
        return wrong(b, "is cut off");
    }
    if (number_at(b, tail, 0) != len) {
        return wrong(b, "has another length at its end than at its beginning");
    }
    if (type == BLOCK_SECRETS) {
        TRY(read_secrets(b, len, seen, context));
    }
    b->begin += len;
    return OK;
}

err capture_blocks_read(int fd, capture_log_seen *seen, void *context, struct arena *arena)
{
    struct blocks b = {.fd = fd, .arena = arena, .window = arena_octets(arena, WINDOW)};
    for (bool end = false; !end;) {
        TRY(read_block(&b, seen, context, &end));
    }
    return OK;
}

/* ---- writing ---- */

struct capture_file {
    FILE *out;
    const char *path;
    bool broken;
    int sys;
};

/* The machine's own octet order, which is what the magic is for. */
static void put(struct capture_file *f, const void *at, size_t len)
{
    static const unsigned char zeros[4] = {0};
    size_t pad = (4 - len % 4) % 4;
    if ((len && fwrite(at, 1, len, f->out) != len) || (pad && fwrite(zeros, 1, pad, f->out) != pad)) {
        f->sys = f->broken ? f->sys : errno;
        f->broken = true;
    }
}

static uint32_t padded(size_t len)
{
    return (uint32_t)((len + 3) & ~(size_t)3);
}

static void put_block(struct capture_file *f, uint32_t type, const void *fixed, size_t fixed_len, span rest)
{
    uint32_t len = 12 + padded(fixed_len) + padded(rest.len);
    put(f, &type, 4);
    put(f, &len, 4);
    put(f, fixed, fixed_len);
    put(f, rest.at, rest.len);
    put(f, &len, 4);
}

static void put_beginning(struct capture_file *f, int link, span secrets)
{
    struct {
        uint32_t magic;
        uint16_t major, minor;
        uint64_t section;
    } section = {ORDER_MAGIC, 1, 0, UINT64_MAX};
    struct {
        uint16_t link, reserved;
        uint32_t snaplen;
        uint16_t option, option_len;
        unsigned char resolution[4]; /* 10^-9 s */
        uint32_t end;
    } interface = {(uint16_t)(link == DLT_RAW ? LINKTYPE_RAW : link), 0, SNAPLEN, OPTION_RESOLUTION, 1, {9, 0, 0, 0}, 0};
    put_block(f, BLOCK_SECTION, &section, sizeof section, SPAN_EMPTY);
    if (secrets.len) {
        uint32_t head[2] = {SECRETS_TLS, (uint32_t)secrets.len};
        put_block(f, BLOCK_SECRETS, head, sizeof head, secrets);
    }
    put_block(f, BLOCK_INTERFACE, &interface, sizeof interface, SPAN_EMPTY);
}

err capture_file_new(const char *path, int link, span secrets, struct arena *arena, struct capture_file **f)
{
    *f = ARENA_NEW(arena, struct capture_file);
    **f = (struct capture_file){.out = fopen(path, "wbe"), .path = arena_text(arena, span_text(path))};
    if (!(*f)->out) {
        return err_in(err_sys(errno, "cannot be written"), arena, "%s", path);
    }
    put_beginning(*f, link, secrets);
    return OK;
}

void capture_file_add(struct capture_file *f, instant at, span octets, size_t said)
{
    uint64_t time = (uint64_t)at;
    uint32_t head[5] = {0, (uint32_t)(time >> 32), (uint32_t)time, (uint32_t)octets.len, (uint32_t)said};
    put_block(f, BLOCK_PACKET, head, sizeof head, octets);
}

err capture_file_end(struct capture_file *f)
{
    bool late = fclose(f->out) != 0;
    if (late && !f->broken) {
        f->sys = errno;
    }
    return late || f->broken ? err_sys(f->sys, f->path) : OK;
}

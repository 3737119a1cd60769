/* The reader counts lengths and looks at two block types, so that a capture of any size costs one pass
   over its octets and no memory. The writer makes files of its own because libpcap writes none with
   secrets, and a capture whose keys lie beside it is a capture that will lose them. */
#include "pcap/block.h"

#include "base/buf.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>

#define BLOCK_SECTION 0x0A0D0D0Au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET 6u
#define BLOCK_SECRETS 10u
#define ORDER_MAGIC 0x1A2B3C4Du
#define SECRETS_TLS 0x544C534Bu /* "TLSK" */
#define SECRETS_CEILING ((size_t)256 << 20)
#define LINKTYPE_RAW 101
#define SNAPLEN 262144
#define OPTION_RESOLUTION 9

/* ---- reading ---- */

enum part {
    PART_HEAD,    /* type and length */
    PART_ORDER,   /* of a section: its octet order */
    PART_SECRETS,
    PART_END,     /* the length again */
    PART_NOTHING  /* no pcapng */
};

struct capture_blocks {
    capture_log_seen *seen;
    void *context;
    struct arena *arena;
    struct buf held;   /* of the part */
    enum part part;
    size_t need;       /* octets of the part */
    uint64_t skip;     /* octets that nobody wants, before the part */
    uint64_t at;       /* of the next octet in the file */
    uint64_t begin;    /* of the block */
    bool big;          /* the section's octet order */
    bool any;          /* a section was seen */
    uint32_t type, len;
};

struct capture_blocks *capture_blocks_new(capture_log_seen *seen, void *context, struct arena *arena)
{
    struct capture_blocks *b = ARENA_NEW(arena, struct capture_blocks);
    *b = (struct capture_blocks){.seen = seen, .context = context, .arena = arena, .need = 8};
    buf_init(&b->held, SECRETS_CEILING);
    return b;
}

void capture_blocks_free(struct capture_blocks *b)
{
    if (b) {
        buf_wipe(&b->held);
    }
}

bool capture_blocks_wants(const struct capture_blocks *b)
{
    return b->part != PART_NOTHING;
}

static uint32_t number_at(const struct capture_blocks *b, size_t at)
{
    const unsigned char *o = b->held.at + at;
    return b->big ? (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3]
                  : (uint32_t)o[3] << 24 | (uint32_t)o[2] << 16 | (uint32_t)o[1] << 8 | o[0];
}

static err wrong(const struct capture_blocks *b, const char *what)
{
    return err_syntax((size_t)b->begin, arena_printf(b->arena, "the block at octet %llu %s",
                                                     (unsigned long long)b->begin, what));
}

static void want(struct capture_blocks *b, enum part part, size_t need)
{
    buf_clear(&b->held);
    b->part = part;
    b->need = need;
}

/* Type and length are known; `got` octets of the block have come. */
static err begin_body(struct capture_blocks *b, uint32_t len, uint32_t got)
{
    b->len = len;
    if (len < got + 4 || len % 4) {
        return wrong(b, "has a length that cannot be true");
    }
    if (b->type == BLOCK_SECRETS) {
        if (len - got - 4 < 8 || len > SECRETS_CEILING) {
            return wrong(b, "is of secrets, and has a length that cannot be true");
        }
        want(b, PART_SECRETS, len - got - 4);
    } else {
        want(b, PART_END, 4);
        b->skip = len - got - 4;
    }
    return OK;
}

static err take_head(struct capture_blocks *b)
{
    b->begin = b->at - 8;
    b->type = number_at(b, 0);
    if (b->type == BLOCK_SECTION) {
        b->part = PART_ORDER;
        b->need = 12;
        return OK;
    }
    if (!b->any) {
        want(b, PART_NOTHING, SIZE_MAX);
        return OK;
    }
    return begin_body(b, number_at(b, 4), 8);
}

static err take_order(struct capture_blocks *b)
{
    b->big = false;
    if (number_at(b, 8) != ORDER_MAGIC) {
        b->big = true;
        if (number_at(b, 8) != ORDER_MAGIC) {
            return wrong(b, "begins a section, but has no octet order");
        }
    }
    b->any = true;
    return begin_body(b, number_at(b, 4), 12);
}

static err take_secrets(struct capture_blocks *b)
{
    uint32_t len = number_at(b, 4);
    if (len > b->held.len - 8) {
        return wrong(b, "says it has more octets of secrets than it has octets");
    }
    if (number_at(b, 0) == SECRETS_TLS) {
        TRY(b->seen(b->context, span_part(buf_span(&b->held), 8, len)));
    }
    want(b, PART_END, 4);
    return OK;
}

static err take_end(struct capture_blocks *b)
{
    if (number_at(b, 0) != b->len) {
        return wrong(b, "has another length at its end than at its beginning");
    }
    want(b, PART_HEAD, 8);
    return OK;
}

static err take_part(struct capture_blocks *b)
{
    switch (b->part) {
    case PART_HEAD:
        return take_head(b);
    case PART_ORDER:
        return take_order(b);
    case PART_SECRETS:
        return take_secrets(b);
    case PART_END:
        return take_end(b);
    case PART_NOTHING:
        break;
    }
    return OK;
}

err capture_blocks_add(struct capture_blocks *b, span piece)
{
    while (piece.len && b->part != PART_NOTHING) {
        bool passing = b->skip > 0;
        uint64_t due = passing ? b->skip : b->need - b->held.len;
        size_t count = piece.len < due ? piece.len : (size_t)due;
        if (passing) {
            b->skip -= count;
        } else {
            buf_put(&b->held, span_first(piece, count));
        }
        b->at += count;
        piece = span_from(piece, count);
        if (!passing && b->held.len == b->need) {
            TRY(take_part(b));
        }
    }
    return OK;
}

err capture_blocks_end(struct capture_blocks *b)
{
    bool whole = b->part == PART_NOTHING || (b->part == PART_HEAD && b->held.len == 0) || !b->any;
    if (!whole) {
        b->begin = b->part == PART_HEAD ? b->at - b->held.len : b->begin;
        return wrong(b, "is cut off");
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

/* Read whole before anything is looked for: a block of secrets should stand before the packets that
   need it, but tools append what they learnt late, and a file of keys has no order at all. */
#include "pcap/tls_secrets.h"

#include "base/file.h"
#include "base/vec.h"
#include "pcap/block.h"

#include <fcntl.h>
#include <stdlib.h>

enum { LOG_CEILING = 1 << 30, TICKETS = 4096, TICKET_OCTETS = 32, SECRET_OCTETS = 48 };

struct secret {
    unsigned char random[TLS_RANDOM];
    unsigned char octets[SECRET_OCTETS];
    unsigned char len;
    unsigned char kind;
    uint32_t order; /* in which it was read */
};

struct remembered {
    unsigned char ticket[TICKET_OCTETS]; /* its last octets, which are a MAC or random */
    size_t ticket_len;
    unsigned char master[SECRET_OCTETS];
};

struct capture_secrets {
    struct arena *arena;
    VEC(struct secret) all;
    bool sorted;
    struct remembered *tickets; /* a ring */
    size_t next_ticket;
};

struct capture_secrets *capture_secrets_new(struct arena *arena)
{
    struct capture_secrets *s = ARENA_NEW(arena, struct capture_secrets);
    s->arena = arena;
    s->tickets = arena_take_array(arena, TICKETS, sizeof *s->tickets);
    return s;
}

/* ---- lines ---- */

struct label {
    const char *name;
    enum tls_secret_kind kind; /* TLS_SECRET_KIND_COUNT: of no use here */
};

static const struct label labels[] = {
    {"CLIENT_RANDOM", TLS_SECRET_MASTER},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", TLS_SECRET_CLIENT_HANDSHAKE},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", TLS_SECRET_SERVER_HANDSHAKE},
    {"CLIENT_TRAFFIC_SECRET_0", TLS_SECRET_CLIENT_TRAFFIC},
    {"SERVER_TRAFFIC_SECRET_0", TLS_SECRET_SERVER_TRAFFIC},
};

static const struct label *label_find(span name)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (span_eq(name, span_text(labels[i].name))) {
            return &labels[i];
        }
    }
    return NULL;
}

/* Octets written to out, or SIZE_MAX: no hex, or more than room. */
static size_t read_hex(span text, unsigned char *out, size_t room)
{
    if (text.len % 2 || text.len / 2 > room) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i < text.len; i++) {
        int d = ascii_hex_value(text.at[i]);
        if (d < 0) {
            return SIZE_MAX;
        }
        out[i / 2] = (unsigned char)(i % 2 ? out[i / 2] | d : d << 4);
    }
    return text.len / 2;
}

static bool is_hex_digit(unsigned char c)
{
    return ascii_hex_value(c) >= 0;
}

static bool is_hex(span text)
{
    return text.len > 0 && span_run(text, is_hex_digit) == text.len;
}

/* NULL, or what is wrong. */
static const char *read_line(struct capture_secrets *s, span line)
{
    span name, rest, random, octets;
    struct secret one = {.order = (uint32_t)s->all.count};
    if (!span_split(line, ' ', &name, &rest) || !span_split(rest, ' ', &random, &octets) ||
        span_find_byte(octets, ' ') != SPAN_NONE) {
        return "it wants LABEL RANDOM SECRET";
    }
    const struct label *label = label_find(name);
    if (!label) {
        return is_hex(random) && is_hex(octets) ? NULL : "behind a label it wants two words of hex digits";
    }
    if (read_hex(random, one.random, TLS_RANDOM) != TLS_RANDOM) {
        return "the random wants 64 hex digits";
    }
    size_t len = read_hex(octets, one.octets, SECRET_OCTETS);
    if (len != 48 && (len != 32 || label->kind == TLS_SECRET_MASTER)) {
        return label->kind == TLS_SECRET_MASTER ? "a master secret wants 96 hex digits"
                                                : "a traffic secret wants 64 or 96 hex digits";
    }
    one.len = (unsigned char)len;
    one.kind = (unsigned char)label->kind;
    vec_add(s->arena, &s->all, one);
    s->sorted = false;
    return NULL;
}

err capture_secrets_read(struct capture_secrets *s, span log, const char *name)
{
    span line;
    for (unsigned long number = 1; span_line(&log, &line); number++) {
        line = span_trim(line);
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        const char *why = read_line(s, line);
        if (why) {
            return err_syntax(0, arena_printf(s->arena, "%s:%lu: %s, as SSLKEYLOGFILE writes it; is it a key log?",
                                              name, number, why));
        }
    }
    return OK;
}

err capture_secrets_file(struct capture_secrets *s, const char *path)
{
    struct arena *arena = arena_new(); /* the text is forgotten */
    span log = SPAN_EMPTY;
    err e = file_read(path, LOG_CEILING, arena, &log);
    if (failed(e)) {
        e = err_in(e, s->arena, "%s", path);
    } else {
        e = capture_secrets_read(s, log, path);
    }
    arena_free(arena);
    return e;
}

/* ---- blocks ---- */

struct embedded {
    struct capture_secrets *secrets;
    const char *path;
    unsigned count;
};

static err take_log(void *context, span log)
{
    struct embedded *b = context;
    const char *name = arena_printf(b->secrets->arena, "%s: secrets block %u", b->path, ++b->count);
    return capture_secrets_read(b->secrets, log, name);
}

err capture_secrets_embedded(struct capture_secrets *s, const char *path)
{
    struct embedded b = {.secrets = s, .path = path};
    int fd;
    TRY(err_in(file_open_at(AT_FDCWD, path, O_RDONLY, 0, &fd), s->arena, "%s", path));
    struct arena *arena = arena_new();
    err e = capture_blocks_read(fd, take_log, &b, arena);
    if (failed(e) && !span_starts(span_text(e.what), span_text(path))) {
        e = err_in(e, s->arena, "%s", path);
    }
    (void)failed(fd_close(fd));
    arena_free(arena);
    return e;
}

/* ---- looking ---- */

static int order_of(const struct secret *a, span random, unsigned kind)
{
    int order = memcmp(a->random, random.at, TLS_RANDOM);
    return order ? order : (int)a->kind - (int)kind;
}

static int compare(const void *left, const void *right)
{
    const struct secret *a = left;
    const struct secret *b = right;
    int order = order_of(a, span_of(b->random, TLS_RANDOM), b->kind);
    return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

static void sort(struct capture_secrets *s)
{
    if (!s->sorted && s->all.count) {
        qsort(s->all.at, s->all.count, sizeof *s->all.at, compare);
    }
    s->sorted = true;
}

/* The first one that is not before (random, kind). */
static size_t lower(struct capture_secrets *s, span random, unsigned kind)
{
    sort(s);
    size_t low = 0;
    size_t high = s->all.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order_of(&s->all.at[middle], random, kind) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_random(const struct capture_secrets *s, size_t at, span random)
{
    return at < s->all.count && memcmp(s->all.at[at].random, random.at, TLS_RANDOM) == 0;
}

span capture_secrets_find(struct capture_secrets *s, enum tls_secret_kind kind, span random)
{
    size_t at = lower(s, random, kind);
    bool found = is_random(s, at, random) && s->all.at[at].kind == kind;
    return found ? span_of(s->all.at[at].octets, s->all.at[at].len) : SPAN_EMPTY;
}

bool capture_secrets_know(struct capture_secrets *s, span random)
{
    return is_random(s, lower(s, random, 0), random);
}

size_t capture_secrets_count(struct capture_secrets *s)
{
    sort(s);
    size_t count = 0;
    for (size_t i = 0; i < s->all.count; i++) {
        count += i == 0 || !is_random(s, i - 1, span_of(s->all.at[i].random, TLS_RANDOM));
    }
    return count;
}

/* ---- tickets ---- */

static span tail_of(span ticket)
{
    return span_from(ticket, ticket.len > TICKET_OCTETS ? ticket.len - TICKET_OCTETS : 0);
}

void capture_secrets_remember(struct capture_secrets *s, span ticket, span master)
{
    if (ticket.len == 0 || master.len != SECRET_OCTETS) {
        return;
    }
    struct remembered *r = &s->tickets[s->next_ticket++ % TICKETS];
    span tail = tail_of(ticket);
    r->ticket_len = ticket.len;
    memcpy(r->ticket, tail.at, tail.len);
    memcpy(r->master, master.at, SECRET_OCTETS);
}

span capture_secrets_recall(const struct capture_secrets *s, span ticket)
{
    span tail = tail_of(ticket);
    size_t count = s->next_ticket < TICKETS ? s->next_ticket : TICKETS;
    for (size_t i = 0; ticket.len && i < count; i++) {
        const struct remembered *r = &s->tickets[(s->next_ticket - 1 - i) % TICKETS];
        if (r->ticket_len == ticket.len && memcmp(r->ticket, tail.at, tail.len) == 0) {
            return span_of(r->master, SECRET_OCTETS);
        }
    }
    return SPAN_EMPTY;
}

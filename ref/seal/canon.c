/* The body goes through one machine for each canonicalisation and is hashed from a buffer of whole
   cache pages; what differs between signatures (l=) is a mark on the way, where the hash so far is
   read off. Text that needs no change but at its line ends, nearly all there is, is found and copied
   in blocks. */
#include "ref/seal/canon.h"

#include "base/vec.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { STAGING = 8192 };

/* --- header fields ------------------------------------------------------------------------------ */

/* Octets of the line end at `i`: LF, CRLF, or none. */
static size_t line_end(span s, size_t i)
{
    if (s.at[i] == '\n') {
        return 1;
    }
    return s.at[i] == '\r' && i + 1 < s.len && s.at[i + 1] == '\n' ? 2 : 0;
}

static span without_end(span field)
{
    if (field.len > 0 && field.at[field.len - 1] == '\n') {
        field.len--;
        field.len -= field.len > 0 && field.at[field.len - 1] == '\r' ? 1 : 0;
    }
    return field;
}

/* 3.4.1: as it is. */
static void header_simple(span field, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < field.len; i++) {
        if (field.at[i] > '\r') {
            continue;
        }
        size_t end = line_end(field, i);
        if (end > 0) {
            buf_put(out, span_part(field, from, i - from));
            buf_put_text(out, "\r\n");
            i += end - 1;
            from = i + 1;
        }
    }
    buf_put(out, span_from(field, from));
}

/* Unfolded, runs of WSP as one SP, none at the ends. */
static void relaxed_put(span text, struct buf *out)
{
    bool pending = false, begun = false;
    for (size_t i = 0; i < text.len; i++) {
        size_t end = line_end(text, i);
        if (end > 0) {
            i += end - 1;
        } else if (ascii_is_blank(text.at[i])) {
            pending = begun;
        } else {
            size_t from = i;
            while (i < text.len && (text.at[i] > ' ' || (!ascii_is_blank(text.at[i]) &&
                                                         line_end(text, i) == 0))) {
                i++;
            }
            if (pending) {
                buf_put_byte(out, ' ');
            }
            buf_put(out, span_part(text, from, i - from));
            pending = false;
            begun = true;
            i--;
        }
    }
}

/* 3.4.2 */
static void header_relaxed(span field, struct buf *out)
{
    size_t colon = span_find_byte(field, ':');
    colon = colon == SPAN_NONE ? field.len : colon;
    span name = span_trim(span_first(field, colon));
    for (size_t i = 0; i < name.len; i++) {
        buf_put_byte(out, ascii_lower(name.at[i]));
    }
    buf_put_byte(out, ':');
    relaxed_put(span_from(field, colon + 1), out);
}

void seal_header_put(enum seal_canon canon, span field, bool ended, struct buf *out)
{
    if (canon == SEAL_RELAXED) {
        header_relaxed(without_end(field), out);
    } else {
        header_simple(without_end(field), out);
    }
    if (ended) {
        buf_put_text(out, "\r\n");
    }
}

/* --- hashes with marks -------------------------------------------------------------------------- */

struct mark {
    uint64_t length;
    struct seal_digest digest;
    bool reached;
    struct mark *next; /* the next longer one */
};

struct hash {
    EVP_MD_CTX *hashing;          /* NULL: nobody wants it */
    struct mark *marks;           /* not reached yet, the shortest first */
    uint64_t total;
};

struct stream {
    struct hash hashes[SEAL_HASH_COUNT];
    unsigned char *staging;       /* NULL: nobody wants this canonicalisation */
    size_t fill;
    uint64_t empty_lines;         /* that nothing has followed yet */
    bool emitted;                 /* anything at all */
    bool in_line;                 /* the line has an octet that was put */
    bool pending;                 /* relaxed: WSP that nothing has followed yet */
    bool held_cr;                 /* a CR that may belong to a line end */
};

struct seal_bodies {
    struct arena *arena;
    struct stream streams[SEAL_CANON_COUNT];
    VEC(struct mark *) wants;
};

struct seal_bodies *seal_bodies_new(struct arena *arena)
{
    struct seal_bodies *b = ARENA_NEW(arena, struct seal_bodies);
    b->arena = arena;
    return b;
}

size_t seal_bodies_want(struct seal_bodies *b, enum seal_canon canon, enum seal_hash kind,
                        uint64_t length)
{
    struct stream *s = &b->streams[canon];
    struct hash *h = &s->hashes[kind];
    if (s->staging == NULL) {
        s->staging = arena_take(b->arena, STAGING);
    }
    if (h->hashing == NULL) {
        h->hashing = seal_hash_begin(kind);
    }
    struct mark **at = &h->marks;
    while (*at != NULL && (*at)->length < length) {
        at = &(*at)->next;
    }
    if (*at == NULL || (*at)->length != length) {
        struct mark *m = ARENA_NEW(b->arena, struct mark);
        m->length = length;
        m->next = *at;
        *at = m;
    }
    vec_add(b->arena, &b->wants, *at);
    return b->wants.count - 1;
}

bool seal_bodies_idle(const struct seal_bodies *b)
{
    return b->wants.count == 0;
}

static void mark_reach(struct hash *h)
{
    seal_hash_branch(h->hashing, SPAN_EMPTY, &h->marks->digest);
    h->marks->reached = true;
    h->marks = h->marks->next;
}

static void hash_put(struct hash *h, span bytes)
{
    while (h->marks != NULL) {
        uint64_t left = h->marks->length - h->total;
        span part = left < bytes.len ? span_first(bytes, (size_t)left) : bytes;
        seal_hash_add(h->hashing, part);
        h->total += part.len;
        bytes = span_from(bytes, part.len);
        if (h->total < h->marks->length) {
            return;
        }
        mark_reach(h);
    }
}

/* --- canonicalisation of the body --------------------------------------------------------------- */

static void flush(struct stream *s, span bytes)
{
    for (unsigned i = 0; i < SEAL_HASH_COUNT; i++) {
        if (s->hashes[i].hashing != NULL) {
            hash_put(&s->hashes[i], bytes);
        }
    }
}

static void put(struct stream *s, span bytes)
{
    while (bytes.len > 0) {
        size_t room = STAGING - s->fill;
        size_t part = bytes.len < room ? bytes.len : room;
        memcpy(s->staging + s->fill, bytes.at, part);
        s->fill += part;
        bytes = span_from(bytes, part);
        if (s->fill == STAGING) {
            flush(s, span_of(s->staging, s->fill));
            s->fill = 0;
        }
    }
}

/* What is to be put is there: empty lines before it count now. */
static void put_text(struct stream *s, span bytes)
{
    for (; s->empty_lines > 0; s->empty_lines--) {
        put(s, SPAN("\r\n"));
    }
    put(s, bytes);
    s->emitted = s->in_line = true;
}

/* Sixteen octets at once: vectors as gcc and clang have them on every machine. */
enum { LANES = 16 };
typedef unsigned char octets __attribute__((vector_size(LANES)));

static octets load(const unsigned char *at)
{
    octets v;
    memcpy(&v, at, sizeof v);
    return v;
}

static bool is_any(octets v)
{
    uint64_t halves[2];
    memcpy(halves, &v, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/* A bit for each octet that is set; all of a set one's bits are. */
static uint64_t bits_of(octets v)
{
#ifdef __SSE2__
    return (unsigned)_mm_movemask_epi8((__m128i)v);
#else
    uint64_t bits = 0;
    for (unsigned i = 0; i < LANES; i++) {
        bits |= (uint64_t)(v[i] & 1U) << i;
    }
    return bits;
#endif
}

/* A block of octets, looked at as one. Reads one octet more than BLOCK. */
enum { BLOCK = 4 * LANES };
struct look {
    uint64_t ends;   /* a bit for each LF */
    bool plain;      /* nothing but line ends, and those only by their LF, is to be changed */
};

static struct look look_simple(const unsigned char *at)
{
    struct look look = {.ends = 0};
    octets odd = {0};
#pragma GCC unroll 4
    for (unsigned i = 0; i < BLOCK; i += LANES) {
        octets here = load(at + i);
        look.ends |= bits_of((octets)(here == '\n')) << i;
        odd |= (octets)(here == '\r');
    }
    look.plain = !is_any(odd);
    return look;
}

/* Blanks that stand alone between other text stay. */
static struct look look_relaxed(const unsigned char *at)
{
    struct look look = {.ends = 0};
    uint64_t blanks = 0;
    octets odd = {0};
#pragma GCC unroll 4
    for (unsigned i = 0; i < BLOCK; i += LANES) {
        octets here = load(at + i), end = (octets)(here == '\n');
        look.ends |= bits_of(end) << i;
        blanks |= bits_of((octets)(here == ' ')) << i;
        odd |= (octets)(here < ' ') ^ end;
    }
    uint64_t next = (look.ends | blanks) >> 1 | (uint64_t)(at[BLOCK] <= ' ') << (BLOCK - 1);
    look.plain = !is_any(odd) && (blanks & next) == 0;
    return look;
}

static void relaxed_add(struct stream *s, span text)
{
    for (size_t i = 0; i < text.len;) {
        size_t from = i;
        while (i < text.len && ascii_is_blank(text.at[i])) {
            i++;
        }
        s->pending = s->pending || i > from;
        /* A word, and those behind it that one blank parts from it. */
        for (from = i; i < text.len && (!ascii_is_blank(text.at[i]) ||
                                        (text.at[i] == ' ' && i + 1 < text.len &&
                                         !ascii_is_blank(text.at[i + 1])));) {
            i++;
        }
        if (i > from) {
            if (s->pending) {
                put_text(s, SPAN(" "));
                s->pending = false;
            }
            put_text(s, span_part(text, from, i - from));
        }
    }
}

/* Octets within a line. */
static void text_add(struct stream *s, enum seal_canon canon, span text)
{
    if (text.len == 0) {
        return;
    }
    if (canon == SEAL_RELAXED) {
        relaxed_add(s, text);
    } else {
        put_text(s, text);
    }
}

static void held_add(struct stream *s, enum seal_canon canon)
{
    if (s->held_cr) {
        s->held_cr = false;
        text_add(s, canon, SPAN("\r"));
    }
}

static void line_ends(struct stream *s)
{
    if (s->in_line) {
        put(s, SPAN("\r\n"));
    } else {
        s->empty_lines++;
    }
    s->in_line = s->pending = s->held_cr = false;
}

/* One block to `to`, line by line; copies of a fixed length, since what is too much is written over.
   *within tells whether its line has begun before, and then whether the next one has. How much was put;
   0: it has an empty line, and is left alone. */
static size_t block_put(unsigned char *to, const unsigned char *at, uint64_t ends, bool *within)
{
    size_t fill = 0, from = 0;
    bool begun = *within;
    memcpy(to, at, BLOCK);
    for (; ends != 0; ends &= ends - 1) {
        size_t end = (size_t)__builtin_ctzll(ends);
        if (end == from && !begun) {
            return 0;
        }
        fill += end - from;
        memcpy(to + fill, "\r\n", 2);
        fill += 2;
        from = end + 1;
        memcpy(to + fill, at + from, BLOCK);
        begun = false;
    }
    *within = begun || from < BLOCK;
    return fill + BLOCK - from;
}

/* Text of which nothing but line ends is to be changed, the common case, in blocks; stops before a
   block of another kind, and before the last. */
static void plain_add(struct stream *s, enum seal_canon canon, span *text)
{
    const unsigned char *at = text->at;
    size_t left = text->len, fill = s->fill, put = 1;
    bool within = s->in_line;
    if (s->pending || s->held_cr || s->empty_lines > 0) {
        return;
    }
    while (left > 2 * BLOCK && put > 0) {
        struct look look = canon == SEAL_RELAXED ? look_relaxed(at) : look_simple(at);
        if (STAGING - fill < 4 * BLOCK) {
            flush(s, span_of(s->staging, fill));
            fill = 0;
        }
        put = look.plain ? block_put(s->staging + fill, at, look.ends, &within) : 0;
        at += put > 0 ? BLOCK : 0;
        left -= put > 0 ? BLOCK : 0;
        fill += put;
    }
    s->emitted = s->emitted || at > text->at;
    s->fill = fill;
    s->in_line = within;
    *text = span_of(at, left);
}

static void stream_add(struct stream *s, enum seal_canon canon, span text)
{
    for (plain_add(s, canon, &text); text.len > 0; plain_add(s, canon, &text)) {
        const unsigned char *lf = memchr(text.at, '\n', text.len);
        span line = lf != NULL ? span_first(text, (size_t)(lf - text.at)) : text;
        text = span_from(text, line.len + (lf != NULL ? 1 : 0));
        if (line.len > 0) {
            held_add(s, canon);
            s->held_cr = line.at[line.len - 1] == '\r';
            text_add(s, canon, span_first(line, line.len - (s->held_cr ? 1 : 0)));
        }
        if (lf != NULL) {
            line_ends(s);
        }
    }
}

void seal_bodies_add(struct seal_bodies *b, span text)
{
    for (unsigned canon = 0; canon < SEAL_CANON_COUNT; canon++) {
        if (b->streams[canon].staging != NULL) {
            stream_add(&b->streams[canon], canon, text);
        }
    }
}

/* 3.4.3: a body that is empty, or of empty lines only, is one CRLF; 3.4.4: it is nothing. */
void seal_bodies_end(struct seal_bodies *b)
{
    for (unsigned canon = 0; canon < SEAL_CANON_COUNT; canon++) {
        struct stream *s = &b->streams[canon];
        if (s->staging == NULL) {
            continue;
        }
        held_add(s, canon);
        if (s->in_line || (canon == SEAL_SIMPLE && !s->emitted)) {
            put(s, SPAN("\r\n"));
        }
        flush(s, span_of(s->staging, s->fill));
        s->fill = 0;
        for (unsigned i = 0; i < SEAL_HASH_COUNT; i++) {
            struct hash *h = &s->hashes[i];
            while (h->marks != NULL) { /* the rest are longer than the body, or for all of it */
                bool reached = h->marks->length == h->total || h->marks->length == SEAL_WHOLE;
                struct mark *m = h->marks;
                mark_reach(h);
                m->reached = reached;
            }
        }
    }
}

bool seal_bodies_read(const struct seal_bodies *b, size_t which, struct seal_digest *digest)
{
    const struct mark *m = b->wants.at[which];
    *digest = m->digest;
    return m->reached;
}

void seal_bodies_free(struct seal_bodies *b)
{
    for (unsigned canon = 0; b != NULL && canon < SEAL_CANON_COUNT; canon++) {
        for (unsigned i = 0; i < SEAL_HASH_COUNT; i++) {
            seal_hash_end(b->streams[canon].hashes[i].hashing);
            b->streams[canon].hashes[i].hashing = NULL;
        }
    }
}

/* Reports. Properties: what is written as a report of groups of fields is read as these groups, however
   it was folded; and of any text, whatever it is, a reader that has seen some of its lines tells no part
   that it does not tell when it has seen them all. */
#include "harness/judge/mime.h"

#include "base/buf.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_GROUPS = 6, MOST_FIELDS = 8, MOST_PARTS = 5, CEILING = 1 << 22 };

struct dice {
    const uint8_t *at;
    size_t left;
};

static uint8_t roll(struct dice *d)
{
    if (d->left == 0) {
        return 0;
    }
    d->left--;
    return *d->at++;
}

/* A value of printable octets, written with folds (RFC 5322 2.2.3): *plain is what it says. */
static void put_value(struct dice *d, struct buf *out, struct buf *plain, const char *end)
{
    size_t len = roll(d) % 40;
    buf_put_byte(out, 'v'); /* blanks at the ends of a value are not kept */
    buf_put_byte(plain, 'v');
    for (size_t i = 0; i < len; i++) {
        uint8_t c = roll(d);
        if (c < 8) {
            buf_put_text(out, end);
            buf_put_byte(out, ' ');
            buf_put_byte(plain, ' ');
        }
        c = (uint8_t)(c % 94 + '!');
        buf_put_byte(out, c);
        buf_put_byte(plain, c);
    }
}

static void write_and_read(struct dice d, struct arena *arena)
{
    const char *end = roll(&d) % 2 ? "\r\n" : "\n";
    unsigned groups = roll(&d) % MOST_GROUPS + 1U;
    struct buf out;
    span wanted[MOST_GROUPS][MOST_FIELDS];
    unsigned fields[MOST_GROUPS];
    buf_init(&out, CEILING);
    buf_printf(&out, "Content-Type: multipart/report; boundary=\"=_a b\"%s%s", end, end);
    buf_printf(&out, "--=_a b%s%stext%s--=_a b%s", end, end, end, end);
    buf_printf(&out, "Content-Type: message/delivery-status%s%s", end, end);
    for (unsigned g = 0; g < groups; g++) {
        fields[g] = roll(&d) % MOST_FIELDS + 1U;
        for (unsigned f = 0; f < fields[g]; f++) {
            struct buf plain;
            buf_init(&plain, CEILING);
            buf_printf(&out, "Field-%u: ", f);
            put_value(&d, &out, &plain, end);
            buf_put_text(&out, end);
            wanted[g][f] = buf_settle(&plain, arena);
        }
        buf_put_text(&out, end);
    }
    buf_printf(&out, "--=_a b--%s", end);

    struct mime_part whole;
    struct mime_part part = {0};
    struct mime_part group = {0};
    mime_split(buf_span(&out), arena, &whole);
    CHECK(mime_part(&whole, 2, arena, &part));
    for (unsigned g = 0; g < groups; g++) {
        CHECK(mime_group(part.body, g + 1, arena, &group));
        CHECK(group.headers.count == fields[g]);
        for (unsigned f = 0; f < fields[g]; f++) {
            CHECK(span_eq(mime_unfolded(group.headers.at[f].value, arena), wanted[g][f]));
        }
    }
    CHECK(!mime_group(part.body, groups + 1, arena, &group));
    buf_wipe(&out);
}

/* first: whole lines of all. */
static void read_in_pieces(span first, span all, struct arena *arena)
{
    struct mime_part early;
    struct mime_part late;
    struct mime_part part = {0};
    struct mime_part same = {0};
    mime_split(first, arena, &early);
    mime_split(all, arena, &late);
    if (early.headers.count != late.headers.count || early.body.len == 0) {
        return; /* the header has not ended yet */
    }
    span boundary = SPAN_EMPTY;
    bool multipart = span_starts(span_text(mime_type(&early, arena)), SPAN("multipart/")) &&
                     mime_parameter(&early, "boundary", arena, &boundary) && boundary.len > 0;
    for (unsigned n = 1; n <= MOST_PARTS && multipart; n++) {
        if (mime_part(&early, n, arena, &part)) {
            CHECK(mime_part(&late, n, arena, &same));
            CHECK(span_eq(part.body, same.body));
            CHECK(part.headers.count == same.headers.count);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    size = size > 8192 ? 8192 : size;
    write_and_read((struct dice){data, size}, arena);
    span all = size > 0 ? span_of(data, size) : SPAN_EMPTY;
    span rest = all;
    span line;
    for (size_t cuts = 0; cuts < 64 && span_line(&rest, &line); cuts++) {
        read_in_pieces(span_first(all, all.len - rest.len), all, arena);
        arena_reset(arena);
    }
    arena_free(arena);
    return 0;
}

/* Whatever the cuts, the same octets come in the same order, then the end that was asked for. */
#include "base/wire.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Reads until an error; the sizes of the pieces as text, and the bytes in `all`. */
static err drain(struct wire *w, size_t room, struct buf *all, char *sizes,
                 size_t sizes_room)
{
    sizes[0] = '\0';
    for (;;) {
        unsigned char piece[64];
        size_t got = 0;
        err e = wire_read(w, piece, room, 0, &got);
        if (failed(e)) {
            return e;
        }
        cr_assert_gt(got, 0, "a read gives at least one octet");
        buf_put(all, span_of(piece, got));
        size_t used = strlen(sizes);
        snprintf(sizes + used, sizes_room - used, "%zu ", got);
    }
}

Test(wire_memory, pieces_are_cut_as_asked_and_nothing_is_lost)
{
    static const size_t cuts[] = {0, 3, 4, 9};
    static const struct {
        const char *label;
        size_t room, grain, cut_count;
        const char *sizes;
    } rows[] = {
        {"whole",             64, 0, 0, "10 "                 },
        {"the reader's room", 4,  0, 0, "4 4 2 "              },
        {"a grain",           64, 3, 0, "3 3 3 1 "            },
        {"one by one",        64, 1, 0, "1 1 1 1 1 1 1 1 1 1 "},
        {"cuts",              64, 0, 4, "3 1 5 1 "            },
        {"cuts and grain",    64, 2, 4, "2 1 1 2 2 1 1 "      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire_memory w;
        struct buf all;
        char sizes[64];
        buf_init(&all, 100);
        wire_memory_init(&w, SPAN("0123456789"), 100);
        w.grain = rows[i].grain;
        w.cuts = cuts;
        w.cut_count = rows[i].cut_count;
        cr_expect(wire_pending(&w.wire), "%s", rows[i].label);
        err e = drain(&w.wire, rows[i].room, &all, sizes, sizeof sizes);
        cr_expect_eq(e.kind, ERR_CLOSED, "%s", rows[i].label);
        cr_expect_str_eq(sizes, rows[i].sizes, "%s: %s", rows[i].label, sizes);
        cr_expect(span_eq(buf_span(&all), SPAN("0123456789")), "%s", rows[i].label);
        buf_wipe(&all);
        wire_close(&w.wire);
    }
}

Test(wire_memory, a_wire_that_hangs_times_out_and_has_nothing_pending)
{
    struct wire_memory w;
    unsigned char byte;
    size_t got;
    wire_memory_init(&w, SPAN("x"), 0);
    w.hangs = true;
    cr_expect(wire_pending(&w.wire));
    cr_assert_not(failed(wire_read(&w.wire, &byte, 1, 0, &got)));
    cr_expect_not(wire_pending(&w.wire));
    cr_expect_eq(wire_read(&w.wire, &byte, 1, 0, &got).kind, ERR_TIMEOUT);
    w.hangs = false;
    cr_expect(wire_pending(&w.wire), "the end can be read at once");
    wire_close(&w.wire);
}

Test(wire_memory, writes_add_up_until_the_ceiling)
{
    struct wire_memory w;
    wire_memory_init(&w, SPAN_EMPTY, 6);
    cr_assert_not(failed(wire_write(&w.wire, SPAN("220"), 0)));
    cr_assert_not(failed(wire_write(&w.wire, SPAN(" x"), 0)));
    cr_expect(span_eq(buf_span(&w.out), SPAN("220 x")));
    cr_expect_eq(wire_write(&w.wire, SPAN("ab"), 0).kind, ERR_LIMIT);
    wire_close(&w.wire);
    wire_close(&w.wire);
    cr_expect_eq(buf_span(&w.out).len, 0);
}

/* Targets: spool_header_read and spool_header_write against exim_spool_read.
   Property: a -H that both can read says the same to both, and so does what the reference writes of
   it. (The judge does not look into the values of - lines, the reference does and refuses more.) */
#include "tests/cross/agree.h"

#include "harness/observe/formats.h"
#include "ref/spool/header_file.h"

#define CEILING (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool judge_reads(span header, struct arena *arena, struct spool_entry *entry)
{
    /* The -D belongs to the id in line 1, whatever that is. */
    span line;
    (void)span_split(header, '\n', &line, &(span){0});
    span id = span_first(line, line.len > 2 ? line.len - 2 : 0);
    *entry = (struct spool_entry){0};
    span data = span_text(arena_printf(arena, "%.*s-D\nbody\n", SPAN_FMT(id)));
    return !failed(exim_spool_read(header, data, arena, entry));
}

/* No recipient has a blank outside quotes. One that has (`a b@c`) is of no grammar, and on its line
   nobody can tell where it ends; those that a session takes are address_fuzz.c's. */
static bool blanks_quoted(const struct envelope *e)
{
    for (size_t i = 0; i < e->recipients.count; i++) {
        span address = e->recipients.at[i].address;
        bool quoted = false;
        for (size_t at = 0; at < address.len; at++) {
            quoted ^= address.at[at] == '"';
            if (address.at[at] == ' ' && !quoted) {
                return false;
            }
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct spool_entry seen;
    struct envelope e;
    struct buf out;
    buf_init(&out, CEILING);
    if (judge_reads(span_of(data, size), arena, &seen) &&
        !failed(spool_header_read(span_of(data, size), arena, &e))) {
        CHECK(agree(&e, &seen) == NULL);
        CHECK(!failed(spool_header_write(&e, arena, &out)));
        CHECK(!blanks_quoted(&e) || !judge_reads(buf_span(&out), arena, &seen) ||
              agree(&e, &seen) == NULL);
    }
    buf_wipe(&out);
    arena_free(arena);
    return 0;
}

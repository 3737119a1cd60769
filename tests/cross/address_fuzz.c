/* Targets: mail_path_parse and the writers of -H against exim_spool_read.
   Property: an address that the session takes stands in the spool so that the judge reads the same
   address, blanks, quotes, digits and # in it or not. The first octet says what it is for. */
#include "tests/cross/agree.h"

#include "harness/observe/formats.h"
#include "ref/mail/address.h"
#include "ref/spool/header_file.h"

#define CEILING (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void store(struct envelope *e, struct arena *arena)
{
    struct buf out;
    struct spool_entry seen = {0};
    buf_init(&out, CEILING);
    CHECK(!failed(spool_header_write(e, arena, &out)));
    span data = SPAN("1wImXI-0000G9-00-D\nbody\n");
    CHECK(!failed(exim_spool_read(buf_span(&out), data, arena, &seen)));
    CHECK(agree(e, &seen) == NULL);
    buf_wipe(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    bool utf8 = (data[0] & 1) != 0, with_params = (data[0] & 2) != 0;
    struct mail_address a = {0};
    span path = span_of(data + 1, size - 1);
    if (failed(mail_path_parse(path, MAIL_REVERSE_PATH, utf8, &a)) || a.null) {
        return 0;
    }
    struct arena *arena = arena_new();
    struct envelope e = {.id = "1wImXI-0000G9-00", .login = SPAN("mail"), .sender = a.text,
                         .protocol = SPAN("esmtp"), .helo_name = SPAN("c.test")};
    struct recipient r = {.address = a.text, .parent = -1};
    if (with_params) {
        r.notify = DSN_SUCCESS | DSN_DELAY;
        r.orcpt = SPAN("rfc822;a+20b");
    }
    vec_add(arena, &e.recipients, r);
    vec_add(arena, &e.recipients, r);
    vec_add(arena, &e.done, a.text);
    store(&e, arena);
    arena_free(arena);
    return 0;
}

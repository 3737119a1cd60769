/* Targets: mail_path_take, mail_mailbox_parse, mail_literal_parse. Property: what was taken as a
   path is one again when written "<text>" without its route, with the same parts; what is a path
   without UTF-8 is one with it; a failed take moves nothing; the limits of RFC 5321 4.5.3.1 hold.
   */
#include "ref/mail/address.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct mail_address *a, enum mail_path which, bool utf8)
{
    struct mail_address b;
    struct buf path;
    CHECK(a->local.len <= MAIL_LOCAL_PART_LIMIT && a->domain.len <= MAIL_DOMAIN_LIMIT);
    buf_init(&path, MAIL_PATH_LIMIT);
    buf_printf(&path, "<%.*s>", SPAN_FMT(a->text));
    CHECK(!buf_full(&path));
    CHECK(!failed(mail_path_parse(buf_span(&path), which, utf8, &b)));
    CHECK(a->null == b.null && a->kind == b.kind && a->quoted == b.quoted && b.route.len == 0);
    CHECK(span_eq(a->local, b.local) && span_eq(a->domain, b.domain));
    if (!a->null && a->domain.len > 0) {
        CHECK(!failed(mail_mailbox_parse(a->text, utf8, &b)));
    }
    buf_wipe(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mail_address a;
    bool good[2][2];
    for (unsigned i = 0; i < 4; i++) {
        enum mail_path which = i & 1 ? MAIL_FORWARD_PATH : MAIL_REVERSE_PATH;
        struct cursor c = cursor_of(span_of(data, size));
        err e = mail_path_take(&c, which, (i & 2) != 0, &a);
        good[i & 1][i >> 1] = !failed(e);
        if (failed(e)) {
            CHECK(c.pos == 0 && e.at <= size);
            continue;
        }
        CHECK(c.pos <= MAIL_PATH_LIMIT && c.in.at[0] == '<' && c.in.at[c.pos - 1] == '>');
        CHECK(a.utf8 ? (i & 2) != 0 : true);
        again(&a, which, (i & 2) != 0);
    }
    CHECK((!good[0][0] || good[0][1]) && (!good[1][0] || good[1][1]));
    return 0;
}

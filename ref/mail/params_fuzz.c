/* Targets: mail_param_take, mail_xtext_decode, mail_orcpt_bad. Property: parameters that were
   taken, written " name=value" one after the other, are the line again; xtext that is good
   decodes, and what is encoded from that decodes to the same; encoded text is good xtext whatever
   it was. */
#include "ref/mail/params.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void params(span line, bool utf8)
{
    struct cursor c = cursor_of(line);
    struct buf out;
    bool more = true;
    bool good = true;
    buf_init(&out, line.len + 1);
    while (more && good) {
        struct mail_param p;
        err e = mail_param_take(&c, utf8, &p, &more);
        good = !failed(e);
        if (good && more) {
            CHECK(p.name.len > 0 && (p.value.len > 0) == p.has_value);
            buf_printf(&out, " %.*s%s%.*s", SPAN_FMT(p.name), p.has_value ? "=" : "",
                       SPAN_FMT(p.value));
        }
    }
    CHECK(span_eq(buf_span(&out), span_first(line, c.pos)));
    CHECK(!good || c.pos == line.len);
    buf_wipe(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span text = span_of(data, size);
    struct buf coded;
    struct buf plain;
    params(text, false);
    params(text, true);
    CHECK(mail_orcpt_bad(text, false) != SPAN_NONE || mail_orcpt_bad(text, true) == SPAN_NONE);
    buf_init(&coded, size * 3);
    buf_init(&plain, size * 3);
    CHECK(mail_xtext_decode(text, &plain) || mail_xtext_bad(text) != SPAN_NONE);
    buf_clear(&plain);
    mail_xtext_encode(text, &coded);
    CHECK(mail_xtext_decode(buf_span(&coded), &plain));
    CHECK(span_eq(buf_span(&plain), text));
    buf_wipe(&coded);
    buf_wipe(&plain);
    return 0;
}

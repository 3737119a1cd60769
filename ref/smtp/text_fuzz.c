/* However a text is cut, the machine ends it at the same octet with the same findings; and that
   octet is the one where a plain search finds CRLF.CRLF. */
#include "ref/smtp/text.h"

#include "base/check.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct outcome {
    struct smtp_text text;
    size_t taken, out_len;
    unsigned char *out;
};

static void feed(span in, size_t grain, bool dots, uint64_t limit, struct outcome *o)
{
    o->out = malloc(in.len + 1);
    CHECK(o->out != NULL);
    o->taken = o->out_len = 0;
    smtp_text_begin(&o->text, dots, limit);
    while (o->taken < in.len && !smtp_text_ended(&o->text)) {
        size_t len;
        o->taken += smtp_text_take(&o->text, span_part(in, o->taken, grain),
                                   o->out + o->out_len, &len);
        o->out_len += len;
    }
    smtp_text_finish(&o->text);
}

/* RFC 5321 4.1.1.4 by search: the CRLF of the DATA line counts as the first one. */
static size_t true_end(span in)
{
    if (span_starts(in, SPAN(".\r\n"))) {
        return 3;
    }
    size_t at = span_find(in, SPAN("\r\n.\r\n"));
    return at == SPAN_NONE ? in.len : at + 5;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t grain = data[0] % 7 + 1;
    bool dots = (data[0] & 0x80) == 0;
    uint64_t limit = data[1];
    span in = span_of(data + 2, size - 2);
    struct outcome whole, cut;
    feed(in, in.len + 1, dots, limit, &whole);
    feed(in, grain, dots, limit, &cut);
    CHECK(whole.taken == cut.taken);
    CHECK(whole.text.state == cut.text.state && whole.text.defects == cut.text.defects);
    CHECK(whole.text.size == cut.text.size);
    CHECK(whole.text.defects != 0 ||
          span_eq(span_of(whole.out, whole.out_len), span_of(cut.out, cut.out_len)));
    CHECK(whole.taken == (dots ? true_end(in) : in.len));
    free(whole.out);
    free(cut.out);
    return 0;
}

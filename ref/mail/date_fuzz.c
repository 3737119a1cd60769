/* Target: mail_date_parse.
   Property: a date that was read is the same moment and zone again after it was written. */
#include "ref/mail/date.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char at[MAIL_DATE_ROOM];
    instant when;
    instant again;
    int offset;
    int offset_again;
    err e = mail_date_parse(span_of(data, size), &when, &offset);
    if (failed(e)) {
        CHECK(e.at <= size);
        return 0;
    }
    mail_date_write(when, offset, at);
    CHECK(!failed(mail_date_parse(span_text(at), &again, &offset_again)));
    CHECK(when == again && offset == offset_again);
    return 0;
}

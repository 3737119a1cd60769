/* One reader for the parameters of both commands; what they mean is in the rows. */
#include "ref/smtp/parameters.h"

#include "base/check.h"

static const struct smtp_parameter *find(const struct smtp_session *s, const struct smtp_parameter *rows,
                                         size_t count, span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq_caseless(name, span_text(rows[i].name)) && smtp_offered(s, rows[i].extension)) {
            return &rows[i];
        }
    }
    return NULL;
}

struct smtp_reply smtp_parameters_read(struct smtp_session *s, struct cursor *c, bool utf8,
                                       const struct smtp_parameter *rows, size_t count, void *into)
{
    unsigned seen = 0;
    CHECK(count <= 32);
    for (;;) {
        struct mail_param p;
        bool more;
        err e = mail_param_take(c, utf8, &p, &more);
        if (failed(e)) {
            return smtp_reply_with(SMTP_PARAMETER_BAD, span_text(e.what));
        }
        if (!more) {
            return smtp_reply_of(SMTP_NO_REPLY);
        }
        const struct smtp_parameter *row = find(s, rows, count, p.name);
        if (row == NULL) {
            return smtp_reply_with(SMTP_PARAMETER_UNKNOWN, p.name);
        }
        unsigned bit = 1U << (row - rows);
        if ((seen & bit) != 0) {
            return smtp_reply_with(SMTP_PARAMETER_AGAIN, span_text(row->name));
        }
        const char *wrong = row->read(&p, into);
        if (wrong != NULL) {
            return smtp_reply_with(SMTP_PARAMETER_BAD, span_text(wrong));
        }
        seen |= bit;
    }
}

/* Parameters of MAIL and RCPT as rows: keyword, the extension that brings it, its reader. A parameter
   of an extension that this session was not offered is as unknown as any other (RFC 5321 4.1.1.11). */
#ifndef REF_SMTP_PARAMETERS_H
#define REF_SMTP_PARAMETERS_H

#include "ref/mail/params.h"
#include "ref/smtp/extensions.h"

struct smtp_parameter {
    const char *name;
    enum smtp_extension extension;
    /* NULL, or what is wrong with the value. */
    const char *(*read)(const struct mail_param *p, void *into);
};

/* Reads what stands behind the path; at most 32 rows. SMTP_NO_REPLY: all of it was taken. */
struct smtp_reply smtp_parameters_read(struct smtp_session *s, struct cursor *c, bool utf8,
                                       const struct smtp_parameter *rows, size_t count, void *into);

#endif

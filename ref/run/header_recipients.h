/* Recipients out of To:, Cc: and Bcc: (RFC 5322 3.4), for -t: of the Resent- fields, if there are
   any. */
#ifndef REF_RUN_HEADER_RECIPIENTS_H
#define REF_RUN_HEADER_RECIPIENTS_H

#include "base/vec.h"
#include "ref/spool/envelope.h"

struct header_recipients {
    VEC(span) list; /* addr-spec, or a local part alone */
};

/* The addresses in the body of one field: names, comments, groups and routes taken away. Text lives
   in arena. False: quotes, brackets or comments do not match. */
bool header_addresses_read(span body, struct arena *arena, struct header_recipients *into);

/* All of a message's fields that count. Marks Bcc: fields as deleted. False: a field is damaged. */
bool header_recipients_take(struct envelope *e, struct arena *arena,
                            struct header_recipients *into);

#endif

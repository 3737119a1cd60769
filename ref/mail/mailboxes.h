/* Address lists as header fields hold them (RFC 5322 3.4): phrases, comments, groups, routes. Knows
   where each address stands in the text, so that one can be replaced and the rest left alone. */
#ifndef REF_MAIL_MAILBOXES_H
#define REF_MAIL_MAILBOXES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

/* Behind the quoted string, or the comment with all in it, that begins at pos; SPAN_NONE: it does not end. */
size_t mail_quoted_end(span text, size_t pos);
size_t mail_comment_end(span text, size_t pos);

struct mail_mailbox {
    size_t at, len;           /* of the item in the body: phrase, brackets and comments included */
    size_t spec_at, spec_len; /* of what stands for the address, route and comments included */
    span address;             /* that without comments, folds and route; empty: "<>" */
    bool bracketed;
    bool parted;              /* comments or blanks stand inside it */
};

struct mail_mailboxes {
    span body;
    size_t pos;
    bool in_group;
};
static inline struct mail_mailboxes mail_mailboxes_of(span body)
{
    return (struct mail_mailboxes){body, 0, false};
}

/* The next address; groups are gone through, empty items passed over. *more false: the end.
   ERR_SYNTAX: brackets, quotes or comments do not match; `at` is in the body. */
err mail_mailboxes_next(struct mail_mailboxes *list, struct arena *arena,
                        struct mail_mailbox *box, bool *more) MUST_CHECK;

#endif

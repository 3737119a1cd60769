/* What a host said to EHLO, for early pipelining: once in clear text and once inside TLS, because a
   host may offer other things there. The numbers are those of Exim's record, so that both dumps can
   be laid side by side. */
#ifndef REF_HINTS_HINT_EHLO_H
#define REF_HINTS_HINT_EHLO_H

#include "base/socket.h"
#include "ref/hints/store.h"

enum hint_feature {
    HINT_TLS = 0x001,
    HINT_IGNOREQUOTA = 0x002,
    HINT_PRDR = 0x004,
    HINT_SMTPUTF8 = 0x008,
    HINT_DSN = 0x010,
    HINT_PIPELINING = 0x020,
    HINT_SIZE = 0x040,
    HINT_CHUNKING = 0x080,
    HINT_EARLY_PIPE = 0x100,
    HINT_REQUIRETLS = 0x200, /* ours, as is the next */
    HINT_8BITMIME = 0x400
};

struct hint_ehlo {
    uint16_t clear_features, crypted_features; /* of enum hint_feature; 0: not seen */
    uint16_t clear_auths, crypted_auths;       /* bit n: our n-th authenticator is offered */
    uint32_t limit_mail, limit_rcpt, limit_rcptdom; /* RFC 9422; 0: not said */
};

/* "192.0.2.1:25.EHLO", "[2001:db8::1]:25.EHLO" */
span hint_ehlo_key(const struct address *address, struct arena *arena);

/* keep: retry_data_expire; an older reply counts as absent. A record that is none of ours is told in
   the log, and dropped. */
bool hint_ehlo_get(struct hints *hints, span key, millis keep, struct hint_ehlo *ehlo);
void hint_ehlo_put(struct hints *hints, span key, const struct hint_ehlo *ehlo);
void hint_ehlo_drop(struct hints *hints, span key);

/* The value of a record. False: no record of ours: of another length, or with what nobody can have
   said, early pipelining without PIPELINING. */
void hint_ehlo_write(const struct hint_ehlo *ehlo, struct buf *out);
bool hint_ehlo_read(span value, struct hint_ehlo *ehlo);
/* For people: ", in clear: PIPELINING SIZE, in TLS: ..."; a half that was not seen is left out. */
void hint_ehlo_describe(const struct hint_ehlo *ehlo, struct buf *out);

#endif

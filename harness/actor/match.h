/* Does what came fit what was wanted: replies and mail data, and both in words for people. */
#ifndef HARNESS_ACTOR_MATCH_H
#define HARNESS_ACTOR_MATCH_H

#include "harness/actor/reply.h"
#include "harness/scenario/model.h"
#include "harness/scenario/pattern.h"

/* NULL: it fits, and its captures are bound. Else why not, in words. */
const char *match_reply(const struct reply_want *w, const struct reply *r, struct bindings *b,
                        struct arena *arena);
/* As it would be written: "250 5.7.1 { SIZE >= 1000 } ~ \"...\"". */
const char *match_reply_text(const struct reply_want *w, struct arena *arena);
/* Octets on one line for people, cut when long: "250-mx.test.ex\r\n250 SIZE". The last line end is
   left out. */
const char *match_octets_text(span octets, struct arena *arena);
/* NULL: the mail that came has the fields of wanted in that order (others may be between them) and
   the same body. Else why not, and *wanted and *got are left at what differs: a field and that of its
   name, or else those behind the last that fits; or the bodies. */
const char *match_mail(span *wanted, span *got, struct arena *arena);
/* A capture that the pattern uses, does not define, and that is not bound yet; or NULL. */
const char *match_unbound(const struct pattern *p, const struct bindings *b, struct arena *arena);

#endif

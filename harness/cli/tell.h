/* What a worker tells its parent, as octets: the same program reads what it wrote, a moment later. One
   walk over a row serves both ways, so that no member can be told and not heard. */
#ifndef HARNESS_CLI_TELL_H
#define HARNESS_CLI_TELL_H

#include "base/buf.h"
#include "reports/model.h"

struct telling {
    struct buf *out;     /* told goes there; NULL: it is heard */
    char *at, *end;      /* of what is heard; texts stay in it */
    struct arena *arena; /* lists that are heard */
    bool broken;         /* what is heard is cut off, or none of ours */
};

/* NULL stays NULL. */
const char *tell_text(struct telling *t, const char *text);
void tell_target(struct telling *t, struct report_target *target);
void tell_case(struct telling *t, struct report_case *c);

#endif

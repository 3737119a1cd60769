/* The pace of a text, all its chunks together: besides what a single wait may take it has twelve
   times smtp_receive_timeout, and a second more for every 100 octets that came. Who sends an octet
   now and then would else hold a thread for ever (docs/adr/0101-a-text-has-an-end.md). */
#ifndef REF_SMTP_PACE_H
#define REF_SMTP_PACE_H

#include "ref/smtp/line.h"

struct smtp_pace {
    struct smtp_deadline end; /* without the octets' share */
    uint64_t octets;          /* that came; counted by who takes them */
};

/* The text begins now. */
struct smtp_pace smtp_pace_begin(const struct smtp_session *s);
/* smtp_input_fill() for a text. ERR_TIMEOUT also when it comes too slowly. */
err smtp_pace_fill(struct smtp_session *s, const struct smtp_pace *pace) MUST_CHECK;

#endif

/* Deliveries as another user: in a child, which is this program started anew, so that neither threads nor
   memory of the server go with it. Only a server that runs as root can start one. */
#ifndef REF_TRANSPORT_DEPOSIT_CHILD_H
#define REF_TRANSPORT_DEPOSIT_CHILD_H

#include "ref/transport/deposit.h"

#include "base/buf.h"

/* Option of the command line that makes a process such a child. */
#define DEPOSIT_CHILD_OPTION "--deposit"

/* deposit_run() as the user that the deposit names: here if that is who we are, else in a child. */
void deposit_as_user(const struct deposit *d, const struct deposit_text *text,
                     const struct deposit_names *names, struct arena *arena,
                     struct deposit_result *r);

/* The child: reads a deposit from descriptor 3, takes on its user, reads the message from standard input,
   carries it out, and tells the result. False: nobody is there who speaks with it. */
bool deposit_child_run(struct arena *arena);

/* A deposit as one packet, and back. ERR_SYNTAX: it is none. ERR_LIMIT: it does not fit. */
err deposit_write(const struct deposit *d, struct buf *out) MUST_CHECK;
err deposit_read(span packet, struct arena *arena, struct deposit *d) MUST_CHECK;

#endif

/* What ACLs want to know of addresses, asked of ref/route. */
#ifndef REF_RUN_VERIFY_H
#define REF_RUN_VERIFY_H

#include "ref/acl/acl.h"

/* For smtp_server.verify; context is the struct run_instance whose routers are asked. */
enum acl_verified run_verify_address(void *context, struct expansion *x,
                                     const struct acl_verify *what,
                                     struct acl_verify_answer *answer);

#endif

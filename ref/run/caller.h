/* Who hands in a message on this machine, as From: names somebody that the message does not. */
#ifndef REF_RUN_CALLER_H
#define REF_RUN_CALLER_H

#include "ref/conf/snapshot.h"

/* "Name <login@qualify_domain>", or the address alone. The name is the one given, if it is not empty; else
   what gecos_pattern and gecos_name make of the password file's field, if both are set; else the field, "&"
   in it being the login. In arena. */
span run_caller_mailbox(const struct conf *conf, span login, span given, span gecos, struct arena *arena);

#endif

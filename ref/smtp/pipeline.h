/* Command groups (RFC 2920): replies held back while a group is being read, written when it ends or
   when no input waits, and the check that nobody speaks before the reply it must wait for. */
#ifndef REF_SMTP_PIPELINE_H
#define REF_SMTP_PIPELINE_H

#include "ref/smtp/reply.h"
#include "base/err.h"

struct smtp_session;
struct smtp_command;

/* Writes what is held. */
err smtp_pipeline_flush(struct smtp_session *s) MUST_CHECK;

/* Puts the reply behind those that are held; writes them all if the command ends its group, was not
   understood, or the session is over. */
err smtp_pipeline_answer(struct smtp_session *s, const struct smtp_command *command,
                         struct smtp_reply r) MUST_CHECK;

/* SMTP_SYNC if input waits behind a command that has to be the last of its group, else no reply.
   Notes whether the client sends ahead. */
struct smtp_reply smtp_pipeline_check(struct smtp_session *s, const struct smtp_command *command);
/* The same after the end of DATA or a chunk, which only PIPELINING lets a client go on from. */
struct smtp_reply smtp_pipeline_check_text(struct smtp_session *s, const char *what);

/* What came before the greeting may have: it begins with EHLO, from a client that may know that it
   may. The replies to what came wait for each other. */
bool smtp_pipeline_early(struct smtp_session *s);

#endif

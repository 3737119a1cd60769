/* Finders of check_mail.c that need readers of their own: Authentication-Results and signatures. */
#ifndef HARNESS_JUDGE_CHECK_SEAL_H
#define HARNESS_JUDGE_CHECK_SEAL_H

#include "harness/judge/checks.h"

/* A verdict word for each DKIM-Signature from the top; one for the chain, "none" without. */
void seal_find_dkim(const struct hearing *h, const struct mail_entry *m, struct finding *f);
void seal_find_arc(const struct hearing *h, const struct mail_entry *m, struct finding *f);
/* The results of the method that the expect names in these fields (unfolded), or of a property of
   it. */
void seal_find_authres(const struct hearing *h, const struct expect *e, const span_list *fields,
                       struct finding *f);

#endif

/* The plaintext driver: PLAIN, LOGIN, and whatever else asks for strings one after the other. */
#ifndef REF_AUTH_PLAINTEXT_H
#define REF_AUTH_PLAINTEXT_H

#include "ref/auth/auth.h"

struct auth_result auth_plaintext_begin(struct auth_exchange *e, const span *initial);
struct auth_result auth_plaintext_answer(struct auth_exchange *e, span answer);

#endif

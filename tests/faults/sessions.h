/* What sessions.c does in functions that other files wrap. */
#ifndef TESTS_FAULTS_SESSIONS_H
#define TESTS_FAULTS_SESSIONS_H

#include "ref/smtp/line.h"
#include "ref/smtp/receive.h"
#include "ref/smtp/session.h"

/* What was said last is answered when the next comes: nothing is written now. */
bool fault_holds_back(const struct smtp_session *s);
/* smtp_line_read() in a simple way. */
err fault_line_read(struct smtp_session *s, millis wait, struct smtp_line *line, bool by_pieces);
/* What else is refused of a text that has come; id is what smtp_receive_check() says. */
enum smtp_reply_id fault_text_judged(enum smtp_reply_id id, const struct smtp_receive *r);

#endif

/* Integers and texts of a hint's value, low octet first: what the kinds of hints are written with.
   */
#ifndef REF_HINTS_RECORD_H
#define REF_HINTS_RECORD_H

#include "base/buf.h"
#include "base/cursor.h"

void hint_put_number(struct buf *out, uint64_t number, unsigned octets);
void hint_put_text(struct buf *out, span text); /* its length in two octets; cut at 65535 */
/* False moves nothing. */
bool hint_take_number(struct cursor *c, uint64_t *number, unsigned octets);
bool hint_take_text(struct cursor *c, span *text);

#endif

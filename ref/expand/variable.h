/* Names behind `$`: a table of variables over struct facts, and the header fields of the message in
   their four forms. The reader asks for a row when a template is read, the walk for its value. */
#ifndef REF_EXPAND_VARIABLE_H
#define REF_EXPAND_VARIABLE_H

#include "ref/expand/expand.h"

struct variable_row;

/* The row of $name; NULL: no such variable. $acl_c_x and $acl_m_x share a row each, always there.
   $1 is no variable, the reader knows it. */
const struct variable_row *variable_find(span name);
/* Exim has it, and this server does not, or not yet: the reader refuses it with
   `variable "x" is not supported by this server`. */
bool variable_is_refused(const struct variable_row *row);
/* What Exim says behind an unknown name: the rule that a name like "acl_x" breaks; else "". */
const char *variable_hint(span name);
/* False: it could not be had, and x->bad says why (a name whose lookup was deferred). The value
   borrows from the facts or lives in x->arena. */
bool variable_value(const struct variable_row *row, span name, struct expansion *x,
                    struct value *out);

/* $h_, $rh_, $bh_, $lh_; the long forms too ($header_, $rheader_, ...). */
enum header_form { HEADER_DECODED, HEADER_RAW, HEADER_BODY, HEADER_LIST, HEADER_FORM_COUNT };

/* Takes "h_", "rheader_", ... off the front of *name. False: it is no header variable. */
bool header_form_take(span *name, enum header_form *form);
/* Empty if there is none. Always tainted, unless empty. */
void header_value(enum header_form form, span name, struct expansion *x, struct value *out);
bool header_is_there(span name, struct expansion *x); /* def:h_name: */

#endif

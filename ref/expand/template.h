/* Texts with `$` in them, read once when the configuration is read and never again: a template is a
   tree in the snapshot's memory. Text from the wire has no way to become one, but for ${expand:},
   which refuses what is tainted. */
#ifndef REF_EXPAND_TEMPLATE_H
#define REF_EXPAND_TEMPLATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct template;

/* ERR_SYNTAX with the text that Exim has for it (facts: "missing } at end of string", ...); text and
   tree live in arena. */
err template_read(span text, struct arena *arena, const struct template **out) MUST_CHECK;

/* As written. */
span template_text(const struct template *t);
/* True if nothing in it has to be evaluated; *text is then its value. */
bool template_is_literal(const struct template *t, span *text);

#endif

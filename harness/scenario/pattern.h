/* Patterns and captures. `@{id:id}` binds at its first match and must match the same text from then
   on, on whatever surface it is met: wire, log, spool, mail. */
#ifndef HARNESS_SCENARIO_PATTERN_H
#define HARNESS_SCENARIO_PATTERN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct pattern;

struct bindings;
/* An empty set. id_shape: the target's regular expression for the capture type `id`, or NULL; its
   first group is the id itself, what stands round it is where an id is looked for. */
struct bindings *bindings_new(struct arena *arena, const char *id_shape);
/* The value, or false when the name is not bound yet. */
bool bindings_get(const struct bindings *b, const char *name, span *value);
void bindings_set(struct bindings *b, const char *name, span value);
/* True once a match was given up at its limits (a regular expression that runs away): what was
   answered `no` then is no answer, and no verdict may rest on it. */
bool bindings_gave_up(const struct bindings *b);
/* text with each `@{name}` replaced by its value; all else stays. False when one is not bound yet
   (*unbound names it). */
bool bindings_fill(const struct bindings *b, span text, struct arena *arena, span *filled,
                   const char **unbound);

enum pattern_form {
    PATTERN_LINE, /* text of a C: line: `*` and `|` are active, verbs compare caselessly */
    PATTERN_QUOTED, /* "...": escapes, `*` is active */
    PATTERN_WORD, /* a bare word: exact, captures allowed */
    PATTERN_REGEX /* between slashes: PCRE2 */
};
/* text is without its quotes or slashes. Errors carry the column in `at`. */
err pattern_read(span text, enum pattern_form form, struct arena *arena,
                 const struct pattern **p) MUST_CHECK;

/* True if the whole text matches; captures are bound only then. */
bool pattern_matches(const struct pattern *p, span text, struct bindings *b);
/* True if it matches somewhere in text; *at and *len say where. For `has`. */
bool pattern_found(const struct pattern *p, span text, struct bindings *b, size_t *at, size_t *len);
/* What is said when the judge has to say it: the first alternative, `*` left out, captures by
   their value. False when a capture in it is not bound yet (*unbound names it). */
bool pattern_say(const struct pattern *p, const struct bindings *b, struct arena *arena, span *text,
                 const char **unbound);
/* As it was written, for messages. */
const char *pattern_source(const struct pattern *p);
/* True if it has neither captures nor active characters; *text is what it stands for. */
bool pattern_is_literal(const struct pattern *p, span *text);

#endif

/* From scenario files to cases. */
#ifndef HARNESS_SCENARIO_READ_H
#define HARNESS_SCENARIO_READ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "harness/scenario/model.h"

struct scenario_set {
    VEC(struct scenario *) cases;
    /* Set by the caller before reading. Other than as written: only `reversible` texts give cases,
       named `ID#swap...` or `ID#self...`. */
    enum scenario_sides sides;
};

/* One mistake in a scenario, for people: file:line:column: what; remedy. */
struct mistake {
    struct place place;
    const char *what;
    const char *remedy; /* "did you mean ...?", or NULL */
};
typedef VEC(struct mistake) mistakes;

/* Reads one file and adds its cases; root is the folder that ids are relative to. Every mistake
   found is added, and none of a file's cases when there is one. Err only when the file cannot be
   read at all. */
err scenario_read(const char *path, const char *root, struct arena *arena, struct scenario_set *set,
                  mistakes *wrong) MUST_CHECK;
/* The same from memory: name stands for the file in messages. */
err scenario_read_text(span text, const char *name, const char *id, struct arena *arena,
                       struct scenario_set *set, mistakes *wrong) MUST_CHECK;

/* What reading leaves open and people should see before a scenario is taken in: a title or clause
   that is still TODO, captures, messages and labels that nothing uses, alternatives that cannot be
   told apart, content that looks like statements. Mistakes of reading come first, then these. */
err scenario_lint(const char *path, const char *root, struct arena *arena,
                  mistakes *wrong) MUST_CHECK;
err scenario_lint_text(span text, const char *name, const char *id, struct arena *arena,
                       mistakes *wrong) MUST_CHECK;

/* The one form: what `assay fmt` writes. Idempotent. Mistakes as above. */
err scenario_format(span text, const char *name, struct arena *arena, struct buf *out,
                    mistakes *wrong) MUST_CHECK;

/* The case called `which` by itself: a text that makes this case and no other. Parameters are replaced,
   snippets and files taken in, of the judge's alternatives the case's own is left, each reply has a line
   of its own; comments and blank lines are gone. In the one form. ERR_SYNTAX: there is no such case. */
err scenario_flatten(span text, const char *name, const char *id, const char *which,
                     struct arena *arena, struct buf *out) MUST_CHECK;

/* The message section called name (or the built-in `plain`), octets with CRLF ends; false if none.
   Names that only the run knows are still in it: see section.has_names. */
bool scenario_message(const struct scenario *s, const char *name, span *octets);

/* The section of that kind called name, or NULL. */
const struct section *scenario_section(const struct scenario *s, enum section_kind kind, const char *name);
/* Adds every step of a play, or of all plays, those of alternatives behind their either. */
void steps_all(const steps *play, struct arena *arena, step_list *all);
void scenario_steps(const struct scenario *s, struct arena *arena, step_list *all);
/* A play in which each step is as change leaves it; false: it is left out. */
steps steps_changed(const steps *play, bool (*change)(struct step *s, struct arena *arena), struct arena *arena);
/* What stands below steps and expects, in the order of the file. */
struct noted {
    const struct notes *notes;
    struct place place; /* of what they are about */
};
typedef VEC(struct noted) noted_list;
void scenario_notes(const struct scenario *s, struct arena *arena, noted_list *all);

#endif

/* The registry of clauses: vectors/clauses/, a file for each source, a line for each requirement
   (docs/clauses.md). What a check's clauses make of its failure is decided here. */
#ifndef REPORTS_REGISTRY_H
#define REPORTS_REGISTRY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "reports/model.h"

/* As in the text; PROSE: demanded without the words of RFC 2119. */
enum registry_level {
    LEVEL_MUST, LEVEL_MUST_NOT, LEVEL_SHOULD, LEVEL_SHOULD_NOT, LEVEL_MAY, LEVEL_PROSE, LEVEL_COUNT
};
enum registry_standing {
    STANDING_CHECKED, STANDING_UNVERIFIED, STANDING_NOT_TESTABLE, STANDING_DISPUTED, STANDING_COUNT
};

struct registry_row {
    const char *id;      /* first: rows_find and rows_suggest read it */
    const char *source;  /* stem of its file: "rfc5321", "seed" */
    enum registry_level level;
    const char *party;   /* one of registry_parties */
    const char *surface; /* one of registry_surfaces */
    const char *section; /* or topic */
    const char *words;
    enum registry_standing standing;
    const char *why;     /* behind "unverified: " and its like, or NULL */
    const char *quote;   /* 64 hexadecimal digits: SHA-256 of the sentence that was read; or NULL */
    const char *file;
    unsigned line;
};

struct registry {
    const char *folder;
    VEC(struct registry_row) rows; /* sorted by id */
    report_texts sources;          /* sorted */
};

struct registry_mistake {
    const char *file;
    unsigned line;
    const char *what; /* with the remedy */
};
typedef VEC(struct registry_mistake) registry_mistakes;

extern const char *const registry_parties[];  /* end with NULL */
extern const char *const registry_surfaces[]; /* end with NULL */
/* "MUST NOT", "prose"; "checked", "not-testable" */
const char *registry_level_name(enum registry_level l);
const char *registry_standing_name(enum registry_standing s);
/* False if text is none of them. */
bool registry_level_parse(span text, enum registry_level *l);
bool registry_standing_parse(span text, enum registry_standing *s);

/* Every .txt file in folder. Mistakes are added, and their lines left out; err only where a file or
   the folder cannot be read. Text lives in arena. */
err registry_read(const char *folder, struct arena *arena, struct registry *r,
                  registry_mistakes *wrong) MUST_CHECK;
/* One file from memory; the rows are sorted when registry_sort has been called. */
void registry_read_text(const char *path, span text, struct arena *arena, struct registry *r,
                        registry_mistakes *wrong);
/* Sorts, and tells ids that stand twice. */
void registry_sort(struct registry *r, struct arena *arena, registry_mistakes *wrong);
/* NULL if there is none; r may be NULL. */
const struct registry_row *registry_find(const struct registry *r, const char *id);
const char *registry_suggest(const struct registry *r, const char *id);

/* Can be shown, and would count: neither latitude (MAY) nor not testable. */
bool registry_testable(const struct registry_row *row);

/* What the failure of a check is worth. */
enum registry_weight {
    REGISTRY_NONE,  /* it names only MAY clauses or unverified ones: nobody fails for it */
    REGISTRY_WARN,  /* only SHOULD clauses beside such */
    REGISTRY_FAIL
};
/* By the ids that the check names; where it names none, by those of the case as a whole; where that
   names none, FAIL. An id that is not in the registry weighs as MUST. r may be NULL: all FAIL. */
enum registry_weight registry_weigh(const struct registry *r, const report_texts *check,
                                    const report_texts *whole);
/* "MUST", "SHOULD", "MAY": what report_check.level says of a weight. */
const char *registry_weight_name(enum registry_weight w);

#endif

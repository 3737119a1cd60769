/* What the files that read a scenario share: lines with their places, scopes of parameters, and the
   state of one reading. Private to this room; read.h is what others use. */
#ifndef HARNESS_SCENARIO_READING_H
#define HARNESS_SCENARIO_READING_H

#include "base/vec.h"
#include "harness/scenario/read.h"

#define READING_FILE_CEILING ((size_t)64 << 20) /* octets of a scenario or of a file= */
#define READING_CONTENT_CEILING ((size_t)256 << 20) /* octets of a section, repetitions done */
#define READING_CASE_CEILING 10000 /* cases of one file */
#define READING_DEPTH 16 /* snippets in snippets, either in either */
#define READING_MISTAKE_CEILING 200 /* after so many the rest of a file says no more */

struct directive; /* directives.h */

/* Names with values that stand for @{name}; a snippet's scope lies in the one of who uses it. */
struct scope {
    const struct scope *outer;
    option_texts values;
    const char *prefix; /* "one." behind `as one`; "" otherwise */
};

/* A line as the file has it. */
struct raw_line {
    span text; /* without its end */
    const char *file;
    unsigned number;
    const struct scope *scope;
    bool again; /* a repetition of one that was read: columns are not wanted a second time */
};
typedef VEC(struct raw_line) raw_lines;

/* A line after replacement. columns: of each octet of text in the file's line; NULL: as it stands. */
struct line {
    span text;
    const char *file;
    unsigned number;
    const unsigned *columns;
};

/* A section before its content is made. */
struct raw_section {
    struct raw_line head;
    raw_lines lines;
    bool last_ends; /* the last line has its line end */
};

/* A file cut into its four parts (outline.c). */
struct outline {
    raw_lines header; /* snippets of header lines are taken in */
    raw_lines play;
    raw_lines claims;
    VEC(struct raw_section) sections;
};

/* A name that the file gives or uses, with where. */
struct known {
    const char *name;
    struct place place;
    bool in_snippet;
    unsigned uses;
};
typedef VEC(struct known) knowns;

/* One level of either: the alternatives read so far, and the one being read. */
struct frame {
    struct step either;
    struct branch branch;
    steps play;
};

enum note_target { NOTES_NONE, NOTES_STEP, NOTES_EXPECT };

struct reading {
    struct arena *arena;
    mistakes *wrong;
    const char *name; /* of the file, for messages */
    struct scenario *s;
    const struct scope *root; /* what vary and table give to this case */
    const struct scope *scope; /* of the lines being read: root, or a snippet's */
    unsigned depth; /* snippets open */
    knowns captures, references, labels, whens, marks, untils, messages_used;
    /* play */
    struct play_block block; /* being read */
    bool block_open;
    struct frame frames[READING_DEPTH];
    unsigned frame_count; /* 0: not in a block */
    bool continued; /* the step before is a reply `250-` that goes on */
    enum note_target target;
    struct notes *notes_of; /* of the expect read last */
    struct buf *flat; /* NULL, or where every statement goes as it was read: flat.c */
};

struct place line_place(const struct line *line, size_t pos);
/* Adds a mistake; an equal one at the same place is not said twice. */
void complain(struct reading *r, struct place place, const char *remedy, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* params.c */
const char *scope_find(const struct scope *scope, span name);
/* The scope of a line: NULL is the case's own; one made before there were cases is put upon it. */
const struct scope *scope_rooted(const struct reading *r, const struct scope *scope);
/* Replaces @{name} and @{#message}, gives captures the prefix of the scope and notes them. False,
   after complaining, when the line holds a `@{` that opens nothing. */
bool params_replace(struct reading *r, const struct raw_line *raw, struct line *line);
/* Where a `@{...}` at pos ends (behind its brace); SPAN_NONE when it does not. */
size_t params_brace_end(span text, size_t pos);
/* True if text holds `@{`. */
bool params_left(span text);
/* All names that were used and that nothing gives. */
void params_check(struct reading *r);

/* outline.c */
err outline_load(const char *path, struct arena *arena, span *content) MUST_CHECK;
void outline_cut(struct reading *r, span content, const char *file, const struct scope *scope,
                 struct outline *o);
void outline_lines(struct reading *r, span content, const char *file, const struct scope *scope,
                   raw_lines *lines, bool *last_ends);

/* read_section.c */
void section_read(struct reading *r, const struct raw_section *raw);

/* cases.c: what vary and table give. */
struct cell {
    const char *text; /* quotes taken off, escapes left */
    const char *shown; /* in ids: the text, or its number for quoted ones */
};
struct axis {
    texts names;
    VEC(struct cell) cells; /* rows one after another, names.count each */
    size_t shown; /* how many of the names ids show */
};
typedef VEC(struct axis) axes;
void cases_axes(struct reading *r, const struct outline *o, axes *all);
/* Case number `which` of all combinations: values into scope, id words into *id. */
size_t cases_count(const axes *all);
void cases_pick(const axes *all, size_t which, struct arena *arena, option_texts *values,
                struct buf *id);
/* One scenario for each choice that the judge has; s itself when it has none. */
void cases_choose(struct reading *r, struct scenario *s, struct scenario_set *set);
/* The side that decides an either: the one of the first wire line in it. False: no wire line. */
bool cases_chooser(const struct step *either, enum side *side);

/* turn.c: `reversible`. */
/* What a reversible text may not hold. */
void turn_check(struct reading *r);
/* Changes s into what is played with those sides. False: the text cannot be played so. */
bool turn_scenario(struct scenario *s, enum scenario_sides sides, struct arena *arena);

/* flat.c: one case by itself. */
void flat_line(struct reading *r, const struct directive *d, span text);
void flat_case(span lines, const struct scenario *s, struct buf *out);

/* read.c: a whole file, each line by its row. */
void read_play_lines(struct reading *r, const raw_lines *lines);

#endif

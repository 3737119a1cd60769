/* From paths and filters on the command line to cases. */
#ifndef HARNESS_CLI_SELECT_H
#define HARNESS_CLI_SELECT_H

#include "base/args.h"
#include "harness/scenario/read.h"

struct selection_options {
    struct args_texts only; /* globs over case ids; "#..." is matched against the part from # on */
    struct args_texts reqs; /* clause ids, globs allowed */
    const char *shard;      /* "2/6" */
    struct args_texts tls;  /* tls_ways.h */
    bool swap, self;        /* which sides are played; only `reversible` texts then */
};

struct selection {
    struct scenario_set all; /* every case that was read */
    struct scenario_set set; /* those that the filters leave */
    VEC(size_t) places;      /* of each case of set, among those that --shard did not ask for too */
    size_t whole;            /* how many these are together */
    uint64_t identity;       /* hash over them, the same for all shards */
    mistakes wrong;
};

/* Reads every .scn file at or below the paths (none: "scenarios"). ERR_IO: a path that is not
   there; ERR_SYNTAX: a bad shard. Mistakes in files are in sel->wrong. */
err select_cases(const struct args_texts *paths, const struct selection_options *o,
                 struct arena *arena, struct selection *sel) MUST_CHECK;
/* Adds to sel->set what the filters leave of sel->all. ERR_SYNTAX: a bad shard. */
err select_filter(const struct selection_options *o, struct arena *arena,
                  struct selection *sel) MUST_CHECK;
/* "FILE:LINE:COLUMN: what; remedy" for each, on standard error. */
void select_print_mistakes(const mistakes *wrong);
/* The exit status of a verb whose options and selection were read with e: EXIT_FINE, or EXIT_USAGE and
   what is wrong on standard error. */
int select_told(err e, const struct selection *sel, struct arena *arena);
/* The same of one that wants a case at least. */
int select_some(err e, const struct selection *sel, struct arena *arena);
/* The .scn files at or below path, sorted. */
err select_files(const char *path, struct arena *arena, texts *files) MUST_CHECK;
/* What a file's ids are relative to: the part up to a folder named scenarios, else its own
   folder. */
const char *select_root(const char *path, struct arena *arena);
/* Could a case of that id stand at or below the paths (none: everywhere)? Where it was not read, there is none then. */
bool select_covers(const struct args_texts *paths, const char *id, struct arena *arena);
/* What the ids of all cases of a file begin with. */
const char *select_file_id(const struct scenario *s, struct arena *arena);
/* FNV-1a: the same on every machine, so that shards agree. */
uint64_t select_hash(const char *id);

#endif

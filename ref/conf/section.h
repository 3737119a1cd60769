/* Sections of a configuration: the main one, and those that `begin NAME` opens, as a table. */
#ifndef REF_CONF_SECTION_H
#define REF_CONF_SECTION_H

#include "ref/conf/lex.h"
#include "ref/conf/snapshot.h"

struct listed {
    struct named_list list;
    struct conf_where where;
};

/* What the sections are read into. */
struct conf_target {
    struct conf *conf;
    struct arena *arena;             /* of conf */
    VEC(struct listed) lists;        /* as they come */
    struct conf_instance *instance;  /* the one that is being read; NULL: between two sections */
};

/* Reads all statements of lex into target, section by section. */
err conf_sections_read(struct conf_lex *lex, struct conf_target *target) MUST_CHECK;

#endif

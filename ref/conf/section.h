/* Sections of a configuration: the main one, and those that `begin NAME` opens, as a table. */
#ifndef REF_CONF_SECTION_H
#define REF_CONF_SECTION_H

#include "ref/conf/lex.h"
#include "ref/conf/main_options.h"

/* How an option came to its value. */
struct conf_given {
    bool set;
    bool hidden;
    span text;               /* as written; the default's text if not set */
    struct conf_where where;
};

/* What the sections are read into. */
struct conf_target {
    struct arena *arena;
    struct conf_main *main;
    struct conf_given *given; /* one for each row of conf_main_options */
};

/* Reads all statements of lex into target, section by section. */
err conf_sections_read(struct conf_lex *lex, struct conf_target *target) MUST_CHECK;

#endif

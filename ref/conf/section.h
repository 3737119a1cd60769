/* Sections of a configuration: the main one, and those that `begin NAME` opens, as a table. */
#ifndef REF_CONF_SECTION_H
#define REF_CONF_SECTION_H

#include "ref/conf/acl_lines.h"
#include "ref/conf/driver.h"
#include "ref/conf/lex.h"
#include "ref/conf/main_options.h"
#include "ref/conf/retry.h"

struct listed {
    struct named_list list;
    struct conf_where where;
};

/* What the sections are read into. */
struct conf_target {
    struct arena *arena;
    struct conf_main *main;
    struct conf_given *given;        /* one for each row of conf_main_options */
    VEC(struct listed) lists;
    struct conf_acls *acls;
    struct conf_instances routers, transports, auths;
    struct conf_retry *retry;
    struct conf_rewrites *rewrites;
    struct conf_instance *instance;  /* the one that is being read; NULL: between two sections */
};

/* Reads all statements of lex into target, section by section. */
err conf_sections_read(struct conf_lex *lex, struct conf_target *target) MUST_CHECK;

#endif

/* Conditions and modifiers as the reader and the runner see them: rows in conditions.c and
   modifiers.c, and statements made of them. */
#ifndef REF_ACL_ITEM_H
#define REF_ACL_ITEM_H

#include "ref/acl/acl.h"

enum acl_test {
    ACL_YES,
    ACL_NO,
    ACL_LATER,   /* could not be found out now; run->log_message says why */
    ACL_WRONG,   /* the configuration is at fault; so too */
    ACL_GONE,    /* a nested ACL discarded */
    ACL_DROPPED  /* a nested ACL dropped: no, and more */
};

enum acl_item_flag {
    ITEM_MODIFIER = 1,  /* always yes; no `!` */
    ITEM_RAW = 2,       /* its value is not expanded by the runner */
    ITEM_BARE = 4,      /* takes no value */
    ITEM_VARIABLE = 8,  /* a variable's name stands before the "=" */
    ITEM_TEXT = 16,     /* is kept until the statement is decided: message, log_message */
    ITEM_ENDPASS = 32
};

struct acl_item;
struct acl_reader;

struct acl_item_row {
    const char *name;
    unsigned flags;
    unsigned stages;    /* ACL_AT bits where it may stand; 0: it is not supported */
    /* At load, for a value that is literal; NULL: nothing to check. Errors are sentences. */
    err (*check)(struct acl_reader *reader, struct acl_item *item, span value);
    enum acl_test (*run)(struct acl_run *run, const struct acl_item *item, struct value value);
    const char *doc;
};

/* "name arg arg" of a nested call. */
struct acl_call {
    const struct template *name;
    const struct template *const *arguments;
    size_t argument_count;
};

struct acl_item {
    const struct acl_item_row *row;
    bool negated;
    struct conf_where where;
    span variable;                 /* set: "c0", "m_x" */
    const struct template *value;  /* NULL: ITEM_BARE */
    bool literal;
    const struct acl *acl;         /* of a nested call, when known */
    struct acl_call call;
};

struct acl_verb {
    const char *name;
    bool endpass;                  /* may hold it */
    bool decides_yes, decides_no;  /* the outcome of the conditions that ends the ACL */
    enum acl_verdict yes, no;
};
extern const struct acl_verb acl_verbs[];
extern const size_t acl_verb_count;
extern const struct acl_verb *const acl_verb_warn;

struct acl_statement {
    const struct acl_verb *verb;
    struct conf_where where;
    VEC(struct acl_item) items;
};

struct acl {
    span name;                     /* empty: inline */
    VEC(struct acl_statement) statements;
};

struct acl_set {
    struct acl *at;                /* as in the file */
    size_t count;
    bool routing, brightmail;
};

extern const struct acl_item_row acl_condition_rows[], acl_modifier_rows[];
extern const size_t acl_condition_count, acl_modifier_count;
const struct acl_item_row *acl_item_find(span name);

struct acl_reader {
    const struct acl_set *set;
    struct arena *arena, *texts;
    bool running;                  /* a session waits: errors without file and line */
};

/* Lines to statements. Errors have file and line, "error in ACL: ..." */
err acl_read(struct acl_reader *reader, const struct acl_line *lines, size_t count,
             struct acl *acl) MUST_CHECK;
/* Resolves what is named literally. To be done once all ACLs of the set are read. */
err acl_resolve(struct acl_reader *reader, struct acl *acl) MUST_CHECK;
/* Inline text, or the text of a file, to lines. */
void acl_lines_split(span text, const char *file, struct arena *arena, struct conf_acl *into);
const struct acl *acl_find(const struct acl_set *set, span name);
/* A name, a file's name or an inline ACL, from a text that is known. */
err acl_of_text(struct acl_reader *reader, span text, struct conf_where where,
                const struct acl **acl) MUST_CHECK;

/* Whether all that stands in it may stand at that stage. */
err acl_stage_check(struct acl_reader *reader, const struct acl *acl,
                    enum acl_stage stage) MUST_CHECK;
/* Whether the verb may: discard only where a message is at hand, and QUIT can be refused by none. */
bool acl_verb_fits(const struct acl_verb *verb, enum acl_stage stage);

/* A `control =`, as a row of controls.c. */
struct acl_control {
    const char *name;
    unsigned stages;   /* 0: not supported */
    bool options;      /* "/..." may follow */
    /* False: the options are wrong. */
    bool (*apply)(struct acl_run *run, span options);
    const char *doc;
};
extern const struct acl_control acl_control_rows[];
extern const size_t acl_control_count;
/* NULL: no control has that name. *options: behind the slash, or behind the name. */
const struct acl_control *acl_control_find(span text, span *options);
/* The sentence about a control, or an item of verify, that has no place in that ACL; NULL: it may stand
   there, or is none. */
const char *acl_control_misplaced(span value, enum acl_stage stage, struct arena *texts);
const char *acl_verify_misplaced(span value, enum acl_stage stage, struct arena *texts);
err acl_control_check(struct acl_reader *reader, struct acl_item *item, span value);
enum acl_test acl_control_run(struct acl_run *run, const struct acl_item *item,
                              struct value value);

/* A `verify =`, as a row of verify.c. */
struct acl_verify_row {
    const char *name;
    unsigned stages;   /* 0: not supported */
    bool routing;      /* needs it */
    bool options;
    enum acl_test (*run)(struct acl_run *run, span options);
    const char *doc;
};
extern const struct acl_verify_row acl_verify_rows[];
extern const size_t acl_verify_count;
err acl_verify_check(struct acl_reader *reader, struct acl_item *item, span value);
enum acl_test acl_verify_run(struct acl_run *run, const struct acl_item *item, struct value value);

/* run.c, for conditions.c */
enum acl_test acl_nested_run(struct acl_run *run, const struct acl_item *item, struct value value);
/* ACL_LATER or ACL_WRONG with a text for the log. */
enum acl_test acl_later(struct acl_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
enum acl_test acl_wrong(struct acl_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
void acl_trace(const struct acl_run *run, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

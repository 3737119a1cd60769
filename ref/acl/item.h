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

/* How deep ACLs may stand in each other. */
enum { ACL_NESTED_MOST = 20 };

enum acl_item_flag {
    ITEM_MODIFIER = 1,  /* always yes; no `!` */
    ITEM_RAW = 2,       /* its value is not expanded by the runner */
    ITEM_BARE = 4,      /* takes no value */
    ITEM_VARIABLE = 8,  /* a variable's name stands before the "=" */
    ITEM_TEXT = 16,     /* is kept until the statement is decided: message, log_message */
    ITEM_ENDPASS = 32
};

struct acl_reader;

/* At load, for a value that is literal. Errors are sentences. */
typedef err acl_item_check(struct acl_reader *reader, span value);
/* For run->item. */
typedef enum acl_test acl_item_run(struct acl_run *run, struct value value);

struct acl_item_row {
    const char *name;
    unsigned flags;
    unsigned stages;    /* ACL_AT bits where it may stand; 0: it is not supported */
    acl_item_check *check; /* NULL: nothing to check */
    acl_item_run *run;
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
    unsigned depth;                /* of ACLs written out in each other, or in files */
};

/* In the configuration with file and line, "error in ACL: ..."; of a text that was expanded for a
   client, alone: the log line around it says which client. */
err acl_error(const struct acl_reader *reader, struct conf_where where, const char *format,
              ...) MUST_CHECK PRINTF_LIKE(3, 4);
/* Lines to statements. Errors are of acl_error(). */
err acl_read(struct acl_reader *reader, const struct acl_line *lines, size_t count,
             struct acl *acl) MUST_CHECK;
/* What `acl =` names: an ACL of the set, a file, an inline ACL, or a text to be expanded. The names of
   all ACLs of the set are known, whether they have been read or not. */
err acl_call_read(struct acl_reader *reader, struct acl_item *item) MUST_CHECK;
/* Inline text, or the text of a file, to lines. */
void acl_lines_split(span text, const char *file, struct arena *arena, struct conf_acl *into);
const struct acl *acl_find(const struct acl_set *set, span name);
/* A name, a file's name or an inline ACL, from a text that is known. */
err acl_of_text(struct acl_reader *reader, span text, struct conf_where where,
                const struct acl **acl) MUST_CHECK;

/* The sentence about an item that has no place in the ACL of that stage; NULL: it may stand there. */
const char *acl_item_misplaced(const struct acl_item *item, enum acl_stage stage,
                               struct arena *texts);
/* Whether the verb may: discard only where a message is at hand, and QUIT can be refused by none. */
bool acl_verb_fits(const struct acl_verb *verb, enum acl_stage stage);

/* A `control =`, as a row of controls.c. */
struct acl_control {
    const char *name;
    unsigned stages;   /* 0: not supported */
    bool options;      /* "/..." may follow */
    /* False: the options are wrong. NULL: all that it does is to set the flag. */
    bool (*apply)(struct acl_run *run, span options);
    const char *doc;
    enum acl_flag_of { OF_CONNECTION, OF_MESSAGE, OF_EITHER } of;
    size_t flag;       /* offset in struct acl_controls, acl_changes or acl_marks */
};
extern const struct acl_control acl_control_rows[];
extern const size_t acl_control_count;
/* NULL: no control has that name. *options: behind the slash, or behind the name. */
const struct acl_control *acl_control_find(span text, span *options);
/* The sentence about a control, or an item of verify, that has no place in that ACL; NULL: it may stand
   there, or is none. */
const char *acl_control_misplaced(span value, enum acl_stage stage, struct arena *texts);
const char *acl_verify_misplaced(span value, enum acl_stage stage, struct arena *texts);
acl_item_check acl_control_check, acl_verify_check;
acl_item_run acl_control_run, acl_verify_run;

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

/* run.c, for conditions.c */
acl_item_run acl_nested_run;
/* ACL_LATER or ACL_WRONG with a text for the log. */
enum acl_test acl_later(struct acl_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
enum acl_test acl_wrong(struct acl_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
void acl_trace(const struct acl_run *run, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

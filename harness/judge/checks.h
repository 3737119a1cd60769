/* Inside this room: what a check has at hand, what it found, and the rows of the table. */
#ifndef HARNESS_JUDGE_CHECKS_H
#define HARNESS_JUDGE_CHECKS_H

#include "harness/judge/judge.h"

struct hearing {
    const struct scenario *s;
    const struct transcript *t;
    const struct observation *seen;
    struct bindings *b;
    struct arena *arena;
};

typedef VEC(span) span_list;

/* What an expect speaks about, as the values that were there. */
struct finding {
    span_list values;
    const char *skipped; /* "surface": the target has no such thing */
    const char *missing; /* what had to be there to look into, and was not: no test holds on it */
    const char *note;    /* for people, why the values are what they are; or NULL */
};

/* A check either finds values for the expect's test, or judges by itself. */
struct check_row {
    const char *name;
    void (*find)(const struct hearing *h, const struct expect *e, struct finding *f);
    void (*judge)(const struct hearing *h, const struct expect *e, struct judgement *j);
};

/* By expect_kind. */
extern const struct check_row check_rows[EXPECT_KIND_COUNT];

/* ---- test.c ---- */
/* Applies the test to what was found: sets ok, wanted, got, detail. */
void test_apply(const struct hearing *h, const struct test *t, const struct finding *f,
                struct judgement *j);
bool relation_holds(enum relation relation, int64_t have, int64_t want);
const char *relation_word(enum relation relation);
/* Octets on one line for people, cut when long. */
const char *shown(span octets, struct arena *arena);

/* ---- finders and judges ---- */
void check_flights(const struct hearing *h, const struct expect *e, struct judgement *j);
void check_rtt(const struct hearing *h, const struct expect *e, struct judgement *j);
void find_wire(const struct hearing *h, const struct expect *e, struct finding *f);
void find_tls(const struct hearing *h, const struct expect *e, struct finding *f);
void find_log(const struct hearing *h, const struct expect *e, struct finding *f);
void find_file(const struct hearing *h, const struct expect *e, struct finding *f);
void check_spool(const struct hearing *h, const struct expect *e, struct judgement *j);
void find_queue(const struct hearing *h, const struct expect *e, struct finding *f);
void find_mail(const struct hearing *h, const struct expect *e, struct finding *f);
void check_same(const struct hearing *h, const struct expect *e, struct judgement *j);

/* ---- shared by several ---- */
/* Index of the actor called name, or SIZE_MAX. */
size_t hearing_actor(const struct hearing *h, const char *name);
/* word with its captures in place; NULL when one is not bound, and *missing says which. */
const char *hearing_fill(const struct hearing *h, const char *word, const char **missing);
/* The last copy of a queued message, or NULL; *missing says why. */
const struct spool_entry *hearing_spool(const struct hearing *h, const char *word,
                                        const char **missing);
/* The mails of a mailbox or actor in the order of arrival, all or the nth. */
typedef VEC(const struct mail_entry *) mail_list;
void hearing_mails(const struct hearing *h, const char *word, unsigned nth, mail_list *list);
/* Values of the fields called name, unfolded (RFC 5322 2.2.3) and without blanks at their ends. */
void hearing_fields(const struct hearing *h, const struct named_text *fields, size_t count,
                    const char *name, unsigned nth, span_list *values);

#endif

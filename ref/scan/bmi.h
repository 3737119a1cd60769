/* Brightmail: a message is scanned once when it comes in, and its verdicts are read when it is
   delivered. The library is foreign code: it is loaded into another process, which is this program
   started again (docs/adr/0252-a-library-in-a-process.md), with limits; what goes wrong there costs a
   verdict. */
#ifndef REF_SCAN_BMI_H
#define REF_SCAN_BMI_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "base/vec.h"

#include <sys/types.h>

#define BMI_CHILD_OPTION "--brightmail"

enum {
    BMI_VERDICT_OCTETS = 65536, /* of one, in base64 */
    BMI_LIST_OCTETS = 262144,   /* of all of a message, in -H */
    BMI_VERDICTS_MOST = 10000
};

struct bmi {
    const char *library;        /* path of the client library; "": there is none */
    const char *config;         /* handed to it */
    millis wait;                /* for one process */
    /* What is to be logged: in the panic log, and if `main`, in the main log too. */
    void (*log)(void *context, bool main, span line);
    void *log_context;
};

struct bmi_recipient {
    span address;
    span optin;                 /* "a:b"; empty: none */
};

struct bmi_message {
    span ip, sender;            /* sender empty: <> */
    const struct bmi_recipient *recipients;
    size_t recipient_count;
    const span *headers;        /* fields, each with its LF */
    size_t header_count;
    int body;                   /* read from body_at to its end */
    off_t body_at;
};

/* Whether the library is there and whole. ERR_*: the sentence says what is wrong. */
err bmi_probe(const struct bmi *bmi, struct arena *arena) MUST_CHECK;
/* The verdicts, in base64, with ":" between; empty: none, and the log says why if that is an error. */
span bmi_scan(const struct bmi *bmi, const struct bmi_message *m, struct arena *arena);

/* One verdict, as far as routers care. */
struct bmi_verdict {
    span base64, tracker;
    bool readable;              /* the library could read it */
    bool drop;                  /* $bmi_deliver is 0 */
    span location;              /* $bmi_alt_location */
    VEC(span) recipients;
    VEC(uint64_t) fired;        /* of the rules that were asked for */
};
struct bmi_verdicts {
    VEC(struct bmi_verdict) all;
};

/* Takes the list in -H apart, and has the library read each verdict: *verdicts has as many as the
   list. One whose reading kills the process is not readable, and those behind it are read by another. */
void bmi_verdicts_read(const struct bmi *bmi, span list, const uint64_t *rules, size_t rule_count,
                       struct arena *arena, struct bmi_verdicts *verdicts);
/* The first for that recipient, whatever its case; NULL: none. verdicts may be NULL. */
const struct bmi_verdict *bmi_verdict_of(const struct bmi_verdicts *verdicts, span local_part,
                                         span domain);
/* "5:8:11": the numbers in it that are more than 0. */
void bmi_rules_add(span list, struct arena *arena, uint64_t **rules, size_t *count);
bool bmi_rule_fired(const struct bmi_verdict *verdict, span list);

/* The list alone: items of base64. False: it is none. */
bool bmi_list_read(span list, struct arena *arena, struct bmi_verdicts *verdicts);
/* What the other process says of verdicts, from `verdicts->all.at[*next]` on. False: it is nonsense
   from there on. */
bool bmi_answer_read(span answer, size_t *next, struct arena *arena, struct bmi_verdicts *verdicts);

#endif

/* SPF (RFC 7208): whether a domain lets a host send mail in its name. A record is read whole before
   anything of it is done; the evaluation has the limits of 4.6.4 and one deadline, so that neither the
   owner of a domain nor that of an address can hold a session.

       struct spf_question q = {.client = ..., .helo = ..., .sender = ..., .dns = ...};
       struct spf_answer a;
       spf_check(&q, &a);
*/
#ifndef REF_SEAL_SPF_H
#define REF_SEAL_SPF_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "ref/dns/dns.h"

enum spf_result {
    SPF_IS_NONE, SPF_IS_NEUTRAL, SPF_IS_PASS, SPF_IS_FAIL, SPF_IS_SOFTFAIL, SPF_IS_TEMPERROR,
    SPF_IS_PERMERROR, SPF_IS_COUNT
};
extern const char *const spf_words[SPF_IS_COUNT];

enum {
    SPF_TERMS_MOST = 10,    /* that ask the DNS (4.6.4) */
    SPF_VOID_MOST = 2,      /* questions without an answer */
    SPF_NAMES_MOST = 10,    /* of one mx, one ptr */
    SPF_RECORD_MOST = 16384 /* octets: more cannot be meant */
};

/* --- records -------------------------------------------------------------------------------------- */

enum spf_mechanism { SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4, SPF_IP6, SPF_EXISTS };

struct spf_term {
    enum spf_mechanism mechanism;
    enum spf_result result;      /* what its qualifier says */
    span domain;                 /* <domain-spec>; empty: the domain itself */
    unsigned char network[16];   /* ip4, ip6 */
    unsigned bits4, bits6;       /* of addresses that must agree: 32 and 128 */
    span text;                   /* as written, for people */
};

struct spf_record {
    VEC(struct spf_term) terms;
    span redirect, exp;          /* empty: it has none */
};

/* The text is such a record and not another one: "v=spf1", then a blank or nothing (4.5). */
bool spf_is_record(span text);
/* All of the grammar of section 12. False: *why says what is wrong. Borrows from text. */
bool spf_record_read(span text, struct arena *arena, struct spf_record *record, const char **why);

/* --- macros --------------------------------------------------------------------------------------- */

/* What the letters of 7.2 stand for. */
struct spf_macros {
    span sender;                 /* s: local part and domain; l and o are its parts */
    span domain;                 /* d: of the record at hand */
    const struct address *client;/* i, v, c */
    span helo, receiver;         /* h, r */
    instant now;                 /* t */
    /* p: the validated name, asked for when it is needed. */
    span (*validated)(void *context, span domain);
    void *context;
};
/* Whether the text is a macro-string; explain: also blanks, and the letters c, r and t. */
bool spf_macro_good(span text, bool explain);
/* The text is good. */
void spf_macro_put(const struct spf_macros *m, span text, struct buf *out);

/* --- the check ------------------------------------------------------------------------------------ */

struct spf_question {
    struct address client;
    span helo;
    span sender;                 /* MAIL FROM; empty: <>, and the HELO name is checked (2.4) */
    span receiver;               /* our name */
    span guess;                  /* record for a domain that has none; empty: there is no guessing */
    span explanation;            /* macro-string for a failure whose domain has none */
    struct dns *dns;             /* NULL: nobody answers */
    instant now;
    millis together;             /* for all questions */
    struct arena *arena;
};

struct spf_answer {
    enum spf_result result;
    bool guessed;
    bool of_helo;                /* the HELO name was checked */
    span domain;                 /* that was checked */
    span sender;                 /* with postmaster@ where the local part is missing */
    span record;                 /* of the domain, as it came; empty: none */
    span mechanism;              /* that decided; empty: none did */
    span explanation;            /* of a failure, for the client */
    const char *why;             /* temperror, permerror, none: a phrase; else "" */
};

void spf_check(const struct spf_question *question, struct spf_answer *answer);

/* "mx.example: domain of a@b designates 192.0.2.1 as permitted sender": for people, without line ends */
void spf_comment_put(const struct spf_question *q, const struct spf_answer *a, struct buf *out);
/* "Received-SPF: pass (comment) client-ip=192.0.2.1; ...", 9.1, without a line end behind. */
void spf_received_put(const struct spf_question *q, const struct spf_answer *a, struct buf *out);

/* A name that can be asked for, with two labels or more (4.3). */
bool spf_domain_good(span domain);

#endif

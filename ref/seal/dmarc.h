/* DMARC: whether a message comes from the domain that its From: field names, and what that domain asks
   to be done if not. RFC 7489 with the public suffix list, or RFC 9989 with its walk up the tree
   (dmarc_version). "D" and "N" in comments are their sections. */
#ifndef REF_SEAL_DMARC_H
#define REF_SEAL_DMARC_H

#include "base/buf.h"
#include "base/clock.h"
#include "ref/dns/dns.h"
#include "ref/seal/spf.h"
#include "ref/seal/store.h"

/* --- records -------------------------------------------------------------------------------------- */

enum dmarc_policy { DMARC_IS_UNSET, DMARC_IS_NONE, DMARC_IS_QUARANTINE, DMARC_IS_REJECT };
extern const char *const dmarc_policies[]; /* "", "none", ... */

enum dmarc_failure_option { DMARC_FO_ALL = 1, DMARC_FO_ANY = 2, DMARC_FO_DKIM = 4, DMARC_FO_SPF = 8 };

struct dmarc_record {
    enum dmarc_policy p, sp, np;     /* np: N4.7 */
    bool flawed;                     /* p is missing or wrong, or sp or np is wrong */
    bool strict_dkim, strict_spf;
    unsigned pct;                    /* D6.6.4; 100 under RFC 9989 */
    unsigned fo;                     /* bits */
    bool testing;                    /* t=y, N4.7 */
    char psd;                        /* 'y', 'n', 'u' */
    span rua, ruf;                   /* as written; empty: none */
};

/* It says v=DMARC1, and first. */
bool dmarc_is_record(span text);
/* Of a text that is one: nothing but p, sp and np can be so wrong that it matters (D6.3, N4.8). */
void dmarc_record_read(span text, bool walk, struct dmarc_record *record);

/* Takes the next URI of rua or ruf that has a scheme, without its "!10m". False: the end. */
bool dmarc_uri_next(span *list, span *uri);
/* The address of a mailto: URI, decoded. False: it is none, or no address. */
bool dmarc_uri_address(span uri, struct arena *arena, span *address);

/* --- organisational domains ------------------------------------------------------------------------ */

struct dmarc_suffixes;
/* The public suffix list in a file, from the store if it is there. *why: errno's text, or that it is
   empty. */
struct seal_held dmarc_suffixes_hold(struct seal_store *store, const char *path, struct arena *texts,
                                     const char **why);
/* The longest suffix and one label more; the name itself if it is a suffix. In lower case. */
span dmarc_organization(const struct dmarc_suffixes *suffixes, span domain, struct arena *arena);

/* A name in lower case without a dot at its end, U-labels as A-labels (D6.6.1). False: it is none. */
bool dmarc_domain_read(span text, struct arena *arena, span *domain);

/* --- evaluation ----------------------------------------------------------------------------------- */

enum dmarc_status {
    DMARC_NOT_RUN, DMARC_ACCEPTS, DMARC_REJECTS, DMARC_QUARANTINES, DMARC_LETS_PASS, DMARC_NO_RECORD,
    DMARC_NO_FROM, DMARC_TEMPERROR, DMARC_STATUS_COUNT
};
struct dmarc_status_row {
    const char *word, *text;         /* $dmarc_status, $dmarc_status_text */
    const char *result;              /* RFC 8601, D11.2, N9.2 */
    const char *exim;                /* the word of Exim's for the same */
    unsigned action, policy;         /* in the history */
    const char *delivery;            /* Delivery-Result: of a report (RFC 6591 3.2.2) */
};
extern const struct dmarc_status_row dmarc_statuses[DMARC_STATUS_COUNT];

/* A domain that a DKIM signature is of. */
struct dmarc_signed {
    span domain, selector, identity;
    bool passed, temporary;          /* temporary: another time it might pass */
    unsigned history;                /* its number there */
};

struct dmarc_question {
    struct dns *dns;
    millis together;
    bool walk;                       /* RFC 9989 */
    const struct dmarc_suffixes *suffixes; /* RFC 7489 */
    span from;                       /* author domain, read; empty: there is not exactly one */
    bool has_spf;                    /* SPF was asked for */
    enum spf_result spf;
    span spf_domain;                 /* that SPF is about */
    const struct dmarc_signed *dkim;
    size_t dkim_count;
    unsigned dice;                   /* 0 to 99, for pct= */
    struct arena *arena;
};

struct dmarc_answer {
    enum dmarc_status status;
    bool has_record;
    struct dmarc_record record;
    span used;                       /* domain whose record it is, or that was asked last */
    enum dmarc_policy policy;        /* that is asked for: p, sp or np; before pct and t */
    bool aligned_spf, aligned_dkim;
    const char *why;                 /* a phrase for the log; "" */
};

void dmarc_check(const struct dmarc_question *question, struct dmarc_answer *answer);

/* D7.1: the domain in which the URI's host lies lets reports about `policy_domain` come; *instead: the
   URIs there that it wants them at, empty if the address is good. *left: for questions, and made less. */
bool dmarc_report_wanted(const struct dmarc_question *q, span policy_domain, span address,
                         millis *left, span *instead);

/* --- told ----------------------------------------------------------------------------------------- */

/* A message for the history file and for reports. */
struct dmarc_told {
    const struct dmarc_question *question;
    const struct dmarc_answer *answer;
    span id, reporter, client, sender;
    span mail_domain;                /* of the sender */
    instant received;
    /* ARC: 0 pass, 7 fail, 11 nobody asked; and its seals, json */
    unsigned arc;
    span arc_json;
    /* For reports: */
    span author;                     /* From: of the report */
    span to;
    span results;                    /* Authentication-Results, without the name */
    span header;                     /* the header section that was received */
    span spf_domain, spf_record;     /* that was asked, and what it has */
    span date;                       /* of the report */
    span message_id, boundary, version;
};

/* A block for opendmarc-import. */
void dmarc_history_put(const struct dmarc_told *told, struct buf *out);
/* True: the record and what came of it ask for a failure report (D6.3 fo, D7.3). */
bool dmarc_report_due(const struct dmarc_answer *answer, bool has_dkim_failure, bool spf_failed);
/* A report in the form of RFC 6591 (D7.3.1): header section, empty line, body; LF line ends. */
void dmarc_report_put(const struct dmarc_told *told, struct buf *out);

#endif

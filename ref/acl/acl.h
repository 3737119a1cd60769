/* Access control lists: statements of a verb and what it depends on, read once with the
   configuration and run at each step of a session. An ACL decides and says what it wants done to the
   message; the session does it. What an ACL needs of stations further down (waiting, routing) it
   asks through acl_services. */
#ifndef REF_ACL_ACL_H
#define REF_ACL_ACL_H

#include "ref/acl/effects.h"
#include "ref/conf/acl_lines.h"
#include "ref/expand/expand.h"
#include "ref/log/host.h"

/* The steps at which an ACL may be asked. */
enum acl_stage {
    ACL_CONNECT,
    ACL_HELO,
    ACL_AUTH,
    ACL_STARTTLS,
    ACL_MAIL,
    ACL_RCPT,
    ACL_PREDATA,
    ACL_DKIM,      /* once for each signer, before DATA's */
    ACL_DATA,
    ACL_VRFY,
    ACL_EXPN,
    ACL_QUIT,
    ACL_NOTQUIT,
    ACL_NOT_SMTP,
    ACL_STAGE_COUNT
};
#define ACL_AT(stage) (1U << ACL_##stage)

struct acl_stage_row {
    const char *word;   /* "RCPT", as in "cannot test domains condition in RCPT ACL" */
    const char *option; /* "acl_smtp_rcpt" */
    bool denies;        /* when the option is not set; else it accepts */
};
extern const struct acl_stage_row acl_stages[ACL_STAGE_COUNT];

enum acl_verdict {
    ACL_ACCEPTS,
    ACL_DENIES,
    ACL_DEFERS,   /* something could not be found out, or the configuration is wrong */
    ACL_DISCARDS, /* accepted, and thrown away */
    ACL_DROPS,    /* denied, and the connection ends */
    ACL_VERDICT_COUNT
};

struct acl_outcome {
    enum acl_verdict verdict;
    span message;         /* what the client is told; empty: the reply's own text */
    span log_message;     /* what the log is told; empty: nothing more than that it was so */
    unsigned log_targets; /* enum log_file bits */
};

struct acl;
struct acl_item;
struct acl_set;

/* --- at load --------------------------------------------------------------------------------- */

struct acl_load {
    const struct conf_acls *source;
    bool routing;         /* verify = sender and recipient can be answered */
    bool brightmail;      /* there is a library for control = bmi_run */
    struct arena *arena;  /* all that is made lives here */
    struct arena *texts;  /* texts of errors */
};

/* Reads all ACLs. ERR_SYNTAX: the whole message, with file and line. */
err acl_set_read(const struct acl_load *load, struct acl_set **set) MUST_CHECK;

/* An acl_* option made ready. */
struct acl_point {
    const struct template *text; /* NULL: not set */
    const struct acl *acl;       /* known already; NULL: the text has to be expanded first */
    bool accepts;                /* whatever the case */
    struct conf_where where;
};
/* value may be NULL. What is named literally must be there and fit the stage. */
err acl_point_read(const struct acl_load *load, struct acl_set *set, enum acl_stage stage,
                   const struct template *value, struct conf_where where,
                   struct acl_point *point) MUST_CHECK;

/* --- at run ---------------------------------------------------------------------------------- */

/* What is verified: an address with its routing. */
struct acl_verify {
    bool recipient;          /* else the sender */
    span address;
    bool on_redirect;        /* success_on_redirect: it is good as soon as it is redirected */
    bool no_details;         /* the client is not told why a sender is refused */
};
/* All of it may be empty. */
struct acl_verify_answer {
    span why;                /* for the log and $acl_verify_message */
    span message;            /* for the client, with code and status */
    span failure;            /* $recipient_verify_failure, $sender_verify_failure: "route", ... */
    span address_data;       /* $address_data, $sender_address_data */
    bool address_data_tainted;
};
enum acl_verified { ACL_VERIFIED, ACL_NOT_VERIFIED, ACL_VERIFY_LATER };

/* What others do for an ACL; a member may be NULL. */
struct acl_services {
    void *context;
    /* Waits; flush: replies that are held go out first. */
    void (*delay)(void *context, millis wait, bool flush);
    /* ref/route. What the answer borrows lives until the ACL has ended. */
    enum acl_verified (*verify_address)(void *context, const struct acl_verify *what,
                                        struct acl_verify_answer *answer);
    /* ref/scan: whether dccifd accepts the message; it is asked once. */
    enum acl_verified (*dcc)(void *context);
    /* ref/seal: the state of the ARC chain, which is in the facts from then on. */
    span (*verify_arc)(void *context);
    /* The results of SPF (guess: with spf_guess's record where a domain has none) and of DMARC; the
       facts have the rest from then on. */
    span (*check_spf)(void *context, bool guess);
    span (*check_dmarc)(void *context);
    /* A line for who follows the decisions (-bh). */
    void (*trace)(void *context, span line);
};

/* One run: who, where, about what. The caller fills in the first part; the arena of the expansion
   holds the outcome's texts. */
struct acl_run {
    const struct acl_set *set;
    enum acl_stage stage;
    struct expansion *x;
    const struct acl_services *services;
    const struct address *host;    /* NULL: mail that came from no host */
    const struct log *log;
    const struct log_host *peer;
    span ident;                    /* of a local caller, for the log */
    struct acl_controls *controls; /* of the connection */
    struct acl_changes *changes;   /* of the message; NULL: none is at hand */
    span mailbox;                  /* RCPT: as it was given */
    span recipient;                /* RCPT: without quotes, as lists have it */
    span local_part;               /* RCPT: with its capitals */
    bool rehearsal;                /* -bh: delays are not waited for */

    unsigned depth;                /* zero at the call */
    struct conf_where where;       /* of what runs */
    const struct acl_item *item;   /* the condition or modifier that runs */
    unsigned log_targets;
    span message, log_message;
    bool at_fault;
};

struct acl_outcome acl_point_run(const struct acl_point *point, struct acl_run *run);

/* For ${acl{name}{args}} and `acl{{name}..}`: inside `run`, or with a run of its own. */
struct expanded acl_expansion_run(struct acl_run *run, span name, const struct value *arguments,
                                  size_t count, bool *accepted);

/* The text of a message with a code in front: "554 5.7.9 go away". code and status are left as they
   are if none is given. ERR_SYNTAX: the code's first digit, or that of the status, is not `digit`;
   *text is then what stands behind it. */
struct acl_code {
    unsigned code;
    span status;
    span text;
};
err acl_code_read(span message, unsigned char digit, struct acl_code *out) MUST_CHECK;
/* The text alone, whatever stands in front. */
span acl_code_text(span message);

#endif

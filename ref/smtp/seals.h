/* DKIM, ARC and Authentication-Results in a session: the message's verifier, its verdicts as variables,
   and what the DKIM ACL is asked. */
#ifndef REF_SMTP_SEALS_H
#define REF_SMTP_SEALS_H

#include "ref/seal/authres.h"
#include "ref/smtp/session.h"

struct smtp_receive;

/* Of one message. */
struct smtp_seals {
    struct seal_verifier *verifier;  /* NULL: control = dkim_disable_verify */
    struct seal_setup setup;
    struct seal_policy policy;
    struct facts_seal facts;         /* what variables stand for */
    struct seal_dkim_told *told;     /* one for each signature */
    size_t told_count;
    const struct seal_arc *arc;      /* once `verify = arc` has asked */
    span passed;                     /* d= of the first signature that passed */
};

/* Made when text is about to come. dkim: it is verified. */
struct smtp_seals *smtp_seals_begin(const struct smtp_server *server, struct arena *arena, bool dkim);
void smtp_seals_add(struct smtp_seals *seals, span text);
void smtp_seals_close(struct smtp_seals *seals);
/* The text is complete and may be stored: verifies DKIM. */
void smtp_seals_end(struct smtp_session *s, struct smtp_receive *r);
/* Takes out fields that claim to be ours (authres_strip). */
void smtp_seals_strip(struct smtp_session *s, struct smtp_receive *r);

/* One asking of acl_smtp_dkim: which signer, which of its signatures (told_count: none). */
struct smtp_seals_turn {
    span signers;                    /* what is left of the list */
    struct smtp_seals *seals;
    span signer;
    size_t next;                     /* signature to look at next */
    size_t which;                    /* the one that the ACL is asked about */
    bool matched;                    /* the signer had one */
    VEC(span) seen;
    span statuses;                   /* after each asking, with ":" between */
};
struct smtp_seals_turn smtp_seals_turns(struct smtp_session *s, struct smtp_receive *r);
/* Fills in the facts for the next asking. False: there is none; $dkim_verify_status is the list of them
   then. */
bool smtp_seals_next(struct smtp_session *s, struct smtp_seals_turn *turn);
/* The ACL has been asked: what it has set is kept. */
void smtp_seals_note(struct smtp_session *s, struct smtp_seals_turn *turn);

/* For struct acl_services and struct expand_services; context is the session. */
span smtp_seals_arc(void *context);
struct expanded smtp_seals_authresults(void *context, span id);

#endif

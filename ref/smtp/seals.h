/* DKIM, ARC and Authentication-Results in a session: the message's verifier, its verdicts as variables,
   and what the DKIM ACL is asked. */
#ifndef REF_SMTP_SEALS_H
#define REF_SMTP_SEALS_H

#include "ref/seal/authres.h"
#include "ref/smtp/session.h"

struct smtp_receive;

/* One asking of acl_smtp_dkim: a signer, and which of his signatures (told_count: he has none). */
struct smtp_seals_turn {
    span signer;
    size_t which;
};

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
    VEC(struct smtp_seals_turn) turns;
    span statuses;                   /* behind each turn, with ":" between */
};

/* Made when text is about to come. dkim: it is verified. */
struct smtp_seals *smtp_seals_begin(const struct smtp_server *server, struct arena *arena, bool dkim);
void smtp_seals_add(struct smtp_seals *seals, span text);
void smtp_seals_close(struct smtp_seals *seals);
/* The text is complete and may be stored: verifies DKIM. */
void smtp_seals_end(struct smtp_session *s, struct smtp_receive *r);
/* Takes out fields that claim to be ours (authres_strip). */
void smtp_seals_strip(struct smtp_session *s, struct smtp_receive *r);

/* Makes the turns of the DKIM ACL. */
void smtp_seals_turns(struct smtp_session *s, struct smtp_seals *seals);
/* Fills in the facts for this asking. */
void smtp_seals_turn(struct smtp_session *s, struct smtp_seals *seals,
                     const struct smtp_seals_turn *turn);
/* The ACL has been asked: what it has set is kept. $dkim_verify_status is the list of all so far then. */
void smtp_seals_note(struct smtp_session *s, struct smtp_seals *seals,
                     const struct smtp_seals_turn *turn);

/* For struct acl_services and struct expand_services; context is the session. */
span smtp_seals_arc(void *context);
struct expanded smtp_seals_authresults(void *context, span id);

#endif

/* Authentication-Results fields (RFC 8601): taking them apart, writing ours, and telling whose they are. */
#ifndef REF_SEAL_AUTHRES_H
#define REF_SEAL_AUTHRES_H

#include "base/buf.h"
#include "ref/seal/dmarc.h"
#include "ref/seal/verify.h"

/* The id of a field's body, and all behind its ";" (empty if there is none). False: no id can be read.
   Forgiving otherwise: what others wrote is passed on as it is. */
bool seal_authres_split(span body, struct arena *arena, span *id, span *rest);
/* Takes the next result off the rest: up to a ";" outside of quotes and comments, trimmed. */
bool seal_authres_next(span *rest, span *text);
/* [CFWS] at the front. */
span seal_authres_skip(span text);

/* Whether the field claims one of the ids ("a : b", caseless), or has an id that cannot be read:
   RFC 8601 5 wants those from outside removed. */
bool seal_authres_claims(span body, span ids, struct arena *arena);

enum seal_iprev { SEAL_IPREV_UNKNOWN, SEAL_IPREV_PASS, SEAL_IPREV_FAIL, SEAL_IPREV_TEMPERROR };

/* What DKIM found, as the ACL left it. */
struct seal_dkim_told {
    const struct seal_dkim *dkim;
    span status, reason;           /* set by the ACL; empty: as it was */
};

/* What ${authresults tells. */
struct seal_authres_facts {
    span id;
    bool exim;                     /* authres_form = exim: its properties and words */
    bool local;                    /* not by SMTP */
    span login;
    enum seal_iprev iprev;
    span host_name, remote_ip;
    span auth_mech, auth_id, auth_sender;
    const struct seal_dkim_told *dkim;
    size_t dkim_count;
    const struct seal_arc *arc;    /* NULL: nobody has asked for it */
    const struct spf_answer *spf;  /* so too */
    const struct dmarc_status_row *dmarc; /* so too */
    span dmarc_from;               /* the author's domain */
};

/* "Authentication-Results: id;\n\tmethod=..." without a line end behind. */
void seal_authres_make(const struct seal_authres_facts *facts, struct buf *out);

#endif

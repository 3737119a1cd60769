/* Signing what goes out: DKIM-Signature fields (RFC 6376) and a set of ARC fields (RFC 8617), over one
   reading of the body. The caller has expanded the options; what is here knows no configuration.

       struct seal_order order = {.crypto = ..., .now = clock_now(...), .dkim = ..., .arc = ...};
       seal_sign(&order, &message, arena, &made);

   and sends made.at[0 .. made.count - 1] above all fields of the message, in that order. */
#ifndef REF_SEAL_SIGN_H
#define REF_SEAL_SIGN_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "ref/seal/store.h"

/* The message as it goes out, all changes done. */
struct seal_outgoing {
    const span *fields;  /* "Name: body\n", in their order; folds and ends are LF or CRLF */
    size_t field_count;
    /* Hands the body to put, in pieces, with LF or CRLF line ends and without dots for SMTP. Called
       once at most. */
    err (*body)(void *context, err (*put)(void *to, span text), void *to);
    void *context;
};

/* One DKIM-Signature. */
struct seal_dkim_order {
    span domain, selector;
    span key;           /* PEM, or the name of a file if it begins with "/" */
    span identity;      /* i=; empty: none */
    bool simple;        /* c=simple/simple; else relaxed/relaxed */
    span headers;       /* names with ":" between; empty: seal_headers_default. A name with "=" in
                           front is signed as often as it is there, with "+" once more than that */
    bool timestamps;    /* t= */
    uint64_t lifetime;  /* seconds; x= = t= + this; 0: no x= */
};

/* Which results an ARC-Authentication-Results tells. */
enum seal_results {
    SEAL_RESULTS_ALL,   /* of all A-R fields of this ADMD, merged: RFC 8617 4.1.1 */
    SEAL_RESULTS_FIRST  /* of the topmost alone: the rule of Exim's specification */
};
/* How the fields are written. */
enum seal_form {
    SEAL_FORM_RFC,      /* c=relaxed/relaxed; the order of RFC 8617's examples */
    SEAL_FORM_EXIM      /* c=relaxed, Exim's order, the client's address in the AAR */
};

/* One ARC set. */
struct seal_arc_order {
    span admd, selector, key;
    bool timestamps;     /* t= in AMS and AS */
    bool expires;        /* x= in the AMS */
    uint64_t expiry;     /* seconds since 1970 */
    enum seal_results results;
    enum seal_form form;
    span remote_ip;      /* SEAL_FORM_EXIM: who gave us the message; empty: nobody */
    span headers;        /* names to sign; empty: DKIM-Signature and seal_headers_default */
};

struct seal_order {
    const struct seal_crypto *crypto;
    struct seal_store *store; /* of private keys; NULL: none is kept */
    instant now;
    const struct seal_dkim_order *dkim;
    size_t dkim_count;
    const struct seal_arc_order *arc; /* NULL: none */
};

struct seal_made {
    const span *at;      /* fields, LF line ends, the topmost first */
    size_t count;
    const span *signers; /* "domain:selector" of each DKIM-Signature, for the log */
    size_t signer_count;
    /* What could not be done, in Exim's words, or NULL; the rest is there. */
    const char *dkim_failure; /* "DKIM: signing failed: ..." */
    const char *arc_failure;  /* "ARC: no Authentication-Results header for signing", ... */
    const char *panic;        /* "unable to open file for reading: ...": for the panic log too */
};

extern const char seal_headers_default[];

/* Fields live in arena. ERR_*: the body could not be read; nothing else is one. */
err seal_sign(const struct seal_order *order, const struct seal_outgoing *message,
              struct arena *arena, struct seal_made *made) MUST_CHECK;

/* The elements of arc_sign: identity, selector, key, and perhaps options with "," between:
   timestamps, expire, expire=N, expire=+N. `whole` is for the log. False: *failure is the line for
   it. */
bool seal_arc_read(const span *elements, size_t count, span whole, instant now,
                   struct seal_arc_order *order, const char **failure, struct arena *arena);

#endif

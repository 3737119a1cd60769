/* The option --tls: cases that speak TLS and do not say with which library and version, once for each
   way that is named. Eight of them: sut=openssl,sut=gnutls,openssl,gnutls,1.2,1.3. */
#ifndef HARNESS_CLI_TLS_WAYS_H
#define HARNESS_CLI_TLS_WAYS_H

#include "base/args.h"
#include "harness/scenario/read.h"

struct tls_ways {
    texts target;    /* its libraries */
    texts libraries; /* the judge's */
    texts versions;
    const char *said; /* as on the command line, or NULL */
};

/* words may be lists with commas. ERR_SYNTAX: an unknown word, what tells. */
err tls_ways_read(const struct args_texts *words, struct arena *arena,
                  struct tls_ways *w) MUST_CHECK;
/* Adds s, or its ways, which are told by their ids. */
void tls_ways_add(const struct tls_ways *w, struct scenario *s, struct arena *arena,
                  struct scenario_set *set);

#endif

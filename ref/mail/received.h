/* The Received: field that we put on top of a message (RFC 5321 4.4), laid out to the byte as
   Debian's Exim 4.96 lays it out where that is a field of RFC 5321. Which of the parts are told is the caller's policy. */
#ifndef REF_MAIL_RECEIVED_H
#define REF_MAIL_RECEIVED_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/span.h"

struct mail_received {
    span host_address;  /* "192.0.2.1"; empty: a local submission */
    uint16_t host_port; /* 0: not told (Exim tells it with log selector incoming_port) */
    span host_name;     /* verified name of the peer; empty: none */
    span helo;          /* what HELO or EHLO said; empty: nothing */
    span ident;         /* local login, or RFC 1413; empty: none */
    span by;            /* primary_hostname */
    span protocol;      /* "esmtp" */
    span tls_version;   /* "TLS1.3"; empty: no TLS */
    span tls_cipher;    /* "TLS_AES_256_GCM_SHA384" */
    span version;       /* "refmta 0.1.0": in brackets where Exim has (Exim 4.96) */
    span sender;        /* envelope sender; empty: <>, not told */
    span id;            /* message id */
    span recipient;     /* told as "for x": give it only when there is a single recipient */
    instant when;
    int offset;         /* minutes east of UTC, mail_zone_offset() */
};

/* Appends the whole field, "Received: from ... +0000\n". */
void mail_received_write(const struct mail_received *r, struct buf *out);

#endif

/* The lines about a delivery ("=>", "->", "**", "=="). The caller says what it knows; which of it is
   written is decided here by selector and kind of line. */
#ifndef REF_LOG_DELIVERY_H
#define REF_LOG_DELIVERY_H

#include "ref/log/host.h"
#include "ref/log/log.h"

enum log_delivery_kind {
    LOG_DELIVERY_DONE,      /* "=>" */
    LOG_DELIVERY_ALSO,      /* "->": another address in the same transaction */
    LOG_DELIVERY_FAILED,    /* "**" */
    LOG_DELIVERY_DEFERRED   /* "==" */
};

/* What is zero or empty is not written. */
struct log_delivery {
    enum log_delivery_kind kind;
    span id;
    span address;           /* as shown: "u@x.test", or for a local delivery "u", or a file */
    const span *parents;    /* from the address's parent up to the recipient of the envelope, which is
                               always shown; the others with all_parents */
    size_t parent_count;
    span sender;            /* F= */
    span queue;             /* Q= */
    span srs;               /* SRS=: the return path that SRS has made */
    span return_path;       /* P=, where there is a transport */
    span router, transport; /* R= T= */
    uint64_t size;          /* S= */
    span host, host_address; /* H= */
    uint16_t port;
    bool dnssec, continued; /* DS; "*" behind the host */
    span interface;         /* I= */
    uint16_t interface_port;
    span shadow;            /* ST= */
    bool fast_open, fast_open_data; /* TFO, TFO* */
    span detail;            /* PS= */
    struct log_tls tls;
    span authenticated;     /* A= */
    bool pipelined, early;  /* L, L* */
    bool chunked;           /* K */
    span dkim;              /* DKIM=: "domain:selector" of each signature made */
    span confirmation;      /* C= */
    instant queue_time, deliver_time; /* QT= DT=, nanoseconds; no transport ran: no time */
    int error;              /* "defer (111): Connection refused" */
    span text;              /* why not */
    bool panic;             /* for the panic log too */
};

void log_delivery(const struct log *log, const struct log_delivery *d);
/* The text alone, for tests and the message log. */
void log_delivery_put(const struct log *log, const struct log_delivery *d, struct buf *out);

/* "name [ip]:port", as a line about a host begins: H=... */
void log_delivery_host_put(const struct log *log, const struct log_delivery *d, struct buf *out);

#endif

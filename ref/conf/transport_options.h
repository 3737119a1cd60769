/* Transports as configured: the generic options, and those of each driver. */
#ifndef REF_CONF_TRANSPORT_OPTIONS_H
#define REF_CONF_TRANSPORT_OPTIONS_H

#include "ref/conf/driver.h"
#include "ref/conf/rewrite.h"

struct transport_generic {
#include "ref/conf/rows_transport.h"
};

struct transport_appendfile {
#include "ref/conf/rows_appendfile.h"
};

struct transport_queuefile {
#include "ref/conf/rows_queuefile.h"
};

struct transport_smtp {
#include "ref/conf/rows_smtp.h"
};

enum transport_driver { TRANSPORT_APPENDFILE, TRANSPORT_QUEUEFILE, TRANSPORT_SMTP };

struct conf_transport {
    const char *name;
    enum transport_driver driver;
    const struct transport_generic *generic;
    union {                                  /* by driver */
        const struct transport_appendfile *appendfile;
        const struct transport_queuefile *queuefile;
        const struct transport_smtp *smtp;
        const void *any;
    } own;
    const struct conf_transport *shadow;     /* shadow_transport; NULL: not set */
    const struct conf_instance *instance;    /* where it stands, and what was set */
};

struct conf_transports {
    struct conf_transport *at;
    size_t count;
};

/* NULL: no such transport. */
const struct conf_transport *conf_transport_find(const struct conf_transports *all, span name);

extern const struct conf_driver_kind conf_transport_kind;

#endif

/* What routers, transports and authenticators have in common in a configuration: instances with a
   name, a driver, generic options and options of the driver, each as rows. */
#ifndef REF_CONF_DRIVER_H
#define REF_CONF_DRIVER_H

#include "base/vec.h"
#include "ref/conf/option.h"

struct conf_driver {
    const char *name;
    struct conf_rows options;          /* of its own */
    unsigned number;                   /* enum router_driver, transport_driver, auth_driver */
    bool supported;                    /* no: it is Exim's, and refused by name */
};

enum conf_kind { CONF_ROUTERS, CONF_TRANSPORTS, CONF_AUTHS, CONF_KIND_COUNT };

struct conf_driver_kind {
    const char *name;                  /* "router" */
    const char *section;               /* "routers" */
    struct conf_rows generic;
    const struct conf_driver *drivers; /* sorted by name */
    size_t driver_count;
};

/* By enum conf_kind; NULL at the end. */
extern const struct conf_driver_kind *const conf_driver_kinds[];

/* One of them as configured. */
struct conf_instance {
    const char *name;
    const struct conf_driver_kind *kind;
    const struct conf_driver *driver;
    struct conf_into generic, own;
    struct conf_where where;           /* of its first line */
};

struct conf_instances {
    VEC(struct conf_instance *) rows;
};

/* Makes an instance with the generic defaults, read by conf_instance_line(). */
struct conf_instance *conf_instance_begin(const struct conf_driver_kind *kind, span name,
                                          struct conf_where where, struct arena *arena);
/* One option setting. */
err conf_instance_line(struct conf_instance *i, span line, struct conf_where where,
                       struct arena *arena) MUST_CHECK;
/* After its last line: a driver must have been given. */
err conf_instance_end(const struct conf_instance *i, struct arena *arena) MUST_CHECK;

/* NULL: no such one. */
const struct conf_instance *conf_instance_find(const struct conf_instances *all, span name);
/* A refusal: "router r1: ..." where it is, or where the option stands. */
err conf_instance_error(const struct conf_instance *i, const char *option, struct arena *arena,
                        const char *format, ...) MUST_CHECK PRINTF_LIKE(4, 5);
/* "name = value" of each option, generic ones first, as -bP has it. */
void conf_instance_print(const struct conf_instance *i, struct buf *out);

/* Whether the option, generic or the driver's own, was set. */
bool conf_instance_has(const struct conf_instance *i, const char *option);
/* Where it was set; where the instance begins if it was not. */
struct conf_where conf_instance_where(const struct conf_instance *i, const char *option);

/* " (did you mean "near"?)", or nothing: behind a refusal of what is in no table. */
const char *conf_suggestion(const char *near, struct arena *arena);

#endif

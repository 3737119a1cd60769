/* What routers, transports and authenticators have in common in a configuration: instances with a
   name, a driver, generic options and options of the driver, each as rows. */
#ifndef REF_CONF_DRIVER_H
#define REF_CONF_DRIVER_H

#include "base/vec.h"
#include "ref/conf/option.h"

struct conf_driver {
    const char *name;
    const struct conf_option *options; /* NULL: it has none of its own */
    size_t option_count;
    size_t size;                       /* of the struct that the rows fill */
    unsigned number;                   /* enum router_driver, transport_driver, auth_driver */
    bool supported;                    /* no: it is Exim's, and refused by name */
};

struct conf_driver_kind {
    const char *name;                  /* "router" */
    const char *section;               /* "routers" */
    const struct conf_option *generic;
    size_t generic_count;
    size_t generic_size;
    size_t driver_offset;              /* of `const char *driver` in the generic struct */
    const struct conf_driver *drivers; /* sorted by name */
    size_t driver_count;
};

/* Routers, transports, authenticators; NULL at the end. */
extern const struct conf_driver_kind *const conf_driver_kinds[];

/* One of them as configured. */
struct conf_instance {
    const char *name;
    const struct conf_driver_kind *kind;
    const struct conf_driver *driver;
    void *generic, *own;               /* own: NULL if the driver has no struct */
    struct conf_given *generic_given;  /* one for each row */
    struct conf_given *own_given;
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

/* What was given for an option, generic or the driver's own; NULL: no such option. */
const struct conf_given *conf_instance_given(const struct conf_instance *i, const char *option);
/* Where it was set; where the instance begins if it was not. */
struct conf_where conf_instance_where(const struct conf_instance *i, const char *option);

#endif

/* The shapes that option values have, beyond numbers, booleans and texts. A template that is NULL
   was not set; text with a `$` in it is expanded by the station that uses it. */
#ifndef REF_CONF_VALUES_H
#define REF_CONF_VALUES_H

#include "ref/conf/where.h"
#include "ref/expand/template.h"

#include <sys/types.h>

/* An option that may be set several times: one template for each setting, in order. */
struct conf_templates {
    const struct template **at;
    size_t count;
};

/* A boolean whose text may have to be expanded ("more = ${if ...}"). */
struct conf_switch {
    bool value;                   /* if `when` is NULL */
    const struct template *when;  /* expanded to yes, no, true, false or empty at use */
};

/* A user or group: known when the configuration is read, or a text that is expanded at use.
   Neither: not set. */
struct conf_user {
    bool known;
    uid_t uid;
    gid_t gid;                    /* the user's own group */
    const char *name;             /* for initgroups; the number's text if there is no such user */
    const struct template *text;
};
struct conf_group {
    bool known;
    gid_t gid;
    const struct template *text;
};

/* Numbers of users or of groups. */
struct conf_ids {
    long *at;
    size_t count;
};

/* Thousandths. */
#define CONF_FIXED_UNSET UINT64_MAX

/* One rule of manualroute's route_list: "domains hosts options". */
struct conf_route_rule {
    const struct template *domains; /* a domain list of one item */
    const struct template *hosts;   /* NULL: none given */
    span options;                   /* "randomize", "bydns ipv4_only", a transport, ... */
};
struct conf_route_rules {
    struct conf_route_rule *at;
    size_t count;
};

#endif

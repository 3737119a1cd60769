/* Authenticators as configured: the generic options, and those of each driver. */
#ifndef REF_CONF_AUTH_OPTIONS_H
#define REF_CONF_AUTH_OPTIONS_H

#include "ref/conf/driver.h"

struct auth_generic {
#include "ref/conf/rows_auth.h"
};

struct auth_plaintext {
#include "ref/conf/rows_plaintext.h"
};

enum auth_driver { AUTH_PLAINTEXT };

struct conf_auth {
    const char *name;
    enum auth_driver driver;
    const struct auth_generic *generic;
    union {
        const struct auth_plaintext *plaintext;
        const void *any;
    } own;
    bool server, client;                     /* which sides it can play */
    const struct conf_instance *instance;
};

struct conf_auths {
    struct conf_auth *at;
    size_t count;
};

extern const struct conf_driver_kind conf_auth_kind;

#endif

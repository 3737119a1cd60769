/* Authenticators as configured: the generic options, and those of each driver. */
#ifndef REF_CONF_AUTH_OPTIONS_H
#define REF_CONF_AUTH_OPTIONS_H

#include "ref/conf/driver.h"

struct auth_generic {
    const struct template *client_condition;
    const struct template *client_set_id;
    const char *driver;
    const char *public_name;                 /* default: the name of the authenticator */
    const struct template *server_advertise_condition;
    const struct template *server_condition;
    const struct template *server_debug_print;
    const struct template *server_mail_auth_condition;
    const struct template *server_set_id;
};

/* The lists' separators are found after expansion, as Exim has it. */
struct auth_plaintext {
    bool client_ignore_invalid_base64;
    const struct template *client_send;
    const struct template *server_prompts;
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

/* A configuration as the rest of the server sees it: read once and never changed. Who swaps it on
   reload, and how long an old one lives, is the business of ref/run. */
#ifndef REF_CONF_SNAPSHOT_H
#define REF_CONF_SNAPSHOT_H

#include "ref/conf/acl_lines.h"
#include "ref/conf/auth_options.h"
#include "ref/conf/features.h"
#include "ref/conf/interfaces.h"
#include "ref/conf/retry.h"
#include "ref/conf/router_options.h"
#include "ref/conf/lex.h"
#include "ref/conf/main_options.h"
#include "ref/conf/transport_options.h"

struct conf {
    struct conf_main main;
    const char *path;
    struct conf_into options; /* conf_main_options, in main */
    struct conf_macros macros;
    struct interface_items interfaces; /* of local_interfaces and daemon_smtp_ports */
    struct named_lists lists;          /* domainlist, hostlist, addresslist, localpartlist */
    struct conf_acls acls;
    struct conf_instances instances[CONF_KIND_COUNT]; /* all of the next three, as written */
    struct conf_routers routers;
    struct conf_transports transports;
    struct conf_auths auths;
    struct conf_retry retry;
    struct conf_rewrites rewrites;
    struct arena *arena;      /* of all of it */
};

struct conf_request {
    const char *path;
    const span *defines;      /* arguments of -D */
    size_t define_count;
    const char *hostname;     /* what the system calls this host */
    conf_read_file *read;     /* NULL: from the disk */
    const struct conf_words *words; /* more builtin macros; NULL: none */
};

/* Reads a configuration. On failure the text, in `texts`, is the whole message. */
err conf_load(const struct conf_request *request, struct arena *texts,
              struct conf **conf) MUST_CHECK;
void conf_free(struct conf *conf); /* NULL is fine */

/* Calls `each` for every text that the configuration holds: options, lists, lines of ACLs. */
void conf_texts(const struct conf *conf, void (*each)(void *context, span text), void *context);

/* Where the option was set, for refusals that only its user can find. */
struct conf_where conf_where_of(const struct conf *conf, const char *option);

/* "name = value" of one main option, of all that are supported when name is empty, or, for
   "+name", the named lists of that name; hidden values are not shown. False: no such thing. */
bool conf_print(const struct conf *conf, span name, struct buf *out);

#endif

/* A configuration as the rest of the server sees it: read once and never changed. Who swaps it on
   reload, and how long an old one lives, is the business of ref/run. */
#ifndef REF_CONF_SNAPSHOT_H
#define REF_CONF_SNAPSHOT_H

#include "ref/conf/interfaces.h"
#include "ref/conf/section.h"

struct conf {
    struct conf_main main;
    const char *path;
    struct conf_given *given; /* one for each row of conf_main_options */
    struct conf_macros macros;
    struct interface_items interfaces; /* of local_interfaces and daemon_smtp_ports */
    struct arena *arena;      /* of all of it */
};

struct conf_request {
    const char *path;
    const span *defines;      /* arguments of -D */
    size_t define_count;
    const char *hostname;     /* what the system calls this host */
    conf_read_file *read;     /* NULL: from the disk */
};

/* Reads a configuration. On failure the text, in `texts`, is the whole message. */
err conf_load(const struct conf_request *request, struct arena *texts,
              struct conf **conf) MUST_CHECK;
void conf_free(struct conf *conf); /* NULL is fine */

/* Where the option was set, for refusals that only its user can find. */
struct conf_where conf_where_of(const struct conf *conf, const char *option);

/* "name = value" of one option, or of all when name is empty; hidden values are not shown. False:
   no such option. */
bool conf_print(const struct conf *conf, span name, struct buf *out);

#endif

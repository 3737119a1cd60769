/* What deliveries on this host have in common: the surroundings of their expansions, and how they give
   results. */
#ifndef REF_TRANSPORT_LOCAL_H
#define REF_TRANSPORT_LOCAL_H

#include "ref/transport/transport.h"

/* While it is open, expansions of the job see this one address, the home directory and the return path
   that the transport sets. */
struct local_scene {
    struct facts facts;
    struct facts_message message;
    struct facts_address address;
    const struct facts *before;
    struct expansion *x;
    struct arena *arena;
    const char *transport;
};

void local_scene_open(struct local_scene *scene, const struct transport_job *job,
                      const struct delivery_address *a);
void local_scene_close(struct local_scene *scene);

/* Expands an option into arena; NULL gives the empty text, a forced failure too. ERR_DEFER: it cannot be
   done; `what` names transport and option. */
err local_expand(struct local_scene *scene, const char *option, const struct template *t,
                 struct value *out) MUST_CHECK;

/* Outcome and text, as one address's result. */
void local_defer(struct delivery_address *a, int error, span text);
/* Delivered: tells the job at once. ERR_*: that could not be written down; nothing else may be
   delivered now. */
err local_done(const struct transport_job *job, struct delivery_address *a) MUST_CHECK;

/* shadow_transport: a copy for it of what was delivered, to each address for which shadow_condition is
   true. What comes of it is a word in the log and nothing else. */
void local_shadow(const struct transport_job *job);

#endif

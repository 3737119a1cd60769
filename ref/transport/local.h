/* What deliveries on this host have in common: the surroundings of their expansions, and how they give
   results. */
#ifndef REF_TRANSPORT_LOCAL_H
#define REF_TRANSPORT_LOCAL_H

#include "ref/transport/transport.h"

/* While it is open, expansions of the job see this one address. */
struct local_scene {
    struct facts facts;
    struct facts_message message;
    struct facts_address address;
    const struct facts *before;
    struct expansion *x;
};

void local_scene_open(struct local_scene *scene, const struct transport_job *job,
                      const struct delivery_address *a);
void local_scene_close(struct local_scene *scene);

/* Outcome and text, as one address's result. */
void local_defer(struct delivery_address *a, int error, span text);
/* Delivered: tells the job at once. ERR_*: that could not be written down; nothing else may be
   delivered now. */
err local_done(const struct transport_job *job, struct delivery_address *a) MUST_CHECK;
/* With that error: those who have no result yet wait. */
void local_stop(const struct transport_job *job, err e);

/* shadow_transport: a copy for it of what was delivered, to each address for which shadow_condition is
   true. What comes of it is a word in the log and nothing else. */
void local_shadow(const struct transport_job *job);

#endif

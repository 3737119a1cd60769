/* The surroundings of expansions about one message of the spool: what $sender_address, $h_subject:,
   $acl_m_x and their kin stand for once the session is over. */
#ifndef REF_QUEUE_SCENE_H
#define REF_QUEUE_SCENE_H

#include "ref/queue/queue.h"

struct queue_scene {
    struct facts facts;
    struct facts_peer peer;
    struct facts_tls tls;
    struct facts_message message;
    struct facts_address address;
    struct facts_host host;
    struct acl_variables variables;
    struct expand_services services;
    struct expansion x;
    bool in_run;
};

/* The message must stay where it is. Must be closed. */
void queue_scene_open(struct queue_scene *scene, const struct queue *q, struct spool_message *m,
                      struct arena *arena);
void queue_scene_close(struct queue_scene *scene);

#endif

/* The smtp transport, for its own files: what is known while a batch is being sent. */
#ifndef REF_TRANSPORT_SMTP_H
#define REF_TRANSPORT_SMTP_H

#include "ref/client/mail.h"
#include "ref/transport/drivers.h"
#include "ref/transport/message_out.h"

/* A host with the port to speak to; the name as it is written in log lines. */
struct smtp_hosts {
    VEC(struct route_host) list;
    /* When the list is empty: why. */
    int error;
    const char *why;
};

/* An open connection. It lives in an arena of its own and may outlive the job that made it. */
struct smtp_connection {
    struct client client;
    struct client_options options;
    struct wire_dial dial;         /* not connected yet: the first octets will do it */
    struct arena *arena;
    struct address local;          /* len 0: not known */
    bool kept;                     /* it comes from the pool */
    bool ends_with_message;        /* hosts_nopass_tls, hosts_noproxy_tls */
    span key;                      /* what it may be used for again */
    uint64_t most_messages;        /* connection_max_messages; 0: any number */
    millis since;                  /* ticks when it was laid into the pool */
    struct smtp_connection *next;
    /* Called once it is over, with what was known of its TLS (NULL: clear text). */
    void (*closed)(void *context, const struct facts_tls *tls);
    void *closed_context;
};

/* RFC 8689: REQUIRETLS, or a field "TLS-Required: No". */
enum smtp_way { SMTP_WAY_USUAL, SMTP_WAY_REQUIRED, SMTP_WAY_WAIVED };

struct smtp_run {
    const struct transport_job *job;
    const struct transport_smtp *o;
    const struct conf_transport *transport;
    struct expansion x;            /* the job's, with the host at hand */
    span signers;                 /* DKIM signatures made, for the log */
    struct facts facts;
    struct facts_host host;
    struct facts_peer peer;
    struct expand_services names;  /* for host lists: the name is the one that we were given */
    bool lmtp, tls_at_once;        /* protocol */
    enum smtp_way way;
    bool put_off;                  /* a host may take it another day */
    bool *open;                    /* for each address: another host may be tried */
    size_t open_count;
    bool halted;                   /* a delivery could not be recorded: nothing more is sent */
};

/* Expands an option of the transport. NULL template: empty. A forced failure is an empty text too.
   False: every open address is deferred and the reason noted. */
bool smtp_option(struct smtp_run *r, const char *name, const struct template *t, span *text);
/* Whether the host at hand is in the list; a list that cannot be read is a no. */
bool smtp_in_list(struct smtp_run *r, const struct host_list *list, const struct address *host);
/* A number, 0 if the text is empty; false as above. */
bool smtp_number(struct smtp_run *r, const char *name, const struct template *t, uint64_t *number);

/* Hosts of the router, or those of `hosts`; and those of fallback_hosts. False: as smtp_option. */
bool smtp_hosts_find(struct smtp_run *r, struct smtp_hosts *hosts);
bool smtp_hosts_fallback(struct smtp_run *r, struct smtp_hosts *hosts);
/* interface: *from is set if one of its addresses is of the host's family. */
bool smtp_interface(struct smtp_run *r, const struct address *to, struct address *from, bool *set);

/* The facts of a host before and after the connection is there. */
void smtp_host_facts(struct smtp_run *r, const struct route_host *host, struct arena *arena);
/* What the session with it is to be like; texts in arena. local NULL: there is no connection yet, and
   no $sending_ip_address. */
bool smtp_session_options(struct smtp_run *r, const struct route_host *host, struct arena *arena,
                          const struct address *local, struct client_options *options);

/* Result of an address, with what the connection tells. text and reply are copied. */
void smtp_result_defer(struct smtp_run *r, size_t i, int error, const char *text);
void smtp_result_trouble(struct smtp_run *r, size_t i, const struct route_host *host,
                         const struct smtp_connection *c, const struct client_trouble *t);
void smtp_result_delivered(struct smtp_run *r, size_t i, const struct route_host *host,
                           const struct smtp_connection *c, const struct client_mail *mail,
                           const struct client_reply *reply, uint64_t size);
/* In the log: what a host said about those for whom the next one is asked now, or when all is over what was
   about the host itself; that a session is begun
   again without TLS, and for which trouble; which logins were refused. */
void smtp_result_of_host(const struct smtp_run *r, bool over);
void smtp_result_in_clear(const struct smtp_run *r, const struct route_host *host,
                          const struct client_trouble *t);
void smtp_result_unauthenticated(const struct smtp_run *r, const struct route_host *host,
                                 const struct client *c);
/* DKIM and ARC fields on top of the message (dkim_*, arc_sign). False: as smtp_option. */
bool smtp_seal(struct smtp_run *r, struct message_out *out);
/* hosts_pipe_connect: what is kept of the host, if it is in the list and helo_data can be known before
   the connection is there. bound: to which address is known. */
void smtp_early(struct smtp_run *r, const struct route_host *host, bool bound,
                struct arena *arena, struct client_early *early);
/* The session came to nothing for what may lie in its having begun early: the record goes, and the log
   says so if a session without is worth a try. */
void smtp_early_spoilt(const struct smtp_run *r, const struct route_host *host,
                       struct smtp_connection *c);
/* Every address that waits for a host. */
void smtp_defer_open(struct smtp_run *r, int error, const char *text);

/* The connection to a host, from the pool or new. NULL: *trouble says why not. */
enum smtp_haste { SMTP_KEPT, SMTP_FRESH, SMTP_WAITING }; /* not a kept one; nor one that begins early */
struct smtp_connection *smtp_connect(struct smtp_run *r, const struct route_host *host,
                                     enum smtp_haste haste, struct client_trouble *trouble);
/* It was to be made by the first octets, and was not: why. */
bool smtp_connection_refused(struct smtp_run *r, const struct smtp_connection *c,
                             struct client_trouble *trouble);
/* Our end of it; len 0 before it is made. */
struct address smtp_connection_local(const struct smtp_connection *c);
/* Into the pool, or QUIT. */
void smtp_connection_done(struct smtp_run *r, struct smtp_connection *c);
void smtp_connection_end(struct smtp_connection *c);

/* smtp_event.c: event_action when a recipient was delivered, and when the connection closes. */
void smtp_event_delivered(struct smtp_run *r, span reply);
void smtp_event_watch(struct smtp_run *r, struct smtp_connection *c);

/* smtp_requiretls.c: what the message asks for; whether a host's name and a session will do for it
   (else *why); what it makes of the options of a session, and of a trouble. */
void smtp_requiretls_read(struct smtp_run *r);
bool smtp_requiretls_host(struct smtp_run *r, const struct route_host *host,
                          struct client_trouble *why);
void smtp_requiretls_options(struct smtp_run *r, const struct route_host *host,
                             struct arena *arena, struct client_options *o);
bool smtp_requiretls_session(struct smtp_run *r, const struct smtp_connection *c,
                             struct client_trouble *why);
void smtp_requiretls_judge(struct smtp_run *r, struct client_trouble *t);

/* The pool. */
struct smtp_connection *transport_pool_take(struct transport_pool *pool, span key);
/* False: there is no room, or the pool is NULL. */
bool transport_pool_put(struct transport_pool *pool, struct smtp_connection *c);

#endif

/* An MTA under test: a folder harness/targets/NAME with a description and executables
   (docs/targets.md), or host:port. One struct target is one running (or external) instance. */
#ifndef HARNESS_TARGET_TARGET_H
#define HARNESS_TARGET_TARGET_H

#include "base/arena.h"
#include "base/err.h"
#include "base/socket.h"
#include "base/vec.h"
#include "harness/observe/formats.h"
#include "harness/observe/observation.h"
#include "harness/scenario/model.h"
#include "harness/scenario/pattern.h"

struct target;

struct target_options {
    const char *name;      /* "ref", "exim", "127.0.0.1:2525" */
    const char *folder;    /* where harness/targets lies */
    const char *work;      /* a private folder for this instance */
    const char *isolation; /* "namespaces", "ports", or NULL: the best there is */
    unsigned block;        /* worker number: ports and addresses of its own */
    uint64_t seed;
    const char *peers;     /* where ci/peers unpacks, "build/peers"; NULL: that */
    texts kept; /* folders that must stay reachable under isolation (reports, captures) */
    const char *hello;     /* the judge's name in its question to host:port, or NULL */
    bool owned;            /* --i-own-this-host: impolite topics may run against host:port */
};

/* Reads the description, asks caps, enters the isolation (of the calling process: workers are
   processes). ERR_DEFER with what: not there (peer not fetched), with the command that brings
   it. */
err target_open(const struct target_options *o, struct arena *arena, struct target **t) MUST_CHECK;
const char *target_version(const struct target *t);
const texts *target_caps(const struct target *t);
const char *target_isolation(const struct target *t);
const char *target_id_shape(const struct target *t);
bool target_is_external(const struct target *t);
/* "mx.example.org:25", "[::1]:25", "unix:/path", as it is written: whether anything answers there is not asked. */
bool target_names_host(const char *text);
/* "log exim-main date-time because the clock is not ours", one for each mask. */
const texts *target_masks(const struct target *t);
/* What of the isolation does not work on this machine and why, or NULL. */
const char *target_isolation_note(const struct target *t);
/* @{dir}: a folder that the target may write to, emptied for each case. */
const char *target_dir(const struct target *t);
/* The host whose traffic a capture should hold ("192.0.2.1"). */
const char *target_host(const struct target *t);

/* Why the case cannot run on it ("unsupported: early"), or NULL. */
const char *target_lacks(const struct target *t, const struct scenario *s, struct arena *arena);

/* Prepares for the case, starts (or goes on with a running one of the same configuration) and waits
   until it answers; puts the observation cursors where things stand now. ERR_DEFER: verb answered
   77, what says why. ERR_IO and others: environment. */
err target_ready(struct target *t, const struct scenario *s, struct arena *arena) MUST_CHECK;
bool target_sut(struct target *t, const char *port, struct address *at);
/* Where clients connect from: a fixed port for each of a case's connections where that can be had.
   False: any. */
bool target_client(struct target *t, const char *from, struct address *at);
/* The case before may have left a connection that the target closes a moment later: until then its port
   is taken. Whoever connects from there without a link has to wait for it; link_connect does. */
void target_wait_for_port(const struct address *at);
/* Where a server actor listens. */
bool target_server(struct target *t, const char *endpoint, struct address *at);
/* May be asked while target_act runs in another thread. */
bool target_asleep(struct target *t);
/* Asked again and again: true once it has slept for a while and nothing that it took in is still to
   be tried, or its patience is over. Never waits. */
bool target_rests(struct target *t);
bool target_died(struct target *t);
/* How it died, for people; NULL while it lives. */
const char *target_death(const struct target *t);
/* `do VERB`. ERR_DEFER: the target has no such verb, what says so. */
err target_act(struct target *t, const struct step *step) MUST_CHECK;
millis target_patience(const struct target *t);
/* Waits until the target rests, then reads what is new since target_ready. */
err target_observe(struct target *t, struct arena *arena, struct observation *seen) MUST_CHECK;
/* True if `where` names a log of that format. */
bool target_has_log(const struct target *t, const char *format);
/* The nth place that `where` names, or NULL behind the last. */
const char *target_place(const struct target *t, size_t n, enum surface *surface);
/* Copies logs, spool, configuration and standard error into folder. */
err target_evidence(struct target *t, const char *folder) MUST_CHECK;
void target_stop(struct target *t);
void target_close(struct target *t);

/* The folder that holds the targets: $ASSAY_TARGETS, ./harness/targets, or beside the program.
   ERR_IO: none of them is there, what names them. */
err target_folder(struct arena *arena, const char **folder) MUST_CHECK;
/* The folder of test certificates: $ASSAY_CA, ./vectors/ca, or beside the program. */
err target_ca(struct arena *arena, const char **folder) MUST_CHECK;
/* Whether prepare says 77 to what it cannot know. ERR_SYNTAX: it does not, what tells. Part of the
   first target_ready; here for `target probe`. */
err target_probe_honesty(struct target *t) MUST_CHECK;

#endif

/* A live capture of the target's network, taken inside its isolation. Packets wait in the kernel's
   ring until the case's verdict says whether anybody wants them. */
#ifndef HARNESS_CASE_CAPTURE_H
#define HARNESS_CASE_CAPTURE_H

#include "base/arena.h"
#include "base/err.h"
#include "harness/transcript/transcript.h"

struct capture;

/* filter: a pcap expression, or NULL. ERR_DEFER: not possible here, what says why. */
err capture_open(const char *device, const char *filter, struct arena *arena,
                 struct capture **c) MUST_CHECK;
/* Forgets what has come so far. c may be NULL, here and below. */
void capture_begin(struct capture *c);
/* Writes what came since capture_begin as pcapng, with secrets (a TLS key log, may be empty) in it; ERR_DEFER
   when there is no capture. */
err capture_end(struct capture *c, const char *path, span secrets, struct arena *arena) MUST_CHECK;
void capture_close(struct capture *c);

/* Where there is none: the transcript's octets in packets of our making. */
err capture_make(const struct transcript *t, const char *path, struct arena *arena) MUST_CHECK;

#endif

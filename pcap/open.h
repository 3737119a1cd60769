/* Capture files, pcap and pcapng, as a sequence of numbered frames. Knows files and link types and
   nothing above them. libpcap owns the prefix pcap_, so the names of this room begin with capture_.

   Errors name the file, and the packet once there is one: what is no capture, is cut off, or has
   lengths that cannot be true is ERR_SYNTAX; what the system refuses is ERR_IO. */
#ifndef PCAP_OPEN_H
#define PCAP_OPEN_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

struct recording;

/* One record of the file. `bytes` lives until the next frame is asked for. */
struct capture_frame {
    uint64_t number; /* from 1, as in every other tool */
    instant at;
    int link;        /* DLT_ value */
    span bytes;      /* what was kept */
    size_t said;     /* octets on the wire; more than bytes.len if the capture was cut */
};

err recording_open(const char *path, struct arena *arena, struct recording **c) MUST_CHECK;
/* The next frame, or *end. After an error the capture is at its end. */
err recording_next(struct recording *c, struct capture_frame *frame, bool *end) MUST_CHECK;
/* Reads the file to its end once, so that a mistake in it is known before anything is done. */
err recording_verify(const char *path, struct arena *arena) MUST_CHECK;
void recording_close(struct recording *c); /* NULL is fine */

#endif

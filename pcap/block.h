/* pcapng as blocks: the secrets in a file, which libpcap passes over, and files written with secrets in
   them. draft-ietf-opsawg-pcapng 3.1, 4.1 to 4.3, 4.7. */
#ifndef PCAP_BLOCK_H
#define PCAP_BLOCK_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

/* ---- reading ---- */

/* A key log in NSS's format that stands in a block. An err ends the reading. */
typedef err capture_log_seen(void *context, span log);

/* All of them in a file, of which no more is held than a window and a block of secrets. A file that is no
   pcapng has none. ERR_SYNTAX: lengths that cannot be true, or the end inside a block; it names the octet at
   which the block begins. What the err says lives in arena. */
err capture_blocks_read(int fd, capture_log_seen *seen, void *context, struct arena *arena) MUST_CHECK;

/* ---- writing ---- */

struct capture_file;

/* A pcapng file of one interface, link a DLT_ value. secrets, a key log, stand before the first packet;
   empty: no block of them. ERR_IO: it cannot be made. */
err capture_file_new(const char *path, int link, span secrets, struct arena *arena,
                     struct capture_file **f) MUST_CHECK;
/* said: octets on the wire. A failed write shows at the end. */
void capture_file_add(struct capture_file *f, instant at, span octets, size_t said);
/* Closes it. ERR_IO: something could not be written. */
err capture_file_end(struct capture_file *f) MUST_CHECK;

#endif

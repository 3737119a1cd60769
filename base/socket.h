/* TCP and Unix sockets with deadlines: listening, connecting, accepting, and addresses as people
   write them. All descriptors are close-on-exec and, but for those of socket_accept_patient,
   non-blocking; no call here waits longer than it says on any. A wait of 0 or less
   only looks; MILLIS_NEVER has no end. */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

#include <sys/socket.h>

struct address {
    struct sockaddr_storage storage;
    socklen_t len;
};

/* "192.0.2.1", "::1" and a port; false if it is no literal address. */
bool address_parse(span host, uint16_t port, struct address *a);
/* "192.0.2.1:25", "[::1]:25", "25" (any IPv4 address; any IPv6 address is
   "[::]:25", a listener of its own), "unix:/path". */
bool address_parse_with_port(span text, struct address *a);
/* Host part alone, NUL-ended: "192.0.2.1", "::1" ("" for Unix sockets). room: at least 64. */
void address_host(const struct address *a, char *at, size_t room);
/* The address alone, in the order of the network: 4 octets or 16; 0 for Unix sockets. */
size_t address_octets(const struct address *a, unsigned char at[static 16]);
/* Such octets with IPv4 in IPv6 (::ffff:0:0/96) as IPv4. Gives how many they are then. */
size_t address_octets_narrow(unsigned char at[static 16], size_t len);
uint16_t address_port(const struct address *a); /* 0 for Unix sockets */
void address_set_port(struct address *a, uint16_t port);
bool address_same_host(const struct address *a, const struct address *b);
bool address_is_any(const struct address *a); /* 0.0.0.0 or :: */

/* A listening socket with SO_REUSEADDR; IPv6 ones take no IPv4. A taken port is ERR_IO with
   EADDRINUSE. Port 0 lets the system choose: socket_name tells which. The file of a Unix socket
   must not be there yet. */
err socket_listen(const struct address *a, int backlog, int *fd) MUST_CHECK;
/* Waits for the next connection; ERR_TIMEOUT after wait. */
err socket_accept(int listener, millis wait, int *fd, struct address *peer) MUST_CHECK;
/* For many connections: those of this TCP listener inherit that they send at once, and that a
   read of `slice` milliseconds (socket_read_slice) waits in the system itself. The listener must
   have been made so before anybody connects. */
err socket_listen_patient(int listener, millis slice) MUST_CHECK;
/* A connection that waits, ERR_TIMEOUT if there is none. */
err socket_accept_patient(int listener, int *fd, struct address *peer) MUST_CHECK;
/* from may be NULL: the system chooses. */
err socket_connect(const struct address *to, const struct address *from, millis wait,
                   int *fd) MUST_CHECK;
/* The same with TCP Fast Open (RFC 7413): `first` goes with the SYN as far as the system and what it
   knows of the peer allow; where they do not it is sent nothing earlier than by socket_connect.
   *sent: octets that are out. */
err socket_connect_fast(const struct address *to, const struct address *from, millis wait,
                        span first, size_t *sent, int *fd) MUST_CHECK;
/* A listener takes octets that come with a SYN; no harm where the system does not. */
void socket_listen_fast(int listener, int backlog);
/* What the system tells of a connection: the peer took, or sent, octets with the SYN; or it is open
   though the handshake is not over. */
enum socket_fast { SOCKET_FAST_NOT, SOCKET_FAST_OPEN, SOCKET_FAST_DATA };
enum socket_fast socket_fast_of(int fd);
/* The address that a connection to `to` would come from. Nothing is sent. */
err socket_source(const struct address *to, struct address *from) MUST_CHECK;

/* Our end of any socket. */
err socket_name(int fd, struct address *local) MUST_CHECK;

/* Waits until fd can be read (or written). ERR_TIMEOUT after wait. */
err socket_wait(int fd, bool to_write, millis wait) MUST_CHECK;
/* At most what is there; 0 octets is ERR_CLOSED, also for a reset (sys tells ECONNRESET). A write
   may take `wait` for the whole; after a failure it is not known how much of it went out. */
err socket_read(int fd, void *at, size_t room, millis wait, size_t *got) MUST_CHECK;
/* The same for a connection of socket_accept_patient: waits as long as its listener was told. */
err socket_read_slice(int fd, void *at, size_t room, size_t *got) MUST_CHECK;
err socket_write(int fd, span bytes, millis wait) MUST_CHECK;
/* Last words: the system keeps the end of them for the packet that closes the connection, which has to
   follow at once. */
err socket_write_last(int fd, span bytes, millis wait) MUST_CHECK;
/* Closes so that the peer sees a reset. */
void socket_reset(int fd);
/* Ends our direction only. */
void socket_shut(int fd);

#endif

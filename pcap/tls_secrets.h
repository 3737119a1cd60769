/* The secrets of TLS sessions: from key log files (NSS's format, as SSLKEYLOGFILE gives it) and from the
   Decryption Secrets Blocks of pcapng files. Found again by the random of a ClientHello. What a session
   that is resumed needs and no log has (GnuTLS writes no line for those of TLS 1.2) is remembered by
   ticket. */
#ifndef PCAP_TLS_SECRETS_H
#define PCAP_TLS_SECRETS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum tls_secret_kind {
    TLS_SECRET_MASTER, /* of TLS 1.2 */
    TLS_SECRET_CLIENT_HANDSHAKE,
    TLS_SECRET_SERVER_HANDSHAKE,
    TLS_SECRET_CLIENT_TRAFFIC,
    TLS_SECRET_SERVER_TRAFFIC,
    TLS_SECRET_KIND_COUNT
};

enum { TLS_RANDOM = 32 };

struct capture_secrets;

struct capture_secrets *capture_secrets_new(struct arena *arena);

/* All lines of a key log. ERR_SYNTAX names the line: "NAME:7: ...". Comments, empty lines and labels
   of other uses (exporters, early data) are passed over. The first secret for a random stays. */
err capture_secrets_read(struct capture_secrets *s, span log, const char *name) MUST_CHECK;
err capture_secrets_file(struct capture_secrets *s, const char *path) MUST_CHECK;
/* The secrets blocks of a capture; none if it is no pcapng. ERR_SYNTAX: a length in one of its blocks
   is not true, or the log in it has a mistake. Memory does not grow with the rest of the capture. */
err capture_secrets_embedded(struct capture_secrets *s, const char *path) MUST_CHECK;

/* Empty: there is none. */
span capture_secrets_find(struct capture_secrets *s, enum tls_secret_kind kind, span random);
/* There is at least one secret for that random. */
bool capture_secrets_know(struct capture_secrets *s, span random);
/* Randoms with at least one secret. */
size_t capture_secrets_count(struct capture_secrets *s);

/* A ticket, or a session's id, to the master secret that it stands for; the last few thousand. */
void capture_secrets_remember(struct capture_secrets *s, span ticket, span master);
span capture_secrets_recall(const struct capture_secrets *s, span ticket);

#endif

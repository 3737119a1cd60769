/* The keys of one direction, and records opened with them. Suites are rows; what is no row cannot be
   opened, and is named by its number. */
#ifndef PCAP_TLS_SUITE_H
#define PCAP_TLS_SUITE_H

#include "base/arena.h"
#include "base/err.h"
#include "pcap/tls_record.h"

enum tls_sealing { TLS_GCM, TLS_CCM, TLS_CCM_8, TLS_CHACHA, TLS_CBC };
enum tls_hash { TLS_SHA1, TLS_SHA256, TLS_SHA384 };

struct tls_suite_row {
    unsigned number;
    const char *name; /* IANA */
    enum tls_sealing sealing;
    size_t key;          /* octets */
    enum tls_hash hash;  /* of the PRF or the key schedule; for CBC, of the MAC */
};
/* NULL: no such row. */
const struct tls_suite_row *capture_suite_find(unsigned number);

enum { TLS_SECRET_MOST = 48 };

struct tls_keys {
    const struct tls_suite_row *suite;
    bool new_form; /* TLS 1.3 */
    bool mac_last;
    size_t secret_len;
    unsigned char secret[TLS_SECRET_MOST]; /* TLS 1.3: from which the rest is made */
    unsigned char key[32];
    unsigned char mac[48];
    unsigned char iv[12];
    uint64_t number; /* of the next record */
};

/* TLS 1.2: the server's or the client's keys out of the master secret. RFC 5246 6.3. */
void capture_keys_master(const struct tls_suite_row *suite, span master, span client_random,
                         span server_random, bool server, bool mac_last, struct tls_keys *k);
/* TLS 1.3: out of a traffic secret, whose length is the hash's. False: it has another. RFC 8446 7.3. */
bool capture_keys_traffic(const struct tls_suite_row *suite, span secret, struct tls_keys *k) MUST_CHECK;
/* RFC 8446 7.2, after a KeyUpdate. */
void capture_keys_update(struct tls_keys *k);

/* What is in the record, and its type: that which was sealed with it in TLS 1.3. NULL, or why it does
   not open. plain lives in arena. */
const char *capture_keys_open(struct tls_keys *k, const struct tls_record *r, struct arena *arena,
                              unsigned *type, span *plain) MUST_CHECK;

#endif

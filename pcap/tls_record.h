/* TLS records and handshake messages: where each begins and ends, and nothing of what it means. What
   is cut off is told from what was never TLS. RFC 8446 5.1, 5.2, 4; RFC 5246 6.2, 7.4. */
#ifndef PCAP_TLS_RECORD_H
#define PCAP_TLS_RECORD_H

#include "base/buf.h"
#include "base/span.h"

enum {
    TLS_RECORD_HEAD = 5,
    TLS_RECORD_MOST = 16384 + 2048, /* of a payload; RFC 5246 6.2.3, more than RFC 8446 5.2 allows */
    TLS_MESSAGE_MOST = 1 << 20
};

enum tls_record_type {
    TLS_RECORD_CIPHER = 20,
    TLS_RECORD_ALERT = 21,
    TLS_RECORD_HANDSHAKE = 22,
    TLS_RECORD_DATA = 23
};

enum tls_message_type {
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_TICKET = 4,
    TLS_CERTIFICATE = 11,
    TLS_SERVER_HELLO_DONE = 14,
    TLS_FINISHED = 20,
    TLS_KEY_UPDATE = 24
};

struct tls_record {
    unsigned type;
    unsigned version; /* as the head has it: 0x0303 also where 1.3 is spoken */
    span head;        /* its five octets: what RFC 8446 5.2 authenticates */
    span payload;
};

enum tls_cut {
    TLS_CUT_WHOLE,
    TLS_CUT_SHORT, /* the octets end before the record does */
    TLS_CUT_NONE   /* no record of TLS begins here */
};

/* The record at the beginning of octets. More octets behind it never change what is said. */
enum tls_cut capture_record_take(span octets, struct tls_record *r);

/* Handshake messages out of the payloads of records, however they were cut. Owns `held`. */
struct capture_messages {
    struct buf held;
    size_t pos;
};
void capture_messages_init(struct capture_messages *m);
void capture_messages_wipe(struct capture_messages *m);
/* False: more is held than any message may have. */
bool capture_messages_add(struct capture_messages *m, span payload);
/* The next whole message; body lives until the next add. */
bool capture_messages_take(struct capture_messages *m, unsigned *type, span *body);

/* What of a hello decides how the rest is read. Spans borrow from the body. */
struct tls_hello {
    span random;        /* 32 octets */
    span session;       /* id; may be empty */
    span ticket;        /* client: offered by RFC 5077 3.2 */
    unsigned version;   /* server: chosen; client: 0 */
    unsigned suite;     /* server: chosen */
    bool retry;         /* server: HelloRetryRequest, RFC 8446 4.1.4 */
    bool mac_last;      /* server: encrypt-then-MAC, RFC 7366 */
    bool psk;           /* server: took a PSK; client: offers one */
    bool early;         /* client: announces early data, RFC 8446 4.2.10 */
};
/* False: a length in it is not true. */
bool capture_hello_read(unsigned type, span body, struct tls_hello *h);

#endif

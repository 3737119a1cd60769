/* What a server offers in its reply to EHLO: RFC 5321 4.1.1.1. */
#ifndef REF_CLIENT_OFFERS_H
#define REF_CLIENT_OFFERS_H

#include "ref/client/reply.h"

/* The bits are those of Exim's record of early pipelining (enum hint_feature). */
enum client_offer {
    CLIENT_OFFERS_TLS = 0x001,
    CLIENT_OFFERS_SMTPUTF8 = 0x008,
    CLIENT_OFFERS_DSN = 0x010,
    CLIENT_OFFERS_PIPELINING = 0x020,
    CLIENT_OFFERS_SIZE = 0x040,
    CLIENT_OFFERS_CHUNKING = 0x080,
    CLIENT_OFFERS_EARLY = 0x100,      /* under one of the names that are configured: early.c */
    CLIENT_OFFERS_REQUIRETLS = 0x200,
    CLIENT_OFFERS_8BITMIME = 0x400,
    CLIENT_OFFERS_AUTH = 0x20000
};

struct client_offers {
    unsigned bits;      /* enum client_offer */
    uint64_t size;      /* RFC 1870: largest message; 0: no limit, or not said */
    span mechanisms;    /* RFC 4954: blanks between them */
};

/* Keywords are read without regard to case; unknown ones, and lines that are none, are passed
   by. */
void client_offers_read(const struct client_reply *hello, struct client_offers *offers);
static inline bool client_offers_has(const struct client_offers *o, enum client_offer bit)
{
    return (o->bits & (unsigned)bit) != 0;
}
/* True if the reply has a line with that keyword, whatever its parameters. */
bool client_offers_keyword(const struct client_reply *hello, span keyword);
/* True if the mechanism is among those that AUTH named. */
bool client_offers_mechanism(const struct client_offers *offers, span mechanism);

#endif

/* A finished flow as a conversation: turns of the two sides, and what was said in them by SMTP's
   rules (commands, replies, mail data with its exact end, BDAT octets by their count). Turns are
   those that the client lived through: what its octets did not acknowledge it had not heard, even
   if the capture shows it earlier. Items of one side tile its octets: nothing is lost or doubled.
   TLS ends the part that can be read, unless its secrets are known: then the dialogue goes on in clear
   behind the handshake. RFC 5321 4.1, 4.2; RFC 3030; RFC 3207; RFC 4954. */
#ifndef PCAP_DIALOGUE_H
#define PCAP_DIALOGUE_H

#include "pcap/tls_open.h"

#define SAID_NONE SIZE_MAX

/* A flight: what a side said before it heard anything. Sides alternate, but for a handshake: what is
   said behind it is a turn of its own. */
struct turn {
    enum capture_side side;
    size_t at, len;  /* in that side's octets */
    size_t heard;    /* octets of the other side that stand before it */
    bool crossed;    /* client: the server's next octets were, or may have been, under way already */
    size_t first, behind; /* its side's items that begin in it: from first on, before behind */
    uint64_t packet; /* that brought its first octet */
    instant time;
};

enum said_kind {
    SAID_COMMAND, /* one line, its end included */
    SAID_REPLY,   /* all lines of one reply */
    SAID_MAIL,    /* behind 354: to the end of data and with it, or as far as it came */
    SAID_CHUNK,   /* what a BDAT announced, or as far as it came */
    SAID_SECRET,  /* the client's answer to a 334 */
    SAID_TLS,     /* from here on it is TLS */
    SAID_OTHER,   /* no line, or a server's line that is no reply */
    SAID_KIND_COUNT
};

struct said {
    enum said_kind kind;
    size_t at, len;
    size_t turn;    /* in which it begins */
    uint64_t packet; /* that brought its first octet */
    millis pause;    /* since the last octet of anybody before it */
    bool whole;     /* it ends as its kind must end */
    unsigned code;  /* SAID_REPLY */
    size_t partner; /* client's items: the server's item that answers; replies: what they answer
                       (a BDAT is answered behind its chunk); SAID_NONE: nothing */
};

struct dialogue {
    const struct capture_flow *flow; /* sides turned if the guess by port was wrong; opened */
    VEC(struct turn) turns;
    VEC(struct said) said[CAPTURE_SIDE_COUNT];
    bool tls;       /* one side at least goes on in TLS, and cannot be read */
    bool secured;   /* there was a handshake, or the beginning of one */
    struct capture_tls shake; /* of it */
    bool smtp;      /* the server speaks in replies */
    bool lmtp;
};

/* Everything lives in the arena, except the octets, which stay the flow's. Never fails: what is no
   SMTP is SAID_OTHER. */
void dialogue_read(const struct capture_flow *flow, struct arena *arena, struct dialogue *d);
/* The same, with what secrets open; NULL is fine. */
void dialogue_open(const struct capture_flow *flow, struct capture_secrets *secrets, struct arena *arena,
                   struct dialogue *d);

/* Where the handshake stands that was opened: before the first turn with octets behind it, turns.count:
   at the end. SAID_NONE: there is none. */
size_t dialogue_handshake(const struct dialogue *d);

/* Takes the first line of text, or the whole reply that begins there: its octets, its code (0: a line
   that is no reply), and whether it is all there. False if text is empty. */
bool dialogue_reply(span text, size_t *len, unsigned *code, bool *whole);

span said_octets(const struct dialogue *d, enum capture_side side, const struct said *s);
/* The first word of a command in capitals, "" if it has none; at most 15 letters. */
void said_verb(const struct dialogue *d, const struct said *s, char verb[16]);
/* It is a command of the client, and this one. */
bool said_is(const struct dialogue *d, const struct said *s, const char *verb);
/* Mail data without its end, dots taken off. False if putting them back would not give the same
   octets, or the data did not end. */
bool said_mail_content(const struct dialogue *d, const struct said *s, struct arena *arena,
                       span *content);
/* Replies of the server that lie wholly in its first `octets`. */
size_t dialogue_replies_in(const struct dialogue *d, size_t octets);

/* Octets of the server that the capture shows before the client ended its side; all, if it did not. */
size_t dialogue_before_end(const struct dialogue *d);

/* "S C S C" */
const char *dialogue_flights(const struct dialogue *d, struct arena *arena);
/* One line about the flow and, below it, what is wrong with its capture. */
void dialogue_summary(const struct dialogue *d, struct buf *out);
/* The software that the greeting names ("Exim 4.96"), or NULL. */
const char *dialogue_software(const struct dialogue *d, struct arena *arena);

#endif

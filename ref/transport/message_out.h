/* A message as it leaves: the header section with what router and transport add, remove and
   rewrite, and the body, in the line ends and with the dots that the way out wants. Every transport
   that sends or writes text uses this; queuefile, which copies files, does not. */
#ifndef REF_TRANSPORT_MESSAGE_OUT_H
#define REF_TRANSPORT_MESSAGE_OUT_H

#include "ref/transport/transport.h"

struct message_form {
    bool crlf;           /* lines end in CR LF, else in LF */
    bool only_crlf;      /* a CR alone ends a line too, so that neither octet goes out alone */
    span check, escape;  /* a line that begins with check begins with escape instead: "." and ".."
                            for SMTP, "From " and ">From " for an mbox; empty: none does */
    bool check_header;   /* header lines too: as SMTP has it */
};
/* RFC 5321 2.3.8 and 4.5.2, for DATA; for BDAT without the dots. */
extern const struct message_form message_form_dots, message_form_chunks;

/* What goes out, made once for a transaction. */
struct message_out {
    const struct spool_message *message;
    VEC(span) fields;    /* header fields, each ending in LF */
    bool header, body;   /* which parts go out */
    struct message_form form;
    int fd;              /* what the body is read from, */
    off_t from;          /* from here on */
    bool wireformat;     /* its lines end in CR LF */
    int filtered;        /* the file that a filter wrote; -1: none */
};

/* What a look at all of it found. */
struct message_facts {
    uint64_t size;       /* octets as they go out, RFC 1870 5: without escapes */
    uint64_t sent;       /* with them */
    uint64_t lines;
    size_t longest_line; /* without its end */
    bool eight_bit;      /* an octet above 127 */
    bool header_eight_bit;
    bool zeros;          /* a NUL octet */
};

/* Options of the transport that shape the text: body_only, headers_only, headers_add,
   headers_remove, headers_rewrite, return_path_add, envelope_to_add, delivery_date_add; and those
   of the addresses' routers. All texts live in job->arena. ERR_DEFER: an expansion failed; `what`
   says which. */
err message_out_begin(const struct transport_job *job, const struct message_form *form,
                      struct message_out *out) MUST_CHECK;

/* Puts the message through transport_filter, if there is one: what comes out is taken apart again,
   and is the message from then on. */
err message_out_filter(const struct transport_job *job, struct message_out *out) MUST_CHECK;
void message_out_end(struct message_out *out);

/* Hands all of it, header, empty line, body, to put, in blocks of a few kilobytes. The last line
   has an end. What put returns ends it; facts may be NULL. */
err message_out_write(const struct message_out *out, err (*put)(void *context, span block),
                      void *context, struct message_facts *facts) MUST_CHECK;

/* Reads it once without sending. */
err message_out_look(const struct message_out *out, struct message_facts *facts) MUST_CHECK;

#endif

/* The table of variables, for variable.c, tod.c and the reference in docs/. For this room only. */
#ifndef REF_EXPAND_VARIABLES_H
#define REF_EXPAND_VARIABLES_H

#include "ref/expand/variable.h"

enum variable_kind {
    VARIABLE_SPAN,
    VARIABLE_UNSIGNED,
    VARIABLE_LONG,
    VARIABLE_SIZE,
    VARIABLE_U64,
    VARIABLE_DIGIT,   /* a bool as 1 or 0 */
    VARIABLE_WORD,    /* a bool as yes or no */
    VARIABLE_PORT,    /* an unsigned; 0, not known, is -1 */
    VARIABLE_VALUE,   /* with its own taint */
    VARIABLE_TEXT,    /* by a function that cannot fail */
    VARIABLE_MADE,    /* by a function that tells the taint, or needs the name */
    VARIABLE_REFUSED, /* Exim has it, this server does not, or not yet */
    VARIABLE_KIND_COUNT
};

/* Which struct of facts the offset counts in. */
enum variable_place {
    PLACE_SERVER, PLACE_PEER, PLACE_TLS_IN, PLACE_MESSAGE, PLACE_ADDRESS, PLACE_HOST, PLACE_TLS_OUT,
    PLACE_ACL, PLACE_SEAL, PLACE_POLICY, PLACE_EXPANSION, PLACE_NONE
};

typedef span variable_text(struct expansion *x);
typedef bool variable_maker(struct expansion *x, span name, struct value *out);

struct variable_row {
    const char *name;       /* one that ends in "*" stands for all names that begin so */
    enum variable_kind kind;
    enum variable_place place;
    bool tainted; /* comes from the peer; values and made ones tell it themselves */
    size_t offset;
    variable_text *text;
    variable_maker *make;
    const char *doc;        /* one line; refused ones: what they belong to */
};

extern const struct variable_row variable_rows[];
extern const size_t variable_row_count;

/* made.c */
variable_text text_active_hostname, text_bmi_deliver, text_config_dir, text_event_defer_errno,
    text_load_average, text_message_age, text_message_body, text_message_body_end,
    text_message_linecount, text_queue_name, text_received_for, text_received_time,
    text_reply_address, text_requiretls, text_sender_domain, text_sender_fullhost,
    text_sender_local_part, text_sender_rcvhost;
variable_maker made_acl, made_acl_arg, made_message_headers, made_recipients, made_router,
    made_sender_host_name;
/* tod.c */
variable_maker made_tod;

#endif

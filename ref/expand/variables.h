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
    VARIABLE_MADE,    /* by a function */
    VARIABLE_REFUSED, /* Exim has it, this server does not, or not yet */
    VARIABLE_KIND_COUNT
};

/* Which struct of facts the offset counts in. */
enum variable_place {
    PLACE_SERVER, PLACE_PEER, PLACE_TLS_IN, PLACE_MESSAGE, PLACE_ADDRESS, PLACE_HOST, PLACE_TLS_OUT,
    PLACE_ACL, PLACE_SEAL, PLACE_POLICY, PLACE_EXPANSION, PLACE_NONE
};

typedef bool variable_maker(struct expansion *x, span name, struct value *out);

struct variable_row {
    const char *name;       /* one that ends in "*" stands for all names that begin so */
    enum variable_kind kind;
    enum variable_place place;
    bool tainted;           /* comes from the peer; made ones tell it themselves */
    size_t offset;
    variable_maker *make;
    const char *doc;        /* one line; refused ones: what they belong to */
};

extern const struct variable_row variable_rows[];
extern const size_t variable_row_count;

/* made.c */
variable_maker made_acl, made_acl_arg, made_config_dir, made_load_average, made_message_age,
    made_message_body, made_message_body_end, made_message_headers, made_message_headers_raw,
    made_message_linecount, made_received_count, made_received_for, made_received_time,
    made_queue_name, made_recipients, made_reply_address, made_requiretls, made_sender_domain, made_sender_local_part,
    made_sender_fullhost, made_sender_rcvhost, made_sender_host_name, made_active_hostname, made_bmi_deliver,
    made_event_defer_errno, made_item, made_router, made_value, made_address_data, made_sender_address_data;
/* tod.c */
variable_maker made_tod;

#endif

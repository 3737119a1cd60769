/* What ACLs want done: to the connection for the rest of it, and to a message when it is taken. */
#ifndef REF_ACL_EFFECTS_H
#define REF_ACL_EFFECTS_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "ref/expand/facts.h"
#include "ref/spool/queues.h"

/* What may be said of a message, or before MAIL of all that come in the connection. */
struct acl_marks {
    bool bmi_run;                 /* Brightmail scans it */
    bool dkim_disable_verify, dmarc_disable_verify, dmarc_enable_forensic;
    char queue[SPOOL_QUEUE_LENGTH + 1]; /* that it goes to; empty: the usual one */
};

/* Until the connection ends. */
struct acl_controls {
    bool enforce_sync;
    bool no_pipelining;
    bool no_multiline;
    bool no_delay_flush;
    bool auth_unadvertised;
    struct acl_marks marks;       /* of the messages to come */
};

/* Where add_header puts a field. */
enum acl_place {
    ACL_AT_END,
    ACL_AT_START,       /* before all others */
    ACL_AFTER_RECEIVED, /* behind the first Received: fields */
    ACL_AT_START_RFC,   /* before the first that is neither Received: nor Resent-... */
    ACL_PLACE_COUNT
};

struct acl_field {
    enum acl_place place;
    span text; /* one field, LF at its end */
};

enum acl_fake { ACL_FAKE_NONE, ACL_FAKE_REJECT, ACL_FAKE_DEFER };

/* Until the message is taken or given up. Text lives in arena. */
struct acl_changes {
    struct arena *arena;
    VEC(struct acl_field) added;  /* not put in yet; no two alike */
    struct map known;             /* their texts */
    struct map removed;           /* names of fields to take out, in small letters; not done yet */
    struct map warned;            /* texts that warn has logged: once a message */
    struct acl_marks marks;       /* at MAIL those of the connection */
    bool requiretls;              /* REQUIRETLS: of MAIL, or by an ACL */
    span bmi_optin;               /* of the recipient at hand; outside SMTP of all of them */
    bool freeze, queue_only, submission, sender_retain, suppress_fixups;
    bool utf8_downconvert, utf8_optional_downconvert;
    span submission_domain, submission_name;
    enum acl_fake fake;
    span fake_text;
    bool discarded;               /* MAIL or DATA discarded all recipients */
};

/* One or more fields out of the value of add_header: "name: text\nname: text", each perhaps with
   ":at_start:" in front. What is no field becomes one, as X-ACL-Warn:. */
void acl_fields_add(struct acl_changes *changes, span text);
/* A list of names. */
void acl_fields_remove(struct acl_changes *changes, span list);

/* $acl_c_x and $acl_m_x: name "c_x" or "m_x". Their memory does not grow with the number of
   settings. */
void acl_variable_set(struct acl_variables *variables, span name, span value, bool tainted);
/* Zeroed, there is none. Forgets those of the message: */
void acl_variables_reset(struct acl_variables *variables);
void acl_variables_close(struct acl_variables *variables);

#endif

/* The lines about a session, as a table of patterns: connections, refusals, errors. The caller says
   what happened; whether it is written, and where to, is decided here by selector. */
#ifndef REF_LOG_SESSION_H
#define REF_LOG_SESSION_H

#include "ref/log/host.h"
#include "ref/log/log.h"

/* What can happen in a session: a row or more in session.c, with file, selector and wording. */
enum log_event {
    LOG_EVENT_CONNECTED,          /* count: connections now */
    LOG_EVENT_CLOSED_BY_QUIT,
    LOG_EVENT_CLOSED,             /* text: why; "closed after SIGTERM" */
    LOG_EVENT_NO_MAIL,            /* duration, commands */
    LOG_EVENT_LOST_IDLE,          /* duration; no transaction was begun */
    LOG_EVENT_LOST_COMMAND,       /* duration */
    LOG_EVENT_LOST_DATA,          /* text: " (header)", " (after header)" or empty */
    LOG_EVENT_COMMAND_TIMEOUT,    /* duration */
    LOG_EVENT_DATA_TIMEOUT,       /* sender, duration */
    LOG_EVENT_REFUSED,            /* text: "too many connections" */
    LOG_EVENT_EARLY_TALKER,       /* input */
    LOG_EVENT_SYNC,               /* command, input, advertised */
    LOG_EVENT_PROTOCOL_ERROR,     /* command, text */
    LOG_EVENT_SYNTAX_ERROR,       /* command, text */
    LOG_EVENT_DROPPED_ERRORS,     /* command, commands */
    LOG_EVENT_DROPPED_UNKNOWN,    /* command */
    LOG_EVENT_DROPPED_NONMAIL,    /* command */
    LOG_EVENT_REJECTED_HELLO,     /* verb, text */
    LOG_EVENT_REJECTED_NO_HELLO,  /* verb */
    LOG_EVENT_REJECTED_MAIL,      /* sender, text */
    LOG_EVENT_REJECTED_RCPT,      /* sender, recipient, text */
    LOG_EVENT_REJECTED_SIZE,      /* sender, size, limit */
    LOG_EVENT_REJECTED_MESSAGE,   /* sender, text; id if one was taken */
    LOG_EVENT_TOO_MANY_MESSAGES,
    LOG_EVENT_TOO_MANY_RECIPIENTS, /* sender */
    LOG_EVENT_INCOMPLETE,         /* text: "QUIT", "RSET", ...; sender, recipients */
    LOG_EVENT_SPOOL_FAILED,       /* text: what went wrong; sender */
    LOG_EVENT_COUNT
};

/* What a pattern may name. Zero and empty where the event does not ask for it. */
struct log_details {
    span id;
    span verb;      /* "MAIL" */
    span command;   /* the command line as received */
    span sender, recipient;
    span text;
    span input;     /* bytes that came too early */
    span commands;  /* "EHLO,MAIL,RCPT": what C= shows */
    bool advertised; /* pipelining was offered */
    instant duration;
    size_t count;
    uint64_t size, limit;
    const span *recipients;
    size_t recipient_count;
};

/* Writes the event's line, or nothing if its selector is off. */
void log_session(const struct log *log, enum log_event event, const struct log_host *host,
                 const struct log_details *details);
/* The text alone. */
void log_session_put(const struct log *log, enum log_event event, const struct log_host *host,
                     const struct log_details *details, struct buf *out);

#endif

/* The command line: Exim's options, as rows. */
#ifndef REF_RUN_OPTIONS_H
#define REF_RUN_OPTIONS_H

#include "base/args.h"
#include "base/buf.h"

struct run_mode;

struct run_options {
    const struct run_mode *mode;
    const char *config;        /* -C */
    bool config_given;
    struct args_texts defines; /* -D */
    const char *interfaces;    /* -oX; NULL: as configured */
    const char *pid_file;      /* -oP; NULL: as configured */
    const char *dns;           /* --dns; NULL: the network as the system has it */
    const char *env_file;      /* --env; NULL: the real world */
    const char *env_socket;    /* --env-socket; NULL: none */
    const char *sender;        /* -f; NULL: not given */
    const char *deliver;       /* -od: "q", "i", "b" or "f"; NULL: as configured */
    bool queue_run;            /* -q was given */
    unsigned queue_how;        /* enum queue_how: -qf, -qff */
    const char *queue;         /* -qGNAME; NULL: the usual one. Not where a daemon takes mail */
    int64_t queue_interval;    /* -q15m, milliseconds; 0: a single run, or none */
    const char *trace;         /* -d: "+expand", ...; NULL: silence */
    const char *full_name;     /* -F; NULL: not given */
    const char *body_type;     /* -B: "7BIT" or "8BITMIME"; NULL: not given */
    const char *errors;        /* -oe: "e", "m", "p", "q" or "w"; NULL: not given */
    bool from_headers;         /* -t */
    bool dot_is_text;          /* -oi, -i */
    bool both;                 /* -ti, until all is read */
    bool me_too;               /* -m, -om */
    bool help;
    struct args_texts words;   /* what is no option */
};

/* Reads argv. ERR_SYNTAX: a sentence that says what to do. Lives in arena. */
err run_options_read(int argc, char **argv, struct arena *arena, struct run_options *o) MUST_CHECK;
/* True if -d asks for that part: "+expand" names it, a bare "-d" and "+all" ask for all. */
bool run_options_trace(const struct run_options *o, const char *part);
/* Usage and a line for each option and mode. */
void run_options_help(struct buf *out);

#endif

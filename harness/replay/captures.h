/* What importing and replaying a capture share: which of its connections, with which keys. */
#ifndef HARNESS_REPLAY_CAPTURES_H
#define HARNESS_REPLAY_CAPTURES_H

#include "base/args.h"
#include "pcap/dialogue.h"

/* "--stream" texts as numbers; ERR_SYNTAX names the one that is none. */
struct stream_choice {
    VEC(uint64_t) numbers; /* empty: all */
};
err captures_streams(const char *const *texts, size_t count, struct arena *arena,
                     struct stream_choice *choice) MUST_CHECK;
bool captures_chosen(const struct stream_choice *choice, uint64_t stream);

/* Reads the capture to its end, with the usual limits. */
err captures_read(const char *path, capture_flow_done *done, void *context, struct arena *arena,
                  struct capture_totals *totals) MUST_CHECK;
/* ERR_SYNTAX if the capture held no connection: says what it held, and the first thing wrong. */
err captures_nothing(const char *path, const struct capture_totals *totals, struct arena *arena) MUST_CHECK;

/* The secrets of TLS sessions: those of the key logs that were named (--keys), and those that lie in the
   captures. */
struct capture_keys {
    struct capture_secrets *secrets;
    const char *files;  /* the key logs, for people; NULL: none was named */
    uint64_t sessions;  /* of TLS, seen by capture_keys_note */
    uint64_t locked;    /* of these, those without a key */
    VEC(const char *) randoms; /* of the first few of them */
};
err capture_keys_read(const struct args_texts *files, const struct args_texts *captures, struct arena *arena,
                      struct capture_keys *keys) MUST_CHECK;
void capture_keys_note(struct capture_keys *keys, const struct dialogue *d, struct arena *arena);
/* A sentence about sessions that have no key, or NULL. */
const char *capture_keys_missing(const struct capture_keys *keys, struct arena *arena);
/* Before anything is done with a capture, where key logs were named. *note: what a person should know of chosen
   sessions without a key, or NULL. ERR_SYNTAX: none has one. */
err capture_keys_survey(const struct capture_keys *keys, const char *path, const struct stream_choice *streams,
                        struct arena *arena, const char **note) MUST_CHECK;

/* The file's name without folders and without .pcap, .pcapng or .cap. */
const char *captures_stem(const char *path, struct arena *arena);

#endif

/* The verbs that begin with a capture, and what they share. */
#ifndef HARNESS_CLI_CAPTURES_H
#define HARNESS_CLI_CAPTURES_H

#include "harness/cli/cli.h"
#include "pcap/flow.h"

/* "--stream" texts as numbers; ERR_SYNTAX names the one that is none. */
struct stream_choice {
    VEC(uint64_t) numbers; /* empty: all */
};
err captures_streams(const char *const *texts, size_t count, struct arena *arena,
                     struct stream_choice *choice) MUST_CHECK;
bool captures_chosen(const struct stream_choice *choice, uint64_t stream);

/* ERR_SYNTAX if the capture held no connection: says what it held, and the first thing wrong. */
err captures_nothing(const char *path, const struct capture_totals *totals, struct arena *arena) MUST_CHECK;

/* The file's name without folders and without .pcap, .pcapng or .cap. */
const char *captures_stem(const char *path, struct arena *arena);

#endif

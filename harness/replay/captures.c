/* What import and replay share: choosing streams, naming captures, the keys to them, and one sentence
   for a capture in which there is nothing to choose, or which the keys do not fit. */
#include "harness/replay/captures.h"

#include "base/file.h"
#include "base/hex.h"

enum { RANDOMS_TOLD = 4 };

err captures_streams(const char *const *texts, size_t count, struct arena *arena,
                     struct stream_choice *choice)
{
    *choice = (struct stream_choice){.numbers = {0}};
    for (size_t i = 0; i < count; i++) {
        uint64_t number;
        if (!span_to_u64(span_text(texts[i]), &number)) {
            return err_syntax(0, arena_printf(arena, "--stream %s: not a number; streams are counted from 0, as tcp.stream in Wireshark",
                                              texts[i]));
        }
        vec_add(arena, &choice->numbers, number);
    }
    return OK;
}

bool captures_chosen(const struct stream_choice *choice, uint64_t stream)
{
    bool chosen = choice->numbers.count == 0;
    for (size_t i = 0; i < choice->numbers.count; i++) {
        chosen = chosen || choice->numbers.at[i] == stream;
    }
    return chosen;
}

err captures_nothing(const char *path, const struct capture_totals *totals, struct arena *arena)
{
    if (totals->flows > 0) {
        return OK;
    }
    const char *broken = totals->broken
                             ? arena_printf(arena, "; packet %llu: %s", (unsigned long long)totals->first_broken,
                                            totals->why_broken)
                         : totals->first_carried
                             ? arena_printf(arena, "; packet %llu carries another in %s, which is not unpacked",
                                            (unsigned long long)totals->first_carried, totals->carrier)
                             : "";
    return err_syntax(0, arena_printf(arena, "%s: no TCP connection in its %llu packets%s", path,
                                      (unsigned long long)totals->packets, broken));
}

/* ---- keys ---- */

err capture_keys_read(const struct args_texts *files, const struct args_texts *captures, struct arena *arena,
                      struct capture_keys *keys)
{
    *keys = (struct capture_keys){.secrets = capture_secrets_new(arena)};
    for (size_t i = 0; i < files->count; i++) {
        TRY(capture_secrets_file(keys->secrets, files->at[i]));
        keys->files = keys->files ? arena_printf(arena, "%s, %s", keys->files, files->at[i]) : files->at[i];
    }
    for (size_t i = 0; i < captures->count; i++) {
        TRY(capture_secrets_embedded(keys->secrets, captures->at[i]));
    }
    return OK;
}

void capture_keys_note(struct capture_keys *keys, const struct dialogue *d, struct arena *arena)
{
    if (!d->secured) {
        return;
    }
    keys->sessions++;
    keys->locked += d->shake.no_key;
    if (d->shake.no_key && keys->randoms.count < RANDOMS_TOLD) {
        struct buf hex;
        buf_init(&hex, 4096);
        hex_put(d->shake.random, &hex);
        vec_add(arena, &keys->randoms, buf_settle_text(&hex, arena));
    }
}

const char *capture_keys_missing(const struct capture_keys *keys, struct arena *arena)
{
    if (keys->locked == 0) {
        return NULL;
    }
    const char *randoms = "";
    for (size_t i = 0; i < keys->randoms.count; i++) {
        randoms = arena_printf(arena, "%s%s%s", randoms, i ? ", " : "", keys->randoms.at[i]);
    }
    return arena_printf(arena, "%llu of %llu TLS sessions have no key in %s; client random%s %s%s",
                        (unsigned long long)keys->locked, (unsigned long long)keys->sessions,
                        keys->files ? keys->files : "the capture (--keys FILE names a key log)",
                        keys->locked > 1 ? "s" : "", randoms, keys->locked > keys->randoms.count ? ", ..." : "");
}

struct key_survey {
    struct capture_keys found;
    const struct stream_choice *streams;
    struct arena *arena;
};

static err survey_keys(void *context, const struct capture_flow *flow)
{
    struct key_survey *s = context;
    struct dialogue d;
    if (captures_chosen(s->streams, flow->stream)) {
        dialogue_open(flow, s->found.secrets, flow->arena, &d);
        capture_keys_note(&s->found, &d, s->arena);
    }
    return OK;
}

err captures_read(const char *path, capture_flow_done *done, void *context, struct arena *arena,
                  struct capture_totals *totals)
{
    struct recording *c;
    struct capture_limits limits = capture_limits_usual();
    TRY(recording_open(path, arena, &c));
    err e = capture_read(c, &limits, done, context, totals);
    recording_close(c);
    return e;
}

err capture_keys_survey(const struct capture_keys *keys, const char *path, const struct stream_choice *streams,
                        struct arena *arena, const char **note)
{
    *note = NULL;
    if (!keys->files) {
        return OK;
    }
    struct key_survey s = {.found = {.secrets = keys->secrets, .files = keys->files}, .streams = streams, .arena = arena};
    struct capture_totals totals;
    TRY(captures_read(path, survey_keys, &s, arena, &totals));
    const char *missing = capture_keys_missing(&s.found, arena);
    if (s.found.sessions == 0 || s.found.locked < s.found.sessions) {
        *note = missing ? arena_printf(arena, "%s: %s", path, missing) : NULL;
        return OK;
    }
    return err_syntax(0, arena_printf(arena, "%s: %s: it is the log of other sessions. It must come from one of the programs that "
                                             "were captured, while they were (SSLKEYLOGFILE); without --keys reading ends at the handshake",
                                      path, missing));
}

const char *captures_stem(const char *path, struct arena *arena)
{
    span name = span_text(path_base(path));
    static const char *const endings[] = {".pcap", ".pcapng", ".cap"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (span_ends(name, span_text(endings[i]))) {
            name = span_first(name, name.len - strlen(endings[i]));
            break;
        }
    }
    return arena_text(arena, name);
}

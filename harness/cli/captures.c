/* What import and replay share: choosing streams, naming captures, and one sentence for a capture in
   which there is nothing to choose. */
#include "harness/cli/captures.h"

#include "base/file.h"

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
                             : "";
    return err_syntax(0, arena_printf(arena, "%s: no TCP connection in its %llu packets%s", path,
                                      (unsigned long long)totals->packets, broken));
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

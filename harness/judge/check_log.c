/* Lines of the target's logs, and its files. */
#include "harness/judge/checks.h"

#include "base/file.h"

#include <string.h>

enum { FILE_CEILING = 256 * 1024 * 1024 };

static void add_line(const struct hearing *h, const struct expect *e, const struct log_line *line,
                     struct finding *f)
{
    if (e->field == NULL) {
        vec_add(h->arena, &f->values, line->line);
        return;
    }
    for (size_t i = 0; i < line->fields.count; i++) {
        if (strcmp(line->fields.at[i].name, e->field) == 0) {
            vec_add(h->arena, &f->values, line->fields.at[i].value);
        }
    }
}

void find_log(const struct hearing *h, const struct expect *e, struct finding *f)
{
    unsigned met = 0;
    if (!h->seen->has_log) {
        f->skipped = "surface";
        return;
    }
    for (size_t i = 0; i < h->seen->logs.count; i++) {
        const struct log_line *line = &h->seen->logs.at[i];
        size_t at = 0;
        size_t len = 0;
        if (strcmp(line->format, e->word) != 0 ||
            !pattern_found(e->has, line->line, h->b, &at, &len)) {
            continue;
        }
        met++;
        if (e->nth == 0 || e->nth == met) {
            add_line(h, e, line, f);
        }
    }
    /* A field can only be absent from a line that is there; a line may be absent itself. */
    if ((met == 0 || met < e->nth) && (e->field != NULL || e->test.kind != TEST_COUNT)) {
        f->missing = arena_printf(h->arena, "%u lines of %s have \"%s\"", met, e->word,
                                  pattern_source(e->has));
    }
}

void find_file(const struct hearing *h, const struct expect *e, struct finding *f)
{
    const char *path = hearing_fill(h, e->word, &f->missing);
    span content;
    if (path == NULL || !path_is_file(path)) {
        return;
    }
    err wrong = file_read(path, FILE_CEILING, h->arena, &content);
    if (failed(wrong)) {
        f->missing = err_text(wrong, h->arena);
        return;
    }
    vec_add(h->arena, &f->values, content);
}

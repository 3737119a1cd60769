/* A folder of scenarios may have a file `matrix` that says which of them make a table (reports/matrix.h). */
#include "harness/cli/matrix.h"

#include "base/file.h"
#include "base/rows.h"
#include "harness/cli/cli.h"
#include "reports/matrix.h"

enum { MATRIX_CEILING = 65536 };

static void folder_read(span folder, struct arena *arena, struct report *r)
{
    size_t slash = span_find_last_byte(folder, '/');
    const char *topic = arena_text(arena, slash == SPAN_NONE ? folder : span_from(folder, slash + 1));
    const char *path = arena_printf(arena, "%.*s/matrix", SPAN_FMT(folder));
    struct report_matrix matrix;
    span text;
    if (ROWS_IN(&r->matrices, span_text(topic)) != NULL) {
        return;
    }
    if (failed(file_read(path, MATRIX_CEILING, arena, &text))) {
        return; /* most folders have none */
    }
    err e = report_matrix_read(text, topic, arena, &matrix);
    if (failed(e)) {
        (void)cli_complain(0, "%s line %zu: %s", path, e.at, e.what);
    } else {
        vec_add(arena, &r->matrices, matrix);
    }
}

void cli_matrices_read(struct arena *arena, struct report *r)
{
    span last = SPAN_EMPTY;
    for (size_t i = 0; i < r->cases.count; i++) {
        span file = r->cases.at[i].file != NULL ? span_text(r->cases.at[i].file) : SPAN_EMPTY;
        size_t slash = span_find_last_byte(file, '/');
        span folder = slash == SPAN_NONE ? SPAN_EMPTY : span_first(file, slash);
        if (folder.len > 0 && !span_eq(folder, last)) {
            folder_read(folder, arena, r);
            last = folder;
        }
    }
}

/* Our own layout: a folder that is named for its kind, in it `table` and `keys.zone`, and messages
   NAME.eml. docs/vectors.md describes it. */
#include "harness/vectors/vectors.h"

#include "base/file.h"

#include <limits.h>
#include <stdlib.h>

enum { TABLE_MOST = 16 << 20, TXT_STRING = 250 };

const char *vector_cell(const struct vector_set *set, const struct vector_row *row,
                        const char *column)
{
    for (size_t i = 0; i < set->columns.count; i++) {
        if (strcmp(set->columns.at[i], column) == 0) {
            return row->cells.at[i];
        }
    }
    return "";
}

void vectors_put_txt(const char *name, span text, struct buf *out)
{
    size_t len = strlen(name);
    buf_printf(out, "%s%s TXT", name, len > 0 && name[len - 1] == '.' ? "" : ".");
    for (size_t at = 0; at == 0 || at < text.len; at += TXT_STRING) {
        span part = span_part(text, at, TXT_STRING);
        buf_put_text(out, " \"");
        for (size_t i = 0; i < part.len; i++) {
            if (part.at[i] == '"' || part.at[i] == '\\') {
                buf_put_byte(out, '\\');
            }
            buf_put_byte(out, part.at[i] == '\n' || part.at[i] == '\r' ? ' ' : part.at[i]);
        }
        buf_put_byte(out, '"');
    }
    buf_put_byte(out, '\n');
}

/* ---- keys.zone ---- */

/* `NAME SERVFAIL` of the reference's zones is `NAME TXT ! SERVFAIL` in a scenario; comments go. */
static void put_zone(span zone, struct buf *out)
{
    span line;
    while (span_line(&zone, &line)) {
        span name;
        span rest;
        line = span_trim_space(line);
        if (line.len == 0 || line.at[0] == ';' || line.at[0] == '#') {
            continue;
        }
        (void)span_split(line, ' ', &name, &rest);
        rest = span_trim(rest);
        if (span_eq(rest, SPAN("SERVFAIL")) || span_eq(rest, SPAN("TIMEOUT"))) {
            buf_printf(out, "%.*s TXT ! %.*s\n", SPAN_FMT(name), SPAN_FMT(rest));
        } else {
            buf_printf(out, "%.*s\n", SPAN_FMT(line));
        }
    }
}

/* ---- table ---- */

static span take_cell(span *line)
{
    size_t bar = span_find(*line, SPAN(" | "));
    span cell = bar == SPAN_NONE ? *line : span_first(*line, bar);
    *line = bar == SPAN_NONE ? SPAN_EMPTY : span_from(*line, bar + 3);
    return span_trim(cell);
}

/* `# NAME (of .eml) | VERDICT by the RFC | ...`: the first word of each, in lower case. */
static void take_columns(span line, struct arena *arena, texts *columns)
{
    columns->count = 0;
    while (line.len > 0) {
        span cell = take_cell(&line);
        size_t len = 0;
        while (len < cell.len && (ascii_is_alnum(cell.at[len]) || cell.at[len] == '-')) {
            len++;
        }
        char *name = arena_text(arena, span_first(cell, len));
        for (size_t i = 0; i < len; i++) {
            name[i] = (char)ascii_lower((unsigned char)name[i]);
        }
        vec_add(arena, columns, name);
    }
}

/* What a scenario's file= and a program in another folder can read. */
static const char *whole_path(const char *path, struct arena *arena)
{
    char whole[PATH_MAX];
    return arena_text(arena, span_text(realpath(path, whole) ? whole : path));
}

static err take_row(struct vector_set *set, span line, unsigned number, const char *folder,
                    struct arena *arena)
{
    struct vector_row row = {0};
    size_t told = set->columns.count - 2; /* without file, folder */
    for (size_t i = 0; i < told; i++) {
        if (line.len == 0) {
            return err_syntax(number, arena_printf(arena, "%s:%u: %zu cells are wanted, as the line "
                                                   "of columns has", set->from, number,
                                                   told));
        }
        vec_add(arena, &row.cells, arena_text(arena, take_cell(&line)));
    }
    const char *path = arena_printf(arena, "%s/%s.eml", folder, row.cells.at[0]);
    vec_add(arena, &row.cells, path_is_file(path) ? whole_path(path, arena) : "");
    vec_add(arena, &row.cells, whole_path(folder, arena));
    *vec_push(arena, &set->rows) = row;
    return OK;
}

static err check_columns(const struct vector_set *set, struct arena *arena)
{
    bool told = set->columns.count >= 4 && strcmp(set->columns.at[0], "name") == 0 &&
                strcmp(set->columns.at[1], "verdict") == 0;
    return told ? OK
                : err_syntax(0, arena_printf(arena, "%s: the columns must be told, in a line "
                                             "`# NAME | VERDICT | ...`", set->from));
}

static err read_table(struct vector_set *set, span table, const char *folder, struct arena *arena)
{
    span line;
    unsigned number = 0;
    while (span_line(&table, &line)) {
        number++;
        if (set->rows.count == 0 && span_starts(line, SPAN("#")) && span_has(line, SPAN(" | "))) {
            take_columns(span_trim(span_from(line, 1)), arena, &set->columns);
            vec_add(arena, &set->columns, "file");
            vec_add(arena, &set->columns, "folder");
        } else if (line.len > 0 && line.at[0] != '#') {
            TRY(check_columns(set, arena));
            TRY(take_row(set, line, number, folder, arena));
        }
    }
    return check_columns(set, arena);
}

static err read_folder(const char *folder, struct arena *arena, vector_sets *sets)
{
    struct vector_set *set = ARENA_NEW(arena, struct vector_set);
    span table;
    span zone = SPAN_EMPTY;
    struct buf out;
    *set = (struct vector_set){.from = path_join(arena, folder, "table")};
    set->kind = path_base(whole_path(folder, arena));
    set->id = set->kind;
    TRY(file_read(set->from, TABLE_MOST, arena, &table));
    static const char *const zones[] = {"keys.zone", "zone"};
    for (size_t i = 0; i < 2; i++) {
        const char *path = path_join(arena, folder, zones[i]);
        if (path_is_file(path)) {
            TRY(file_read(path, TABLE_MOST, arena, &zone));
        }
    }
    buf_init(&out, TABLE_MOST);
    put_zone(zone, &out);
    set->zone = buf_settle(&out, arena);
    vec_add(arena, sets, set);
    return read_table(set, table, folder, arena);
}

static bool is_suite(const char *path)
{
    return span_ends(span_text(path), SPAN(".yml")) || span_ends(span_text(path), SPAN(".yaml"));
}

err vectors_read(const char *path, const char *work, struct arena *arena, vector_sets *sets)
{
    struct dir_list names;
    if (path_is_file(path)) {
        return is_suite(path) ? vectors_read_suite(path, work, arena, sets)
                              : err_syntax(0, arena_printf(arena, "%s: neither a folder of vectors "
                                                           "nor a .yml file", path));
    }
    if (path_is_file(path_join(arena, path, "table"))) {
        return read_folder(path, arena, sets);
    }
    TRY(dir_list(path, arena, &names));
    size_t before = sets->count;
    for (size_t i = 0; i < names.count; i++) {
        const char *below = path_join(arena, path, names.names[i]);
        if (is_suite(below) || path_is_file(path_join(arena, below, "table"))) {
            TRY(vectors_read(below, work, arena, sets));
        }
    }
    return sets->count > before
               ? OK
               : err_syntax(0, arena_printf(arena, "%s: no vectors: a folder of them has a `table`, "
                                            "or files that end in .yml", path));
}

/* The layout of the public ARC test suite: YAML documents, each with tests that share their keys. Two
   kinds: a test with `cv` is to be verified, one with `sig-headers` to be sealed. */
#include "harness/vectors/vectors.h"

#include "base/file.h"

#include <yaml.h>

enum { SUITE_MOST = 64 << 20, DOCUMENTS_MOST = 10000 };

struct suite {
    const char *path;
    const char *work;
    struct arena *arena;
    vector_sets *sets;
    unsigned document;
};

/* ---- nodes ---- */

static const yaml_node_t *node_at(yaml_document_t *d, const yaml_node_t *map, const char *key)
{
    if (map == NULL || map->type != YAML_MAPPING_NODE) {
        return NULL;
    }
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
         p < map->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(d, p->key);
        if (k->type == YAML_SCALAR_NODE &&
            span_eq(span_of(k->data.scalar.value, k->data.scalar.length), span_text(key))) {
            return yaml_document_get_node(d, p->value);
        }
    }
    return NULL;
}

static span scalar(const yaml_node_t *node)
{
    return node == NULL || node->type != YAML_SCALAR_NODE
               ? SPAN_EMPTY
               : span_of(node->data.scalar.value, node->data.scalar.length);
}

static span text_at(yaml_document_t *d, const yaml_node_t *map, const char *key)
{
    return scalar(node_at(d, map, key));
}

/* ---- files of it ---- */

/* Its bodies have LF; messages have CRLF. */
static err write_message(struct suite *s, span text, bool message, const char *name,
                         const char **path)
{
    struct buf out;
    buf_init(&out, SUITE_MOST);
    for (size_t i = 0; i < text.len; i++) {
        if (message && text.at[i] == '\n' && (i == 0 || text.at[i - 1] != '\r')) {
            buf_put_byte(&out, '\r');
        }
        buf_put_byte(&out, text.at[i]);
    }
    *path = arena_printf(s->arena, "%s/suite-%zu-%s", s->work, s->sets->count, name);
    err e = file_write(*path, buf_span(&out), 0644);
    buf_wipe(&out);
    return e;
}

static const char *lower(span text, struct arena *arena)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = (char)ascii_lower((unsigned char)copy[i]);
    }
    return copy;
}

static const char *safe_name(span text, struct arena *arena)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alnum((unsigned char)copy[i]) && copy[i] != '-' && copy[i] != '_') {
            copy[i] = '_';
        }
    }
    return copy;
}

/* ---- tests ---- */

static const char *const verify_columns[] = {"name", "verdict", "clause", "file", "silent"};
static const char *const sign_columns[] = {"name",   "verdict", "clause", "domain", "selector",
                                           "key",    "srv-id",  "time",   "fields", "aar",
                                           "ams",    "as",      "file"};

static struct vector_set *set_of(struct suite *s, const char *kind, struct vector_set **made)
{
    if (*made == NULL) {
        bool sign = strcmp(kind, "arc-sign") == 0;
        const char *const *columns = sign ? sign_columns : verify_columns;
        size_t count = sign ? sizeof sign_columns / sizeof *sign_columns
                            : sizeof verify_columns / sizeof *verify_columns;
        struct vector_set *set = ARENA_NEW(s->arena, struct vector_set);
        span base = span_text(path_base(s->path));
        size_t dot = span_find_last_byte(base, '.');
        *set = (struct vector_set){
            .kind = kind, .from = s->path,
            .id = arena_printf(s->arena, "%.*s/%u", SPAN_FMT(span_first(base, dot)), s->document)};
        for (size_t i = 0; i < count; i++) {
            vec_add(s->arena, &set->columns, columns[i]);
        }
        vec_add(s->arena, s->sets, set);
        *made = set;
    }
    return *made;
}

static void add(struct suite *s, struct vector_row *row, span text)
{
    vec_add(s->arena, &row->cells, arena_text(s->arena, text));
}

/* An empty cv is what a verifier says that stops at the sealer's cv=fail: `fail`, or nothing. */
static err add_verify(struct suite *s, yaml_document_t *d, const char *name,
                      const yaml_node_t *test, const char *file, struct vector_set *set)
{
    struct vector_row *row = vec_push(s->arena, &set->rows);
    span cv = text_at(d, test, "cv");
    vec_add(s->arena, &row->cells, name);
    vec_add(s->arena, &row->cells, cv.len == 0 ? "fail" : lower(cv, s->arena));
    add(s, row, text_at(d, test, "spec"));
    vec_add(s->arena, &row->cells, file);
    vec_add(s->arena, &row->cells, cv.len == 0 ? "yes" : "");
    return OK;
}

static err add_sign(struct suite *s, yaml_document_t *d, const char *name, const yaml_node_t *test,
                    const char *file, struct vector_set *set)
{
    static const char *const keys[] = {"t", "sig-headers", "AAR", "AMS", "AS"};
    const yaml_node_t *root = yaml_document_get_root_node(d);
    struct vector_row *row = vec_push(s->arena, &set->rows);
    const char *key;
    TRY(write_message(s, text_at(d, root, "privatekey"), false, "key.pem", &key));
    vec_add(s->arena, &row->cells, name);
    vec_add(s->arena, &row->cells, text_at(d, test, "AS").len > 0 ? "sealed" : "nothing");
    add(s, row, text_at(d, test, "spec"));
    add(s, row, text_at(d, root, "domain"));
    add(s, row, text_at(d, root, "sel"));
    vec_add(s->arena, &row->cells, key);
    add(s, row, text_at(d, test, "srv-id"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        add(s, row, text_at(d, test, keys[i]));
    }
    vec_add(s->arena, &row->cells, file);
    return OK;
}

static void put_zone(struct suite *s, yaml_document_t *d, const yaml_node_t *records,
                     struct buf *zone)
{
    if (records == NULL || records->type != YAML_MAPPING_NODE) {
        return;
    }
    for (const yaml_node_pair_t *p = records->data.mapping.pairs.start;
         p < records->data.mapping.pairs.top; p++) {
        span name = scalar(yaml_document_get_node(d, p->key));
        vectors_put_txt(arena_text(s->arena, name), scalar(yaml_document_get_node(d, p->value)),
                        zone);
    }
}

static err read_document(struct suite *s, yaml_document_t *d)
{
    const yaml_node_t *root = yaml_document_get_root_node(d);
    const yaml_node_t *tests = node_at(d, root, "tests");
    struct vector_set *verify = NULL;
    struct vector_set *sign = NULL;
    if (tests == NULL || tests->type != YAML_MAPPING_NODE) {
        return err_syntax(0, arena_printf(s->arena, "%s: document %u has no `tests`", s->path,
                                          s->document));
    }
    for (const yaml_node_pair_t *p = tests->data.mapping.pairs.start;
         p < tests->data.mapping.pairs.top; p++) {
        const yaml_node_t *test = yaml_document_get_node(d, p->value);
        const char *name = safe_name(scalar(yaml_document_get_node(d, p->key)), s->arena);
        bool sealed = node_at(d, test, "sig-headers") != NULL;
        struct vector_set *set =
            sealed ? set_of(s, "arc-sign", &sign) : set_of(s, "arc", &verify);
        const char *file;
        TRY(write_message(s, text_at(d, test, "message"), true,
                          arena_printf(s->arena, "%s.eml", name), &file));
        TRY(sealed ? add_sign(s, d, name, test, file, set)
                   : add_verify(s, d, name, test, file, set));
    }
    struct buf zone;
    buf_init(&zone, SUITE_MOST);
    put_zone(s, d, node_at(d, root, "txt-records"), &zone);
    put_zone(s, d, node_at(d, root, "txt_records"), &zone);
    span text = buf_settle(&zone, s->arena);
    if (verify != NULL) {
        verify->zone = text;
    }
    if (sign != NULL) {
        sign->zone = text;
    }
    return OK;
}

static err read_documents(struct suite *s, yaml_parser_t *parser)
{
    for (s->document = 1; s->document < DOCUMENTS_MOST; s->document++) {
        yaml_document_t d;
        if (!yaml_parser_load(parser, &d)) {
            return err_syntax(parser->problem_mark.line + 1,
                              arena_printf(s->arena, "%s:%zu: %s", s->path,
                                           parser->problem_mark.line + 1,
                                           parser->problem ? parser->problem : "not YAML"));
        }
        bool over = yaml_document_get_root_node(&d) == NULL;
        err e = over ? OK : read_document(s, &d);
        yaml_document_delete(&d);
        if (over || failed(e)) {
            return e;
        }
    }
    return err_of(ERR_LIMIT, arena_printf(s->arena, "%s: more than %d documents", s->path,
                                          DOCUMENTS_MOST));
}

err vectors_read_suite(const char *path, const char *work, struct arena *arena, vector_sets *sets)
{
    struct suite s = {.path = path, .work = work, .arena = arena, .sets = sets};
    yaml_parser_t parser;
    span text;
    TRY(file_read(path, SUITE_MOST, arena, &text));
    if (!yaml_parser_initialize(&parser)) {
        return err_of(ERR_LIMIT, "libyaml has no memory");
    }
    yaml_parser_set_input_string(&parser, text.at, text.len);
    err e = read_documents(&s, &parser);
    yaml_parser_delete(&parser);
    return e;
}

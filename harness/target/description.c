/* Reads target descriptions. One row of the table for each key. */
#include "harness/target/description.h"

#include "base/rows.h"

#include <stdlib.h>

#define DEFAULT_PATIENCE 10000

struct reading {
    struct arena *arena;
    struct description *d;
    const char *file;
    unsigned line;
};

struct description_key {
    const char *name;
    err (*take)(struct reading *r, const struct description_key *key, span value);
    bool repeats;
    size_t at;           /* of the field that take_word and take_list fill */
    const char *allowed; /* take_word: the words that may stand there, with blanks between them */
    const char *remedy;  /* said of another */
};

static err wrong(const struct reading *r, const char *what)
{
    return err_syntax(r->line, arena_printf(r->arena, "%s:%u: %s", r->file, r->line, what));
}

static void take_words(struct reading *r, span value, texts *into)
{
    span word;
    while (value.len) {
        (void)span_split(span_trim(value), ' ', &word, &value);
        if (word.len) {
            vec_add(r->arena, into, arena_text(r->arena, word));
        }
    }
}

static bool is_among(span word, const char *words)
{
    span rest = span_text(words);
    span one = SPAN_EMPTY;
    while (rest.len && !span_eq(one, word)) {
        (void)span_split(rest, ' ', &one, &rest);
    }
    return span_eq(one, word);
}

static err take_word(struct reading *r, const struct description_key *key, span value)
{
    if (!is_among(value, key->allowed)) {
        return wrong(r, key->remedy);
    }
    const char **field = (const char **)(void *)((char *)r->d + key->at);
    *field = arena_text(r->arena, value);
    return OK;
}

static err take_list(struct reading *r, const struct description_key *key, span value)
{
    take_words(r, value, (texts *)(void *)((char *)r->d + key->at));
    return OK;
}

/* `usr/sbin/postdrop root:postdrop 2755, ...` */
static err take_own(struct reading *r, const struct description_key *key, span value)
{
    (void)key;
    span row;
    do {
        (void)span_split(value, ',', &row, &value);
        texts words = {0};
        span owner;
        span group;
        take_words(r, span_trim(row), &words);
        if (words.count != 3 || !span_split(span_text(words.at[1]), ':', &owner, &group) ||
            owner.len == 0 || group.len == 0) {
            return wrong(r, "own wants PATH OWNER:GROUP MODE, with commas between the rows");
        }
        char *end;
        unsigned long mode = strtoul(words.at[2], &end, 8);
        if (*end != '\0' || mode > 07777) {
            return wrong(r, "own: the mode is not octal");
        }
        *vec_push(r->arena, &r->d->owned) = (struct owned_file){
            words.at[0], arena_text(r->arena, owner), arena_text(r->arena, group), (unsigned)mode};
    } while (value.len);
    return OK;
}

static err take_reply_id(struct reading *r, const struct description_key *key, span value)
{
    (void)key;
    if (value.len < 3 || value.at[0] != '/' || value.at[value.len - 1] != '/') {
        return wrong(r, "reply-id wants a regular expression between slashes");
    }
    r->d->reply_id = arena_text(r->arena, span_part(value, 1, value.len - 2));
    return OK;
}

/* Nothing asks yet which sides of SMTP it has; a wrong word is a mistake all the same. */
static err take_roles(struct reading *r, const struct description_key *key, span value)
{
    texts roles = {0};
    take_words(r, value, &roles);
    for (size_t i = 0; i < roles.count; i++) {
        if (!is_among(span_text(roles.at[i]), key->allowed)) {
            return wrong(r, key->remedy);
        }
    }
    return OK;
}

static err take_patience(struct reading *r, const struct description_key *key, span value)
{
    (void)key;
    span number = value;
    millis unit = 1000;
    if (span_ends(value, SPAN("ms"))) {
        unit = 1;
        number = span_first(value, value.len - 2);
    } else if (span_ends(value, SPAN("s"))) {
        number = span_first(value, value.len - 1);
    }
    uint64_t n;
    if (!span_to_u64(span_trim(number), &n) || n == 0 || n > 3600000) {
        return wrong(r, "patience wants a time such as 10s or 500ms");
    }
    r->d->patience = (millis)n * unit;
    return OK;
}

#define AT(field) offsetof(struct description, field)
static const struct description_key keys[] = {
    {"clock", take_word, false, AT(clock), "env", "clock can only be env: the program reads $ASSAY_ENV"},
    {"isolation", take_word, false, AT(isolation), "namespaces ports", "isolation is namespaces or ports"},
    {"language", take_word, false, AT(language), "exim", "unknown language; the only one is exim"},
    {"own", take_own, true, 0, NULL, NULL},
    {"patience", take_patience, false, 0, NULL, NULL},
    {"peer", take_list, true, AT(peers), NULL, NULL},
    {"reload", take_word, false, AT(reload), "SIGHUP", "reload can only be SIGHUP"},
    {"reply-id", take_reply_id, false, 0, NULL, NULL},
    {"roles", take_roles, false, 0, "server client", "roles are server and client"},
    {"user", take_list, true, AT(users), NULL, NULL},
};

/* `log exim-main date-time because ...`: a log's surface is two words. */
static err take_mask(struct reading *r, span text)
{
    size_t at = span_find(text, SPAN(" because "));
    if (at == SPAN_NONE) {
        return wrong(r, "a mask without a reason; write `mask SURFACE WHAT because REASON`");
    }
    texts words = {0};
    take_words(r, span_first(text, at), &words);
    size_t surface_words = words.count && strcmp(words.at[0], "log") == 0 ? 2 : 1;
    if (words.count <= surface_words) {
        return wrong(r, "a mask wants a surface (wire, spool, log FORMAT) and what is hidden");
    }
    struct mask mask = {
        .surface = surface_words == 2 ? arena_printf(r->arena, "log %s", words.at[1]) : words.at[0],
        .because = arena_text(r->arena, span_trim(span_from(text, at + sizeof " because " - 1))),
        .what = words.at[surface_words],
    };
    for (size_t i = surface_words + 1; i < words.count; i++) {
        mask.what = arena_printf(r->arena, "%s %s", mask.what, words.at[i]);
    }
    *vec_push(r->arena, &r->d->masks) = mask;
    return OK;
}

static err take_line(struct reading *r, span line, bool *seen)
{
    span key;
    span value;
    if (span_find_byte(line, '\0') != SPAN_NONE) {
        return wrong(r, "a NUL octet; descriptions are text");
    }
    if (span_starts(line, SPAN("mask "))) {
        return take_mask(r, span_trim(span_from(line, 5)));
    }
    if (!span_split(line, '=', &key, &value)) {
        return wrong(r, "neither `key = value` nor `mask ...`");
    }
    key = span_trim(key);
    value = span_trim(value);
    const struct description_key *row = ROWS_FIND(keys, key);
    if (!row) {
        const char *near = ROWS_SUGGEST(keys, key);
        return wrong(
            r, arena_printf(r->arena, "unknown key %.*s%s%s%s", SPAN_FMT(key),
                            near ? "; did you mean " : "; docs/how-to-add-a-target.md lists them",
                            near ? near : "", near ? "?" : ""));
    }
    if (value.len == 0) {
        return wrong(r, arena_printf(r->arena, "%s has no value", row->name));
    }
    if (seen[row - keys] && !row->repeats) {
        return wrong(r, arena_printf(r->arena, "%s stands twice", row->name));
    }
    seen[row - keys] = true;
    return row->take(r, row, value);
}

/* Behind a blank, `#` begins a comment; in front of everything too. */
static span without_comment(span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] == '#' && (i == 0 || ascii_is_blank(line.at[i - 1]))) {
            return span_first(line, i);
        }
    }
    return line;
}

err description_read(const char *file, span text, struct arena *arena, struct description *d)
{
    bool seen[sizeof keys / sizeof *keys] = {false};
    struct reading r = {arena, d, file, 0};
    span line;
    *d = (struct description){.file = file, .patience = DEFAULT_PATIENCE};
    while (span_line(&text, &line)) {
        r.line++;
        line = span_trim_space(without_comment(line));
        if (line.len) {
            TRY(take_line(&r, line, seen));
        }
    }
    return OK;
}

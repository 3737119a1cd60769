/* Two surfaces hold the same octets. A mailbox keeps LF where the wire had CRLF, so a body taken
   from a mailbox is compared with line ends made equal; all else is compared as it is. */
#include "harness/judge/checks.h"

#include "base/file.h"
#include "base/hex.h"
#include "harness/judge/mime.h"
#include "harness/scenario/read.h"

#include <string.h>

enum { FILE_CEILING = 256 * 1024 * 1024, COLUMNS = 56, DETAIL_OCTETS = 64 * 1024 };

struct octets {
    span bytes;
    bool stored;         /* line ends are those of a file system */
    const char *skipped;
    const char *missing;
};

typedef void octets_of(const struct hearing *h, const struct object *o, const char *word,
                       struct octets *out);

static void of_mail(const struct hearing *h, const struct object *o, const char *word,
                    struct octets *out)
{
    bool actor = hearing_actor(h, word) != SIZE_MAX;
    mail_list mails = {0};
    if (!h->seen->has_mail && !actor) {
        out->skipped = "surface";
        return;
    }
    hearing_mails(h, word, o->number, &mails);
    if (mails.count != 1) {
        out->missing =
            arena_printf(h->arena, "%zu mails %s, where one is meant", mails.count, word);
        return;
    }
    struct mime_part part;
    mime_split(mails.at[0]->raw, h->arena, &part);
    out->bytes = actor ? part.body : mails.at[0]->body;
    out->stored = !actor;
}

static bool has_names(const struct scenario *s, const char *message)
{
    for (size_t i = 0; i < s->sections.count; i++) {
        const struct section *section = &s->sections.at[i];
        if (section->kind == SECTION_MESSAGE && strcmp(section->name, message) == 0) {
            return section->has_names;
        }
    }
    return false;
}

static void of_message(const struct hearing *h, const struct object *o, const char *word,
                       struct octets *out)
{
    (void)o;
    span octets;
    struct mime_part part;
    if (!scenario_message(h->s, word, &octets)) {
        out->missing = arena_printf(h->arena, "no message section %s", word);
        return;
    }
    const char *unbound = NULL;
    if (has_names(h->s, word) && !bindings_fill(h->b, octets, h->arena, &octets, &unbound)) {
        out->missing = arena_printf(h->arena, "@{%s} is not bound", unbound);
        return;
    }
    mime_split(octets, h->arena, &part);
    out->bytes = part.body;
}

static void of_spool(const struct hearing *h, const struct object *o, const char *word,
                     struct octets *out)
{
    if (!h->seen->has_spool) {
        out->skipped = "surface";
        return;
    }
    const struct spool_entry *m = hearing_spool(h, word, &out->missing);
    if (m != NULL) {
        out->bytes = o->kind == OBJECT_SPOOL_HEADER ? m->raw_header : m->raw_data;
    }
}

static void of_file(const struct hearing *h, const struct object *o, const char *word,
                    struct octets *out)
{
    (void)o;
    err e = file_read(word, FILE_CEILING, h->arena, &out->bytes);
    out->missing = failed(e) ? err_text(e, h->arena) : NULL;
}

static void of_wire(const struct hearing *h, const struct object *o, const char *word,
                    struct octets *out)
{
    out->bytes = transcript_side(h->t, hearing_actor(h, word), o->number, o->side, h->arena);
}

struct object_row {
    const char *name;
    octets_of *find;
};

static const struct object_row object_rows[] = {
    [OBJECT_MAIL] = { "mail body", of_mail },
    [OBJECT_MESSAGE] = { "message body", of_message },
    [OBJECT_SPOOL_HEADER] = { "spool header", of_spool },
    [OBJECT_SPOOL_DATA] = { "spool data", of_spool },
    [OBJECT_FILE] = { "file", of_file },
    [OBJECT_WIRE] = { "wire", of_wire },
};

static void find_octets(const struct hearing *h, const struct object *o, struct octets *out)
{
    const char *unbound = NULL;
    const char *word = hearing_fill(h, o->word, &unbound);
    *out = (struct octets){.bytes = SPAN_EMPTY};
    if (word == NULL) {
        out->missing = arena_printf(h->arena, "@{%s} is not bound", unbound);
        return;
    }
    object_rows[o->kind].find(h, o, word, out);
}

/* CRLF to LF. */
static span lf_only(span bytes, struct arena *arena)
{
    unsigned char *out = arena_take(arena, bytes.len + 1);
    size_t put = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] != '\r' || i + 1 >= bytes.len || bytes.at[i + 1] != '\n') {
            out[put++] = bytes.at[i];
        }
    }
    return span_of(out, put);
}

void check_same(const struct hearing *h, const struct expect *e, struct judgement *j)
{
    struct octets left;
    struct octets right;
    find_octets(h, &e->left, &left);
    find_octets(h, &e->right, &right);
    const char *left_name =
        arena_printf(h->arena, "%s %s", object_rows[e->left.kind].name, e->left.word);
    const char *right_name =
        arena_printf(h->arena, "%s %s", object_rows[e->right.kind].name, e->right.word);
    j->wanted = arena_printf(h->arena, "%s = %s", left_name, right_name);
    j->skipped = left.skipped != NULL ? left.skipped : right.skipped;
    const char *missing = left.missing != NULL ? left.missing : right.missing;
    if (j->skipped != NULL || missing != NULL) {
        j->got = missing != NULL ? missing : "the target has no such surface";
        return;
    }
    if (left.stored || right.stored) {
        left.bytes = lf_only(left.bytes, h->arena);
        right.bytes = lf_only(right.bytes, h->arena);
    }
    size_t at = hex_first_difference(left.bytes, right.bytes);
    j->ok = at == SPAN_NONE;
    if (j->ok) {
        j->got = "the same";
        return;
    }
    j->got = arena_printf(h->arena, "they differ from octet %zu on (%zu and %zu octets)", at,
                          left.bytes.len, right.bytes.len);
    struct buf out;
    buf_init(&out, DETAIL_OCTETS);
    hex_side_by_side(left_name, left.bytes, right_name, right.bytes, COLUMNS, 3, &out);
    j->detail = arena_text(h->arena, buf_span(&out));
    buf_wipe(&out);
}

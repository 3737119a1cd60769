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

static void of_mail(const struct hearing *h, unsigned number, const char *word, struct octets *out)
{
    bool actor = hearing_actor(h, word) != SIZE_MAX;
    mail_list mails = {0};
    if (!h->seen->has_mail && !actor) {
        out->skipped = "surface";
        return;
    }
    hearing_mails(h, word, number, &mails);
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

static void of_message(const struct hearing *h, const char *word, struct octets *out)
{
    span octets;
    struct mime_part part;
    if (!scenario_message(h->s, word, &octets)) {
        out->missing = arena_printf(h->arena, "no message section %s", word);
        return;
    }
    const char *unbound = NULL;
    const struct section *section = scenario_section(h->s, SECTION_MESSAGE, word);
    bool names = section != NULL && section->has_names;
    if (names && !bindings_fill(h->b, octets, h->arena, &octets, &unbound)) {
        out->missing = arena_printf(h->arena, "@{%s} is not bound", unbound);
        return;
    }
    mime_split(octets, h->arena, &part);
    out->bytes = part.body;
}

static void of_spool(const struct hearing *h, bool header, const char *word, struct octets *out)
{
    if (!h->seen->has_spool) {
        out->skipped = "surface";
        return;
    }
    const struct spool_entry *m = hearing_spool(h, word, &out->missing);
    if (m != NULL) {
        out->bytes = header ? m->raw_header : m->raw_data;
    }
}

static void of_file(const struct hearing *h, const char *word, struct octets *out)
{
    err e = file_read(word, FILE_CEILING, h->arena, &out->bytes);
    out->missing = failed(e) ? err_text(e, h->arena) : NULL;
}

static const char *const object_names[] = {
    [OBJECT_MAIL] = "mail body",       [OBJECT_MESSAGE] = "message body", [OBJECT_SPOOL_HEADER] = "spool header",
    [OBJECT_SPOOL_DATA] = "spool data", [OBJECT_FILE] = "file",            [OBJECT_WIRE] = "wire",
};

static void find_octets(const struct hearing *h, const struct object *o, struct octets *out)
{
    *out = (struct octets){.bytes = SPAN_EMPTY};
    const char *word = hearing_fill(h, o->word, &out->missing);
    if (word == NULL) {
        return;
    }
    switch (o->kind) {
    case OBJECT_MAIL: of_mail(h, o->number, word, out); break;
    case OBJECT_MESSAGE: of_message(h, word, out); break;
    case OBJECT_SPOOL_HEADER: of_spool(h, true, word, out); break;
    case OBJECT_SPOOL_DATA: of_spool(h, false, word, out); break;
    case OBJECT_FILE: of_file(h, word, out); break;
    case OBJECT_WIRE:
        out->bytes = transcript_side(h->t, hearing_actor(h, word), o->number, o->side, h->arena);
        break;
    }
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
        arena_printf(h->arena, "%s %s", object_names[e->left.kind], e->left.word);
    const char *right_name =
        arena_printf(h->arena, "%s %s", object_names[e->right.kind], e->right.word);
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
    j->got = arena_printf(h->arena, "they differ from octet %zu on (%zu and %zu octets)", at + 1,
                          left.bytes.len, right.bytes.len);
    struct buf out;
    buf_init(&out, DETAIL_OCTETS);
    hex_side_by_side(left_name, left.bytes, right_name, right.bytes, COLUMNS, 3, &out);
    j->detail = buf_settle_text(&out, h->arena);
}

/* The wire says that a message was taken; the spool says which. Entries find each other by the ids in
   the two replies that took them. */
#include "harness/replay/spool.h"

#include "base/file.h"
#include "base/hex.h"
#include "harness/observe/formats.h"

#define SPOOL_FILE_CEILING ((size_t)256 << 20)

const struct spool_mask replay_spool_masks[] = {
    {"Received", true, "it names the host, software, id and time of whoever received the message"},
    {"Date", false, "where the client sent none a server may add its own (RFC 5321 6.4)"},
    {"Message-ID", false, "where the client sent none a server may add its own (RFC 5321 6.4)"},
    {NULL, false, NULL},
};

/* An id of Exim's form in a reply, as the name of a file in folder; NULL if there is none. */
static const char *id_in(span reply, const char *folder, struct arena *arena)
{
    static const size_t lengths[] = {16, 23};
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i + lengths[l] <= reply.len; i++) {
            span id = span_part(reply, i, lengths[l]);
            const char *name = observe_is_exim_id(id) ? arena_text(arena, id) : NULL;
            if (name && path_is_file(path_join(arena, folder, arena_printf(arena, "%s-H", name)))) {
                return name;
            }
        }
    }
    return NULL;
}

static err read_message(const char *folder, const char *id, struct arena *arena, struct spool_entry *entry)
{
    const char *header = path_join(arena, folder, arena_printf(arena, "%s-H", id));
    const char *data = path_join(arena, folder, arena_printf(arena, "%s-D", id));
    span header_octets, data_octets;
    TRY(err_in(file_read(header, SPOOL_FILE_CEILING, arena, &header_octets), arena, "%s", header));
    TRY(err_in(file_read(data, SPOOL_FILE_CEILING, arena, &data_octets), arena, "%s", data));
    return err_in(exim_spool_read(header_octets, data_octets, arena, entry), arena, "%s", header);
}

err replay_spool_read(const struct dialogue *d, const char *folder, struct arena *arena,
                      struct recorded_spool *spool)
{
    *spool = (struct recorded_spool){.folder = folder};
    for (size_t i = 0; folder && i < d->said[CAPTURE_SERVER].count; i++) {
        const struct said *s = &d->said[CAPTURE_SERVER].at[i];
        const char *id = s->kind == SAID_REPLY && s->code == 250
                             ? id_in(said_octets(d, CAPTURE_SERVER, s), folder, arena)
                             : NULL;
        if (id) {
            struct recorded_message *m = vec_push(arena, &spool->messages);
            *m = (struct recorded_message){.recorded = i, .id = id};
            TRY(read_message(folder, id, arena, &m->entry));
        }
    }
    return OK;
}

/* ---- comparing ---- */

struct comparing {
    struct arena *arena;
    struct comparison *c;
    struct buf *detail;
    const struct dialogue *d;
    const struct recorded_message *message;
};

static void differ(struct comparing *k, const char *field, span was, span is)
{
    *vec_push(k->arena, &k->c->differences) = (struct difference){
        .kind = DIFFERS_SPOOL,
        .fails = true,
        .turn = k->d->said[CAPTURE_SERVER].at[k->message->recorded].turn,
        .recorded = k->message->recorded,
        .got = SAID_NONE,
        .what = arena_printf(k->arena, "message %s of the recording: %s differs", k->message->id, field),
    };
    if (k->detail->len == 0) {
        buf_printf(k->detail, "spool entry of message %s: %s\n", k->message->id, field);
        hex_side_by_side("recorded", was, "got", is, 60, 3, k->detail);
    }
}

static span recipients(const struct spool_entry *e, struct arena *arena)
{
    struct buf out;
    buf_init(&out, SPOOL_FILE_CEILING);
    for (size_t i = 0; i < e->rcpts.count; i++) {
        buf_put(&out, e->rcpts.at[i].address);
        buf_put_byte(&out, '\n');
    }
    return buf_settle(&out, arena);
}

static bool has_field(const struct spool_entry *e, const char *name)
{
    for (size_t i = 0; i < e->headers.count; i++) {
        if (span_eq_caseless(span_text(e->headers.at[i].name), span_text(name))) {
            return true;
        }
    }
    return false;
}

static bool is_masked(const char *name, const struct spool_entry *other)
{
    for (const struct spool_mask *m = replay_spool_masks; m->name; m++) {
        if (span_eq_caseless(span_text(m->name), span_text(name))) {
            return m->always || !has_field(other, name);
        }
    }
    return false;
}

static span headers(const struct spool_entry *e, const struct spool_entry *other, struct arena *arena)
{
    struct buf out;
    buf_init(&out, SPOOL_FILE_CEILING);
    for (size_t i = 0; i < e->headers.count; i++) {
        if (!is_masked(e->headers.at[i].name, other)) {
            buf_printf(&out, "%s:", e->headers.at[i].name);
            buf_put(&out, e->headers.at[i].value);
            buf_put_byte(&out, '\n');
        }
    }
    return buf_settle(&out, arena);
}

static void compare_entry(struct comparing *k, const struct spool_entry *got)
{
    const struct spool_entry *was = &k->message->entry;
    const struct {
        const char *name;
        span was, is;
    } fields[] = {
        {"the sender", was->sender, got->sender},
        {"the list of recipients", recipients(was, k->arena), recipients(got, k->arena)},
        {"the header", headers(was, got, k->arena), headers(got, was, k->arena)},
        {"the body", was->body, got->body},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (!span_eq(fields[i].was, fields[i].is)) {
            differ(k, fields[i].name, fields[i].was, fields[i].is);
        }
    }
}

/* The reply that stands for the recorded one, if it has the same code. */
static bool paired(const struct comparing *k, const struct replay_said *said, span *reply)
{
    for (size_t i = 0; i < k->c->pairs.count; i++) {
        const struct reply_pair *p = &k->c->pairs.at[i];
        if (p->recorded == k->message->recorded && p->got != SAID_NONE && said->replies.at[p->got].code == 250) {
            *reply = replay_octets(said, p->got);
            return true;
        }
    }
    return false;
}

void replay_spool_compare(const struct dialogue *d, const struct replay_said *said,
                          const struct recorded_spool *spool, const struct observation *seen,
                          struct arena *arena, struct comparison *c, struct buf *detail)
{
    for (size_t i = 0; i < spool->messages.count; i++) {
        struct comparing k = {arena, c, detail, d, &spool->messages.at[i]};
        span reply;
        if (!paired(&k, said, &reply)) {
            continue; /* the wire's difference says it */
        }
        const struct spool_entry *got = NULL;
        for (size_t e = 0; e < seen->spool.count && !got; e++) {
            got = span_has(reply, span_text(seen->spool.at[e].id)) ? &seen->spool.at[e] : NULL;
        }
        if (got) {
            compare_entry(&k, got);
        } else {
            differ(&k, "its entry: it was accepted and is not there;", SPAN("queued"), SPAN("nothing"));
        }
    }
}

/* Reports of success that are owed. A delivery is in -J before its sender can be told of it, and what a
   crash in between must not take is how it was: so the line in -J has another one in front of it, which
   moves into the tree of -H as every line does, and is dropped when the report is stored. A redirection that was
   reported leaves one that stays, for its members may be tried again. No address begins as these do; to a
   program that does not know them they are recipients that nobody has. */
#include "ref/queue/round.h"

#include "base/buf.h"

enum { REPLY_MOST = 512 };

#define OWED SPAN("dsn\t")
#define TOLD SPAN("told\t")

static const char *const words[] = {
    [DSN_ACTION_DELIVERED] = "delivered", [DSN_ACTION_RELAYED] = "relayed"};

static enum dsn_action action_of(const struct delivery_address *a)
{
    bool relayed = a->transport != NULL && a->transport->driver == TRANSPORT_SMTP;
    return relayed ? DSN_ACTION_RELAYED : DSN_ACTION_DELIVERED;
}

/* RFC 3461 5.2.2 and 5.2.3: a success is told by the last server that speaks DSN. */
static bool is_owed(const struct queue_round *round, const struct delivery_address *a)
{
    bool told_by_next = a->result.dsn_passed && !a->last_hop;
    return (a->notify & DSN_SUCCESS) != 0 && !told_by_next &&
           round->message.envelope.sender.len > 0;
}

void round_owe(struct queue_round *round, const struct delivery_address *a)
{
    if (is_owed(round, a)) {
        vec_add(round->arena, &round->arrived, ((struct dsn_about){a, action_of(a)}));
    }
}

/* --- as lines ------------------------------------------------------------------------------------- */

static void field_put(span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        buf_put_byte(out, c < 32 || c == 127 ? ' ' : c);
    }
    buf_put_byte(out, '\t');
}

span round_owed_line(struct queue_round *round, const struct delivery_address *a)
{
    const struct delivery_result *r = &a->result;
    char ip[64] = "";
    struct buf line;
    if (!is_owed(round, a)) {
        return SPAN_EMPTY;
    }
    if (r->host != NULL && r->host->address.len > 0) {
        address_host(&r->host->address, ip, sizeof ip);
    }
    buf_init(&line, 4096);
    buf_put(&line, OWED);
    field_put(span_text(words[action_of(a)]), &line);
    field_put(span_text(arena_printf(round->arena, "%zu", a->top)), &line);
    field_put(r->host != NULL ? r->host->name : SPAN_EMPTY, &line);
    field_put(span_text(ip), &line);
    field_put(span_first(r->confirmation, REPLY_MOST), &line);
    buf_put(&line, a->unique);
    return buf_settle(&line, round->arena);
}

/* What a line says, in the place of the delivery that it is about; false: it says nothing. */
static bool line_read(struct queue_round *round, span line, struct dsn_about *about, span *key)
{
    const struct envelope *e = &round->message.envelope;
    span word, top, name, ip, reply;
    uint64_t number;
    if (!span_starts(line, OWED)) {
        return false;
    }
    span rest = span_from(line, OWED.len);
    if (!span_split(rest, '\t', &word, &rest) || !span_split(rest, '\t', &top, &rest) ||
        !span_split(rest, '\t', &name, &rest) || !span_split(rest, '\t', &ip, &rest) ||
        !span_split(rest, '\t', &reply, key) || !span_to_u64(top, &number) ||
        number >= e->recipients.count) {
        return false;
    }
    const struct recipient *r = &e->recipients.at[number];
    struct delivery_address *a = ARENA_NEW(round->arena, struct delivery_address);
    struct route_host *host = ARENA_NEW(round->arena, struct route_host);
    a->address = r->address;
    a->unique = *key;
    a->top = (size_t)number;
    a->orcpt = r->orcpt;
    a->notify = r->notify;
    a->errors_to = r->errors_to;
    a->has_errors_to = r->errors_to.len > 0;
    host->name = name;
    if (name.len > 0 && address_parse(ip, 0, &host->address)) {
        a->result.host = host;
    }
    a->result.confirmation = reply;
    bool relayed = span_eq(word, span_text(words[DSN_ACTION_RELAYED]));
    *about = (struct dsn_about){a, relayed ? DSN_ACTION_RELAYED : DSN_ACTION_DELIVERED};
    return true;
}

/* --- from one attempt to the next ----------------------------------------------------------------- */

void round_owed_begin(struct queue_round *round)
{
    const struct envelope *e = &round->message.envelope;
    for (size_t i = 0; i < e->done.count; i++) {
        struct dsn_about about;
        span key;
        if (line_read(round, e->done.at[i], &about, &key) && round_is_done(round, key)) {
            vec_add(round->arena, &round->arrived, about);
        }
    }
}

bool round_is_told(const struct queue_round *round, span address)
{
    return round_is_done(round, span_text(arena_printf(round->arena, "%.*s%.*s", SPAN_FMT(TOLD),
                                                       SPAN_FMT(address))));
}

void round_told(struct queue_round *round)
{
    struct envelope *e = &round->message.envelope;
    size_t kept = 0;
    for (size_t i = 0; i < e->done.count; i++) {
        if (!span_starts(e->done.at[i], OWED)) {
            e->done.at[kept++] = e->done.at[i];
        }
    }
    round->recorded |= kept < e->done.count;
    e->done.count = kept;
    round->done = spool_journal_done(e, round->arena);
    for (size_t i = 0; i < round->arrived.count; i++) {
        span address = round->arrived.at[i].address->address;
        if (!round_is_done(round, round->arrived.at[i].address->unique)) {
            round_done_add(round, span_text(arena_printf(round->arena, "%.*s%.*s", SPAN_FMT(TOLD),
                                                         SPAN_FMT(address))));
        }
    }
    round->arrived.count = 0;
}

/* Questions and answers. Every length is checked against what is there; a name in a question may
   hold no pointer, since nothing stands before it that one could point to. */
#include "harness/target/dnsd_wire.h"

#include "base/cursor.h"

#define HEADER_OCTETS 12
#define PLAIN_ROOM 512   /* RFC 1035 4.2.1 */
#define WHOLE_ROOM 65535
#define OWN_ROOM 1232    /* what OPT of ours says we take */
#define TYPE_OPT 41
#define CLASS_IN 1
#define LINKS_FOLLOWED 8
#define BIT_ANSWER 0x8000u
#define BIT_AUTHORITY 0x0400u
#define BIT_CUT 0x0200u
#define BIT_WANTED 0x0100u
#define BIT_CAN 0x0080u

enum rcode { RCODE_OK = 0, RCODE_FORMERR = 1, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3,
             RCODE_NOTIMP = 4, RCODE_REFUSED = 5 };

static bool take_name(struct cursor *c, struct arena *arena, span *name)
{
    size_t begin = c->pos;
    unsigned char len = 1;
    while (len != 0) {
        span label;
        if (!cursor_take_any(c, &len) || len > 63 || !cursor_take_count(c, len, &label) ||
            c->pos - begin > 255) {
            return false;
        }
    }
    span as_it_is = span_part(c->in, begin, c->pos - begin);
    unsigned char *low = arena_take(arena, as_it_is.len);
    for (size_t i = 0; i < as_it_is.len; i++) {
        low[i] = ascii_lower(as_it_is.at[i]);
    }
    *name = span_of(low, as_it_is.len);
    return true;
}

/* OPT says how much the asker takes: RFC 6891 6.1.2. Other records in a question are passed over; one
   that cannot be read is left alone. */
static void take_options(struct cursor *c, unsigned records, struct arena *arena,
                         struct dnsd_question *q)
{
    for (unsigned i = 0; i < records; i++) {
        span name;
        span data;
        uint16_t type;
        uint16_t size;
        uint16_t len;
        uint32_t ttl;
        if (!take_name(c, arena, &name) || !cursor_take_be16(c, &type) ||
            !cursor_take_be16(c, &size) || !cursor_take_be32(c, &ttl) ||
            !cursor_take_be16(c, &len) || !cursor_take_count(c, len, &data)) {
            return;
        }
        if (type == TYPE_OPT) {
            q->extended = true;
            q->room = size > PLAIN_ROOM ? size : PLAIN_ROOM;
        }
    }
}

bool dnsd_question_read(span packet, struct arena *arena, struct dnsd_question *q)
{
    struct cursor c = cursor_of(packet);
    uint16_t flags;
    uint16_t counts[4];
    *q = (struct dnsd_question){.asked = SPAN_EMPTY, .room = PLAIN_ROOM};
    if (!cursor_take_be16(&c, &q->id) || !cursor_take_be16(&c, &flags)) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        if (!cursor_take_be16(&c, &counts[i])) {
            return false;
        }
    }
    if ((flags & BIT_ANSWER) != 0) {
        return false; /* two servers must not talk to each other for ever */
    }
    q->opcode = flags >> 11 & 15;
    q->recursion = (flags & BIT_WANTED) != 0;
    if (counts[0] != 1 || !take_name(&c, arena, &q->name) || !cursor_take_be16(&c, &q->type) ||
        !cursor_take_be16(&c, &q->class_)) {
        return true;
    }
    q->asked = span_part(packet, HEADER_OCTETS, c.pos - HEADER_OCTETS);
    take_options(&c, (unsigned)counts[1] + counts[2] + counts[3], arena, q);
    return true;
}

/* ---- answers ---- */

struct answer {
    const struct dnsd_zone *zone;
    const struct dnsd_question *q;
    struct buf records;
    unsigned count;
    bool cut;
    bool known; /* the name, or one below it */
};

static void put16(struct buf *out, unsigned value)
{
    buf_put_byte(out, (unsigned char)(value >> 8 & 255));
    buf_put_byte(out, (unsigned char)(value & 255));
}

static void put_record(struct answer *a, const struct dnsd_record *r)
{
    buf_put(&a->records, r->name);
    put16(&a->records, r->type);
    put16(&a->records, CLASS_IN);
    put16(&a->records, 0);
    put16(&a->records, 60); /* seconds: of no importance, a case is short */
    put16(&a->records, (unsigned)r->data.len);
    buf_put(&a->records, r->data);
    a->count++;
}

/* name is, or is above, the record's: RFC 8020, an empty name between others exists too. */
static bool is_above(span name, span other)
{
    while (other.len > 0 && !span_eq(name, other)) {
        other = other.at[0] == 0 ? SPAN_EMPTY : span_from(other, (size_t)other.at[0] + 1);
    }
    return other.len > 0 && name.len > 1;
}

static bool answers_type(const struct dnsd_record *r, uint16_t type)
{
    return r->type == type || type == DNSD_TYPE_ANY;
}

/* One name: what a row says in place of data, else its records. *next is where a CNAME leads. */
static enum dnsd_way look_up(struct answer *a, span name, span *next)
{
    const struct dnsd_record *link = NULL;
    unsigned before = a->count;
    *next = SPAN_EMPTY;
    for (size_t i = 0; i < a->zone->records.count; i++) {
        const struct dnsd_record *r = &a->zone->records.at[i];
        a->known = a->known || is_above(name, r->name);
        if (!span_eq(r->name, name)) {
            continue;
        }
        if (answers_type(r, a->q->type)) {
            if (r->way == DNSD_SERVFAIL || r->way == DNSD_TIMEOUT) {
                return r->way;
            }
            a->cut = a->cut || r->way == DNSD_TRUNCATE;
            put_record(a, r);
        } else if (r->type == DNSD_TYPE_CNAME && r->way != DNSD_SERVFAIL &&
                   r->way != DNSD_TIMEOUT) {
            link = r;
        }
    }
    if (a->count == before && link != NULL) {
        put_record(a, link);
        *next = link->data;
    }
    return DNSD_DATA;
}

/* Follows CNAMEs, as whoever asks for recursion expects. */
static enum dnsd_way look_up_all(struct answer *a)
{
    span name = a->q->name;
    enum dnsd_way way = DNSD_DATA;
    for (unsigned i = 0; i < LINKS_FOLLOWED && name.len > 0 && way == DNSD_DATA; i++) {
        span next;
        way = look_up(a, name, &next);
        name = next;
    }
    return way;
}

static void put_answer(const struct dnsd_question *q, unsigned rcode, bool cut,
                       const struct answer *a, struct buf *out)
{
    bool whole = a != NULL && !cut;
    put16(out, q->id);
    put16(out, BIT_ANSWER | BIT_AUTHORITY | BIT_CAN | q->opcode << 11 | rcode |
                   (cut ? BIT_CUT : 0u) | (q->recursion ? BIT_WANTED : 0u));
    put16(out, q->asked.len > 0 ? 1 : 0);
    put16(out, whole ? a->count : 0);
    put16(out, 0);
    put16(out, q->extended ? 1 : 0);
    buf_put(out, q->asked);
    if (whole) {
        buf_put(out, buf_span(&a->records));
    }
    if (q->extended) {
        buf_put_byte(out, 0);
        put16(out, TYPE_OPT);
        put16(out, OWN_ROOM);
        put16(out, 0);
        put16(out, 0);
        put16(out, 0);
    }
}

static enum dnsd_said answer_known(struct answer *a, bool udp, struct buf *out)
{
    enum dnsd_way way = look_up_all(a);
    if (way == DNSD_TIMEOUT) {
        return DNSD_SILENT;
    }
    if (way == DNSD_SERVFAIL) {
        put_answer(a->q, RCODE_SERVFAIL, false, NULL, out);
        return DNSD_FAILED;
    }
    size_t octets = HEADER_OCTETS + a->q->asked.len + a->records.len + (a->q->extended ? 11u : 0u);
    if (buf_full(&a->records) || (!udp && octets > WHOLE_ROOM)) {
        put_answer(a->q, RCODE_SERVFAIL, false, NULL, out);
        return DNSD_FAILED;
    }
    bool cut = udp && (a->cut || octets > a->q->room);
    bool unknown = a->count == 0 && !a->known;
    put_answer(a->q, unknown ? RCODE_NXDOMAIN : RCODE_OK, cut, a, out);
    return cut ? DNSD_CUT : unknown ? DNSD_UNKNOWN : a->count == 0 ? DNSD_EMPTY : DNSD_ANSWERS;
}

enum dnsd_said dnsd_answer(const struct dnsd_zone *z, const struct dnsd_question *q, bool udp,
                           struct buf *out)
{
    if (q->opcode != 0 || q->asked.len == 0 || q->class_ != CLASS_IN) {
        unsigned rcode = q->opcode != 0 ? RCODE_NOTIMP
                         : q->asked.len == 0 ? RCODE_FORMERR
                                             : RCODE_REFUSED;
        put_answer(q, rcode, false, NULL, out);
        return DNSD_REFUSED;
    }
    struct answer a = {.zone = z, .q = q};
    buf_init(&a.records, WHOLE_ROOM);
    enum dnsd_said said = answer_known(&a, udp, out);
    buf_wipe(&a.records);
    return said;
}

/* The comparison. Replies are paired by their codes, so that one that is missing or too many does not
   make all that follow look wrong; only then are the pairs looked at. What differs is given the
   kind that tells most: a changed code hides a changed text. */
#include "harness/replay/compare.h"

#include "base/hex.h"

#define TABLE_CEILING ((size_t)4 << 20)

const char *difference_name(enum difference_kind kind)
{
    static const char *const names[DIFFERENCE_KIND_COUNT] = {
        [DIFFERS_TEXT] = "text",           [DIFFERS_EXTENSIONS] = "extensions",
        [DIFFERS_CODE] = "code",           [DIFFERS_STATUS] = "enhanced code",
        [DIFFERS_ORDER] = "order",         [DIFFERS_MISSING] = "missing reply",
        [DIFFERS_ADDITIONAL] = "additional reply", [DIFFERS_FLIGHTS] = "flights",
        [DIFFERS_HANDSHAKE] = "handshake",
        [DIFFERS_CLOSE] = "close",         [DIFFERS_TIMEOUT] = "timeout",
        [DIFFERS_SPOOL] = "spool",
    };
    return names[kind];
}

span replay_octets(const struct replay_said *said, size_t got)
{
    const struct replay_reply *r = &said->replies.at[got];
    return span_part(buf_span(&said->octets), r->at, r->len);
}

/* ---- pairing ---- */

struct pairing {
    const struct dialogue *d;
    const struct replay_said *said;
    struct arena *arena;
    VEC(size_t) recorded; /* items that are replies */
};

static unsigned recorded_code(const struct pairing *p, size_t i)
{
    return p->d->said[CAPTURE_SERVER].at[p->recorded.at[i]].code;
}

/* A pair of the same code in the same flight is free; another code costs one, another flight too; alone
   each costs one. */
static size_t pair_cost(const struct pairing *p, size_t i, size_t k)
{
    const struct replay_reply *got = &p->said->replies.at[k];
    size_t turn = p->d->said[CAPTURE_SERVER].at[p->recorded.at[i]].turn;
    bool same_flight = turn == 0 ? got->turn == SAID_NONE || got->turn == 0 : got->turn + 1 == turn;
    return (recorded_code(p, i) != got->code) + (size_t)!same_flight;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static void add_pair(struct arena *arena, struct comparison *c, size_t recorded, size_t got)
{
    *vec_push(arena, &c->pairs) = (struct reply_pair){recorded, got};
}

/* Too long for a table: one after the other. */
static void pair_in_order(const struct pairing *p, size_t from_recorded, size_t from_got, struct comparison *c)
{
    size_t n = p->recorded.count - from_recorded;
    size_t m = p->said->replies.count - from_got;
    for (size_t i = 0; i < n || i < m; i++) {
        add_pair(p->arena, c, i < n ? p->recorded.at[from_recorded + i] : SAID_NONE,
                 i < m ? from_got + i : SAID_NONE);
    }
}

/* Least number of changes from one list of codes to the other; read off front to back, with equal cost
   a changed code before a missing reply. */
static void pair_by_table(const struct pairing *p, size_t from, struct comparison *c)
{
    size_t n = p->recorded.count - from;
    size_t m = p->said->replies.count - from;
    uint32_t *cost = arena_take_array(p->arena, (n + 1) * (m + 1), sizeof *cost);
    size_t w = m + 1;
    for (size_t i = n + 1; i-- > 0;) {
        for (size_t k = m + 1; k-- > 0;) {
            size_t best;
            if (i == n || k == m) {
                best = (n - i) + (m - k);
            } else {
                best = least(cost[(i + 1) * w + k + 1] + pair_cost(p, from + i, from + k),
                             (size_t)cost[(i + 1) * w + k] + 1, (size_t)cost[i * w + k + 1] + 1);
            }
            cost[i * w + k] = (uint32_t)best;
        }
    }
    size_t i = 0;
    size_t k = 0;
    while (i < n || k < m) {
        size_t here = cost[i * w + k];
        if (i < n && k < m && here == cost[(i + 1) * w + k + 1] + pair_cost(p, from + i, from + k)) {
            add_pair(p->arena, c, p->recorded.at[from + i++], from + k++);
        } else if (i < n && here == (size_t)cost[(i + 1) * w + k] + 1) {
            add_pair(p->arena, c, p->recorded.at[from + i++], SAID_NONE);
        } else {
            add_pair(p->arena, c, SAID_NONE, from + k++);
        }
    }
}

static void pair_replies(struct pairing *p, struct comparison *c)
{
    for (size_t i = 0; i < p->d->said[CAPTURE_SERVER].count; i++) {
        if (p->d->said[CAPTURE_SERVER].at[i].kind == SAID_REPLY) {
            vec_add(p->arena, &p->recorded, i);
        }
    }
    size_t same = 0;
    while (same < p->recorded.count && same < p->said->replies.count && !pair_cost(p, same, same)) {
        add_pair(p->arena, c, p->recorded.at[same], same);
        same++;
    }
    if ((p->recorded.count - same + 1) * (p->said->replies.count - same + 1) > TABLE_CEILING) {
        pair_in_order(p, same, same, c);
    } else {
        pair_by_table(p, same, c);
    }
}

/* ---- one pair ---- */

static const char *verb_of(const struct dialogue *d, const struct said *reply, struct arena *arena)
{
    if (reply->partner == SAID_NONE) {
        return NULL;
    }
    const struct said *to = &d->said[CAPTURE_CLIENT].at[reply->partner];
    char verb[16];
    said_verb(d, to, verb);
    if (to->kind == SAID_MAIL) {
        return "the message";
    }
    if (to->kind == SAID_CHUNK) {
        return "BDAT";
    }
    return to->kind == SAID_SECRET ? "AUTH" : verb[0] ? arena_text(arena, span_text(verb)) : "a line that is no command";
}

const char *replay_reply_name(const struct dialogue *d, size_t recorded, struct arena *arena)
{
    const struct said *s = &d->said[CAPTURE_SERVER].at[recorded];
    size_t number = 0;
    for (size_t i = 0; i <= recorded; i++) {
        number += d->said[CAPTURE_SERVER].at[i].kind == SAID_REPLY;
    }
    const char *verb = verb_of(d, s, arena);
    const char *to = verb ? arena_printf(arena, ", to %s", verb) : recorded == 0 ? ", the greeting" : "";
    return arena_printf(arena, "reply %zu%s (packet %llu)", number, to, (unsigned long long)s->packet);
}

/* First line, escaped, for sentences. */
static const char *shown(span reply, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 65536);
    span line = SPAN_EMPTY;
    span_line(&reply, &line);
    hex_escape(span_first(line, 120), &out);
    if (reply.len) {
        buf_put_text(&out, " ...");
    }
    return buf_settle_text(&out, arena);
}

static span status_of(span reply)
{
    size_t len = 0;
    size_t dots = 0;
    span rest = span_from(reply, 4);
    while (len < rest.len && (ascii_is_digit(rest.at[len]) || rest.at[len] == '.')) {
        dots += rest.at[len++] == '.';
    }
    return dots == 2 && len >= 5 ? span_first(rest, len) : SPAN_EMPTY;
}

struct comparing {
    const struct dialogue *d;
    const struct replay_said *said;
    const struct compare_options *o;
    struct arena *arena;
    struct comparison *c;
    struct mask_facts facts[2]; /* recorded, got */
    bool statuses[2];           /* promised by EHLO, RFC 2034 */
};

static bool fails(const struct comparing *k, enum difference_kind kind)
{
    if (kind == DIFFERS_TEXT) {
        return k->o->strict_text;
    }
    return kind == DIFFERS_EXTENSIONS ? k->o->strict_extensions : kind != DIFFERS_TIMEOUT;
}

static struct difference *differ(struct comparing *k, enum difference_kind kind, size_t recorded, size_t got,
                                 const char *what)
{
    struct difference *f = vec_push(k->arena, &k->c->differences);
    *f = (struct difference){.kind = kind, .fails = fails(k, kind), .recorded = recorded, .got = got, .what = what};
    if (recorded != SAID_NONE) {
        f->turn = k->d->said[CAPTURE_SERVER].at[recorded].turn;
    } else if (got != SAID_NONE && k->said->replies.at[got].turn != SAID_NONE) {
        f->turn = k->said->replies.at[got].turn;
    }
    return f;
}

static bool has_keyword(span offer, span line)
{
    span other;
    (void)span_line(&offer, &other);
    while (span_line(&offer, &other)) {
        if (span_eq_caseless(span_from(other, 4), line)) {
            return true;
        }
    }
    return false;
}

/* Lines of a that b does not have, separated by commas. */
static void put_missing(span a, span b, struct buf *out)
{
    span line;
    span rest = a;
    (void)span_line(&rest, &line);
    while (span_line(&rest, &line)) {
        line = span_from(line, 4);
        if (!has_keyword(b, line)) {
            buf_printf(out, "%s%.*s", out->len ? ", " : "", SPAN_FMT(line));
        }
    }
}

static const char *offer_difference(span recorded, span got, struct arena *arena)
{
    struct buf less, more;
    buf_init(&less, 65536);
    buf_init(&more, 65536);
    put_missing(recorded, got, &less);
    put_missing(got, recorded, &more);
    const char *text = NULL;
    if (less.len || more.len) {
        text = arena_printf(arena, "not offered: %.*s; offered instead: %.*s", SPAN_FMT(buf_span(&less)),
                            SPAN_FMT(buf_span(&more)));
    }
    buf_wipe(&less);
    buf_wipe(&more);
    return text;
}

static bool is_offer(const struct dialogue *d, const struct said *reply)
{
    char verb[16] = "";
    if (reply->partner != SAID_NONE && d->said[CAPTURE_CLIENT].at[reply->partner].kind == SAID_COMMAND) {
        said_verb(d, &d->said[CAPTURE_CLIENT].at[reply->partner], verb);
    }
    return reply->code == 250 && (strcmp(verb, "EHLO") == 0 || strcmp(verb, "LHLO") == 0);
}

/* What EHLO offered; which side promises enhanced codes is kept in mind. */
static void compare_offers(struct comparing *k, size_t recorded, size_t got, span was, span is)
{
    k->statuses[0] = k->statuses[0] || has_keyword(was, SPAN("ENHANCEDSTATUSCODES"));
    k->statuses[1] = k->statuses[1] || has_keyword(is, SPAN("ENHANCEDSTATUSCODES"));
    const char *offer = offer_difference(was, is, k->arena);
    if (offer) {
        differ(k, DIFFERS_EXTENSIONS, recorded, got,
               arena_printf(k->arena, "%s: %s", replay_reply_name(k->d, recorded, k->arena), offer));
    }
}

static void compare_pair(struct comparing *k, size_t recorded, size_t got)
{
    const struct said *r = &k->d->said[CAPTURE_SERVER].at[recorded];
    span was = said_octets(k->d, CAPTURE_SERVER, r);
    span is = replay_octets(k->said, got);
    enum difference_kind kind = DIFFERENCE_KIND_COUNT;
    if (r->code != k->said->replies.at[got].code) {
        kind = DIFFERS_CODE;
    } else if (is_offer(k->d, r)) {
        compare_offers(k, recorded, got, was, is);
    } else if (k->statuses[0] && k->statuses[1] && !span_eq(status_of(was), status_of(is))) {
        kind = DIFFERS_STATUS;
    } else {
        was = replay_masks_apply(&k->o->masks, &k->facts[0], was, k->arena);
        is = replay_masks_apply(&k->o->masks, &k->facts[1], is, k->arena);
        kind = span_eq(was, is) ? kind : DIFFERS_TEXT;
    }
    if (kind != DIFFERENCE_KIND_COUNT) {
        differ(k, kind, recorded, got,
               arena_printf(k->arena, "%s: recorded %s, got %s", replay_reply_name(k->d, recorded, k->arena),
                            shown(was, k->arena), shown(is, k->arena)));
    }
}

/* ---- the whole ---- */

static unsigned code_of_pair(const struct comparing *k, const struct reply_pair *p, bool recorded)
{
    if (recorded) {
        return p->recorded == SAID_NONE ? 0 : k->d->said[CAPTURE_SERVER].at[p->recorded].code;
    }
    return p->got == SAID_NONE ? 0 : k->said->replies.at[p->got].code;
}

/* Two neighbours with each other's code, or one that is missing here and additional there. */
static bool is_swapped(const struct comparing *k, size_t i)
{
    if (i + 1 >= k->c->pairs.count) {
        return false;
    }
    const struct reply_pair *a = &k->c->pairs.at[i];
    const struct reply_pair *b = &k->c->pairs.at[i + 1];
    unsigned first = code_of_pair(k, a, true);
    return first != 0 && first == code_of_pair(k, b, false) && code_of_pair(k, a, false) != first &&
           code_of_pair(k, b, true) == code_of_pair(k, a, false) && code_of_pair(k, b, true) != 0;
}

/* Nothing came behind the pair: what is missing there is one difference, not many. */
static bool is_in_tail(const struct comparing *k, size_t i)
{
    for (; i < k->c->pairs.count; i++) {
        if (k->c->pairs.at[i].got != SAID_NONE) {
            return false;
        }
    }
    return true;
}

/* Gone before all was said, and not where the recorded server may have been gone too: one that closed of itself, and
   said nothing more to what came then. */
static bool closes_early(const struct comparing *k)
{
    const struct flow_end *client = &k->d->flow->side[CAPTURE_CLIENT].end;
    const struct flow_end *server = &k->d->flow->side[CAPTURE_SERVER].end;
    bool too = server->how != CLOSE_NONE && (client->how == CLOSE_NONE || server->packet < client->packet);
    for (size_t t = k->said->turns; t < k->d->turns.count; t++) {
        too = too && k->d->turns.at[t].side == CAPTURE_CLIENT;
    }
    return k->said->stop == REPLAY_CLOSED && !too;
}

static void compare_tail(struct comparing *k, size_t i)
{
    const struct reply_pair *p = &k->c->pairs.at[i];
    const struct said *r = &k->d->said[CAPTURE_SERVER].at[p->recorded];
    size_t more = k->c->pairs.count - i - 1;
    if (closes_early(k) || k->said->stop == REPLAY_NO_TLS) {
        return; /* told as a close, or as the handshake that nothing follows */
    }
    bool timeout = replay_is_timeout(k->d, p->recorded);
    const char *name = replay_reply_name(k->d, p->recorded, k->arena);
    const char *text = shown(said_octets(k->d, CAPTURE_SERVER, r), k->arena);
    const char *others = more ? arena_printf(k->arena, ", nor the %zu behind it", more) : "";
    differ(k, timeout ? DIFFERS_TIMEOUT : DIFFERS_MISSING, p->recorded, SAID_NONE,
           timeout ? arena_printf(k->arena, "%s: the recorded server gave up after %lld ms: %s", name,
                                  (long long)r->pause, text)
                   : arena_printf(k->arena, "%s: recorded %s, got none%s", name, text, others));
}

static void compare_lone(struct comparing *k, const struct reply_pair *p)
{
    if (p->got == SAID_NONE) {
        const struct said *r = &k->d->said[CAPTURE_SERVER].at[p->recorded];
        differ(k, DIFFERS_MISSING, p->recorded, SAID_NONE,
               arena_printf(k->arena, "%s: recorded %s, got none", replay_reply_name(k->d, p->recorded, k->arena),
                            shown(said_octets(k->d, CAPTURE_SERVER, r), k->arena)));
        return;
    }
    differ(k, DIFFERS_ADDITIONAL, SAID_NONE, p->got,
           arena_printf(k->arena, "not in the recording: %s", shown(replay_octets(k->said, p->got), k->arena)));
}

static void compare_handshake(struct comparing *k)
{
    const struct capture_tls *was = &k->d->shake;
    const struct tls_facts *is = k->said->tls;
    const char *what = NULL;
    if (is && k->said->stop == REPLAY_NO_TLS) {
        what = arena_printf(k->arena, "recorded TLS %s, here the handshake fails: %s", was->version, k->said->why);
    } else if (is && was->resumed && !is->resumed) {
        what = arena_printf(k->arena, "recorded TLS %s resumed a session, here %s", was->version,
                            k->said->offered ? "the ticket was declined" : "no ticket was given");
    }
    if (what) {
        differ(k, DIFFERS_HANDSHAKE, SAID_NONE, SAID_NONE, what)->turn = dialogue_handshake(k->d);
    }
}

/* The pair belongs to what was recorded behind the handshake. */
static bool is_secured(const struct comparing *k, const struct reply_pair *p)
{
    return p->recorded != SAID_NONE && k->d->said[CAPTURE_SERVER].at[p->recorded].turn >= dialogue_handshake(k->d);
}

static void compare_close(struct comparing *k)
{
    size_t last = k->d->turns.count ? k->d->turns.count - 1 : 0;
    if (closes_early(k)) {
        size_t turn = k->said->turns;
        differ(k, DIFFERS_CLOSE, SAID_NONE, SAID_NONE,
               arena_printf(k->arena, "the target closes before flight %zu of %zu is said", turn + 1,
                            k->d->turns.count))->turn = turn;
    } else if (k->said->stays) {
        differ(k, DIFFERS_CLOSE, SAID_NONE, SAID_NONE,
               "the recorded server closes at the end, the target stays open")->turn = last;
    }
}

void replay_compare(const struct dialogue *d, const struct replay_said *said, const struct compare_options *o,
                    struct arena *arena, struct comparison *c)
{
    *c = (struct comparison){.pairs = {0}};
    struct pairing p = {.d = d, .said = said, .arena = arena};
    pair_replies(&p, c);
    struct comparing k = {.d = d, .said = said, .o = o, .arena = arena, .c = c};
    if (p.recorded.count) {
        k.facts[0] = mask_facts_of(said_octets(d, CAPTURE_SERVER, &d->said[CAPTURE_SERVER].at[p.recorded.at[0]]));
    }
    if (said->replies.count) {
        k.facts[1] = mask_facts_of(replay_octets(said, 0));
    }
    bool lone = false;
    bool shaken = false; /* told */
    for (size_t i = 0; i < c->pairs.count; i++) {
        const struct reply_pair *pair = &c->pairs.at[i];
        if (!shaken && is_secured(&k, pair)) {
            compare_handshake(&k);
            shaken = true;
        }
        if (is_swapped(&k, i)) {
            differ(&k, DIFFERS_ORDER, pair->recorded, c->pairs.at[i].got,
                   arena_printf(arena, "%s comes behind the next one",
                                replay_reply_name(d, pair->recorded, arena)));
            i++;
        } else if (pair->recorded != SAID_NONE && pair->got != SAID_NONE) {
            compare_pair(&k, pair->recorded, pair->got);
        } else if (is_in_tail(&k, i)) {
            compare_tail(&k, i);
            lone = true;
            break;
        } else {
            compare_lone(&k, pair);
            lone = true;
        }
    }
    if (said->early != SAID_NONE && !lone) {
        differ(&k, DIFFERS_FLIGHTS, SAID_NONE, said->early,
               arena_printf(arena, "%s was there before flight %zu, which it answers",
                            shown(replay_octets(said, said->early), arena), said->early_turn + 1))->turn = said->early_turn;
    }
    if (!shaken) {
        compare_handshake(&k);
    }
    compare_close(&k);
}

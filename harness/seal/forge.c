/* The words of a chain, and the signing that they lead astray. Everything is signed as it stands then,
   so that a verdict depends on the defect that was asked for and on nothing else. */
#include "harness/seal/forge.h"

#include "harness/seal/tags.h"

enum { TEXT_MOST = 16 << 20, FOLD_EVERY = 17, BASE64_LINE = 60 };

struct tag {
    const char *name;
    const char *value; /* NULL: left out */
};
typedef VEC(struct tag) tag_list;

/* How the text of a field is laid out; all of them mean the same (RFC 6376 3.2). */
struct way {
    const char *name;
    const char *behind;  /* what stands behind ";" */
    const char *equals;  /* round "=" */
    const char *inside;  /* in values that may hold it, every few octets */
    const char *end;     /* behind the last tag */
};
static const struct way ways[] = {
    {"none", " ", "=", "", ""},          {"tight", "", "=", "", ""},
    {"tags", "\r\n\t", "=", "", ""},     {"values", " ", "=", "\r\n ", ""},
    {"blanks", "  ", " = ", "", ";"},   {"tabs", "\t", "\t=\t", "\t", ";"},
    {"all", " \r\n \t", "\r\n =\r\n\t", " \r\n  ", "; "},
};

struct hop {
    struct set *set;
    unsigned number;
    const char *instance;
    const char *aar;
    tag_list changes[PROOF_PARTS]; /* of ams and as */
    const struct way *way;
    bool alone, reversed;
};

struct set {
    span field[PROOF_PARTS]; /* "Name: text" */
    bool missing[PROOF_PARTS], twice[PROOF_PARTS], spoilt[PROOF_PARTS];
};

enum order { ORDER_USUAL, ORDER_REVERSED, ORDER_SORTED, ORDER_BELOW };

struct work {
    const struct forge_setup *setup;
    struct arena *arena;
    struct set sets[FORGE_HOPS];
    size_t count;
    struct proof_message base;
    span message; /* of what the next hop signs */
    enum order order;
    const char *body, *field; /* what happens behind the last hop */
    const char *wrong;
};

static const char *const part_names[PROOF_PARTS] = {"aar", "ams", "as"};

/* ---- tags ---- */

static bool change_of(const tag_list *changes, const char *name, const char **value)
{
    for (size_t i = changes->count; i-- > 0;) {
        if (strcmp(changes->at[i].name, name) == 0) {
            *value = changes->at[i].value;
            return true;
        }
    }
    return false;
}

/* The usual tags with their changes; new ones stand before b=, which is last. */
static void tags_for(struct work *w, const struct hop *h, enum proof_part part, const struct tag *usual,
                     size_t count, tag_list *tags)
{
    for (size_t i = 0; i < count; i++) {
        struct tag t = usual[i];
        (void)change_of(&h->changes[part], t.name, &t.value);
        if (i + 1 == count) {
            for (size_t c = 0; c < h->changes[part].count; c++) {
                const struct tag *new = &h->changes[part].at[c];
                bool known = false;
                for (size_t k = 0; k < count; k++) {
                    known = known || strcmp(usual[k].name, new->name) == 0;
                }
                if (!known && new->value != NULL) {
                    vec_add(w->arena, tags, *new);
                }
            }
        }
        if (t.value != NULL) {
            vec_add(w->arena, tags, t);
        }
    }
    for (size_t i = 0; h->reversed && i < tags->count / 2; i++) {
        struct tag swap = tags->at[i];
        tags->at[i] = tags->at[tags->count - 1 - i];
        tags->at[tags->count - 1 - i] = swap;
    }
}

static const char *tag_text(const tag_list *tags, const char *name)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (strcmp(tags->at[i].name, name) == 0) {
            return tags->at[i].value;
        }
    }
    return "";
}

/* FWS may stand anywhere in base64, and round the colons of h=. */
static void put_value(const struct way *way, const char *name, span value, struct buf *out)
{
    bool base64 = strcmp(name, "b") == 0 || strcmp(name, "bh") == 0;
    bool list = strcmp(name, "h") == 0;
    for (size_t i = 0; i < value.len; i++) {
        if (base64 && i > 0 && i % FOLD_EVERY == 0) {
            buf_put_text(out, way->inside);
        } else if (base64 && i > 0 && i % BASE64_LINE == 0) {
            buf_put_text(out, "\r\n\t");
        }
        if (list && value.at[i] == ':') {
            buf_put_text(out, way->inside);
        }
        buf_put_byte(out, value.at[i]);
        if (list && value.at[i] == ':') {
            buf_put_text(out, way->inside);
        }
    }
}

/* The field with nothing behind b=; *at is where its value goes, SIZE_MAX without one. */
static span field_text(struct work *w, const struct hop *h, enum proof_part part, const tag_list *tags,
                       size_t *at)
{
    struct buf out;
    buf_init(&out, TEXT_MOST);
    buf_printf(&out, "%s:%s", proof_part_names[part], h->way->behind);
    *at = SIZE_MAX;
    for (size_t i = 0; i < tags->count; i++) {
        const struct tag *t = &tags->at[i];
        buf_printf(&out, "%s%s%s", i > 0 ? ";" : "", i > 0 ? h->way->behind : "", t->name);
        if (strcmp(t->name, "b") == 0 && strcmp(t->value, "?") == 0) {
            span equals = span_text(h->way->equals);
            buf_put(&out, span_first(equals, span_find_byte(equals, '=') + 1));
            *at = out.len;
            continue;
        }
        buf_put_text(&out, h->way->equals);
        put_value(h->way, t->name, span_text(t->value), &out);
    }
    buf_put_text(&out, h->way->end);
    return buf_settle(&out, w->arena);
}

static span signed_text(struct work *w, const struct hop *h, span text, size_t at, const char *a,
                        span data)
{
    span signature = SPAN_EMPTY;
    bool ed = strncmp(a, "ed25519", 7) == 0;
    if (at == SIZE_MAX) {
        return text;
    }
    if (!w->setup->crypto->sign(ed ? w->setup->ed25519 : w->setup->pem, data, w->arena, &signature)) {
        w->wrong = ed ? "there is no Ed25519 key to sign with" : "there is no key to sign with";
    }
    struct buf base64;
    struct buf out;
    buf_init(&base64, TEXT_MOST);
    buf_init(&out, TEXT_MOST);
    proof_base64_write(signature, &base64);
    buf_put(&out, span_first(text, at));
    put_value(h->way, "b", buf_span(&base64), &out);
    buf_put(&out, span_from(text, at));
    span whole = arena_copy(w->arena, buf_span(&out));
    buf_wipe(&base64);
    buf_wipe(&out);
    return whole;
}

/* ---- the message so far ---- */

static void put_field(span text, struct buf *out)
{
    buf_put(out, text);
    buf_put_text(out, "\r\n");
}

static void put_set(const struct work *w, const struct set *set, struct buf *out)
{
    static const enum proof_part order[] = {PROOF_AS, PROOF_AMS, PROOF_AAR};
    for (size_t i = 0; i < PROOF_PARTS; i++) {
        enum proof_part p = order[w->order == ORDER_REVERSED ? PROOF_PARTS - 1 - i : i];
        span text = set->field[p];
        for (int n = set->missing[p] ? 1 : 0; n < (set->twice[p] ? 2 : 1); n++) {
            put_field(text, out);
        }
    }
}

static void put_sets(const struct work *w, struct buf *out)
{
    if (w->order == ORDER_SORTED) {
        for (int p = 0; p < PROOF_PARTS; p++) {
            for (size_t i = 0; i < w->count; i++) {
                struct set one = w->sets[i];
                for (int k = 0; k < PROOF_PARTS; k++) {
                    one.missing[k] = one.missing[k] || k != p;
                    one.twice[k] = one.twice[k] && k == p;
                }
                put_set(w, &one, out);
            }
        }
        return;
    }
    for (size_t i = 0; i < w->count; i++) {
        put_set(w, &w->sets[w->order == ORDER_REVERSED ? i : w->count - 1 - i], out);
    }
}

static void put_base(const struct work *w, struct buf *out)
{
    for (size_t i = 0; i < w->base.fields.count; i++) {
        bool subject = w->field != NULL &&
                       span_eq_caseless(w->base.fields.at[i].name, SPAN("Subject"));
        if (subject && strcmp(w->field, "removed") == 0) {
            continue;
        }
        put_field(w->base.fields.at[i].text, out);
        if (subject) {
            out->len -= strcmp(w->field, "changed") == 0 ? 2 : 0;
            put_field(strcmp(w->field, "changed") == 0 ? SPAN(" changed") : SPAN("Subject: another"),
                      out);
        }
    }
}

static span body_now(const struct work *w)
{
    span body = w->base.body;
    if (w->body == NULL) {
        return body;
    }
    bool cut = strcmp(w->body, "cut") == 0;
    bool lines = strcmp(w->body, "lines") == 0;
    return cut ? span_first(body, body.len / 2)
               : span_text(arena_printf(w->arena, "%.*s%s", SPAN_FMT(body),
                                        lines ? "\r\n\r\n" : "more\r\n"));
}

static span whole_message(struct work *w)
{
    struct buf out;
    buf_init(&out, TEXT_MOST);
    if (w->order != ORDER_BELOW) {
        put_sets(w, &out);
    }
    put_base(w, &out);
    if (w->order == ORDER_BELOW) {
        put_sets(w, &out);
    }
    buf_put_text(&out, "\r\n");
    buf_put(&out, body_now(w));
    return buf_settle(&out, w->arena);
}

/* ---- a hop ---- */

static const char *body_hash(struct work *w, enum proof_canon canon, const char *limit)
{
    struct buf out;
    uint64_t length;
    unsigned char digest[PROOF_DIGEST];
    buf_init(&out, TEXT_MOST);
    proof_body_canon(canon, w->base.body, &out);
    span hashed = buf_span(&out);
    if (limit != NULL && span_to_u64(span_text(limit), &length) && length < hashed.len) {
        hashed = span_first(hashed, (size_t)length);
    }
    w->setup->crypto->sha256(hashed, digest);
    buf_clear(&out);
    proof_base64_write(span_of(digest, PROOF_DIGEST), &out);
    return buf_settle_text(&out, w->arena);
}

static void make_ams(struct work *w, const struct hop *h)
{
    const char *c = "relaxed/relaxed";
    const char *limit = NULL;
    const char *a = "rsa-sha256";
    enum proof_canon header = PROOF_SIMPLE;
    enum proof_canon body = PROOF_SIMPLE;
    (void)change_of(&h->changes[PROOF_AMS], "c", &c);
    (void)change_of(&h->changes[PROOF_AMS], "l", &limit);
    (void)change_of(&h->changes[PROOF_AMS], "a", &a);
    (void)proof_canon_read(span_text(c), &header, &body);
    const struct tag usual[] = {
        {"i", h->instance},      {"a", "rsa-sha256"}, {"c", "relaxed/relaxed"},
        {"d", FORGE_DOMAIN},     {"s", a != NULL && *a == 'e' ? "ed" : "s"},
        {"t", "1700000000"},     {"h", "From:To:Subject:Date:Message-ID"},
        {"bh", body_hash(w, body, limit)}, {"b", "?"},
    };
    tag_list tags = {0};
    tags_for(w, h, PROOF_AMS, usual, sizeof usual / sizeof *usual, &tags);
    size_t at;
    span text = field_text(w, h, PROOF_AMS, &tags, &at);
    struct proof_message m;
    struct buf data;
    buf_init(&data, TEXT_MOST);
    proof_message_read(w->message, w->arena, &m);
    (void)proof_fields_put(header, &m, NULL, span_text(tag_text(&tags, "h")), &data);
    proof_field_canon(header, text, false, &data);
    h->set->field[PROOF_AMS] = signed_text(w, h, text, at, tag_text(&tags, "a"), buf_span(&data));
    buf_wipe(&data);
}

static void make_seal(struct work *w, const struct hop *h)
{
    const char *a = "rsa-sha256";
    (void)change_of(&h->changes[PROOF_AS], "a", &a);
    const struct tag usual[] = {
        {"i", h->instance},  {"a", "rsa-sha256"}, {"t", "1700000000"},
        {"cv", w->count == 0 ? "none" : "pass"}, {"d", FORGE_DOMAIN},
        {"s", a != NULL && *a == 'e' ? "ed" : "s"}, {"b", "?"},
    };
    tag_list tags = {0};
    tags_for(w, h, PROOF_AS, usual, sizeof usual / sizeof *usual, &tags);
    size_t at;
    span text = field_text(w, h, PROOF_AS, &tags, &at);
    struct buf data;
    buf_init(&data, TEXT_MOST);
    for (size_t i = h->alone ? w->count : 0; i <= w->count; i++) {
        for (int p = 0; p < (i == w->count ? PROOF_AS : PROOF_PARTS); p++) {
            proof_field_canon(PROOF_RELAXED, w->sets[i].field[p], true, &data);
        }
    }
    proof_field_canon(PROOF_RELAXED, text, false, &data);
    h->set->field[PROOF_AS] = signed_text(w, h, text, at, tag_text(&tags, "a"), buf_span(&data));
    buf_wipe(&data);
}

/* Another digit in the middle of b=, or of the text of an AAR. */
static span spoilt(span text, struct arena *arena)
{
    unsigned char *to = arena_take(arena, text.len + 1);
    memcpy(to, text.at, text.len);
    size_t at = span_find(text, SPAN("b="));
    at = at == SPAN_NONE ? text.len - 1 : at + (text.len - at) / 2;
    while (at < text.len && !ascii_is_alnum(to[at])) {
        at++;
    }
    if (at < text.len) {
        to[at] = to[at] == 'A' ? 'B' : 'A';
    }
    return span_of(to, text.len);
}

/* ---- words ---- */

static bool part_of(span word, enum proof_part *part)
{
    for (int p = 0; p < PROOF_PARTS; p++) {
        if (span_eq(word, span_text(part_names[p]))) {
            *part = (enum proof_part)p;
            return true;
        }
    }
    return false;
}

static bool take_place(struct set *set, span name, span value)
{
    enum proof_part p;
    if (!part_of(value, &p)) {
        return false;
    }
    bool *flags = span_eq(name, SPAN("missing")) ? set->missing
                  : span_eq(name, SPAN("twice")) ? set->twice
                  : span_eq(name, SPAN("spoil")) ? set->spoilt
                                                 : NULL;
    if (flags != NULL) {
        flags[p] = true;
    }
    return flags != NULL;
}

/* ams.TAG=VALUE, or ams.TAG alone: it is left out */
static bool take_tag(struct work *w, struct hop *h, span name, span value, bool has_value)
{
    enum proof_part p;
    size_t dot = span_find_byte(name, '.');
    if (dot == SPAN_NONE || !part_of(span_first(name, dot), &p) || p == PROOF_AAR ||
        dot + 1 == name.len) {
        return false;
    }
    *vec_push(w->arena, &h->changes[p]) =
        (struct tag){arena_text(w->arena, span_from(name, dot + 1)),
                     has_value ? arena_text(w->arena, value) : NULL};
    return true;
}

static bool take_way(struct hop *h, span value)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (span_eq(value, span_text(ways[i].name))) {
            h->way = &ways[i];
            return true;
        }
    }
    return false;
}

static bool take_word(struct work *w, struct hop *h, span word)
{
    span name;
    span value;
    bool has_value = span_split(word, '=', &name, &value);
    if (span_eq(word, SPAN("alone")) || span_eq(word, SPAN("reversed"))) {
        h->alone = h->alone || span_eq(word, SPAN("alone"));
        h->reversed = h->reversed || span_eq(word, SPAN("reversed"));
        return true;
    }
    if (span_eq(name, SPAN("i"))) {
        h->instance = arena_text(w->arena, value);
        return has_value;
    }
    if (span_eq(name, SPAN("aar"))) {
        h->aar = arena_text(w->arena, value);
        return has_value;
    }
    if (span_eq(name, SPAN("cv"))) {
        return take_tag(w, h, SPAN("as.cv"), value, has_value);
    }
    return span_eq(name, SPAN("fold")) ? take_way(h, value)
           : take_tag(w, h, name, value, has_value) || take_place(h->set, name, value);
}

static bool take_change(struct work *w, span word)
{
    static const char *const orders[] = {"usual", "reversed", "sorted", "below"};
    static const char *const bodies[] = {"changed", "cut", "lines"};
    static const char *const fields[] = {"changed", "added", "removed"};
    span name;
    span value;
    (void)span_split(word, '=', &name, &value);
    for (size_t i = 0; i < 4; i++) {
        if (span_eq(name, SPAN("order")) && span_eq(value, span_text(orders[i]))) {
            w->order = (enum order)i;
            return true;
        }
        if (i < 3 && span_eq(name, SPAN("body")) && span_eq(value, span_text(bodies[i]))) {
            w->body = bodies[i];
            return true;
        }
        if (i < 3 && span_eq(name, SPAN("field")) && span_eq(value, span_text(fields[i]))) {
            w->field = fields[i];
            return true;
        }
    }
    return false;
}

static const char *bad_word(struct work *w, span word)
{
    return arena_printf(w->arena, "`%.*s` is no word of a chain", SPAN_FMT(word));
}

static const char *add_hop(struct work *w, span words)
{
    if (w->count == FORGE_HOPS) {
        return arena_printf(w->arena, "a chain has %d hops at most", FORGE_HOPS);
    }
    struct set *set = &w->sets[w->count];
    struct hop h = {.set = set, .number = (unsigned)w->count + 1, .way = &ways[0]};
    h.instance = arena_printf(w->arena, "%u", h.number);
    for (span word; words.len > 0;) {
        (void)span_split(span_trim(words), ' ', &word, &words);
        if (word.len > 0 && !take_word(w, &h, word)) {
            return bad_word(w, word);
        }
    }
    set->field[PROOF_AAR] = span_text(
        h.aar != NULL ? arena_printf(w->arena, "%s: %s", proof_part_names[PROOF_AAR], h.aar)
                      : arena_printf(w->arena, "%s: i=%s; hop%u.test; spf=pass smtp.mailfrom=a@c.test",
                                     proof_part_names[PROOF_AAR], h.instance, h.number));
    w->message = whole_message(w);
    make_ams(w, &h);
    make_seal(w, &h);
    w->count++;
    return w->wrong;
}

static const char *add_line(struct work *w, span line)
{
    span word;
    span rest;
    (void)span_split(span_trim_space(line), ' ', &word, &rest);
    if (word.len == 0 || word.at[0] == '#') {
        return NULL;
    }
    if (span_eq(word, SPAN("hop"))) {
        return add_hop(w, rest);
    }
    if (!span_eq(word, SPAN("message"))) {
        return bad_word(w, word);
    }
    while (rest.len > 0) {
        (void)span_split(span_trim(rest), ' ', &word, &rest);
        if (word.len > 0 && !take_change(w, word)) {
            return bad_word(w, word);
        }
    }
    return NULL;
}

const char *forge_chain(const struct forge_setup *setup, span text, struct arena *arena,
                        struct forged *out)
{
    struct work *w = ARENA_NEW(arena, struct work);
    span line;
    *w = (struct work){.setup = setup, .arena = arena};
    proof_message_read(setup->message, arena, &w->base);
    while (span_line(&text, &line)) {
        const char *wrong = add_line(w, line);
        if (wrong != NULL) {
            return wrong;
        }
    }
    for (size_t i = 0; i < w->count; i++) {
        for (int p = 0; p < PROOF_PARTS; p++) {
            if (w->sets[i].spoilt[p]) {
                w->sets[i].field[p] = spoilt(w->sets[i].field[p], arena);
            }
        }
    }
    out->message = whole_message(w);
    return forge_zone(setup, arena, out);
}

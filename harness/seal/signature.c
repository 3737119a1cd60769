/* One DKIM-Signature or ARC-Message-Signature, in the order of RFC 6376 6.1: the tags, the key, the
   hash of the body, the signature. */
#include "harness/seal/key.h"
#include "harness/seal/tags.h"

const char *const proof_state_words[] = {
    [PROOF_NONE] = "none",
    [PROOF_PASS] = "pass",
    [PROOF_FAIL] = "fail",
    [PROOF_INVALID] = "invalid",
};

enum { TIME_DIGITS = 12, LENGTH_DIGITS = 76 };

struct work {
    const struct proof_setup *setup;
    const struct proof_message *m;
    const struct proof_field *field;
    struct arena *arena;
    proof_tags tags;
    enum proof_canon header, body;
    span bh, b;
    bool limited;
    uint64_t length; /* l= */
    bool expires;
    int64_t made, ends;
};

/* ---- values ---- */

bool proof_domain(span text)
{
    bool label = false; /* one is begun */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (c == '.' ? !label : !(ascii_is_alnum(c) || c == '-' || c == '_' || c > 127)) {
            return false;
        }
        label = c != '.';
    }
    return label;
}

bool proof_time(span text, int64_t *seconds)
{
    uint64_t n;
    if (text.len > TIME_DIGITS || !span_to_u64(text, &n)) {
        return false;
    }
    *seconds = (int64_t)n;
    return true;
}

static bool canon_word(span word, enum proof_canon *canon)
{
    *canon = span_eq(word, SPAN("relaxed")) ? PROOF_RELAXED : PROOF_SIMPLE;
    return *canon == PROOF_RELAXED || span_eq(word, SPAN("simple"));
}

bool proof_canon_read(span c, enum proof_canon *header, enum proof_canon *body)
{
    span first;
    span second;
    *body = PROOF_SIMPLE;
    bool two = span_split(c, '/', &first, &second);
    return canon_word(first, header) && (!two || canon_word(second, body));
}

static bool is_name_octet(unsigned char c)
{
    return c > 0x20 && c < 0x7f && c != ';' && c != ':';
}

bool proof_fields_put(enum proof_canon canon, const struct proof_message *m,
                      const struct proof_field *own, span names, struct buf *out)
{
    span name;
    bool more = true;
    struct arena *arena = arena_new();
    bool *used = arena_take_array(arena, m->fields.count + 1, sizeof *used);
    bool good = true;
    while (good && proof_element(&names, &more, &name)) {
        for (size_t i = 0; i < name.len; i++) {
            good = good && is_name_octet(name.at[i]);
        }
        good = good && name.len > 0;
        for (size_t i = m->fields.count; good && i-- > 0;) {
            const struct proof_field *f = &m->fields.at[i];
            if (!used[i] && f != own && span_eq_caseless(f->name, name)) {
                used[i] = true;
                proof_field_canon(canon, f->text, true, out);
                break;
            }
        }
    }
    arena_free(arena);
    return good;
}

span proof_without_b(const struct proof_field *field, size_t from, size_t end, struct arena *arena)
{
    size_t at = (size_t)(field->body.at - field->text.at);
    span before = span_first(field->text, at + from);
    span behind = span_from(field->text, at + end);
    unsigned char *to = arena_take(arena, before.len + behind.len + 1);
    memcpy(to, before.at, before.len);
    memcpy(to + before.len, behind.at, behind.len);
    return span_of(to, before.len + behind.len);
}

/* ---- what was signed ---- */

static const char *bad(enum proof_state *state, enum proof_state becomes, const char *why)
{
    *state = becomes;
    return why;
}

/* Local-part = Dot-string / Quoted-string (RFC 5321 4.1.2) */
static bool local_part(span text)
{
    bool begun = false; /* an atom */
    if (text.at[0] == '"') {
        size_t i = 1;
        while (i < text.len && text.at[i] != '"') {
            i += text.at[i] == '\\' ? 2 : 1;
        }
        return i + 1 == text.len;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (c == '.' ? !begun : c <= ' ' || c == 0x7f || strchr("()<>[]:;@\\,\"", c) != NULL) {
            return false;
        }
        begun = c != '.';
    }
    return begun;
}

/* The domain of i= is d= or below it. */
static bool below(span identity, span domain, bool strictly_same)
{
    size_t at = span_find_last_byte(identity, '@');
    if (at == SPAN_NONE) {
        return false;
    }
    span host = span_from(identity, at + 1);
    if (span_eq_caseless(host, domain)) {
        return true;
    }
    return !strictly_same && host.len > domain.len &&
           span_eq_caseless(span_from(host, host.len - domain.len), domain) &&
           host.at[host.len - domain.len - 1] == '.';
}

const char *proof_signed(const struct proof_setup *setup, span a, span domain, span selector,
                         span identity, span signature, span data, struct arena *arena,
                         enum proof_state *state)
{
    struct proof_key key;
    unsigned bits = 0;
    enum proof_key_type type = span_eq(a, SPAN("ed25519-sha256")) ? PROOF_ED25519 : PROOF_RSA;
    const char *why = proof_key_find(&setup->records, selector, domain, arena, &key);
    if (why != NULL) {
        return bad(state, PROOF_INVALID, why);
    }
    if (key.type != type) {
        return bad(state, PROOF_INVALID, "the key is of another type than a=");
    }
    if (key.no_subdomains && identity.len > 0 && !below(identity, domain, true)) {
        return bad(state, PROOF_INVALID, "the key is not for subdomains (t=s)");
    }
    enum proof_checked c = setup->crypto->check(type, key.octets, data, signature, &bits);
    if (c == PROOF_NO_KEY) {
        return bad(state, PROOF_INVALID, "p= of the key record is no such key");
    }
    if (type == PROOF_RSA && bits < PROOF_RSA_LEAST) {
        return bad(state, PROOF_FAIL, "the key is shorter than 1024 bits (RFC 8301 3.2)");
    }
    *state = c == PROOF_GOOD ? PROOF_PASS : PROOF_FAIL;
    return c == PROOF_GOOD ? NULL : "the signature does not fit";
}

static const char *check_body(struct work *w, enum proof_state *state)
{
    struct buf out;
    unsigned char digest[PROOF_DIGEST];
    buf_init(&out, PROOF_CEILING);
    proof_body_canon(w->body, w->m->body, &out);
    const char *why = NULL;
    if (buf_full(&out)) {
        why = bad(state, PROOF_INVALID, "the body is longer than the judge hashes");
    } else if (w->limited && w->length > out.len) {
        why = bad(state, PROOF_FAIL, "l= is longer than the body (RFC 6376 3.5)");
    } else {
        span hashed = w->limited ? span_first(buf_span(&out), (size_t)w->length) : buf_span(&out);
        w->setup->crypto->sha256(hashed, digest);
        if (!span_eq(w->bh, span_of(digest, PROOF_DIGEST))) {
            why = bad(state, PROOF_FAIL, "the body has another hash");
        }
    }
    buf_wipe(&out);
    return why;
}

/* ---- the tags ---- */

static const char *check_identity(const struct work *w)
{
    span d = proof_tag_value(&w->tags, "d");
    const struct proof_tag *i = proof_tag(&w->tags, "i");
    if (!span_eq(proof_tag_value(&w->tags, "v"), SPAN("1"))) {
        return "v= is not 1";
    }
    size_t at = i != NULL ? span_find_last_byte(i->value, '@') : 0;
    if (i != NULL && (!below(i->value, d, false) || !proof_domain(span_from(i->value, at + 1)))) {
        return "i= is not below d=";
    }
    if (i != NULL && at > 0 && !local_part(span_first(i->value, at))) {
        return "i= has no local part before its @";
    }
    return NULL;
}

static bool names_field(span names, const char *field)
{
    span name;
    bool more = true;
    while (proof_element(&names, &more, &name)) {
        if (span_eq_caseless(name, span_text(field))) {
            return true;
        }
    }
    return false;
}

static const char *check_times(struct work *w)
{
    const struct proof_tag *t = proof_tag(&w->tags, "t");
    const struct proof_tag *x = proof_tag(&w->tags, "x");
    if (t != NULL && !proof_time(t->value, &w->made)) {
        return "t= is no time";
    }
    if (x != NULL && !proof_time(x->value, &w->ends)) {
        return "x= is no time";
    }
    w->expires = x != NULL;
    return t != NULL && x != NULL && w->ends <= w->made ? "x= is not behind t=" : NULL;
}

static const char *check_length(struct work *w)
{
    const struct proof_tag *l = proof_tag(&w->tags, "l");
    if (l == NULL) {
        return NULL;
    }
    w->limited = true;
    bool digits = l->value.len > 0 && l->value.len <= LENGTH_DIGITS;
    for (size_t i = 0; i < l->value.len; i++) {
        digits = digits && ascii_is_digit(l->value.at[i]);
    }
    if (digits && !span_to_u64(l->value, &w->length)) {
        w->length = UINT64_MAX; /* longer than any body */
    }
    return digits ? NULL : "l= is no number";
}

/* sig-q-tag (RFC 6376 3.5): no element is empty. */
static bool query_is_txt(span methods)
{
    span method;
    span list = methods;
    bool more = true;
    while (proof_element(&list, &more, &method)) {
        if (method.len == 0) {
            return false;
        }
    }
    return proof_list_has(methods, "dns/txt");
}

static const char *check_tags(struct work *w, bool arc)
{
    static const char *const needed[] = {"a", "b", "bh", "d", "h", "s"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (proof_tag(&w->tags, needed[i]) == NULL) {
            return arena_printf(w->arena, "%s= is missing", needed[i]);
        }
    }
    span a = proof_tag_value(&w->tags, "a");
    span names = proof_tag_value(&w->tags, "h");
    const struct proof_tag *c = proof_tag(&w->tags, "c");
    if (!span_eq(a, SPAN("rsa-sha256")) && !span_eq(a, SPAN("ed25519-sha256"))) {
        return "a= is unknown, or not to be used any more (RFC 8301 3.1)";
    }
    if (c != NULL && !proof_canon_read(c->value, &w->header, &w->body)) {
        return "c= is unknown";
    }
    if (!proof_domain(proof_tag_value(&w->tags, "d")) ||
        !proof_domain(proof_tag_value(&w->tags, "s"))) {
        return "d= or s= is no domain name";
    }
    if (arc == names_field(names, arc ? "arc-seal" : "from")) {
        return arc ? "h= names ARC-Seal" : "h= does not name From";
    }
    if (!proof_base64_read(proof_tag_value(&w->tags, "b"), w->arena, &w->b) ||
        !proof_base64_read(proof_tag_value(&w->tags, "bh"), w->arena, &w->bh) ||
        w->bh.len != PROOF_DIGEST) {
        return "b= or bh= holds no base64 of that length";
    }
    const char *why = check_times(w);
    why = why != NULL ? why : check_length(w);
    const struct proof_tag *q = proof_tag(&w->tags, "q");
    if (why == NULL && q != NULL && !query_is_txt(q->value)) {
        return "q= knows no dns/txt";
    }
    return why != NULL || arc ? why : check_identity(w);
}

static const char *check_all(struct work *w, bool arc, enum proof_state *state)
{
    struct buf data;
    const struct proof_tag *b = proof_tag(&w->tags, "b");
    span names = proof_tag_value(&w->tags, "h");
    if (w->setup->now > 0 && w->expires && w->ends < w->setup->now) {
        return bad(state, PROOF_FAIL, "it has expired");
    }
    buf_init(&data, PROOF_CEILING);
    const char *why = NULL;
    if (names.len > 0 && !proof_fields_put(w->header, w->m, w->field, names, &data)) {
        why = bad(state, PROOF_INVALID, "h= holds what is no name of a field");
    } else {
        proof_field_canon(w->header, proof_without_b(w->field, b->from, b->end, w->arena), false,
                          &data);
        span identity = arc ? SPAN_EMPTY : proof_tag_value(&w->tags, "i");
        why = proof_signed(w->setup, proof_tag_value(&w->tags, "a"),
                           proof_tag_value(&w->tags, "d"), proof_tag_value(&w->tags, "s"), identity,
                           w->b, buf_span(&data), w->arena, state);
    }
    buf_wipe(&data);
    return *state == PROOF_INVALID ? why : why != NULL ? why : check_body(w, state);
}

struct proof_verdict proof_signature(const struct proof_setup *setup,
                                     const struct proof_message *m,
                                     const struct proof_field *field, bool arc,
                                     struct arena *arena)
{
    struct work w = {.setup = setup, .m = m, .field = field, .arena = arena};
    struct proof_verdict v = {.state = PROOF_INVALID, .domain = SPAN_EMPTY, .selector = SPAN_EMPTY};
    unsigned instance;
    if (arc ? !proof_arc_tags(field, arena, &w.tags, &instance, &v.why)
            : !proof_tags_read(field->body, arena, &w.tags, &v.why)) {
        return v;
    }
    v.domain = proof_tag_value(&w.tags, "d");
    v.selector = proof_tag_value(&w.tags, "s");
    v.why = check_tags(&w, arc);
    if (v.why == NULL) {
        v.why = check_all(&w, arc, &v.state);
    }
    return v;
}

void proof_dkim(const struct proof_setup *setup, const struct proof_message *m,
                struct arena *arena, proof_verdicts *verdicts)
{
    for (size_t i = 0; i < m->fields.count; i++) {
        if (span_eq_caseless(m->fields.at[i].name, SPAN("DKIM-Signature"))) {
            vec_add(arena, verdicts,
                    proof_signature(setup, m, &m->fields.at[i], false, arena));
        }
    }
}

/* Signatures are made over what goes out, so all of it has been decided by the time this runs. The
   body is read once; then DKIM, then ARC above it, because the set of ARC covers the signatures just
   made (RFC 8617 5.1 step 1). */
#include "ref/seal/making.h"

#include "ref/mail/base64.h"

enum { LINE_WIDTH = 76 };

const char seal_headers_default[] =
    "From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:"
    "Content-Transfer-Encoding:Content-ID:Content-Description:Resent-Date:Resent-From:"
    "Resent-Sender:Resent-To:Resent-Cc:Resent-Message-ID:In-Reply-To:References:List-Id:"
    "List-Help:List-Unsubscribe:List-Subscribe:List-Post:List-Owner:List-Archive";

/* --- writing a field ---------------------------------------------------------------------------- */

void making_begin(struct making_field *f, struct arena *arena, const char *name)
{
    f->arena = arena;
    buf_init(&f->text, MAKING_CEILING);
    buf_printf(&f->text, "%s:", name);
    f->column = f->text.len;
}

static void word_put(struct making_field *f, span word)
{
    if (f->column + 1 + word.len > LINE_WIDTH && f->column > 8) {
        buf_put_text(&f->text, "\n\t");
        f->column = 8;
    } else {
        buf_put_byte(&f->text, ' ');
        f->column++;
    }
    buf_put(&f->text, word);
    f->column += word.len;
}

void making_tag(struct making_field *f, const char *name, span value)
{
    word_put(f, span_text(arena_printf(f->arena, "%s=%.*s;", name, SPAN_FMT(value))));
}

void making_number(struct making_field *f, const char *name, uint64_t n)
{
    making_tag(f, name, span_text(arena_printf(f->arena, "%llu", (unsigned long long)n)));
}

void making_body(struct making_field *f, const struct making *m, size_t want)
{
    struct seal_digest body;
    struct buf bh;
    (void)seal_bodies_read(m->bodies, want, &body);
    buf_init(&bh, 128);
    mail_base64_put(seal_digest_span(&body), &bh);
    making_tag(f, "bh", buf_settle(&bh, f->arena));
}

/* "h=a:b:c;" with folds behind colons. */
void making_names(struct making_field *f, span names)
{
    bool first = true;
    while (names.len > 0) {
        size_t colon = span_find_byte(names, ':');
        span part = colon == SPAN_NONE ? names : span_first(names, colon + 1);
        size_t width = part.len + (first ? 3 : 1);
        if (first || f->column + width > LINE_WIDTH) {
            buf_put_text(&f->text, first && f->column + width <= LINE_WIDTH ? " " : "\n\t");
            f->column = first && f->column + width <= LINE_WIDTH ? f->column + 1 : 8;
        }
        buf_put_text(&f->text, first ? "h=" : "");
        buf_put(&f->text, part);
        f->column += width;
        names = span_from(names, part.len);
        first = false;
    }
    buf_put_text(&f->text, ";");
    f->column++;
}

/* "b=" and its ";": the signature goes in between. */
void making_close(struct making_field *f)
{
    buf_put_text(&f->text, "\n\tb=;");
}

/* Lines of 74 digits, indented. */
span making_sign(struct making_field *f, span signature, const char *indent)
{
    enum { DIGITS = 74 };
    struct buf whole, digits;
    buf_init(&whole, MAKING_CEILING);
    buf_init(&digits, MAKING_CEILING);
    mail_base64_put(signature, &digits);
    buf_put(&whole, span_first(buf_span(&f->text), f->text.len - 1));
    for (size_t i = 0; i < digits.len; i += DIGITS) {
        if (i > 0) {
            buf_printf(&whole, "\n%s", indent);
        }
        buf_put(&whole, span_part(buf_span(&digits), i, DIGITS));
    }
    buf_put_text(&whole, ";\n");
    buf_wipe(&digits);
    buf_wipe(&f->text);
    return buf_settle(&whole, f->arena);
}

/* --- keys --------------------------------------------------------------------------------------- */

const char *making_key(struct making *m, span key, struct seal_held *held)
{
    const struct seal_crypto *crypto = m->order->crypto;
    const struct seal_pem pem = {key};
    const char *why = NULL;
    span name = key;
    if (key.len > 0 && key.at[0] == '/' &&
        !seal_store_file_name(arena_text(m->arena, key), m->arena, &name)) {
        name = key; /* it is not there, and that is said when it is read */
    }
    *held = seal_store_hold(m->order->store, crypto->privates, name, &pem, m->arena, &why);
    if (held->thing == NULL) {
        m->made->panic = span_starts(span_text(why), SPAN("unable to open")) ? why
                                                                             : m->made->panic;
        return why;
    }
    unsigned bits = crypto->private_bits(held->thing);
    if (crypto->private_type(held->thing) == SEAL_RSA && bits < SEAL_RSA_LEAST) {
        seal_store_release(held);
        return arena_printf(m->arena, "the private key has %u bits, RFC 8301 wants %u", bits,
                            (unsigned)SEAL_RSA_LEAST);
    }
    return NULL;
}

const char *making_algorithm(const struct making *m, const struct seal_private *private)
{
    return m->order->crypto->private_type(private) == SEAL_RSA ? "rsa-sha256" : "ed25519-sha256";
}

/* --- DKIM --------------------------------------------------------------------------------------- */

static size_t count_named(const struct making *m, span name)
{
    size_t count = 0;
    for (size_t i = 0; i < m->message->field_count; i++) {
        count += span_eq_caseless(seal_field_name(m->message->fields[i]), name) ? 1 : 0;
    }
    return count;
}

/* The list of h=: a name once, there or not; "=name" as often as it is there; "+name" once more. */
static span names_of(const struct making *m, span list)
{
    struct buf names;
    span name;
    bool from = false;
    buf_init(&names, MAKING_CEILING);
    while (seal_element(&list, &name)) {
        unsigned char mark = name.len > 0 ? name.at[0] : 0;
        span bare = mark == '=' || mark == '+' ? span_from(name, 1) : name;
        size_t there = mark == '=' || mark == '+' ? count_named(m, bare) : 0;
        size_t times = mark == '=' ? there : mark == '+' ? there + 1 : bare.len > 0 ? 1 : 0;
        from = from || (times > 0 && span_eq_caseless(bare, SPAN("From")));
        for (size_t i = 0; i < times; i++) {
            buf_printf(&names, "%s%.*s", names.len > 0 ? ":" : "", SPAN_FMT(bare));
        }
    }
    if (!from) { /* RFC 6376 5.4: always */
        buf_printf(&names, "%sFrom", names.len > 0 ? ":" : "");
    }
    return buf_settle(&names, m->arena);
}

static void dkim_compose(struct making *m, size_t which, const struct seal_private *private,
                         struct making_field *f)
{
    const struct seal_dkim_order *o = &m->order->dkim[which];
    uint64_t now = (uint64_t)(m->order->now / NANOS_PER_SECOND);
    making_begin(f, m->arena, "DKIM-Signature");
    making_tag(f, "v", SPAN("1"));
    making_tag(f, "a", span_text(making_algorithm(m, private)));
    making_tag(f, "q", SPAN("dns/txt"));
    making_tag(f, "c", o->simple ? SPAN("simple/simple") : SPAN("relaxed/relaxed"));
    making_tag(f, "d", o->domain);
    making_tag(f, "s", o->selector);
    making_names(f, names_of(m, o->headers.len > 0 ? o->headers : span_text(seal_headers_default)));
    making_body(f, m, m->dkim_want[which]);
    if (o->identity.len > 0) {
        making_tag(f, "i", o->identity);
    }
    if (o->timestamps) {
        making_number(f, "t", now);
    }
    if (o->timestamps && o->lifetime > 0) {
        making_number(f, "x", now + o->lifetime);
    }
    making_close(f);
}

const char *making_sign_text(const struct making *m, const struct seal_private *private,
                             struct buf *text, span *signature)
{
    struct seal_digest digest;
    bool full = buf_full(text);
    seal_hash_whole(SEAL_SHA256, buf_span(text), &digest);
    buf_wipe(text);
    err e = full ? err_of(ERR_LIMIT, "the header section is too long")
                 : m->order->crypto->sign(private, &digest, m->arena, signature);
    return failed(e) ? e.what : NULL;
}

/* The signature of a composed field over the fields that its h= names. */
const char *making_sign_message(struct making *m, enum seal_kind kind,
                                const struct seal_private *private, const struct making_field *f,
                                span *signature)
{
    struct seal_signature s;
    struct buf text;
    seal_signature_read(kind, buf_span(&f->text), SPAN_NONE, m->arena, &s);
    /* b= is empty so far; any other flaw comes from the options. */
    if (s.flaw != SEAL_GOOD && strcmp(s.wrong, "b= is no base64") != 0) {
        return s.wrong;
    }
    buf_init(&text, MAKING_CEILING);
    seal_signed_put(&m->fields, &s, &text);
    return making_sign_text(m, private, &text, signature);
}

static const char *dkim_make(struct making *m, size_t which, span *field)
{
    struct seal_held held;
    struct making_field f;
    span signature = SPAN_EMPTY;
    const char *why = making_key(m, m->order->dkim[which].key, &held);
    if (why != NULL) {
        return why;
    }
    const struct seal_private *private = held.thing;
    dkim_compose(m, which, private, &f);
    why = making_sign_message(m, SEAL_DKIM, private, &f, &signature);
    *field = making_sign(&f, signature, "\t ");
    seal_store_release(&held);
    return why;
}

static void dkim_make_all(struct making *m, span *signers)
{
    for (size_t i = 0; i < m->order->dkim_count; i++) {
        const struct seal_dkim_order *o = &m->order->dkim[i];
        span field;
        const char *why = dkim_make(m, i, &field);
        if (why != NULL) {
            m->made->dkim_failure = arena_printf(m->arena, "DKIM: signing failed: %s", why);
            continue;
        }
        signers[m->made->signer_count++] = span_text(arena_printf(
            m->arena, "%.*s:%.*s", SPAN_FMT(o->domain), SPAN_FMT(o->selector)));
        m->fresh[m->fresh_count++] = field;
    }
    m->made->signers = signers;
}

/* --- all of it ---------------------------------------------------------------------------------- */

static err body_take(void *to, span text)
{
    seal_bodies_add(to, text);
    return OK;
}

static err body_hash(struct making *m)
{
    const struct seal_order *o = m->order;
    m->bodies = seal_bodies_new(m->arena);
    m->dkim_want = arena_take_array(m->arena, o->dkim_count + 1, sizeof *m->dkim_want);
    for (size_t i = 0; i < o->dkim_count; i++) {
        m->dkim_want[i] = seal_bodies_want(
            m->bodies, o->dkim[i].simple ? SEAL_SIMPLE : SEAL_RELAXED, SEAL_SHA256, SEAL_WHOLE);
    }
    if (o->arc != NULL) {
        bool simple = o->arc->form == SEAL_FORM_EXIM; /* "c=relaxed" */
        m->arc_want = seal_bodies_want(m->bodies, simple ? SEAL_SIMPLE : SEAL_RELAXED, SEAL_SHA256,
                                       SEAL_WHOLE);
    }
    if (!seal_bodies_idle(m->bodies)) {
        TRY(m->message->body(m->message->context, body_take, m->bodies));
    }
    seal_bodies_end(m->bodies);
    return OK;
}

err seal_sign(const struct seal_order *order, const struct seal_outgoing *message,
              struct arena *arena, struct seal_made *made)
{
    struct making m = {.order = order, .message = message, .arena = arena, .made = made};
    *made = (struct seal_made){.count = 0};
    m.fresh = arena_take_array(arena, order->dkim_count + 4, sizeof *m.fresh);
    err e = body_hash(&m);
    if (!failed(e)) {
        seal_fields_read(message->fields, message->field_count, arena, &m.fields);
        dkim_make_all(&m, arena_take_array(arena, order->dkim_count + 1, sizeof(span)));
        span *all = arena_take_array(arena, m.fresh_count + 4, sizeof *all);
        size_t count = 0;
        if (order->arc != NULL) {
            making_arc(&m, all, &count);
        }
        for (size_t i = m.fresh_count; i-- > 0;) { /* the last that was made stands on top */
            all[count++] = m.fresh[i];
        }
        made->at = all;
        made->count = count;
    }
    seal_bodies_free(m.bodies);
    return e;
}

/* The readers of RFC 8601 2.2. The grammar lets comments stand nearly everywhere, and results of others
   are only trustworthy by their id, so the id has a reader of its own that needs nothing else. */
#include "ref/seal/authres.h"

#include "base/cursor.h"

/* One comment, nested ones inside (RFC 5322 3.2.2). False moves nothing. */
static bool comment_take(struct cursor *c)
{
    struct cursor at = *c;
    unsigned depth = 0;
    unsigned char octet;
    while (cursor_take_any(&at, &octet)) {
        if (octet == '\\') {
            (void)cursor_take_any(&at, &octet);
        } else if (octet == '(') {
            depth++;
        } else if (octet == ')' && --depth == 0) {
            *c = at;
            return true;
        } else if (depth == 0) {
            return false;
        }
    }
    return false;
}

/* [CFWS]; says whether there was some. */
static bool cfws_skip(struct cursor *c)
{
    size_t from = c->pos;
    unsigned char octet;
    for (;;) {
        if (cursor_peek(c) == '(' && comment_take(c)) {
            continue;
        }
        if (cursor_peek(c) < 0 || !ascii_is_white((unsigned char)cursor_peek(c))) {
            return c->pos > from;
        }
        (void)cursor_take_any(c, &octet);
    }
}

span seal_authres_skip(span text)
{
    struct cursor c = cursor_of(text);
    (void)cfws_skip(&c);
    return cursor_rest(&c);
}

/* token (RFC 2045 5.1), with octets of UTF-8 (RFC 8601 2.2). */
static bool is_token(unsigned char c)
{
    return c > 32 && c != 127 && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static bool is_keyword(unsigned char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_';
}

/* Addresses and paths as pvalues: wider than value. */
static bool is_pvalue(unsigned char c)
{
    return is_token(c) || (c != '\0' && strchr("@:/[]=?", c) != NULL);
}

static bool quoted_take(struct cursor *c, struct arena *arena, span *text)
{
    struct cursor at = *c;
    unsigned char octet, *out = arena_take(arena, cursor_left(c) + 1);
    size_t len = 0;
    if (!cursor_take_byte(&at, '"')) {
        return false;
    }
    while (cursor_take_any(&at, &octet)) {
        if (octet == '"') {
            *text = span_of(out, len);
            *c = at;
            return true;
        }
        if (octet == '\\' && !cursor_take_any(&at, &octet)) {
            return false;
        }
        if (octet != '\r' && octet != '\n') {
            out[len++] = octet;
        }
    }
    return false;
}

static bool value_take(struct cursor *c, struct arena *arena, span *text)
{
    return quoted_take(c, arena, text) || cursor_take_while(c, is_token, text);
}

/* pvalue = ( value / [ [ local-part ] "@" ] domain-name ): a local part in quotes goes on behind them. */
static bool pvalue_take(struct cursor *c, struct arena *arena, span *value)
{
    struct cursor at = *c;
    span domain = SPAN_EMPTY;
    if (!quoted_take(&at, arena, value)) {
        return cursor_take_while(c, is_pvalue, value);
    }
    if (cursor_peek(&at) == '@') {
        (void)cursor_take_while(&at, is_pvalue, &domain);
        unsigned char *whole = arena_take(arena, value->len + domain.len);
        memcpy(whole, value->at, value->len);
        memcpy(whole + value->len, domain.at, domain.len);
        *value = span_of(whole, value->len + domain.len);
    }
    *c = at;
    return domain.len != 1;
}

/* --- whole fields ------------------------------------------------------------------------------- */

static bool sign_take(struct cursor *c, unsigned char sign)
{
    struct cursor at = *c;
    (void)cfws_skip(&at);
    if (!cursor_take_byte(&at, sign)) {
        return false;
    }
    (void)cfws_skip(&at);
    *c = at;
    return true;
}

static bool property_take(struct cursor *c, struct arena *arena, struct seal_authres_property *p)
{
    struct cursor at = *c;
    if (!cursor_take_while(&at, is_keyword, &p->type) || !sign_take(&at, '.') ||
        !cursor_take_while(&at, is_keyword, &p->name) || !sign_take(&at, '=')) {
        return false;
    }
    p->value = SPAN_EMPTY;
    bool quoted = cursor_peek(&at) == '"';
    if (!pvalue_take(&at, arena, &p->value) && quoted) {
        return false;
    }
    *c = at;
    return true;
}

static bool reason_take(struct cursor *c, struct arena *arena, span *reason)
{
    struct cursor at = *c;
    span word;
    if (!cursor_take_while(&at, is_keyword, &word) || !span_eq_caseless(word, SPAN("reason")) ||
        !sign_take(&at, '=') || !value_take(&at, arena, reason)) {
        return false;
    }
    *c = at;
    return true;
}

/* methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ] */
static const char *result_read(span text, struct arena *arena, struct seal_authres_result *r)
{
    struct cursor c = cursor_of(text);
    struct seal_authres_property p;
    r->text = text;
    (void)cfws_skip(&c);
    if (!cursor_take_while(&c, is_keyword, &r->method)) {
        return "a result has no method";
    }
    if (sign_take(&c, '/') && !cursor_take_while(&c, is_token, &r->version)) {
        return "a method has no version behind its slash";
    }
    if (!sign_take(&c, '=') || !cursor_take_while(&c, is_keyword, &r->result)) {
        return "a method has no result";
    }
    bool apart = cfws_skip(&c);
    if (apart && reason_take(&c, arena, &r->reason)) {
        apart = cfws_skip(&c);
    }
    while (apart && property_take(&c, arena, &p)) {
        vec_add(arena, &r->properties, p);
        apart = cfws_skip(&c) || c.in.at[c.pos - 1] == '"'; /* 1*propspec: quotes end one, too */
    }
    return cursor_at_end(&c) ? NULL : "a property cannot be read";
}

bool seal_authres_read(span body, struct arena *arena, struct seal_authres *authres,
                       const char **why)
{
    struct cursor c = cursor_of(body);
    span rest, text;
    *authres = (struct seal_authres){.id = SPAN_EMPTY, .version = SPAN_EMPTY};
    *why = "there is no authserv-id";
    (void)cfws_skip(&c);
    if (!value_take(&c, arena, &authres->id)) {
        return false;
    }
    if (cfws_skip(&c) && ascii_is_digit((unsigned char)cursor_peek(&c))) {
        (void)cursor_take_while(&c, ascii_is_digit, &authres->version);
        (void)cfws_skip(&c);
    }
    *why = "there is no result";
    if (!cursor_take_byte(&c, ';')) {
        return false;
    }
    rest = cursor_rest(&c);
    struct cursor none = c;
    span word;
    (void)cfws_skip(&none);
    if (cursor_take_while(&none, is_keyword, &word) && span_eq_caseless(word, SPAN("none"))) {
        (void)cfws_skip(&none);
        if (cursor_at_end(&none)) {
            return true;
        }
    }
    while (seal_authres_next(&rest, &text)) {
        struct seal_authres_result result = {.version = SPAN_EMPTY, .reason = SPAN_EMPTY};
        *why = result_read(text, arena, &result);
        if (*why != NULL) {
            return false;
        }
        vec_add(arena, &authres->results, result);
    }
    return authres->results.count > 0;
}

bool seal_authres_split(span body, struct arena *arena, span *id, span *rest)
{
    struct cursor c = cursor_of(body);
    (void)cfws_skip(&c);
    if (!value_take(&c, arena, id)) {
        return false;
    }
    *rest = cursor_rest(&c);
    span version;
    (void)seal_authres_next(rest, &version);
    return true;
}

bool seal_authres_next(span *rest, span *text)
{
    struct cursor c = cursor_of(*rest);
    unsigned char octet;
    if (rest->len == 0) {
        return false;
    }
    while (cursor_peek(&c) >= 0 && cursor_peek(&c) != ';') {
        if (cursor_peek(&c) == '(') { /* to its end, or to that of the text, which is looked for once */
            c.pos = comment_take(&c) ? c.pos : rest->len;
            continue;
        }
        (void)cursor_take_any(&c, &octet);
        if (octet == '"') {
            while (cursor_take_any(&c, &octet) && octet != '"') {
                if (octet == '\\') {
                    (void)cursor_take_any(&c, &octet);
                }
            }
        }
    }
    *text = span_trim_space(span_first(*rest, c.pos));
    *rest = span_from(*rest, c.pos + 1);
    return true;
}

bool seal_authres_claims(span body, span ids, struct arena *arena)
{
    span id, rest, ours;
    if (!seal_authres_split(body, arena, &id, &rest)) {
        return true;
    }
    while (seal_element(&ids, &ours)) {
        if (ours.len > 0 && span_eq_caseless(ours, id)) {
            return true;
        }
    }
    return false;
}

/* --- writing ------------------------------------------------------------------------------------ */

static void quoted_put(span text, struct buf *out)
{
    buf_put_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\') {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, text.at[i]);
    }
    buf_put_byte(out, '"');
}

static void value_put(span text, struct buf *out)
{
    bool plain = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        plain = plain && is_token(text.at[i]);
    }
    if (plain) {
        buf_put(out, text);
    } else {
        quoted_put(text, out);
    }
}

/* pvalue: also [ [ local-part ] "@" ] domain-name, when that needs no quotes. */
static void pvalue_put(span text, struct buf *out)
{
    size_t at = span_find_byte(text, '@');
    bool address = at != SPAN_NONE && at + 1 < text.len;
    for (size_t i = 0; i < text.len; i++) {
        address = address && (i == at || is_token(text.at[i]));
    }
    if (address) {
        buf_put(out, text);
    } else {
        value_put(text, out);
    }
}

void seal_authres_write(const struct seal_authres *authres, struct buf *out)
{
    value_put(authres->id, out);
    if (authres->version.len > 0) {
        buf_printf(out, " %.*s", SPAN_FMT(authres->version));
    }
    for (size_t i = 0; i < authres->results.count; i++) {
        const struct seal_authres_result *r = &authres->results.at[i];
        buf_printf(out, ";\n\t%.*s", SPAN_FMT(r->method));
        if (r->version.len > 0) {
            buf_printf(out, "/%.*s", SPAN_FMT(r->version));
        }
        buf_printf(out, "=%.*s", SPAN_FMT(r->result));
        if (r->reason.len > 0) {
            buf_put_text(out, " reason=");
            value_put(r->reason, out);
        }
        for (size_t p = 0; p < r->properties.count; p++) {
            const struct seal_authres_property *property = &r->properties.at[p];
            buf_printf(out, " %.*s.%.*s=", SPAN_FMT(property->type), SPAN_FMT(property->name));
            pvalue_put(property->value, out);
        }
    }
    if (authres->results.count == 0) {
        buf_put_text(out, "; none");
    }
}

/* --- ours --------------------------------------------------------------------------------------- */

/* Comment text: what would end it early, or a line, is left out. */
static void comment_put(span text, struct buf *out)
{
    buf_put_text(out, " (");
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        bool quoted = c == '(' || c == ')' || c == '\\';
        if (quoted) {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, c < 32 || c == 127 ? ' ' : c);
    }
    buf_put_byte(out, ')');
}

/* A value comes from others, who must not make a line of ours longer than RFC 5322 2.1.1 allows: what is
   longer than any name or address, or folded, is not told. */
static void property_put(const struct seal_authres_facts *f, const char *name, span value,
                         struct buf *out)
{
    enum { LINE_MOST = 998, VALUE_MOST = 400 };
    size_t lf = span_find_last_byte(buf_span(out), '\n');
    size_t column = out->len - (lf != SPAN_NONE ? lf + 1 : 0);
    if (value.len == 0 || value.len > VALUE_MOST || span_find_byte(value, '\n') != SPAN_NONE) {
        return;
    }
    bool long_line = column + strlen(name) + 4 + 2 * value.len > LINE_MOST; /* in quotes at worst */
    buf_printf(out, "%s%s=", long_line ? "\n\t\t" : " ", name);
    if (f->exim) {
        buf_put(out, value);
    } else {
        pvalue_put(value, out);
    }
}

static void connection_put(const struct seal_authres_facts *f, struct buf *out)
{
    static const char *const iprev[] = {[SEAL_IPREV_PASS] = "pass", [SEAL_IPREV_FAIL] = "fail",
                                        [SEAL_IPREV_TEMPERROR] = "temperror"};
    if (f->local) {
        buf_printf(out, ";\n\tlocal=pass (non-smtp, %.*s)", SPAN_FMT(f->id));
        if (f->login.len > 0) {
            if (f->exim) {
                buf_printf(out, " u=%.*s", SPAN_FMT(f->login));
            } else {
                comment_put(f->login, out);
            }
        }
    }
    if (f->iprev != SEAL_IPREV_UNKNOWN) {
        buf_printf(out, ";\n\tiprev=%s", iprev[f->iprev]);
        if (f->host_name.len > 0) {
            comment_put(f->host_name, out);
        }
        property_put(f, f->exim ? "smtp.remote-ip" : "policy.iprev", f->remote_ip, out);
    }
    if (f->auth_mech.len > 0) {
        buf_printf(out, ";\n\tauth=pass (%.*s)", SPAN_FMT(f->auth_mech));
        property_put(f, "smtp.auth", f->auth_id, out);
        property_put(f, "smtp.mailfrom", f->auth_sender, out);
    }
}

static void dkim_put(const struct seal_authres_facts *f, const struct seal_dkim_told *told,
                     struct buf *out)
{
    const struct seal_dkim *d = told->dkim;
    const struct seal_reason_row *row = &seal_reasons[d->judged.reason];
    bool temporary = strcmp(row->result, "temperror") == 0;
    if (told->status.len > 0) {
        buf_put_text(out, ";\n\tdkim=policy (");
        buf_put(out, told->status);
        if (told->reason.len > 0) {
            buf_printf(out, " - %.*s", SPAN_FMT(told->reason));
        }
        buf_put_byte(out, ')');
    } else {
        buf_printf(out, ";\n\tdkim=%s", f->exim && temporary ? "tmperror" : row->result);
        if (d->judged.reason == SEAL_KEY_SHORT) {
            buf_printf(out, " (%s: %s)\n\t\t", row->comment, d->judged.why);
        } else if (row->comment[0] != '\0') {
            buf_printf(out, " (%s)\n\t\t", row->comment);
        }
    }
    size_t before = out->len;
    property_put(f, "header.d", d->signature.domain, out);
    property_put(f, "header.i", d->signature.identity, out);
    property_put(f, "header.s", d->signature.selector, out);
    property_put(f, "header.a", d->signature.algorithm, out);
    if (out->len == before && span_ends(buf_span(out), SPAN("\n\t\t"))) {
        out->len -= 3; /* no line of white space alone (RFC 5322 3.2.2) */
    }
}

static void arc_put(const struct seal_authres_facts *f, struct buf *out)
{
    const struct seal_arc *a = f->arc;
    buf_printf(out, ";\n\tarc=%s", seal_arc_words[a->state]);
    if (a->instance > 0) {
        buf_printf(out, " (i=%u)", a->instance);
        if (a->reason[0] != '\0') {
            buf_printf(out, "(%s)", a->reason);
        }
        if (f->exim) {
            property_put(f, "header.s", a->selector, out);
            buf_printf(out, " arc.oldest-pass=%u", a->oldest_pass);
        } else if (a->oldest_pass > 0) { /* RFC 8617 5.2 step 5: 0 when all of them pass */
            buf_printf(out, " header.oldest-pass=%u", a->all_pass ? 0 : a->oldest_pass);
        }
        property_put(f, "smtp.remote-ip", f->remote_ip, out);
    } else if (a->reason[0] != '\0') {
        buf_printf(out, " (%s)", a->reason);
    }
}

static void spf_put(const struct seal_authres_facts *f, struct buf *out)
{
    buf_printf(out, ";\n\tspf=%s%s", spf_words[f->spf->result],
               f->spf->guessed ? " (best guess record for domain)" : "");
    property_put(f, f->spf->of_helo ? "smtp.helo" : "smtp.mailfrom", f->spf->domain, out);
}

/* Exim tells that it was not looked at, with a word that is not registered. */
static void dmarc_put(const struct seal_authres_facts *f, struct buf *out)
{
    const char *word = f->exim ? f->dmarc->exim : f->dmarc->result;
    if (word[0] != '\0') {
        buf_printf(out, ";\n\tdmarc=%s", word);
        property_put(f, "header.from", f->dmarc_from, out);
    }
}

void seal_authres_make(const struct seal_authres_facts *f, struct buf *out)
{
    size_t before;
    buf_put_text(out, "Authentication-Results: ");
    buf_put(out, f->id);
    before = out->len;
    connection_put(f, out);
    if (f->spf != NULL) {
        spf_put(f, out);
    }
    for (size_t i = 0; i < f->dkim_count; i++) {
        if (f->dkim[i].dkim->evaluated) {
            dkim_put(f, &f->dkim[i], out);
        }
    }
    if (f->dmarc != NULL) {
        dmarc_put(f, out);
    }
    if (f->arc != NULL) {
        arc_put(f, out);
    }
    if (out->len == before) {
        buf_put_text(out, "; none");
    }
}

/* The grammar of RFC 8601 2.2 lets comments stand nearly everywhere. Results of others are only
   trustworthy by their id, and are passed on as they stand: nothing here needs to read more of them than
   where one ends. */
#include "ref/seal/authres.h"

#include "base/cursor.h"
#include "ref/mail/mailboxes.h"

span seal_authres_skip(span text)
{
    size_t at = 0;
    while (at < text.len && (text.at[at] == '(' || ascii_is_white(text.at[at]))) {
        size_t end = text.at[at] == '(' ? mail_comment_end(text, at) : at + 1;
        if (end == SPAN_NONE) {
            break;
        }
        at = end;
    }
    return span_from(text, at);
}

/* token (RFC 2045 5.1), with octets of UTF-8 (RFC 8601 2.2). */
static bool is_token(unsigned char c)
{
    return c > 32 && c != 127 && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* What a quoted string means, without folds. */
static bool quoted_take(struct cursor *c, struct arena *arena, span *text)
{
    size_t end = cursor_peek(c) == '"' ? mail_quoted_end(c->in, c->pos) : SPAN_NONE;
    if (end == SPAN_NONE) {
        return false;
    }
    unsigned char *out = arena_take(arena, end - c->pos);
    size_t len = 0;
    for (size_t i = c->pos + 1; i + 1 < end; i++) {
        i += c->in.at[i] == '\\' ? 1 : 0;
        if (c->in.at[i] != '\r' && c->in.at[i] != '\n') {
            out[len++] = c->in.at[i];
        }
    }
    *text = span_of(out, len);
    c->pos = end;
    return true;
}

/* --- taken apart -------------------------------------------------------------------------------- */

bool seal_authres_split(span body, struct arena *arena, span *id, span *rest)
{
    struct cursor c = cursor_of(seal_authres_skip(body));
    if (!quoted_take(&c, arena, id) && !cursor_take_while(&c, is_token, id)) {
        return false;
    }
    *rest = cursor_rest(&c);
    span version;
    (void)seal_authres_next(rest, &version);
    return true;
}

bool seal_authres_next(span *rest, span *text)
{
    size_t at = 0;
    if (rest->len == 0) {
        return false;
    }
    while (at < rest->len && rest->at[at] != ';') { /* what does not end is the rest, and looked for once */
        unsigned char c = rest->at[at];
        size_t end = c == '(' ? mail_comment_end(*rest, at) : c == '"' ? mail_quoted_end(*rest, at) : at + 1;
        at = end != SPAN_NONE ? end : rest->len;
    }
    *text = span_trim_space(span_first(*rest, at));
    *rest = span_from(*rest, at + 1);
    return true;
}

bool seal_authres_claims(span body, span ids, struct arena *arena)
{
    span id, rest;
    return !seal_authres_split(body, arena, &id, &rest) || (id.len > 0 && seal_list_has_caseless(ids, id));
}

/* --- ours --------------------------------------------------------------------------------------- */

/* pvalue: a token, or [ [ local-part ] "@" ] domain-name, where that needs no quotes. */
static void pvalue_put(span text, struct buf *out)
{
    size_t at = span_find_byte(text, '@');
    bool plain = text.len > 0 && text.at[text.len - 1] != '@';
    for (size_t i = 0; i < text.len; i++) {
        plain = plain && (i == at || is_token(text.at[i]));
    }
    if (plain) {
        buf_put(out, text);
        return;
    }
    buf_put_byte(out, '"');
    buf_put_escaped(out, text, "\"\\");
    buf_put_byte(out, '"');
}

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

/* One function for each rule of RFC 5321 4.1.2 and 4.1.3, named after it:

     Reverse-path  = Path / "<>"
     Forward-path  = Path          and "<Postmaster>" in any case, 4.1.1.3 (a domain may follow)
     Path          = "<" [ A-d-l ":" ] Mailbox ">"
     A-d-l         = At-domain *( "," At-domain )
     At-domain     = "@" Domain
     Mailbox       = Local-part "@" ( Domain / address-literal )
     Local-part    = Dot-string / Quoted-string
     Dot-string    = Atom *( "." Atom )
     Quoted-string = DQUOTE *( qtextSMTP / quoted-pairSMTP ) DQUOTE
     quoted-pairSMTP = %d92 %d32-126
     Domain        = sub-domain *( "." sub-domain )
     sub-domain    = Let-dig [ *( ALPHA / DIGIT / "-" ) Let-dig ]
     address-literal = "[" ( IPv4-address-literal / IPv6-address-literal /
                       General-address-literal ) "]"

   With UTF-8 allowed, atext, qtextSMTP and Let-dig grow by UTF8-non-ascii (RFC 6531 3.3). A source
   route is checked and dropped, as 4.1.1.3 and appendix C ask. */
#include "ref/mail/address.h"

#include "base/hex.h"
#include "ref/mail/chars.h"
#include "ref/mail/utf8.h"

/* What the rules need to hand to each other. */
struct reader {
    struct cursor *c;
    bool utf8;     /* allowed */
    bool met_utf8; /* an octet above 127 was met, allowed or not */
};

static err fail(const struct reader *r, const char *what)
{
    return err_syntax(r->c->pos, what);
}

static err fail_limit(size_t at, const char *what)
{
    return (err){.kind = ERR_LIMIT, .at = at, .what = what};
}

/* One octet of the class, or, if allowed, one UTF-8 sequence. */
static bool take_char(struct reader *r, unsigned classes)
{
    int next = cursor_peek(r->c);
    if (next < 0) {
        return false;
    }
    if (next >= 0x80) {
        r->met_utf8 = true;
        return r->utf8 && mail_utf8_take(r->c);
    }
    if (!mail_is((unsigned char)next, classes)) {
        return false;
    }
    r->c->pos++;
    return true;
}

static bool take_run(struct reader *r, unsigned classes)
{
    size_t start = r->c->pos;
    while (take_char(r, classes)) {
    }
    return r->c->pos > start;
}

static err take_dot_string(struct reader *r)
{
    do {
        if (!take_run(r, MAIL_ATEXT)) {
            return fail(r, "Local-part: an atom is missing (RFC 5321 4.1.2 Dot-string)");
        }
    } while (cursor_take_byte(r->c, '.'));
    return OK;
}

static err take_quoted_string(struct reader *r)
{
    for (;;) {
        if (cursor_take_byte(r->c, '"')) {
            return OK;
        }
        if (cursor_take_byte(r->c, '\\')) {
            int next = cursor_peek(r->c);
            if (next < 32 || next > 126) {
                return fail(r, "Local-part: only %d32-126 may follow a backslash "
                               "(RFC 5321 4.1.2 quoted-pairSMTP)");
            }
            r->c->pos++;
        } else if (!take_char(r, MAIL_QTEXT)) {
            return fail(r, "Local-part: closing quote or quoted text expected "
                           "(RFC 5321 4.1.2 Quoted-string)");
        }
    }
}

static err take_local_part(struct reader *r, struct mail_address *a)
{
    size_t start = r->c->pos;
    a->quoted = cursor_take_byte(r->c, '"');
    TRY(a->quoted ? take_quoted_string(r) : take_dot_string(r));
    a->local = span_part(r->c->in, start, r->c->pos - start);
    if (a->local.len > MAIL_LOCAL_PART_LIMIT) {
        return fail_limit(start, "Local-part: longer than 64 octets (RFC 5321 4.5.3.1.1)");
    }
    return OK;
}

static err take_domain(struct reader *r)
{
    size_t start = r->c->pos;
    do {
        size_t label = r->c->pos;
        if (!take_char(r, MAIL_LET_DIG)) {
            return fail(r, "Domain: a letter or digit expected (RFC 5321 4.1.2 sub-domain)");
        }
        take_run(r, MAIL_LDH);
        if (r->c->in.at[r->c->pos - 1] == '-') {
            r->c->pos--;
            return fail(r, "Domain: a name may not end in a hyphen (RFC 5321 4.1.2 sub-domain)");
        }
        if (r->c->pos - label > MAIL_LABEL_LIMIT) {
            return fail_limit(label, "Domain: a name longer than 63 octets (RFC 1035 2.3.4)");
        }
    } while (cursor_take_byte(r->c, '.'));
    if (r->c->pos - start > MAIL_DOMAIN_LIMIT) {
        return fail_limit(start, "Domain: longer than 255 octets (RFC 5321 4.5.3.1.2)");
    }
    return OK;
}

/* Snum = 1*3DIGIT, 0 to 255 */
static bool take_snum(struct cursor *c)
{
    size_t start = c->pos;
    unsigned value = 0;
    while (c->pos - start < 3 && cursor_peek(c) >= '0' && cursor_peek(c) <= '9') {
        value = value * 10 + (unsigned)(cursor_peek(c) - '0');
        c->pos++;
    }
    return c->pos > start && value <= 255;
}

static bool take_ipv4(struct cursor *c)
{
    for (int i = 0; i < 4; i++) {
        if ((i > 0 && !cursor_take_byte(c, '.')) || !take_snum(c)) {
            return false;
        }
    }
    return true;
}

bool mail_is_ipv4(span text)
{
    struct cursor c = cursor_of(text);
    return take_ipv4(&c) && cursor_at_end(&c);
}

/* IPv6-hex = 1*4HEXDIG */
static bool take_hex(struct cursor *c)
{
    size_t start = c->pos;
    while (c->pos - start < 4 && ascii_hex_value(cursor_peek(c)) >= 0) {
        c->pos++;
    }
    return c->pos > start;
}

/* IPv6-full = IPv6-hex 7(":" IPv6-hex), comp: "::" stands for at least two groups (4.1.3), and the
   v4 forms, in which the last two groups are an IPv4 address. */
bool mail_is_ipv6(span text)
{
    struct cursor c = cursor_of(text);
    size_t groups = 0;
    bool gap = cursor_take_literal(&c, SPAN("::"));
    bool more = !cursor_at_end(&c);
    while (more) {
        struct cursor v4 = c;
        if (take_ipv4(&v4) && cursor_at_end(&v4)) {
            groups += 2;
            c = v4;
            break;
        }
        if (!take_hex(&c)) {
            return false;
        }
        groups++;
        more = !cursor_at_end(&c);
        if (more && !gap && cursor_take_literal(&c, SPAN("::"))) {
            gap = true;
            more = !cursor_at_end(&c);
        } else if (more && !cursor_take_byte(&c, ':')) {
            return false;
        }
    }
    return cursor_at_end(&c) && (gap ? groups <= 6 : groups == 8);
}

/* General-address-literal = Standardized-tag ":" 1*dcontent; Standardized-tag = Ldh-str */
static bool is_general(span tag, span content)
{
    bool good = tag.len > 0 && content.len > 0 && mail_is_let_dig(tag.at[tag.len - 1]);
    for (size_t i = 0; i < tag.len; i++) {
        good = good && mail_is_ldh(tag.at[i]);
    }
    for (size_t i = 0; i < content.len; i++) {
        good = good && mail_is_dcontent(content.at[i]);
    }
    return good;
}

err mail_literal_parse(span text, enum mail_domain_kind *kind)
{
    if (text.len < 2 || text.at[0] != '[' || text.at[text.len - 1] != ']') {
        return err_syntax(0, "address-literal: not in square brackets (RFC 5321 4.1.3)");
    }
    if (text.len > MAIL_DOMAIN_LIMIT) {
        return fail_limit(0, "address-literal: longer than 255 octets (RFC 5321 4.5.3.1.2)");
    }
    span inner = span_part(text, 1, text.len - 2);
    span tag;
    span content;
    if (!span_split(inner, ':', &tag, &content)) {
        *kind = MAIL_DOMAIN_IPV4;
        return mail_is_ipv4(inner)
                   ? OK
                   : err_syntax(1, "address-literal: no IPv4 address (RFC 5321 4.1.3)");
    }
    if (span_eq_caseless(tag, SPAN("IPv6"))) {
        *kind = MAIL_DOMAIN_IPV6;
        return mail_is_ipv6(content)
                   ? OK
                   : err_syntax(6, "address-literal: no IPv6 address (RFC 5321 4.1.3)");
    }
    *kind = MAIL_DOMAIN_GENERAL;
    return is_general(tag, content)
               ? OK
               : err_syntax(1, "address-literal: neither IPv4, IPv6: nor tag:content "
                               "(RFC 5321 4.1.3)");
}

static err take_literal(struct reader *r, enum mail_domain_kind *kind)
{
    size_t start = r->c->pos;
    size_t end = span_find_byte(cursor_rest(r->c), ']');
    if (end == SPAN_NONE) {
        return fail(r, "address-literal: closing bracket is missing (RFC 5321 4.1.3)");
    }
    err e = mail_literal_parse(span_part(r->c->in, start, end + 1), kind);
    if (failed(e)) {
        e.at += start;
        return e;
    }
    r->c->pos = start + end + 1;
    return OK;
}

static err take_mailbox(struct reader *r, bool postmaster, struct mail_address *a)
{
    size_t start = r->c->pos;
    TRY(take_local_part(r, a));
    if (cursor_take_byte(r->c, '@')) {
        size_t domain = r->c->pos;
        if (cursor_peek(r->c) == '[') {
            TRY(take_literal(r, &a->kind));
        } else {
            a->kind = MAIL_DOMAIN_NAME;
            TRY(take_domain(r));
        }
        a->domain = span_part(r->c->in, domain, r->c->pos - domain);
    } else if (!postmaster || !span_eq_caseless(a->local, SPAN("postmaster"))) {
        return fail(r, "Mailbox: @ expected behind the local part (RFC 5321 4.1.2)");
    }
    a->text = span_part(r->c->in, start, r->c->pos - start);
    return OK;
}

static err take_route(struct reader *r, struct mail_address *a)
{
    size_t start = r->c->pos;
    do {
        if (!cursor_take_byte(r->c, '@')) {
            return fail(r, "Path: @ expected in a source route (RFC 5321 4.1.2 A-d-l)");
        }
        TRY(take_domain(r));
    } while (cursor_take_byte(r->c, ','));
    a->route = span_part(r->c->in, start, r->c->pos - start);
    if (!cursor_take_byte(r->c, ':')) {
        return fail(r, "Path: colon expected behind a source route (RFC 5321 4.1.2 A-d-l)");
    }
    return OK;
}

static err take_path(struct reader *r, enum mail_path which, struct mail_address *a)
{
    size_t start = r->c->pos;
    if (!cursor_take_byte(r->c, '<')) {
        return fail(r, "Path: < expected (RFC 5321 4.1.2)");
    }
    if (which == MAIL_REVERSE_PATH && cursor_take_byte(r->c, '>')) {
        a->null = true;
        return OK;
    }
    if (cursor_peek(r->c) == '@') {
        TRY(take_route(r, a));
    }
    TRY(take_mailbox(r, which == MAIL_FORWARD_PATH && a->route.len == 0, a));
    if (!cursor_take_byte(r->c, '>')) {
        return fail(r, "Path: > expected (RFC 5321 4.1.2)");
    }
    if (r->c->pos - start > MAIL_PATH_LIMIT) {
        return fail_limit(start, "Path: longer than 256 octets (RFC 5321 4.5.3.1.3)");
    }
    return OK;
}

err mail_path_take(struct cursor *c, enum mail_path which, bool utf8, struct mail_address *a)
{
    size_t start = c->pos;
    struct reader r = {c, utf8, false};
    *a = (struct mail_address){.text = SPAN_EMPTY, .local = SPAN_EMPTY, .domain = SPAN_EMPTY,
                               .route = SPAN_EMPTY};
    err e = take_path(&r, which, a);
    a->utf8 = r.met_utf8;
    if (failed(e)) {
        c->pos = start;
    }
    return e;
}

err mail_path_parse(span text, enum mail_path which, bool utf8, struct mail_address *a)
{
    struct cursor c = cursor_of(text);
    TRY(mail_path_take(&c, which, utf8, a));
    return cursor_at_end(&c) ? OK : err_syntax(c.pos, "Path: something follows the closing >");
}

err mail_mailbox_parse(span text, bool utf8, struct mail_address *a)
{
    struct cursor c = cursor_of(text);
    struct reader r = {&c, utf8, false};
    *a = (struct mail_address){.text = SPAN_EMPTY, .local = SPAN_EMPTY, .domain = SPAN_EMPTY,
                               .route = SPAN_EMPTY};
    err e = take_mailbox(&r, true, a);
    a->utf8 = r.met_utf8;
    TRY(e);
    if (text.len > MAIL_PATH_LIMIT - 2) {
        return fail_limit(0, "Path: longer than 256 octets (RFC 5321 4.5.3.1.3)");
    }
    return cursor_at_end(&c) ? OK : err_syntax(c.pos, "Mailbox: something follows the address");
}

err mail_domain_parse(span text, bool utf8)
{
    struct cursor c = cursor_of(text);
    struct reader r = {&c, utf8, false};
    TRY(take_domain(&r));
    return cursor_at_end(&c) ? OK : fail(&r, "Domain: letters, digits, hyphens and dots only "
                                             "(RFC 5321 4.1.2)");
}

bool mail_domain_below(span name, span domain)
{
    return name.len >= domain.len &&
           span_eq_caseless(span_from(name, name.len - domain.len), domain) &&
           (name.len == domain.len || name.at[name.len - domain.len - 1] == '.');
}

/* A literal may hold "@", but no bracket (4.1.3). */
size_t mail_at_sign(span mailbox)
{
    size_t at = span_find_last_byte(mailbox, '@');
    size_t bracket = span_ends(mailbox, SPAN("]")) ? span_find_last_byte(mailbox, '[') : SPAN_NONE;
    return bracket != SPAN_NONE && bracket > 0 && mailbox.at[bracket - 1] == '@' ? bracket - 1 : at;
}

void mail_local_part_put(const struct mail_address *a, struct buf *out)
{
    if (!a->quoted) {
        buf_put(out, a->local);
        return;
    }
    for (size_t i = 1; i + 1 < a->local.len; i++) {
        if (a->local.at[i] == '\\') {
            i++;
        }
        buf_put_byte(out, a->local.at[i]);
    }
}

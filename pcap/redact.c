/* Replacement by table and not by hash: user1, user2, ... can be read, and the same capture gives the
   same text every time. Reserved names are replaced too: whoever reads a draft need not wonder which
   names were the recording's. */
#include "pcap/redact.h"

#include "base/vec.h"

struct pair {
    span from;
    const char *to;
};

typedef VEC(struct pair) pairs;

struct redaction {
    struct arena *arena;
    pairs domains;
    pairs mailboxes;
    pairs hosts; /* without a dot */
    pairs ips;
    unsigned locals, strangers, users, plain_hosts, v4, v6;
};

struct redaction *redaction_new(struct arena *arena)
{
    struct redaction *r = ARENA_NEW(arena, struct redaction);
    r->arena = arena;
    return r;
}

static const char *find(const pairs *p, span from)
{
    for (size_t i = 0; i < p->count; i++) {
        if (span_eq_caseless(p->at[i].from, from)) {
            return p->at[i].to;
        }
    }
    return NULL;
}

static const char *add(struct redaction *r, pairs *p, span from, const char *to)
{
    *vec_push(r->arena, p) = (struct pair){arena_copy(r->arena, from), to};
    return to;
}

static const char *numbered(struct redaction *r, const char *before, unsigned *count, const char *behind)
{
    ++*count;
    return *count == 1 ? arena_printf(r->arena, "%s%s", before, behind)
                       : arena_printf(r->arena, "%s%u%s", before, *count, behind);
}

void redaction_local_domain(struct redaction *r, span domain)
{
    if (!find(&r->domains, domain)) {
        (void)add(r, &r->domains, domain, numbered(r, "test", &r->locals, ".ex"));
    }
}

static bool is_wide(span text)
{
    size_t i = 0;
    while (i < text.len && text.at[i] < 0x80) {
        i++;
    }
    return i < text.len;
}

/* A host below a domain that has a new name keeps its first label's place there. */
static const char *domain_for(struct redaction *r, span domain)
{
    const char *known = find(&r->domains, domain);
    if (known) {
        return known;
    }
    for (size_t i = 0; i < r->domains.count; i++) {
        span above = r->domains.at[i].from;
        if (domain.len > above.len + 1 && domain.at[domain.len - above.len - 1] == '.' &&
            span_eq_caseless(span_from(domain, domain.len - above.len), above)) {
            return add(r, &r->domains, domain,
                       arena_printf(r->arena, "host%zu.%s", r->domains.count, r->domains.at[i].to));
        }
    }
    return add(r, &r->domains, domain, numbered(r, is_wide(domain) ? "custom\xc3\xa9r" : "customer", &r->strangers, ".test"));
}

/* What a server may refuse stays to be refused: quotes, 8-bit characters, more octets than RFC 5321 4.5.3.1.1 allows. */
static const char *mailbox_name(struct redaction *r, span local)
{
    bool quoted = local.at[0] == '"';
    int digits = local.len > 64 ? (int)local.len - 4 : 1;
    return arena_printf(r->arena, "%s%0*u%s", quoted ? "\"user " : is_wide(local) ? "us\xc3\xa9r" : "user", digits, ++r->users,
                        quoted ? "\"" : "");
}

static const char *mailbox_for(struct redaction *r, span local, span domain)
{
    if (span_eq_caseless(local, SPAN("postmaster"))) {
        return "postmaster"; /* RFC 5321 4.5.1 gives the word a meaning */
    }
    span whole = span_text(arena_printf(r->arena, "%.*s@%.*s", SPAN_FMT(local), SPAN_FMT(domain)));
    const char *known = find(&r->mailboxes, whole);
    return known ? known : add(r, &r->mailboxes, whole, mailbox_name(r, local));
}

static const char *ip_for(struct redaction *r, span text, bool v6)
{
    const char *known = find(&r->ips, text);
    if (known) {
        return known;
    }
    return add(r, &r->ips, text,
               v6 ? arena_printf(r->arena, "2001:db8::%x", ++r->v6)
                  : arena_printf(r->arena, "198.51.100.%u", ++r->v4 % 256));
}

void redaction_host(struct redaction *r, span name, struct buf *out)
{
    if (span_find_byte(name, '.') != SPAN_NONE || span_find_byte(name, '[') != SPAN_NONE) {
        redaction_text(r, name, out);
        return;
    }
    const char *known = find(&r->hosts, name);
    buf_put_text(out, known ? known : add(r, &r->hosts, name, numbered(r, "host", &r->plain_hosts, "")));
}

void redaction_mailbox(struct redaction *r, span name, struct buf *out)
{
    if (name.len == 0 || span_find_byte(name, '@') != SPAN_NONE) {
        redaction_text(r, name, out);
        return;
    }
    buf_put_text(out, mailbox_for(r, name, SPAN_EMPTY));
}

/* ---- tokens ---- */

static bool is_local_char(unsigned char c)
{
    return ascii_is_alnum(c) || c >= 0x80 || (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~.-", c));
}

static bool is_domain_char(unsigned char c)
{
    return ascii_is_alnum(c) || c >= 0x80 || c == '-' || c == '.' || c == '_';
}

/* Octets of a local part that begins here and is followed by "@"; 0 if none. */
static size_t local_len(span text)
{
    size_t len = 0;
    if (text.len && text.at[0] == '"') {
        for (len = 1; len < text.len && text.at[len] != '"' && text.at[len] != '\n'; len++) {
            len += text.at[len] == '\\';
        }
        len++;
    } else {
        len = span_run(text, is_local_char);
    }
    return len < text.len && len > 0 && text.at[len] == '@' ? len : 0;
}

static bool is_keyword_char(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || c == '-';
}

/* "AUTH=a@b": the keyword of a parameter is no part of the address. */
static size_t keyword_len(span local)
{
    size_t len = span_run(local, is_keyword_char);
    return len > 1 && len < local.len && local.at[len] == '=' ? len + 1 : 0;
}

/* A name of at least two labels whose last has a letter. */
static bool is_domain(span text)
{
    size_t dot = span_find_last_byte(text, '.');
    return dot != SPAN_NONE && dot > 0 && dot + 1 < text.len &&
           (ascii_is_alpha(text.at[dot + 1]) || text.at[dot + 1] >= 0x80) && text.at[0] != '.';
}

static bool is_ipv4(span text)
{
    unsigned dots = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '.') {
            dots++;
        } else if (!ascii_is_digit(text.at[i])) {
            return false;
        }
    }
    return dots == 3 && text.len >= 7 && ascii_is_digit(text.at[0]) && ascii_is_digit(text.at[text.len - 1]);
}

static size_t ipv6_len(span text)
{
    size_t len = 0;
    unsigned colons = 0;
    while (len < text.len &&
           (ascii_hex_value(text.at[len]) >= 0 || text.at[len] == ':' || text.at[len] == '.')) {
        colons += text.at[len] == ':';
        len++;
    }
    return colons >= 2 ? len : 0;
}

/* What is no name of anybody. */
typedef void put_rest(span text, struct buf *out);

static void put_as_is(span text, struct buf *out)
{
    buf_put(out, text);
}

/* Octets of the 8-bit character that begins here; what is no UTF-8 counts one by one. */
static size_t wide_len(span text)
{
    unsigned char lead = text.at[0];
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
    for (size_t i = 1; i < len; i++) {
        if (i >= text.len || (text.at[i] & 0xc0) != 0x80) {
            return 1;
        }
    }
    return len;
}

/* 8-bit text stays 8-bit text of the same length. */
static void put_blank(span text, struct buf *out)
{
    static const char *const wide[] = {"", "\xe9", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x99\x82"};
    while (text.len) {
        unsigned char c = text.at[0];
        size_t len = c >= 0x80 ? wide_len(text) : 1;
        if (c >= 0x80) {
            buf_put_text(out, wide[len]);
        } else {
            buf_put_byte(out, ascii_is_alpha(c) ? 'x' : ascii_is_digit(c) ? '0' : c);
        }
        text = span_from(text, len);
    }
}

/* An address at the beginning of text, `local` octets before its "@", however that is written; octets taken. */
static size_t put_address(struct redaction *r, span text, size_t local, const char *at, struct buf *out)
{
    size_t keyword = keyword_len(span_first(text, local));
    buf_put(out, span_first(text, keyword));
    span left = span_part(text, keyword, local - keyword);
    span right = span_from(text, local + strlen(at));
    right = span_first(right, span_run(right, is_domain_char));
    buf_printf(out, "%s%s", left.len ? mailbox_for(r, left, right) : "", at);
    if (right.len) {
        buf_put_text(out, domain_for(r, right));
    }
    return local + strlen(at) + right.len;
}

/* Octets before the "+40" of an address in xtext (RFC 3461 4): ENVID, ORCPT and AUTH=. 0: none is here. */
static size_t xtext_local_len(span text)
{
    span word = span_first(text, span_run(text, is_local_char));
    size_t at = span_find(word, SPAN("+40"));
    return at != SPAN_NONE && is_domain(span_from(word, at + 3)) ? at : 0;
}

/* A mailbox without a domain, in brackets. */
static size_t bare_len(span text)
{
    size_t len = text.at[0] == '<' ? span_run(span_from(text, 1), is_local_char) : 0;
    return len + 1 < text.len && text.at[len + 1] == '>' ? len : 0;
}

/* One token at the beginning of text; octets taken. */
static size_t put_token(struct redaction *r, span text, put_rest *rest, struct buf *out)
{
    size_t local = local_len(text);
    if (local) {
        return put_address(r, text, local, "@", out);
    }
    if ((local = xtext_local_len(text)) > 0) {
        return put_address(r, text, local, "+40", out);
    }
    if (rest == put_as_is && (local = bare_len(text)) > 0) {
        buf_printf(out, "<%s>", mailbox_for(r, span_part(text, 1, local), SPAN_EMPTY));
        return local + 2;
    }
    if (span_starts_caseless(text, SPAN("IPv6:"))) {
        size_t len = ipv6_len(span_from(text, 5));
        if (len) {
            buf_printf(out, "IPv6:%s", ip_for(r, span_part(text, 5, len), true));
            return 5 + len;
        }
    }
    size_t len = span_run(text, is_domain_char);
    span word = span_first(text, len);
    if (len == 0) {
        rest(span_first(text, 1), out);
        return 1;
    }
    if (is_ipv4(word)) {
        buf_put_text(out, ip_for(r, word, false));
    } else if (is_domain(word)) {
        buf_put_text(out, domain_for(r, word));
    } else {
        rest(word, out);
    }
    return len;
}

static void put_tokens(struct redaction *r, span text, put_rest *rest, struct buf *out)
{
    while (text.len) {
        text = span_from(text, put_token(r, text, rest, out));
    }
}

void redaction_text(struct redaction *r, span text, struct buf *out)
{
    put_tokens(r, text, put_as_is, out);
}

/* ---- messages ---- */

static span take_line(span *text)
{
    size_t lf = span_find_byte(*text, '\n');
    span line = span_first(*text, lf == SPAN_NONE ? text->len : lf + 1);
    *text = span_from(*text, line.len);
    return line;
}

static bool is_field_char(unsigned char c)
{
    return c > 32 && c < 127 && c != ':';
}

/* Fields that a reader needs in order to find the parts of the message. */
static bool is_kept(span line)
{
    return span_starts_caseless(line, SPAN("Content-")) || span_starts_caseless(line, SPAN("MIME-Version:")) ||
           span_starts_caseless(line, SPAN("Date:"));
}

/* Behind name= and filename=, of whichever part of RFC 2231, stand words of people. */
static size_t names_at(span line)
{
    size_t at = 0;
    while (at < line.len && !span_starts_caseless(span_from(line, at), SPAN("name=")) &&
           !span_starts_caseless(span_from(line, at), SPAN("name*"))) {
        at++;
    }
    return at < line.len ? at + 4 : line.len;
}

void redaction_message(struct redaction *r, span octets, struct buf *out)
{
    bool header = true;
    put_rest *rest = put_blank;
    while (octets.len) {
        span line = take_line(&octets);
        if (header && !ascii_is_blank(line.at[0])) {
            size_t name = span_run(line, is_field_char);
            header = name > 0 && name < line.len && line.at[name] == ':';
            rest = is_kept(line) ? put_as_is : put_blank;
            if (header) {
                buf_put(out, span_first(line, name + 1));
                line = span_from(line, name + 1);
            }
        }
        if (!header) {
            /* boundaries, and the fields of parts */
            rest = span_starts(line, SPAN("--")) || is_kept(line) ? put_as_is : put_blank;
        }
        size_t kept = rest == put_as_is ? names_at(line) : line.len;
        put_tokens(r, span_first(line, kept), rest, out);
        put_tokens(r, span_from(line, kept), put_blank, out);
    }
}

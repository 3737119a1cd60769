/* The parameters of MAIL and RCPT, RFC 5321 4.1.2:

     Mail-parameters = esmtp-param *( SP esmtp-param )      Rcpt-parameters likewise
     esmtp-param     = esmtp-keyword [ "=" esmtp-value ]
     esmtp-keyword   = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
     esmtp-value     = 1*( %d33-60 / %d62-126 )

   "AUTH=<>" and "SIZE=" are split alike here; only the row of the keyword knows its values. */
#include "ref/mail/params.h"

#include "base/hex.h"
#include "ref/mail/chars.h"
#include "ref/mail/utf8.h"

static bool take_value_char(struct cursor *c, bool utf8)
{
    int next = cursor_peek(c);
    if (next >= 0x80) {
        return utf8 && mail_utf8_take(c);
    }
    if (next < 0 || !mail_is_value((unsigned char)next)) {
        return false;
    }
    c->pos++;
    return true;
}

static err take_param(struct cursor *c, bool utf8, struct mail_param *p)
{
    if (!cursor_take_byte(c, ' ')) {
        return err_syntax(c->pos, "a blank expected before a parameter (RFC 5321 4.1.2)");
    }
    p->at = c->pos;
    if (cursor_peek(c) < 0 || !mail_is_let_dig((unsigned char)cursor_peek(c))) {
        return err_syntax(c->pos, "parameter name expected (RFC 5321 4.1.2 esmtp-keyword)");
    }
    (void)cursor_take_while(c, mail_is_ldh, &p->name);
    p->has_value = cursor_take_byte(c, '=');
    if (p->has_value) {
        size_t start = c->pos;
        while (take_value_char(c, utf8)) {
        }
        p->value = span_part(c->in, start, c->pos - start);
        if (p->value.len == 0) {
            return err_syntax(c->pos, "parameter value expected (RFC 5321 4.1.2 esmtp-value)");
        }
    }
    if (!cursor_at_end(c) && cursor_peek(c) != ' ') {
        return err_syntax(c->pos, "this octet is not allowed in a parameter (RFC 5321 4.1.2)");
    }
    return OK;
}

err mail_param_take(struct cursor *c, bool utf8, struct mail_param *param, bool *more)
{
    *param = (struct mail_param){.name = SPAN_EMPTY, .value = SPAN_EMPTY};
    *more = !cursor_at_end(c);
    if (!*more) {
        return OK;
    }
    size_t start = c->pos;
    err e = take_param(c, utf8, param);
    if (failed(e)) {
        c->pos = start;
    }
    return e;
}

/* hexchar = "+" 2HEXDIG, upper case */
static bool take_hexchar(struct cursor *c)
{
    span rest = cursor_rest(c);
    if (rest.len < 3 || rest.at[0] != '+' || !mail_is_upper_hex(rest.at[1]) ||
        !mail_is_upper_hex(rest.at[2])) {
        return false;
    }
    c->pos += 3;
    return true;
}

/* The octet that a hexchar just taken stands for. */
static unsigned char hexchar_value(const struct cursor *c)
{
    return (unsigned char)(ascii_hex_value(c->in.at[c->pos - 2]) * 16 +
                           ascii_hex_value(c->in.at[c->pos - 1]));
}

static bool is_printable(unsigned char c)
{
    return c == '\t' || (c >= ' ' && c < 127);
}

static size_t xtext_bad(span text, bool utf8)
{
    struct cursor c = cursor_of(text);
    while (!cursor_at_end(&c)) {
        size_t at = c.pos;
        if (mail_is_xchar((unsigned char)cursor_peek(&c))) {
            c.pos++;
        } else if (!(utf8 && mail_utf8_take(&c)) &&
                   !(take_hexchar(&c) && is_printable(hexchar_value(&c)))) {
            return at;
        }
    }
    return SPAN_NONE;
}

size_t mail_xtext_bad(span text)
{
    return xtext_bad(text, false);
}

bool mail_xtext_decode(span text, struct buf *out)
{
    struct cursor c = cursor_of(text);
    while (!cursor_at_end(&c)) {
        unsigned char next = (unsigned char)cursor_peek(&c);
        if (mail_is_xchar(next)) {
            buf_put_byte(out, next);
            c.pos++;
        } else if (take_hexchar(&c)) {
            buf_put_byte(out, hexchar_value(&c));
        } else {
            return false;
        }
    }
    return true;
}

void mail_xtext_encode(span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (mail_is_xchar(text.at[i])) {
            buf_put_byte(out, text.at[i]);
        } else {
            buf_printf(out, "+%02X", text.at[i]);
        }
    }
}

size_t mail_orcpt_bad(span text, bool utf8)
{
    struct cursor c = cursor_of(text);
    span type;
    /* addr-type = atom */
    if (!cursor_take_while(&c, mail_is_atext, &type) || !cursor_take_byte(&c, ';') ||
        cursor_at_end(&c)) {
        return c.pos;
    }
    size_t bad = xtext_bad(cursor_rest(&c), utf8 && span_eq_caseless(type, SPAN("utf-8")));
    return bad == SPAN_NONE ? SPAN_NONE : c.pos + bad;
}

/* RFC 5321 4.2, RFC 3463 in front of a message's text. A code whose class is another than the
   outcome's would tell the client a lie: it is taken off, and the caller logs that. */
#include "ref/acl/acl.h"

#include "base/cursor.h"

static bool digits_take(struct cursor *c, size_t least, size_t most)
{
    size_t count = 0;
    struct cursor at = *c;
    while (count < most && ascii_is_digit((unsigned char)cursor_peek(&at))) {
        at.pos++;
        count++;
    }
    if (count < least) {
        return false;
    }
    *c = at;
    return true;
}

/* "5.7.9 " */
static bool status_take(struct cursor *c, span *status)
{
    struct cursor at = *c;
    if (!digits_take(&at, 1, 1) || !cursor_take_byte(&at, '.') || !digits_take(&at, 1, 3) ||
        !cursor_take_byte(&at, '.') || !digits_take(&at, 1, 3)) {
        return false;
    }
    *status = span_part(at.in, c->pos, at.pos - c->pos);
    if (!cursor_at_end(&at) && !cursor_take_byte(&at, ' ')) {
        return false;
    }
    *c = at;
    return true;
}

err acl_code_read(span message, unsigned char digit, struct acl_code *out)
{
    struct cursor c = cursor_of(message);
    span status = SPAN_EMPTY;
    out->text = message;
    if (!digits_take(&c, 3, 3) || (!cursor_at_end(&c) && !cursor_take_byte(&c, ' '))) {
        return OK;
    }
    bool has_status = status_take(&c, &status);
    out->text = cursor_rest(&c);
    if (message.at[0] != digit || (has_status && status.at[0] != digit)) {
        return err_syntax(0, "configured error code starts with incorrect digit");
    }
    out->code = (unsigned)(message.at[0] - '0') * 100 + (unsigned)(message.at[1] - '0') * 10 +
                (unsigned)(message.at[2] - '0');
    out->status = has_status ? status : out->status;
    return OK;
}

span acl_code_text(span message)
{
    struct acl_code code = {.status = SPAN_EMPTY};
    unsigned char digit = message.len > 0 ? message.at[0] : '0';
    (void)failed(acl_code_read(message, digit, &code));
    return code.text;
}

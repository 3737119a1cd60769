/* Numbers and times as option values. The wording of refusals is Exim's where Exim has one, because
   scripts and people look for it. */
#include "ref/conf/option_reading.h"

#include "base/cursor.h"

/* *large: it does not fit; all digits are taken nevertheless. */
static bool digits_take(struct cursor *c, unsigned base, uint64_t *value, bool *large)
{
    size_t from = c->pos;
    uint64_t n = 0;
    *large = false;
    for (int byte; (byte = cursor_peek(c)) >= 0; c->pos++) {
        int digit = ascii_hex_value(byte);
        if (digit < 0 || (unsigned)digit >= base) {
            break;
        }
        *large |= n > (UINT64_MAX >> 1) / base - 1;
        n = *large ? 0 : n * base + (unsigned)digit;
    }
    *value = n;
    return c->pos > from;
}

static bool scale_take(struct cursor *c, uint64_t *value)
{
    unsigned char letter = (unsigned char)(cursor_peek(c) < 0 ? 0 : cursor_peek(c));
    unsigned shift = letter == 'k' || letter == 'K'   ? 10
                     : letter == 'm' || letter == 'M' ? 20
                     : letter == 'g' || letter == 'G' ? 30
                                                      : 0;
    if (shift == 0) {
        return true;
    }
    c->pos++;
    if (*value > UINT64_MAX >> (shift + 1)) {
        return false;
    }
    *value <<= shift;
    return true;
}

static err bounds_check(const struct reading *r, uint64_t value)
{
    if (value < r->row->least || (r->row->most > 0 && value > r->row->most)) {
        return conf_error(r->where, r->arena, "%s = %.*s is out of range (%llu to %llu)",
                          r->row->name, SPAN_FMT(r->value), (unsigned long long)r->row->least,
                          (unsigned long long)r->row->most);
    }
    return OK;
}

static err too_large(const struct reading *r)
{
    return conf_error(r->where, r->arena,
                      "absolute value of integer \"%.*s\" is too large (overflow)",
                      SPAN_FMT(r->value));
}

static err number_read(const struct reading *r, bool octal, uint64_t *value)
{
    struct cursor c = cursor_of(r->value);
    unsigned base = octal ? 8 : 10;
    if (!octal && cursor_take_caseless(&c, SPAN("0x"))) {
        base = 16;
    } else if (cursor_peek(&c) == '0') {
        base = 8;
    }
    bool large;
    if (!digits_take(&c, base, value, &large)) {
        return conf_error(r->where, r->arena, "%sinteger expected for %s", octal ? "octal " : "",
                          r->row->name);
    }
    if (large) {
        return too_large(r);
    }
    if (!octal && !scale_take(&c, value)) {
        return too_large(r);
    }
    if (!cursor_at_end(&c)) {
        return conf_error(r->where, r->arena, "extra characters follow %sinteger value for %s",
                          octal ? "octal " : "", r->row->name);
    }
    return bounds_check(r, *value);
}

err reading_int(const struct reading *r)
{
    return number_read(r, false, r->field);
}

err reading_octal(const struct reading *r)
{
    uint64_t value;
    TRY(number_read(r, true, &value));
    *(unsigned *)r->field = (unsigned)value;
    return OK;
}

err reading_signed(const struct reading *r)
{
    struct reading positive = *r;
    bool negative = r->value.len > 0 && r->value.at[0] == '-';
    positive.value = span_from(r->value, negative ? 1 : 0);
    uint64_t value;
    TRY(number_read(&positive, false, &value));
    *(int64_t *)r->field = negative ? -(int64_t)value : (int64_t)value;
    return OK;
}

/* "1.5" is 1500. */
err reading_fixed(const struct reading *r)
{
    if (r->value.len == 0 && r->at_default) {
        *(uint64_t *)r->field = CONF_FIXED_UNSET;
        return OK;
    }
    struct cursor c = cursor_of(r->value);
    uint64_t whole = 0, part = 0, scale = 1000;
    bool large;
    if (!digits_take(&c, 10, &whole, &large) || large || whole > UINT32_MAX) {
        return conf_error(r->where, r->arena, "fixed-point number expected for %s", r->row->name);
    }
    if (cursor_take_byte(&c, '.')) {
        while (scale > 1 && cursor_peek(&c) >= '0' && cursor_peek(&c) <= '9') {
            scale /= 10;
            part += (uint64_t)(cursor_peek(&c) - '0') * scale;
            c.pos++;
        }
    }
    if (!cursor_at_end(&c)) {
        return conf_error(r->where, r->arena, "extra characters follow fixed-point value for %s",
                          r->row->name);
    }
    *(uint64_t *)r->field = whole * 1000 + part;
    return OK;
}

static const struct time_unit {
    unsigned char letter;
    uint64_t seconds;
} time_units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
enum { TIME_UNITS = sizeof time_units / sizeof *time_units };

err conf_time_read(span text, uint64_t *seconds)
{
    struct cursor c = cursor_of(text);
    uint64_t sum = 0, n;
    if (cursor_at_end(&c)) {
        return err_syntax(0, "empty time");
    }
    while (!cursor_at_end(&c)) {
        size_t unit = 0;
        if (!cursor_take_u64(&c, &n) || n > UINT32_MAX) {
            return err_syntax(c.pos, "number expected");
        }
        while (unit < TIME_UNITS && cursor_peek(&c) != time_units[unit].letter) {
            unit++;
        }
        if (unit == TIME_UNITS) {
            return err_syntax(c.pos, "w, d, h, m or s expected");
        }
        c.pos++;
        sum += n * time_units[unit].seconds;
        if (sum > UINT32_MAX) {
            return err_syntax(0, "time is too long");
        }
    }
    *seconds = sum;
    return OK;
}

err reading_time(const struct reading *r)
{
    uint64_t seconds;
    if (failed(conf_time_read(r->value, &seconds))) {
        return conf_error(r->where, r->arena, "invalid time value for %s", r->row->name);
    }
    TRY(bounds_check(r, seconds));
    *(millis *)r->field = (millis)(seconds * 1000);
    return OK;
}

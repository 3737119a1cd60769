/* Exim's items take numbers as strings of digits; each says with its own words when it is none. */
#include "ref/expand/numbers.h"

#define EDGE INT32_MAX

/* Digits only; none are zero. */
static bool number_of_size(span text, long long *value)
{
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.at[i])) {
            return false;
        }
        *value = *value * 10 + (text.at[i] - '0');
        *value = *value < EDGE ? *value : EDGE;
    }
    return true;
}

bool number_of_field(span text, long long *value)
{
    bool minus = text.len && text.at[0] == '-';
    if (!number_of_size(span_from(text, minus), value)) {
        return false;
    }
    *value = minus ? -*value : *value;
    return true;
}

bool number_of_item(span text, long long *value)
{
    span rest = span_skip_space(text);
    bool plus = rest.len && rest.at[0] == '+';
    bool sign = plus || (rest.len && rest.at[0] == '-');
    return number_of_field(span_from(rest, plus), value) && (text.len == 0 || rest.len > sign) &&
           !(plus && rest.at[1] == '-');
}

bool number_of_count(span text, long long *value)
{
    return number_of_item(text, value) && *value >= 0;
}

bool number_suffix(struct expansion *x, const struct operation *op, size_t most, bool minus,
                   long long values[2])
{
    span first, second;
    values[1] = -1;
    if (span_find_byte(op->name, '_') == SPAN_NONE) {
        return eval_fail(x, "missing values after %.*s", SPAN_FMT(op->name));
    }
    bool two = span_split(op->suffix, '_', &first, &second);
    bool good = minus ? number_of_field(first, &values[0]) : number_of_size(first, &values[0]);
    if (good && two) {
        good = most == 2 && first.len && second.len && number_of_size(second, &values[1]);
    }
    return good || eval_fail(x, "non-digit after underscore in \"%.*s\"", SPAN_FMT(op->name));
}

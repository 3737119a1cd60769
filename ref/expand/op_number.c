/* Operators for numbers and times: eval, time_interval, time_eval, randint. */
#include "ref/expand/operators.h"

#include "base/rng.h"

#define NESTING_LIMIT 64u

/* A calculation stands in text at pos; what is wrong is told with all that was read before. */
struct sum {
    span text;
    size_t pos;
    bool decimal;        /* eval10 */
    unsigned depth;
    const char *wrong;
};

static int peek(struct sum *s)
{
    s->pos = s->text.len - span_skip_space(span_from(s->text, s->pos)).len;
    return s->pos < s->text.len ? s->text.at[s->pos] : -1;
}

static int64_t fail(struct sum *s, const char *wrong)
{
    if (!s->wrong) {
        s->wrong = wrong;
    }
    return 0;
}

static int64_t level(struct sum *s, size_t which);

static int digit_of(const struct sum *s, unsigned base)
{
    if (s->pos >= s->text.len) {
        return -1;
    }
    int digit = ascii_hex_value(s->text.at[s->pos]);
    return digit < (int)base ? digit : -1;
}

static bool hex_follows(const struct sum *s)
{
    struct sum ahead = *s;
    ahead.pos += 2;
    return span_starts_caseless(span_from(s->text, s->pos), SPAN("0x")) &&
           digit_of(&ahead, 16) >= 0;
}

/* Digits, then K, M or G. Too large a number is the largest. */
static int64_t number(struct sum *s)
{
    unsigned base = 10;
    if (!s->decimal && hex_follows(s)) {
        base = 16;
        s->pos += 2;
    } else if (!s->decimal && s->text.at[s->pos] == '0') {
        base = 8;
    }
    int64_t value = 0;
    for (int digit; (digit = digit_of(s, base)) >= 0; s->pos++) {
        if (__builtin_mul_overflow(value, (int64_t)base, &value) ||
            __builtin_add_overflow(value, (int64_t)digit, &value)) {
            value = INT64_MAX;
        }
    }
    static const char units[] = "kmg";
    unsigned char c = s->pos < s->text.len ? ascii_lower(s->text.at[s->pos]) : 0;
    const char *unit = c ? strchr(units, c) : NULL;
    if (unit) {
        s->pos++;
        if (__builtin_mul_overflow(value, INT64_C(1) << 10 * (unit - units + 1), &value)) {
            return fail(s, "overflow in number");
        }
    }
    return value;
}

static int64_t negated(struct sum *s, int64_t value)
{
    return value == INT64_MIN ? fail(s, "overflow in sum") : -value;
}

static int64_t unary(struct sum *s)
{
    int c = peek(s);
    if (++s->depth > NESTING_LIMIT) {
        return fail(s, "nested too deeply");
    }
    int64_t value = 0;
    if (c == '-' || c == '+' || c == '~') {
        s->pos++;
        value = unary(s);
        value = c == '-' ? negated(s, value) : c == '~' ? ~value : value;
    } else if (c == '(') {
        s->pos++;
        value = level(s, 0);
        if (!s->wrong && peek(s) != ')') {
            fail(s, "expecting closing parenthesis");
        } else if (!s->wrong) {
            s->pos++;
        }
    } else if (c >= 0 && ascii_is_digit((unsigned char)c)) {
        value = number(s);
    } else {
        fail(s, "expecting number or opening parenthesis");
    }
    s->depth--;
    return value;
}

static int64_t shifted(int64_t a, int64_t b, bool left)
{
    unsigned count = (unsigned)b & 63;
    return left ? (int64_t)((uint64_t)a << count) : a >> count;
}

static int64_t divided(struct sum *s, int64_t a, int64_t b, bool modulo)
{
    if (b == 0) {
        return fail(s, modulo ? "modulo by zero" : "divide by zero");
    }
    if (b == -1) {
        return modulo ? 0 : a == INT64_MIN ? INT64_MAX : -a;
    }
    return modulo ? a % b : a / b;
}

static int64_t apply(struct sum *s, unsigned char op, int64_t a, int64_t b)
{
    int64_t r = 0;
    bool over = false;
    switch (op) {
    case '|':
        return a | b;
    case '^':
        return a ^ b;
    case '&':
        return a & b;
    case '<':
    case '>':
        return shifted(a, b, op == '<');
    case '+':
        over = __builtin_add_overflow(a, b, &r);
        return over ? fail(s, "overflow in sum") : r;
    case '-':
        over = __builtin_sub_overflow(a, b, &r);
        return over ? fail(s, "overflow in difference") : r;
    case '*':
        over = __builtin_mul_overflow(a, b, &r);
        return over ? fail(s, "overflow in product") : r;
    default:
        return divided(s, a, b, op == '%');
    }
}

/* As in C, from the loosest to the tightest; each from left to right. */
static const char *const levels[] = {"|", "^", "&", "<>", "+-", "*/%"};
enum { LEVELS = sizeof levels / sizeof levels[0], SHIFTS = 3 };

static int64_t level(struct sum *s, size_t which)
{
    if (which == LEVELS) {
        return unary(s);
    }
    int64_t value = level(s, which + 1);
    for (int c; !s->wrong && (c = peek(s)) > 0 && strchr(levels[which], c);) {
        if (which == SHIFTS && (s->pos + 1 >= s->text.len || s->text.at[s->pos + 1] != c)) {
            break;
        }
        s->pos += which == SHIFTS ? 2 : 1;
        int64_t right = level(s, which + 1);
        value = s->wrong ? 0 : apply(s, (unsigned char)c, value, right);
    }
    return value;
}

bool op_eval(struct expansion *x, const struct operation *op, struct value *value)
{
    struct sum s = {.text = value->text, .decimal = op->row->variant == EVAL_DECIMAL};
    int64_t result = level(&s, 0);
    if (!s.wrong && peek(&s) >= 0) {
        fail(&s, "expecting operator");
    }
    if (s.wrong) {
        return eval_fail(x, "error in expression evaluation: %s (after processing \"%.*s\")",
                         s.wrong, SPAN_FMT(span_first(s.text, s.pos)));
    }
    *value = value_of(span_text(arena_printf(x->arena, "%lld", (long long)result)), false);
    return eval_spend(x, s.text.len);
}

static const struct {
    char name;
    uint64_t seconds;
} units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
enum { UNITS = sizeof units / sizeof units[0] };

bool op_time_interval(struct expansion *x, const struct operation *op, struct value *value)
{
    uint64_t seconds = 0;
    struct buf text;
    if (value->text.len && !span_to_u64(value->text, &seconds)) {
        return eval_fail(x, "string \"%.*s\" is not a positive number in \"%s\" operator",
                         SPAN_FMT(value->text), op->row->name);
    }
    buf_init(&text, 128);
    for (size_t i = 0; i < UNITS; i++) {
        uint64_t count = seconds / units[i].seconds;
        seconds %= units[i].seconds;
        if (count || (units[i].name == 's' && text.len == 0)) {
            buf_printf(&text, "%llu%c", (unsigned long long)count, units[i].name);
        }
    }
    value->tainted = false;
    return eval_take(x, &text, &value->text);
}

/* 1*(1*DIGIT unit), in any order. */
static bool read_interval(span s, uint64_t *seconds)
{
    size_t at = 0;
    *seconds = 0;
    while (at < s.len) {
        size_t begin = at;
        uint64_t count, unit = 0;
        while (at < s.len && ascii_is_digit(s.at[at])) {
            at++;
        }
        if (at == s.len || !span_to_u64(span_part(s, begin, at - begin), &count)) {
            return false;
        }
        for (size_t i = 0; i < UNITS; i++) {
            unit = s.at[at] == units[i].name ? units[i].seconds : unit;
        }
        if (!unit || __builtin_mul_overflow(count, unit, &count) ||
            __builtin_add_overflow(*seconds, count, seconds)) {
            return false;
        }
        at++;
    }
    return s.len != 0;
}

bool op_time_eval(struct expansion *x, const struct operation *op, struct value *value)
{
    uint64_t seconds;
    if (!read_interval(value->text, &seconds)) {
        return eval_fail(x, "string \"%.*s\" is not an Exim time interval in \"%s\" operator",
                         SPAN_FMT(value->text), op->row->name);
    }
    *value = value_of(eval_number(x, seconds), false);
    return true;
}

bool op_randint(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    struct sum s = {.text = span_trim_space(value->text), .decimal = true};
    bool minus = s.text.len && s.text.at[0] == '-';
    s.pos = minus;
    if (s.text.len == s.pos || !ascii_is_digit(s.text.at[s.pos])) {
        return eval_fail(x, "integer expected but \"%.*s\" found", SPAN_FMT(value->text));
    }
    int64_t bound = number(&s);
    if (s.wrong || s.pos < s.text.len) {
        return eval_fail(x, "invalid integer \"%.*s\"", SPAN_FMT(value->text));
    }
    if (minus) {
        return eval_fail(x, "non-negative integer expected but \"%.*s\" found",
                         SPAN_FMT(value->text));
    }
    if (!x->rng) {
        return eval_fail(x, "\"randint\" is not available here");
    }
    uint64_t drawn = bound ? rng_below(x->rng, (uint64_t)bound) : 0;
    *value = value_of(eval_number(x, drawn), false);
    return true;
}

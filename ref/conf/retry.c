/* Lines of the retry section: "pattern error [senders=list] rule; rule; ...". */
#include "ref/conf/retry.h"

#include "base/cursor.h"
#include "ref/conf/option.h"

struct line {
    struct cursor c;
    struct conf_where where;
    struct arena *arena;
};

/* A word, or what stands in double quotes. */
static span word_take(struct line *l)
{
    span rest = cursor_rest(&l->c), word = conf_word_take(&rest, "\"");
    l->c.pos = l->c.in.len - rest.len;
    cursor_skip_blanks(&l->c);
    return word;
}

/* --- errors ------------------------------------------------------------------------------ */

enum qualifier { BARE, HOSTS, CODE, AGE };

/* In the order in which they are looked for: longer names before their beginnings. */
static const struct error_row {
    const char *name;
    enum retry_error error;
    enum qualifier qualifier; /* what may follow behind a "_" */
} errors[] = {
    {"auth_failed", RETRY_AUTH_FAILED, BARE},
    {"connect", RETRY_CONNECT, HOSTS},
    {"data_4", RETRY_DATA_4XX, CODE},
    {"lost_connection", RETRY_LOST_CONNECTION, BARE},
    {"mail_4", RETRY_MAIL_4XX, CODE},
    {"quota", RETRY_QUOTA, AGE},
    {"rcpt_4", RETRY_RCPT_4XX, CODE},
    {"refused", RETRY_REFUSED, HOSTS},
    {"timeout_connect", RETRY_TIMEOUT_CONNECT, HOSTS},
    {"timeout_DNS", RETRY_TIMEOUT_DNS, BARE},
    {"timeout", RETRY_TIMEOUT, HOSTS},
    {"tls_required", RETRY_TLS_REQUIRED, BARE},
    {"*", RETRY_ANY, BARE},
};

static err code_read(struct line *l, const char *name, span digits, struct retry_rule *rule)
{
    bool x0 = digits.len == 2 && digits.at[0] == 'x', x1 = digits.len == 2 && digits.at[1] == 'x';
    bool d0 = digits.len == 2 && ascii_is_digit(digits.at[0]);
    bool d1 = digits.len == 2 && ascii_is_digit(digits.at[1]);
    if (!((x0 && x1) || (d0 && (x1 || d1)))) {
        return conf_error(l->where, l->arena,
                          "%s must be followed by xx, dx, or dd, where x is literal and d is any "
                          "digit", name);
    }
    memcpy(rule->code, (char[]){'4', (char)digits.at[0], (char)digits.at[1], 0}, 4);
    return OK;
}

static err qualifier_read(struct line *l, const struct error_row *row, span rest,
                          struct retry_rule *rule)
{
    uint64_t seconds;
    switch (row->qualifier) {
    case HOSTS:
        if (span_eq(rest, SPAN("_A"))) {
            rule->host = RETRY_HOST_A;
        } else if (span_eq(rest, SPAN("_MX"))) {
            rule->host = RETRY_HOST_MX;
        } else {
            bool timeout = row->error == RETRY_TIMEOUT;
            return conf_error(l->where, l->arena, "%s expected after \"%s\"",
                              timeout ? "\"A\", \"MX\", or \"connect\"" : "A or MX", row->name);
        }
        return OK;
    case AGE:
        if (!span_starts(rest, SPAN("_")) || failed(conf_time_read(span_from(rest, 1), &seconds))) {
            return conf_error(l->where, l->arena, "bad time value");
        }
        rule->quota_time = (millis)(seconds * 1000);
        return OK;
    case CODE:
        return code_read(l, row->name, rest, rule);
    case BARE:
        break;
    }
    return OK;
}

static err error_read(struct line *l, span word, struct retry_rule *rule)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        const struct error_row *row = &errors[i];
        if (!span_starts(word, span_text(row->name))) {
            continue;
        }
        span rest = span_from(word, strlen(row->name));
        if (rest.len > 0 && (row->qualifier == BARE ||
                             (row->qualifier != CODE && rest.at[0] != '_'))) {
            continue;
        }
        rule->error = row->error;
        bool bare = rest.len == 0 && row->qualifier != CODE;
        return bare ? OK : qualifier_read(l, row, rest, rule);
    }
    return conf_error(l->where, l->arena, "unknown or malformed retry error \"%.*s\"",
                      SPAN_FMT(word));
}

/* --- steps ------------------------------------------------------------------------------- */

/* The next parameter, up to a comma, semicolon or blank; a comma must stand before it. */
static err parameter_take(struct line *l, span *text)
{
    cursor_skip_blanks(&l->c);
    if (!cursor_take_byte(&l->c, ',')) {
        return conf_error(l->where, l->arena, "comma expected");
    }
    cursor_skip_blanks(&l->c);
    span rest = cursor_rest(&l->c);
    size_t len = 0;
    while (len < rest.len && rest.at[len] != ',' && rest.at[len] != ';' &&
           !ascii_is_blank(rest.at[len])) {
        len++;
    }
    *text = span_first(rest, len);
    l->c.pos += len;
    return OK;
}

static err bad(const struct line *l)
{
    return conf_error(l->where, l->arena, "bad parameters for retry rule");
}

static err step_time(struct line *l, millis *time)
{
    span text;
    uint64_t seconds;
    TRY(parameter_take(l, &text));
    if (failed(conf_time_read(text, &seconds)) || seconds == 0) {
        return bad(l);
    }
    *time = (millis)(seconds * 1000);
    return OK;
}

static err step_factor(struct line *l, uint64_t *factor)
{
    span text, whole, part;
    uint64_t number, thousandths = 0;
    TRY(parameter_take(l, &text));
    bool has_part = span_split(text, '.', &whole, &part);
    if (!span_to_u64(whole, &number) || number > UINT32_MAX || (has_part && part.len > 3) ||
        (part.len > 0 && !span_to_u64(part, &thousandths))) {
        return bad(l);
    }
    for (size_t i = part.len; i < 3; i++) {
        thousandths *= 10;
    }
    *factor = number * 1000 + thousandths;
    return *factor < 1000 ? bad(l) : OK;
}

static err step_take(struct line *l, struct retry_step *step)
{
    unsigned char kind = 0;
    (void)cursor_take_any(&l->c, &kind);
    if (kind != 'F' && kind != 'G' && kind != 'H') {
        return conf_error(l->where, l->arena, "unknown retry rule letter");
    }
    step->kind = (char)kind;
    TRY(step_time(l, &step->cutoff));
    TRY(step_time(l, &step->interval));
    return kind == 'F' ? OK : step_factor(l, &step->factor);
}

static err steps_read(struct line *l, struct retry_rule *rule)
{
    cursor_skip_blanks(&l->c);
    while (!cursor_at_end(&l->c)) {
        struct retry_step step = {0};
        TRY(step_take(l, &step));
        vec_add(l->arena, &rule->steps, step);
        cursor_skip_blanks(&l->c);
        if (!cursor_at_end(&l->c) && !cursor_take_byte(&l->c, ';')) {
            return conf_error(l->where, l->arena, "semicolon expected");
        }
        cursor_skip_blanks(&l->c);
    }
    return OK;
}

static err senders_read(struct line *l, struct retry_rule *rule)
{
    if (!cursor_take_literal(&l->c, SPAN("senders"))) {
        return OK;
    }
    cursor_skip_blanks(&l->c);
    if (!cursor_take_byte(&l->c, '=')) {
        return conf_error(l->where, l->arena, "\"=\" expected after \"senders\" in retry rule");
    }
    err e = template_read(word_take(l), l->arena, &rule->senders);
    return failed(e) ? conf_error(l->where, l->arena, "retry rule: %s", e.what) : OK;
}

err conf_retry_read(span text, struct conf_where where, struct arena *arena,
                    struct conf_retry *retry)
{
    struct line l = {cursor_of(span_trim_space(text)), where, arena};
    struct retry_rule rule = {.where = where};
    span pattern = word_take(&l);
    err e = template_read(arena_copy(arena, pattern), arena, &rule.pattern);
    if (failed(e)) {
        return conf_error(where, arena, "retry rule: %s", e.what);
    }
    if (cursor_at_end(&l.c)) {
        return conf_error(where, arena, "missing error type in retry rule");
    }
    TRY(error_read(&l, word_take(&l), &rule));
    TRY(senders_read(&l, &rule));
    TRY(steps_read(&l, &rule));
    vec_add(arena, &retry->rules, rule);
    return OK;
}

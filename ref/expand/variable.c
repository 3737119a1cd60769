/* From a name to a row, and from a row to a value. Numbers are there even when nothing is known:
   they are 0 then, as Exim has it; texts are empty. */
#include "ref/expand/eval.h"
#include "ref/expand/variables.h"

#include "base/rows.h"

/* "acl_c0", "acl_m_name"; "acl_arg1" to 9. */
static bool acl_name_fits(span name)
{
    if (span_starts(name, SPAN("acl_arg"))) {
        return name.len == 8 && name.at[7] >= '1' && name.at[7] <= '9';
    }
    return name.len > 5 && (ascii_is_digit(name.at[5]) || name.at[5] == '_');
}

const struct variable_row *variable_find(span name)
{
    const struct variable_row *row = 
        rows_find(variable_rows, variable_row_count, sizeof *variable_rows, name);
    if (row != NULL) {
        return row;
    }
    for (size_t i = 0; i < variable_row_count; i++) {
        span pattern = span_text(variable_rows[i].name);
        if (pattern.at[pattern.len - 1] == '*' &&
            span_starts(name, span_first(pattern, pattern.len - 1))) {
            bool fits = !span_starts(name, SPAN("acl_")) || acl_name_fits(name);
            return fits ? &variable_rows[i] : NULL;
        }
    }
    return NULL;
}

bool variable_is_refused(const struct variable_row *row)
{
    return row->kind == VARIABLE_REFUSED;
}

const char *variable_hint(span name)
{
    if (!span_starts(name, SPAN("acl_"))) {
        return "";
    }
    if (!span_starts(name, SPAN("acl_c")) && !span_starts(name, SPAN("acl_m"))) {
        return " (user-defined ACL variables must start acl_c or acl_m)";
    }
    return " (6th character of a user-defined ACL variable must be a digit or underscore)";
}

/* NULL: that part of the world is not there. */
static const void *place(const struct expansion *x, enum variable_place where)
{
    const struct facts *f = x->facts;
    const void *const places[] = {[PLACE_SERVER] = f->server,
                                  [PLACE_PEER] = f->peer,
                                  [PLACE_MESSAGE] = f->message,
                                  [PLACE_ADDRESS] = f->address,
                                  [PLACE_HOST] = f->host,
                                  [PLACE_ACL] = f->acl,
                                  [PLACE_SEAL] = f->seal,
                                  [PLACE_POLICY] = f->policy,
                                  [PLACE_EXPANSION] = x,
                                  [PLACE_TLS_IN] = f->peer ? f->peer->tls : NULL,
                                  [PLACE_TLS_OUT] = f->host ? f->host->tls : NULL,
                                  [PLACE_NONE] = NULL};
    return places[where];
}

/* The field; NULL: its struct is not there. */
static span field_text(const struct variable_row *row, const void *field, struct expansion *x)
{
    switch (row->kind) {
    case VARIABLE_SPAN:
        return field ? *(const span *)field : SPAN_EMPTY;
    case VARIABLE_UNSIGNED:
        return eval_number(x, field ? *(const unsigned *)field : 0);
    case VARIABLE_LONG:
        return span_text(arena_printf(x->arena, "%ld", field ? *(const long *)field : 0));
    case VARIABLE_SIZE:
        return eval_number(x, field ? *(const size_t *)field : 0);
    case VARIABLE_U64:
        return eval_number(x, field ? *(const uint64_t *)field : 0);
    case VARIABLE_DIGIT:
        return field && *(const bool *)field ? SPAN("1") : SPAN("0");
    case VARIABLE_WORD:
        return field && *(const bool *)field ? SPAN("yes") : SPAN("no");
    case VARIABLE_PORT:
        return field && *(const unsigned *)field ? eval_number(x, *(const unsigned *)field)
                                                 : SPAN("-1");
    case VARIABLE_TEXT:
        return row->text(x);
    case VARIABLE_VALUE:
    case VARIABLE_MADE:
    case VARIABLE_REFUSED:
    case VARIABLE_KIND_COUNT:
        break;
    }
    return SPAN_EMPTY;
}

bool variable_value(const struct variable_row *row, span name, struct expansion *x,
                    struct value *out)
{
    *out = value_of(SPAN_EMPTY, false);
    if (row->kind == VARIABLE_REFUSED) {
        return eval_fail(x, "variable \"%.*s\" is not supported by this server", SPAN_FMT(name));
    }
    bool had = true;
    const char *base = place(x, row->place);
    const void *field = base ? base + row->offset : NULL;
    if (row->kind == VARIABLE_MADE) {
        had = row->make(x, name, out);
    } else if (row->kind == VARIABLE_VALUE) {
        *out = field ? *(const struct value *)field : *out;
        out->tainted = out->tainted && out->text.len > 0;
    } else {
        out->text = field_text(row, field, x);
        out->tainted = row->tainted && out->text.len > 0;
    }
    /* A fact that nobody has set has no octets to point to. */
    out->text = out->text.at ? out->text : SPAN_EMPTY;
    return had;
}

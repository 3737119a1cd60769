/* Parsed once when the configuration is read, so that a wrong greeting is found at start and not
   by the first client. */
#include "ref/conf/banner.h"

#include "base/cursor.h"
#include "base/rows.h"
#include "base/vec.h"

struct banner_variable {
    const char *name;
    enum banner_part_kind kind;
};

static const struct banner_variable variables[] = {
    {"primary_hostname", BANNER_HOSTNAME},
    {"smtp_active_hostname", BANNER_HOSTNAME},
    {"tod_full", BANNER_DATE},
    {"version_number", BANNER_VERSION},
};

static bool is_name(unsigned char c)
{
    return ascii_is_alnum(c) || c == '_';
}

static bool is_literal(unsigned char c)
{
    return c != '$';
}

/* "$" has been taken. */
static bool variable_take(struct cursor *c, struct banner_part *part)
{
    span name;
    bool braced = cursor_take_byte(c, '{');
    if (!cursor_take_while(c, is_name, &name) || (braced && !cursor_take_byte(c, '}'))) {
        return false;
    }
    const struct banner_variable *v = ROWS_FIND(variables, name);
    if (v == NULL) {
        return false;
    }
    part->kind = v->kind;
    return true;
}

err banner_read(span text, struct arena *arena, struct conf_banner *banner)
{
    struct cursor c = cursor_of(text);
    VEC(struct banner_part) parts = {0};
    while (!cursor_at_end(&c)) {
        struct banner_part part = {.kind = BANNER_LITERAL};
        size_t from = c.pos;
        if (cursor_take_while(&c, is_literal, &part.literal)) {
            vec_add(arena, &parts, part);
        } else if (cursor_take_literal(&c, SPAN("$$"))) {
            part.literal = SPAN("$");
            vec_add(arena, &parts, part);
        } else if (cursor_take_byte(&c, '$') && variable_take(&c, &part)) {
            vec_add(arena, &parts, part);
        } else {
            return err_syntax(from, arena_printf(arena,
                "\"%.*s\" is an expansion that is not supported by this server (only "
                "$primary_hostname, $smtp_active_hostname, $version_number and $tod_full are)",
                SPAN_FMT(span_from(text, from))));
        }
    }
    *banner = (struct conf_banner){parts.at, parts.count};
    return OK;
}

void banner_write(const struct conf_banner *banner, const struct banner_values *values,
                  struct buf *out)
{
    for (size_t i = 0; i < banner->count; i++) {
        const struct banner_part *p = &banner->at[i];
        const span text[] = {[BANNER_LITERAL] = p->literal,
                             [BANNER_HOSTNAME] = values->hostname,
                             [BANNER_VERSION] = values->version,
                             [BANNER_DATE] = values->date};
        buf_put(out, text[p->kind]);
    }
}

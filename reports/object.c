/* Commas, line ends and depth in one place, so that no form can write them wrong. */
#include "reports/object.h"

#include "reports/spell.h"

static void put_line(struct object *o)
{
    if (o->indented) {
        buf_put_byte(o->out, '\n');
        for (unsigned i = 0; i < o->depth; i++) {
            buf_put_byte(o->out, ' ');
        }
    }
}

static void put_quoted(struct object *o, const char *text)
{
    buf_put_byte(o->out, '"');
    spell_json(span_text(text), o->out);
    buf_put_byte(o->out, '"');
}

/* All that stands before a value. */
static void put_key(struct object *o, const char *key)
{
    if (o->begun) {
        buf_put_byte(o->out, ',');
    }
    o->begun = true;
    put_line(o);
    if (key) {
        buf_put_byte(o->out, '"');
        buf_put_text(o->out, key);
        buf_put_text(o->out, o->indented ? "\": " : "\":");
    }
}

void object_open(struct object *o, const char *key, char bracket)
{
    put_key(o, key);
    buf_put_byte(o->out, (unsigned char)bracket);
    o->depth++;
    o->begun = false;
}

void object_close(struct object *o, char bracket)
{
    o->depth--;
    if (o->begun) {
        put_line(o);
    }
    buf_put_byte(o->out, (unsigned char)bracket);
    o->begun = true;
}

void object_begin(struct object *o, struct buf *out, bool indented)
{
    *o = (struct object){.out = out, .indented = indented, .depth = 1};
    buf_put_byte(out, '{');
}

void object_end(struct object *o)
{
    object_close(o, '}');
    buf_put_byte(o->out, '\n');
}

void object_text(struct object *o, const char *key, const char *text)
{
    if (text) {
        put_key(o, key);
        put_quoted(o, text);
    }
}

void object_number(struct object *o, const char *key, int64_t number)
{
    put_key(o, key);
    buf_printf(o->out, "%lld", (long long)number);
}

void object_decimal(struct object *o, const char *key, double number)
{
    put_key(o, key);
    buf_printf(o->out, "%.1f", number);
}

void object_bool(struct object *o, const char *key, bool value)
{
    put_key(o, key);
    buf_put_text(o->out, value ? "true" : "false");
}

/* jansson with our rules: no text is refused, and what cannot be made is our own bug. */
#include "reports/object.h"

#include "base/check.h"
#include "reports/spell.h"

#include <string.h>

json_t *object_value(const char *text)
{
    struct buf spelled;
    buf_init(&spelled, strlen(text) * 4 + 1);
    spell_utf8(span_text(text), &spelled);
    span s = buf_span(&spelled);
    json_t *value = json_stringn((const char *)s.at, s.len);
    buf_wipe(&spelled);
    CHECK(value != NULL);
    return value;
}

void object_set(json_t *object, const char *key, json_t *value)
{
    CHECK(json_object_set_new(object, key, value) == 0);
}

void object_add(json_t *array, json_t *value)
{
    CHECK(json_array_append_new(array, value) == 0);
}

void object_text(json_t *object, const char *key, const char *text)
{
    if (text) {
        object_set(object, key, object_value(text));
    }
}

static int put_piece(const char *bytes, size_t size, void *out)
{
    buf_put(out, span_of(bytes, size));
    return 0;
}

void object_write(json_t *object, size_t flags, struct buf *out)
{
    CHECK(json_dump_callback(object, put_piece, out, flags | JSON_REAL_PRECISION(6)) == 0);
    buf_put_byte(out, '\n');
    json_decref(object);
}

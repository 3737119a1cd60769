/* jansson answers whether a text is JSON; this file then only has to find where a value ends, which
   in good JSON is a matter of quotes and brackets. */
#include "ref/expand/json.h"

#include <jansson.h>

static span skip_blanks(span s)
{
    size_t i = 0;
    while (i < s.len && strchr(" \t\r\n", s.at[i]) && s.at[i]) {
        i++;
    }
    return span_from(s, i);
}

bool json_is_good(span text, struct arena *arena, const char **why)
{
    json_error_t error;
    json_t *json = json_loadb((const char *)text.at, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                              &error);
    if (!json) {
        *why = arena_printf(arena, "%s (octet %d)", error.text, error.position);
        return false;
    }
    json_decref(json);
    return true;
}

/* Where a string ends that begins at 0, behind its closing quote. */
static size_t string_end(span s)
{
    size_t i = 1;
    while (i < s.len && s.at[i] != '"') {
        i += s.at[i] == '\\' ? 2 : 1;
    }
    return i + 1;
}

/* Where the value at 0 ends. */
static size_t value_end(span s)
{
    size_t depth = 0, i = 0;
    while (i < s.len) {
        unsigned char c = s.at[i];
        if (c == '"') {
            i += string_end(span_from(s, i));
            continue;
        }
        if (depth == 0 && (c == ',' || c == ']' || c == '}' || c == ':')) {
            break;
        }
        depth += c == '[' || c == '{';
        depth -= c == ']' || c == '}';
        i++;
    }
    return i < s.len ? i : s.len;
}

bool json_next(span *rest, span *raw)
{
    *rest = skip_blanks(*rest);
    if (!rest->len || rest->at[0] == ']' || rest->at[0] == '}') {
        return false;
    }
    size_t end = value_end(*rest);
    *raw = span_trim_space(span_first(*rest, end));
    *rest = span_from(*rest, end);
    if (rest->len && (rest->at[0] == ',' || rest->at[0] == ':')) {
        *rest = span_from(*rest, 1);
    }
    return true;
}

/* Opens the object or array. */
static bool opened(span text, unsigned char bracket, struct arena *arena, span *rest,
                   const char **wrong)
{
    const char *why;
    *rest = skip_blanks(text);
    if (!rest->len || rest->at[0] != bracket) {
        *wrong = bracket == '{' ? "missing '{' wrapping object" : "missing '[' wrapping array";
        return false;
    }
    if (!json_is_good(text, arena, &why)) {
        *wrong = arena_printf(arena, "bad JSON: %s,", why);
        return false;
    }
    *rest = span_from(*rest, 1);
    *wrong = NULL;
    return true;
}

bool json_object_member(span text, span name, struct arena *arena, span *raw, const char **wrong)
{
    span rest, key;
    if (!opened(text, '{', arena, &rest, wrong)) {
        return false;
    }
    while (json_next(&rest, &key) && json_next(&rest, raw)) {
        if (key.len >= 2 && span_eq(span_part(key, 1, key.len - 2), name)) {
            return true;
        }
    }
    return false;
}

bool json_array_element(span text, size_t number, struct arena *arena, span *raw,
                        const char **wrong)
{
    span rest;
    if (!opened(text, '[', arena, &rest, wrong)) {
        return false;
    }
    for (size_t i = 1; json_next(&rest, raw); i++) {
        if (i == number) {
            return true;
        }
    }
    return false;
}

/* The reader is strict where verdicts depend on it: a list that two readers could take apart in two
   ways is invalid as a whole. */
#include "ref/seal/tags.h"

#include "ref/mail/base64.h"

#include <stdlib.h>

/* VALCHAR = %x21-3A / %x3C-7E, what RFC 8616 adds, and FWS between; there is no ";" here. */
static bool is_value(span text)
{
    bool bad = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        bad |= (c < ' ' && !ascii_is_white(c)) || c == 127;
    }
    return !bad;
}

/* tag-name = ALPHA *ALNUMPUNC */
static bool is_name(span name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = name.at[i];
        if (!ascii_is_alpha(c) && (i == 0 || (!ascii_is_digit(c) && c != '_'))) {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_blank(span s)
{
    size_t white = 0;
    while (white < s.len && ascii_is_white(s.at[white])) {
        white++;
    }
    return white == s.len;
}

static span trim(span s)
{
    while (s.len > 0 && ascii_is_white(s.at[0])) {
        s = span_from(s, 1);
    }
    while (s.len > 0 && ascii_is_white(s.at[s.len - 1])) {
        s.len--;
    }
    return s;
}

static const char *tag_read(span part, struct arena *arena, struct seal_tags *tags)
{
    size_t equals = span_find_byte(part, '=');
    if (equals == SPAN_NONE) {
        return is_blank(part) ? "empty element" : "element without \"=\"";
    }
    struct seal_tag tag = {.name = trim(span_first(part, equals)),
                           .value = trim(span_from(part, equals + 1)),
                           .raw = span_from(part, equals + 1)};
    if (!is_name(tag.name)) {
        return "bad tag name";
    }
    if (!is_value(tag.value)) {
        return "bad octet in a value";
    }
    vec_add(arena, &tags->list, tag);
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return span_order(*(const span *)a, *(const span *)b);
}

/* Sorted, so that a message that is one long list costs no more than others. */
static const char *repeat_find(const struct seal_tags *tags, struct arena *arena)
{
    size_t count = tags->list.count;
    span *names = arena_take_array(arena, count, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = tags->list.at[i].name;
    }
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 1; i < count; i++) {
        if (span_eq(names[i - 1], names[i])) {
            return arena_printf(arena, "%.*s tag dup", SPAN_FMT(span_first(names[i], 64)));
        }
    }
    return NULL;
}

bool seal_tags_read(span text, struct arena *arena, struct seal_tags *tags, const char **why)
{
    *tags = (struct seal_tags){0};
    span rest = text;
    do {
        size_t end = span_find_byte(rest, ';');
        span part = end == SPAN_NONE ? rest : span_first(rest, end);
        *why = tag_read(part, arena, tags);
        if (*why != NULL) {
            return false;
        }
        rest = end == SPAN_NONE ? SPAN_EMPTY : span_from(rest, end + 1);
    } while (!is_blank(rest));
    *why = repeat_find(tags, arena);
    return *why == NULL;
}

const struct seal_tag *seal_tag_find(const struct seal_tags *tags, const char *name)
{
    for (size_t i = 0; i < tags->list.count; i++) {
        if (span_eq(tags->list.at[i].name, span_text(name))) {
            return &tags->list.at[i];
        }
    }
    return NULL;
}

span seal_tag_value(const struct seal_tags *tags, const char *name)
{
    const struct seal_tag *tag = seal_tag_find(tags, name);
    return tag != NULL ? tag->value : SPAN_EMPTY;
}

span seal_tag_packed(span value, struct arena *arena)
{
    size_t white = 0;
    for (size_t i = 0; i < value.len; i++) {
        white += ascii_is_white(value.at[i]) ? 1 : 0;
    }
    if (white == 0) {
        return value;
    }
    unsigned char *at = arena_take(arena, value.len);
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!ascii_is_white(value.at[i])) {
            at[len++] = value.at[i];
        }
    }
    return span_of(at, len);
}

bool seal_element(span *list, span *element)
{
    if (list->at == NULL) {
        return false;
    }
    size_t end = span_find_byte(*list, ':');
    *element = trim(end == SPAN_NONE ? *list : span_first(*list, end));
    *list = end == SPAN_NONE ? (span){NULL, 0} : span_from(*list, end + 1);
    return true;
}

static bool list_has(span list, span word, bool (*is)(span, span))
{
    span element;
    while (seal_element(&list, &element)) {
        if (is(element, word)) {
            return true;
        }
    }
    return false;
}

bool seal_list_has(span list, span word)
{
    return list_has(list, word, span_eq);
}

bool seal_list_has_caseless(span list, span word)
{
    return list_has(list, word, span_eq_caseless);
}

bool seal_base64_read(span text, struct arena *arena, span *bytes)
{
    struct buf out;
    text = seal_tag_packed(text, arena);
    buf_init(&out, text.len);
    bool good = mail_base64_read(text, false, &out) && text.len > 0;
    *bytes = buf_settle(&out, arena);
    return good;
}

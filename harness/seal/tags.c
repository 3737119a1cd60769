/* Tag lists, by the letter of RFC 6376 3.2:

       tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
       tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
       tag-name  = ALPHA *( ALPHA / DIGIT / "_" )
       tag-value = [ tval *( 1*(WSP / FWS) tval ) ]
       tval      = 1*( %x21-3A / %x3C-7E / UTF-8 )            ; UTF-8: RFC 8616 4

   White space behind the last ";" is taken: the ABNF forgot it, and everybody writes it. */
#include "harness/seal/tags.h"

bool proof_take_line_end(struct cursor *c)
{
    size_t start = c->pos;
    (void)cursor_take_byte(c, '\r');
    if (cursor_take_byte(c, '\n') &&
        (cursor_at_end(c) || ascii_is_blank((unsigned char)cursor_peek(c)))) {
        return true;
    }
    c->pos = start;
    return false;
}

/* [FWS], any number of times. */
static void skip_white(struct cursor *c)
{
    while (cursor_skip_blanks(c) > 0 || proof_take_line_end(c)) {
    }
}

static bool is_name(unsigned char c)
{
    return ascii_is_alnum(c) || c == '_';
}

static bool is_tval(unsigned char c)
{
    return c > 0x20 && c != ';' && c != 0x7f;
}

static bool take_value(struct cursor *c, struct proof_tag *tag)
{
    span word;
    tag->from = c->pos;
    skip_white(c);
    size_t first = c->pos;
    size_t last = c->pos;
    while (cursor_take_while(c, is_tval, &word)) {
        last = c->pos;
        skip_white(c);
    }
    tag->value = span_part(c->in, first, last - first);
    tag->end = c->pos;
    return cursor_at_end(c) || cursor_peek(c) == ';';
}

bool proof_tags_read(span text, struct arena *arena, proof_tags *tags, const char **why)
{
    struct cursor c = cursor_of(text);
    *tags = (proof_tags){0};
    skip_white(&c);
    do {
        struct proof_tag tag = {0};
        skip_white(&c);
        if (cursor_at_end(&c) && tags->count > 0) {
            return true;
        }
        if (!ascii_is_alpha((unsigned char)(cursor_peek(&c) < 0 ? 0 : cursor_peek(&c))) ||
            !cursor_take_while(&c, is_name, &tag.name)) {
            *why = "a tag's name is missing";
            return false;
        }
        skip_white(&c);
        if (!cursor_take_byte(&c, '=')) {
            *why = "= is missing behind a tag's name";
            return false;
        }
        if (!take_value(&c, &tag)) {
            *why = "an octet that no value may hold";
            return false;
        }
        if (proof_tag(tags, arena_text(arena, tag.name)) != NULL) {
            *why = "a tag stands twice";
            return false;
        }
        vec_add(arena, tags, tag);
    } while (cursor_take_byte(&c, ';'));
    return true;
}

const struct proof_tag *proof_tag(const proof_tags *tags, const char *name)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (span_eq(tags->at[i].name, span_text(name))) {
            return &tags->at[i];
        }
    }
    return NULL;
}

span proof_tag_value(const proof_tags *tags, const char *name)
{
    const struct proof_tag *tag = proof_tag(tags, name);
    return tag == NULL ? SPAN_EMPTY : tag->value;
}

bool proof_element(span *list, bool *more, span *element)
{
    if (!*more) {
        return false;
    }
    *more = span_split(*list, ':', element, list);
    *element = span_trim_space(*element);
    return true;
}

bool proof_list_has(span list, const char *word)
{
    span element;
    bool more = true;
    while (proof_element(&list, &more, &element)) {
        if (span_eq(element, span_text(word))) {
            return true;
        }
    }
    return false;
}

/* Without blanks and line ends. */
static span packed_of(span text, struct arena *arena)
{
    unsigned char *to = arena_take(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            to[len++] = c;
        }
    }
    return span_of(to, len);
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool proof_base64_read(span text, struct arena *arena, span *octets)
{
    span packed = packed_of(text, arena);
    size_t padding = 0;
    while (packed.len > 0 && packed.at[packed.len - 1] == '=') {
        packed.len--;
        padding++;
    }
    size_t left = packed.len % 4;
    if (packed.len == 0 || left == 1 || (padding > 0 && padding != (4 - left) % 4)) {
        return false;
    }
    unsigned char *to = arena_take(arena, packed.len);
    size_t len = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < packed.len; i++) {
        const char *digit = memchr(digits, packed.at[i], sizeof digits - 1);
        if (digit == NULL) {
            return false;
        }
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (i % 4 != 0) {
            to[len++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
        }
    }
    *octets = span_of(to, len);
    return true;
}

void proof_base64_write(span octets, struct buf *out)
{
    for (size_t i = 0; i < octets.len; i += 3) {
        size_t n = octets.len - i < 3 ? octets.len - i : 3;
        uint32_t bits = (uint32_t)octets.at[i] << 16;
        bits |= n > 1 ? (uint32_t)octets.at[i + 1] << 8 : 0;
        bits |= n > 2 ? octets.at[i + 2] : 0;
        for (size_t k = 0; k < 4; k++) {
            buf_put_byte(out, k <= n ? (unsigned char)digits[bits >> (18 - 6 * k) & 63] : '=');
        }
    }
}

/* A name is written so that it reads back as what it is: RFC 5322 3.2.5, RFC 2047 5. */
#include "ref/run/caller.h"

#include "ref/expand/regex.h"

enum { NAME_CEILING = 1000 };

/* "&" stands for the login with a capital. */
static span field_of(span gecos, span login, struct arena *arena)
{
    struct buf out;
    buf_init(&out, NAME_CEILING);
    for (size_t i = 0; i < gecos.len; i++) {
        if (gecos.at[i] != '&') {
            buf_put_byte(&out, gecos.at[i]);
            continue;
        }
        size_t at = out.len;
        buf_put(&out, login);
        if (out.len > at && out.at[at] >= 'a' && out.at[at] <= 'z') {
            out.at[at] = (unsigned char)(out.at[at] - 'a' + 'A');
        }
    }
    return buf_settle(&out, arena);
}

/* What cannot be matched or expanded changes nothing. */
static span name_of(const struct conf *conf, span field, struct arena *arena)
{
    const struct facts none = {0};
    struct expansion x = {.facts = &none, .arena = arena};
    bool hit;
    if (conf->main.gecos_name == NULL || conf_where_of(conf, "gecos_pattern").line == 0 ||
        !regex_capture(&x, span_text(conf->main.gecos_pattern), false,
                       (struct value){.text = field}, &hit) ||
        !hit) {
        return field;
    }
    struct expanded name = expand(conf->main.gecos_name, &x);
    return name.outcome == EXPAND_OK ? name.value.text : field;
}

static span phrase_of(span name, struct arena *arena)
{
    bool plain = true;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = name.at[i];
        if (c < ' ' || c > '~') {
            const struct facts none = {0};
            struct expansion x = {.facts = &none, .arena = arena, .found.text = name};
            struct expanded e = expand_text(SPAN("${rfc2047:$value}"), &x);
            return e.outcome == EXPAND_OK ? e.value.text : SPAN_EMPTY;
        }
        plain = plain && (ascii_is_alpha(c) || ascii_is_digit(c) ||
                          strchr(" !#$%&'*+-/=?^_`{|}~", c) != NULL);
    }
    if (plain) {
        return name;
    }
    struct buf out;
    buf_init(&out, 2 * NAME_CEILING + 2);
    buf_put_byte(&out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '"' || name.at[i] == '\\') {
            buf_put_byte(&out, '\\');
        }
        buf_put_byte(&out, name.at[i]);
    }
    buf_put_byte(&out, '"');
    span phrase = buf_full(&out) ? SPAN_EMPTY : arena_copy(arena, buf_span(&out));
    buf_wipe(&out);
    return phrase;
}

span run_caller_mailbox(const struct conf *conf, span login, span given, span gecos, struct arena *arena)
{
    span name = given.len > 0 ? given : name_of(conf, field_of(gecos, login, arena), arena);
    name = span_trim_space(name);
    span phrase = phrase_of(name, arena);
    return span_text(arena_printf(arena, phrase.len > 0 ? "%.*s%s%.*s@%s>" : "%.*s%s%.*s@%s",
                                  SPAN_FMT(phrase), phrase.len > 0 ? " <" : "", SPAN_FMT(login),
                                  conf->main.qualify_domain));
}

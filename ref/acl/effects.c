/* Collecting what ACLs want done. Header fields are kept until the message is there; the same field
   asked for twice is put in once, as Exim has it. Variables of the connection may be set at every
   command: their memory is packed anew before it outgrows what is in use. */
#include "ref/acl/effects.h"

#include "ref/expand/match.h"
#include "ref/mail/header.h"

/* --- header fields ------------------------------------------------------------------------------ */

static const struct {
    const char *word;
    enum acl_place place;
} places[] = {
    {":after_received:", ACL_AFTER_RECEIVED},
    {":at_end:", ACL_AT_END},
    {":at_start:", ACL_AT_START},
    {":at_start_rfc:", ACL_AT_START_RFC},
};

static enum acl_place place_take(span *text)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (span_starts(*text, span_text(places[i].word))) {
            *text = span_trim(span_from(*text, strlen(places[i].word)));
            return places[i].place;
        }
    }
    return ACL_AT_END;
}

/* "Name:" at the beginning, printable and without blanks. */
static bool is_field(span text)
{
    size_t len = 0;
    while (len < text.len && text.at[len] > ' ' && text.at[len] < 127 && text.at[len] != ':') {
        len++;
    }
    return len > 0 && len < text.len && text.at[len] == ':';
}

static void field_add(struct acl_changes *changes, span text)
{
    enum acl_place place = place_take(&text);
    const char *front = is_field(text) ? "" : "X-ACL-Warn: ";
    span whole = span_text(arena_printf(changes->arena, "%s%.*s\n", front, SPAN_FMT(text)));
    size_t before = changes->known.count;
    (void)map_put(&changes->known, changes->arena, whole, changes);
    if (changes->known.count > before) {
        vec_add(changes->arena, &changes->added, ((struct acl_field){place, whole}));
    }
}

static bool is_newline(unsigned char c)
{
    return c == '\n' || c == '\r';
}

void acl_fields_add(struct acl_changes *changes, span text)
{
    while (text.len > 0 && is_newline(text.at[0])) {
        text = span_from(text, 1);
    }
    while (text.len > 0 && is_newline(text.at[text.len - 1])) {
        text = span_first(text, text.len - 1);
    }
    while (text.len > 0) {
        size_t end = 0;
        while (end < text.len &&
               !(text.at[end] == '\n' && !(end + 1 < text.len && ascii_is_blank(text.at[end + 1])))) {
            end++;
        }
        if (end > 0) {
            field_add(changes, span_first(text, end));
        }
        text = span_from(text, end + 1);
    }
}

void acl_fields_remove(struct acl_changes *changes, span list)
{
    struct list_reader r = list_reader_of(list);
    for (span name; list_next(&r, changes->arena, &name);) {
        (void)map_put(&changes->removed, changes->arena, arena_lower(changes->arena, name), changes);
    }
}

/* --- variables ---------------------------------------------------------------------------------- */

enum { SLACK = 65536 };

void acl_variables_close(struct acl_variables *v)
{
    arena_free(v->connection_arena);
    arena_free(v->message_arena);
}

void acl_variables_reset(struct acl_variables *v)
{
    if (v->message.count > 0) {
        v->message.at = NULL;
        v->message.count = v->message.room = 0;
        arena_reset(v->message_arena);
    }
}

static void set_in(struct arena **arena, struct facts_variable **at, size_t *count, size_t *room,
                   struct facts_variable with)
{
    size_t i = 0, used = 0;
    *arena = *arena != NULL ? *arena : arena_new();
    while (i < *count && !span_eq((*at)[i].name, with.name)) {
        i++;
    }
    if (i == *count) {
        *at = vec_grow(*arena, *at, *count, room, sizeof **at);
        (*at)[(*count)++].name = arena_copy(*arena, with.name);
    }
    (*at)[i].value = arena_copy(*arena, with.value);
    (*at)[i].tainted = with.tainted;
    for (i = 0; i < *count; i++) {
        used += (*at)[i].name.len + (*at)[i].value.len + sizeof **at;
    }
    if (arena_used(*arena) <= 4 * used + SLACK) {
        return;
    }
    struct arena *packed = arena_new();
    struct facts_variable *moved = arena_take_array(packed, *room, sizeof *moved);
    for (i = 0; i < *count; i++) {
        moved[i] = (struct facts_variable){.name = arena_copy(packed, (*at)[i].name),
                                         .value = arena_copy(packed, (*at)[i].value),
                                         .tainted = (*at)[i].tainted};
    }
    arena_free(*arena);
    *arena = packed;
    *at = moved;
}

void acl_variable_set(struct acl_variables *v, span name, span value, bool tainted)
{
    struct facts_variable with = {.name = name, .value = value, .tainted = tainted};
    if (name.at[0] == 'c') {
        set_in(&v->connection_arena, &v->connection.at, &v->connection.count, &v->connection.room,
               with);
    } else {
        set_in(&v->message_arena, &v->message.at, &v->message.count, &v->message.room, with);
    }
}

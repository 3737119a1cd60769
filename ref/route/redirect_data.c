/* What a person has typed into an alias file meets the strict reader of addresses here. Nothing of it
   is mended: an item that is wrong ends the list, and the address waits, for a list of which one name
   is missing is a message that somebody does not get. */
#include "ref/route/redirect_data.h"

#include "base/buf.h"
#include "base/file.h"
#include "ref/mail/address.h"
#include "ref/mail/mailboxes.h"

#include <errno.h>

static err wrong(const struct redirect_rules *rules, const char *why, span item)
{
    return err_syntax(0, arena_printf(rules->arena, "%s in \"%.*s\"", why, SPAN_FMT(item)));
}

static bool is_gap(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

/* Behind gaps and comments. */
static span to_item(span text)
{
    for (;;) {
        size_t at = 0;
        while (at < text.len && is_gap(text.at[at])) {
            at++;
        }
        text = span_from(text, at);
        if (text.len == 0 || text.at[0] != '#') {
            return text;
        }
        size_t end = span_find_byte(text, '\n');
        text = span_from(text, end == SPAN_NONE ? text.len : end);
    }
}

/* To the comma or line end that is inside no quotes, comment or route. */
static span item_take(span *text)
{
    bool quoted = false;
    unsigned comment = 0, route = 0;
    size_t at = 0;
    for (; at < text->len; at++) {
        unsigned char c = text->at[at];
        if (c == '\n' || (c == ',' && !quoted && comment == 0 && route == 0)) {
            break;
        }
        if (c == '\\' && at + 1 < text->len && text->at[at + 1] != '\n') {
            at++;
        } else if (c == '"' && comment == 0) {
            quoted = !quoted;
        } else if (!quoted && c == '(') {
            comment++;
        } else if (!quoted && c == ')' && comment > 0) {
            comment--;
        } else if (!quoted && comment == 0 && (c == '<' || c == '>')) {
            route = c == '<';
        }
    }
    span item = span_trim_space(span_first(*text, at));
    *text = span_from(*text, at);
    return item;
}

/* Quotes round a whole item keep commas and blanks together, and go. */
static span unquote(span item)
{
    if (item.len < 2 || item.at[0] != '"' || item.at[item.len - 1] != '"') {
        return item;
    }
    for (size_t i = 1; i + 1 < item.len; i++) {
        if (item.at[i] == '\\') {
            i++;
        } else if (item.at[i] == '"') {
            return item;
        }
    }
    return span_part(item, 1, item.len - 2);
}

/* "Name <user@domain>", "user (comment)", "\user": the address in it, with a domain. */
static err address_take(const struct redirect_rules *rules, span item, span *address)
{
    struct mail_mailboxes boxes = mail_mailboxes_of(item);
    struct mail_mailbox box = {0};
    struct mail_address parsed;
    bool more = false;
    err e = mail_mailboxes_next(&boxes, rules->arena, &box, &more);
    if (failed(e) || !more || box.address.len == 0) {
        return wrong(rules, failed(e) ? e.what : "missing or malformed local part", item);
    }
    span text = box.address;
    if (box.at > 0 || (!box.bracketed && box.parted)) {
        return wrong(rules, "missing or malformed local part (expected word or \"<\")", item);
    }
    span behind = span_trim_space(span_from(item, box.at + box.len));
    if (behind.len > 0) {
        return wrong(rules, arena_printf(rules->arena, "malformed address: %.*s may not follow %.*s",
                                         SPAN_FMT(behind), SPAN_FMT(text)), item);
    }
    size_t at = mail_at_sign(text);
    if (at == SPAN_NONE || (text.at[text.len - 1] == '"')) {
        bool own = text.at[0] == '\\';
        text = span_text(arena_printf(rules->arena, "%.*s@%.*s", SPAN_FMT(span_from(text, own)),
                                      SPAN_FMT(own ? rules->own_domain : rules->qualify_domain)));
    }
    e = mail_mailbox_parse(text, true, &parsed);
    if (failed(e)) {
        return wrong(rules, e.what, item);
    }
    *address = parsed.text;
    return OK;
}

static void item_add(const struct redirect_rules *rules, struct redirect_list *list,
                     enum redirect_kind kind, span text)
{
    struct redirect_item item = {.kind = kind, .text = text};
    vec_add(rules->arena, &list->items, item);
}

/* --- special items ------------------------------------------------------------------------------- */

static err list_read(const struct redirect_rules *rules, span text, struct redirect_list *list,
                     bool *over);

static bool lies_below(span path, span directory)
{
    while (directory.len > 1 && directory.at[directory.len - 1] == '/') {
        directory = span_first(directory, directory.len - 1);
    }
    return span_starts(path, directory) && path.len > directory.len &&
           path.at[directory.len] == '/' && !span_has(path, SPAN("/../"));
}

static err include(const struct redirect_rules *rules, span item, struct redirect_list *list,
                   bool *over)
{
    span path = span_trim_space(span_from(item, strlen(":include:")));
    span directory = span_text(rules->include_directory);
    span content;
    if (rules->forbid_include) {
        return err_syntax(0, "included files not permitted");
    }
    if (path.len == 0 || path.at[0] != '/' || memchr(path.at, '\0', path.len) != NULL) {
        return wrong(rules, "included file is not an absolute path", item);
    }
    if (directory.len > 0 && !lies_below(path, directory)) {
        return err_syntax(0, arena_printf(rules->arena, "included file %.*s is not in directory %s",
                                          SPAN_FMT(path), rules->include_directory));
    }
    if (list->included >= REDIRECT_INCLUDES_MOST) {
        return wrong(rules, "files include each other too deep", item);
    }
    char *name = arena_text(rules->arena, path);
    err e = rules->read != NULL ? rules->read(rules->context, name, rules->arena, &content)
                                : file_read_regular(name, REDIRECT_FILE_CEILING, rules->arena,
                                                    &content);
    if (failed(e)) {
        return (err){.kind = ERR_IO, .sys = e.sys,
                     .what = arena_printf(rules->arena, "failed to open included file %s: %s", name,
                                          e.sys != 0 ? strerror(e.sys) : err_kind_name(e.kind))};
    }
    list->included++;
    e = list_read(rules, content, list, over);
    list->included--;
    return e;
}

struct special {
    const char *word;
    enum redirect_special special;
    bool with_text;
};

static const struct special specials[] = {
    {":blackhole:", REDIRECT_BLACKHOLE, false},
    {":defer:", REDIRECT_DEFERS, true},
    {":fail:", REDIRECT_FAILS, true},
    {":unknown:", REDIRECT_UNKNOWN, false},
};

static const struct special *special_find(span text)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (span_starts_caseless(text, span_text(specials[i].word))) {
            return &specials[i];
        }
    }
    return NULL;
}

/* They speak for the whole list, whatever has stood before them, and end it. */
static err special_take(const struct redirect_rules *rules, const struct special *s, span rest,
                        struct redirect_list *list, bool *over)
{
    bool allowed = s->special == REDIRECT_FAILS    ? rules->allow_fail
                   : s->special == REDIRECT_DEFERS ? rules->allow_defer
                                                   : s->special != REDIRECT_BLACKHOLE ||
                                                         !rules->forbid_blackhole;
    if (!allowed) {
        span item = s->with_text ? span_trim_space(rest) : span_text(s->word);
        return err_syntax(0, arena_printf(rules->arena, "\"%.*s\" is not permitted",
                                          SPAN_FMT(item)));
    }
    list->special = s->special;
    *over = true;
    if (s->with_text) {
        list->text = span_trim_space(span_from(rest, strlen(s->word)));
    }
    return OK;
}

/* --- the list ------------------------------------------------------------------------------------ */

/* A path, unless the whole of it is an address with a domain. */
static bool is_path(span item)
{
    struct mail_address parsed;
    return item.len > 0 && item.at[0] == '/' && failed(mail_mailbox_parse(item, true, &parsed));
}

static err item_read(const struct redirect_rules *rules, span item, struct redirect_list *list,
                     bool *over)
{
    span bare = unquote(item), address;
    if (span_starts_caseless(bare, SPAN(":include:"))) {
        return include(rules, bare, list, over);
    }
    if (bare.len > 0 && bare.at[0] == '|') {
        item_add(rules, list, REDIRECT_PIPE, bare);
        return OK;
    }
    if (is_path(bare)) {
        item_add(rules, list, REDIRECT_FILE, bare);
        return OK;
    }
    err e = address_take(rules, bare, &address);
    if (failed(e) && rules->skip != NULL) {
        rules->skip(rules->context, e.what, item);
        return OK;
    }
    TRY(e);
    item_add(rules, list, REDIRECT_ADDRESS, address);
    return OK;
}

static err list_read(const struct redirect_rules *rules, span text, struct redirect_list *list,
                     bool *over)
{
    for (text = to_item(text); text.len > 0 && !*over; text = to_item(text)) {
        const struct special *special = special_find(text);
        span whole = text, item = item_take(&text);
        if (list->items.count >= REDIRECT_ITEMS_MOST) {
            return err_of(ERR_LIMIT, "the list is too long");
        }
        TRY(special != NULL ? special_take(rules, special, whole, list, over)
                            : item_read(rules, item, list, over));
    }
    return OK;
}

err redirect_list_read(const struct redirect_rules *rules, span text, struct redirect_list *list)
{
    bool over = false;
    *list = (struct redirect_list){.text = SPAN_EMPTY};
    return list_read(rules, text, list, &over);
}

void redirect_list_write(const struct redirect_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->items.count; i++) {
        const struct redirect_item *item = &list->items.at[i];
        bool address = item->kind == REDIRECT_ADDRESS; /* one may begin with "|" or "#" */
        buf_printf(out, "%s%c", i > 0 ? ",\n" : "", address ? '<' : '"');
        buf_put(out, item->text);
        buf_put_byte(out, address ? '>' : '"');
    }
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (specials[i].special == list->special) {
            buf_printf(out, "%s%s ", list->items.count > 0 ? ",\n" : "", specials[i].word);
            buf_put(out, list->text);
        }
    }
}

/* Mailboxes: mbox files and maildirs, one for each address. What was delivered is compared with
   what was sent, so what a format adds (the `From ` line, one empty line, one `>`) is taken off
   again. */
#include "harness/observe/formats.h"

#include "base/buf.h"
#include "base/file.h"

#define MAIL_CEILING ((size_t)1 << 30)

static void add_mail(span octets, const char *mailbox, span from, struct arena *arena,
                     struct observation *seen)
{
    struct message_parts parts = {0};
    observe_message_split(octets, arena, &parts);
    struct mail_entry mail = {.mailbox = mailbox, .from = from, .body = parts.body, .raw = octets};
    for (size_t i = 0; i < parts.headers.count; i++) {
        const struct named_text *h = &parts.headers.at[i];
        *vec_push(arena, &mail.headers) = *h;
        if (mail.from.len == 0 && span_eq_caseless(span_text(h->name), SPAN("Return-path"))) {
            mail.from = h->value;
        }
    }
    *vec_push(arena, &mail.rcpts) = span_text(mailbox);
    *vec_push(arena, &seen->mails) = mail;
}

void observe_taken_mail(const char *actor, span from, span octets, struct arena *arena,
                        struct mail_entry *mail)
{
    struct message_parts parts = {0};
    observe_message_split(octets, arena, &parts);
    *mail = (struct mail_entry){.mailbox = actor, .from = from, .body = parts.body, .raw = octets};
    for (size_t i = 0; i < parts.headers.count; i++) {
        *vec_push(arena, &mail->headers) = parts.headers.at[i];
    }
}

/* `>From `, `>>From `, ...: one `>` came from the format. */
static bool is_escaped_from(span line)
{
    size_t n = 0;
    while (n < line.len && line.at[n] == '>') {
        n++;
    }
    return n > 0 && span_starts(span_from(line, n), SPAN("From "));
}

/* Offset behind the next LF, or the end. */
static size_t line_end(span text, size_t at)
{
    size_t nl = span_find_byte(span_from(text, at), '\n');
    return nl == SPAN_NONE ? text.len : at + nl + 1;
}

/* "From a@b  Sun Nov ..." -> "<a@b>" */
static span envelope_from(span line, struct arena *arena)
{
    span word;
    span rest;
    (void)span_split(span_from(line, sizeof "From " - 1), ' ', &word, &rest);
    if (span_eq_caseless(word, SPAN("MAILER-DAEMON"))) {
        word = SPAN_EMPTY;
    }
    return span_text(arena_printf(arena, "<%.*s>", SPAN_FMT(word)));
}

err mbox_read(span content, const char *mailbox, struct arena *arena, struct observation *seen)
{
    size_t at = 0;
    while (at < content.len) {
        size_t end = line_end(content, at);
        span head = span_trim_space(span_part(content, at, end - at));
        if (!span_starts(head, SPAN("From "))) {
            return err_syntax(at, "a message does not begin with a `From ` line");
        }
        unsigned char *octets = arena_take(arena, content.len - end + 1);
        size_t len = 0;
        at = end;
        while (at < content.len && !span_starts(span_from(content, at), SPAN("From "))) {
            end = line_end(content, at);
            span line = span_part(content, at, end - at);
            if (is_escaped_from(line)) {
                line = span_from(line, 1);
            }
            memcpy(octets + len, line.at, line.len);
            len += line.len;
            at = end;
        }
        if (len >= 2 && octets[len - 1] == '\n' && octets[len - 2] == '\n') {
            len--;
        }
        add_mail(span_of(octets, len), mailbox, envelope_from(head, arena), arena, seen);
    }
    return OK;
}

/* PATH/%a: the folder, and with it every address that has a mailbox. */
static err mailbox_names(const struct source *source, const char **folder, struct dir_list *names)
{
    span place = span_text(source->place);
    size_t at = span_find(place, SPAN("/%a"));
    if (at == SPAN_NONE || at + 3 != place.len) {
        return err_of(ERR_SYNTAX, arena_printf(source->arena,
                      "mailbox place %s does not end in /%%a (the address)", source->place));
    }
    *folder = arena_text(source->arena, span_first(place, at));
    names->count = 0;
    return path_is_dir(*folder) ? dir_list(*folder, source->arena, names) : OK;
}

err read_mbox(const struct source *source, struct observation *seen)
{
    const char *folder;
    struct dir_list names;
    TRY(mailbox_names(source, &folder, &names));
    for (size_t i = 0; i < names.count; i++) {
        const char *path = path_join(source->arena, folder, names.names[i]);
        span news;
        if (!path_is_file(path) || span_ends(span_text(names.names[i]), SPAN(".lock"))) {
            continue;
        }
        TRY(observe_news(source, path, &news));
        TRY(err_in(mbox_read(news, names.names[i], source->arena, seen), source->arena, "%s",
                   path));
    }
    return OK;
}

/* Names are asked in their order: *old, at first 0, is how far the search has come. */
static bool lay_there(const struct mark *before, const char *name, size_t *old)
{
    while (before && *old < before->names.count) {
        int order = strcmp(before->names.names[*old], name);
        if (order >= 0) {
            return order == 0;
        }
        ++*old; /* it is gone */
    }
    return false;
}

err read_maildir(const struct source *source, struct observation *seen)
{
    static const char *const parts[] = {"new", "cur"};
    struct arena *arena = source->arena;
    const char *folder;
    struct dir_list names;
    TRY(mailbox_names(source, &folder, &names));
    for (size_t i = 0; i < names.count; i++) {
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
            const char *box = path_join(arena, path_join(arena, folder, names.names[i]), parts[p]);
            struct dir_list mails;
            if (!path_is_dir(box)) {
                continue;
            }
            TRY(boxes_list(source->boxes, box, arena, &mails));
            const struct mark *before = observe_mark_find(source->before, box);
            size_t old = 0;
            for (size_t m = 0; m < mails.count; m++) {
                if (lay_there(before, mails.names[m], &old)) {
                    continue;
                }
                const char *path = path_join(arena, box, mails.names[m]);
                span octets;
                if (!path_is_file(path)) {
                    continue;
                }
                TRY(err_in(file_read(path, MAIL_CEILING, arena, &octets), arena, "%s", path));
                add_mail(octets, names.names[i], SPAN_EMPTY, arena, seen);
            }
        }
    }
    return OK;
}

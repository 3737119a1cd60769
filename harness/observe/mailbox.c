/* Mailboxes: mbox files and maildirs, one for each address. What was delivered is compared with
   what was sent, so what a format adds (the `From ` line, one empty line, one `>`) is taken off
   again. */
#include "harness/observe/formats.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

#define MAIL_CEILING ((size_t)1 << 30)

void observe_taken_mail(const char *actor, span from, span octets, struct arena *arena,
                        struct mail_entry *mail)
{
    struct message_parts parts = {0};
    observe_message_split(octets, arena, &parts);
    *mail = (struct mail_entry){
        .mailbox = actor, .from = from, .headers = parts.headers, .body = parts.body, .raw = octets};
}

static void add_mail(span octets, const char *mailbox, span from, struct arena *arena,
                     struct observation *seen)
{
    struct mail_entry *mail = vec_push(arena, &seen->mails);
    observe_taken_mail(mailbox, from, octets, arena, mail);
    for (size_t i = 0; i < mail->headers.count && mail->from.len == 0; i++) {
        const struct named_text *h = &mail->headers.at[i];
        mail->from = span_eq_caseless(span_text(h->name), SPAN("Return-path")) ? h->value : mail->from;
    }
    vec_add(arena, &mail->rcpts, span_text(mailbox));
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

static err list_if_there(const char *folder, struct arena *arena, struct dir_list *names)
{
    err e = dir_list(folder, arena, names);
    bool none = e.kind == ERR_IO && (e.sys == ENOENT || e.sys == ENOTDIR);
    *names = failed(e) ? (struct dir_list){0} : *names;
    return none ? OK : e;
}

/* PATH/%a: the folder, and with it every address that has a mailbox. */
static err mailbox_names(const char *place, struct arena *arena, const char **folder,
                         struct dir_list *names)
{
    size_t at = span_find(span_text(place), SPAN("/%a"));
    if (at == SPAN_NONE || place[at + 3] != '\0') {
        return err_of(ERR_SYNTAX, arena_printf(arena, "mailbox place %s does not end in /%%a (the "
                                                      "address)", place));
    }
    *folder = arena_text(arena, span_first(span_text(place), at));
    return list_if_there(*folder, arena, names);
}

err begin_mbox(const char *place, struct arena *arena, marks *m)
{
    const char *folder;
    struct dir_list names;
    TRY(mailbox_names(place, arena, &folder, &names));
    for (size_t i = 0; i < names.count; i++) {
        TRY(begin_file(path_join(arena, folder, names.names[i]), arena, m));
    }
    return OK;
}

err read_mbox(const struct source *source, struct observation *seen)
{
    const char *folder;
    struct dir_list names;
    TRY(mailbox_names(source->place, source->arena, &folder, &names));
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

/* ---- maildirs ---- */

typedef err on_mail(const char *path, const char *address, struct arena *arena,
                    struct observation *seen);

/* Each message in each address' new and cur. */
static err each_mail(const char *place, struct arena *arena, on_mail *on, struct observation *seen)
{
    static const char *const parts[] = {"new", "cur"};
    const char *folder;
    struct dir_list names;
    TRY(mailbox_names(place, arena, &folder, &names));
    for (size_t i = 0; i < names.count; i++) {
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
            const char *box = path_join(arena, path_join(arena, folder, names.names[i]), parts[p]);
            struct dir_list mails;
            TRY(list_if_there(box, arena, &mails));
            for (size_t m = 0; m < mails.count; m++) {
                const char *path = path_join(arena, box, mails.names[m]);
                TRY(err_in(on(path, names.names[i], arena, seen), arena, "%s", path));
            }
        }
    }
    return OK;
}

static err take_out(const char *path, const char *address, struct arena *arena,
                    struct observation *seen)
{
    (void)address;
    (void)arena;
    (void)seen;
    return path_is_file(path) ? file_remove_at(AT_FDCWD, path) : OK;
}

/* As a reader of the mailbox does. Else each look would list what all cases before had delivered. */
err begin_maildir(const char *place, struct arena *arena, marks *m)
{
    (void)m;
    return each_mail(place, arena, take_out, NULL);
}

static err take_mail(const char *path, const char *address, struct arena *arena,
                     struct observation *seen)
{
    span octets;
    if (path_is_file(path)) {
        TRY(file_read(path, MAIL_CEILING, arena, &octets));
        add_mail(octets, address, SPAN_EMPTY, arena, seen);
    }
    return OK;
}

err read_maildir(const struct source *source, struct observation *seen)
{
    return each_mail(source->place, source->arena, take_mail, seen);
}

/* TABLE of masks. Two servers never have the same name, clock or ids; a text that differs in nothing
   else is the same text. Masks touch the text of replies alone: codes, enhanced codes and keywords are
   what a replay is about. */
#include "harness/replay/mask.h"

#include "base/rows.h"
#include "pcap/draft_facts.h"

#define REPLY_CEILING ((size_t)1 << 24)

struct mask_facts mask_facts_of(span greeting)
{
    span line = SPAN_EMPTY;
    span text = greeting;
    span_line(&text, &line);
    span rest = span_from(line, 4);
    size_t blank = span_find_byte(rest, ' ');
    return (struct mask_facts){greeting, span_first(rest, blank == SPAN_NONE ? rest.len : blank)};
}

static bool at_word(span text, size_t at)
{
    return at == 0 || !(ascii_is_alnum(text.at[at - 1]) || text.at[at - 1] == '.' || text.at[at - 1] == '-');
}

static size_t digits(span text, size_t at)
{
    return span_run(span_from(text, at), ascii_is_digit);
}

static size_t letters(span text, size_t at)
{
    return span_run(span_from(text, at), ascii_is_alpha);
}

static bool byte_at(span text, size_t at, unsigned char c)
{
    return at < text.len && text.at[at] == c;
}

/* "Sat, 21 Nov 2026 22:24:41 +0000", RFC 5322 3.3; 0 if there is none. */
static size_t date_len(span text, size_t at)
{
    size_t i = at;
    if (letters(text, i) == 3 && byte_at(text, i + 3, ',')) {
        i += 5;
    }
    size_t day = digits(text, i);
    if (day < 1 || day > 2 || letters(text, i + day + 1) != 3 || digits(text, i + day + 5) != 4) {
        return 0;
    }
    i += day + 10;
    if (digits(text, i) != 2 || !byte_at(text, i + 2, ':') || digits(text, i + 3) != 2) {
        return 0;
    }
    i += 5;
    i += byte_at(text, i, ':') && digits(text, i + 1) == 2 ? 3 : 0;
    if (byte_at(text, i, ' ') && (byte_at(text, i + 1, '+') || byte_at(text, i + 1, '-'))) {
        i += 2 + digits(text, i + 2);
    }
    return i - at;
}

/* Exim's, or what Postfix writes behind "queued as". */
static size_t id_len(span text, size_t at)
{
    span rest = span_from(text, at);
    if (span_starts(rest, SPAN("queued as "))) {
        return 10 + span_run(span_from(rest, 10), ascii_is_alnum);
    }
    return draft_exim_id(rest);
}

/* "[192.0.2.10]", "[IPv6:...]:4000" */
static size_t address_len(span text, size_t at)
{
    if (!byte_at(text, at, '[')) {
        return 0;
    }
    size_t i = at + 1;
    while (i < text.len && (ascii_is_alnum(text.at[i]) || text.at[i] == '.' || text.at[i] == ':')) {
        i++;
    }
    if (!byte_at(text, i, ']') || span_find_byte(span_part(text, at, i - at), '.') == SPAN_NONE) {
        return 0;
    }
    i++;
    return i - at + (byte_at(text, i, ':') && digits(text, i + 1) ? 1 + digits(text, i + 1) : 0);
}

static void hide(const struct replay_mask *m, span reply, struct buf *out)
{
    for (size_t i = 0; i < reply.len;) {
        size_t len = at_word(reply, i) ? m->length(reply, i) : 0;
        if (len) {
            buf_put_text(out, m->mark);
            i += len;
        } else {
            buf_put_byte(out, reply.at[i++]);
        }
    }
}

static void mask_host(const struct mask_facts *f, span reply, struct buf *out)
{
    while (reply.len) {
        size_t at = f->host.len > 2 ? span_find(reply, f->host) : SPAN_NONE;
        buf_put(out, span_first(reply, at == SPAN_NONE ? reply.len : at));
        if (at == SPAN_NONE) {
            return;
        }
        buf_put_text(out, "<host>");
        reply = span_from(reply, at + f->host.len);
    }
}

/* Behind the host the greeting is the software's own; RFC 5321 4.2 asks for nothing there. */
static void mask_software(const struct mask_facts *f, span reply, struct buf *out)
{
    size_t name = 4 + f->host.len;
    if (!span_eq(reply, f->greeting) || reply.len <= name) {
        buf_put(out, reply);
        return;
    }
    buf_put(out, span_first(reply, name));
    buf_put_text(out, " <software>\r\n");
}

static void mask_numbers(const struct mask_facts *f, span reply, struct buf *out)
{
    (void)f;
    bool head = true; /* the code, and an enhanced one behind it */
    for (size_t i = 0; i < reply.len; i++) {
        unsigned char c = reply.at[i];
        head = head ? ascii_is_digit(c) || c == '.' || c == ' ' || c == '-' : i > 0 && reply.at[i - 1] == '\n';
        if (head || !ascii_is_digit(c)) {
            buf_put_byte(out, c);
        } else if (i + 1 == reply.len || !ascii_is_digit(reply.at[i + 1])) {
            buf_put_text(out, "<n>");
        }
    }
}

const struct replay_mask replay_masks[] = {
    {"software", "RFC 5321 4.2 leaves the greeting's text to the server", true, NULL, NULL, mask_software},
    {"banner-date", "the clock is not the recorded one", true, "<date>", date_len, NULL},
    {"host", "the target has its own name", true, NULL, NULL, mask_host},
    {"message-id", "ids are made anew for each message", true, "<id>", id_len, NULL},
    {"client-address", "the client plays from another address and port", true, "<address>", address_len, NULL},
    {"numbers", "asked for: counts and sizes in texts", false, NULL, NULL, mask_numbers},
    {NULL, NULL, false, NULL, NULL, NULL},
};

static err no_such(const char *name, struct arena *arena)
{
    const char *all = "none";
    for (const struct replay_mask *m = replay_masks; m->name; m++) {
        all = arena_printf(arena, "%s, %s", all, m->name);
    }
    return err_syntax(0, arena_printf(arena, "--mask %s: there is no such mask; there are %s", name, all));
}

err replay_masks_choose(const struct args_texts *names, struct arena *arena, mask_list *masks)
{
    bool usual = true;
    VEC(span) wanted = {0};
    for (size_t i = 0; i < names->count; i++) {
        span list = span_text(names->at[i]);
        span name;
        while (list.len) {
            (void)span_split(list, ',', &name, &list);
            bool known = span_eq(name, SPAN("none"));
            usual = usual && !known;
            for (const struct replay_mask *m = replay_masks; m->name; m++) {
                known = known || span_eq(name, span_text(m->name));
            }
            if (!known) {
                return no_such(arena_text(arena, name), arena);
            }
            vec_add(arena, &wanted, name);
        }
    }
    for (const struct replay_mask *m = replay_masks; m->name; m++) {
        bool chosen = usual && m->usual;
        for (size_t i = 0; i < wanted.count; i++) {
            chosen = chosen || span_eq(wanted.at[i], span_text(m->name));
        }
        if (chosen) {
            vec_add(arena, masks, m);
        }
    }
    return OK;
}

span replay_masks_apply(const mask_list *masks, const struct mask_facts *f, span reply, struct arena *arena)
{
    for (size_t i = 0; i < masks->count; i++) {
        struct buf out;
        buf_init(&out, REPLY_CEILING);
        if (masks->at[i]->length) {
            hide(masks->at[i], reply, &out);
        } else {
            masks->at[i]->apply(f, reply, &out);
        }
        reply = buf_settle(&out, arena);
    }
    return reply;
}

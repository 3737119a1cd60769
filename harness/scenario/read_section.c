/* Sections: what stands in them is content. Repetition, names and `raw=yes` are done here; what the
   content means is known to who takes it. */
#include "harness/scenario/directives.h"

#include "base/file.h"
#include "base/rows.h"
#include "base/socket.h"

#include <stdio.h>

struct section_word {
    const char *name;
    enum section_kind kind;
    bool named;
};

static const struct section_word section_words[] = {
    {"config", SECTION_CONFIG, false}, {"dns", SECTION_DNS, false},
    {"file", SECTION_FILE, true},      {"message", SECTION_MESSAGE, true},
    {"spool", SECTION_SPOOL, true},    {"table", SECTION_TABLE, false},
};

static const struct word section_options[] = {
    {"file", "content comes from that file"},
    {"for", "whose configuration it is: receiver"},
    {"raw", "each line is octets as behind C|"},
};

struct heading {
    struct section section;
    const char *file; /* file=, or NULL */
};

static bool read_heading(struct lex *lx, struct heading *h)
{
    (void)lex_literal(lx, "===");
    const struct section_word *row = LEX_ROW(lx, "section", section_words);
    if (row == NULL) {
        return false;
    }
    h->section.place = line_place(&lx->line, 0);
    h->section.kind = row->kind;
    if (row->named && !lex_name(lx, "the section's name", &h->section.name)) {
        return false;
    }
    if (row->kind == SECTION_CONFIG) {
        h->section.name = "exim";
        if (!lex_literal(lx, "exim")) {
            return lex_fail(lx, SPAN_NONE, "=== config exim",
                            "whose language it is is missing here");
        }
    }
    option_texts options = {0};
    if (!lex_options(lx, section_options, sizeof section_options / sizeof *section_options,
                     sizeof *section_options, &options) ||
        !lex_end(lx)) {
        return false;
    }
    for (size_t i = 0; i < options.count; i++) {
        const char *value = options.at[i].value;
        if (strcmp(options.at[i].name, "file") == 0) {
            h->file = value;
        } else if (strcmp(options.at[i].name, "for") == 0) {
            h->section.receiver = true;
            if (strcmp(value, "receiver") != 0 || row->kind != SECTION_CONFIG) {
                return lex_fail(lx, 0, "=== config exim for=receiver", "`for=%s` means nothing here",
                                value);
            }
        } else if (strcmp(value, "yes") == 0) {
            h->section.raw = true;
        } else {
            return lex_fail(lx, 0, "raw=yes, or nothing", "`raw=%s` means nothing", value);
        }
    }
    return true;
}

static bool is_same(const struct section *a, const struct section *b)
{
    return a->kind == b->kind && a->receiver == b->receiver &&
           (a->name == NULL || strcmp(a->name, b->name) == 0);
}

/* ---- lines ---- */

/* One line of content as it stands in the file, without repetition, into out. */
static void put_line(struct reading *r, struct heading *h, const struct line *line, bool ends,
                     struct buf *out)
{
    if (h->section.raw) {
        struct lex lx;
        struct step step = {0};
        lex_open(&lx, r, line);
        if (lex_at_end(&lx) || !step_pieces(&lx, &step)) {
            return;
        }
        for (size_t i = 0; i < step.pieces.count; i++) {
            for (uint64_t n = 0; n < step.pieces.at[i].times && !buf_full(out); n++) {
                buf_put(out, step.pieces.at[i].bytes);
            }
        }
        return;
    }
    buf_put(out, line->text);
    if (ends) {
        buf_put(out, h->section.kind == SECTION_MESSAGE ? SPAN("\r\n") : SPAN("\n"));
    }
}

/* "@*1000 rest": how often the line stands there; text becomes rest. What can only be too long is not tried. */
static bool take_times(struct reading *r, struct raw_line *raw, uint64_t *times)
{
    *times = 1;
    if (!span_starts(raw->text, SPAN("@*"))) {
        return true;
    }
    size_t blank = span_find_byte(raw->text, ' ');
    span digits = span_part(raw->text, 2, blank == SPAN_NONE ? raw->text.len : blank - 2);
    if (blank == SPAN_NONE || !span_to_u64(digits, times)) {
        complain(r, (struct place){raw->file, raw->number, 1}, "@*1000 X-Filler-@{n}: text",
                 "`@*` is followed by a number and a blank");
        return false;
    }
    raw->text = span_from(raw->text, blank + 1);
    if (*times > READING_CONTENT_CEILING) {
        complain(r, (struct place){raw->file, raw->number, 1}, "256 MiB at most; say more with C| and a repetition",
                 "the section is too long");
        return false;
    }
    return true;
}

static void put_content(struct reading *r, struct heading *h, const struct raw_section *raw,
                        struct buf *out)
{
    for (size_t i = 0; i < raw->lines.count; i++) {
        struct raw_line line = raw->lines.at[i];
        line.scope = scope_rooted(r, line.scope);
        bool ends = i + 1 < raw->lines.count || raw->last_ends;
        uint64_t times = 1;
        if (!take_times(r, &line, &times)) {
            continue;
        }
        bool counted = times != 1 || span_starts(raw->lines.at[i].text, SPAN("@*"));
        size_t mistakes_before = r->wrong->count;
        size_t captures = r->captures.count;
        for (uint64_t n = 1; n <= times && !buf_full(out) && r->wrong->count == mistakes_before;
             n++) {
            char digits[24];
            struct option_text count = {"n", digits};
            struct scope scope = {.outer = line.scope,
                                  .prefix = "",
                                  .values = {.at = &count, .count = counted ? 1 : 0}};
            struct raw_line one = line;
            one.scope = &scope;
            one.again = n > 1;
            (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
            struct line done;
            if (params_replace(r, &one, &done)) {
                h->section.has_names = h->section.has_names || params_left(done.text);
                put_line(r, h, &done, ends || n < times, out);
            }
        }
        if (r->captures.count > captures) {
            complain(r, (struct place){line.file, line.number, 1}, "@{name} stands for a value",
                     "nothing is captured in a section");
        }
    }
}

/* ---- from a file ---- */

static void put_crlf(span content, struct buf *out)
{
    for (size_t i = 0; i < content.len; i++) {
        if (content.at[i] == '\n' && (i == 0 || content.at[i - 1] != '\r')) {
            buf_put_byte(out, '\r');
        }
        buf_put_byte(out, content.at[i]);
    }
}

static void put_file(struct reading *r, struct heading *h, const struct raw_section *raw,
                     struct buf *out)
{
    const char *dir = path_dir(r->arena, raw->head.file);
    const char *path = path_join(r->arena, dir, h->file);
    span content;
    err e = outline_load(path, r->arena, &content);
    if (failed(e)) {
        complain(r, (struct place){raw->head.file, raw->head.number, 1},
                 "paths are relative to the file that names them", "%s", err_text(e, r->arena));
    } else if (h->section.raw) {
        raw_lines lines = {0};
        bool last_ends;
        outline_lines(r, content, path, NULL, &lines, &last_ends);
        for (size_t i = 0; i < lines.count; i++) {
            struct line line = {
                .text = lines.at[i].text, .file = path, .number = lines.at[i].number};
            put_line(r, h, &line, true, out);
        }
    } else if (h->section.kind == SECTION_MESSAGE) {
        put_crlf(content, out);
    } else {
        buf_put(out, content);
    }
    for (size_t i = 0; i < raw->lines.count; i++) {
        if (span_trim(raw->lines.at[i].text).len > 0) {
            complain(r, (struct place){raw->head.file, raw->lines.at[i].number, 1},
                     "take file= away, or the lines", "content stands below a section with file=");
            return;
        }
    }
}

/* ---- dns rows ---- */

/* The words of the data: a IPv4, A IPv6, n a name, 1 2 4 a number of so many octets, . whatever follows. */
static const struct word dns_types[] = {
    {"A", "a"},   {"AAAA", "A"},      {"CNAME", "n"}, {"DS", "211."},  {"MX", "2n"},     {"NS", "n"},
    {"PTR", "n"}, {"SOA", "nn44444"}, {"SPF", "."},   {"SRV", "222n"}, {"TLSA", "111."}, {"TXT", "."},
};

static const struct word dns_ends[] = {{"SERVFAIL", ""}, {"TIMEOUT", ""}, {"TRUNCATE", ""}};

/* RFC 1035 2.3.4 */
static bool is_dns_name(span text)
{
    span label;
    span rest = span_ends(text, SPAN(".")) ? span_first(text, text.len - 1) : text;
    bool more = rest.len > 0;
    while (more) {
        more = span_split(rest, '.', &label, &rest);
        if (label.len == 0 || label.len > 63) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 254;
}

static bool is_dns_word(char kind, span word)
{
    struct address a;
    uint64_t n;
    switch (kind) {
    case 'a': return address_parse(word, 0, &a) && a.storage.ss_family == AF_INET;
    case 'A': return address_parse(word, 0, &a) && a.storage.ss_family == AF_INET6;
    case 'n': return is_dns_name(word);
    default: return span_to_u64(word, &n) && n >> (8 * (unsigned)(kind - '0')) == 0;
    }
}

static void check_dns_data(struct lex *lx, const char *kinds)
{
    span word;
    for (; *kinds != '\0'; kinds++) {
        if (*kinds == '.') {
            if (lex_at_end(lx)) {
                lex_fail(lx, SPAN_NONE, NULL, "the record's data is missing here");
            }
            return;
        }
        if (!lex_word(lx, "the record's data", &word)) {
            return;
        }
        if (!is_dns_word(*kinds, word)) {
            lex_fail(lx, lx->pos - word.len, NULL, "`%.*s` is no %s", SPAN_FMT(word),
                     *kinds == 'a'   ? "IPv4 address"
                     : *kinds == 'A' ? "IPv6 address"
                     : *kinds == 'n' ? "name"
                                     : "number that fits");
            return;
        }
    }
    (void)lex_end(lx);
}

static void check_dns(struct reading *r, const struct raw_section *raw)
{
    for (size_t i = 0; i < raw->lines.count; i++) {
        const struct raw_line *one = &raw->lines.at[i];
        struct line line = {.text = one->text, .file = one->file, .number = one->number};
        span name;
        struct lex lx;
        lex_open(&lx, r, &line);
        if (lex_at_end(&lx) || lex_peek(&lx).at[0] == ';' || params_left(one->text)) {
            continue; /* what a parameter makes of a row is seen when the row is used */
        }
        if (span_starts(lex_peek(&lx), SPAN("@*"))) {
            (void)lex_word(&lx, "a repetition", &name);
        }
        const struct word *type = lex_word(&lx, "a name", &name) ? LEX_ROW(&lx, "record type", dns_types) : NULL;
        if (type == NULL) {
            continue;
        }
        if (lex_literal(&lx, "!")) {
            const struct word *row = LEX_ROW(&lx, "answer", dns_ends);
            if (row == NULL || strcmp(row->name, "TRUNCATE") != 0) {
                (void)(row != NULL && lex_end(&lx));
                continue;
            }
        }
        check_dns_data(&lx, type->doc);
    }
}

void section_read(struct reading *r, const struct raw_section *raw)
{
    struct heading h = {0};
    struct line head;
    struct lex lx;
    struct raw_line heading = raw->head;
    heading.scope = scope_rooted(r, heading.scope);
    if (!params_replace(r, &heading, &head)) {
        return;
    }
    lex_open(&lx, r, &head);
    if (!read_heading(&lx, &h)) {
        return;
    }
    for (size_t i = 0; i < r->s->sections.count; i++) {
        if (is_same(&r->s->sections.at[i], &h.section)) {
            lex_fail(&lx, 0, "one section of each kind and name",
                     "this section stands in line %u already", r->s->sections.at[i].place.line);
            return;
        }
    }
    if (h.section.kind == SECTION_TABLE) {
        return; /* read before there were cases (cases.c) */
    }
    struct buf out;
    buf_init(&out, READING_CONTENT_CEILING);
    if (h.file != NULL) {
        put_file(r, &h, raw, &out);
    } else {
        put_content(r, &h, raw, &out);
        if (h.section.kind == SECTION_DNS) {
            check_dns(r, raw);
        }
    }
    if (buf_full(&out)) {
        lex_fail(&lx, 0, "256 MiB at most; say more with C| and a repetition",
                 "the section is too long");
    }
    h.section.content = buf_settle(&out, r->arena);
    vec_add(r->arena, &r->s->sections, h.section);
}

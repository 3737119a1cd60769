/* Proof of quotes: the registry keeps no sentence of an RFC, only a digest of the one that was
   read. Who has the text can see that the sentence is there, and that it is a sentence. */
#include "harness/cli/cli.h"
#include "harness/cli/req.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/rows.h"

#include <openssl/sha.h>

#define TEXT_CEILING ((size_t)64 << 20)

/* ---- sentences ---- */

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* "Klensin        Standards Track        [Page 12]" */
static bool is_footer(span line)
{
    line = span_trim_space(line);
    size_t at = span_find(line, SPAN("[Page "));
    uint64_t number;
    return at != SPAN_NONE && span_ends(line, SPAN("]")) &&
           span_to_u64(span_part(line, at + 6, line.len - at - 7), &number);
}

typedef VEC(span) span_list;

static void drop_blank(span_list *lines)
{
    while (lines->count && span_trim_space(lines->at[lines->count - 1]).len == 0) {
        lines->count--;
    }
}

/* Lines without page breaks: a paragraph that was cut by one is whole again. */
static void take_lines(span text, struct arena *arena, span_list *lines)
{
    enum { TEXT, HEADER, GAP } stage = TEXT; /* HEADER: the running header may be next */
    span line;
    while (span_line(&text, &line)) {
        bool blank = span_trim_space(line).len == 0;
        if (span_find_byte(line, '\f') != SPAN_NONE) {
            drop_blank(lines);
            if (lines->count && is_footer(lines->at[lines->count - 1])) {
                lines->count--;
                drop_blank(lines);
            }
            stage = blank ? HEADER : GAP; /* some texts have the header on the same line */
        } else if (stage == HEADER && span_starts(line, SPAN("RFC "))) {
            stage = GAP;
        } else if (stage == TEXT || !blank) {
            stage = TEXT;
            vec_add(arena, lines, line);
        } else {
            stage = GAP;
        }
    }
}

static void add_digest(span sentence, struct arena *arena, texts *digests)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct buf hex;
    sentence = span_trim(sentence);
    if (sentence.len == 0) {
        return;
    }
    (void)SHA256(sentence.at, sentence.len, digest);
    buf_init(&hex, 2 * sizeof digest);
    hex_put(span_of(digest, sizeof digest), &hex);
    vec_add(arena, digests, arena_text(arena, buf_span(&hex)));
    buf_wipe(&hex);
}

static void cut_paragraph(span text, struct arena *arena, texts *digests)
{
    size_t start = 0;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (strchr(".?!", text.at[i]) && text.at[i + 1] == ' ') {
            add_digest(span_part(text, start, i + 1 - start), arena, digests);
            start = i + 1;
        }
    }
    add_digest(span_from(text, start), arena, digests);
}

static void put_words(span line, struct buf *out)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!is_space(line.at[i])) {
            buf_put_byte(out, line.at[i]);
        } else if (i + 1 < line.len && !is_space(line.at[i + 1])) {
            buf_put_byte(out, ' ');
        }
    }
}

void req_sentences(span text, struct arena *arena, texts *digests)
{
    span_list lines = {0};
    struct buf paragraph;
    take_lines(text, arena, &lines);
    buf_init(&paragraph, text.len + 1);
    for (size_t i = 0; i <= lines.count; i++) {
        span line = i < lines.count ? span_trim_space(lines.at[i]) : SPAN_EMPTY;
        if (line.len == 0) {
            cut_paragraph(buf_span(&paragraph), arena, digests);
            buf_clear(&paragraph);
        } else {
            if (paragraph.len) {
                buf_put_byte(&paragraph, ' ');
            }
            put_words(line, &paragraph);
        }
    }
    buf_wipe(&paragraph);
}

/* ---- the verb ---- */

struct proof {
    size_t proved, wrong, without, unread;
};

static err prove_source(const struct registry *r, const char *source, const char *rfc,
                        struct arena *arena, struct proof *p)
{
    texts digests = {0};
    const char *path = arena_printf(arena, "%s/%s.txt", rfc ? rfc : "", source);
    bool there = rfc && path_is_file(path);
    if (there) {
        span text;
        TRY(err_in(file_read(path, TEXT_CEILING, arena, &text), arena, "%s", path));
        req_sentences(text, arena, &digests);
    }
    for (size_t i = 0; i < r->rows.count; i++) {
        const struct registry_row *row = &r->rows.at[i];
        if (strcmp(row->source, source) != 0) {
            continue;
        }
        p->without += !row->quote;
        p->unread += row->quote && !there;
        bool proved = row->quote && there && ROWS_IN(&digests, span_text(row->quote)) != NULL;
        p->proved += proved;
        if (row->quote && there && !proved) {
            p->wrong++;
            cli_note("%s:%u: %s: no sentence of %s has the digest of its quote\n", row->file,
                    row->line, row->id, path);
        }
    }
    return OK;
}

int req_check(const struct req_options *o, const struct registry *r, struct arena *arena)
{
    struct proof p = {0};
    if (o->rfc && !path_is_dir(o->rfc)) {
        return cli_complain(EXIT_USAGE, "--rfc %s: no such folder; it holds rfc5321.txt and others",
                            o->rfc);
    }
    for (size_t i = 0; i < r->sources.count; i++) {
        err e = prove_source(r, r->sources.at[i], o->rfc, arena, &p);
        if (failed(e)) {
            return cli_complain_err(e, arena);
        }
    }
    cli_print("%zu clauses of %zu sources: %zu quotes proved, %zu wrong, %zu without their text at "
           "hand; %zu clauses have no quote\n",
           r->rows.count, r->sources.count, p.proved, p.wrong, p.unread, p.without);
    return p.wrong ? EXIT_USAGE : EXIT_FINE;
}

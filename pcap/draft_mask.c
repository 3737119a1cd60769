/* Rules of thumb, each with a reason that is written into the draft: a person decides. They are kept few
   and plain, because a mask that is too wide hides a difference, and nobody looks for what is hidden. */
#include "pcap/draft_mask.h"

#include "pcap/draft_facts.h"

#include <math.h>

enum { RANDOM_OCTETS = 10, RANDOM_ENTROPY = 280, SEEN_OCTETS = 6 };

static const char *const reason_texts[DRAFT_REASON_COUNT] = {
    [DRAFT_HOST] = "host",
    [DRAFT_SOFTWARE] = "software",
    [DRAFT_DATE] = "date",
    [DRAFT_ID] = "id, by its shape",
    [DRAFT_SEEN] = "id, seen again in the log or spool",
    [DRAFT_RANDOM] = "word that looks random",
    [DRAFT_NUMBER] = "number that differs between the captures",
    [DRAFT_DIFFERS] = "what differs between the captures",
    [DRAFT_NAME] = "name or address",
};

const char *draft_reasons(const draft_masks *masks, struct arena *arena)
{
    const char *text = "";
    bool told[DRAFT_REASON_COUNT] = {false};
    for (size_t i = 0; i < masks->count; i++) {
        enum draft_reason reason = masks->at[i].reason;
        if (!told[reason]) {
            text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", reason_texts[reason]);
            told[reason] = true;
        }
    }
    return text;
}

/* ---- dates ---- */

/* d: a digit, A: a letter, s: a sign; anything else is itself. The longest that fits is taken. */
static const char *const dates[] = {
    "AAA, dd AAA dddd dd:dd:dd sdddd", "AAA, d AAA dddd dd:dd:dd sdddd", "AAA, dd AAA dddd dd:dd:dd",
    "AAA, d AAA dddd dd:dd:dd",        "dd AAA dddd dd:dd:dd sdddd",     "d AAA dddd dd:dd:dd sdddd",
    "AAA, dd AAA dddd",                "AAA, d AAA dddd",                "AAA AAA dd dd:dd:dd dddd",
    "dddd-dd-ddTdd:dd:dd",             "dddd-dd-dd dd:dd:dd",            "dddd-dd-dd",
    "dd AAA dddd",                     "dd:dd:dd",
};

static bool is_like(unsigned char c, char wanted)
{
    switch (wanted) {
    case 'd':
        return ascii_is_digit(c);
    case 'A':
        return ascii_is_alpha(c);
    case 's':
        return c == '+' || c == '-';
    default:
        return c == (unsigned char)wanted;
    }
}

size_t draft_date(span text)
{
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        size_t len = 0;
        while (dates[i][len] && len < text.len && is_like(text.at[len], dates[i][len])) {
            len++;
        }
        if (!dates[i][len]) {
            return len;
        }
    }
    return 0;
}

/* ---- words ---- */

static bool is_word_char(unsigned char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || c == '/' || c == '+' || c == '.' || c == '=';
}

static size_t word_len(span text)
{
    size_t len = span_run(text, is_word_char);
    while (len > 0 && text.at[len - 1] == '.') {
        len--; /* a sentence ends */
    }
    return len;
}

unsigned draft_entropy(span word)
{
    unsigned counts[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < word.len; i++) {
        counts[word.at[i]]++;
    }
    for (size_t c = 0; c < 256; c++) {
        if (counts[c]) {
            double part = counts[c] / (double)word.len;
            bits -= part * log2(part);
        }
    }
    return (unsigned)(bits * 100 + 0.5);
}

/* Digits among letters, long, and hardly a character twice. */
static bool is_random(span word)
{
    unsigned letters = 0;
    unsigned digits = 0;
    unsigned changes = 0; /* between the two kinds */
    for (size_t i = 0; i < word.len; i++) {
        bool digit = ascii_is_digit(word.at[i]);
        digits += digit;
        letters += ascii_is_alpha(word.at[i]);
        changes += i > 0 && digit != ascii_is_digit(word.at[i - 1]);
    }
    return word.len >= RANDOM_OCTETS && letters >= 2 && digits >= 2 && changes >= 3 &&
           span_find_byte(word, '.') == SPAN_NONE && draft_entropy(word) >= RANDOM_ENTROPY;
}

/* Letters and digits, and in what the server wrote elsewhere. */
static bool is_seen(span word, span seen)
{
    bool digit = false;
    for (size_t i = 0; i < word.len; i++) {
        digit = digit || ascii_is_digit(word.at[i]);
    }
    return digit && word.len >= SEEN_OCTETS && span_has(seen, word);
}

static bool is_domain(span word)
{
    size_t dot = span_find_last_byte(word, '.');
    return dot != SPAN_NONE && dot > 0 && dot + 1 < word.len && ascii_is_alpha(word.at[dot + 1]);
}

static void add(struct arena *arena, draft_masks *masks, size_t at, size_t len, enum draft_reason reason)
{
    struct draft_mask *last = masks->count ? &masks->at[masks->count - 1] : NULL;
    if (last && last->reason == reason && last->at + last->len == at) {
        last->len += len;
        return;
    }
    *vec_push(arena, masks) = (struct draft_mask){at, len, reason};
}

/* ---- one capture ---- */

/* "id=1xUw": what stands behind the last "=". */
static span value_of(span word)
{
    size_t equals = span_find_last_byte(span_first(word, word.len ? word.len - 1 : 0), '=');
    return equals == SPAN_NONE ? word : span_from(word, equals + 1);
}

static bool reason_of(span word, bool first, const struct draft_evidence *e, enum draft_reason *reason)
{
    if (first && e->greeting) {
        *reason = DRAFT_HOST;
    } else if (is_seen(word, e->seen)) {
        *reason = DRAFT_SEEN;
    } else if (draft_shows_id(word)) {
        *reason = DRAFT_ID;
    } else if (is_random(word)) {
        *reason = DRAFT_RANDOM;
    } else if (is_domain(word) && e->greeting) {
        *reason = DRAFT_HOST;
    } else {
        return false;
    }
    return true;
}

static void find_alone(span text, const struct draft_evidence *e, struct arena *arena, draft_masks *masks)
{
    span software = span_text(e->software);
    bool first = true;
    for (size_t at = 0; at < text.len;) {
        span rest = span_from(text, at);
        size_t date = draft_date(rest);
        size_t len = date ? date : word_len(rest);
        if (software.len && span_starts(rest, software)) {
            add(arena, masks, at, software.len, DRAFT_SOFTWARE);
            len = software.len;
        } else if (date) {
            add(arena, masks, at, date, DRAFT_DATE);
        } else if (len) {
            span word = span_first(rest, len);
            span value = value_of(word);
            enum draft_reason reason;
            if (reason_of(value, first, e, &reason)) {
                add(arena, masks, at + (len - value.len), value.len, reason);
            }
        }
        first = first && len == 0;
        at += len ? len : 1;
    }
}

/* ---- two captures ---- */

typedef VEC(span) words;

static void split(span text, struct arena *arena, words *all)
{
    span word;
    while (text.len) {
        (void)span_split(text, ' ', &word, &text);
        vec_add(arena, all, word);
    }
}

static bool is_number(span word)
{
    return word.len > 0 && span_run(word, ascii_is_digit) == word.len;
}

/* A date is masked whole: the part of it that differed was not the only one that may. */
static void widen_to_date(span text, struct draft_mask *m)
{
    for (size_t at = 0; at <= m->at; at++) {
        size_t len = draft_date(span_from(text, at));
        if (len && at + len >= m->at + m->len) {
            *m = (struct draft_mask){at, len, DRAFT_DATE};
            return;
        }
    }
}

/* What of two words is not the same: without what they have in common at both ends, unless that would
   cut a number or a word of letters and digits. */
static void add_difference(span text, span mine, span other, struct arena *arena, draft_masks *masks)
{
    size_t head = 0;
    size_t tail = 0;
    size_t least = mine.len < other.len ? mine.len : other.len;
    while (head < least && mine.at[head] == other.at[head]) {
        head++;
    }
    while (head > 0 && ascii_is_alnum(mine.at[head - 1])) {
        head--;
    }
    while (tail < least - head && mine.at[mine.len - 1 - tail] == other.at[other.len - 1 - tail]) {
        tail++;
    }
    while (tail > 0 && ascii_is_alnum(mine.at[mine.len - tail])) {
        tail--;
    }
    span left = span_part(mine, head, mine.len - head - tail);
    span right = span_part(other, head, other.len - head - tail);
    struct draft_mask m = {.at = (size_t)(left.at - text.at), .len = left.len, .reason = DRAFT_DIFFERS};
    bool queued = span_ends(span_first(text, m.at), SPAN("queued as "));
    if (queued || (draft_shows_id(mine) && draft_shows_id(other))) {
        m.reason = DRAFT_ID;
    } else if (is_number(left) && is_number(right)) {
        m.reason = DRAFT_NUMBER;
    }
    widen_to_date(text, &m);
    bool told = masks->count && masks->at[masks->count - 1].at + masks->at[masks->count - 1].len >= m.at + m.len;
    if (left.len + right.len > 0 && !told) {
        add(arena, masks, m.at, m.len, m.reason);
    }
}

static void find_differing(span text, span other, struct arena *arena, draft_masks *masks)
{
    words mine = {0};
    words theirs = {0};
    split(text, arena, &mine);
    split(other, arena, &theirs);
    size_t n = mine.count;
    size_t m = theirs.count;
    size_t head = 0;
    size_t tail = 0;
    while (n != m && head < n && head < m && span_eq(mine.at[head], theirs.at[head])) {
        head++;
    }
    while (n != m && tail < n - head && tail < m - head && span_eq(mine.at[n - 1 - tail], theirs.at[m - 1 - tail])) {
        tail++;
    }
    for (size_t i = 0; n == m && i < n; i++) {
        if (!span_eq(mine.at[i], theirs.at[i])) {
            add_difference(text, mine.at[i], theirs.at[i], arena, masks);
        }
    }
    if (n != m) {
        size_t from = head < n ? (size_t)(mine.at[head].at - text.at) : text.len;
        size_t to = tail < n - head ? (size_t)(mine.at[n - 1 - tail].at - text.at) + mine.at[n - 1 - tail].len : from;
        add(arena, masks, from, to - from, DRAFT_DIFFERS);
    }
}

void draft_masks_find(span text, const struct draft_evidence *e, struct arena *arena, draft_masks *masks)
{
    if (e->other) {
        find_differing(text, *e->other, arena, masks);
    } else {
        find_alone(text, e, arena, masks);
    }
}

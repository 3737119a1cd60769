/* Names in const tables. Every registry of the house is searched here, and so is the answer to a
   name that nobody knows: the nearest one that somebody does. */
#include "base/rows.h"

/* Longer names than this are never suggested: tables hold words, not sentences. */
#define LONGEST_NAME 63

static const char *name_at(const void *rows, size_t index, size_t size)
{
    const unsigned char *row = (const unsigned char *)rows + index * size;
    return *(const char *const *)(const void *)row;
}

static const void *row_at(const void *rows, size_t index, size_t size)
{
    return (const unsigned char *)rows + index * size;
}

const void *rows_find(const void *rows, size_t count, size_t size, span name)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_order(name, span_text(name_at(rows, middle, size)));
        if (order == 0) {
            return row_at(rows, middle, size);
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const void *rows_scan(const void *rows, size_t count, size_t size, span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq(name, span_text(name_at(rows, i, size)))) {
            return row_at(rows, i, size);
        }
    }
    return NULL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that lead from a to b; case is
   ignored. Both at most LONGEST_NAME long. */
static size_t edit_distance(span a, span b)
{
    size_t table[3][LONGEST_NAME + 1];
    size_t *two_up = table[0];
    size_t *up = table[1];
    size_t *now = table[2];
    for (size_t j = 0; j <= b.len; j++) {
        up[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned char x = ascii_lower(a.at[i - 1]);
            unsigned char y = ascii_lower(b.at[j - 1]);
            now[j] = least(up[j - 1] + (x != y), least(up[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && x == ascii_lower(b.at[j - 2]) &&
                y == ascii_lower(a.at[i - 2])) {
                now[j] = least(now[j], two_up[j - 2] + 1);
            }
        }
        size_t *spare = two_up;
        two_up = up;
        up = now;
        now = spare;
    }
    return up[b.len];
}

const char *rows_suggest(const void *rows, size_t count, size_t size, span written)
{
    const char *nearest = NULL;
    size_t bound = written.len / 3 + 1;
    if (written.len > LONGEST_NAME) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = name_at(rows, i, size);
        span known = span_text(name);
        if (known.len > LONGEST_NAME) {
            continue;
        }
        size_t distance = edit_distance(written, known);
        if (distance < bound) {
            nearest = name;
            bound = distance;
        }
    }
    return nearest;
}

bool rows_sorted(const void *rows, size_t count, size_t size)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(name_at(rows, i - 1, size), name_at(rows, i, size)) >= 0) {
            return false;
        }
    }
    return true;
}

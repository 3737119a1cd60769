/* PCRE2 behind a small face, in two gears. PCRE2's own limit holds for each place where a match
   may begin, so over a long subject it limits little. The first gear shares a limit among the
   places; an honest pattern never meets it. What does is tried again in a form that counts each
   step over all places, and is given up when they are spent. The library allocates for itself
   and gives back at once. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "ref/expand/regex.h"

#include "base/check.h"
#include "ref/expand/eval.h"

#include <pcre2.h>

#define EASY_STEPS 4000000u      /* over all places; at least PLACE_STEPS for each */
#define PLACE_STEPS 50u
#define PLACE_STEPS_MOST 10000u
#define COUNTED_STEPS 2000000u
#define DEPTH_LIMIT 10000u
#define HEAP_LIMIT_KIB 20000u

struct regex {
    span pattern;
    bool caseless;
    pcre2_code *code;
    pcre2_code *counting;           /* made when it is needed */
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static void *not_null(void *at)
{
    if (!at) {
        check_out_of_memory(0);
    }
    return at;
}

static pcre2_code *compile(span pattern, uint32_t options, int *number, size_t *at)
{
    return pcre2_compile(pattern.at ? pattern.at : (const unsigned char *)"", pattern.len, options,
                         number, at, NULL);
}

err regex_new(span pattern, bool caseless, struct arena *arena, struct regex **out)
{
    int number;
    size_t at;
    struct regex *regex = ARENA_NEW(arena, struct regex);
    regex->pattern = arena_copy(arena, pattern);
    regex->caseless = caseless;
    regex->code = compile(pattern, caseless ? PCRE2_CASELESS : 0, &number, &at);
    if (!regex->code) {
        unsigned char text[256];
        (void)pcre2_get_error_message(number, text, sizeof text);
        return err_syntax(at, arena_printf(arena, "%s", (const char *)text));
    }
    regex->data = not_null(pcre2_match_data_create_from_pattern(regex->code, NULL));
    regex->context = not_null(pcre2_match_context_create(NULL));
    (void)pcre2_set_depth_limit(regex->context, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
    *out = regex;
    return OK;
}

void regex_free(struct regex *regex)
{
    if (regex) {
        pcre2_match_context_free(regex->context);
        pcre2_match_data_free(regex->data);
        pcre2_code_free(regex->counting);
        pcre2_code_free(regex->code);
    }
}

static int count_step(pcre2_callout_block *block, void *left)
{
    (void)block;
    return --*(uint32_t *)left == 0 ? PCRE2_ERROR_CALLOUT : 0;
}

static int match(struct regex *regex, span subject, size_t from, uint32_t options)
{
    size_t places = subject.len - from + 1;
    size_t each = EASY_STEPS / places;
    uint32_t left = COUNTED_STEPS;
    int number;
    size_t at;
    each = each < PLACE_STEPS ? PLACE_STEPS : each > PLACE_STEPS_MOST ? PLACE_STEPS_MOST : each;
    (void)pcre2_set_match_limit(regex->context, (uint32_t)each);
    (void)pcre2_set_callout(regex->context, NULL, NULL);
    int count = pcre2_match(regex->code, subject.at, subject.len, from, options, regex->data,
                            regex->context);
    if (count != PCRE2_ERROR_MATCHLIMIT) {
        return count;
    }
    if (!regex->counting) {
        regex->counting = not_null(
            compile(regex->pattern, PCRE2_AUTO_CALLOUT | (regex->caseless ? PCRE2_CASELESS : 0),
                    &number, &at));
    }
    (void)pcre2_set_match_limit(regex->context, UINT32_MAX);
    (void)pcre2_set_callout(regex->context, count_step, &left);
    return pcre2_match(regex->counting, subject.at, subject.len, from, options, regex->data,
                       regex->context);
}

enum regex_outcome regex_find(struct regex *regex, span subject, size_t from, bool not_empty,
                              struct regex_hit *hit)
{
    subject = subject.len ? subject : SPAN_EMPTY;
    int count = match(regex, subject, from,
                      not_empty ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0);
    if (count == PCRE2_ERROR_NOMATCH) {
        return REGEX_MISS;
    }
    if (count < 0) {
        return REGEX_EXHAUSTED;
    }
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->data);
    uint32_t pairs = pcre2_get_ovector_count(regex->data);
    *hit = (struct regex_hit){.count = pairs < REGEX_GROUPS ? pairs : REGEX_GROUPS};
    for (size_t i = 0; i < hit->count; i++) {
        size_t begin = ends[2 * i], end = ends[2 * i + 1];
        bool took_part = i < (size_t)count && begin != PCRE2_UNSET && begin <= end;
        hit->groups[i] = took_part ? span_part(subject, begin, end - begin) : SPAN_EMPTY;
    }
    /* \K in a look-ahead may set the beginning behind the end. */
    hit->end = ends[1];
    hit->begin = ends[0] < ends[1] ? ends[0] : ends[1];
    return REGEX_HIT;
}

bool regex_capture(struct expansion *x, span pattern, bool caseless, struct value subject,
                   bool *hit)
{
    struct regex *regex;
    struct regex_hit found;
    err e = regex_new(pattern, caseless, x->arena, &regex);
    if (failed(e)) {
        return eval_fail(x, "regular expression error in \"%.*s\": %s at offset %zu",
                         SPAN_FMT(pattern), e.what, e.at);
    }
    enum regex_outcome outcome = regex_find(regex, subject.text, 0, false, &found);
    regex_free(regex);
    if (outcome == REGEX_EXHAUSTED) {
        return eval_defer(x, "regular expression \"%.*s\" given up: it takes too many steps",
                          SPAN_FMT(pattern));
    }
    *hit = outcome == REGEX_HIT;
    if (*hit) {
        captures_set(x, found.groups, found.count, subject.tainted);
    }
    return true;
}

/* The tree: read once, printed back, literal or not, and never deeper than its limit. */
#include "ref/expand/testing_print.h"
#include "ref/expand/testing_world.h"

#include <criterion/criterion.h>

Test(expand_template, what_is_printed_reads_back_to_the_same)
{
    static const char *const texts[] = {
        "",
        "plain",
        "a\\n\\x41\\{\\}\\$\\\\",
        "$primary_hostname ${primary_hostname}",
        "$1${2}",
        "$h_subject: $rh_to: $bh_from: $lheader_received: x",
        "${lc:$h_x:}",
        "${substr_1_2:${uc:a}}",
        "${if eq{a}{b}{yes}{no}}",
        "${if !eq{a}{b}}",
        "${if eq{a}{b}{yes}fail}",
        "${if and{{eq{a}{b}}{or{{def:h_x:}{!def:acl_c0}}}}{y}}",
        "${if forany{a:b}{match{$item}{^a}}{y}{n}}",
        "${if acl{{name}{a1}}{y}{n}}",
        "${if <={1}{2}{y}}",
        "${if inbound_srs {a}{b}{y}{n}}",
        "${if bool{$1}}",
        "${lookup{k}lsearch{/f}{$value}fail}",
        "${lookup dnsdb{txt=a}{$value}{n}}",
        "${extract{1}{:}{a}}",
        "${extract{$1}{:}{a}{b}{c}}",
        "${extract json{a}{b}{c}fail}",
        "${listextract{1}{a}{y}{n}}",
        "${map{a:b}{x$item}}",
        "${filter{a:b}{eq{$item}{a}}}",
        "${reduce{a}{b}{$value}}",
        "${sort{a:b}{lt}{$item}}",
        "${sg{a}{b}{\\$1}}",
        "${certextract{subject}{$tls_in_peercert}{$value}{n}}",
        "${acl{a}{b}{c}}",
        "\\N${raw}\\N",
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct template *once, *twice;
        err e = template_read(span_text(texts[i]), arena, &once);
        cr_assert(!failed(e), "%s: %s", texts[i], e.what);
        span first = testing_print(once, arena);
        e = template_read(first, arena, &twice);
        cr_assert(!failed(e), "%s -> %.*s: %s", texts[i], SPAN_FMT(first), e.what);
        span second = testing_print(twice, arena);
        cr_expect(span_eq(first, second), "%s -> %.*s -> %.*s", texts[i], SPAN_FMT(first),
                  SPAN_FMT(second));
        cr_expect(span_eq(template_text(once), span_text(texts[i])));
    }
    arena_free(arena);
}

Test(expand_template, a_literal_is_known_as_one)
{
    static const struct {
        const char *text, *value;
    } rows[] = {{"", ""}, {"abc", "abc"}, {"a\\x42\\$c", "aB$c"}, {"\\N$x\\N", "$x"},
                {"$1", NULL}, {"a$primary_hostname", NULL}};
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct template *t;
        span value;
        cr_assert(!failed(template_read(span_text(rows[i].text), arena, &t)));
        bool literal = template_is_literal(t, &value);
        cr_expect(literal == (rows[i].value != NULL), "%s", rows[i].text);
        cr_expect(!literal || span_eq(value, span_text(rows[i].value)), "%s", rows[i].text);
    }
    arena_free(arena);
}

static err read_nested(const char *first, const char *open, const char *close, size_t count,
                       struct arena *arena)
{
    struct buf text;
    const struct template *t;
    buf_init(&text, 10 << 20);
    buf_put_text(&text, first);
    for (size_t i = 0; i < count; i++) {
        buf_put_text(&text, open);
    }
    for (size_t i = 0; i < count; i++) {
        buf_put_text(&text, close);
    }
    err e = template_read(buf_span(&text), arena, &t);
    buf_wipe(&text);
    return e;
}

Test(expand_template, depth_has_a_limit)
{
    struct arena *arena = arena_new();
    cr_expect(!failed(read_nested("", "${lc:", "}", 60, arena)));
    cr_expect(read_nested("", "${lc:", "}", 100000, arena).kind == ERR_LIMIT);
    cr_expect(read_nested("${if ", "and{{", "}}", 100000, arena).kind == ERR_LIMIT);
    cr_expect(read_nested("${if ", "!and{{!or{{", "}}}}", 100000, arena).kind == ERR_LIMIT);
    arena_free(arena);
}

Test(expand_template, errors_say_where)
{
    struct arena *arena = arena_new();
    const struct template *t;
    err e = template_read(SPAN("abc${nosuch:x}"), arena, &t);
    cr_expect(e.kind == ERR_SYNTAX && e.at == 14, "%zu", e.at);
    arena_free(arena);
}

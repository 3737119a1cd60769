/* A report from anywhere: what can be read can be written, and what was written reads back as the
   same report. Every other form of it is well-formed, whatever its texts hold; and its cases, dealt out
   to shards, make the same report again in whatever order the shards are given. */
#include "reports/formats.h"

#include "base/check.h"
#include "reports/merge.h"
#include "reports/well_formed_test.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SHARDS = 3 };

static void write_form(const char *form, const struct report *r, struct buf *out)
{
    buf_clear(out);
    report_write(report_format_find(span_text(form)), r, (struct report_style){.verbose = true}, out);
    CHECK(out->len > 0 && out->at[out->len - 1] == '\n');
}

static void check_forms(const struct report *r, struct arena *arena, struct buf *out)
{
    static const struct {
        const char *name;
        bool is_json;
    } rows[] = {{"html", false}, {"junit", false}, {"sarif", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_form(rows[i].name, r, out);
        if (buf_full(out)) {
            continue;
        }
        if (rows[i].is_json) {
            json_t *json = json_loadb((const char *)out->at, out->len, JSON_REJECT_DUPLICATES, NULL);
            CHECK(json != NULL);
            json_decref(json);
        } else {
            CHECK(well_formed_xml(arena_text(arena, buf_span(out))));
        }
    }
    write_form("text", r, out);
    write_form("tap", r, out);
    write_form("markdown", r, out);
}

/* Case i goes to shard i mod 3; first says with which the list of shards begins. */
static err deal_and_merge(const struct report *r, size_t first, struct arena *arena,
                          struct report *whole)
{
    report_parts parts = {0};
    for (size_t n = 0; n < SHARDS; n++) {
        size_t shard = (first + n) % SHARDS;
        struct report_part *p = vec_push(arena, &parts);
        p->name = "shard";
        p->report = *r;
        p->report.shard = arena_printf(arena, "%zu/%d", shard + 1, SHARDS);
        p->report.cases = (__typeof__(p->report.cases)){0};
        for (size_t i = shard; i < r->cases.count; i += SHARDS) {
            vec_add(arena, &p->report.cases, r->cases.at[i]);
            p->report.cases.at[p->report.cases.count - 1].place = i + 1;
        }
    }
    return report_merge(&parts, arena, whole);
}

static void check_merge(const struct report *r, struct arena *arena, struct buf *a, struct buf *b)
{
    struct report whole, turned;
    err e = deal_and_merge(r, 0, arena, &whole);
    err f = deal_and_merge(r, 2, arena, &turned);
    CHECK(failed(e) == failed(f));
    if (!failed(e)) {
        write_form("json", &whole, a);
        write_form("json", &turned, b);
        CHECK(whole.cases.count == r->cases.count);
        CHECK(span_eq(buf_span(a), buf_span(b)));
    }
}

static void check_way_back(const char *form, err (*read)(span, struct arena *, struct report *),
                           span text)
{
    struct arena *arena = arena_new();
    struct report first;
    struct report second;
    if (!failed(read(text, arena, &first))) {
        struct buf a;
        struct buf b;
        buf_init(&a, 1 << 24);
        buf_init(&b, 1 << 24);
        write_form(form, &first, &a);
        CHECK(!failed(read(buf_span(&a), arena, &second)));
        write_form(form, &second, &b);
        CHECK(span_eq(buf_span(&a), buf_span(&b)));
        check_forms(&first, arena, &b);
        check_merge(&first, arena, &a, &b);
        buf_wipe(&a);
        buf_wipe(&b);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_way_back("json", report_read, span_of(data, size));
    check_way_back("jsonl", report_read_lines, span_of(data, size));
    return 0;
}

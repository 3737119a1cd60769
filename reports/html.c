/* HTML: one page that needs nothing else, to be sent by mail or kept for years. It can be read without
   its script and without its colours; the script filters, and opens what a link leads to. */
#include "reports/html.h"

#include "base/rows.h"
#include "reports/page.css.inc"
#include "reports/page.js.inc"
#include "reports/registry.h"
#include "reports/ladder.css.inc"
#include "reports/spell.h"
#include "reports/when.h"
#include "reports/writers.h"

#include <stdlib.h>

/* ---- pieces ---- */

void html_state(const struct page *p, enum state s)
{
    buf_printf(p->out, "<span class=\"st %s\">%s</span>", state_name(s), state_name(s));
}

span html_topic(const struct report_case *c)
{
    span topic = report_case_topic(c);
    return topic.len ? topic : SPAN("cases");
}

size_t html_target(const struct page *p, const struct report_case *c)
{
    const char *const *found = rows_scan(p->targets.at, p->targets.count, sizeof *p->targets.at, span_text(c->target));
    return (size_t)(found - (const char *const *)p->targets.at);
}

bool html_has_detail(const struct report_case *c)
{
    return c->events.count > 0 || c->evidence.count > 0 ||
           (c->state != STATE_PASS && c->state != STATE_SKIP);
}

size_t html_number(const struct page *p, const struct report_case *c)
{
    return (size_t)(c - p->report->cases.at);
}

void html_clause(const struct page *p, const char *id)
{
    const struct registry_row *row = registry_find(p->report->registry, id);
    spell_xml_printf(p->out, "<code>%s</code>", id);
    if (row) {
        spell_xml_printf(p->out, " <b>%s</b> %s", registry_level_name(row->level), row->words);
    }
}

void html_case_link(const struct page *p, const struct report_case *c)
{
    if (html_has_detail(c)) {
        buf_printf(p->out, "<a href=\"#c%zu\">", html_number(p, c));
        html_state(p, c->state);
        buf_put_text(p->out, "</a>");
    } else {
        html_state(p, c->state);
    }
}

/* ---- the order of rows ---- */

static int by_row(const void *a, const void *b)
{
    const struct report_case *x = *(const struct report_case *const *)a;
    const struct report_case *y = *(const struct report_case *const *)b;
    int order = span_order(html_topic(x), html_topic(y));
    order = order ? order : strcmp(x->id, y->id);
    return order ? order : strcmp(x->target, y->target);
}

static void prepare(struct page *p)
{
    report_target_names(p->report, p->arena, &p->targets);
    for (size_t i = 0; i < p->report->cases.count; i++) {
        vec_add(p->arena, &p->sorted, &p->report->cases.at[i]);
    }
    if (p->sorted.count > 1) {
        qsort(p->sorted.at, p->sorted.count, sizeof *p->sorted.at, by_row);
    }
}

/* ---- the summary ---- */

static void put_fact(const struct page *p, const char *name, const char *value)
{
    if (value) {
        spell_xml_printf(p->out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value);
    }
}

static void put_head(const struct page *p)
{
    const struct report *r = p->report;
    struct buf when;
    int status = report_exit(r, p->style.strict);
    buf_init(&when, 64);
    when_put(r->started, &when);
    buf_printf(p->out, "<header>\n<h1>assay</h1>\n<p class=\"end %s\">%s <small>(exit status %d)"
                       "</small></p>\n<dl>\n",
               status == 0 ? "good" : "bad", report_exit_words(status), status);
    put_fact(p, "started", arena_text(p->arena, buf_span(&when)));
    buf_wipe(&when);
    put_fact(p, "version", r->tool);
    put_fact(p, "seed", arena_printf(p->arena, "%llu", (unsigned long long)r->seed));
    put_fact(p, "isolation", r->isolation);
    put_fact(p, "run", r->run_id);
    put_fact(p, "shard", r->shard);
    put_fact(p, "command", r->command);
    buf_put_text(p->out, "</dl>\n");
    if (!r->complete) {
        buf_put_text(p->out, "<p class=\"bad\">The run was cut short: this is what had run until "
                             "then.</p>\n");
    }
    buf_put_text(p->out, "</header>\n");
}

static void put_masks(const struct page *p, const struct report_target *t)
{
    if (t && t->masks.count > 0) {
        buf_printf(p->out, "<details><summary>%zu</summary><ul>", t->masks.count);
        for (size_t i = 0; i < t->masks.count; i++) {
            spell_xml_printf(p->out, "<li>%s</li>", t->masks.at[i]);
        }
        buf_put_text(p->out, "</ul></details>");
    }
}

static void put_target_row(const struct page *p, size_t t, const struct report_counts *all)
{
    unsigned long of[STATE_COUNT] = {0};
    const struct report_target *target = t < p->report->targets.count ? &p->report->targets.at[t]
                                                                      : NULL;
    for (size_t i = 0; i < p->report->cases.count; i++) {
        const struct report_case *c = &p->report->cases.at[i];
        of[c->state] += html_target(p, c) == t;
    }
    spell_xml_printf(p->out, "<tr><th scope=\"row\">%s</th><td>%s</td>", p->targets.at[t],
                     target ? target->version : NULL);
    for (unsigned s = 0; s < STATE_COUNT; s++) {
        if (all->of[s]) {
            buf_printf(p->out, "<td class=\"n\">%lu</td>", of[s]);
        }
    }
    buf_put_text(p->out, "<td>");
    put_masks(p, target);
    buf_put_text(p->out, "</td></tr>\n");
}

static void put_summary(const struct page *p)
{
    struct report_counts counts;
    report_count(p->report, &counts);
    buf_printf(p->out, "<section id=\"summary\">\n<h2>Summary</h2>\n<p>%lu cases</p>\n"
                       "<div class=\"wide\"><table><thead><tr><th scope=\"col\">target</th>"
                       "<th scope=\"col\">version</th>",
               counts.all);
    for (unsigned s = 0; s < STATE_COUNT; s++) {
        if (counts.of[s]) {
            buf_put_text(p->out, "<th scope=\"col\">");
            html_state(p, (enum state)s);
            buf_put_text(p->out, "</th>");
        }
    }
    buf_put_text(p->out, "<th scope=\"col\">masked</th></tr></thead>\n<tbody>\n");
    for (size_t t = 0; t < p->targets.count; t++) {
        put_target_row(p, t, &counts);
    }
    buf_put_text(p->out, "</tbody></table></div>\n</section>\n");
}

static void put_gate(const struct page *p)
{
    size_t told = 0;
    buf_put_text(p->out, "<section id=\"gate\">\n<h2>What stops the gate</h2>\n");
    for (size_t i = 0; i < p->report->cases.count; i++) {
        const struct report_case *c = &p->report->cases.at[i];
        if (report_case_stops(c, p->style.strict)) {
            buf_put_text(p->out, told++ ? "<li>" : "<ul class=\"plain\">\n<li>");
            html_case_link(p, c);
            spell_xml_printf(p->out, " <a href=\"#c%zu\"><code>%s</code></a> on %s%s%s</li>\n",
                             html_number(p, c), c->id, c->target, c->reason ? ": " : "", c->reason);
        }
    }
    buf_put_text(p->out, told ? "</ul>\n" : "<p>Nothing.</p>\n");
    buf_put_text(p->out, "</section>\n");
}

/* ---- the page ---- */

static void put_options(const struct page *p, const char *id, const char *label,
                        const report_texts *values)
{
    buf_printf(p->out, "<label>%s <select id=\"%s\"><option value=\"\">all</option>", label, id);
    for (size_t i = 0; i < values->count; i++) {
        spell_xml_printf(p->out, "<option>%s</option>", values->at[i]);
    }
    buf_put_text(p->out, "</select></label>\n");
}

/* Shown by the script, which it needs. */
static void put_filter(const struct page *p)
{
    report_texts states = {0}, topics = {0};
    struct report_counts counts;
    report_count(p->report, &counts);
    for (unsigned s = 0; s < STATE_COUNT; s++) {
        if (counts.of[s]) {
            vec_add(p->arena, &states, state_name((enum state)s));
        }
    }
    for (size_t i = 0; i < p->sorted.count; i++) {
        span topic = html_topic(p->sorted.at[i]);
        if (i == 0 || !span_eq(topic, html_topic(p->sorted.at[i - 1]))) {
            vec_add(p->arena, &topics, arena_text(p->arena, topic));
        }
    }
    buf_put_text(p->out, "<form id=\"filter\" hidden=\"hidden\">\n");
    put_options(p, "f-state", "state", &states);
    put_options(p, "f-target", "target", &p->targets);
    put_options(p, "f-topic", "topic", &topics);
    buf_put_text(p->out, "<label>text <input id=\"f-text\" type=\"search\"/></label>\n"
                         "<output id=\"f-count\"></output>\n</form>\n");
}

static void put_nav(const struct page *p)
{
    static const char *const rows[][2] = {
        {"summary", "Summary"}, {"gate", "Gate"}, {"clauses", "Requirements"},
        {"behaviour", "Behaviour"}, {"pairs", "Pairs"}, {"cases", "Cases"}, {"details", "Details"},
    };
    bool pairs = false;
    for (size_t t = 0; t < p->targets.count; t++) {
        pairs = pairs || strstr(p->targets.at[t], "->");
    }
    buf_put_text(p->out, "<nav aria-label=\"Parts of the page\">\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (pairs || strcmp(rows[i][0], "pairs") != 0) {
            buf_printf(p->out, "<a href=\"#%s\">%s</a>\n", rows[i][0], rows[i][1]);
        }
    }
    buf_put_text(p->out, "</nav>\n");
}

void report_html_end(const struct report *r, struct report_style style, struct buf *out)
{
    struct page p = {.report = r, .style = style, .arena = arena_new(), .out = out};
    prepare(&p);
    buf_put_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>assay: ");
    for (size_t t = 0; t < p.targets.count; t++) {
        spell_xml_printf(out, "%s%s", t ? ", " : "", p.targets.at[t]);
    }
    buf_put_text(out, "</title>\n<style>\n");
    buf_put(out, PAGE_CSS);
    buf_put(out, LADDER_CSS);
    buf_put_text(out, "</style>\n</head>\n<body>\n");
    put_head(&p);
    put_nav(&p);
    buf_put_text(out, "<main>\n");
    put_summary(&p);
    put_gate(&p);
    html_clauses(&p);
    html_behaviour(&p);
    html_pairs(&p);
    buf_put_text(out, "<section id=\"cases\">\n<h2>Cases</h2>\n");
    put_filter(&p);
    html_cases(&p);
    buf_put_text(out, "</section>\n<section id=\"details\">\n<h2>Details</h2>\n");
    html_details(&p);
    buf_put_text(out, "</section>\n</main>\n<script>\n");
    buf_put(out, PAGE_JS);
    buf_put_text(out, "</script>\n</body>\n</html>\n");
    arena_free(p.arena);
}

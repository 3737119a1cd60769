/* Tables of the page: what each target does, side by side. */
#include "reports/html.h"

#include "reports/spell.h"

#include <stdlib.h>

static void put_heads(const struct page *p, const char *first)
{
    buf_printf(p->out, "<thead><tr><th scope=\"col\">%s</th>", first);
    for (size_t t = 0; t < p->targets.count; t++) {
        spell_xml_printf(p->out, "<th scope=\"col\">%s</th>", p->targets.at[t]);
    }
    buf_put_text(p->out, "</tr></thead>\n<tbody>\n");
}

static void put_row_name(const struct page *p, const char *id)
{
    spell_xml_printf(p->out, "<tr><th scope=\"row\"><code>%s</code></th>", id);
}

/* ", 3 not met", where there are any. */
static void put_count(const struct page *p, size_t count, const char *what)
{
    if (count > 0) {
        buf_printf(p->out, ", <b class=\"bad\">%zu %s</b>", count, what);
    }
}

/* ---- requirement x target ---- */

/* What stands before the first dash: "RFC5321". */
static span source_of(const char *id)
{
    return span_first(span_text(id), span_find_byte(span_text(id), '-'));
}

static const char *const verdict_words[CLAUSE_VERDICT_COUNT] = {
    [CLAUSE_NOT_EXERCISED] = "–", [CLAUSE_MET] = "met", [CLAUSE_NOT_MET] = "not met"};
static const char *const verdict_classes[CLAUSE_VERDICT_COUNT] = {
    [CLAUSE_NOT_EXERCISED] = "no", [CLAUSE_MET] = "met", [CLAUSE_NOT_MET] = "notmet"};

static void put_clause(const struct page *p, const struct report_clause *clause,
                       const report_clauses *of)
{
    buf_put_text(p->out, "<tr><th scope=\"row\">");
    html_clause(p, clause->id);
    buf_put_text(p->out, "</th>");
    for (size_t t = 0; t < p->targets.count; t++) {
        enum clause_verdict v = report_clause_verdict(&of[t], clause->id);
        buf_printf(p->out, "<td class=\"%s\">%s</td>", verdict_classes[v], verdict_words[v]);
    }
    buf_put_text(p->out, "</tr>\n");
}

void html_clauses(const struct page *p)
{
    report_clauses all, *of = arena_take_array(p->arena, p->targets.count + 1, sizeof *of);
    report_clauses_judge(p->report, NULL, p->arena, &all);
    for (size_t t = 0; t < p->targets.count; t++) {
        report_clauses_judge(p->report, p->targets.at[t], p->arena, &of[t]);
    }
    buf_put_text(p->out, "<section id=\"clauses\">\n<h2>Requirements</h2>\n");
    for (size_t i = 0; i < all.count;) {
        size_t end = i, unmet = 0;
        while (end < all.count && span_eq(source_of(all.at[end].id), source_of(all.at[i].id))) {
            unmet += all.at[end++].verdict == CLAUSE_NOT_MET;
        }
        buf_printf(p->out, "<details%s><summary>", unmet ? " open=\"open\"" : "");
        spell_xml_printf(p->out, "%.*s <small>%zu clause%s", SPAN_FMT(source_of(all.at[i].id)), end - i,
                         end - i == 1 ? "" : "s");
        put_count(p, unmet, "not met");
        buf_put_text(p->out, "</small></summary>\n<div class=\"wide\"><table class=\"grid\">");
        put_heads(p, "clause");
        for (; i < end; i++) {
            put_clause(p, &all.at[i], of);
        }
        buf_put_text(p->out, "</tbody></table></div></details>\n");
    }
    buf_put_text(p->out, all.count ? "</section>\n" : "<p>No case names one.</p></section>\n");
}

/* ---- behaviour ---- */

/* How a case went, in the words of its labels. */
static const char *behaviour_of(const struct page *p, const struct report_case *c)
{
    const char *text = c->state == STATE_PASS || c->state == STATE_XPASS ? NULL
                                                                         : state_name(c->state);
    for (size_t i = 0; i < c->labels.count; i++) {
        text = text ? arena_printf(p->arena, "%s %s", text, c->labels.at[i]) : c->labels.at[i];
    }
    return text ? text : "as written";
}

static const char *look_of(enum state s)
{
    return s == STATE_PASS || s == STATE_XPASS ? ""
           : s == STATE_SKIP                   ? "no"
           : state_stops(s, false)             ? "notmet"
                                               : "soso";
}

/* The cases of one id, by target; *at goes behind them. */
static const struct report_case **take_row(const struct page *p, size_t *at)
{
    const struct report_case *first = p->sorted.at[*at];
    const struct report_case **of = arena_take_array(p->arena, p->targets.count + 1, sizeof *of);
    for (; *at < p->sorted.count && strcmp(p->sorted.at[*at]->id, first->id) == 0; (*at)++) {
        of[html_target(p, p->sorted.at[*at])] = p->sorted.at[*at];
    }
    return of;
}

struct row {
    const char *id;
    const struct report_case **of; /* by target; NULL: did not run there */
    const char *key;               /* how all targets went, as one text */
    bool told;                     /* a label was taken, or the targets differ */
    bool differ;
};
typedef VEC(struct row) rows;

static void find_rows(const struct page *p, rows *all)
{
    for (size_t i = 0; i < p->sorted.count;) {
        struct row *row = vec_push(p->arena, all);
        *row = (struct row){.id = p->sorted.at[i]->id, .of = take_row(p, &i), .key = ""};
        const char *same = NULL;
        for (size_t t = 0; t < p->targets.count; t++) {
            const char *text = row->of[t] ? behaviour_of(p, row->of[t]) : "";
            row->key = arena_printf(p->arena, "%s|%s", row->key, text);
            if (row->of[t]) {
                row->differ = row->differ || (same && strcmp(same, text) != 0);
                row->told = row->told || row->differ || row->of[t]->labels.count > 0;
                same = text;
            }
        }
    }
}

static int by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = (int)y->differ - (int)x->differ;
    order = order ? order : strcmp(x->key, y->key);
    return order ? order : strcmp(x->id, y->id);
}

static void put_behaviour(const struct page *p, const struct row *row)
{
    for (size_t t = 0; t < p->targets.count; t++) {
        const struct report_case *c = row->of[t];
        spell_xml_printf(p->out, "<td class=\"%s\">%s</td>", c ? look_of(c->state) : "no",
                         c ? behaviour_of(p, c) : "–");
    }
}

static void put_class(const struct page *p, const struct row *first, size_t count)
{
    buf_printf(p->out, "<tr><th scope=\"row\"><details><summary>%zu case%s</summary><ul>", count,
               count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++) {
        spell_xml_printf(p->out, "<li><code>%s</code></li>", first[i].id);
    }
    buf_put_text(p->out, "</ul></details></th>");
    put_behaviour(p, first);
    buf_put_text(p->out, "</tr>\n");
}

void html_behaviour(const struct page *p)
{
    rows all = {0};
    find_rows(p, &all);
    buf_put_text(p->out, "<section id=\"behaviour\">\n<h2>Behaviour</h2>\n<p>Cases that go the same "
                         "way on each target stand in one row, those in which targets differ first; "
                         "the words are the labels of the alternatives that a target took.</p>\n<div class=\"wide\"><table>");
    put_heads(p, "cases");
    if (all.count > 1) {
        qsort(all.at, all.count, sizeof *all.at, by_key);
    }
    for (size_t i = 0; i < all.count;) {
        size_t end = i;
        while (end < all.count && strcmp(all.at[end].key, all.at[i].key) == 0) {
            end++;
        }
        put_class(p, &all.at[i], end - i);
        i = end;
    }
    buf_put_text(p->out, "</tbody></table></div>\n<details><summary>Case by case</summary>\n"
                         "<div class=\"wide\"><table>");
    put_heads(p, "case");
    for (size_t i = 0; i < all.count; i++) {
        if (all.at[i].told) {
            put_row_name(p, all.at[i].id);
            put_behaviour(p, &all.at[i]);
            buf_put_text(p->out, "</tr>\n");
        }
    }
    buf_put_text(p->out, "</tbody></table></div></details>\n</section>\n");
}

/* ---- sender x receiver ---- */

static bool is_pair(const char *target, span *sender, span *receiver)
{
    size_t at = span_find(span_text(target), SPAN("->"));
    *sender = span_first(span_text(target), at);
    *receiver = span_from(span_text(target), at == SPAN_NONE ? at : at + 2);
    return at != SPAN_NONE;
}

/* "11 of 12", worst state as its colour, a link to the first that is not pass. */
static void put_pair(const struct page *p, const char *sender, const char *receiver)
{
    const char *name = arena_printf(p->arena, "%s->%s", sender, receiver);
    const struct report_case *first = NULL;
    size_t passed = 0, ran = 0, skipped = 0;
    for (size_t i = 0; i < p->report->cases.count; i++) {
        const struct report_case *c = &p->report->cases.at[i];
        if (strcmp(c->target, name) != 0) {
            continue;
        }
        bool skip = c->state == STATE_SKIP;
        skipped += skip;
        ran += !skip;
        passed += c->state == STATE_PASS || c->state == STATE_XPASS;
        first = first || skip || c->state == STATE_PASS ? first : c;
    }
    if (ran + skipped == 0) {
        buf_put_text(p->out, "<td class=\"no\">–</td>");
        return;
    }
    buf_printf(p->out, "<td class=\"%s\">",
               !ran ? "no" : first ? (report_case_stops(first, true) ? "notmet" : "soso") : "met");
    if (first) {
        buf_printf(p->out, "<a href=\"#c%zu\">", html_number(p, first));
    }
    buf_printf(p->out, "%zu of %zu", passed, ran);
    buf_put_text(p->out, first ? "</a>" : "");
    buf_printf(p->out, skipped ? " <small>%zu skipped</small></td>" : "</td>", skipped);
}

/* How many flights each scenario took from each sender to each receiver. */
static void put_pair_flights(const struct page *p)
{
    buf_put_text(p->out, "<h3>Flights</h3>\n<div class=\"wide\"><table>");
    put_heads(p, "case");
    for (size_t i = 0; i < p->sorted.count;) {
        put_row_name(p, p->sorted.at[i]->id);
        const struct report_case **of = take_row(p, &i);
        for (size_t t = 0; t < p->targets.count; t++) {
            buf_put_text(p->out, "<td class=\"n\">");
            if (of[t] && of[t]->state == STATE_PASS && of[t]->flights) {
                buf_printf(p->out, "%zu", strlen(of[t]->flights));
            } else if (of[t]) {
                html_case_link(p, of[t]);
            }
            buf_put_text(p->out, "</td>");
        }
        buf_put_text(p->out, "</tr>\n");
    }
    buf_put_text(p->out, "</tbody></table></div>\n");
}

void html_pairs(const struct page *p)
{
    report_texts senders = {0}, receivers = {0};
    for (size_t t = 0; t < p->targets.count; t++) {
        span sender, receiver;
        if (is_pair(p->targets.at[t], &sender, &receiver)) {
            (void)report_texts_add(p->arena, &senders, arena_text(p->arena, sender));
            (void)report_texts_add(p->arena, &receivers, arena_text(p->arena, receiver));
        }
    }
    if (senders.count == 0) {
        return;
    }
    buf_put_text(p->out, "<section id=\"pairs\">\n<h2>Sender and receiver</h2>\n"
                         "<div class=\"wide\"><table class=\"grid\"><thead><tr><th scope=\"col\">"
                         "from \\ to</th>");
    for (size_t i = 0; i < receivers.count; i++) {
        spell_xml_printf(p->out, "<th scope=\"col\">%s</th>", receivers.at[i]);
    }
    buf_put_text(p->out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < senders.count; i++) {
        spell_xml_printf(p->out, "<tr><th scope=\"row\">%s</th>", senders.at[i]);
        for (size_t k = 0; k < receivers.count; k++) {
            put_pair(p, senders.at[i], receivers.at[k]);
        }
        buf_put_text(p->out, "</tr>\n");
    }
    buf_put_text(p->out, "</tbody></table></div>\n");
    put_pair_flights(p);
    buf_put_text(p->out, "</section>\n");
}

/* ---- cases ---- */

static void put_case_row(const struct page *p, size_t *at)
{
    put_row_name(p, p->sorted.at[*at]->id);
    const struct report_case **of = take_row(p, at);
    for (size_t t = 0; t < p->targets.count; t++) {
        buf_put_text(p->out, "<td>");
        if (of[t]) {
            html_case_link(p, of[t]);
        }
        buf_put_text(p->out, "</td>");
    }
    buf_put_text(p->out, "</tr>\n");
}

void html_cases(const struct page *p)
{
    for (size_t i = 0; i < p->sorted.count;) {
        span topic = html_topic(p->sorted.at[i]);
        size_t end = i, stops = 0;
        while (end < p->sorted.count && span_eq(html_topic(p->sorted.at[end]), topic)) {
            stops += report_case_stops(p->sorted.at[end++], p->style.strict);
        }
        spell_xml_printf(p->out, "<details class=\"topic\" data-topic=\"%.*s\"><summary>%.*s <small>%zu",
                         SPAN_FMT(topic), SPAN_FMT(topic), end - i);
        put_count(p, stops, "stop the gate");
        buf_put_text(p->out, "</small></summary>\n<div class=\"wide\"><table>");
        put_heads(p, "case");
        while (i < end) {
            put_case_row(p, &i);
        }
        buf_put_text(p->out, "</tbody></table></div></details>\n");
    }
}

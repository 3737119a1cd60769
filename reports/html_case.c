/* What the page says of one case: what was demanded, what came, when, and where the files are. */
#include "reports/html.h"

#include "reports/ladder.h"
#include "reports/spell.h"

/* ---- wanted and got ---- */

/* A pattern's parts that fit more than one text: `@{...}`, `/.../`, a star by itself. */
static size_t mask_length(span rest)
{
    size_t end = SPAN_NONE;
    if (span_starts(rest, SPAN("@{"))) {
        end = span_find_byte(rest, '}');
    } else if (rest.at[0] == '/' && rest.len > 1) {
        end = span_find_byte(span_from(rest, 1), '/');
        end = end == SPAN_NONE ? end : end + 1;
    }
    return end == SPAN_NONE ? 0 : end + 1;
}

static bool has_mask(span text)
{
    bool some = false;
    for (; text.len > 0 && !some; text = span_from(text, 1)) {
        some = mask_length(text) > 0;
    }
    return some;
}

static void put_wanted(const struct page *p, span text)
{
    while (text.len > 0) {
        size_t mask = mask_length(text), plain = 0;
        while (mask == 0 && plain < text.len && mask_length(span_from(text, plain)) == 0) {
            plain++;
        }
        buf_put_text(p->out, mask ? "<span class=\"mask\">" : "");
        spell_xml(span_first(text, mask ? mask : plain), p->out);
        buf_put_text(p->out, mask ? "</span>" : "");
        text = span_from(text, mask ? mask : plain);
    }
}

/* A character is not to be cut in two. */
static bool is_inside(span text, size_t at)
{
    return at < text.len && (text.at[at] & 0xC0) == 0x80;
}

/* What came, from the first octet that differs to the last. */
static void put_got(const struct page *p, span wanted, span got)
{
    size_t least = wanted.len < got.len ? wanted.len : got.len, head = 0, tail = 0;
    while (head < least && wanted.at[head] == got.at[head]) {
        head++;
    }
    while (tail < least - head &&
           wanted.at[wanted.len - tail - 1] == got.at[got.len - tail - 1]) {
        tail++;
    }
    while (head > 0 && is_inside(got, head)) {
        head--;
    }
    while (tail > 0 && is_inside(got, got.len - tail)) {
        tail--;
    }
    spell_xml(span_first(got, head), p->out);
    buf_put_text(p->out, "<mark>");
    spell_xml(span_part(got, head, got.len - head - tail), p->out);
    buf_put_text(p->out, "</mark>");
    spell_xml(span_from(got, got.len - tail), p->out);
}

static void put_check(const struct page *p, const struct report_check *check)
{
    span wanted = span_text(check->wanted), got = span_text(check->got);
    buf_printf(p->out, "<tr class=\"%s\"><td>", check->skipped ? "no" : check->ok ? "" : "notmet");
    spell_xml_printf(p->out, "%s%s%u</td><td>%s", check->file, check->file ? ":" : "", check->line,
                     check->kind);
    buf_put_text(p->out, check->timed ? " <small>decided by time</small>" : "");
    const char *verdict = check->skipped ? "skipped: " : check->ok ? "holds" : "does not hold";
    spell_xml_printf(p->out, "</td><td>%s%s", verdict, check->skipped);
    for (size_t i = 0; i < check->reqs.count; i++) {
        spell_xml_printf(p->out, "<br/><code>%s</code>", check->reqs.at[i]);
    }
    buf_put_text(p->out, "</td><td><pre>");
    put_wanted(p, wanted);
    buf_put_text(p->out, "</pre></td><td><pre>");
    if (check->ok || check->skipped || has_mask(wanted)) {
        spell_xml(got, p->out);
    } else {
        put_got(p, wanted, got);
    }
    buf_put_text(p->out, "</pre></td></tr>\n");
}

static void put_checks(const struct page *p, const struct report_case *c, bool failed_ones)
{
    buf_put_text(p->out, "<div class=\"wide\"><table class=\"checks\"><thead><tr><th scope=\"col\">line"
                         "</th><th scope=\"col\">check</th><th scope=\"col\">verdict</th>"
                         "<th scope=\"col\">wanted</th><th scope=\"col\">came</th></tr></thead>"
                         "<tbody>\n");
    for (size_t i = 0; i < c->checks.count; i++) {
        const struct report_check *check = &c->checks.at[i];
        if (!failed_ones || report_check_refuted(check)) {
            put_check(p, check);
        }
    }
    buf_put_text(p->out, "</tbody></table></div>\n");
}

/* Both sides line by line, as the comparison wrote it: `>` stands before what differs. */
static void put_side_by_side(const struct page *p, const char *detail)
{
    span rest = span_text(detail), line;
    buf_put_text(p->out, "<h4>Line by line</h4>\n<pre class=\"wide\">");
    while (span_line(&rest, &line)) {
        bool hit = span_starts(line, SPAN(">"));
        buf_put_text(p->out, hit ? "<mark>" : "");
        spell_xml(line, p->out);
        buf_put_text(p->out, hit ? "</mark>\n" : "\n");
    }
    buf_put_text(p->out, "</pre>\n");
}

/* ---- a case ---- */

static void put_clauses(const struct page *p, const struct report_case *c)
{
    report_texts ids;
    report_case_clauses(c, p->arena, &ids);
    for (size_t i = 0; i < ids.count; i++) {
        buf_put_text(p->out, i == 0 ? "<ul>\n<li>" : "<li>");
        html_clause(p, ids.at[i]);
        buf_put_text(p->out, "</li>\n");
    }
    buf_put_text(p->out, ids.count ? "</ul>\n" : "");
}

static void put_files(const struct page *p, const struct report_case *c)
{
    if (c->evidence.count == 0) {
        return;
    }
    buf_put_text(p->out, "<h4>Files</h4>\n<ul>\n");
    for (size_t i = 0; i < c->evidence.count; i++) {
        buf_put_text(p->out, "<li><a href=\"");
        spell_uri(span_text(c->evidence.at[i].path), p->out);
        spell_xml_printf(p->out, "\">%s</a> <small>%s</small></li>\n", c->evidence.at[i].kind,
                         c->evidence.at[i].path);
    }
    buf_put_text(p->out, "</ul>\n");
}

static void put_facts(const struct page *p, const struct report_case *c)
{
    spell_xml_printf(p->out, "<p>%s", c->title);
    buf_put_text(p->out, c->title ? "<br/>" : "");
    spell_xml_printf(p->out, "<small>%s", c->file);
    if (c->flights) {
        size_t flights = strlen(c->flights);
        buf_printf(p->out, " · %zu flights, %zu%s round trips", flights, flights / 2,
                   flights % 2 ? ".5" : "");
    }
    buf_printf(p->out, " · %lld ms", (long long)c->wall);
    for (size_t i = 0; i < c->labels.count; i++) {
        spell_xml_printf(p->out, "%s%s", i ? ", " : " · labels ", c->labels.at[i]);
    }
    buf_put_text(p->out, "</small></p>\n");
    if (c->because) {
        spell_xml_printf(p->out, "<p>Known: %s</p>\n", c->because);
    }
}

static void put_body(const struct page *p, const struct report_case *c)
{
    bool refuted = report_case_refuted(c) != NULL;
    put_facts(p, c);
    if (c->state != STATE_PASS) {
        put_clauses(p, c);
    }
    if (refuted) {
        buf_put_text(p->out, "<h4>What does not hold</h4>\n");
        put_checks(p, c, true);
    }
    if (c->detail) {
        put_side_by_side(p, c->detail);
    }
    if (c->events.count > 0) {
        buf_put_text(p->out, "<h4>Ladder</h4>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                             "aria-label=\"Ladder\">");
        report_ladder_put(c, p->out);
        buf_put_text(p->out, "</div>\n");
    }
    if (c->checks.count > 0) {
        buf_printf(p->out, "<details><summary>All %zu checks</summary>\n", c->checks.count);
        put_checks(p, c, false);
        buf_put_text(p->out, "</details>\n");
    }
    put_files(p, c);
    if (c->again) {
        spell_xml_printf(p->out, "<h4>Again</h4>\n<pre class=\"wide\">%s</pre>\n", c->again);
    }
}

static void put_detail(const struct page *p, const struct report_case *c)
{
    spell_xml_printf(p->out, "<details class=\"case\" data-state=\"%s\" data-topic=\"%.*s\" "
                             "data-target=\"%s\"><summary>",
                     state_name(c->state), SPAN_FMT(html_topic(c)), c->target);
    html_state(p, c->state);
    spell_xml_printf(p->out, " <code>%s</code> on %s", c->id, c->target);
    buf_put_text(p->out, c->known ? " <small>not worse than before</small>" : "");
    if (c->reason && c->state != STATE_PASS) {
        spell_xml_printf(p->out, " <span class=\"why\">%s</span>", c->reason);
    }
    buf_printf(p->out, "</summary>\n<div class=\"body\" id=\"c%zu\">\n", html_number(p, c));
    put_body(p, c);
    buf_put_text(p->out, "</div></details>\n");
}

void html_details(const struct page *p)
{
    size_t told = 0;
    for (size_t i = 0; i < p->report->cases.count; i++) {
        if (html_has_detail(&p->report->cases.at[i])) {
            put_detail(p, &p->report->cases.at[i]);
            told++;
        }
    }
    buf_put_text(p->out, told ? "" : "<p>Every case passed or was skipped.</p>\n");
}

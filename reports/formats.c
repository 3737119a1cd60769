/* The table of forms. To add one: a file with its writers, and a row here. */
#include "reports/formats.h"

#include "base/rows.h"
#include "reports/writers.h"

const struct report_format report_formats[] = {
    {"html", "report.html", "one page for a browser: tables, ladders, differences", NULL, NULL,
     report_html_end},
    {"json", "report.json", "one object for the whole run, by report.schema.json", NULL, NULL,
     report_json_end},
    {"jsonl", "report.jsonl", "a line of JSON for each case, written as the run goes",
     report_jsonl_begin, report_jsonl_one, report_jsonl_end},
    {"junit", "junit.xml", "JUnit XML, for CI systems", NULL, NULL, report_junit_end},
    {"markdown", "report.md", "Markdown, for the page of a CI job", NULL, NULL,
     report_markdown_end},
    {"sarif", "report.sarif", "SARIF 2.1.0, for code scanning: clauses as rules", NULL, NULL,
     report_sarif_end},
    {"tap", "report.tap", "TAP version 13, for prove and its like", report_tap_begin,
     report_tap_one, report_tap_end},
    {"text", "report.txt", "for people: a line for each case, details where it is not pass",
     report_text_begin, report_text_one, report_text_end},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

#define FORMAT_COUNT (sizeof report_formats / sizeof *report_formats - 1)

const struct report_format *report_format_find(span name)
{
    return rows_find(report_formats, FORMAT_COUNT, sizeof *report_formats, name);
}

const char *report_format_suggest(span written)
{
    return rows_suggest(report_formats, FORMAT_COUNT, sizeof *report_formats, written);
}

void report_write(const struct report_format *f, const struct report *r, struct report_style style,
                  struct buf *out)
{
    if (f->begin) {
        f->begin(r, style, out);
    }
    for (size_t i = 0; f->one && i < r->cases.count; i++) {
        f->one(r, &r->cases.at[i], style, out);
    }
    f->end(r, style, out);
}

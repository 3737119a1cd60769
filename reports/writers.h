/* The writers behind the rows of formats.c; formats.h says what begin, one and end are. */
#ifndef REPORTS_WRITERS_H
#define REPORTS_WRITERS_H

#include "reports/formats.h"

void report_html_end(const struct report *r, struct report_style style, struct buf *out);

void report_json_end(const struct report *r, struct report_style style, struct buf *out);

void report_jsonl_begin(const struct report *r, struct report_style style, struct buf *out);
void report_jsonl_one(const struct report *r, const struct report_case *c,
                      struct report_style style, struct buf *out);
void report_jsonl_end(const struct report *r, struct report_style style, struct buf *out);

void report_junit_end(const struct report *r, struct report_style style, struct buf *out);

void report_markdown_end(const struct report *r, struct report_style style, struct buf *out);

void report_sarif_end(const struct report *r, struct report_style style, struct buf *out);

void report_tap_begin(const struct report *r, struct report_style style, struct buf *out);
void report_tap_one(const struct report *r, const struct report_case *c, struct report_style style,
                    struct buf *out);
void report_tap_end(const struct report *r, struct report_style style, struct buf *out);

void report_text_begin(const struct report *r, struct report_style style, struct buf *out);
void report_text_one(const struct report *r, const struct report_case *c, struct report_style style,
                     struct buf *out);
void report_text_end(const struct report *r, struct report_style style, struct buf *out);

#endif

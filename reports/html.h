/* The page of a run, in its parts (html.c puts them together). The markup is well-formed XML as well, so
   that any reader of XML can check it. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include "reports/clause.h"
#include "reports/formats.h"

struct page {
    const struct report *report;
    struct report_style style;
    struct arena *arena;
    struct buf *out;
    report_texts targets; /* listed ones, and those that only cases name */
    /* cases by topic, id and target: rows of a table stand side by side */
    report_case_index sorted;
};

/* <span class="st fail">fail</span> */
void html_state(const struct page *p, enum state s);
/* The folder of a case's id, "smtp"; "cases" where there is none. */
span html_topic(const struct report_case *c);
size_t html_target(const struct page *p, const struct report_case *c);
/* Has more to show than its row. */
bool html_has_detail(const struct report_case *c);
/* Its number in the report, for references within the page. */
size_t html_number(const struct page *p, const struct report_case *c);
/* A clause, and what it says in our words. */
void html_clause(const struct page *p, const char *id);
/* A link to its details, or just its state. */
void html_case_link(const struct page *p, const struct report_case *c);

void html_clauses(const struct page *p);
void html_behaviour(const struct page *p);
void html_pairs(const struct page *p);
void html_cases(const struct page *p);
void html_details(const struct page *p);

#endif

/* Whether a document could be read by any reader of XML: elements nest and close, attributes are quoted,
   references are whole, and no octet stands that XML cannot hold. Not a parser: what our writers never
   write (comments, CDATA) is not known here. */
#ifndef REPORTS_WELL_FORMED_TEST_H
#define REPORTS_WELL_FORMED_TEST_H

#include "reports/spell.h"

#include <string.h>

enum { WELL_FORMED_DEPTH = 64 };

/* Behind a reference, or NULL. */
static inline const char *well_formed_reference(const char *p)
{
    size_t len = p[1] == '#' ? 2 + strspn(p + 2, "0123456789")
                             : 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
    return len > 1 && p[len] == ';' ? p + len + 1 : NULL;
}

/* Behind a tag that begins at p, or NULL. */
static inline const char *well_formed_tag(const char *p, span *stack, size_t *depth)
{
    bool closes = p[1] == '/';
    const char *name = p + 1 + closes;
    span word = span_of(name, strcspn(name, " />"));
    for (p = name + word.len; *p && *p != '>'; p++) {
        if (*p == '<') {
            return NULL;
        }
        if (*p == '"') {
            p += 1 + strcspn(p + 1, "\"<");
            if (*p != '"') {
                return NULL;
            }
        }
    }
    if (*p != '>' || word.len == 0 || (closes && *depth == 0)) {
        return NULL;
    }
    if (closes && !span_eq(stack[--*depth], word)) {
        return NULL;
    }
    if (!closes && p[-1] != '/') {
        if (*depth == WELL_FORMED_DEPTH) {
            return NULL;
        }
        stack[(*depth)++] = word;
    }
    return p + 1;
}

static inline bool well_formed_xml(const char *xml)
{
    span stack[WELL_FORMED_DEPTH], all = span_text(xml), character;
    size_t depth = 0;
    const char *p = xml;
    while (all.len > 0) {
        if (!spell_take(&all, &character)) {
            return false;
        }
    }
    if (p[0] == '<' && (p[1] == '?' || p[1] == '!')) {
        p = strchr(p, '\n'); /* the declaration has a line of its own */
    }
    while (p && *p) {
        if (*p == '<') {
            p = well_formed_tag(p, stack, &depth);
        } else if (*p == '&') {
            p = well_formed_reference(p);
        } else if ((unsigned char)*p < 0x20 && *p != '\n') {
            return false;
        } else {
            p++;
        }
    }
    return p && depth == 0;
}

#endif

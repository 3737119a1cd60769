/* Text of unknown origin (a reply of a server, octets of a message) spelled so that a form stays
   well-formed and a terminal stays ours. What cannot stand as it is becomes \xHH. */
#ifndef REPORTS_SPELL_H
#define REPORTS_SPELL_H

#include "base/buf.h"
#include "base/span.h"

/* Takes one character off *text: true and its octets if it is well-formed UTF-8 (RFC 3629: no
   overlong forms, no surrogates, at most U+10FFFF), false and one octet if not. */
bool spell_take(span *text, span *character);

/* Between the double quotes of JSON (RFC 8259 7); control characters survive. */
void spell_json(span text, struct buf *out);
/* Well-formed UTF-8 without control characters other than LF and tab. */
void spell_terminal(span text, struct buf *out);
/* One line: LF and tab are spelled too. */
void spell_line(span text, struct buf *out);
/* Between tags and inside double quotes of XML 1.0; CR, LF and tab survive in both. */
void spell_xml(span text, struct buf *out);

/* buf_printf, with what stands for %s spelled by spell_line or spell_xml; NULL is nothing. The conversions
   are %s, %.*s, %d, %u, %lu, %zu and %lld, without flags. */
void spell_line_printf(struct buf *out, const char *format, ...) PRINTF_LIKE(2, 3);
void spell_xml_printf(struct buf *out, const char *format, ...) PRINTF_LIKE(2, 3);

/* A path as a relative reference of RFC 3986, or behind file:// where it is absolute. */
void spell_uri(span path, struct buf *out);

#endif

/* Tag lists (RFC 6376 3.2): "a=rsa-sha256; d=example.org; ..." of signatures and of key records; and
   base64 as their values hold it. */
#ifndef REF_SEAL_TAGS_H
#define REF_SEAL_TAGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/vec.h"

struct seal_tag {
    span name;
    span value;       /* without white space around; folds inside are kept */
    span raw;         /* all between "=" and ";", for emptying b= */
};

struct seal_tags {
    VEC(struct seal_tag) list; /* in their order */
};

/* tag-list = tag-spec *( ";" tag-spec ) [ ";" ]
   False: *why says which rule was broken. A name that stands twice makes the whole list invalid.
   Octets above 127 are taken in values (RFC 8616). The spans borrow from text. */
bool seal_tags_read(span text, struct arena *arena, struct seal_tags *tags, const char **why);
/* NULL: it is not there. Names are case-sensitive. */
const struct seal_tag *seal_tag_find(const struct seal_tags *tags, const char *name);
/* Its value, or an empty span. */
span seal_tag_value(const struct seal_tags *tags, const char *name);
/* The value without any white space; lives in arena if there was some. */
span seal_tag_packed(span value, struct arena *arena);

/* Takes the next element of "a : b : c", trimmed. False at the end. */
bool seal_element(span *list, span *element);
bool seal_list_has(span list, span word);
bool seal_list_has_caseless(span list, span word);

/* base64string (RFC 6376 2.10), FWS anywhere; the padding may be missing, not be wrong. False: it is
   none, or empty. mail_base64_put() writes it. */
bool seal_base64_read(span text, struct arena *arena, span *bytes);

#endif

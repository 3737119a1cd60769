/* JSON for the forms that are made of it: texts of any origin become texts that JSON can hold. */
#ifndef REPORTS_OBJECT_H
#define REPORTS_OBJECT_H

#include "base/buf.h"

#include <jansson.h>

json_t *object_value(const char *text);
/* Takes value. */
void object_set(json_t *object, const char *key, json_t *value);
void object_add(json_t *array, json_t *value);
/* A member that says nothing (NULL) is left out. */
void object_text(json_t *object, const char *key, const char *text);
/* Writes and releases. flags: jansson's, JSON_INDENT or JSON_COMPACT. */
void object_write(json_t *object, size_t flags, struct buf *out);

#endif

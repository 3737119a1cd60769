/* Files of lines with keys, as lsearch and its kin have them: read once, kept while they do not
   change, shared by all threads. Two names of one file are one file. */
#ifndef REF_LOOKUP_TEXT_FILES_H
#define REF_LOOKUP_TEXT_FILES_H

#include "ref/lookup/kept_files.h"

#define TEXT_FILE_OCTETS ((size_t)1 << 30) /* larger ones are refused: they want another type */

struct text_file;

void text_files_init(struct kept_files *files);

/* The file as it is now; release it soon. looked: it is known to be as it was a moment ago, and who
   has it already under this name need not ask the system. ERR_IO: `sys` is why it cannot be opened,
   0 if it is no regular file; ERR_LIMIT: too large. Texts are the caller's business. */
err text_file_hold(struct kept_files *files, const char *path, bool looked,
                   struct text_file **file) MUST_CHECK;
void text_file_release(struct kept_files *files, struct text_file *file);

span text_file_text(const struct text_file *file);

/* One entry: a line, and those that follow it and begin with a blank. Comments (`#` first) and
   empty lines lie between entries. */
struct text_entry {
    span line;   /* the first line from its key on */
    span after;  /* of the first line: what stands behind the key */
    span more;   /* the lines that follow and belong to it */
    bool quoted; /* the key has escapes that are still in it */
    span key;    /* without quotes */
};
/* The entry of the text at *at or behind it; *at moves behind it. False: no more. */
bool text_entry_next(span text, size_t *at, struct text_entry *entry);
/* The first entry whose key is that, ASCII case ignored: by an index that is made when first asked.
   Keys with escapes are undone in arena on the way. */
bool text_entry_find(struct text_file *file, span key, struct arena *arena,
                     struct text_entry *entry);

/* The key with its escapes undone. */
span text_entry_key(const struct text_entry *entry, struct arena *arena);
/* What belongs to the key: without the colon, lines joined by one space. full: key and all. */
span text_entry_value(const struct text_entry *entry, bool full, struct arena *arena);

#endif

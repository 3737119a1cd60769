/* Listings of maildir folders, kept from one look to the next: a folder grows with every case, and listing
   it twice a case is what a look at the mailboxes costs. A listing is used again only while the folder
   cannot have changed since. */
#ifndef HARNESS_OBSERVE_BOXES_H
#define HARNESS_OBSERVE_BOXES_H

#include "base/file.h"

struct boxes;

struct boxes *boxes_new(struct arena *arena);
void boxes_free(struct boxes *b); /* NULL is fine */

/* As dir_list. The names live until the same folder is listed again; with b NULL, in the arena. */
err boxes_list(struct boxes *b, const char *path, struct arena *arena, struct dir_list *names) MUST_CHECK;

#endif

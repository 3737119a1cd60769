/* For tests: configurations out of memory, a file name and its text in turn. */
#ifndef REF_CONF_TESTING_H
#define REF_CONF_TESTING_H

#include "ref/conf/snapshot.h"

#include <errno.h>

/* The files of the running test; each test runs in a process of its own. */
struct testing_file {
    const char *path;
    span text;
};
enum { TESTING_FILES = 8 };
static struct testing_file testing_files[TESTING_FILES];

static inline err testing_read(const char *path, struct arena *arena, span *content)
{
    (void)arena;
    for (size_t i = 0; i < TESTING_FILES && testing_files[i].path != NULL; i++) {
        if (strcmp(testing_files[i].path, path) == 0) {
            *content = testing_files[i].text;
            return OK;
        }
    }
    return err_sys(ENOENT, path);
}

static inline err testing_load(span text, const span *defines, size_t count, struct arena *arena,
                               struct conf **conf)
{
    testing_files[0] = (struct testing_file){"/c", text};
    struct conf_request request = {"/c", defines, count, "host.example", testing_read, NULL};
    return conf_load(&request, arena, conf);
}

#endif

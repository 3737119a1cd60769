/* dsearch: is there such an entry in the directory? The name that comes back is known to exist
   there and to have no slash in it, which is why it counts as untainted. */
#include "ref/lookup/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void not_open(const struct lookup_search *search, int sys, struct lookup_result *result)
{
    const struct lookup_request *q = search->request;
    char text[128];
    lookup_not_open(result, arena_printf(q->arena, "failed to open %.*s for directory search: %s",
                                         SPAN_FMT(q->file), strerror_r(sys, text, sizeof text)));
}

static bool is_dots(span name)
{
    return span_eq(name, SPAN(".")) || span_eq(name, SPAN(".."));
}

static bool kind_wanted(unsigned options, span name, mode_t mode)
{
    if (options & LOOKUP_FILTER_SUBDIR) {
        return S_ISDIR(mode) && !is_dots(name);
    }
    return (options & LOOKUP_FILTER_DIR)    ? S_ISDIR(mode)
           : (options & LOOKUP_FILTER_FILE) ? S_ISREG(mode)
                                            : true;
}

void lookup_dsearch_find(struct lookup_search *search, struct lookup_result *result)
{
    struct arena *arena = search->request->arena;
    const char *directory = lookup_file_name(search);
    span key = search->key;
    struct stat s;
    if (directory == NULL || stat(directory, &s) != 0) {
        not_open(search, directory ? errno : ENOENT, result);
        return;
    }
    if (!S_ISDIR(s.st_mode) || faccessat(AT_FDCWD, directory, R_OK, AT_EACCESS) != 0) {
        not_open(search, S_ISDIR(s.st_mode) ? errno : ENOTDIR, result);
        return;
    }
    if (span_find_byte(key, '/') != SPAN_NONE) {
        lookup_defer(result, arena_printf(arena, "key for dsearch lookup contains a slash: %.*s",
                                          SPAN_FMT(key)));
        return;
    }
    /* Exim takes "." and ".." unless asked for subdir; as parts of a path they lead out. */
    if (key.len == 0 || span_find_byte(key, 0) != SPAN_NONE || is_dots(key)) {
        return;
    }
    const char *path = arena_printf(arena, "%s/%.*s", directory, SPAN_FMT(key));
    if (lstat(path, &s) == 0) {
        if (kind_wanted(search->options, key, s.st_mode)) {
            lookup_found(result, search->options & LOOKUP_RET_FULL ? span_text(path) : key);
        }
    } else if (errno != ENOENT && errno != ENAMETOOLONG) {
        char text[128];
        lookup_defer(result, arena_printf(arena, "failed to look at %s: %s", path,
                                          strerror_r(errno, text, sizeof text)));
    }
}

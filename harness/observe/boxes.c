/* When a listing may be used again. A change sets the folder's time to the kernel's clock, which goes in
   ticks: a listing made in the tick of the last change might lack what came later in that tick. So it is
   used only if the clock had already passed the folder's time when the listing began; where the file
   system keeps whole seconds, if it had by two of them. */
#include "harness/observe/boxes.h"

#include "base/vec.h"

#include <time.h>

struct box {
    const char *path;
    struct arena *arena; /* of the names */
    struct dir_list names;
    dev_t dev;
    ino_t ino;
    struct timespec changed;
    bool settled;
};

struct boxes {
    struct arena *arena;
    VEC(struct box) at;
};

struct boxes *boxes_new(struct arena *arena)
{
    struct boxes *b = ARENA_NEW(arena, struct boxes);
    b->arena = arena;
    return b;
}

void boxes_free(struct boxes *b)
{
    for (size_t i = 0; b && i < b->at.count; i++) {
        arena_free(b->at.at[i].arena);
    }
}

static struct box *box_of(struct boxes *b, const char *path)
{
    for (size_t i = 0; i < b->at.count; i++) {
        if (strcmp(b->at.at[i].path, path) == 0) {
            return &b->at.at[i];
        }
    }
    struct box *box = vec_push(b->arena, &b->at);
    *box = (struct box){.path = arena_text(b->arena, span_text(path)), .arena = arena_new()};
    return box;
}

static bool is_settled(const struct timespec *changed, const struct timespec *now)
{
    if (changed->tv_nsec == 0) {
        return now->tv_sec > changed->tv_sec + 2;
    }
    return now->tv_sec > changed->tv_sec ||
           (now->tv_sec == changed->tv_sec && now->tv_nsec > changed->tv_nsec);
}

err boxes_list(struct boxes *b, const char *path, struct arena *arena, struct dir_list *names)
{
    struct stat st;
    struct timespec now;
    if (!b || clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0 || stat(path, &st) < 0) {
        return dir_list(path, arena, names);
    }
    struct box *box = box_of(b, path);
    bool same = box->settled && box->dev == st.st_dev && box->ino == st.st_ino &&
                box->changed.tv_sec == st.st_mtim.tv_sec && box->changed.tv_nsec == st.st_mtim.tv_nsec;
    if (!same) {
        box->settled = false;
        arena_reset(box->arena);
        TRY(dir_list(path, box->arena, &box->names));
        box->dev = st.st_dev;
        box->ino = st.st_ino;
        box->changed = st.st_mtim;
        box->settled = is_settled(&st.st_mtim, &now);
    }
    *names = box->names;
    return OK;
}

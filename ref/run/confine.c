/* Landlock by its three system calls; the C library has no names for them. Reading is left alone: a
   reload may include files from anywhere, and time zones are read when they are first needed. */
#include "ref/run/confine.h"

#include "base/cursor.h"
#include "base/file.h"
#include "ref/run/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint64_t writing =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM;

static err allow_below(int rules, const char *path, uint64_t access, struct arena *arena)
{
    int dir = open(path, O_PATH | O_CLOEXEC);
    if (dir < 0) {
        return err_sys(errno, arena_printf(arena, "opening %s to confine the server to it", path));
    }
    struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = dir};
    long made = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    int sys = errno;
    (void)close(dir);
    return made == 0 ? OK : err_sys(sys, arena_printf(arena, "allowing access to %s", path));
}

/* --- lock files of LMDB --------------------------------------------------------------------- */

struct lock_files {
    int rules;
    struct arena *arena;
    err e;
};

static bool is_type(unsigned char c)
{
    return ascii_is_alnum(c) || (c != '\0' && strchr("*@,=_-", c) != NULL);
}

static bool is_path(unsigned char c)
{
    return c > ' ' && strchr("{}:;$,\"", c) == NULL;
}

/* Behind "lmdb": "{/path}" of ${lookup, or ";/path" in a list. A name that is made when it is needed
   has no place here, and its lookup says that permission was denied. */
static void lock_files_of(void *context, span text)
{
    struct lock_files *l = context;
    struct cursor c = cursor_of(text);
    span skipped, path;
    for (size_t hit; !failed(l->e) && (hit = span_find(cursor_rest(&c), SPAN("lmdb"))) != SPAN_NONE;) {
        c.pos += hit + 4;
        (void)cursor_take_while(&c, is_type, &skipped);
        if (!cursor_take_byte(&c, '{') && !cursor_take_byte(&c, ';')) {
            continue;
        }
        cursor_skip_blanks(&c);
        if (cursor_peek(&c) != '/' || !cursor_take_while(&c, is_path, &path)) {
            continue;
        }
        const char *folder = path_dir(l->arena, arena_text(l->arena, path));
        if (path_is_dir(folder)) {
            l->e = allow_below(l->rules, folder,
                               LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG,
                               l->arena);
        }
    }
}

/* --- the one program ------------------------------------------------------------------------ */

static int interpreter_find(struct dl_phdr_info *info, size_t size, void *found)
{
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_INTERP) {
            *(uintptr_t *)found = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        }
    }
    return 1; /* the program itself comes first */
}

/* A library of Brightmail's is called by this program, started again: it and its loader may be run. */
static err allow_ourselves(const struct run_instance *in, int rules, struct arena *arena)
{
    uintptr_t interpreter = 0;
    if (in->conf->main.bmi_library[0] == '\0') {
        return OK;
    }
    (void)dl_iterate_phdr(interpreter_find, &interpreter);
    if (interpreter != 0) {
        TRY(allow_below(rules, (const char *)interpreter, LANDLOCK_ACCESS_FS_EXECUTE, arena));
    }
    return allow_below(rules, "/proc/self/exe", LANDLOCK_ACCESS_FS_EXECUTE, arena);
}

static err rules_apply(struct run_world *world, int rules, struct arena *arena)
{
    const struct run_instance *in = world->instance;
    const char *log_dir = path_dir(arena, in->log.main);
    TRY(allow_below(rules, in->conf->main.spool_directory, writing, arena));
    TRY(allow_below(rules, log_dir, writing, arena));
    TRY(allow_below(rules, "/dev", LANDLOCK_ACCESS_FS_WRITE_FILE, arena));
    TRY(allow_ourselves(in, rules, arena));
    const char *history = in->conf->main.dmarc_history_file;
    if (history[0] == '/' && path_is_dir(path_dir(arena, history))) {
        TRY(allow_below(rules, path_dir(arena, history),
                        LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG, arena));
    }
    const char *keys = run_tls_key_log(world);
    if (keys != NULL && path_is_file(keys)) {
        TRY(allow_below(rules, keys, LANDLOCK_ACCESS_FS_WRITE_FILE, arena));
    }
    struct lock_files locks = {.rules = rules, .arena = arena, .e = OK};
    conf_texts(in->conf, lock_files_of, &locks);
    TRY(locks.e);
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
        return err_sys(errno, "landlock_restrict_self");
    }
    return OK;
}

err run_confine(struct run_world *world, struct arena *arena)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return err_sys(errno, "prctl(PR_SET_NO_NEW_PRIVS)");
    }
    struct landlock_ruleset_attr handled = {.handled_access_fs =
                                                writing | LANDLOCK_ACCESS_FS_EXECUTE};
    long rules = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0) {
        log_printf(&world->instance->log, LOG_MAIN, SPAN_EMPTY,
                   "this kernel has no Landlock: writes are not confined to the spool and "
                   "the logs");
        return OK;
    }
    err e = rules_apply(world, (int)rules, arena);
    (void)close((int)rules);
    return e;
}

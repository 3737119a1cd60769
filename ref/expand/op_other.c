/* Operators that ask the expansion itself or the system: expand, listcount, listnamed, stat. */
#include "ref/expand/operators.h"

#include "ref/expand/match.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Evaluated at the depth and with the budget of what stands round it, so that a text that expands
   itself ends. */
bool op_expand(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    bool done = false;
    span text = value->text;
    const struct template *t;
    if (value->tainted) {
        eval_fail(x, "attempt to expand tainted string '%.*s'", SPAN_FMT(text));
    } else {
        err e = template_read(text, x->arena, &t);
        done = failed(e) ? eval_fail(x, "%s", e.what) : eval_template(t, x, value);
    }
    if (!done && x->bad.outcome != EXPAND_DEFERRED) {
        x->bad.why = arena_printf(x->arena, "internal expansion of \"%.*s\" failed: %s",
                                  SPAN_FMT(text), x->bad.why);
    }
    return done;
}

bool op_listcount(struct expansion *x, const struct operation *op, struct value *value)
{
    (void)op;
    size_t count = 0;
    span item;
    for (struct list_reader r = list_reader_of(value->text); list_next(&r, x->arena, &item);
         count++) {
        if (!eval_spend(x, item.len)) {
            return false;
        }
    }
    *value = value_of(eval_number(x, count), false);
    return true;
}

static const struct {
    char letter;
    enum list_kind kind;
    const char *name;
} list_kinds[] = {
    {'a', LIST_ADDRESS, "address "},
    {'d', LIST_DOMAIN, "domain "},
    {'h', LIST_HOST, "host "},
    {'l', LIST_LOCAL_PART, "localpart "},
};

bool op_listnamed(struct expansion *x, const struct operation *op, struct value *value)
{
    span name = span_from(value->text, span_starts(value->text, SPAN("+")));
    enum list_kind kind = LIST_KIND_COUNT;
    const char *kind_name = "";
    for (size_t i = 0; i < sizeof list_kinds / sizeof *list_kinds; i++) {
        if (op->suffix.len == 1 && op->suffix.at[0] == list_kinds[i].letter) {
            kind = list_kinds[i].kind;
            kind_name = list_kinds[i].name;
        }
    }
    if (kind == LIST_KIND_COUNT && span_find_byte(op->name, '_') != SPAN_NONE) {
        return eval_fail(x, "bad suffix on \"list\" operator");
    }
    const struct named_list *list = named_list_find(x->lists, kind, name);
    if (!list) {
        return eval_fail(x, "\"%.*s\" is not a %snamed list", SPAN_FMT(name), kind_name);
    }
    *value = value_of(template_text(list->list), false);
    return true;
}

/* "-rw-r--r--", as ls(1) has it. */
static void put_mode(mode_t mode, char text[11])
{
    static const struct {
        mode_t type;
        char letter;
    } types[] = {{S_IFREG, '-'}, {S_IFDIR, 'd'}, {S_IFCHR, 'c'}, {S_IFBLK, 'b'},
                 {S_IFIFO, 'p'}, {S_IFLNK, 'l'}, {S_IFSOCK, 's'}};
    static const struct {
        mode_t bit;
        size_t place;
        char with, without;
    } special[] = {{S_ISUID, 3, 's', 'S'}, {S_ISGID, 6, 's', 'S'}, {S_ISVTX, 9, 't', 'T'}};
    text[0] = '?';
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        text[0] = (mode & S_IFMT) == types[i].type ? types[i].letter : text[0];
    }
    for (size_t i = 0; i < 9; i++) {
        text[i + 1] = mode & (mode_t)(0400 >> i) ? "rwxrwxrwx"[i] : '-';
    }
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        char *at = &text[special[i].place];
        if (mode & special[i].bit) {
            *at = *at == 'x' ? special[i].with : special[i].without;
        }
    }
    text[10] = '\0';
}

bool op_stat(struct expansion *x, const struct operation *op, struct value *value)
{
    struct stat s;
    char mode[11];
    (void)op;
    const char *path = arena_text(x->arena, value->text);
    if (x->forbid_files) {
        return eval_fail(x, "Use of the stat() expansion is not permitted");
    }
    if (value->tainted) {
        return eval_fail(x, "Tainted filename for stat: '%s'", path);
    }
    if (stat(path, &s) != 0) {
        return eval_fail(x, "stat(%s) failed: %s", path, strerror(errno));
    }
    put_mode(s.st_mode, mode);
    const char *text = arena_printf(
        x->arena,
        "mode=%04lo smode=%s inode=%ld device=%ld links=%ld uid=%ld gid=%ld size=%lld atime=%ld "
        "mtime=%ld ctime=%ld",
        (unsigned long)(s.st_mode & 077777), mode, (long)s.st_ino, (long)s.st_dev, (long)s.st_nlink,
        (long)s.st_uid, (long)s.st_gid, (long long)s.st_size, (long)s.st_atime, (long)s.st_mtime,
        (long)s.st_ctime);
    *value = value_of(span_text(text), false);
    return true;
}

/* Opening a target: which folder, what it says of itself, which isolation it gets, and which cases
   it can take at all. Running it is prepare.c; reading what it left behind is collect.c. */
#include "harness/target/instance.h"

#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTION_CEILING 65536
#define CAPS_WAIT 10000
#define STOP_GRACE 5000
#define PORT_WAIT_MS 5000

static err shipped(const char *env, const char *source, const char *installed,
                   struct arena *arena, const char **folder)
{
    const char *bin = path_of_program(arena);
    const char *tries[] = {
        getenv(env),
        source,
        arena_printf(arena, "%s/../../%s", bin, source),
        arena_printf(arena, "%s/../share/assay/%s", bin, installed),
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        char real[PATH_MAX];
        if (tries[i] && path_is_dir(tries[i]) && realpath(tries[i], real)) {
            *folder = arena_text(arena, span_text(real));
            return OK;
        }
    }
    return err_of(ERR_IO, arena_printf(arena, "no folder of %s: neither $%s nor ./%s nor %s nor %s "
                                       "is there; set %s",
                                       installed, env, source, tries[2], tries[3], env));
}

err target_folder(struct arena *arena, const char **folder)
{
    return shipped("ASSAY_TARGETS", "harness/targets", "targets", arena, folder);
}

err target_ca(struct arena *arena, const char **folder)
{
    return shipped("ASSAY_CA", "vectors/ca", "vectors/ca", arena, folder);
}

/* ---- what the target says of itself ---- */

static err read_description(struct target *t)
{
    const char *file = path_join(t->arena, t->home, "target");
    span text;
    err e = file_read(file, DESCRIPTION_CEILING, t->arena, &text);
    if (failed(e) && e.kind == ERR_IO && e.sys == ENOENT) {
        struct dir_list names = {0};
        const char *all = "";
        (void)failed(dir_list(t->o.folder, t->arena, &names));
        for (size_t i = 0; i < names.count; i++) {
            if (path_is_file(path_join(
                    t->scratch, path_join(t->scratch, t->o.folder, names.names[i]), "target"))) {
                all = arena_printf(t->arena, "%s%s%s", all, *all ? ", " : "", names.names[i]);
            }
        }
        return err_of(ERR_SYNTAX,
                      arena_printf(t->arena,
                                   "no target %s: %s is not there; there are %s, or HOST:PORT",
                                   t->o.name, file, *all ? all : "none"));
    }
    TRY(err_in(e, t->arena, "%s", file));
    TRY(description_read(file, text, t->arena, &t->d));
    for (size_t i = 0; i < t->d.masks.count; i++) {
        const struct mask *m = &t->d.masks.at[i];
        vec_add(t->arena, &t->masks,
                arena_printf(t->arena, "%s %s because %s", m->surface, m->what, m->because));
    }
    return OK;
}

static err find_tree(struct target *t)
{
    if (t->d.peers.count == 0) {
        return OK;
    }
    char real[PATH_MAX];
    const char *tree = path_join(t->scratch, t->o.peers ? t->o.peers : "build/peers", t->o.name);
    if (!path_is_dir(tree) || !realpath(tree, real)) {
        return err_of(ERR_DEFER,
                      arena_printf(t->arena, "not-there: %s is missing; ci/peers %s brings it",
                                   tree, t->o.name));
    }
    if (t->d.users.count > 0 && geteuid() != 0) {
        return err_of(ERR_DEFER, arena_printf(t->arena, "isolation: %s runs as users of its own (%s), which only "
                                                        "root can make", t->o.name, t->d.users.at[0]));
    }
    t->tree = arena_text(t->arena, span_text(real));
    return OK;
}

/* What the folder shows by itself. */
static void add_own_caps(struct target *t)
{
    const struct {
        const char *cap;
        bool is_there;
    } own[] = {
        {"restart", true},
        {"kill", true},
        {"reload", t->d.reload != NULL},
        {"clock", t->d.clock != NULL},
        {"submit", target_verb_is_there(t, "submit")},
    };
    if (t->d.language) {
        vec_add(t->arena, &t->caps, arena_printf(t->arena, "config-%s", t->d.language));
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (own[i].is_there) {
            vec_add(t->arena, &t->caps, own[i].cap);
        }
    }
}

static err read_caps(struct target *t)
{
    struct verb_result r;
    target_verb_run(t, "caps", NULL, SPAN_EMPTY, CAPS_WAIT, &r);
    if (r.end == VERB_UNSUPPORTED) {
        return err_of(ERR_DEFER, arena_printf(t->arena, "not-there: %s", r.what));
    }
    TRY(target_verb_err(&r));
    span line;
    while (span_line(&r.output, &line)) {
        span word;
        span rest;
        (void)span_split(span_trim(line), ' ', &word, &rest);
        rest = span_trim(rest);
        if (span_eq(word, SPAN("version")) && rest.len) {
            t->version = arena_text(t->arena, rest);
        } else if (span_eq(word, SPAN("cap")) && rest.len) {
            vec_add(t->arena, &t->caps, arena_text(t->arena, rest));
        } else if (word.len) {
            return err_of(ERR_SYNTAX,
                          arena_printf(t->arena,
                                       "%s/caps: prints `%.*s`; it may print `version TEXT` "
                                       "and `cap WORD`",
                                       t->home, SPAN_FMT(line)));
        }
    }
    add_own_caps(t);
    return OK;
}

static err make_folders(struct target *t)
{
    char real[PATH_MAX];
    TRY(err_in(dir_make_all(t->o.work, 0755), t->arena, "%s", t->o.work));
    if (!realpath(t->o.work, real)) {
        return err_sys(errno, t->o.work);
    }
    t->o.work = arena_text(t->arena, span_text(real));
    t->work = path_join(t->arena, t->o.work, "mta");
    t->dir = path_join(t->arena, t->o.work, "dir");
    t->set_file = path_join(t->arena, t->o.work, "set");
    t->config_file = path_join(t->arena, t->o.work, "config");
    t->env_file = path_join(t->arena, t->o.work, "env");
    t->errors = path_join(t->arena, t->o.work, "stderr");
    TRY(err_in(dir_make_all(t->work, 0755), t->arena, "%s", t->work));
    return err_in(dir_make_all(t->dir, 0777), t->arena, "%s", t->dir);
}

static err open_folder(struct target *t)
{
    t->home = path_join(t->arena, t->o.folder, t->o.name);
    TRY(read_description(t));
    TRY(find_tree(t));
    TRY(make_folders(t));
    TRY(process_become_subreaper());
    struct isolation_request q = {t->o.isolation, &t->d, t->tree, t->o.work, t->o.kept, t->o.block};
    vec_add(t->arena, &q.kept, t->o.folder);
    t->bin = path_of_program(t->arena);
    vec_add(t->arena, &q.kept, t->bin);
    if (!failed(target_ca(t->arena, &t->ca))) {
        vec_add(t->arena, &q.kept, t->ca);
    }
    if (t->tree) {
        vec_add(t->arena, &q.kept, t->tree);
    }
    TRY(isolate_enter(&q, t->arena, &t->in));
    t->watch = rest_watch_new(getpid());
    err e = dnsd_start(t->in.dns_host, 53, t->arena, &t->dns);
    if (failed(e)) {
        t->dns = NULL;
        if (t->in.layered) { /* elsewhere port 53 is not ours to take, nor resolv.conf to write */
            return err_in(e, t->arena, "%s port 53", t->in.dns_host);
        }
    }
    target_verb_environment(t);
    return read_caps(t);
}

err target_open(const struct target_options *o, struct arena *arena, struct target **out)
{
    struct target *t = ARENA_NEW(arena, struct target);
    t->arena = arena;
    t->run_arena = arena_new();
    t->case_arena = arena_new();
    t->scratch = arena_new();
    t->o = *o;
    t->version = "unknown";
    t->control = -1;
    *out = t;
    t->external = strchr(o->name, ':') != NULL;
    err e = t->external ? target_external_open(t) : open_folder(t);
    if (failed(e)) {
        e.what = e.what ? arena_text(arena, span_text(e.what)) : NULL;
        target_close(t);
        *out = NULL;
    }
    return e;
}

void target_stop(struct target *t)
{
    if (!t->running) {
        return;
    }
    struct verb_result r;
    target_verb_run(t, "stop", NULL, SPAN_EMPTY, STOP_GRACE, &r);
    (void)process_end_all(STOP_GRACE, t->scratch);
    /* Leaks are told at the end of a program only. */
    target_look_for_sanitizers(t);
    t->running = false;
    t->starter = 0;
    if (t->control >= 0) {
        close(t->control);
        t->control = -1;
    }
}

void target_close(struct target *t)
{
    if (!t) {
        return;
    }
    target_stop(t);
    dnsd_stop(t->dns);
    rest_watch_free(t->watch);
    /* Here, not by whoever made the folder: only in here are its owners and mounts known. */
    if (t->in.layered) {
        (void)umount2(path_join(t->arena, t->o.work, "layers"), MNT_DETACH);
    }
    if (t->work) {
        (void)failed(dir_remove_all(t->o.work));
    }
    arena_free(t->run_arena);
    arena_free(t->case_arena);
    arena_free(t->scratch);
}

/* ---- asking ---- */

const char *target_version(const struct target *t)
{
    return t->version;
}

const texts *target_caps(const struct target *t)
{
    return &t->caps;
}

const char *target_isolation(const struct target *t)
{
    return t->external ? "remote" : t->in.mode;
}

const char *target_isolation_note(const struct target *t)
{
    return t->in.note;
}

const char *target_id_shape(const struct target *t)
{
    return t->d.reply_id;
}

bool target_is_external(const struct target *t)
{
    return t->external;
}

const texts *target_masks(const struct target *t)
{
    return &t->masks;
}

const char *target_dir(const struct target *t)
{
    return t->dir;
}

const char *target_host(const struct target *t)
{
    return t->in.target_host;
}

millis target_patience(const struct target *t)
{
    return t->d.patience;
}

const char *target_death(const struct target *t)
{
    return t->death;
}

/* ---- which cases it can take ---- */

static bool has_word(const texts *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->at[i], word) == 0) {
            return true;
        }
    }
    return false;
}

bool target_plays_server(const struct scenario *s)
{
    for (size_t i = 0; i < s->actors.count; i++) {
        if (s->actors.at[i].role == ACTOR_SERVER) {
            return true;
        }
    }
    return false;
}

/* Topics that a server of somebody else's must not be shown unasked. */
static bool is_impolite(const struct scenario *s)
{
    return span_starts(span_text(s->id), SPAN("smuggling/")) ||
           span_starts(span_text(s->id), SPAN("flood/"));
}

/* What no client can tell from the wire, and what is so for any client of a host of somebody else's. */
static bool holds_anywhere(const struct setting *set)
{
    return strcmp(set->key, "queue_only") == 0 ||
           (strcmp(set->key, "client.trust") == 0 && strcmp(set->value, "none") == 0);
}

static const char *external_lacks(const struct target *t, const struct scenario *s,
                                  struct arena *arena)
{
    if (is_impolite(s) && !t->o.owned) {
        return "deselected: impolite towards a host of somebody else's; --i-own-this-host allows "
               "it";
    }
    for (size_t i = 0; i < s->sets.count; i++) {
        if (!holds_anywhere(&s->sets.at[i])) {
            return arena_printf(arena, "unsupported: set %s (HOST:PORT cannot be configured)",
                                s->sets.at[i].key);
        }
    }
    for (size_t i = 0; i < s->sections.count; i++) {
        if (s->sections.at[i].kind != SECTION_MESSAGE && s->sections.at[i].kind != SECTION_TABLE) {
            return "unsupported: a section for the target (HOST:PORT cannot be configured)";
        }
    }
    return target_plays_server(s) ? "isolation: HOST:PORT cannot reach the judge's servers" : NULL;
}

/* An address that an actor wants to come from, or NULL. */
static const char *client_address(const struct scenario *s)
{
    const char *from = NULL;
    for (size_t i = 0; i < s->actors.count && !from; i++) {
        from = option_value(&s->actors.at[i].options, "from");
    }
    return from;
}

const char *target_lacks(const struct target *t, const struct scenario *s, struct arena *arena)
{
    for (size_t i = 0; i < s->needs.count; i++) {
        if (!has_word(&t->caps, s->needs.at[i])) {
            return arena_printf(arena, "unsupported: %s", s->needs.at[i]);
        }
    }
    if (t->external) {
        return external_lacks(t, s, arena);
    }
    for (size_t i = 0; i < s->sections.count; i++) {
        const struct section *c = &s->sections.at[i];
        if (c->kind == SECTION_CONFIG && (!t->d.language || strcmp(t->d.language, c->name) != 0)) {
            return arena_printf(arena, "unsupported: config-%s", c->name);
        }
    }
    if (target_plays_server(s) && !t->in.layered) {
        return "isolation: the target cannot be told where the judge's servers are";
    }
    if (client_address(s) && !t->in.layered) {
        return arena_printf(arena, "isolation: the judge cannot come from %s", client_address(s));
    }
    return NULL;
}

/* ---- where the wires go ---- */

bool target_sut(struct target *t, const char *port, struct address *at)
{
    static const char *const words[] = {"smtp", "smtps", "submission", "lmtp"};
    const uint16_t ports[] = {t->in.smtp, t->in.smtps, t->in.submission, t->in.lmtp};
    uint64_t number;
    if (t->external) {
        usleep((useconds_t)(pace_wait(&t->pace, clock_ticks()) * 1000));
        *at = t->remote;
        return strcmp(port, "smtp") == 0;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(port, words[i]) == 0) {
            return address_parse(span_text(t->in.target_host), ports[i], at);
        }
    }
    return span_to_u64(span_text(port), &number) && number > 0 && number < 65536 &&
           address_parse(span_text(t->in.target_host), (uint16_t)number, at);
}

void target_wait_for_port(const struct address *at)
{
    for (millis end = clock_ticks() + PORT_WAIT_MS; clock_ticks() < end;) {
        int fd = -1;
        err e = socket_listen(at, 1, &fd);
        if (!failed(e)) {
            close(fd);
        }
        if (e.sys != EADDRINUSE) {
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10 * NANOS_PER_MILLI}, NULL);
    }
}

bool target_client(struct target *t, const char *from, struct address *at)
{
    return !t->external &&
           address_parse(span_text(from ? from : t->in.client_host),
                         t->in.fixed_ports ? t->next_port++ : 0, at);
}

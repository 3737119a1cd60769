/* Options and addresses to deposits: everything that has to be expanded is expanded here, as the server;
   what is left can be done by anybody. Addresses that come to the same mailbox share one copy, up to
   batch_max. */
#include "ref/transport/deposit_child.h"
#include "ref/transport/drivers.h"
#include "ref/transport/local.h"
#include "ref/transport/message_out.h"

#include <unistd.h>

#define DEFAULT_PREFIX "From ${if def:return_path{$return_path}{MAILER-DAEMON}} ${tod_bsdinbox}\n"

/* One address, and where its copy goes. */
struct planned {
    struct delivery_address *a;
    struct deposit d;
    span batch_id;
    bool good;                    /* else it has its result */
};

static err refuse(const struct transport_job *job, const char *what)
{
    return err_of(ERR_DEFER, arena_printf(job->arena, "%s transport: %s", job->transport->name,
                                          what));
}

static bool is_set(const struct transport_job *job, const char *option)
{
    return conf_instance_has(job->transport->instance, option);
}

/* --- where ---------------------------------------------------------------------------------- */

/* A path out of a redirection is the place, unless the transport names one. */
static err path_plan(const struct transport_job *job, struct planned *p)
{
    const struct transport_appendfile *o = job->transport->own.appendfile;
    const struct delivery_address *a = p->a;
    const struct template *t = o->directory != NULL ? o->directory : o->file;
    struct value path = {.text = a->address};
    bool directory = o->directory != NULL;
    if (t != NULL) {
        TRY(transport_expand(job, directory ? "directory" : "file", t, &path));
    } else if (a->path) {
        directory = o->maildir_format || span_ends(path.text, SPAN("/"));
    } else {
        return refuse(job, "mandatory file or directory option is missing");
    }
    if (path.tainted) {
        return refuse(job, arena_printf(job->arena, "Tainted '%.*s' (file or directory name for %s "
                                        "transport) not permitted", SPAN_FMT(path.text),
                                        job->transport->name));
    }
    if (!span_starts(path.text, SPAN("/")) || span_find_byte(path.text, '\0') != SPAN_NONE) {
        return refuse(job, arena_printf(job->arena, "file or directory name \"%.*s\" is not "
                                        "absolute", SPAN_FMT(path.text)));
    }
    while (path.text.len > 1 && span_ends(path.text, SPAN("/"))) {
        path.text.len--;
    }
    if (!directory && o->maildir_format) {
        return refuse(job, "maildir_format needs directory, not file");
    }
    p->d.path = arena_copy(job->arena, path.text);
    p->d.kind = !directory          ? DEPOSIT_FILE
                : o->maildir_format ? DEPOSIT_MAILDIR : DEPOSIT_DIRECTORY;
    return OK;
}

static err quota_plan(const struct transport_job *job, struct planned *p)
{
    struct value text;
    TRY(transport_expand(job, "quota", job->transport->own.appendfile->quota, &text));
    if (span_trim(text.text).len > 0 && !transport_size_read(text.text, &p->d.quota)) {
        return refuse(job, arena_printf(job->arena, "quota: malformed value \"%.*s\"",
                                        SPAN_FMT(text.text)));
    }
    return OK;
}

/* --- what ------------------------------------------------------------------------------------ */

/* An option of the format: its default counts for files, not for directories. */
static err format_plan(const struct transport_job *job, const char *option,
                       const struct template *t, const char *fallback, span *out)
{
    struct value text = {.text = SPAN_EMPTY};
    if (t != NULL) {
        TRY(transport_expand(job, option, t, &text));
    } else if (fallback != NULL) {
        struct expanded e = expand_text(span_text(fallback), job->expansion);
        if (e.outcome != EXPAND_OK) {
            return refuse(job, e.why);
        }
        text = e.value;
    }
    *out = arena_copy(job->arena, text.text);
    return OK;
}

static err text_plan(const struct transport_job *job, struct planned *p)
{
    const struct transport_appendfile *o = job->transport->own.appendfile;
    bool file = p->d.kind == DEPOSIT_FILE;
    TRY(format_plan(job, "message_prefix", o->message_prefix, file ? DEFAULT_PREFIX : NULL,
                    &p->d.prefix));
    TRY(format_plan(job, "message_suffix", o->message_suffix, file ? "\n" : NULL, &p->d.suffix));
    if (file || is_set(job, "check_string")) {
        p->d.check = span_text(o->check_string);
        p->d.escape = span_text(o->escape_string);
    }
    return OK;
}

/* --- who ------------------------------------------------------------------------------------- */

static err user_check(const struct transport_job *job, uint64_t uid)
{
    const struct conf_ids *never = &job->conf->main.never_users;
    for (size_t i = 0; i < never->count; i++) {
        if ((uint64_t)never->at[i] == uid) {
            return refuse(job, arena_printf(job->arena, "user %lu is on the never_users list",
                                            (unsigned long)uid));
        }
    }
    return OK;
}

/* The transport's user, else the router's, else ours. Nobody gets our group with a user that is not ours. */
static err user_plan(const struct transport_job *job, struct planned *p)
{
    const struct transport_generic *g = job->transport->generic;
    struct deposit *d = &p->d;
    struct conf_user user = g->user;
    struct conf_group group = g->group;
    struct value name;
    bool has_group = true;
    d->uid = geteuid();
    d->gid = getegid();
    if (user.text != NULL) {
        TRY(transport_expand(job, "user", user.text, &name));
        if (!conf_user_find(arena_text(job->arena, name.text), job->arena, &user)) {
            return refuse(job, arena_printf(job->arena, "failed to find user \"%.*s\"",
                                            SPAN_FMT(name.text)));
        }
    }
    if (user.known) {
        d->uid = user.uid;
        d->gid = user.gid;
        has_group = user.gid != (gid_t)-1;
        d->user = span_text(user.name);
    } else if (p->a->has_user) {
        d->uid = p->a->uid;
        has_group = false;
        d->user = span_text(p->a->user_name);
    }
    if (group.text != NULL) {
        TRY(transport_expand(job, "group", group.text, &name));
        if (!conf_group_find(arena_text(job->arena, name.text), job->arena, &group)) {
            return refuse(job, arena_printf(job->arena, "failed to find group \"%.*s\"",
                                            SPAN_FMT(name.text)));
        }
    }
    if (group.known || p->a->has_group) {
        has_group = true;
        d->gid = group.known ? group.gid : p->a->gid;
    }
    if (!has_group) {
        return refuse(job, arena_printf(job->arena, "user %lu is a number without an account, and no group is set",
                                        (unsigned long)d->uid));
    }
    if (!g->initgroups && !p->a->all_groups) {
        d->user = SPAN_EMPTY;
    }
    return user_check(job, d->uid);
}

/* --- a whole plan ---------------------------------------------------------------------------- */

static void options_take(const struct transport_job *job, struct deposit *d)
{
    const struct transport_appendfile *o = job->transport->own.appendfile;
    const struct facts_server *server = job->expansion->facts->server;
    *d = (struct deposit){
        .transport = span_text(job->transport->name), .create_file = span_text(o->create_file),
        .create_directory = o->create_directory, .file_must_exist = o->file_must_exist,
        .mode = o->mode, .directory_mode = o->directory_mode,
        .mode_fail_narrower = o->mode_fail_narrower, .check_owner = o->check_owner,
        .check_group = o->check_group, .allow_symlink = o->allow_symlink,
        .allow_fifo = o->allow_fifo, .crlf = o->use_crlf, .use_lockfile = o->use_lockfile,
        .use_fcntl_lock = o->use_fcntl_lock, .use_flock_lock = o->use_flock_lock,
        .lockfile_mode = o->lockfile_mode, .lock_retries = o->lock_retries,
        .lock_interval = o->lock_interval, .lock_fcntl_timeout = o->lock_fcntl_timeout,
        .lock_flock_timeout = o->lock_flock_timeout, .lockfile_timeout = o->lockfile_timeout,
        .maildir_retries = o->maildir_retries, .has_tag = o->maildir_tag != NULL,
        .id = span_text(job->message->envelope.id),
        .host = server != NULL ? server->primary_hostname : SPAN("localhost"),
        .now = clock_now(job->clock)};
}

static err plan_in(const struct transport_job *job, struct local_scene *scene, struct planned *p)
{
    const struct transport_generic *g = job->transport->generic;
    struct value text;
    options_take(job, &p->d);
    if (g->home_directory != NULL) {
        TRY(transport_expand(job, "home_directory", g->home_directory, &text));
        scene->address.home = text.text;
    }
    p->d.home = scene->address.home;
    TRY(transport_expand(job, "current_directory", g->current_directory, &text));
    p->d.directory = text.text.len > 0           ? text.text
                     : p->a->directory.len > 0 ? p->a->directory : p->d.home;
    TRY(path_plan(job, p));
    TRY(quota_plan(job, p));
    TRY(text_plan(job, p));
    TRY(user_plan(job, p));
    TRY(transport_expand(job, "batch_id", job->transport->own.appendfile->batch_id, &text));
    p->batch_id = text.text;
    return transport_filter_begin(job, &p->d.filter);
}

static void plan(const struct transport_job *job, struct planned *p)
{
    struct local_scene scene;
    local_scene_open(&scene, job, p->a);
    err e = plan_in(job, &scene, p);
    local_scene_close(&scene);
    p->good = !failed(e);
    if (failed(e)) {
        local_defer(p->a, DELIVERY_ERROR_EXPANSION, span_text(e.what));
        p->a->result.panic = true;
    }
}

static bool goes_with(const struct planned *a, const struct planned *b)
{
    return b->good && b->a->result.outcome == DELIVERY_NONE && a->d.kind == b->d.kind &&
           span_eq(a->d.path, b->d.path) && a->d.uid == b->d.uid && a->d.gid == b->d.gid &&
           a->d.quota == b->d.quota && span_eq(a->d.prefix, b->d.prefix) &&
           span_eq(a->d.suffix, b->d.suffix) && span_eq(a->batch_id, b->batch_id);
}

/* --- the copy -------------------------------------------------------------------------------- */

struct naming {
    const struct transport_job *job;
    struct local_scene *scene;
};

static err make_name(void *context, enum deposit_name which, uint64_t value, span *text)
{
    const struct naming *n = context;
    const struct transport_appendfile *o = n->job->transport->own.appendfile;
    struct value made;
    if (which == DEPOSIT_NAME_TAG) {
        n->scene->message.size = value;
        TRY(transport_expand(n->job, "maildir_tag", o->maildir_tag, &made));
    } else {
        n->scene->address.inode = value;
        TRY(transport_expand(n->job, "directory_file", o->directory_file, &made));
    }
    *text = made.text;
    return OK;
}

static err pour_message(void *context, err (*put)(void *context, span block), void *put_context)
{
    return message_out_write(context, put, put_context, NULL);
}

static void results_give(const struct deposit_result *from, struct delivery_address *a)
{
    a->result.file = from->file;
    a->result.size = from->size;
    a->result.error = from->error;
    a->result.text = from->text;
}

/* The addresses of one copy. ERR_*: a delivery could not be written down. */
static err batch_run(const struct transport_job *whole, struct delivery_address **at, size_t count,
                     const struct deposit *d)
{
    static const struct message_form form = {.crlf = false};
    struct transport_job job = *whole;
    struct message_out out;
    struct local_scene scene;
    struct deposit_result r = {.outcome = DELIVERY_DONE};
    job.addresses = at;
    job.count = count;
    local_scene_open(&scene, &job, at[0]);
    scene.address.home = d->home;
    err e = message_out_begin(&job, &form, &out);
    if (failed(e)) {
        (void)deposit_defer(&r, DELIVERY_ERROR_EXPANSION, job.arena, "%s", e.what);
    } else if (!job.message->envelope.fake_delivery) {
        const struct deposit_text text = {&out, pour_message};
        struct naming naming = {&job, &scene};
        const struct deposit_names names = {&naming, make_name};
        deposit_as_user(d, &text, &names, job.arena, &r);
    }
    local_scene_close(&scene);
    for (size_t i = 0; i < count; i++) {
        results_give(&r, at[i]);
        at[i]->result.shared = i > 0;
        if (r.outcome == DELIVERY_DONE) {
            TRY(local_done(&job, at[i]));
        } else {
            local_defer(at[i], r.error, r.text);
        }
    }
    return OK;
}

void transport_appendfile_run(struct transport_job *job)
{
    uint64_t most = job->transport->own.appendfile->batch_max;
    struct planned *all = arena_take_array(job->arena, job->count, sizeof *all);
    struct delivery_address **at =
        arena_take_array(job->arena, job->count, sizeof(struct delivery_address *));
    for (size_t i = 0; i < job->count; i++) {
        all[i].a = job->addresses[i];
        plan(job, &all[i]);
    }
    err e = OK;
    for (size_t i = 0; i < job->count && !failed(e); i++) {
        size_t count = 0;
        for (size_t n = i; n < job->count && count < most; n++) {
            if (goes_with(&all[i], &all[n])) {
                at[count++] = all[n].a;
            }
        }
        if (all[i].good && all[i].a->result.outcome == DELIVERY_NONE) {
            e = batch_run(job, at, count, &all[i].d);
        }
    }
    local_stop(job, e);
    local_shadow(job);
}

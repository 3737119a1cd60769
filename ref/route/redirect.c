/* redirect: an address becomes others. The list comes from `data` or from a file; what it says is read
   in redirect_data.c, and here it becomes children with what they inherit. */
#include "ref/route/routing.h"

#include "base/file.h"
#include "base/fsuser.h"
#include "ref/acl/acl.h"
#include "ref/acl/rewrite.h"
#include "ref/mail/address.h"
#include "ref/route/redirect_data.h"

#include <errno.h>
#include <fcntl.h>

/* --- the file ------------------------------------------------------------------------------------ */

static bool is_listed(const struct conf_ids *ids, long id)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (ids->at[i] == id) {
            return true;
        }
    }
    return false;
}

/* Who may write into the file decides where the mail goes: its owner, group and mode are looked at on
   the open descriptor. */
static enum routed file_trust(struct routing *r, const char *path, int fd)
{
    const struct router_redirect *o = r->router->own.redirect;
    const struct delivery_address *a = r->address;
    struct stat found;
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
        return routing_defer(r, "%s is not a regular file", path);
    }
    if ((found.st_mode & 07777 & o->modemask) != 0) {
        return routing_defer(r, "bad mode (0%o) for %s: 0%o bit(s) unexpected",
                             (unsigned)found.st_mode & 07777U, path,
                             (unsigned)found.st_mode & 07777U & o->modemask);
    }
    bool owner = !o->check_owner && o->owners.count == 0;
    owner = owner || found.st_uid == 0 || (a->has_user && a->uid == found.st_uid) ||
            is_listed(&o->owners, (long)found.st_uid);
    if (!owner) {
        return routing_defer(r, "bad owner for %s", path);
    }
    bool group = (!o->check_group && o->owngroups.count == 0) || (found.st_mode & 020) == 0 ||
                 (a->has_group && a->gid == found.st_gid) ||
                 is_listed(&o->owngroups, (long)found.st_gid);
    return group ? ROUTED_TAKEN : routing_defer(r, "bad group for %s", path);
}

enum { NOBODYS_GROUP = 65534 };

/* Lists are read with the rights of the user for whom the router runs, as he could read them himself. */
static err list_user(struct routing *r, struct fsuser *user)
{
    const struct delivery_address *a = r->address;
    gid_t group = a->has_group ? a->gid : NOBODYS_GROUP;
    return a->has_user ? fsuser_enter(user, a->uid, group) : OK;
}

static err included_read(void *context, const char *path, struct arena *arena, span *content)
{
    struct fsuser user = {0};
    err e = list_user(context, &user);
    e = failed(e) ? e : file_read_regular(path, REDIRECT_FILE_CEILING, arena, content);
    fsuser_leave(&user);
    return e;
}

static enum routed file_open(struct routing *r, const char *path, int *fd)
{
    const struct router_redirect *o = r->router->own.redirect;
    struct fsuser user = {0};
    err e = list_user(r, &user);
    e = failed(e) ? e : file_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0, fd);
    fsuser_leave(&user);
    if (!failed(e)) {
        return ROUTED_TAKEN;
    }
    if (e.sys == ENOENT || (e.sys == ENOTDIR && o->ignore_enotdir) ||
        (e.sys == EACCES && o->ignore_eacces)) {
        return ROUTED_DECLINE;
    }
    r->private = true;
    return routing_defer(r, "failed to open %s: %s", path, strerror(e.sys));
}

static enum routed file_take(struct routing *r, span *list)
{
    const struct template *file = r->router->own.redirect->file;
    struct value name;
    int fd;
    enum routed end = routing_expand(r, file, &name, "failed to expand \"%.*s\"",
                                     SPAN_FMT(template_text(file)));
    if (end != ROUTED_TAKEN) {
        return end;
    }
    r->private = true;
    if (name.tainted) {
        return routing_defer(r, "Tainted name '%.*s' for file read not permitted",
                             SPAN_FMT(name.text));
    }
    char *path = arena_text(r->arena, name.text);
    if (path[0] != '/') {
        return routing_defer(r, "\"%s\" is not an absolute path for the file option of %s router",
                             path, r->router->name);
    }
    end = file_open(r, path, &fd);
    if (end != ROUTED_TAKEN) {
        r->private = end != ROUTED_DECLINE;
        return end;
    }
    end = file_trust(r, path, fd);
    if (end == ROUTED_TAKEN) {
        err read = fd_read_all(fd, REDIRECT_FILE_CEILING, r->arena, list);
        r->private = failed(read);
        end = failed(read) ? routing_defer(r, "failed to read %s: %s", path,
                                           err_text(read, r->arena))
                           : ROUTED_TAKEN;
    }
    (void)!failed(fd_close(fd));
    return end;
}

static enum routed data_take(struct routing *r, struct value *list)
{
    const struct template *data = r->router->own.redirect->data;
    if (data == NULL) {
        return file_take(r, &list->text);
    }
    enum routed end = routing_expand(r, data, list, "failed to expand \"%.*s\"",
                                     SPAN_FMT(template_text(data)));
    r->error = end == ROUTED_DEFER ? DELIVERY_ERROR_EXPANSION : r->error;
    return end;
}

/* --- children ------------------------------------------------------------------------------------ */

static void skipped(void *context, const char *why, span item)
{
    struct routing *r = context;
    (void)item;
    routing_log(r, LOG_MAIN, "%s router: skipped error: %s", r->router->name, why);
}

static enum routed qualify_domain(struct routing *r, span *domain)
{
    const struct router_redirect *o = r->router->own.redirect;
    const struct conf_main *m = &r->round->conf->main;
    *domain = o->qualify_preserve_domain    ? r->address->domain
              : m->qualify_recipient[0] != '\0' ? span_text(m->qualify_recipient)
                                                : span_text(m->qualify_domain);
    if (o->qualify_domain == NULL) {
        return ROUTED_TAKEN;
    }
    struct value own;
    enum routed end = routing_expand(r, o->qualify_domain, &own,
                                     "expansion of \"%.*s\" failed in %s router",
                                     SPAN_FMT(template_text(o->qualify_domain)), r->router->name);
    *domain = own.text;
    return end;
}

static span rewritten(struct routing *r, span address)
{
    struct rewriting rewriting = {.rules = &r->round->conf->rewrites, .x = r->x,
                                  .qualify_domain = span_text(r->round->conf->main.qualify_domain),
                                  .log = r->round->log, .id = r->round->id};
    span out;
    bool whole;
    if (!r->router->own.redirect->rewrite ||
        !rewrite_address(&rewriting, REWRITE_ENVELOPE_TO, address, &out, &whole)) {
        return address;
    }
    struct mail_address parsed;
    return failed(mail_mailbox_parse(out, true, &parsed)) ? address : out;
}

/* check_ancestor: what an ancestor was already is not routed anew, the parent itself goes on. */
static span unless_ancestor(struct routing *r, span address)
{
    struct delivery_address made = {.address = address};
    const char *why;
    if (!r->router->own.redirect->check_ancestor ||
        !routing_split(r->arena, address, &made, &why)) {
        return address;
    }
    for (const struct delivery_address *p = r->address; p != NULL; p = p->parent) {
        if (!p->path && span_eq_caseless(p->whole_local_part, made.whole_local_part) &&
            span_eq(p->domain, made.domain)) {
            return r->address->address;
        }
    }
    return address;
}

/* A path is through with routing: its transport is known, and the user whose list it stands in, or it waits and says
   why. There is no transport for pipes. What is kept in the spool for the next try can be an address only. */
static enum routed path_settle(struct routing *r, struct delivery_address *child, bool tainted)
{
    const struct router_redirect *o = r->router->own.redirect;
    bool directory = child->address.at[child->address.len - 1] == '/';
    bool pipe = child->address.at[0] == '|';
    child->router = r->router;
    child->home = r->address->home;
    child->has_user = r->address->has_user;
    child->has_group = r->address->has_group;
    child->all_groups = r->address->all_groups;
    child->uid = r->address->uid;
    child->gid = r->address->gid;
    child->user_name = r->address->user_name;
    enum routed end;
    if (pipe) {
        end = routing_defer(r, o->forbid_pipe || o->one_time ? "delivery to pipe forbidden"
                                              : "pipe_transport unset in %s router",
                            r->router->name);
    } else if (o->forbid_file || o->one_time) {
        end = routing_defer(r, "delivery to file forbidden");
    } else if (tainted) {
        end = routing_defer(r, "Tainted '%.*s' (file or directory name for %s router) not permitted",
                            SPAN_FMT(child->address), r->router->name);
    } else {
        end = route_settle_transport(r, directory ? "directory_transport" : "file_transport",
                                     directory ? o->directory_transport : o->file_transport,
                                     &child->transport);
    }
    if (end != ROUTED_TAKEN) {
        child->result = (struct delivery_result){.outcome = DELIVERY_DEFERRED,
                                                 .text = span_text(r->why),
                                                 .error = DELIVERY_ERROR_NO_TRANSPORT};
        r->why = NULL;
        r->private = false;
        r->error = 0;
    }
    return ROUTED_TAKEN;
}

static enum routed child_add(struct routing *r, const struct redirect_item *item, bool tainted)
{
    const struct router_redirect *o = r->router->own.redirect;
    bool address = item->kind == REDIRECT_ADDRESS;
    struct delivery_address *child =
        address ? routing_child(r, unless_ancestor(r, rewritten(r, item->text)))
                : routing_path_child(r, item->text);
    child->srs.sender = r->srs_sender.len > 0 ? r->srs_sender : child->srs.sender;
    child->one_time = o->one_time;
    child->hidden = child->hidden || o->hide_child_in_errmsg;
    child->start = r->router->redirect_to;
    vec_add(r->arena, &r->children, child);
    return address ? ROUTED_TAKEN : path_settle(r, child, tainted);
}

static enum routed children_make(struct routing *r, const struct redirect_list *list, bool tainted)
{
    /* The parent's own are set before its children copy them. */
    enum routed end = route_settle_errors_to(r, r->address);
    if (end == ROUTED_TAKEN) {
        end = route_settle_headers(r, r->address);
    }
    bool last_hop = r->router->generic->dsn_lasthop || list->items.count > 1;
    for (size_t i = 0; i < list->items.count && end == ROUTED_TAKEN; i++) {
        end = child_add(r, &list->items.at[i], tainted);
    }
    for (size_t i = 0; i < r->children.count; i++) {
        r->children.at[i]->last_hop = r->children.at[i]->last_hop || last_hop;
    }
    return end == ROUTED_TAKEN ? ROUTED_CHILDREN : end;
}

/* --- special items ------------------------------------------------------------------------------- */

/* forbid_smtp_code: a code in front of the text is not passed on. */
static span without_code(struct routing *r, span text)
{
    struct acl_code code = {.status = SPAN_EMPTY};
    unsigned char first = text.len > 0 ? text.at[0] : '0';
    if (!r->router->own.redirect->forbid_smtp_code || failed(acl_code_read(text, first, &code))) {
        return text;
    }
    return code.code != 0 ? code.text : text;
}

static enum routed special_obey(struct routing *r, const struct redirect_list *list)
{
    switch (list->special) {
    case REDIRECT_BLACKHOLE:
        return ROUTED_DISCARD;
    case REDIRECT_FAILS:
        r->user_text = without_code(r, list->text);
        return routing_fail(r, "%.*s", SPAN_FMT(list->text));
    case REDIRECT_DEFERS:
        r->user_text = without_code(r, list->text);
        return routing_defer(r, "%.*s", SPAN_FMT(list->text));
    case REDIRECT_UNKNOWN:
    case REDIRECT_NOTHING:
        break;
    }
    return ROUTED_DECLINE;
}

enum routed route_redirect(struct routing *r)
{
    const struct router_redirect *o = r->router->own.redirect;
    struct value text = {.text = SPAN_EMPTY};
    struct redirect_list list;
    struct redirect_rules rules = {
        .arena = r->arena, .own_domain = r->address->domain, .allow_fail = o->allow_fail, .allow_defer = o->allow_defer,
        .forbid_blackhole = o->forbid_blackhole, .forbid_include = o->forbid_include,
        .include_directory = o->include_directory, .read = included_read, .context = r,
        .skip = o->skip_syntax_errors ? skipped : NULL};
    enum routed end = route_srs(r);
    if (end == ROUTED_TAKEN) {
        end = route_settle_user(r, r->address);
    }
    if (end == ROUTED_TAKEN) {
        end = data_take(r, &text);
    }
    if (end == ROUTED_TAKEN) {
        end = qualify_domain(r, &rules.qualify_domain);
    }
    if (end != ROUTED_TAKEN) {
        return end;
    }
    err e = redirect_list_read(&rules, text.text, &list);
    if (failed(e)) {
        r->private = true;
        r->error = DELIVERY_ERROR_BAD_REDIRECT;
        return routing_defer(r, "error in redirect data: %s", e.what);
    }
    if (list.special != REDIRECT_NOTHING || list.items.count == 0) {
        return special_obey(r, &list);
    }
    return children_make(r, &list, text.tainted);
}

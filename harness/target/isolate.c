/* Namespaces by hand: no tool need be installed, and each refusal can be told in words. The order
   matters: user mapping first (everything after it needs capabilities), then mounts become private,
   then the network, then the layers, and what must not be hidden by a layer is bound back on
   top. */
#include "harness/target/isolate.h"

#include "base/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_USER 101

static err refused(struct arena *arena, int sys, const char *what)
{
    return err_of(ERR_DEFER, arena_printf(arena, "%s: %s", what, strerror(sys)));
}

static err write_file(const char *path, const char *text, struct arena *arena)
{
    return err_in(file_write(path, span_text(text), 0644), arena, "%s", path);
}

/* ---- users ---- */

/* newuidmap must be run from outside, for us, once we have unshared: a child does it. */
static void map_from_outside(pid_t whom, int go)
{
    char pid[16];
    char uid[16];
    char gid[16];
    char byte;
    snprintf(pid, sizeof pid, "%d", (int)whom);
    snprintf(uid, sizeof uid, "%u", (unsigned)getuid());
    snprintf(gid, sizeof gid, "%u", (unsigned)getgid());
    if (read(go, &byte, 1) != 1) {
        _exit(1);
    }
    pid_t second = fork();
    if (second == 0) {
        execlp("newgidmap", "newgidmap", pid, "0", gid, "1", "1", "100000", "65535", (char *)NULL);
        _exit(1);
    }
    int status = 1;
    if (second < 0 || waitpid(second, &status, 0) < 0 || status != 0) {
        _exit(1);
    }
    execlp("newuidmap", "newuidmap", pid, "0", uid, "1", "1", "100000", "65535", (char *)NULL);
    _exit(1);
}

/* Without a subordinate range only ourselves can be mapped: servers that change users will not
   run. */
static err map_only_ourselves(uid_t uid, gid_t gid, struct arena *arena, struct isolation *in)
{
    in->note =
        "no subordinate user ids (newuidmap, /etc/subuid): MTAs that change users cannot run";
    TRY(write_file("/proc/self/setgroups", "deny", arena));
    TRY(write_file("/proc/self/uid_map", arena_printf(arena, "0 %u 1", (unsigned)uid), arena));
    return write_file("/proc/self/gid_map", arena_printf(arena, "0 %u 1", (unsigned)gid), arena);
}

static err enter_user_namespace(struct arena *arena, struct isolation *in)
{
    uid_t uid = getuid();
    gid_t gid = getgid();
    int go[2];
    if (pipe2(go, O_CLOEXEC) < 0) {
        return err_sys(errno, "pipe");
    }
    pid_t self = getpid();
    pid_t helper = fork();
    if (helper < 0) {
        close(go[0]);
        close(go[1]);
        return err_sys(errno, "fork");
    }
    if (helper == 0) {
        close(go[1]);
        map_from_outside(self, go[0]);
    }
    err e = unshare(CLONE_NEWUSER) < 0 ? refused(arena, errno, "a user namespace is refused") : OK;
    if (!failed(e) && write(go[1], "g", 1) != 1) {
        e = err_sys(errno, "pipe");
    }
    close(go[0]);
    close(go[1]);
    int status = 1;
    (void)waitpid(helper, &status, 0);
    if (!failed(e) && status != 0) {
        e = map_only_ourselves(uid, gid, arena, in);
    }
    return e;
}

/* ---- network ---- */

/* With the mask of a net of 256. */
static err set_address(int fd, const char *host, struct arena *arena)
{
    struct ifreq request = {0};
    struct sockaddr_in in = {.sin_family = AF_INET};
    snprintf(request.ifr_name, sizeof request.ifr_name, "lo:0");
    (void)inet_pton(AF_INET, host, &in.sin_addr);
    memcpy(&request.ifr_addr, &in, sizeof in);
    if (ioctl(fd, SIOCSIFADDR, &request) < 0) {
        return refused(arena, errno, "an address on the loopback is refused");
    }
    in.sin_addr.s_addr = htonl(0xffffff00);
    memcpy(&request.ifr_netmask, &in, sizeof in);
    return ioctl(fd, SIOCSIFNETMASK, &request) < 0 ? err_sys(errno, "SIOCSIFNETMASK") : OK;
}

/* The loopback of a new network namespace is down and has no address. With 192.0.2.1/24 on it every
   address of that net is ours, and 192.0.2.1 is what the target's own connections come from. */
static err set_up_network(struct arena *arena, struct isolation *in)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {0};
    if (fd < 0) {
        return err_sys(errno, "socket");
    }
    snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
    err e = OK;
    if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
        e = refused(arena, errno, "the loopback cannot be brought up");
    }
    if (!failed(e)) {
        e = set_address(fd, in->target_host, arena);
    }
    close(fd);
    /* No TIME_WAIT: the same client port can be used by the next case at once. Where the file may
       not be written, ports are left to the system. */
    in->fixed_ports = !failed(write_file("/proc/sys/net/ipv4/tcp_max_tw_buckets", "0", arena));
    return e;
}

/* ---- layers ---- */

struct kept_folder {
    const char *path;
    int fd;
};
typedef VEC(struct kept_folder) kept_folders;

static bool below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static void keep(const char *path, struct arena *arena, kept_folders *kept)
{
    char real[PATH_MAX];
    int fd = realpath(path, real) ? open(real, O_PATH | O_CLOEXEC) : -1;
    if (fd >= 0) {
        *vec_push(arena, kept) = (struct kept_folder){arena_text(arena, span_text(real)), fd};
    }
}

static err bind_back(const kept_folders *kept, struct arena *arena)
{
    static const char *const hidden[] = {"/etc", "/var", "/usr", "/run"};
    err e = OK;
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_folder *k = &kept->at[i];
        bool needed = false;
        for (size_t h = 0; h < sizeof hidden / sizeof *hidden; h++) {
            needed = needed || below(k->path, hidden[h]);
        }
        if (needed && !failed(e)) {
            (void)failed(dir_make_all(k->path, 0755));
            const char *from = arena_printf(arena, "/proc/self/fd/%d", k->fd);
            if (mount(from, k->path, NULL, MS_BIND | MS_REC, NULL) < 0) {
                e = err_sys(errno, k->path);
            }
        }
        close(k->fd);
    }
    return e;
}

/* Lays layers/NAME over /NAME, with the peer's tree between them. */
static err lay_over(const char *layers, const char *name, const char *tree, struct arena *arena)
{
    const char *target = arena_printf(arena, "/%s", name);
    const char *upper = arena_printf(arena, "%s/%s", layers, name);
    const char *scratch = arena_printf(arena, "%s/.%s", layers, name);
    const char *middle = tree ? arena_printf(arena, "%s/%s", tree, name) : "";
    TRY(dir_make_all(upper, 0755));
    TRY(dir_make_all(scratch, 0700));
    const char *lower =
        *middle && path_is_dir(middle) ? arena_printf(arena, "%s:%s", middle, target) : target;
    static const char *const variants[] = {"", ",userxattr"};
    for (size_t i = 0; i < 2; i++) {
        const char *data = arena_printf(arena, "lowerdir=%s,upperdir=%s,workdir=%s%s", lower, upper,
                                        scratch, variants[i]);
        if (mount("overlay", target, "overlay", 0, data) == 0) {
            return OK;
        }
    }
    return refused(arena, errno, arena_printf(arena, "an overlay on %s is refused", target));
}

/* ---- files of the private /etc ---- */

static err write_accounts(const struct description *d, const char *etc, struct arena *arena)
{
    const char *passwd =
        "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
        "mail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    const char *group = "root:x:0:\ndaemon:x:1:\ntty:x:5:\nmail:x:8:\nshadow:x:42:\nnogroup:x:65534:\n";
    for (size_t i = 0; i < d->users.count; i++) {
        unsigned id = FIRST_USER + (unsigned)i;
        passwd = arena_printf(arena, "%s%s:x:%u:%u::/nonexistent:/usr/sbin/nologin\n", passwd, d->users.at[i],
                              id, id);
        group = arena_printf(arena, "%s%s:x:%u:\n", group, d->users.at[i], id);
    }
    TRY(file_write(path_join(arena, etc, "passwd"), span_text(passwd), 0644));
    return file_write(path_join(arena, etc, "group"), span_text(group), 0644);
}

/* Into the upper layer before it is laid: in a user namespace the machine's own files belong to
   nobody that we could be. */
static err write_private_etc(const struct isolation_request *q, const struct isolation *in,
                             const char *etc, struct arena *arena)
{
    const char *hosts = arena_printf(arena, "127.0.0.1 localhost\n::1 localhost\n%s mx.test.ex\n",
                                     in->target_host);
    const char *resolv =
        arena_printf(arena, "nameserver %s\noptions timeout:1 attempts:1\n", in->dns_host);
    TRY(dir_make_all(etc, 0755));
    TRY(write_accounts(q->d, etc, arena));
    TRY(file_write(path_join(arena, etc, "hosts"), span_text(hosts), 0644));
    TRY(file_write(path_join(arena, etc, "resolv.conf"), span_text(resolv), 0644));
    return file_write(path_join(arena, etc, "nsswitch.conf"),
                      SPAN("passwd: files\ngroup: files\nhosts: files dns\n"), 0644);
}

static err lay_all(const struct isolation_request *q, const struct isolation *in,
                   struct arena *arena)
{
    const char *layers = path_join(arena, q->work, "layers");
    TRY(dir_make_all(layers, 0755));
    /* An overlay cannot have its upper layer on another overlay, which / may be. */
    if (mount("tmpfs", layers, "tmpfs", 0, "mode=755") < 0) {
        return refused(arena, errno, "a tmpfs is refused");
    }
    TRY(write_private_etc(q, in, path_join(arena, layers, "etc"), arena));
    TRY(lay_over(layers, "etc", q->tree, arena));
    TRY(lay_over(layers, "var", q->tree, arena));
    if (q->tree) {
        TRY(lay_over(layers, "usr", q->tree, arena));
    }
    return mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0
               ? refused(arena, errno, "a tmpfs is refused")
               : OK;
}

static err set_owners(const struct description *d, struct arena *arena)
{
    for (size_t i = 0; i < d->owned.count; i++) {
        const struct owned_file *own = &d->owned.at[i];
        const char *path = arena_printf(arena, "/%s", own->path);
        const struct passwd *user = getpwnam(own->owner);
        const struct group *group = getgrnam(own->group);
        if (!user || !group) {
            return err_of(ERR_SYNTAX,
                          arena_printf(arena, "%s: own %s: no such account; add it to `user`",
                                       d->file, own->path));
        }
        if (chown(path, user->pw_uid, group->gr_gid) < 0 || chmod(path, own->mode) < 0) {
            return err_sys(errno, arena_printf(arena, "%s: own %s", d->file, own->path));
        }
    }
    return OK;
}

/* ---- the two modes ---- */

static err enter_namespaces(const struct isolation_request *q, struct arena *arena,
                            struct isolation *in)
{
    *in = (struct isolation){.mode = "namespaces",
                             .target_host = "192.0.2.1",
                             .client_host = "192.0.2.10",
                             .dns_host = "192.0.2.53",
                             .smtp = 25,
                             .smtps = 465,
                             .submission = 587,
                             .lmtp = 24};
    if (geteuid() != 0) {
        TRY(enter_user_namespace(arena, in));
    }
    /* The network last: who is refused before goes on with ports, on the loopback that is up. */
    if (unshare(CLONE_NEWNS) < 0) {
        return refused(arena, errno, "mount namespaces are refused");
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        return refused(arena, errno, "private mounts are refused (in a chroot: is / a mount point?)");
    }
    if (unshare(CLONE_NEWNET) < 0) {
        return refused(arena, errno, "network namespaces are refused");
    }
    TRY(set_up_network(arena, in));
    kept_folders kept = {0};
    for (size_t i = 0; i < q->kept.count; i++) {
        keep(q->kept.at[i], arena, &kept);
    }
    keep(q->work, arena, &kept);
    char cwd[PATH_MAX];
    bool has_cwd = getcwd(cwd, sizeof cwd) != NULL;
    err e = lay_all(q, in, arena);
    if (failed(e)) {
        in->note = e.what;
        return q->tree || q->d->users.count ? e : OK;
    }
    in->layered = true;
    TRY(bind_back(&kept, arena));
    TRY(set_owners(q->d, arena));
    return has_cwd && chdir(cwd) < 0 ? err_sys(errno, cwd) : OK;
}

static bool block_is_free(const struct isolation *in)
{
    const uint16_t ports[] = {in->smtp, in->smtps, in->submission, in->lmtp};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        struct address a;
        int fd;
        if (!address_parse(span_text(in->target_host), ports[i], &a) ||
            failed(socket_listen(&a, 1, &fd))) {
            return false;
        }
        close(fd);
    }
    return true;
}

/* A name that the system gives to one process only, and takes back when that ends: two judges that look
   at the same moment do not both find the block free. */
static bool block_take(unsigned block)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int length = snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "assay-block-%u", block);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    if (bind(fd, (struct sockaddr *)&a,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0) {
        close(fd);
        return false;
    }
    return true;
}

/* Blocks of loopback addresses, tried from our own number on: other runs may use some. */
static err enter_ports(const struct isolation_request *q, struct arena *arena, struct isolation *in)
{
    for (unsigned i = 0; i < 200; i++) {
        unsigned b = (q->block + i) % 200 + 1;
        *in = (struct isolation){.mode = "ports",
                                 .target_host = arena_printf(arena, "127.100.%u.1", b),
                                 .client_host = arena_printf(arena, "127.100.%u.10", b),
                                 .dns_host = arena_printf(arena, "127.100.%u.53", b),
                                 .smtp = 10025,
                                 .smtps = 10465,
                                 .submission = 10587,
                                 .lmtp = 10024};
        if (block_take(b) && block_is_free(in)) {
            return OK;
        }
    }
    return err_of(ERR_DEFER,
                  "no block of loopback addresses 127.100.1.1 to 127.100.200.1 has its ports "
                  "10024, 10025, 10465 and 10587 free");
}

err isolate_enter(const struct isolation_request *q, struct arena *arena, struct isolation *in)
{
    bool needs_namespaces =
        q->tree || (q->d->isolation && strcmp(q->d->isolation, "namespaces") == 0);
    if (q->mode && strcmp(q->mode, "ports") == 0) {
        if (needs_namespaces) {
            return err_of(ERR_DEFER, "isolation: this target needs namespaces");
        }
        return enter_ports(q, arena, in);
    }
    err e = enter_namespaces(q, arena, in);
    if (!failed(e) || e.kind != ERR_DEFER) {
        return e;
    }
    if (needs_namespaces || q->mode) {
        return err_of(ERR_DEFER, arena_printf(arena, "isolation: %s", e.what));
    }
    const char *why = e.what;
    TRY(enter_ports(q, arena, in));
    in->note = arena_printf(arena, "no namespaces: %s", why);
    return OK;
}

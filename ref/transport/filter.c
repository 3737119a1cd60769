/* Input and output are files, not pipes: then nobody waits for anybody, a filter may read as much or as
   little as it likes, and its answer counts only when it has ended well. */
#include "ref/transport/filter.h"

#include "base/file.h"
#include "base/socket.h"
#include "base/spawn.h"
#include "ref/expand/expand.h"
#include "ref/transport/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 65536 };
/* How much larger a message may become, besides doubling. */
#define OUTPUT_MORE (64u << 20)

/* --- the command ----------------------------------------------------------------------------- */

static err bad_option(const struct transport_job *job, const char *why)
{
    return err_of(ERR_DEFER, arena_printf(job->arena, "%s transport: transport_filter: %s",
                                          job->transport->name, why));
}

/* One word off the front: as it stands, in 'quotes', or in "quotes" with backslashes. */
static bool word_take(span *rest, struct arena *arena, span *word)
{
    *rest = span_trim_space(*rest);
    unsigned char quote = rest->len > 0 && (rest->at[0] == '"' || rest->at[0] == '\'')
                              ? rest->at[0] : 0;
    unsigned char *text = arena_take(arena, rest->len + 1);
    size_t len = 0, i = quote ? 1 : 0;
    for (; i < rest->len; i++) {
        unsigned char c = rest->at[i];
        if (quote ? c == quote : ascii_is_blank(c) || c == '\n') {
            break;
        }
        if (quote == '"' && c == '\\' && i + 1 < rest->len) {
            c = rest->at[++i];
        }
        text[len++] = c;
    }
    bool ended = !quote || i < rest->len;
    *rest = span_from(*rest, i + (quote ? 1 : 0));
    *word = span_of(text, len);
    return ended;
}

static err word_add(const struct transport_job *job, struct transport_filter *f, span word)
{
    struct expanded e = expand_text(word, job->expansion);
    if (e.outcome != EXPAND_OK) {
        return bad_option(job, arena_printf(job->arena, "failed to expand \"%.*s\": %s",
                                            SPAN_FMT(word), e.why));
    }
    vec_add(job->arena, &f->words, arena_copy(job->arena, e.value.text));
    return OK;
}

err transport_filter_begin(const struct transport_job *job, struct transport_filter *f)
{
    const struct transport_generic *g = job->transport->generic;
    *f = (struct transport_filter){.timeout = g->transport_filter_timeout};
    if (g->transport_filter == NULL) {
        return OK;
    }
    span rest = span_trim_space(template_text(g->transport_filter));
    while (rest.len > 0) {
        span word;
        if (!word_take(&rest, job->arena, &word)) {
            return bad_option(job, "a quote is not closed");
        }
        TRY(word_add(job, f, word));
        rest = span_trim_space(rest);
    }
    if (f->words.count == 0 || !span_starts(f->words.at[0], SPAN("/"))) {
        return bad_option(job, "the command is not an absolute path");
    }
    return OK;
}

/* --- its files ------------------------------------------------------------------------------- */

err transport_filter_file(int *fd)
{
    *fd = memfd_create("message", MFD_CLOEXEC);
    return *fd >= 0 ? OK : err_sys(errno, "making a file for a filter");
}

err transport_filter_pour(int fd, err (*put)(void *context, span block), void *context)
{
    struct arena *arena = arena_new();
    unsigned char *block = arena_take(arena, BLOCK);
    size_t got = BLOCK;
    unsigned char last = '\n';
    err e = OK;
    for (off_t at = 0; !failed(e) && got == BLOCK; at += BLOCK) {
        e = fd_read_part(fd, block, BLOCK, at, &got);
        if (!failed(e) && got > 0) {
            last = block[got - 1];
            e = put(context, span_of(block, got));
        }
    }
    if (!failed(e) && last != '\n') {
        e = put(context, SPAN("\n"));
    }
    arena_free(arena);
    return e;
}

/* --- the run --------------------------------------------------------------------------------- */

/* True if it ended in time; then *status is what waitpid says. */
static bool ended_within(pid_t pid, millis timeout, int *status)
{
    int watch = (int)syscall(SYS_pidfd_open, pid, 0);
    bool ended = watch >= 0 && !failed(socket_wait(watch, false, timeout));
    if (watch >= 0) {
        close(watch);
    }
    if (!ended) {
        (void)kill(-pid, SIGKILL);
    }
    while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
    }
    /* Whatever it may have left running must not write into the output any more. */
    (void)kill(-pid, SIGKILL);
    return ended;
}

static int spawn(const struct transport_filter *f, const char *directory, int in, int out,
                 struct arena *arena, pid_t *pid)
{
    char *environment[] = {arena_text(arena, SPAN("PATH=/usr/local/bin:/usr/bin:/bin")), NULL};
    char **words = arena_take_array(arena, f->words.count + 1, sizeof *words);
    for (size_t i = 0; i < f->words.count; i++) {
        words[i] = arena_text(arena, f->words.at[i]);
    }
    struct spawn wanted = {.program = words[0], .words = words, .environment = environment,
                           .directory = directory, .files = {in, out, -1, -1}, .silent = true,
                           .group = true};
    return spawn_start(&wanted, pid);
}

/* A filter that writes without end would fill the memory. */
static void limit(pid_t pid, int in)
{
    struct stat st;
    struct rlimit most = {OUTPUT_MORE, OUTPUT_MORE};
    if (fstat(in, &st) == 0) {
        most.rlim_cur += 2 * (rlim_t)st.st_size;
        most.rlim_max = most.rlim_cur;
    }
    (void)prlimit(pid, RLIMIT_FSIZE, &most, NULL);
}

err transport_filter_run(const struct transport_filter *f, const char *directory, int in, int out,
                         struct arena *arena)
{
    pid_t pid;
    int status = 0;
    if (lseek(in, 0, SEEK_SET) != 0) {
        return err_sys(errno, "reading a filter's input");
    }
    int sys = spawn(f, directory, in, out, arena, &pid);
    if (sys != 0) {
        return err_of(ERR_DEFER, arena_printf(arena, "transport filter %.*s cannot be run: %s",
                                              SPAN_FMT(f->words.at[0]), strerror(sys)));
    }
    limit(pid, in);
    if (!ended_within(pid, f->timeout, &status)) {
        return err_of(ERR_TIMEOUT, "transport filter timeout");
    }
    if (WIFSIGNALED(status)) {
        return err_of(ERR_DEFER, arena_printf(arena, "transport filter process was ended by signal %d",
                                              WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0) {
        return err_of(ERR_DEFER, arena_printf(arena, "transport filter process failed (%d)",
                                              WEXITSTATUS(status)));
    }
    return OK;
}

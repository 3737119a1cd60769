/* Wrong behaviours of deliveries on this host, as the linker's --wrap puts them in place of the product's
   functions. */
#include "tests/faults/faults.h"

#include "base/file.h"
#include "ref/transport/deposit.h"
#include "ref/transport/drivers.h"
#include "ref/transport/local.h"
#include "ref/transport/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

WRAPPED(transport_queuefile_run);
WRAPPED(writer_run);
WRAPPED(deposit_run);
WRAPPED(spool_message_open);

WRAPPED(file_open_at);
WRAPPED(local_scene_open);

err WRAP(file_open_at)(int dir, const char *name, int flags, mode_t mode, int *fd)
{
    bool follow = fault_is("directory-links-are-followed") && (flags & O_DIRECTORY) != 0;
    return REAL(file_open_at)(dir, name, follow ? flags & ~O_NOFOLLOW : flags, mode, fd);
}

void WRAP(local_scene_open)(struct local_scene *scene, const struct transport_job *job,
                            const struct delivery_address *a)
{
    REAL(local_scene_open)(scene, job, a);
    if (fault_is("queuefile-knows-no-address") && job->transport->driver == TRANSPORT_QUEUEFILE) {
        scene->address.domain = scene->address.local_part = SPAN_EMPTY;
    }
}

static void all_done(const struct transport_job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        job->addresses[i]->result.outcome = DELIVERY_DONE;
        (void)!failed(job->delivered(job->context, job->addresses[i], false));
    }
}

/* The copies that an address was told of lose one of the two. */
static void part_remove(const struct transport_job *job, char part)
{
    span directory = job->addresses[0]->result.file;
    char name[4096];
    snprintf(name, sizeof name, "%.*s/%s-%c", SPAN_FMT(directory), job->message->envelope.id, part);
    (void)unlink(name);
}

void WRAP(transport_queuefile_run)(struct transport_job *job)
{
    if (fault_is("queuefile-copies-nothing")) {
        all_done(job);
        return;
    }
    struct transport_job first = *job;
    if (fault_is("queuefile-is-for-one") && job->count > 1) {
        first.count = 1;
    }
    REAL(transport_queuefile_run)(&first);
    for (size_t i = first.count; i < job->count; i++) {
        job->addresses[i]->result.outcome = DELIVERY_DEFERRED;
        job->addresses[i]->result.error = EEXIST;
        job->addresses[i]->result.text = SPAN("linking file failed with error: File exists");
    }
    if (fault_is("queuefile-copies-no-data")) {
        part_remove(job, 'D');
    }
}

err WRAP(writer_run)(const struct deposit_job *j, int fd, uint64_t room, uint64_t *size)
{
    struct deposit d = *j->d;
    struct deposit_job job = *j;
    job.d = &d;
    if (fault_is("from-is-not-escaped")) {
        d.check = SPAN_EMPTY;
    } else if (fault_is("mbox-has-no-empty-line")) {
        d.suffix = SPAN_EMPTY;
    } else if (fault_is("quota-is-no-limit")) {
        room = UINT64_MAX;
    }
    err e = REAL(writer_run)(&job, fd, room, size);
    return !failed(e) && fault_is("mail-is-there-twice") ? REAL(writer_run)(&job, fd, room, size) : e;
}

void WRAP(deposit_run)(const struct deposit *d, const struct deposit_text *text,
                       const struct deposit_names *names, struct arena *arena,
                       struct deposit_result *r)
{
    struct deposit mine = *d;
    if (fault_is("links-are-followed")) {
        mine.allow_symlink = true;
    } else if (fault_is("filters-are-passed-by")) {
        mine.filter.words.count = 0;
    }
    REAL(deposit_run)(&mine, text, names, arena, r);
    if (fault_is("deliveries-are-made-twice")) {
        REAL(deposit_run)(&mine, text, names, arena, r);
    }
}

err WRAP(spool_message_open)(struct spool *s, span id, struct arena *arena,
                             struct spool_message *m)
{
    if (fault_is("newer-ids-are-passed-by") && id.len > 16) {
        return err_of(ERR_DEFER, "another process is handling this message");
    }
    return REAL(spool_message_open)(s, id, arena, m);
}

/* clang-format off: a row a line */
const struct fault deposit_faults[] = {
    {"deliveries-are-made-twice", "who gets a message on this host gets it twice", "route/aliases-in-a-circle", NULL},
    {"directory-links-are-followed", "queuefile copies into a directory that is a symbolic link", "queuefile/link-refused", NULL},
    {"queuefile-knows-no-address", "queuefile's directory is expanded before there is an address", "queuefile/expanded", NULL},
};
/* clang-format on */
const size_t deposit_fault_count = sizeof deposit_faults / sizeof *deposit_faults;

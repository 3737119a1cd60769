/* Answers from the network. libunbound resolves and validates in one thread of its own, for all who
   ask; its blocking call has no deadline, so questions are handed in, and one of those who wait
   reads what comes back for all of them. It leaves when its own answer is there, and wakes the
   next. libunbound reads resolv.conf and hosts once: when one of them is another, what was made of them is followed
   by a new resolver, and goes when its last question is answered. */
#include "base/check.h"
#include "base/vec.h"
#include "ref/dns/record.h"
#include "ref/dns/source.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unbound.h>

#define TIMEOUT_MILLIS ((millis)30000)
/* A wait is cut into pieces of this length, so that a wake-up lost to a race costs no more. */
#define PIECE_MILLIS ((millis)200)

struct resolver {
    struct arena *arena;
    struct ub_ctx *unbound;
    size_t asking;   /* questions that are with it */
    bool being_read; /* somebody is in ub_process */
};

enum { FILES = 2 };

struct network {
    struct dns dns;
    struct arena *arena;
    struct dns_network how;
    struct stat files[FILES]; /* of the system, as they were when they were read last */
    struct resolver *resolver; /* for the next question */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

struct question {
    struct network *network;
    struct resolver *resolver;
    struct ub_result *result;
    int failure;
    bool done;
};

static void answer_arrives(void *data, int failure, struct ub_result *result)
{
    struct question *q = data;
    struct network *n = q->network;
    pthread_mutex_lock(&n->mutex);
    q->failure = failure;
    q->result = result;
    q->done = true;
    pthread_cond_broadcast(&n->changed);
    pthread_mutex_unlock(&n->mutex);
}

/* With the mutex held: waits for a change, or a piece of time. */
static void wait_for_change(struct network *n, millis left)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanos = until.tv_nsec + (left < PIECE_MILLIS ? left : PIECE_MILLIS) * NANOS_PER_MILLI;
    until.tv_sec += nanos / NANOS_PER_SECOND;
    until.tv_nsec = nanos % NANOS_PER_SECOND;
    (void)pthread_cond_timedwait(&n->changed, &n->mutex, &until);
}

/* With the mutex held: reads answers for all, for a piece of time. */
static void read_answers(struct network *n, struct resolver *r, millis left)
{
    r->being_read = true;
    pthread_mutex_unlock(&n->mutex);
    struct pollfd fd = {.fd = ub_fd(r->unbound), .events = POLLIN};
    if (poll(&fd, 1, (int)(left < PIECE_MILLIS ? left : PIECE_MILLIS)) > 0) {
        (void)ub_process(r->unbound);
    }
    pthread_mutex_lock(&n->mutex);
    r->being_read = false;
    pthread_cond_broadcast(&n->changed);
}

/* False: the deadline passed, and the answer will not come any more. */
static bool question_wait(struct network *n, struct question *q, int id, millis timeout)
{
    millis deadline = clock_ticks() + timeout;
    bool given_up = false;
    pthread_mutex_lock(&n->mutex);
    while (!q->done) {
        millis left = deadline - clock_ticks();
        if (left <= 0 && !given_up) {
            pthread_mutex_unlock(&n->mutex);
            given_up = true;
            if (ub_cancel(q->resolver->unbound, id) == 0) {
                return false;
            }
            /* Too late to cancel: another thread has the answer in hand. */
            pthread_mutex_lock(&n->mutex);
            continue;
        }
        left = given_up ? PIECE_MILLIS : left;
        if (q->resolver->being_read) {
            wait_for_change(n, left);
        } else {
            read_answers(n, q->resolver, left);
        }
    }
    pthread_mutex_unlock(&n->mutex);
    return true;
}

static void records_take(const struct ub_result *result, enum dns_type type, struct arena *arena,
                         struct dns_answer *answer)
{
    VEC(struct dns_record) records = {0};
    for (size_t i = 0; result->data[i] != NULL; i++) {
        struct dns_record record;
        if (dns_record_read(type, span_of(result->data[i], (size_t)result->len[i]), arena,
                            &record)) {
            record.ttl = (uint32_t)result->ttl;
            vec_add(arena, &records, record);
        }
    }
    answer->at = records.at;
    answer->count = records.count;
}

enum { RCODE_NOERROR = 0, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_REFUSED = 5 };

static void answer_take(const struct ub_result *result, enum dns_type type, struct arena *arena,
                        struct dns_answer *answer)
{
    struct dns_name canonical;
    answer->secure = result->secure;
    answer->bogus = result->bogus;
    if (result->canonname && dns_name_parse(span_text(result->canonname), &canonical)) {
        answer->canonical = dns_name_text(&canonical, arena);
    }
    if (result->bogus) {
        answer->outcome = DNS_AGAIN;
        answer->why = arena_printf(arena, "DNSSEC: bogus%s%s", result->why_bogus ? ": " : "",
                                   result->why_bogus ? result->why_bogus : "");
        return;
    }
    if (result->nxdomain || result->rcode == RCODE_NXDOMAIN) {
        answer->outcome = DNS_NO_NAME;
        return;
    }
    if (result->rcode != RCODE_NOERROR) {
        answer->outcome = DNS_AGAIN;
        answer->why = result->rcode == RCODE_SERVFAIL  ? "SERVFAIL"
                      : result->rcode == RCODE_REFUSED ? "REFUSED"
                                  : arena_printf(arena, "DNS answer code %d", result->rcode);
        return;
    }
    records_take(result, type, arena, answer);
    answer->outcome = answer->count > 0 ? DNS_FOUND : DNS_NO_DATA;
}

/* A transparent zone is one that libunbound would answer itself: whether names of tests and of networks
   without public names exist is for the server, or for hosts, to say; the last ones are asked of a server that was
   named only. */
static const struct setting {
    const char *name, *value;
    bool server_named;
} settings[] = {
    {"do-not-query-localhost:", "no", false}, /* many a resolv.conf names a resolver of this machine */
    {"unblock-lan-zones:", "yes", false},     /* whose resolver knows the names of its network */
    {"insecure-lan-zones:", "yes", false},
    {"infra-keep-probing:", "yes", false},    /* a server that was away is found again soon */
    {"rrset-roundrobin:", "no", false},       /* the order is that of the answer, the same every time */
    {"local-zone:", "test. transparent", false},
    {"local-zone:", "home.arpa. transparent", false},
    {"local-zone:", "2.0.192.in-addr.arpa. transparent", false},
    {"local-zone:", "100.51.198.in-addr.arpa. transparent", false},
    {"local-zone:", "113.0.203.in-addr.arpa. transparent", false},
    {"local-zone:", "8.b.d.0.1.0.0.2.ip6.arpa. transparent", false},
    {"local-zone:", "localhost. transparent", true},
    {"local-zone:", "127.in-addr.arpa. transparent", true},
    {"local-zone:", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa. transparent",
     true},
    {"local-zone:", "invalid. transparent", true},
    {"local-zone:", "onion. transparent", true},
};

static err refuse(int failure, struct arena *texts, const char *what, const char *value)
{
    return err_of(ERR_SYNTAX, arena_printf(texts, "DNS: %s \"%s\": %s", what, value,
                                           ub_strerror(failure)));
}

static err context_set_up(struct ub_ctx *unbound, const struct dns_network *how,
                          struct arena *texts)
{
    int failure = 0;
    for (size_t i = 0; i < sizeof settings / sizeof *settings && !failure; i++) {
        if (how->server || !settings[i].server_named) {
            failure = ub_ctx_set_option(unbound, settings[i].name, settings[i].value);
        }
        if (failure) {
            return refuse(failure, texts, "setting", settings[i].name);
        }
    }
    (void)ub_ctx_debugout(unbound, NULL);
    if (how->trust_anchor && (failure = ub_ctx_add_ta(unbound, how->trust_anchor)) != 0) {
        return refuse(failure, texts, "trust anchor", how->trust_anchor);
    }
    if ((failure = ub_ctx_async(unbound, 1)) != 0) {
        return refuse(failure, texts, "starting", "thread");
    }
    const char *from = how->server;
    if (how->server == NULL) {
        from = how->resolv_conf;
        failure = ub_ctx_resolvconf(unbound, from);
        (void)ub_ctx_hosts(unbound, how->hosts);
    } else {
        failure = ub_ctx_set_fwd(unbound, how->server);
    }
    if (failure) {
        return refuse(failure, texts, how->server ? "server (ADDRESS or ADDRESS@PORT)" : "reading",
                      from);
    }
    /* The first change of a zone, here of none, makes it look at all that was set before, the anchor among it. */
    failure = ub_ctx_zone_remove(unbound, "none.invalid.");
    return failure ? refuse(failure, texts, "settings, trust anchor",
                            how->trust_anchor ? how->trust_anchor : "none") : OK;
}

static void resolver_free(struct resolver *r)
{
    if (r != NULL) {
        ub_ctx_delete(r->unbound);
        arena_free(r->arena);
    }
}

static err resolver_open(const struct dns_network *how, struct arena *texts, struct resolver **r)
{
    struct ub_ctx *unbound = ub_ctx_create();
    if (unbound == NULL) {
        return err_of(ERR_DEFER, "DNS: the resolver could not be started");
    }
    err e = context_set_up(unbound, how, texts);
    if (failed(e)) {
        ub_ctx_delete(unbound);
        return e;
    }
    struct arena *arena = arena_new();
    *r = ARENA_NEW(arena, struct resolver);
    **r = (struct resolver){.arena = arena, .unbound = unbound};
    return OK;
}

/* Whether the files are others than those that were seen last; they count as seen now. */
static bool files_differ(struct network *n)
{
    const char *const paths[FILES] = {n->how.resolv_conf, n->how.hosts};
    bool differ = false;
    for (size_t i = 0; i < FILES && n->how.server == NULL; i++) {
        struct stat now = {0}, *seen = &n->files[i];
        (void)stat(paths[i], &now);
        differ = differ || now.st_ino != seen->st_ino || now.st_size != seen->st_size ||
                 now.st_mtim.tv_sec != seen->st_mtim.tv_sec ||
                 now.st_mtim.tv_nsec != seen->st_mtim.tv_nsec;
        *seen = now;
    }
    return differ;
}

/* The resolver for a question. Files that cannot be used change nothing. */
static struct resolver *resolver_take(struct network *n)
{
    struct resolver *fresh, *gone = NULL;
    pthread_mutex_lock(&n->mutex);
    if (files_differ(n)) {
        struct arena *texts = arena_new();
        if (!failed(resolver_open(&n->how, texts, &fresh))) {
            gone = n->resolver->asking == 0 ? n->resolver : NULL;
            n->resolver = fresh;
        }
        arena_free(texts);
    }
    struct resolver *r = n->resolver;
    r->asking++;
    pthread_mutex_unlock(&n->mutex);
    resolver_free(gone);
    return r;
}

static void resolver_leave(struct network *n, struct resolver *r)
{
    pthread_mutex_lock(&n->mutex);
    bool gone = --r->asking == 0 && r != n->resolver;
    pthread_mutex_unlock(&n->mutex);
    resolver_free(gone ? r : NULL);
}

static void network_ask(struct dns *dns, const struct dns_name *name, enum dns_type type,
                        millis timeout, struct arena *arena, struct dns_answer *answer)
{
    struct network *n = (struct network *)(void *)dns;
    struct question q = {.network = n, .resolver = resolver_take(n)};
    int id;
    char *text = arena_text(arena, dns_name_text(name, arena));
    int failure = ub_resolve_async(q.resolver->unbound, text, (int)type, 1, &q, answer_arrives, &id);
    answer->outcome = DNS_AGAIN;
    if (failure == 0 && !question_wait(n, &q, id, timeout > 0 ? timeout : n->how.timeout)) {
        answer->why = "timeout";
    } else if (failure || q.failure) {
        answer->why = arena_printf(arena, "resolver: %s",
                                   ub_strerror(failure ? failure : q.failure));
    } else {
        answer_take(q.result, type, arena, answer);
    }
    ub_resolve_free(q.result);
    resolver_leave(n, q.resolver);
}

static void network_close(struct dns *dns)
{
    struct network *n = (struct network *)(void *)dns;
    resolver_free(n->resolver);
    pthread_cond_destroy(&n->changed);
    pthread_mutex_destroy(&n->mutex);
    arena_free(n->arena);
}

static const char *kept_text(struct arena *arena, const char *text, const char *otherwise)
{
    return text ? arena_text(arena, span_text(text)) : otherwise;
}

err dns_open_network(const struct dns_network *how, struct arena *texts, struct dns **dns)
{
    struct arena *arena = arena_new();
    struct network *n = ARENA_NEW(arena, struct network);
    *n = (struct network){.dns = {network_ask, network_close}, .arena = arena, .how = {
        .resolv_conf = kept_text(arena, how->resolv_conf, "/etc/resolv.conf"),
        .hosts = kept_text(arena, how->hosts, "/etc/hosts"),
        .trust_anchor = kept_text(arena, how->trust_anchor, NULL),
        .server = kept_text(arena, how->server, NULL),
        .timeout = how->timeout > 0 ? how->timeout : TIMEOUT_MILLIS,
    }};
    (void)files_differ(n);
    err e = resolver_open(&n->how, texts, &n->resolver);
    if (failed(e)) {
        arena_free(arena);
        return e;
    }
    pthread_condattr_t monotonic;
    CHECK(pthread_mutex_init(&n->mutex, NULL) == 0 && pthread_condattr_init(&monotonic) == 0);
    CHECK(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&n->changed, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    *dns = &n->dns;
    return OK;
}

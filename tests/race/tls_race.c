/* room: ref/tls
   Handshakes under both libraries, resumed and full, in threads side by side, while the clock moves hours
   on (ticket keys are changed), lifetimes are set anew and contexts are thrown away as by a reload. Claims:
   every handshake stands, what was written arrives, and no session is resumed that was not kept. GnuTLS looks at
   the clock more than once: where ten minutes pass inside one handshake, and its ticket's time with them, it may fail. */
#include "base/check.h"
#include "base/task.h"
#include "ref/tls/testing.h"

/* The libraries are not built for ThreadSanitizer: of their locks by atomic operations it sees nothing, of
   their memory only what goes through malloc and memcmp. What they do among themselves is theirs. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libcrypto.so\ncalled_from_lib:libssl.so\ncalled_from_lib:libgnutls.so\n"
           "called_from_lib:libnettle.so\ncalled_from_lib:libhogweed.so\ncalled_from_lib:libgmp.so\n"
           "called_from_lib:libp11-kit.so\ncalled_from_lib:libtasn1.so\n";
}

#define THREADS 4
#define ROUNDS 100

struct shared {
    struct testing_desk desk;
    _Atomic unsigned resumed, full, torn, number;
    _Atomic bool over;
};

static void call_once(struct shared *s, unsigned round)
{
    char peer[16];
    enum tls_library server = (round & 1) != 0 ? TLS_OPENSSL : TLS_GNUTLS;
    enum tls_library client = (round & 2) != 0 ? TLS_OPENSSL : TLS_GNUTLS;
    struct testing_desk mine = {.shared = s->desk.shared, .hints = s->desk.hints};
    (void)snprintf(peer, sizeof peer, "192.0.2.%u", round % 5);
    mine.arena = arena_new();
    struct testing_call call = {
        .desk = &mine, .at_server = testing_server(server, (round & 4) != 0 ? "1.2" : "1.3"),
        .at_client = testing_client(client), .server_wants = {.tickets = true},
        .client_wants = {.verify = TLS_VERIFY_MUST, .sni = SPAN("mx.test.ex"), .tickets = true,
                         .names = SPAN("mx.test.ex"), .peer_address = span_text(peer),
                         .local_address = SPAN_EMPTY, .load_balancer = SPAN_EMPTY}};
    instant before = clock_now(&s->desk.clock.clock);
    testing_call(&call);
    if ((failed(call.client) || failed(call.server)) && clock_now(&s->desk.clock.clock) != before) {
        atomic_fetch_add(&s->torn, 1);
        testing_hang_up(&call);
        arena_free(mine.arena);
        return;
    }
    if (failed(call.client) || failed(call.server)) {
        (void)fprintf(stderr, "round %u: client: %s; server: %s\n", round, err_text(call.client, mine.arena),
                      err_text(call.server, mine.arena));
        abort();
    }
    CHECK(strcmp(call.echo, "hello") == 0);
    bool used = (call.client_facts.resumption & TLS_RESUME_RESUMED) != 0;
    CHECK(used == ((call.server_facts.resumption & TLS_RESUME_RESUMED) != 0));
    CHECK(!used || (call.client_facts.resumption & TLS_RESUME_OFFERED) != 0);
    atomic_fetch_add(used ? &s->resumed : &s->full, 1);
    testing_hang_up(&call);
    arena_free(mine.arena);
}

static void use(void *arg)
{
    struct shared *s = arg;
    unsigned number = atomic_fetch_add(&s->number, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        call_once(s, i + number);
    }
}

static void disturb(void *arg)
{
    struct shared *s = arg;
    for (unsigned i = 0; !s->over; i++) {
        clock_still_move(&s->desk.clock, 600 * NANOS_PER_SECOND);
        if (i % 4 == 0) {
            tls_shared_lives(s->desk.shared, 7200 * 1000 + i, 3600 * 1000 + i);
        }
        if (i % 8 == 0) {
            tls_shared_forget(s->desk.shared);
        }
        usleep(20000);
    }
}

int main(void)
{
    static struct shared s;
    testing_open(&s.desk);
    struct task_group *group = task_group_new(THREADS, 0), *side = task_group_new(1, 0);
    CHECK(!failed(task_start(side, disturb, &s)));
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(!failed(task_start(group, use, &s)));
    }
    task_group_free(group);
    s.over = true;
    task_group_free(side);
    CHECK(s.resumed + s.full + s.torn == THREADS * ROUNDS);
    CHECK(s.resumed > 0 && s.full > 0);
    testing_close(&s.desk);
    return 0;
}

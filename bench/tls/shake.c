/* The load of bench/tls: connections one after the other in some threads, each with one TLS handshake, full
   or resumed, behind STARTTLS or bare, and a line said and answered inside. Prints how many there were in
   a second, and what processor time a connection cost the server.
     shake PORT smtp|bare 1.2|1.3 full|resumed|clear CONNECTIONS THREADS PID
   clear: the same dialogue without TLS, NOOP in place of STARTTLS, to be subtracted.
   PID: a process in the pid namespace of the server: time of all in it counts, of those that ended too. */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct load {
    uint16_t port;
    bool smtp, resumed, clear;
    SSL_CTX *ctx;
    _Atomic long left;
    _Atomic long resumptions;
};

static void die(const char *what)
{
    fprintf(stderr, "shake: %s\n", what);
    exit(1);
}

/* The socket that a thread of ours sees its tickets come from: one slot a thread. */
static int keep(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION **slot = SSL_get_app_data(ssl);
    SSL_SESSION_free(*slot);
    *slot = session;
    return 1;
}

static int dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        die("connect");
    }
    return fd;
}

/* Reads to the end of a reply, a line whose fourth octet is a blank; false: it is no yes. */
static bool hear(int fd, SSL *ssl)
{
    char text[4096];
    size_t len = 0;
    for (;;) {
        ssize_t got = ssl ? SSL_read(ssl, text + len, (int)(sizeof text - len))
                          : read(fd, text + len, sizeof text - len);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        size_t line = len - 1;
        while (line > 0 && text[line - 1] != '\n') {
            line--;
        }
        if (text[len - 1] == '\n' && len - line >= 4 && text[line + 3] == ' ') {
            return text[line] == '2';
        }
    }
}

static void say(int fd, SSL *ssl, const char *line)
{
    int len = (int)strlen(line);
    if ((ssl ? SSL_write(ssl, line, len) : (int)write(fd, line, (size_t)len)) != len) {
        die("write");
    }
}

/* False: the server did not want to; another may be tried. */
static bool connection(struct load *l, SSL_SESSION **kept)
{
    int fd = dial(l->port);
    bool wanted = true;
    if (l->smtp) {
        wanted = hear(fd, NULL);
        say(fd, NULL, "EHLO c.test\r\n");
        wanted = wanted && hear(fd, NULL);
        say(fd, NULL, l->clear ? "NOOP\r\n" : "STARTTLS\r\n");
        wanted = wanted && hear(fd, NULL);
    }
    if (!wanted) {
        close(fd);
        return false;
    }
    if (l->clear) {
        say(fd, NULL, "EHLO c.test\r\n");
        hear(fd, NULL);
        say(fd, NULL, "QUIT\r\n");
        hear(fd, NULL);
        close(fd);
        return true;
    }
    SSL *ssl = SSL_new(l->ctx);
    SSL_set_fd(ssl, fd);
    SSL_set_app_data(ssl, kept);
    if (l->resumed && *kept != NULL) {
        SSL_set_session(ssl, *kept);
    }
    if (SSL_connect(ssl) != 1) {
        ERR_print_errors_fp(stderr);
        die("handshake");
    }
    l->resumptions += SSL_session_reused(ssl);
    if (l->smtp) {
        say(fd, ssl, "EHLO c.test\r\n");
        hear(fd, ssl);
        say(fd, ssl, "QUIT\r\n");
        hear(fd, ssl);
    } else {
        char text[64];
        say(fd, ssl, "hello\n");
        if (SSL_read(ssl, text, sizeof text) <= 0) {
            die("no echo");
        }
    }
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
    return true;
}

static void *thread(void *arg)
{
    struct load *l = arg;
    SSL_SESSION *kept = NULL;
    while (atomic_fetch_sub(&l->left, 1) > 0) {
        for (int tries = 0; !connection(l, &kept); tries++) {
            if (tries == 200) {
                die("the server refuses");
            }
            usleep(50000);
        }
    }
    SSL_SESSION_free(kept);
    return NULL;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double processor(const char *pid)
{
    char path[64], want[64], is[64];
    double ticks = 0;
    snprintf(path, sizeof path, "/proc/%s/ns/pid", pid);
    ssize_t len = readlink(path, want, sizeof want - 1);
    if (len < 0) {
        die("no such process");
    }
    want[len] = '\0';
    DIR *all = opendir("/proc");
    for (struct dirent *d; (d = readdir(all)) != NULL;) {
        snprintf(path, sizeof path, "/proc/%.20s/ns/pid", d->d_name);
        len = readlink(path, is, sizeof is - 1);
        is[len > 0 ? len : 0] = '\0';
        if (strcmp(is, want) != 0) {
            continue;
        }
        snprintf(path, sizeof path, "/proc/%.20s/stat", d->d_name);
        FILE *f = fopen(path, "r");
        unsigned long u = 0, s = 0, cu = 0, cs = 0;
        if (f != NULL && fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
                                &u, &s, &cu, &cs) == 4) {
            ticks += (double)(u + s + cu + cs);
        }
        if (f != NULL) {
            fclose(f);
        }
    }
    closedir(all);
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        die("PORT smtp|bare 1.2|1.3 full|resumed|clear CONNECTIONS THREADS PID");
    }
    long count = atol(argv[5]), threads = atol(argv[6]);
    int version = strcmp(argv[3], "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    struct load l = {.port = (uint16_t)atoi(argv[1]), .smtp = strcmp(argv[2], "smtp") == 0,
                     .resumed = strcmp(argv[4], "resumed") == 0,
                     .clear = strcmp(argv[4], "clear") == 0, .left = count,
                     .ctx = SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_min_proto_version(l.ctx, version);
    SSL_CTX_set_max_proto_version(l.ctx, version);
    SSL_CTX_set_session_cache_mode(l.ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(l.ctx, keep);
    pthread_t ids[64];
    double used = processor(argv[7]), began = now();
    for (long i = 0; i < threads; i++) {
        pthread_create(&ids[i], NULL, thread, &l);
    }
    for (long i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
    }
    double took = now() - began;
    usleep(300000); /* processes that are about to end count when they have */
    used = processor(argv[7]) - used;
    printf("%.0f %.3f %ld\n", (double)count / took, used * 1000 / (double)count, (long)l.resumptions);
    return 0;
}

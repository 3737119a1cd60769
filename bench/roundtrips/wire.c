/* A wire between two network namespaces: a tun device in each, and every packet taken from one is given to
   the other after a delay. Where netem is missing this is how long round trips are had. What a SYN carries
   (TCP Fast Open, RFC 7413) is told, and all packets are written as a capture.

     wire PID_A PID_B DELAY_MS CAPTURE     PID: a process in the namespace; the devices are called wire0
   "ready" is printed when both are there; a line "syn SECONDS OCTETS TEXT" for each SYN from A. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { OCTETS = 2048, WAITING = 8192, TCP = 6, SYN = 2, ACK = 16, SHOWN = 60 };

struct packet {
    int64_t due;
    int to;
    size_t len;
    unsigned char at[OCTETS];
};

static struct packet ring[WAITING];
static size_t first, count;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t nanos(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int open_end(const char *pid)
{
    char path[64];
    struct ifreq want = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET) < 0) {
        die(path);
    }
    close(space);
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    strcpy(want.ifr_name, "wire0");
    if (fd < 0 || ioctl(fd, TUNSETIFF, &want) < 0) {
        die("/dev/net/tun");
    }
    return fd;
}

/* ---- what is told of packets ---- */

static void put32(FILE *f, uint32_t n)
{
    fwrite(&n, sizeof n, 1, f);
}

static FILE *open_capture(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) {
        die(path);
    }
    put32(f, 0xa1b2c3d4);
    put32(f, 2 | 4 << 16);
    put32(f, 0);
    put32(f, 0);
    put32(f, OCTETS);
    put32(f, 101); /* raw IP */
    return f;
}

static void capture(FILE *f, const unsigned char *at, size_t len)
{
    int64_t now = nanos(CLOCK_REALTIME);
    put32(f, (uint32_t)(now / 1000000000));
    put32(f, (uint32_t)(now % 1000000000 / 1000));
    put32(f, (uint32_t)len);
    put32(f, (uint32_t)len);
    fwrite(at, 1, len, f);
    fflush(f);
}

/* A SYN of the client, and what rides on it. */
static void tell_syn(const unsigned char *at, size_t len, int64_t since)
{
    size_t ip = (size_t)(at[0] & 15) * 4;
    if (len < 40 || at[0] >> 4 != 4 || at[9] != TCP || ip + 20 > len ||
        (at[ip + 13] & (SYN | ACK)) != SYN) {
        return;
    }
    size_t from = ip + (size_t)(at[ip + 12] >> 4) * 4;
    size_t octets = from < len ? len - from : 0;
    printf("syn %.3f %zu ", (double)(nanos(CLOCK_MONOTONIC) - since) / 1e9, octets);
    for (size_t i = from; i < len && i < from + SHOWN && at[i] != '\r'; i++) {
        putchar(at[i] >= 32 && at[i] < 127 ? at[i] : '.');
    }
    putchar('\n');
    fflush(stdout);
}

/* ---- the wire ---- */

static bool take(int from, int to, int64_t delay)
{
    struct packet *p = &ring[(first + count) % WAITING];
    ssize_t got = count < WAITING ? read(from, p->at, sizeof p->at) : -1;
    if (got <= 0) {
        return false;
    }
    p->due = nanos(CLOCK_MONOTONIC) + delay;
    p->to = to;
    p->len = (size_t)got;
    count++;
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: wire PID_A PID_B DELAY_MS CAPTURE\n");
        return 64;
    }
    int a = open_end(argv[1]);
    int b = open_end(argv[2]);
    int64_t delay = atoll(argv[3]) * 1000000;
    int64_t since = nanos(CLOCK_MONOTONIC);
    FILE *f = open_capture(argv[4]);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int64_t wait = count > 0 ? ring[first].due - nanos(CLOCK_MONOTONIC) : 1000000000;
        struct timespec until = {.tv_nsec = wait < 0 ? 0 : wait > 999999999 ? 999999999 : wait};
        struct pollfd ends[] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
        (void)ppoll(ends, 2, &until, NULL);
        while (take(a, b, delay)) {
            struct packet *p = &ring[(first + count - 1) % WAITING];
            tell_syn(p->at, p->len, since);
            capture(f, p->at, p->len);
        }
        while (take(b, a, delay)) {
            struct packet *p = &ring[(first + count - 1) % WAITING];
            capture(f, p->at, p->len);
        }
        while (count > 0 && ring[first].due <= nanos(CLOCK_MONOTONIC)) {
            (void)!write(ring[first].to, ring[first].at, ring[first].len);
            first = (first + 1) % WAITING;
            count--;
        }
    }
}

/* Captures of any length: many sessions at once, some out of order, some repeated, some never closed;
   and how much memory reading one takes. The text of the sessions is that of Exim's greeting and a
   message of 8 KB, so that a capture of n MB has about n * 100 sessions, which
   come at forty or so a second; one in thirty is left in the middle and never closed.

       capture_flood write FILE MEGABYTES
       capture_flood read FILE            prints packets, flows, octets and the highest resident size
       capture_flood session FILE         one session whole, for tests of the verbs
       capture_flood both FILE MEGABYTES  write, read, remove
       capture_flood bare FILE            nothing but libpcap's loop: what reading costs at least
       capture_flood measure COMMAND...   what a command took, as numbers on standard error: milliseconds of
                                          CPU, milliseconds, KB resident at most */
#include "base/buf.h"
#include "base/file.h"
#include "pcap/dialogue.h"
#include "pcap/made.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SESSIONS_AT_ONCE 200u
#define MESSAGE_OCTETS 8192u
#define PIECE_OCTETS 1400u

/* ---- writing ---- */

struct session {
    uint16_t port;
    unsigned step;
    uint32_t next[2];
    size_t body; /* octets of it said */
};

struct flood {
    struct buf out;
    int fd;
    uint64_t packets;
    uint64_t written;
    uint64_t dice;
    bool failed;
    bool tidy; /* nothing repeated, nothing out of order */
};

static unsigned dice(struct flood *f, unsigned sides)
{
    f->dice = f->dice * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(f->dice >> 40) % sides;
}

static void flush(struct flood *f)
{
    f->failed = f->failed || failed(fd_write_all(f->fd, buf_span(&f->out)));
    f->written += f->out.len;
    buf_clear(&f->out);
}

static void put(struct flood *f, struct session *s, bool client, unsigned flags, span payload)
{
    struct capture_packet p = made_packet(++f->packets, client, flags, s->next[client ? 0 : 1],
                                          flags & MADE_A ? s->next[client ? 1 : 0] : 0, payload);
    *(client ? &p.from_port : &p.to_port) = s->port;
    p.at = (instant)f->packets * NANOS_PER_MILLI;
    made_segment_record(&f->out, &p);
    if (!f->tidy && payload.len && dice(f, 20) == 0) {
        made_segment_record(&f->out, &p); /* again */
    }
    s->next[client ? 0 : 1] += (uint32_t)payload.len + (flags & (MADE_S | MADE_F) ? 1 : 0);
}

/* Two pieces of the message, the second one first. */
static void put_turned(struct flood *f, struct session *s, span first, span second)
{
    s->next[0] += (uint32_t)first.len;
    put(f, s, true, MADE_A, second);
    s->next[0] -= (uint32_t)(first.len + second.len);
    put(f, s, true, MADE_A, first);
    s->next[0] += (uint32_t)second.len;
}

struct line {
    bool client;
    const char *text;
};

static const struct line lines[] = {
    {false, "220 mx.example.com ESMTP Exim 4.96 Sat, 21 Nov 2026 22:24:41 +0000\r\n"},
    {true, "EHLO client.example.org\r\n"},
    {false, "250-mx.example.com Hello client.example.org\r\n250-SIZE 52428800\r\n250 PIPELINING\r\n"},
    {true, "MAIL FROM:<a@client.example.org>\r\n"},
    {false, "250 OK\r\n"},
    {true, "RCPT TO:<u@test.ex>\r\n"},
    {false, "250 Accepted\r\n"},
    {true, "DATA\r\n"},
    {false, "354 Enter message, ending with \".\" on a line by itself\r\n"},
    {true, NULL}, /* the message */
    {false, "250 OK id=1xUtV3-0002q8-0Z\r\n"},
    {true, "QUIT\r\n"},
    {false, "221 mx.example.com closing connection\r\n"},
};
#define LINES (sizeof lines / sizeof *lines)

static void put_message(struct flood *f, struct session *s)
{
    unsigned char text[MESSAGE_OCTETS];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (unsigned char)(i % 72 == 70 ? '\r' : i % 72 == 71 ? '\n' : 'a' + i % 26);
    }
    memcpy(text, "Subject: flood\r\n\r\n", 18);
    memcpy(text + sizeof text - 5, "\r\n.\r\n", 5);
    span left = span_from(span_of(text, sizeof text), s->body);
    span one = span_first(left, PIECE_OCTETS);
    span two = span_part(left, one.len, PIECE_OCTETS);
    if (!f->tidy && two.len && dice(f, 8) == 0) {
        put_turned(f, s, one, two);
        s->body += one.len + two.len;
    } else {
        put(f, s, true, MADE_A, one);
        s->body += one.len;
    }
    s->step += s->body >= MESSAGE_OCTETS;
}

/* One step of a session; false when it is over. */
static bool step(struct flood *f, struct session *s)
{
    if (s->step == 0) {
        put(f, s, true, MADE_S, SPAN_EMPTY);
        put(f, s, false, MADE_S | MADE_A, SPAN_EMPTY);
        s->step = 1;
        return true;
    }
    if (s->step > LINES) {
        put(f, s, true, MADE_A | MADE_F, SPAN_EMPTY);
        put(f, s, false, MADE_A | MADE_F, SPAN_EMPTY);
        put(f, s, true, MADE_A, SPAN_EMPTY);
        return false;
    }
    const struct line *l = &lines[s->step - 1];
    if (!l->text) {
        put_message(f, s);
        return true;
    }
    put(f, s, l->client, MADE_A, span_text(l->text));
    s->step++;
    return !(!f->tidy && dice(f, 400) == 0); /* some just stop: nobody closes them */
}

static void begin(struct flood *f, struct session *s, uint16_t port)
{
    *s = (struct session){.port = port, .next = {dice(f, 1u << 24) * 256, dice(f, 1u << 24) * 256}};
}

static int write_flood(const char *path, uint64_t octets, bool tidy)
{
    struct flood f = {.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), .dice = 7, .tidy = tidy};
    struct session sessions[SESSIONS_AT_ONCE];
    unsigned count = tidy ? 1 : SESSIONS_AT_ONCE;
    uint16_t port = 1024;
    if (f.fd < 0) {
        perror(path);
        return 1;
    }
    buf_init(&f.out, (size_t)1 << 22);
    made_file_begin(&f.out, 101);
    for (unsigned i = 0; i < count; i++) {
        begin(&f, &sessions[i], port++);
    }
    bool more = true;
    while (more && !f.failed) {
        unsigned i = dice(&f, count);
        if (!step(&f, &sessions[i])) {
            port = port == UINT16_MAX ? 1024 : (uint16_t)(port + 1);
            begin(&f, &sessions[i], port);
            more = !tidy;
        }
        if (f.out.len > (size_t)1 << 20) {
            flush(&f);
        }
        more = more && (tidy || f.written < octets);
    }
    flush(&f);
    close(f.fd);
    buf_wipe(&f.out);
    if (f.failed) {
        fprintf(stderr, "%s cannot be written\n", path);
    }
    return f.failed;
}

/* ---- reading ---- */

struct reading {
    uint64_t flows, octets, replies, cut;
};

static err see(void *context, const struct capture_flow *flow)
{
    struct reading *r = context;
    struct dialogue d;
    dialogue_read(flow, flow->arena, &d);
    r->flows++;
    r->octets += flow->side[0].octets.len + flow->side[1].octets.len;
    r->replies += dialogue_replies_in(&d, flow->side[CAPTURE_SERVER].octets.len);
    r->cut += flow->cut != NULL;
    return OK;
}

static int read_flood(const char *path)
{
    struct arena *arena = arena_new();
    struct recording *file;
    struct reading r = {0};
    struct capture_totals totals = {0};
    struct capture_limits limits = capture_limits_usual();
    limits.idle = 60000;
    millis begun = clock_ticks();
    err e = recording_open(path, arena, &file);
    if (!failed(e)) {
        e = capture_read(file, &limits, see, &r, &totals);
        recording_close(file);
    }
    if (failed(e)) {
        fprintf(stderr, "%s\n", err_text(e, arena));
        arena_free(arena);
        return 1;
    }
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("%llu packets, %llu flows (%llu cut), %llu octets, %llu replies, %lld ms, %ld KB resident at most\n",
           (unsigned long long)totals.packets, (unsigned long long)r.flows, (unsigned long long)r.cut,
           (unsigned long long)r.octets, (unsigned long long)r.replies, (long long)(clock_ticks() - begun),
           use.ru_maxrss);
    arena_free(arena);
    return r.flows == 0 || r.replies < r.flows;
}

/* ---- to compare with ---- */

static int read_bare(const char *path)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *file = pcap_open_offline(path, why);
    if (!file) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    struct pcap_pkthdr *header;
    const unsigned char *octets;
    uint64_t packets = 0;
    uint64_t all = 0;
    for (; pcap_next_ex(file, &header, &octets) == 1; packets++) {
        all += header->caplen;
    }
    pcap_close(file);
    printf("%llu packets, %llu octets\n", (unsigned long long)packets, (unsigned long long)all);
    return packets == 0;
}

static long long millis_of(struct timeval t)
{
    return (long long)t.tv_sec * 1000 + t.tv_usec / 1000;
}

static int measure(char **command)
{
    millis begun = clock_ticks();
    int status = 1;
    struct rusage use;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &use) < 0) {
        perror("capture_flood measure");
        return 1;
    }
    fprintf(stderr, "%lld %lld %ld\n", millis_of(use.ru_utime) + millis_of(use.ru_stime),
            (long long)(clock_ticks() - begun), use.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    uint64_t megabytes = 0;
    if (argc == 4 && span_to_u64(span_text(argv[3]), &megabytes) && strcmp(argv[1], "write") == 0) {
        return write_flood(argv[2], megabytes << 20, false);
    }
    if (argc == 4 && megabytes > 0 && strcmp(argv[1], "both") == 0) {
        int status = write_flood(argv[2], megabytes << 20, false);
        status = status ? status : read_flood(argv[2]);
        (void)unlink(argv[2]);
        return status;
    }
    if (argc == 3 && strcmp(argv[1], "read") == 0) {
        return read_flood(argv[2]);
    }
    if (argc == 3 && strcmp(argv[1], "session") == 0) {
        return write_flood(argv[2], 0, true);
    }
    if (argc == 3 && strcmp(argv[1], "bare") == 0) {
        return read_bare(argv[2]);
    }
    if (argc > 2 && strcmp(argv[1], "measure") == 0) {
        return measure(argv + 2);
    }
    fprintf(stderr, "usage: capture_flood write|both FILE MEGABYTES | read|session|bare FILE | measure COMMAND...\n");
    return 3;
}

/* libpcap, non-blocking: no second process, no thread, and nothing to wait for. */
#include "harness/case/capture.h"

#include "pcap/block.h"

#include <pcap/pcap.h>

#define RING_OCTETS (16 << 20)
#define SNAPLEN 262144

struct capture {
    pcap_t *live;
};

static void drop(unsigned char *user, const struct pcap_pkthdr *header, const unsigned char *octets)
{
    (void)user;
    (void)header;
    (void)octets;
}

static err set_up(pcap_t *live, const char *filter, struct arena *arena)
{
    char why[PCAP_ERRBUF_SIZE];
    struct bpf_program program;
    (void)pcap_set_snaplen(live, SNAPLEN);
    (void)pcap_set_buffer_size(live, RING_OCTETS);
    (void)pcap_set_immediate_mode(live, 1);
    if (pcap_activate(live) < 0 || pcap_setnonblock(live, 1, why) < 0) {
        return err_of(ERR_DEFER, arena_printf(arena, "no capture: %s", pcap_geterr(live)));
    }
    if (filter && (pcap_compile(live, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)) {
        return err_of(ERR_DEFER, arena_printf(arena, "no capture: %s", pcap_geterr(live)));
    }
    if (filter) {
        int set = pcap_setfilter(live, &program);
        pcap_freecode(&program);
        return set < 0 ? err_of(ERR_DEFER, "no capture: the filter is refused") : OK;
    }
    return OK;
}

err capture_open(const char *device, const char *filter, struct arena *arena, struct capture **c)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    *c = NULL;
    pcap_t *live = pcap_create(device, why);
    if (!live) {
        return err_of(ERR_DEFER, arena_printf(arena, "no capture: %s", why));
    }
    err e = set_up(live, filter, arena);
    if (failed(e)) {
        pcap_close(live);
        return e;
    }
    *c = ARENA_NEW(arena, struct capture);
    (*c)->live = live;
    return OK;
}

void capture_begin(struct capture *c)
{
    while (c && pcap_dispatch(c->live, -1, drop, NULL) > 0) {
    }
}

static void keep(unsigned char *user, const struct pcap_pkthdr *header, const unsigned char *octets)
{
    instant at = (instant)header->ts.tv_sec * NANOS_PER_SECOND + (instant)header->ts.tv_usec * 1000;
    capture_file_add((struct capture_file *)(void *)user, at, span_of(octets, header->caplen), header->len);
}

err capture_end(struct capture *c, const char *path, span secrets, struct arena *arena)
{
    struct capture_file *file;
    if (!c) {
        return err_of(ERR_DEFER, "no capture");
    }
    TRY(capture_file_new(path, pcap_datalink(c->live), secrets, arena, &file));
    while (pcap_dispatch(c->live, -1, keep, (unsigned char *)file) > 0) {
    }
    return capture_file_end(file);
}

void capture_close(struct capture *c)
{
    if (c) {
        pcap_close(c->live);
    }
}

/* Frames made by hand, and every length in them made to lie in turn. */
#include "pcap/packet.h"

#include "pcap/made.h"

#include <criterion/criterion.h>
#include <pcap/dlt.h>

/* What stands before the IP header, by link type. */
struct link_row {
    const char *label;
    int link;
    const char *bytes;
    size_t len;
    bool v6;
};

static const struct link_row links[] = {
    {"null, little-endian writer", DLT_NULL, "\2\0\0\0", 4, false},
    {"null, big-endian writer", DLT_NULL, "\0\0\0\2", 4, false},
    {"null, IPv6 of FreeBSD", DLT_NULL, "\34\0\0\0", 4, true},
    {"loop", DLT_LOOP, "\0\0\0\2", 4, false},
    {"loop, IPv6 of OpenBSD", DLT_LOOP, "\0\0\0\30", 4, true},
    {"ethernet", DLT_EN10MB, "aaaaaabbbbbb\x08\0", 14, false},
    {"ethernet, IPv6", DLT_EN10MB, "aaaaaabbbbbb\x86\xdd", 14, true},
    {"ethernet, VLAN", DLT_EN10MB, "aaaaaabbbbbb\x81\0\0\5\x08\0", 18, false},
    {"ethernet, VLAN in VLAN", DLT_EN10MB, "aaaaaabbbbbb\x88\xa8\0\5\x81\0\0\6\x86\xdd", 22, true},
    {"cooked", DLT_LINUX_SLL, "\0\0\0\1\0\6aaaaaa\0\0\x08\0", 16, false},
    {"cooked 2", DLT_LINUX_SLL2, "\x08\0\0\0\0\0\0\1\0\1\0\6aaaaaaaa", 20, false},
    {"raw", DLT_RAW, "", 0, false},
    {"raw, IPv6", DLT_RAW, "", 0, true},
};

static void put_ipv6(struct buf *out, unsigned next, span extensions, const struct capture_packet *p)
{
    made_u32(out, 0x60000000);
    made_u16(out, (unsigned)(20 + p->payload.len + extensions.len));
    made_u16(out, next << 8 | 64);
    buf_put_text(out, " from 16 octets.");
    buf_put_text(out, "towards 16 octet");
    buf_put(out, extensions);
    made_tcp(out, p);
}

Test(capture_packet, every_link_type_leads_to_the_segment)
{
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct buf b;
        buf_init(&b, 4096);
        struct capture_packet sent = made_packet(1, true, MADE_A, 1000, 2000, SPAN("QUIT\r\n"));
        buf_put(&b, span_of(links[i].bytes, links[i].len));
        if (links[i].v6) {
            put_ipv6(&b, 6, SPAN_EMPTY, &sent);
        } else {
            made_ipv4(&b, &sent);
        }
        buf_put_text(&b, "padding of the card"); /* behind the datagram: no part of it */
        struct capture_frame f = {.number = 9, .link = links[i].link, .bytes = buf_span(&b), .said = b.len};
        struct capture_packet p;
        const char *why;
        cr_assert_eq(capture_packet_read(&f, &p, &why), PACKET_TCP, "%s: %s", links[i].label, why);
        cr_assert(span_eq(p.payload, SPAN("QUIT\r\n")), "%s: %.*s", links[i].label, SPAN_FMT(p.payload));
        cr_assert(p.seq == 1000 && p.ack == 2000 && p.has_ack && !p.syn && p.from_port == 4000, "%s",
                  links[i].label);
        cr_assert_eq(p.from.v6, links[i].v6, "%s", links[i].label);
        buf_wipe(&b);
    }
}

/* A good IPv4 frame with one octet changed, or cut. */
struct broken_row {
    const char *label;
    size_t at;
    unsigned char value;
    size_t keep; /* octets captured; 0: all */
    enum packet_kind kind;
    const char *why;
};

static const struct broken_row broken_rows[] = {
    {"as it is", 0, 0x45, 0, PACKET_TCP, ""},
    {"no octets at all", 0, 0x45, SIZE_MAX, PACKET_BROKEN, "link header"},
    {"version 6 in a raw frame that is version 4", 0, 0x65, 0, PACKET_BROKEN, "IPv6"},
    {"version 9", 0, 0x95, 0, PACKET_OTHER, ""},
    {"header of four words", 0, 0x44, 0, PACKET_BROKEN, "header length"},
    {"header longer than the datagram", 0, 0x4f, 0, PACKET_BROKEN, "less than the header"},
    {"total length beyond the frame", 3, 200, 0, PACKET_BROKEN, "more than the frame"},
    {"total length less than the header", 3, 10, 0, PACKET_BROKEN, "less than the header"},
    {"total length that ends in the TCP header", 3, 30, 0, PACKET_BROKEN, "data offset"},
    {"total length 0, as offload leaves it", 3, 0, 0, PACKET_TCP, ""},
    {"UDP", 9, 17, 0, PACKET_OTHER, ""},
    {"GRE", 9, 47, 0, PACKET_OTHER, "GRE"},
    {"a later fragment", 7, 1, 0, PACKET_FRAGMENT, ""},
    {"data offset of four words", 32, 0x40, 0, PACKET_BROKEN, "data offset"},
    {"data offset behind the datagram", 32, 0xf0, 0, PACKET_BROKEN, "data offset"},
    {"cut in the IP header", 0, 0x45, 12, PACKET_BROKEN, "IPv4 header is cut"},
    {"cut in the TCP header", 0, 0x45, 30, PACKET_BROKEN, "TCP header is cut"},
    {"cut in the payload", 0, 0x45, 42, PACKET_TCP, ""},
};

Test(capture_packet, lengths_that_lie_are_named)
{
    for (size_t i = 0; i < sizeof broken_rows / sizeof *broken_rows; i++) {
        const struct broken_row *r = &broken_rows[i];
        struct buf b;
        buf_init(&b, 4096);
        struct capture_packet sent = made_packet(1, true, MADE_A, 1, 2, SPAN("QUIT\r\n"));
        made_ipv4(&b, &sent);
        b.at[r->at] = r->value;
        size_t keep = r->keep == SIZE_MAX ? 0 : r->keep ? r->keep : b.len;
        struct capture_frame f = {.number = 9, .link = DLT_RAW, .bytes = span_first(buf_span(&b), keep), .said = b.len};
        struct capture_packet p;
        const char *why;
        cr_assert_eq(capture_packet_read(&f, &p, &why), r->kind, "%s: %s", r->label, why);
        cr_assert(strstr(why, r->why), "%s: %s", r->label, why);
        buf_wipe(&b);
    }
}

Test(capture_packet, a_cut_payload_keeps_its_length_on_the_wire)
{
    struct buf b;
    buf_init(&b, 4096);
    struct capture_packet sent = made_packet(1, true, MADE_A, 1, 2, SPAN("0123456789"));
    made_ipv4(&b, &sent);
    struct capture_frame f = {.link = DLT_RAW, .bytes = span_first(buf_span(&b), 44), .said = b.len};
    struct capture_packet p;
    const char *why;
    cr_assert_eq(capture_packet_read(&f, &p, &why), PACKET_TCP);
    cr_assert_eq(p.payload.len, 4);
    cr_assert_eq(p.payload_said, 10);
    buf_wipe(&b);
}

struct extension_row {
    const char *label;
    unsigned first;
    const char *bytes;
    size_t len;
    enum packet_kind kind;
};

static const struct extension_row extensions[] = {
    {"hop by hop", 0, "\6\0\1\4\0\0\0\0", 8, PACKET_TCP},
    {"routing, then destination options", 43, "\74\0\0\0\0\0\0\0\6\1________\0\0\0\0\0\0", 24, PACKET_TCP},
    {"authentication header", 51, "\6\4................______", 24, PACKET_TCP},
    {"fragment header of a whole datagram", 44, "\6\0\0\0\0\0\0\1", 8, PACKET_TCP},
    {"first fragment", 44, "\6\0\0\1\0\0\0\1", 8, PACKET_TCP},
    {"later fragment", 44, "\6\0\0\x08\0\0\0\1", 8, PACKET_FRAGMENT},
    {"encrypted", 50, "\6\0\0\0\0\0\0\0", 8, PACKET_OTHER},
    {"longer than the datagram", 0, "\6\377\1\4\0\0\0\0", 8, PACKET_BROKEN},
    {"no next header", 59, "", 0, PACKET_OTHER},
};

Test(capture_packet, ipv6_extension_headers_are_walked)
{
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        struct buf b;
        buf_init(&b, 4096);
        struct capture_packet sent = made_packet(1, true, MADE_A, 1, 2, SPAN("QUIT\r\n"));
        put_ipv6(&b, extensions[i].first, span_of(extensions[i].bytes, extensions[i].len), &sent);
        struct capture_frame f = {.link = DLT_RAW, .bytes = buf_span(&b), .said = b.len};
        struct capture_packet p;
        const char *why;
        enum packet_kind kind = capture_packet_read(&f, &p, &why);
        cr_assert_eq(kind, extensions[i].kind, "%s: %d %s", extensions[i].label, (int)kind, why);
        if (kind == PACKET_TCP) {
            cr_assert(span_eq(p.payload, SPAN("QUIT\r\n")), "%s", extensions[i].label);
            cr_assert_eq(p.fragment, strcmp(extensions[i].label, "first fragment") == 0);
        }
        buf_wipe(&b);
    }
}

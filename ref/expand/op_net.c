/* Operators for IP addresses: mask, ipv6norm, ipv6denorm, reverse_ip. */
#include "ref/expand/operators.h"

#include "ref/lookup/network.h"

static bool no_ip(struct expansion *x, span text)
{
    return eval_fail(x, "\"%.*s\" is not an IP address", SPAN_FMT(text));
}

static unsigned group(const struct network *ip, size_t i)
{
    return (unsigned)ip->octets[2 * i] << 8 | ip->octets[2 * i + 1];
}

/* RFC 5952 4.2: the first of the longest runs of two zeros or more. */
static size_t longest_run(const struct network *ip, size_t *at)
{
    size_t best = 1, here = 0;
    *at = 8;
    for (size_t i = 0; i < 8; i++) {
        here = group(ip, i) == 0 ? here + 1 : 0;
        if (here > best) {
            best = here;
            *at = i + 1 - here;
        }
    }
    return best;
}

static void put_ipv6(const struct network *ip, struct buf *out)
{
    size_t at;
    size_t run = longest_run(ip, &at);
    for (size_t i = 0; i < 8; i++) {
        if (i == at) {
            buf_put_text(out, "::");
            i += run - 1;
        } else {
            buf_printf(out, i && i != at + run ? ":%x" : "%x", group(ip, i));
        }
    }
}

static void put_all_digits(const struct network *ip, char separator, struct buf *out)
{
    for (size_t i = 0; i < 8; i++) {
        if (i) {
            buf_put_byte(out, (unsigned char)separator);
        }
        buf_printf(out, "%04x", group(ip, i));
    }
}

/* IPv4 as IPv6, RFC 4291 2.5.5.2. */
static void widen(struct network *ip)
{
    if (ip->len == 4) {
        struct network wide = {.len = 16};
        wide.octets[10] = wide.octets[11] = 0xff;
        memcpy(wide.octets + 12, ip->octets, 4);
        *ip = wide;
    }
}

bool op_mask(struct expansion *x, const struct operation *op, struct value *value)
{
    span host, bits_text;
    uint64_t bits = 0;
    struct network ip;
    struct buf text;
    span_split(value->text, '/', &host, &bits_text);
    if (!network_read(host, &ip) || (bits_text.len && !span_to_u64(bits_text, &bits))) {
        return no_ip(x, value->text);
    }
    if (!bits_text.len) {
        return eval_fail(x, "missing mask value in \"%.*s\"", SPAN_FMT(value->text));
    }
    if (bits > ip.bits) {
        return eval_fail(x, "mask value too big in \"%.*s\"", SPAN_FMT(value->text));
    }
    ip = network_masked(ip, (unsigned)bits);
    buf_init(&text, 128);
    if (ip.len == 4) {
        buf_printf(&text, "%u.%u.%u.%u", ip.octets[0], ip.octets[1], ip.octets[2], ip.octets[3]);
    } else if (span_eq(op->suffix, SPAN("n"))) {
        put_ipv6(&ip, &text);
    } else {
        put_all_digits(&ip, '.', &text);
    }
    buf_printf(&text, "/%u", (unsigned)bits);
    return eval_take(x, &text, &value->text);
}

bool op_ipv6(struct expansion *x, const struct operation *op, struct value *value)
{
    struct network ip;
    struct buf text;
    if (!network_read(value->text, &ip)) {
        return no_ip(x, value->text);
    }
    widen(&ip);
    buf_init(&text, 128);
    if (op->row->variant == IPV6_ALL_DIGITS) {
        put_all_digits(&ip, ':', &text);
    } else {
        put_ipv6(&ip, &text);
    }
    return eval_take(x, &text, &value->text);
}

/* The name to be asked for in the DNS, without the zone of such names. */
bool op_reverse_ip(struct expansion *x, const struct operation *op, struct value *value)
{
    struct address address;
    (void)op;
    if (!address_parse(value->text, 0, &address)) {
        return eval_fail(x, "reverse_ip() not given an IP address [%.*s]", SPAN_FMT(value->text));
    }
    span name = dns_reverse_name(&address, x->arena);
    size_t zone = span_find(name, SPAN(".in-addr.arpa"));
    zone = zone == SPAN_NONE ? span_find(name, SPAN(".ip6.arpa")) : zone;
    value->text = span_first(name, zone);
    return true;
}

/* Addresses are compared by octets and bits, so that one way of writing them is as good as another. */
#include "ref/lookup/network.h"

#include <netinet/in.h>

struct network network_of(const struct address *a)
{
    struct network n = {.len = 0};
    if (a->storage.ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)&a->storage;
        n.len = 4;
        memcpy(n.octets, &four->sin_addr, n.len);
    } else if (a->storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)&a->storage;
        n.len = 16;
        memcpy(n.octets, &six->sin6_addr, n.len);
    }
    n.bits = (unsigned)n.len * 8;
    return n;
}

bool network_read(span text, struct network *n)
{
    struct address a;
    if (!address_parse(text, 0, &a)) {
        return false;
    }
    *n = network_of(&a);
    return true;
}

struct network network_narrowed(struct network n)
{
    static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};
    if (n.len == 16 && memcmp(n.octets, prefix, sizeof prefix) == 0) {
        memmove(n.octets, n.octets + sizeof prefix, 4);
        n.len = 4;
        n.bits = 32;
    }
    return n;
}

struct network network_masked(struct network n, unsigned bits)
{
    for (unsigned i = 0; i < n.len; i++) {
        unsigned here = bits >= 8 * (i + 1) ? 8 : (bits <= 8 * i ? 0 : bits - 8 * i);
        n.octets[i] = (unsigned char)(n.octets[i] & (0xff00u >> here));
    }
    return n;
}

bool network_has(const struct network *net, const struct network *ip)
{
    size_t whole = net->bits / 8;
    unsigned left = net->bits % 8;
    return net->len == ip->len && memcmp(net->octets, ip->octets, whole) == 0 &&
           (left == 0 || ((net->octets[whole] ^ ip->octets[whole]) >> (8 - left)) == 0);
}

/* Addresses are compared by octets and bits, so that one way of writing them is as good as another. */
#include "ref/lookup/network.h"

struct network network_of(const struct address *a)
{
    struct network n = {.len = 0};
    n.len = address_octets(a, n.octets);
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
    size_t len = address_octets_narrow(n.octets, n.len);
    n.bits = len < n.len ? 32 : n.bits;
    n.len = len;
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

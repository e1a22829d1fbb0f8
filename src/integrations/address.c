// address.c: which addresses a call may go to.

#include "integrations/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

typedef struct network {
    int         family;
    const char *address;
    unsigned    bits;
} network;

static const network networks[] = {
#define NETWORK(family, address, bits, what) {(family) == 4 ? AF_INET : AF_INET6, address, bits},
#include "integrations/addresses.def"
#undef NETWORK
};

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool is_in(const uint8_t *address, const network *n)
{
    uint8_t prefix[16];
    return inet_pton(n->family, n->address, prefix) == 1 && same_bits(address, prefix, n->bits);
}

static bool is_special(int family, const uint8_t *address)
{
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        if (networks[i].family == family && is_in(address, &networks[i]))
            return true;
    }
    return false;
}

// The IPv4 address that an IPv6 one stands for, or NULL: mapped, compatible, translated (NAT64),
// 6to4.
static const uint8_t *embedded(const uint8_t six[16])
{
    static const network at_end[] = {{AF_INET6, "::ffff:0:0", 96},
                                     {AF_INET6, "::", 96},
                                     {AF_INET6, "64:ff9b::", 96},
                                     {AF_INET6, "64:ff9b:1::", 48},
                                     {AF_INET6, "::ffff:0:0:0", 96}};
    static const network six_to_four = {AF_INET6, "2002::", 16};
    for (size_t i = 0; i < sizeof at_end / sizeof at_end[0]; i++) {
        if (is_in(six, &at_end[i]))
            return six + 12;
    }
    return is_in(six, &six_to_four) ? six + 2 : NULL;
}

static bool is_loopback(int family, const uint8_t *address)
{
    static const network four = {AF_INET, "127.0.0.0", 8}, six = {AF_INET6, "::1", 128};
    return is_in(address, family == AF_INET ? &four : &six);
}

static bool allowed(int family, const uint8_t *address, sw_reach reach)
{
    const uint8_t *four = family == AF_INET6 ? embedded(address) : NULL;
    bool           six_is_special = four != NULL && is_special(AF_INET6, address); // ::, ::1
    if (four != NULL && !six_is_special)
        return allowed(AF_INET, four, reach);
    switch (reach) {
    case SW_REACH_ANY:
        return true;
    case SW_REACH_PUBLIC:
        return !is_special(family, address);
    case SW_REACH_LOOPBACK:
        return is_loopback(family, address);
    }
    return false;
}

bool sw_address_is_allowed(const struct sockaddr *address, sw_reach reach)
{
    const void *any = address;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = any;
        return allowed(AF_INET, (const uint8_t *)&four->sin_addr, reach);
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = any;
        return allowed(AF_INET6, six->sin6_addr.s6_addr, reach);
    }
    return reach == SW_REACH_ANY;
}

bool sw_address_text_is_allowed(const char *text, sw_reach reach)
{
    uint8_t address[16];
    if (inet_pton(AF_INET, text, address) == 1)
        return allowed(AF_INET, address, reach);
    if (inet_pton(AF_INET6, text, address) == 1)
        return allowed(AF_INET6, address, reach);
    return reach == SW_REACH_ANY;
}

/* All operators. Names with an underscore in them are whole names; in others what follows the
   underscore is an argument. */
#include "ref/expand/operators.h"

const struct operator_row operator_rows[] = {
    {"address", op_address, "the address out of a mailbox as header fields have them"},
    {"addresses", op_addresses, "the addresses out of a list of mailboxes"},
    {"base32", op_base32, "a number in base 32"},
    {"base32d", op_base32d, "a number out of base 32"},
    {"base62", op_base62, "a number in base 62, six digits"},
    {"base62d", op_base62d, "a number out of base 62"},
    {"base64", op_base64, "octets in base64"},
    {"base64d", op_base64d, "octets out of base64"},
    {"domain", op_domain, "the domain of a mailbox"},
    {"escape", op_escape, "octets that do not print as backslash sequences"},
    {"escape8bit", op_escape8bit, "octets above 127 and backslashes as octal"},
    {"eval", op_eval, "the value of an arithmetic expression"},
    {"eval10", op_eval10, "the same with decimal numbers only"},
    {"expand", op_expand, "the text expanded once more"},
    {"from_utf8", op_from_utf8, "ISO 8859-1 out of UTF-8"},
    {"h", op_hash, "as hash"},
    {"hash", op_hash, "a hash made of letters and digits"},
    {"hex2b64", op_hex2b64, "base64 of octets in hexadecimal"},
    {"hexquote", op_hexquote, "octets that are not printable as \\xNN, blanks too"},
    {"ipv6denorm", op_ipv6denorm, "an IPv6 address with all its digits"},
    {"ipv6norm", op_ipv6norm, "an IPv6 address as RFC 5952 has it"},
    {"l", op_length, "as length"},
    {"lc", op_lc, "lower case"},
    {"length", op_length, "the first octets"},
    {"listcount", op_listcount, "how many items a list has"},
    {"listnamed", op_listnamed, "the text of a named list"},
    {"local_part", op_local_part, "the local part of a mailbox"},
    {"mask", op_mask, "a network out of an address with a prefix length"},
    {"md5", op_md5, "MD5, in lower case hexadecimal"},
    {"nh", op_nhash, "as nhash"},
    {"nhash", op_nhash, "a hash that is a number, or two"},
    {"quote", op_quote, "in quotes if it needs them"},
    {"quote_local_part", op_quote_local_part, "a local part, in quotes if it needs them"},
    {"randint", op_randint, "a random number below the one given"},
    {"reverse_ip", op_reverse_ip, "an address for a look into a DNS list"},
    {"rfc2047", op_rfc2047, "encoded words, where they are needed"},
    {"rfc2047d", op_rfc2047d, "encoded words decoded"},
    {"rxquote", op_rxquote, "a text as a regular expression that matches it"},
    {"s", op_substr, "as substr"},
    {"sha1", op_sha1, "SHA-1, in upper case hexadecimal"},
    {"sha2", op_sha2, "SHA-2 of a length: sha2_512"},
    {"sha256", op_sha256, "SHA-256, in upper case hexadecimal"},
    {"sha3", op_sha3, "SHA-3 of a length: sha3_512"},
    {"stat", op_stat, "what the system knows of a file"},
    {"str2b64", op_base64, "as base64"},
    {"strlen", op_strlen, "how many octets"},
    {"substr", op_substr, "a part by offset and length"},
    {"time_eval", op_time_eval, "seconds out of a time"},
    {"time_interval", op_time_interval, "a time out of seconds"},
    {"uc", op_uc, "upper case"},
    {"utf8_domain_from_alabel", NULL, "internationalised domains: refused"},
    {"utf8_domain_to_alabel", NULL, "internationalised domains: refused"},
    {"utf8_localpart_from_alabel", NULL, "internationalised local parts: refused"},
    {"utf8_localpart_to_alabel", NULL, "internationalised local parts: refused"},
    {"utf8clean", op_utf8clean, "UTF-8 with what is none as question marks"},
};
const size_t operator_row_count = sizeof operator_rows / sizeof operator_rows[0];

static const struct operator_row *find(span name)
{
    size_t low = 0, high = operator_row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_order(name, span_text(operator_rows[middle].name));
        if (order == 0) {
            return &operator_rows[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct operator_row *operator_find(span name, span *suffix)
{
    *suffix = SPAN_EMPTY;
    const struct operator_row *row = find(name);
    size_t at = span_find_byte(name, '_');
    if (!row && at != SPAN_NONE) {
        row = find(span_first(name, at));
        *suffix = span_from(name, at + 1);
    }
    return row;
}

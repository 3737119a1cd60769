/* All operators. Names with an underscore in them are whole names; in others what follows the
   underscore is an argument. */
#include "ref/expand/operators.h"

#include "base/rows.h"
#include "ref/expand/digest.h"

const struct operator_row operator_rows[] = {
    {"address", op_mailbox, MAILBOX_ADDRESS, "the address out of a mailbox as header fields have them"},
    {"addresses", op_addresses, 0, "the addresses out of a list of mailboxes"},
    {"base32", op_to_base, 32, "a number in base 32"},
    {"base32d", op_from_base, 32, "a number out of base 32"},
    {"base62", op_to_base, 62, "a number in base 62, six digits"},
    {"base62d", op_from_base, 62, "a number out of base 62"},
    {"base64", op_base64, 0, "octets in base64"},
    {"base64d", op_base64d, 0, "octets out of base64"},
    {"domain", op_mailbox, MAILBOX_DOMAIN, "the domain of a mailbox"},
    {"escape", op_escape, ESCAPE_UNPRINTABLE, "octets that do not print as backslash sequences"},
    {"escape8bit", op_escape, ESCAPE_EIGHT_BIT, "octets above 127 and backslashes as octal"},
    {"eval", op_eval, EVAL_ANY_BASE, "the value of an arithmetic expression"},
    {"eval10", op_eval, EVAL_DECIMAL, "the same with decimal numbers only"},
    {"expand", op_expand, 0, "the text expanded once more"},
    {"from_utf8", op_from_utf8, 0, "ISO 8859-1 out of UTF-8"},
    {"h", op_hash, 0, "as hash"},
    {"hash", op_hash, 0, "a hash made of letters and digits"},
    {"hex2b64", op_hex2b64, 0, "base64 of octets in hexadecimal"},
    {"hexquote", op_hexquote, 0, "octets that are not printable as \\xNN, blanks too"},
    {"ipv6denorm", op_ipv6, IPV6_ALL_DIGITS, "an IPv6 address with all its digits"},
    {"ipv6norm", op_ipv6, IPV6_SHORT, "an IPv6 address as RFC 5952 has it"},
    {"l", op_length, 0, "as length"},
    {"lc", op_case, CASE_LOWER, "lower case"},
    {"length", op_length, 0, "the first octets"},
    {"listcount", op_listcount, 0, "how many items a list has"},
    {"listnamed", op_listnamed, 0, "the text of a named list"},
    {"local_part", op_mailbox, MAILBOX_LOCAL_PART, "the local part of a mailbox"},
    {"mask", op_mask, 0, "a network out of an address with a prefix length"},
    {"md5", op_digest, DIGEST_MD5, "MD5, in lower case hexadecimal"},
    {"nh", op_nhash, 0, "as nhash"},
    {"nhash", op_nhash, 0, "a hash that is a number, or two"},
    {"quote", op_quote, 0, "in quotes if it needs them"},
    {"quote_local_part", op_quote_local_part, 0, "a local part, in quotes if it needs them"},
    {"randint", op_randint, 0, "a random number below the one given"},
    {"reverse_ip", op_reverse_ip, 0, "an address for a look into a DNS list"},
    {"rfc2047", op_rfc2047, 0, "encoded words, where they are needed"},
    {"rfc2047d", op_rfc2047d, 0, "encoded words decoded"},
    {"rxquote", op_rxquote, 0, "a text as a regular expression that matches it"},
    {"s", op_substr, 0, "as substr"},
    {"sha1", op_digest, DIGEST_SHA1, "SHA-1, in upper case hexadecimal"},
    {"sha2", op_digest_of_length, DIGEST_SHA224, "SHA-2 of a length: sha2_512"},
    {"sha256", op_digest, DIGEST_SHA256, "SHA-256, in upper case hexadecimal"},
    {"sha3", op_digest_of_length, DIGEST_SHA3_224, "SHA-3 of a length: sha3_512"},
    {"stat", op_stat, 0, "what the system knows of a file"},
    {"str2b64", op_base64, 0, "as base64"},
    {"strlen", op_strlen, 0, "how many octets"},
    {"substr", op_substr, 0, "a part by offset and length"},
    {"time_eval", op_time_eval, 0, "seconds out of a time"},
    {"time_interval", op_time_interval, 0, "a time out of seconds"},
    {"uc", op_case, CASE_UPPER, "upper case"},
    {"utf8_domain_from_alabel", NULL, 0, "internationalised domains: refused"},
    {"utf8_domain_to_alabel", NULL, 0, "internationalised domains: refused"},
    {"utf8_localpart_from_alabel", NULL, 0, "internationalised local parts: refused"},
    {"utf8_localpart_to_alabel", NULL, 0, "internationalised local parts: refused"},
    {"utf8clean", op_utf8clean, 0, "UTF-8 with what is none as question marks"},
};
const size_t operator_row_count = sizeof operator_rows / sizeof operator_rows[0];

const struct operator_row *operator_find(span name, span *suffix)
{
    *suffix = SPAN_EMPTY;
    const struct operator_row *row = ROWS_FIND(operator_rows, name);
    size_t at = span_find_byte(name, '_');
    if (!row && at != SPAN_NONE) {
        row = ROWS_FIND(operator_rows, span_first(name, at));
        *suffix = span_from(name, at + 1);
    }
    return row;
}

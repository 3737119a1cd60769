/* All items. What Exim has and this server refuses stands here too, so that it is refused by
   name. */
#include "ref/expand/items.h"

const struct item_row item_rows[] = {
    {"acl", ITEM_STRINGS, 1, 10, {NULL}, item_acl, "what an ACL says, given up to nine arguments"},
    {"authresults",
     ITEM_STRINGS,
     1,
     1,
     {NULL},
     item_authresults,
     "an Authentication-Results: header of this server"},
    {"certextract",
     ITEM_SLOTS_TAIL,
     0,
     0,
     {"field arg", "cert variable arg"},
     item_certextract,
     "a field of a certificate"},
    {"dlfunc", ITEM_REFUSED, 0, 0, {NULL}, NULL, "a function of a shared object: refused"},
    {"env", ITEM_SLOTS_TAIL, 0, 0, {"name arg"}, item_env, "a variable of the environment"},
    {"extract",
     ITEM_EXTRACT,
     0,
     0,
     {NULL},
     item_extract,
     "a field by number or by name, also of JSON"},
    {"filter",
     ITEM_FILTER,
     0,
     0,
     {"first arg"},
     item_filter,
     "the items for which a condition holds"},
    {"hash", ITEM_STRINGS, 2, 3, {NULL}, item_hash, "a hash made of letters and digits"},
    {"hmac", ITEM_STRINGS, 3, 3, {NULL}, item_hmac, "HMAC with md5 or sha1, in hexadecimal"},
    {"if", ITEM_IF, 0, 0, {NULL}, item_if, "one text or another, by a condition"},
    {"imapfolder", ITEM_REFUSED, 0, 0, {NULL}, NULL, "IMAP's UTF-7: refused"},
    {"length", ITEM_STRINGS, 2, 2, {NULL}, item_length, "the first octets"},
    {"listextract",
     ITEM_SLOTS_TAIL,
     0,
     0,
     {"arg 1", "arg 2"},
     item_listextract,
     "an item of a list, by number"},
    {"listquote", ITEM_STRINGS, 2, 2, {NULL}, item_listquote, "a text as one item of a list"},
    {"lookup", ITEM_LOOKUP, 0, 0, {NULL}, item_lookup, "what a file or the DNS has for a key"},
    {"map", ITEM_SLOTS, 0, 0, {"first arg", "last arg"}, item_map, "a list with each item changed"},
    {"nhash", ITEM_STRINGS, 2, 3, {NULL}, item_nhash, "a hash that is a number, or two"},
    {"perl", ITEM_REFUSED, 0, 0, {NULL}, NULL, "a Perl function: refused"},
    {"prvs", ITEM_STRINGS, 2, 3, {NULL}, item_prvs, "an address with a signature that expires"},
    {"prvscheck", ITEM_STRINGS, 2, 3, {NULL}, item_prvscheck, "the address that prvs signed"},
    {"readfile", ITEM_STRINGS, 1, 2, {NULL}, item_readfile, "a file's content"},
    {"readsocket", ITEM_REFUSED, 0, 0, {NULL}, NULL, "what a socket answers: refused"},
    {"reduce",
     ITEM_SLOTS,
     0,
     0,
     {"first arg", "second arg", "last arg"},
     item_reduce,
     "a list made into one value"},
    {"run", ITEM_REFUSED, 0, 0, {NULL}, NULL, "a program's output: refused"},
    {"sg", ITEM_STRINGS, 3, 3, {NULL}, item_sg, "all matches of a regular expression replaced"},
    {"sort",
     ITEM_SLOTS,
     0,
     0,
     {"list arg", "comparator arg", "extractor arg"},
     item_sort,
     "a list in order"},
    {"srs_encode", ITEM_STRINGS, 3, 3, {NULL}, item_srs_encode, "a return path rewritten by SRS"},
    {"substr", ITEM_STRINGS, 2, 3, {NULL}, item_substr, "a part by offset and length"},
    {"tr", ITEM_STRINGS, 3, 3, {NULL}, item_tr, "characters replaced by others"},
};
const size_t item_row_count = sizeof item_rows / sizeof item_rows[0];

const struct item_row *item_find(span name)
{
    size_t low = 0, high = item_row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_order(name, span_text(item_rows[middle].name));
        if (order == 0) {
            return &item_rows[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

bool item_values(const struct item *item, struct expansion *x, struct value *values)
{
    for (size_t i = 0; i < item->count; i++) {
        if (!eval_template(item->args[i], x, &values[i])) {
            return false;
        }
    }
    return true;
}

/* All items. What Exim has and this server refuses stands here too, so that it is refused by
   name. */
#include "ref/expand/items.h"

#include "base/rows.h"

#define ROW(name_, shape_, eval_, doc_)                                                            \
    .name = name_, .shape = ITEM_##shape_, .eval = eval_, .doc = doc_
#define STRINGS(name, least_, most_, eval, doc)                                                    \
    {                                                                                              \
        ROW(name, STRINGS, eval, doc), .least = least_, .most = most_                              \
    }
#define SLOTS(shape, name, eval, doc, ...)                                                         \
    {                                                                                              \
        ROW(name, shape, eval, doc), .slots = { __VA_ARGS__ }                                      \
    }
#define OTHER(shape, name, eval, doc)                                                              \
    {                                                                                              \
        ROW(name, shape, eval, doc)                                                                \
    }
#define REFUSED(name, doc)                                                                         \
    {                                                                                              \
        ROW(name, REFUSED, NULL, doc)                                                              \
    }

const struct item_row item_rows[] = {
    STRINGS("acl", 1, 10, item_acl, "what an ACL says, given up to nine arguments"),
    STRINGS("authresults", 1, 1, item_authresults,
            "an Authentication-Results: header of this server"),
    SLOTS(SLOTS_TAIL, "certextract", item_certextract, "a field of a certificate", "field arg",
          "cert variable arg"),
    REFUSED("dlfunc", "a function of a shared object: refused"),
    SLOTS(SLOTS_TAIL, "env", item_env, "a variable of the environment", "name arg"),
    OTHER(EXTRACT, "extract", item_extract, "a field by number or by name, also of JSON"),
    SLOTS(FILTER, "filter", item_filter, "the items for which a condition holds", "first arg"),
    STRINGS("hash", 2, 3, item_hash, "a hash made of letters and digits"),
    STRINGS("hmac", 3, 3, item_hmac, "HMAC with md5 or sha1, in hexadecimal"),
    OTHER(IF, "if", item_if, "one text or another, by a condition"),
    REFUSED("imapfolder", "IMAP's UTF-7: refused"),
    STRINGS("length", 2, 2, item_length, "the first octets"),
    SLOTS(SLOTS_TAIL, "listextract", item_listextract, "an item of a list, by number", "arg 1",
          "arg 2"),
    STRINGS("listquote", 2, 2, item_listquote, "a text as one item of a list"),
    OTHER(LOOKUP, "lookup", item_lookup, "what a file or the DNS has for a key"),
    SLOTS(SLOTS, "map", item_map, "a list with each item changed", "first arg", "last arg"),
    STRINGS("nhash", 2, 3, item_nhash, "a hash that is a number, or two"),
    REFUSED("perl", "a Perl function: refused"),
    STRINGS("prvs", 2, 3, item_prvs, "an address with a signature that expires"),
    STRINGS("prvscheck", 2, 3, item_prvscheck, "the address that prvs signed"),
    STRINGS("readfile", 1, 2, item_readfile, "a file's content"),
    REFUSED("readsocket", "what a socket answers: refused"),
    SLOTS(SLOTS, "reduce", item_reduce, "a list made into one value", "first arg", "second arg",
          "last arg"),
    REFUSED("run", "a program's output: refused"),
    STRINGS("sg", 3, 3, item_sg, "all matches of a regular expression replaced"),
    SLOTS(SLOTS, "sort", item_sort, "a list in order", "list arg", "comparator arg",
          "extractor arg"),
    STRINGS("srs_encode", 3, 3, item_srs_encode, "a return path rewritten by SRS"),
    STRINGS("substr", 2, 3, item_substr, "a part by offset and length"),
    STRINGS("tr", 3, 3, item_tr, "characters replaced by others"),
};
const size_t item_row_count = sizeof item_rows / sizeof item_rows[0];

const struct item_row *item_find(span name)
{
    return ROWS_FIND(item_rows, name);
}

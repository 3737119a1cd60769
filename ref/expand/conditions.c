/* The conditions of ${if, as a table in order of names. A new one is a row here and a function in
   the file of its family. */
#include "ref/expand/condition.h"

#include "base/rows.h"

#define LE (ORDER_LESS | ORDER_SAME)
#define GE (ORDER_MORE | ORDER_SAME)

#define ROW(name_, shape_, least_, most_, variant_, test_, doc_)                                   \
    {.name = name_, .shape = shape_, .least = least_, .most = most_, .variant = variant_,          \
     .test = test_, .doc = doc_}
#define BARE(name, test, doc) ROW(name, CONDITION_BARE, 0, 0, 0, test, doc)
#define ONE(name, variant, test, doc) ROW(name, CONDITION_STRINGS, 1, 1, variant, test, doc)
#define TWO(name, variant, test, doc) ROW(name, CONDITION_STRINGS, 2, 2, variant, test, doc)
#define EACH(name, variant, doc) ROW(name, CONDITION_EACH, 1, 1, variant, cond_each, doc)
#define LIST(name_, kind_, doc_)                                                                   \
    {                                                                                              \
        .name = name_, .shape = CONDITION_STRINGS, .least = 2, .most = 2, .variant = kind_,        \
        .test = cond_match_list, .doc = doc_, .plain_last = true                                   \
    }
#define REFUSED(name, doc) ROW(name, CONDITION_REFUSED, 0, 0, 0, NULL, doc)

const struct condition_row condition_rows[] = {
    TWO("<", ORDER_LESS, cond_number, "{a}{b}: numbers, with K, M, G behind them; empty is 0"),
    TWO("<=", LE, cond_number, "{a}{b}: a is at most b"),
    TWO("=", ORDER_SAME, cond_number, "{a}{b}: the same number"),
    TWO("==", ORDER_SAME, cond_number, "{a}{b}: the same number"),
    TWO(">", ORDER_MORE, cond_number, "{a}{b}: a is more than b"),
    TWO(">=", GE, cond_number, "{a}{b}: a is at least b"),
    ROW("acl", CONDITION_GROUP, 1, 10, 0, cond_acl,
        "{{name}{arg}...}: the ACL accepts; $value is its message; defer is a forced failure"),
    ROW("and", CONDITION_ALL, 0, 0, ALL_HOLD, cond_all,
        "{{cond}{cond}...}: all of them; none is true"),
    ONE("bool", 0, cond_bool, "{s}: true, yes, no number 0; anything but these words is wrong"),
    ONE("bool_lax", 0, cond_bool_lax, "{s}: anything but empty, 0, no, false"),
    TWO("crypteq", 0, cond_crypteq,
        "{plain}{\\{md5\\}..., \\{sha1\\}..., \\{crypt\\}... or crypt(3)}: that is its hash"),
    ROW("def", CONDITION_DEF, 0, 0, 0, cond_def,
        ":name or :h_Name: the variable is not empty, the header is there"),
    TWO("eq", ORDER_SAME, cond_string, "{a}{b}: the same octets"),
    TWO("eqi", ORDER_SAME | ORDER_CASELESS, cond_string, "{a}{b}: the same, case apart"),
    ONE("exists", 0, cond_exists, "{path}: there is such a file or folder; an absolute path"),
    BARE("first_delivery", cond_first_delivery, "no delivery of the message was tried before"),
    EACH("forall", 0, "{list}{cond}: true for every $item, and there is one"),
    EACH("forall_json", LOOP_JSON, "{array}{cond}: the same over a JSON array"),
    EACH("forall_jsons", LOOP_JSON | LOOP_JSON_STRINGS, "{array}{cond}: strings without quotes"),
    EACH("forany", LOOP_ANY, "{list}{cond}: true for one $item at least"),
    EACH("forany_json", LOOP_ANY | LOOP_JSON, "{array}{cond}: the same over a JSON array"),
    EACH("forany_jsons", LOOP_ANY | LOOP_JSON | LOOP_JSON_STRINGS,
         "{array}{cond}: strings without quotes"),
    TWO("ge", GE, cond_string, "{a}{b}: a sorts not before b, by octets"),
    TWO("gei", GE | ORDER_CASELESS, cond_string, "{a}{b}: the same, case apart"),
    TWO("gt", ORDER_MORE, cond_string, "{a}{b}: a sorts behind b"),
    TWO("gti", ORDER_MORE | ORDER_CASELESS, cond_string, "{a}{b}: the same, case apart"),
    ROW("inbound_srs", CONDITION_PAIR, 2, 2, 0, cond_inbound_srs,
        "{local part}{secret}: an SRS0 address that is ours and fresh; sets $srs_recipient"),
    TWO("inlist", 0, cond_inlist, "{s}{list}: one of the items; $value is that item"),
    TWO("inlisti", ORDER_CASELESS, cond_inlist, "{s}{list}: the same, case apart"),
    ONE("isip", FAMILY_4 | FAMILY_6, cond_isip, "{s}: an IP address"),
    ONE("isip4", FAMILY_4, cond_isip, "{s}: an IPv4 address"),
    ONE("isip6", FAMILY_6, cond_isip, "{s}: an IPv6 address"),
    REFUSED("ldapauth", "a network login"),
    TWO("le", LE, cond_string, "{a}{b}: a sorts not behind b"),
    TWO("lei", LE | ORDER_CASELESS, cond_string, "{a}{b}: the same, case apart"),
    TWO("lt", ORDER_LESS, cond_string, "{a}{b}: a sorts before b"),
    TWO("lti", ORDER_LESS | ORDER_CASELESS, cond_string, "{a}{b}: the same, case apart"),
    TWO("match", 0, cond_match, "{s}{regex}: found anywhere in s; sets $0 to $9"),
    LIST("match_address", LIST_ADDRESS, "{address}{address list}: $value is what matched"),
    LIST("match_domain", LIST_DOMAIN, "{domain}{domain list}: $value is what matched"),
    LIST("match_ip", LIST_HOST, "{ip}{host list without names}: $value is what a lookup gave"),
    LIST("match_local_part", LIST_LOCAL_PART,
         "{local part}{local part list}: $value is what matched"),
    ROW("or", CONDITION_ALL, 0, 0, ONE_HOLDS, cond_all,
        "{{cond}{cond}...}: one of them; none is false"),
    REFUSED("pam", "a login by the system's modules"),
    REFUSED("pwcheck", "a login by a daemon"),
    BARE("queue_running", cond_queue_running, "the delivery was begun by a queue run"),
    REFUSED("radius", "a network login"),
    REFUSED("saslauthd", "a login by a daemon"),
};
const size_t condition_row_count = sizeof condition_rows / sizeof *condition_rows;

const struct condition_row *condition_find(span name)
{
    return ROWS_FIND(condition_rows, name);
}

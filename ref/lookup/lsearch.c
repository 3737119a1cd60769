/* lsearch, wildlsearch, nwildlsearch and iplsearch: the same files, and what a key means in each.
   */
#include "ref/lookup/cache.h"
#include "ref/lookup/driver.h"
#include "ref/lookup/network.h"

#include <errno.h>

static void open_failed(const struct lookup_search *search, err e, struct lookup_result *result)
{
    const struct lookup_request *q = search->request;
    if (e.kind == ERR_LIMIT) {
        lookup_not_open(result, arena_printf(q->arena,
                                             "%.*s is larger than %zu octets: use an lmdb file",
                                             SPAN_FMT(q->file), TEXT_FILE_OCTETS));
    } else if (e.sys == 0) {
        lookup_not_open(result, arena_printf(q->arena,
                                             "%.*s is not a regular file (lsearch lookup)",
                                             SPAN_FMT(q->file)));
    } else {
        char text[128];
        lookup_not_open(result, arena_printf(q->arena, "failed to open %.*s for linear search: %s",
                                             SPAN_FMT(q->file),
                                             strerror_r(e.sys, text, sizeof text)));
    }
}

static struct text_file *open_file(const struct lookup_search *search,
                                   struct lookup_result *result)
{
    struct text_file *file = NULL;
    const char *path = lookup_file_name(search);
    err e = path ? text_file_hold(&search->shared->texts, path, lookup_looked(search), &file)
                 : err_sys(ENOENT, "relative");
    if (failed(e)) {
        open_failed(search, e, result);
        return NULL;
    }
    return file;
}

static void take_value(const struct lookup_search *search, const struct text_entry *entry,
                       struct lookup_result *result)
{
    bool full = (search->options & LOOKUP_RET_FULL) != 0;
    lookup_found(result, text_entry_value(entry, full, search->request->arena));
}

void lookup_lsearch_find(struct lookup_search *search, struct lookup_result *result)
{
    struct text_entry entry;
    struct text_file *file = open_file(search, result);
    if (file == NULL) {
        return;
    }
    if (search->key.len > 0 && text_entry_find(file, search->key, search->request->arena, &entry)) {
        take_value(search, &entry, result);
    }
    text_file_release(&search->shared->texts, file);
}

/* Does this entry answer? False as well when it made the search defer. */
typedef bool entry_test(struct lookup_search *search, const struct text_entry *entry, void *with,
                        struct lookup_result *result);

static void search_from_top(struct lookup_search *search, entry_test *test, void *with,
                            struct lookup_result *result)
{
    struct text_file *file = open_file(search, result);
    if (file == NULL) {
        return;
    }
    struct text_entry entry;
    for (size_t at = 0; search->key.len > 0 && result->outcome == LOOKUP_ABSENT &&
                        text_entry_next(text_file_text(file), &at, &entry);) {
        if (test(search, &entry, with, result)) {
            take_value(search, &entry, result);
        }
    }
    text_file_release(&search->shared->texts, file);
}

static bool pattern_test(struct lookup_search *search, const struct text_entry *entry, void *expand,
                         struct lookup_result *result)
{
    const struct lookup_request *q = search->request;
    const struct lookup_language *language = q->language;
    span pattern = text_entry_key(entry, q->arena);
    if (language == NULL) {
        lookup_defer(result, "patterns in files cannot be matched here");
        return false;
    }
    if (expand) {
        err e = language->expand(language->context, pattern, &pattern);
        if (failed(e)) {
            lookup_defer(result, arena_printf(q->arena,
                                              "%.*s: the key \"%.*s\" cannot be expanded: %s",
                                              SPAN_FMT(q->file), SPAN_FMT(entry->key),
                                              err_text(e, q->arena)));
            return false;
        }
    }
    return language->pattern_matches(language->context, pattern, search->key);
}

void lookup_wildlsearch_find(struct lookup_search *search, struct lookup_result *result)
{
    bool expand = true;
    search_from_top(search, pattern_test, &expand, result);
}

void lookup_nwildlsearch_find(struct lookup_search *search, struct lookup_result *result)
{
    search_from_top(search, pattern_test, NULL, result);
}

/* The manual: IPv4 addresses mapped into IPv6 are taken as IPv4. */
static bool ip_parse(span text, struct network *ip)
{
    bool good = network_read(text, ip);
    *ip = good ? network_narrowed(*ip) : *ip;
    return good;
}

/* An address, or address/mask. */
static bool network_parse(span text, struct network *net)
{
    span host, mask;
    uint64_t bits;
    if (!span_split(text, '/', &host, &mask)) {
        return ip_parse(text, net);
    }
    if (!ip_parse(host, net) || !span_to_u64(mask, &bits) || bits > net->bits) {
        return false;
    }
    net->bits = (unsigned)bits;
    return true;
}

static bool network_test(struct lookup_search *search, const struct text_entry *entry, void *with,
                         struct lookup_result *result)
{
    (void)result;
    struct network net;
    span key = text_entry_key(entry, search->request->arena);
    return network_parse(key, &net) && network_has(&net, with);
}

void lookup_iplsearch_find(struct lookup_search *search, struct lookup_result *result)
{
    struct network ip = {0};
    if (span_eq(search->key, SPAN("*"))) { /* the default: a key like any other */
        lookup_lsearch_find(search, result);
        return;
    }
    if (search->key.len > 0 && !ip_parse(search->key, &ip)) {
        struct text_file *file = open_file(search, result);
        if (file) {
            text_file_release(&search->shared->texts, file);
            lookup_defer(result, arena_printf(search->request->arena, "\"%.*s\" is not a valid "
                "iplsearch key (an IP address, with optional CIDR mask, is wanted): in a host "
                "list, use net-iplsearch as the search type", SPAN_FMT(search->key)));
        }
        return;
    }
    search_from_top(search, network_test, &ip, result);
}

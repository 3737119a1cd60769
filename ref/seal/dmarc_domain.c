/* Which part of a name belongs to one organisation: the public suffix list, read by libpsl (RFC 7489
   3.2). RFC 9989 finds that out in the DNS; see dmarc.c. */
#include "ref/seal/dmarc.h"

#include "ref/mail/ascii.h"

#include <errno.h>
#include <libpsl.h>

enum { NAME_CEILING = 1024 };

static void *suffixes_make(const void *from, struct arena *texts, const char **why)
{
    errno = 0;
    psl_ctx_t *list = psl_load_file(from);
    int code = errno;
    if (list != NULL && psl_suffix_count(list) == 0) {
        psl_free(list);
        list = NULL;
        code = 0;
    }
    if (list == NULL) {
        *why = arena_text(texts, span_text(code != 0 ? strerror(code) : "it has no suffixes"));
    }
    return list;
}

static void suffixes_free(void *thing)
{
    psl_free(thing);
}

struct seal_held dmarc_suffixes_hold(struct seal_store *store, const char *path, struct arena *texts,
                                     const char **why)
{
    static const struct seal_kind_kept kind = {suffixes_make, suffixes_free};
    span name;
    if (!seal_store_file_name(path, texts, &name)) {
        *why = arena_text(texts, span_text(strerror(errno)));
        return (struct seal_held){.thing = NULL};
    }
    return seal_store_hold(store, &kind, name, path, texts, why);
}

span dmarc_organization(const struct dmarc_suffixes *suffixes, span domain, struct arena *arena)
{
    const psl_ctx_t *list = (const psl_ctx_t *)(const void *)suffixes;
    const char *name = arena_text(arena, domain);
    const char *organization = psl_registrable_domain(list, name);
    return organization != NULL ? span_text(organization) : domain;
}

bool dmarc_domain_read(span text, struct arena *arena, span *domain)
{
    struct buf ascii;
    buf_init(&ascii, NAME_CEILING);
    if (text.len > 0 && text.at[text.len - 1] == '.') {
        text = span_first(text, text.len - 1);
    }
    bool good = mail_domain_to_ascii(text, &ascii) && !buf_full(&ascii);
    *domain = arena_lower(arena, buf_span(&ascii));
    buf_wipe(&ascii);
    return good && spf_domain_good(*domain);
}

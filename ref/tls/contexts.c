/* Contexts are kept by their settings: the files behind them are read once, and again when one of them
   has changed or the configuration is read anew. Making one takes milliseconds, so it happens outside
   the lock; two threads may then make the same one, and the second is thrown away. */
#include "ref/tls/engine.h"

#include "base/check.h"
#include "base/file.h"
#include "ref/tls/names.h"

#include <stdio.h>

enum { FILE_CEILING = 8 << 20 };

static void stamp_read(struct tls_stamp *stamp)
{
    struct stat s;
    stamp->there = stat(stamp->path, &s) == 0;
    if (stamp->there) {
        stamp->changed = (int64_t)s.st_mtim.tv_sec * NANOS_PER_SECOND + s.st_mtim.tv_nsec;
        stamp->size = s.st_size;
        stamp->inode = s.st_ino;
    }
}

static void note(struct tls_context *c, const char *path)
{
    struct tls_stamp stamp = {.path = arena_text(c->arena, span_text(path))};
    stamp_read(&stamp);
    vec_add(c->arena, &c->stamps, stamp);
}

void tls_context_expires(struct tls_context *c, const char *path, int64_t seconds)
{
    instant until = seconds < INT64_MAX / NANOS_PER_SECOND ? seconds * NANOS_PER_SECOND : INT64_MAX;
    if (c->expires == 0 || until < c->expires) {
        c->expires = until;
        c->expires_file = arena_text(c->arena, span_text(path));
    }
}

static bool stale(const struct tls_context *c)
{
    for (size_t i = 0; i < c->stamps.count; i++) {
        const struct tls_stamp *then = &c->stamps.at[i];
        struct tls_stamp now = *then;
        stamp_read(&now);
        if (now.there != then->there || now.changed != then->changed || now.size != then->size ||
            now.inode != then->inode) {
            return true;
        }
    }
    return false;
}

static void digest_settings(const struct tls_settings *s, unsigned char digest[TLS_DIGEST])
{
    unsigned char kind[] = {(unsigned char)s->library, s->server};
    span parts[] = {span_of(kind, sizeof kind), s->certificate, s->private_key, s->trust, s->crl,
                    s->ocsp, s->ciphers, s->options};
    tls_digest_of(parts, sizeof parts / sizeof parts[0], digest);
}

void tls_context_release(struct tls_context *c)
{
    if (c != NULL && atomic_fetch_sub(&c->holders, 1) == 1) {
        c->engine->context_free(c->made);
        arena_free(c->arena);
    }
}

/* --- settings into a context ---------------------------------------------------------------------- */

static err file_take(struct tls_context *c, const char *option, span path, bool directories,
                     struct arena *texts, struct tls_file *file)
{
    struct stat s;
    *file = (struct tls_file){
        .option = option, .path = arena_text(texts, path), .content = SPAN_EMPTY};
    file->directory = directories && stat(file->path, &s) == 0 && S_ISDIR(s.st_mode);
    if (file->directory) {
        return OK;
    }
    note(c, file->path);
    err e = file_read(file->path, FILE_CEILING, texts, &file->content);
    return failed(e) ? err_in(e, texts, "%s", option) : OK;
}

/* Certificates and keys by pairs: one of each kind of key may be there. */
static err identities_use(struct tls_context *c, struct arena *texts)
{
    const struct tls_settings *s = &c->settings;
    span chains = s->certificate, keys = s->private_key, chain, key;
    struct tls_file chain_file, key_file;
    if (s->certificate.len == 0) {
        return s->server ? err_of(ERR_IO, "tls_certificate is not set") : OK;
    }
    while (tls_list_take(&chains, &chain)) {
        key = tls_list_take(&keys, &key) ? key : chain;
        TRY(file_take(c, "tls_certificate", chain, false, texts, &chain_file));
        TRY(file_take(c, "tls_privatekey", key, false, texts, &key_file));
        TRY(c->engine->identity_use(c, &chain_file, &key_file, texts));
    }
    return OK;
}

static err trust_use(struct tls_context *c, struct arena *texts)
{
    struct tls_file file = {
        .option = "tls_verify_certificates", .path = "system", .system = true};
    span list = c->settings.trust, path;
    if (span_eq(list, SPAN("system"))) {
        return c->engine->trust_use(c, &file, texts);
    }
    while (tls_list_take(&list, &path)) {
        TRY(file_take(c, "tls_verify_certificates", path, true, texts, &file));
        TRY(c->engine->trust_use(c, &file, texts));
    }
    return OK;
}

static err settings_use(struct tls_context *c, struct arena *texts)
{
    span list = c->settings.crl, path;
    struct tls_file file;
    TRY(c->engine->context_begin(c, texts));
    TRY(identities_use(c, texts));
    TRY(trust_use(c, texts));
    while (tls_list_take(&list, &path)) {
        TRY(file_take(c, "tls_crl", path, c->engine->crl_directories, texts, &file));
        TRY(c->engine->crl_use(c, &file, texts));
    }
    if (c->settings.ocsp.len > 0) {
        TRY(file_take(c, "tls_ocsp_file", c->settings.ocsp, false, texts, &file));
        c->staple = arena_copy(c->arena, file.content);
        TRY(c->engine->staple_use(c, &file, texts));
    }
    return OK;
}

static err context_make(struct tls_shared *shared, const struct tls_settings *s,
                        struct arena *texts, struct tls_context **made)
{
    struct arena *arena = arena_new();
    struct tls_context *c = ARENA_NEW(arena, struct tls_context);
    c->arena = arena;
    c->holders = 1;
    c->shared = shared;
    c->engine = tls_engines[s->library];
    c->settings = (struct tls_settings){
        .library = s->library, .server = s->server,
        .certificate = arena_copy(arena, s->certificate),
        .private_key = arena_copy(arena, s->private_key), .trust = arena_copy(arena, s->trust),
        .crl = arena_copy(arena, s->crl), .ocsp = arena_copy(arena, s->ocsp),
        .ciphers = arena_copy(arena, s->ciphers), .options = arena_copy(arena, s->options)};
    c->own = c->staple = SPAN_EMPTY;
    digest_settings(s, c->digest);
    err e = settings_use(c, texts);
    if (failed(e)) {
        tls_context_release(c);
        return e;
    }
    *made = c;
    return OK;
}

/* --- those that are kept --------------------------------------------------------------------------- */

/* The one that is kept, held, or NULL. */
static struct tls_context *find(struct tls_shared *shared, const unsigned char *digest)
{
    struct tls_context *found = NULL;
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    for (size_t i = 0; i < TLS_CONTEXTS_KEPT && found == NULL; i++) {
        struct tls_context *c = shared->contexts[i];
        if (c != NULL && memcmp(c->digest, digest, TLS_DIGEST) == 0) {
            found = c;
            found->holders++;
        }
    }
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    return found;
}

/* Keeps it in the place of another, or where there is none (NULL), or else of the oldest. */
static void keep(struct tls_shared *shared, struct tls_context *c, const struct tls_context *instead)
{
    size_t at = 0;
    c->holders++;
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    while (at < TLS_CONTEXTS_KEPT && shared->contexts[at] != instead) {
        at++;
    }
    at = at < TLS_CONTEXTS_KEPT ? at : shared->oldest++ % TLS_CONTEXTS_KEPT;
    struct tls_context *out = shared->contexts[at];
    shared->contexts[at] = c;
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    tls_context_release(out);
}

err tls_context_hold(struct tls_shared *shared, const struct tls_settings *settings,
                     struct arena *texts, struct tls_context **context)
{
    unsigned char digest[TLS_DIGEST];
    digest_settings(settings, digest);
    struct tls_context *old = find(shared, digest);
    if (old != NULL && !stale(old)) {
        *context = old;
        return OK;
    }
    err e = context_make(shared, settings, texts, context);
    if (!failed(e)) {
        keep(shared, *context, old);
    }
    tls_context_release(old);
    return e;
}

err tls_settings_check(struct tls_shared *shared, const struct tls_settings *settings,
                       struct arena *arena)
{
    struct tls_context *c;
    TRY(tls_context_hold(shared, settings, arena, &c));
    tls_context_release(c);
    return OK;
}

err tls_settings_current(struct tls_shared *shared, const struct tls_settings *settings,
                         struct arena *arena)
{
    struct tls_context *c;
    err e = OK;
    TRY(tls_context_hold(shared, settings, arena, &c));
    if (c->expires != 0 && c->expires < clock_now(shared->clock)) {
        e = err_of(ERR_IO, arena_printf(arena, "tls_certificate: %s has expired", c->expires_file));
    }
    tls_context_release(c);
    return e;
}

void tls_shared_forget(struct tls_shared *shared)
{
    struct tls_context *all[TLS_CONTEXTS_KEPT];
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    memcpy(all, shared->contexts, sizeof all);
    memset(shared->contexts, 0, sizeof shared->contexts);
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    for (size_t i = 0; i < TLS_CONTEXTS_KEPT; i++) {
        tls_context_release(all[i]);
    }
}

/* --- what all share ------------------------------------------------------------------------------- */

#define LIFE_DEFAULT ((millis)7200 * 1000)
#define KEY_LIFE_DEFAULT ((millis)3600 * 1000)

struct lives {
    millis life, key_life;
};

/* GnuTLS puts no time of ours into a ticket: there the key alone decides how long one lives, which is
   twice the key's time. */
static struct lives lives_of(enum tls_library library, millis life, millis key_life)
{
    struct lives l = {life > 0 ? life : LIFE_DEFAULT, key_life > 0 ? key_life : KEY_LIFE_DEFAULT};
    if (library == TLS_GNUTLS && l.key_life > l.life / 2) {
        l.key_life = l.life > 1 ? l.life / 2 : 1;
    }
    return l;
}

struct tls_shared *tls_shared_new(const struct tls_setup *setup)
{
    struct arena *arena = arena_new();
    struct tls_shared *shared = ARENA_NEW(arena, struct tls_shared);
    shared->arena = arena;
    shared->clock = setup->clock;
    shared->hints = setup->hints;
    shared->key_log = setup->key_log ? arena_text(arena, span_text(setup->key_log)) : NULL;
    CHECK(pthread_mutex_init(&shared->mutex, NULL) == 0);
    for (unsigned i = 0; i < TLS_LIBRARY_COUNT; i++) {
        struct lives l = lives_of(i, setup->ticket_life, setup->ticket_key_life);
        tls_tickets_init(&shared->tickets[i], setup->clock, l.life, l.key_life);
    }
    return shared;
}

void tls_shared_lives(struct tls_shared *shared, millis ticket_life, millis ticket_key_life)
{
    for (unsigned i = 0; i < TLS_LIBRARY_COUNT; i++) {
        struct lives l = lives_of(i, ticket_life, ticket_key_life);
        tls_tickets_lives(&shared->tickets[i], l.life, l.key_life);
    }
}

void tls_shared_free(struct tls_shared *shared)
{
    if (shared == NULL) {
        return;
    }
    tls_shared_forget(shared);
    for (unsigned i = 0; i < TLS_LIBRARY_COUNT; i++) {
        tls_tickets_wipe(&shared->tickets[i]);
    }
    (void)pthread_mutex_destroy(&shared->mutex);
    arena_free(shared->arena);
}

void tls_key_log(struct tls_shared *shared, span line)
{
    if (shared->key_log != NULL) {
        char text[1024];
        int len = snprintf(text, sizeof text, "%.*s\n", SPAN_FMT(line));
        (void)!failed(file_append(shared->key_log, span_of(text, (size_t)len), 0600));
    }
}

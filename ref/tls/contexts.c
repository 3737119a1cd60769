/* Contexts are kept by their settings: the files behind them are read once, and again when one of them
   has changed or the configuration is read anew. Making one takes milliseconds, so it happens outside
   the lock; two threads may then make the same one, and the second is thrown away. */
#include "ref/tls/engine.h"

#include "base/check.h"
#include "base/file.h"

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

void tls_context_note(struct tls_context *c, const char *path)
{
    struct tls_stamp stamp = {.path = arena_text(c->arena, span_text(path))};
    stamp_read(&stamp);
    vec_add(c->arena, &c->stamps, stamp);
}

err tls_context_file(struct tls_context *c, const char *path, struct arena *texts, span *content)
{
    tls_context_note(c, path);
    return file_read(path, FILE_CEILING, texts, content);
}

void tls_context_expires(struct tls_context *c, const char *path, int64_t seconds)
{
    instant until = seconds < INT64_MAX / NANOS_PER_SECOND ? seconds * NANOS_PER_SECOND : INT64_MAX;
    if (c->expires == 0 || until < c->expires) {
        c->expires = until;
        c->expires_file = arena_text(c->arena, span_text(path));
    }
}

bool tls_list_take(span *list, span *item)
{
    while (list->len > 0) {
        (void)span_split(*list, ':', item, list);
        *item = span_trim_space(*item);
        if (item->len > 0) {
            return true;
        }
    }
    return false;
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
    c->own = SPAN_EMPTY;
    digest_settings(s, c->digest);
    err e = c->engine->context_make(c, texts);
    if (failed(e)) {
        tls_context_release(c);
        return e;
    }
    *made = c;
    return OK;
}

/* The one in the list, held, or NULL. */
static struct tls_context *find(struct tls_shared *shared, const unsigned char *digest)
{
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    struct tls_context *c = shared->contexts;
    while (c != NULL && memcmp(c->digest, digest, TLS_DIGEST) != 0) {
        c = c->next;
    }
    if (c != NULL) {
        c->holders++;
    }
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    return c;
}

/* Takes one out of the list; the caller gets the list's hold on it. */
static void unlink_one(struct tls_shared *shared, struct tls_context **at)
{
    *at = (*at)->next;
    shared->context_count--;
}

static void drop(struct tls_shared *shared, const struct tls_context *which)
{
    struct tls_context *out = NULL;
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    for (struct tls_context **at = &shared->contexts; *at != NULL; at = &(*at)->next) {
        if (*at == which) {
            out = *at;
            unlink_one(shared, at);
            break;
        }
    }
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    tls_context_release(out);
}

/* Into the list, the oldest out of it if there are too many. */
static void insert(struct tls_shared *shared, struct tls_context *c)
{
    struct tls_context *out = NULL;
    c->holders++;
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    c->next = shared->contexts;
    shared->contexts = c;
    if (++shared->context_count > TLS_CONTEXTS_KEPT) {
        struct tls_context **at = &shared->contexts;
        while ((*at)->next != NULL) {
            at = &(*at)->next;
        }
        out = *at;
        unlink_one(shared, at);
    }
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    tls_context_release(out);
}

err tls_context_hold(struct tls_shared *shared, const struct tls_settings *settings,
                     struct arena *texts, struct tls_context **context)
{
    unsigned char digest[TLS_DIGEST];
    digest_settings(settings, digest);
    struct tls_context *c = find(shared, digest);
    if (c != NULL && stale(c)) {
        drop(shared, c);
        tls_context_release(c);
        c = NULL;
    }
    if (c == NULL) {
        TRY(context_make(shared, settings, texts, &c));
        insert(shared, c);
    }
    *context = c;
    return OK;
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
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    struct tls_context *all = shared->contexts;
    shared->contexts = NULL;
    shared->context_count = 0;
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    while (all != NULL) {
        struct tls_context *next = all->next;
        tls_context_release(all);
        all = next;
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

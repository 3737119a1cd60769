/* What a scenario could say by `vary` of libraries and versions, said from outside for scenarios that
   leave it open. A way changes what the scenario says nowhere: what it sets stays. */
#include "harness/cli/tls_ways.h"

#include "base/rows.h"

struct way {
    const char *target, *library, *version; /* NULL: as it is */
};

static err take_word(span word, struct arena *arena, struct tls_ways *w)
{
    static const struct way_word {
        const char *word;
        size_t list; /* where it goes */
        const char *value;
    } rows[] = {
        {"1.2", offsetof(struct tls_ways, versions), "1.2"},
        {"1.3", offsetof(struct tls_ways, versions), "1.3"},
        {"gnutls", offsetof(struct tls_ways, libraries), "gnutls"},
        {"openssl", offsetof(struct tls_ways, libraries), "openssl"},
        {"sut=gnutls", offsetof(struct tls_ways, target), "gnutls"},
        {"sut=openssl", offsetof(struct tls_ways, target), "openssl"},
    };
    const struct way_word *row = ROWS_FIND(rows, word);
    if (row != NULL) {
        texts *list = (texts *)(void *)((char *)w + row->list);
        vec_add(arena, list, row->value);
        return OK;
    }
    return err_syntax(0, arena_printf(arena, "--tls: `%.*s` is none of openssl, gnutls, 1.2, 1.3, "
                                      "sut=openssl, sut=gnutls", SPAN_FMT(word)));
}

err tls_ways_read(const struct args_texts *words, struct arena *arena, struct tls_ways *w)
{
    *w = (struct tls_ways){.said = NULL};
    for (size_t i = 0; i < words->count; i++) {
        span list = span_text(words->at[i]);
        w->said = w->said == NULL ? words->at[i]
                                  : arena_printf(arena, "%s,%s", w->said, words->at[i]);
        while (list.len > 0) {
            span word;
            (void)span_split(list, ',', &word, &list);
            TRY(take_word(word, arena, w));
        }
    }
    return OK;
}

static bool speaks_tls(const struct scenario *s)
{
    return ROWS_IN(&s->needs, SPAN("starttls")) != NULL || ROWS_IN(&s->needs, SPAN("tls-on-connect")) != NULL;
}

static bool says_option(const struct actor *a, const char *name)
{
    return ROWS_IN(&a->options, span_text(name)) != NULL;
}

static bool all_say(const struct scenario *s, const char *name)
{
    bool all = true;
    for (size_t i = 0; i < s->actors.count; i++) {
        all = all && says_option(&s->actors.at[i], name);
    }
    return all;
}

static void add_option(struct scenario *s, const char *name, const char *value, struct arena *arena)
{
    for (size_t i = 0; value != NULL && i < s->actors.count; i++) {
        struct actor *a = &s->actors.at[i];
        if (!says_option(a, name)) {
            option_texts own = a->options;
            a->options = (option_texts){0};
            vec_add_all(arena, &a->options, &own);
            vec_add(arena, &a->options, ((struct option_text){name, value}));
        }
    }
}

static void add_to_id(struct scenario *s, const char *name, const char *value, struct arena *arena)
{
    if (value != NULL) {
        char joint = strchr(s->id, '#') != NULL ? ',' : '#';
        s->id = arena_printf(arena, "%s%c%s=%s", s->id, joint, name, value);
    }
}

static void add_way(const struct tls_ways *w, const struct scenario *s, const struct way *way,
                    struct arena *arena, struct scenario_set *set)
{
    struct scenario *one = ARENA_NEW(arena, struct scenario);
    *one = *s;
    memset(&one->actors, 0, sizeof one->actors);
    memset(&one->sets, 0, sizeof one->sets);
    vec_add_all(arena, &one->actors, &s->actors);
    vec_add_all(arena, &one->sets, &s->sets);
    if (way->target != NULL) {
        struct setting *setting = vec_push(arena, &one->sets);
        *setting = (struct setting){.key = "tls.library", .value = way->target};
    }
    add_option(one, "tlslib", way->library, arena);
    add_option(one, "tls", way->version, arena);
    add_to_id(one, "sut", way->target, arena);
    add_to_id(one, "lib", way->library, arena);
    add_to_id(one, "ver", way->version, arena);
    one->ways = w->said;
    vec_add(arena, &set->cases, one);
}

void tls_ways_add(const struct tls_ways *w, struct scenario *s, struct arena *arena,
                  struct scenario_set *set)
{
    const char *none = NULL;
    const texts as_it_is = {&none, 1, 1};
    bool open = speaks_tls(s);
    bool target = open && w->target.count > 0 && ROWS_IN(&s->sets, SPAN("tls.library")) == NULL;
    bool library = open && w->libraries.count > 0 && !all_say(s, "tlslib");
    bool version = open && w->versions.count > 0 && !all_say(s, "tls");
    const texts *targets = target ? &w->target : &as_it_is;
    const texts *libraries = library ? &w->libraries : &as_it_is;
    const texts *versions = version ? &w->versions : &as_it_is;
    if (!target && !library && !version) {
        vec_add(arena, &set->cases, s);
        return;
    }
    for (size_t t = 0; t < targets->count; t++) {
        for (size_t l = 0; l < libraries->count; l++) {
            for (size_t v = 0; v < versions->count; v++) {
                add_way(w, s, &(struct way){targets->at[t], libraries->at[l], versions->at[v]}, arena, set);
            }
        }
    }
}

/* -bt, -bv and -bvs: what would become of addresses, as Exim prints it, for people and for scripts that
   read it. Nothing is sent and nobody is asked but the DNS. */
#include "ref/run/modes.h"
#include "ref/run/trial.h"

#include "base/map.h"
#include "ref/mail/address.h"
#include "ref/mail/mailboxes.h"
#include "ref/route/verify.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATUS_DEFERRED = 1, STATUS_FAILED = 2 };

struct tester {
    struct run_trial trial;
    struct arena *arena;
    struct log log;
    struct route_round round;
    struct map seen;         /* what has been routed, for duplicates */
    int status;
};

static err tester_open(struct tester *t, const struct run_options *o, enum route_purpose purpose)
{
    struct run_trial *trial = &t->trial;
    TRY(run_trial_open(trial, o, false, t->arena));
    struct log_options options = {.spool_directory = trial->conf->main.spool_directory,
                                  .clock = trial->env.clock, .pid = (long)trial->env.pid,
                                  .selectors = log_selectors_default(), .rehearsal = true};
    TRY(log_open(&t->log, &options, t->arena));
    t->round = (struct route_round){
        .conf = trial->conf, .expansion = &trial->expansion, .dns = trial->dns,
        .rng = &trial->env.rng, .arena = t->arena, .purpose = purpose, .log = &t->log,
        .id = SPAN_EMPTY, .note = run_options_trace(o, "route") ? run_trial_trace : NULL};
    route_own_addresses(trial->conf, t->arena, &t->round.own, &t->round.own_count);
    return OK;
}

static void status_set(struct tester *t, int status)
{
    t->status = status > t->status ? status : t->status;
}

/* --- what is printed ----------------------------------------------------------------------------- */

static void line_put(span text)
{
    (void)fwrite(text.at, 1, text.len, stdout);
}

/* Who led to it, the nearest first. An address whose router was `unseen` stands above itself. */
static void ancestors_print(const struct delivery_address *a)
{
    if (a->unseen) {
        (void)printf("\n    <-- %.*s", SPAN_FMT(a->address));
    }
    for (const struct delivery_address *child = a; child->parent != NULL; child = child->parent) {
        const struct delivery_address *p = child->parent;
        unsigned times = p->unseen && !child->continued ? 2 : 1;
        for (unsigned i = 0; i < times; i++) {
            (void)printf("\n    <-- %.*s", SPAN_FMT(p->address));
        }
    }
}

static void hosts_print(const struct delivery_address *a)
{
    int name_room = 0, address_room = 0;
    char text[64];
    for (size_t i = 0; i < a->host_count; i++) {
        address_host(&a->hosts[i].address, text, sizeof text);
        int name = (int)a->hosts[i].name.len, address = (int)strlen(text);
        name_room = name > name_room ? name : name_room;
        address_room = address > address_room ? address : address_room;
    }
    for (size_t i = 0; i < a->host_count; i++) {
        const struct route_host *h = &a->hosts[i];
        address_host(&h->address, text, sizeof text);
        (void)printf("  host %-*.*s", name_room + 1, SPAN_FMT(h->name));
        if (text[0] != '\0') {
            (void)printf("[%s]%*s", text, address_room - (int)strlen(text), "");
        }
        if (h->preference >= 0) {
            (void)printf(" MX=%d", h->preference);
        }
        if (address_port(&h->address) != 0) {
            (void)printf(" port=%u", address_port(&h->address));
        }
        (void)printf("%s\n", h->secure && h->preference >= 0 ? " ad" : "");
    }
}

/* Whether it has come before, by one of the words before or in this one; Exim says so, and counts
   addresses of words apart from those that redirection has made. */
static bool is_duplicate(struct tester *t, const struct delivery_address *a)
{
    char *copy = arena_printf(t->arena, "%d %s %.*s", a->parent != NULL,
                                    a->transport != NULL ? a->transport->name : "", SPAN_FMT(a->address));
    return map_put(&t->seen, t->arena, span_text(copy), copy) != copy;
}

static void taken_print(struct tester *t, const struct delivery_address *a)
{
    line_put(a->address);
    if (is_duplicate(t, a)) {
        (void)printf("   [duplicate, would not be delivered]");
    }
    ancestors_print(a);
    (void)printf("\n  router = %s, transport = %s\n", a->router->name,
                 a->transport != NULL ? a->transport->name : "<none>");
    hosts_print(a);
}

static void path_print(const struct delivery_address *a)
{
    bool forbidden = span_ends(a->result.text, SPAN(" forbidden"));
    (void)printf("%.*s -> %.*s%s\n", SPAN_FMT(a->parent->address), SPAN_FMT(a->address),
                 forbidden ? " *** forbidden ***" : "");
    if (forbidden) {
        return;
    }
    if (a->transport != NULL) {
        (void)printf("  transport = %s\n", a->transport->name);
    } else {
        (void)printf("*** Error in setting up pipe, file, or autoreply:\n%.*s\n",
                     SPAN_FMT(a->result.text));
    }
}

/* --- -bt ----------------------------------------------------------------------------------------- */

struct addresses {
    VEC(struct delivery_address *) list;
};

/* Children go before what waits, in their own order. */
static void waiting_put(struct tester *t, struct addresses *waiting,
                        const struct route_outcome *outcome)
{
    for (size_t i = outcome->child_count; i-- > 0;) {
        vec_add(t->arena, &waiting->list, outcome->children[i]);
    }
}

static void test_one(struct tester *t, struct delivery_address *a, struct addresses *waiting,
                     struct addresses *local, struct addresses *remote)
{
    struct route_outcome o = route_address(&t->round, a);
    waiting_put(t, waiting, &o);
    switch (o.end) {
    case ROUTE_TO_TRANSPORT:
        vec_add(t->arena,
                &(a->transport != NULL && a->transport->driver == TRANSPORT_SMTP ? remote : local)
                     ->list,
                a);
        break;
    case ROUTE_CHILDREN:
        break;
    case ROUTE_DISCARD:
        (void)printf("mail to %.*s is discarded\n", SPAN_FMT(a->address));
        break;
    case ROUTE_FAIL:
    case ROUTE_DEFER:
        (void)printf("%.*s %s: %s", SPAN_FMT(a->address),
                     o.end == ROUTE_FAIL ? "is undeliverable" : "cannot be resolved at this time",
                     o.log);
        ancestors_print(a);
        (void)putchar('\n');
        status_set(t, o.end == ROUTE_FAIL ? STATUS_FAILED : STATUS_DEFERRED);
        break;
    }
}

/* Exim's order: failures as they come; then local deliveries, then remote ones, the last first. */
static void address_test(struct tester *t, span address)
{
    struct addresses waiting = {0}, local = {0}, remote = {0};
    struct delivery_address *top = ARENA_NEW(t->arena, struct delivery_address);
    if (!route_begin(&t->round, address, top)) {
        (void)printf("%.*s\n", SPAN_FMT(top->result.text));
        status_set(t, STATUS_FAILED);
        return;
    }
    vec_add(t->arena, &waiting.list, top);
    while (waiting.list.count > 0) {
        struct delivery_address *a = waiting.list.at[--waiting.list.count];
        if (a->path) {
            path_print(a);
        } else {
            test_one(t, a, &waiting, &local, &remote);
        }
    }
    for (size_t i = local.list.count; i-- > 0;) {
        taken_print(t, local.list.at[i]);
    }
    for (size_t i = remote.list.count; i-- > 0;) {
        taken_print(t, remote.list.at[i]);
    }
}

/* --- -bv ----------------------------------------------------------------------------------------- */

static void address_verify(struct tester *t, span address)
{
    struct route_verified v = route_verify(&t->round, address, false);
    if (v.outcome == ACL_VERIFIED) {
        (void)printf("%.*s verified\n", SPAN_FMT(address));
        return;
    }
    bool failure = v.outcome == ACL_NOT_VERIFIED;
    (void)printf("%.*s %s: %s\n", SPAN_FMT(address),
                 failure ? "failed to verify" : "cannot be resolved at this time", v.why);
    status_set(t, failure ? STATUS_FAILED : STATUS_DEFERRED);
}

/* --- words and lines ----------------------------------------------------------------------------- */

static void address_take(struct tester *t, span address)
{
    const struct conf_main *m = &t->trial.conf->main;
    const char *domain = t->round.purpose == ROUTE_VERIFY_SENDER ? m->qualify_domain
                                                                 : m->qualify_recipient;
    struct mail_address parsed;
    bool bare = span_find_byte(address, '@') == SPAN_NONE;
    span whole = bare ? span_text(arena_printf(t->arena, "%.*s@%s", SPAN_FMT(address), domain))
                      : address;
    err e = address.len == 0 ? err_syntax(0, "missing or malformed local part")
                             : mail_mailbox_parse(whole, true, &parsed);
    if (failed(e)) {
        (void)printf("syntax error: %s\n", e.what);
        status_set(t, STATUS_FAILED);
    } else if (t->round.purpose == ROUTE_TEST) {
        address_test(t, parsed.text);
    } else {
        address_verify(t, parsed.text);
    }
}

/* One address or several, as a header field has them. */
static void text_take(struct tester *t, span text)
{
    struct mail_mailboxes list = mail_mailboxes_of(text);
    struct mail_mailbox box;
    bool more = true, any = false;
    t->round.generated = 0;
    while (more) {
        err e = mail_mailboxes_next(&list, t->arena, &box, &more);
        if (failed(e)) {
            (void)printf("syntax error: %s\n", e.what);
            status_set(t, STATUS_FAILED);
            return;
        }
        if (more && !box.bracketed && box.parted) {
            (void)printf("syntax error: missing or malformed local part (expected word or \"<\")\n");
            status_set(t, STATUS_FAILED);
            return;
        }
        if (more) {
            address_take(t, box.address);
            any = true;
        }
    }
    if (!any) {
        (void)printf("syntax error: empty address\n");
        status_set(t, STATUS_FAILED);
    }
}

static void input_take(struct tester *t)
{
    char *at = NULL;
    size_t room = 0;
    ssize_t got;
    (void)fputs("> ", stdout);
    (void)fflush(stdout);
    while ((got = getline(&at, &room, stdin)) >= 0) {
        text_take(t, arena_copy(t->arena, span_trim_space(span_of(at, (size_t)got))));
        (void)fputs("> ", stdout);
        (void)fflush(stdout);
    }
    (void)fputc('\n', stdout);
    free(at);
}

enum exit_status run_test_address(const struct run_options *o, struct arena *arena)
{
    struct tester *t = ARENA_NEW(arena, struct tester);
    enum route_purpose purpose = strcmp(o->mode->name, "-bt") == 0   ? ROUTE_TEST
                                 : strcmp(o->mode->name, "-bv") == 0 ? ROUTE_VERIFY_RECIPIENT
                                                                     : ROUTE_VERIFY_SENDER;
    t->arena = arena;
    err e = tester_open(t, o, purpose);
    if (failed(e)) {
        run_trial_close(&t->trial);
        return run_fail(EXIT_REFUSED, err_text(e, arena));
    }
    for (size_t i = 0; i < o->words.count; i++) {
        text_take(t, span_text(o->words.at[i]));
    }
    if (o->words.count == 0) {
        input_take(t);
    }
    run_trial_close(&t->trial);
    return (enum exit_status)t->status;
}

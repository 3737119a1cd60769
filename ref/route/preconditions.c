/* Whether a router runs: the questions in the order in which Exim's manual lists them, for an answer
   may depend on what an earlier one has set ($home, $local_part_data). Each is a row. What cannot be
   found out defers the address (docs/adr/0165): a router that is passed over by mistake bounces mail. */
#include "ref/route/routing.h"

#include "base/account.h"
#include "ref/route/affix.h"

#include <errno.h>
#include <sys/stat.h>

/* --- affixes and purpose ------------------------------------------------------------------------- */

/* The local part as this router sees it: without affixes, and in small letters unless it says that
   capitals count. */
static enum routed check_affixes(struct routing *r)
{
    const struct router_generic *g = r->router->generic;
    struct delivery_address *a = r->address;
    span local = a->whole_local_part;
    size_t prefix = 0, suffix = 0;
    if (g->local_part_prefix[0] != '\0') {
        prefix = route_prefix_match(span_text(g->local_part_prefix), local, r->arena);
        if (prefix == 0 && !g->local_part_prefix_optional) {
            return ROUTED_DECLINE;
        }
    }
    a->prefix = span_first(local, prefix);
    local = span_from(local, prefix);
    if (g->local_part_suffix[0] != '\0') {
        suffix = route_suffix_match(span_text(g->local_part_suffix), local, r->arena);
        if (suffix == 0 && !g->local_part_suffix_optional) {
            a->prefix = SPAN_EMPTY;
            return ROUTED_DECLINE;
        }
    }
    a->suffix = span_from(local, local.len - suffix);
    local = span_first(local, local.len - suffix);
    a->local_part = g->caseful_local_part ? local : arena_lower(r->arena, local);
    routing_facts(r);
    return ROUTED_TAKEN;
}

static enum routed check_purpose(struct routing *r)
{
    const struct router_generic *g = r->router->generic;
    bool runs = true;
    switch (r->round->purpose) {
    case ROUTE_DELIVER:
        runs = !g->verify_only;
        break;
    case ROUTE_VERIFY_RECIPIENT:
        runs = g->verify_recipient;
        break;
    case ROUTE_VERIFY_SENDER:
        runs = g->verify_sender;
        break;
    case ROUTE_TEST:
        runs = g->address_test && !g->verify_only;
        break;
    case ROUTE_EXPN:
        runs = g->expn && !g->verify_only;
        break;
    }
    return runs ? ROUTED_TAKEN : ROUTED_DECLINE;
}

/* --- lists --------------------------------------------------------------------------------------- */

static enum routed list_check(struct routing *r, const char *option, enum list_kind kind,
                              span subject, const struct template *list, span *data)
{
    if (list == NULL) {
        return ROUTED_TAKEN;
    }
    struct matched m;
    if (kind == LIST_LOCAL_PART) {
        struct expanded e = expand(list, r->x);
        if (e.outcome == EXPAND_FORCED) {
            return ROUTED_DECLINE;
        }
        if (e.outcome != EXPAND_OK) {
            m = (struct matched){.outcome = MATCH_DEFERRED, .wrong = true,
                                 .why = arena_printf(r->arena, "failed to expand \"%.*s\" while "
                                                     "checking a list: %s",
                                                     SPAN_FMT(template_text(list)), e.why)};
        } else {
            m = match_local_part(r->x, subject, e.value, r->router->generic->caseful_local_part);
        }
    } else {
        m = match_list(r->x, kind, subject, list);
    }
    if (m.outcome == MATCH_DEFERRED) {
        routing_log(r, m.wrong ? LOG_MAIN | LOG_PANIC : LOG_MAIN, "%s", m.why);
        r->private = true;
        return routing_defer(r, "%s check lookup or other defer", option);
    }
    if (m.outcome == MATCH_YES && data != NULL) {
        *data = m.data.text;
        routing_facts(r);
    }
    return m.outcome == MATCH_YES ? ROUTED_TAKEN : ROUTED_DECLINE;
}

static enum routed check_domains(struct routing *r)
{
    return list_check(r, "domains", LIST_DOMAIN, r->address->domain, r->router->generic->domains,
                      &r->address->domain_data);
}

static enum routed check_local_parts(struct routing *r)
{
    return list_check(r, "local_parts", LIST_LOCAL_PART, r->address->local_part,
                      r->router->generic->local_parts, &r->address->local_part_data);
}

static enum routed check_senders(struct routing *r)
{
    const struct facts_message *m = r->x->facts->message;
    if (r->router->generic->senders == NULL) {
        return ROUTED_TAKEN;
    }
    return list_check(r, "senders", LIST_ADDRESS, m != NULL ? m->sender_address : SPAN_EMPTY,
                      r->router->generic->senders, NULL);
}

/* --- users and files ----------------------------------------------------------------------------- */

/* Only the case of the name itself decides: users of the system are told apart by capitals. */
static enum routed check_local_user(struct routing *r)
{
    struct delivery_address *a = r->address;
    struct account user;
    if (!r->router->generic->check_local_user) {
        return ROUTED_TAKEN;
    }
    if (memchr(a->local_part.at, '\0', a->local_part.len) != NULL) {
        return ROUTED_DECLINE;
    }
    int missing = account_named(arena_text(r->arena, a->local_part), r->arena, &user);
    if (missing != 0) {
        return missing == ENOENT
                   ? ROUTED_DECLINE
                   : routing_defer(r, "the list of users could not be read: %s", strerror(missing));
    }
    a->home = span_text(user.home);
    a->local_part_data = span_text(user.name);
    a->has_user = a->has_group = true;
    a->uid = user.uid;
    a->gid = user.gid;
    a->user_name = user.name;
    routing_facts(r);
    return ROUTED_TAKEN;
}

static enum routed check_home(struct routing *r)
{
    const struct template *home = r->router->generic->router_home_directory;
    struct value path;
    if (home == NULL) {
        return ROUTED_TAKEN;
    }
    enum routed end = routing_expand(r, home, &path,
                                     "failed to expand \"%.*s\" for router_home_directory",
                                     SPAN_FMT(template_text(home)));
    if (end == ROUTED_TAKEN) {
        r->address->home = path.text;
        routing_facts(r);
    }
    return end == ROUTED_DECLINE ? ROUTED_TAKEN : end;
}

/* "/path": is there; "!/path": is not; "+/path": one that may not be looked at is not there. */
static enum routed file_check(struct routing *r, struct value item)
{
    bool negative = false, lenient = false;
    span path = item.text;
    for (; path.len > 0 && (path.at[0] == '!' || path.at[0] == '+'); path = span_from(path, 1)) {
        negative = negative || path.at[0] == '!';
        lenient = lenient || path.at[0] == '+';
    }
    path = span_trim(path);
    r->private = true;
    if (path.len == 0 || path.at[0] != '/') {
        return routing_defer(r, "require_files: \"%.*s\" is no absolute path (looking at files as "
                             "another user is not supported by this server)", SPAN_FMT(item.text));
    }
    if (item.tainted) {
        return routing_defer(r, "require_files: Tainted name '%.*s' for file not permitted",
                             SPAN_FMT(path));
    }
    r->private = false;
    struct stat found;
    bool there = stat(arena_text(r->arena, path), &found) == 0;
    if (!there && errno != ENOENT && errno != ENOTDIR && !(lenient && errno == EACCES)) {
        return routing_defer(r, "require_files: error for %.*s: %s", SPAN_FMT(path),
                             strerror(errno));
    }
    return there != negative ? ROUTED_TAKEN : ROUTED_DECLINE;
}

static enum routed check_files(struct routing *r)
{
    const struct template *files = r->router->generic->require_files;
    struct value list;
    if (files == NULL) {
        return ROUTED_TAKEN;
    }
    enum routed end = routing_expand(r, files, &list, "failed to expand \"%.*s\" for require_files",
                                     SPAN_FMT(template_text(files)));
    if (end == ROUTED_DECLINE) {
        return ROUTED_TAKEN;
    }
    struct list_reader items = list_reader_of(list.text);
    for (span item; end == ROUTED_TAKEN && list_next(&items, r->arena, &item);) {
        end = file_check(r, (struct value){item, list.tainted});
    }
    return end;
}

static enum routed check_conditions(struct routing *r)
{
    const struct conf_templates *all = &r->router->generic->condition;
    for (size_t i = 0; i < all->count; i++) {
        bool yes = false;
        struct expanded e = expand_to_bool(all->at[i], r->x, &yes);
        if (e.outcome == EXPAND_FORCED || (e.outcome == EXPAND_OK && !yes)) {
            return ROUTED_DECLINE;
        }
        if (e.outcome != EXPAND_OK) {
            const char *why = arena_printf(
                r->arena, "failed to expand condition \"%.*s\" for %s router: %s",
                SPAN_FMT(template_text(all->at[i])), r->router->name, e.why);
            routing_log(r, LOG_MAIN | LOG_PANIC, "%s", why);
            r->private = true;
            return routing_defer(r, "condition check lookup defer");
        }
    }
    return ROUTED_TAKEN;
}

/* --- verdicts ------------------------------------------------------------------------------------ */

static enum routed only_if(bool asked, bool holds)
{
    return !asked || holds ? ROUTED_TAKEN : ROUTED_DECLINE;
}

static enum routed check_bmi_rule(struct routing *r)
{
    const char *rules = r->router->generic->bmi_rule;
    return only_if(rules[0] != '\0', bmi_rule_fired(r->address->verdict, span_text(rules)));
}

static enum routed check_bmi_dont_deliver(struct routing *r)
{
    return only_if(r->router->generic->bmi_dont_deliver, r->facts->bmi_drop);
}

static enum routed check_bmi_alternate(struct routing *r)
{
    return only_if(r->router->generic->bmi_deliver_alternate,
                   !r->facts->bmi_drop && r->facts->bmi_alt_location.len > 0);
}

static enum routed check_bmi_default(struct routing *r)
{
    return only_if(r->router->generic->bmi_deliver_default,
                   !r->facts->bmi_drop && r->facts->bmi_alt_location.len == 0);
}

/* --- the table ----------------------------------------------------------------------------------- */

static const struct precondition {
    const char *name;
    enum routed (*check)(struct routing *r);
} preconditions[] = {
    {"local_part_prefix or local_part_suffix", check_affixes},
    {"verify, verify_only, expn or address_test", check_purpose},
    {"domains", check_domains},
    {"local_parts", check_local_parts},
    {"check_local_user", check_local_user},
    {"router_home_directory", check_home},
    {"senders", check_senders},
    {"require_files", check_files},
    {"condition", check_conditions},
    {"bmi_rule", check_bmi_rule},
    {"bmi_dont_deliver", check_bmi_dont_deliver},
    {"bmi_deliver_alternate", check_bmi_alternate},
    {"bmi_deliver_default", check_bmi_default},
};

enum routed route_preconditions_check(struct routing *r)
{
    struct delivery_address *a = r->address;
    a->prefix = a->suffix = a->local_part_data = a->domain_data = a->home = SPAN_EMPTY;
    a->has_user = a->has_group = false;
    for (size_t i = 0; i < sizeof preconditions / sizeof *preconditions; i++) {
        enum routed end = preconditions[i].check(r);
        if (end != ROUTED_TAKEN) {
            routing_note(r, "%s router: %s %s", r->router->name, preconditions[i].name,
                         end == ROUTED_DECLINE ? "is not met" : "could not be looked at");
            return end;
        }
    }
    return ROUTED_TAKEN;
}

/* Users and groups: names that the system knows become numbers when the configuration is read, so
   that a misspelled one is found then and not at a delivery. Names with a `$` wait. */
#include "ref/conf/option_reading.h"

#include "base/account.h"

bool conf_user_find(const char *name, struct arena *arena, struct conf_user *user)
{
    struct account account;
    uint64_t number;
    bool is_number = span_to_u64(span_text(name), &number) && number < UINT32_MAX;
    int missing = is_number ? account_of((uid_t)number, arena, &account) : account_named(name, arena, &account);
    if (missing != 0) {
        *user = (struct conf_user){.known = is_number, .uid = is_number ? (uid_t)number : 0,
                                   .gid = (gid_t)-1, .name = name};
        return is_number;
    }
    *user = (struct conf_user){.known = true, .uid = account.uid, .gid = account.gid, .name = account.name};
    return true;
}

bool conf_group_find(const char *name, struct arena *arena, struct conf_group *group)
{
    struct account_group entry;
    uint64_t number;
    *group = (struct conf_group){.known = true};
    if (span_to_u64(span_text(name), &number) && number < UINT32_MAX) {
        group->gid = (gid_t)number;
        return true;
    }
    if (account_group_named(name, arena, &entry) != 0) {
        return false;
    }
    group->gid = entry.gid;
    return true;
}

static err not_found(const struct reading *r, const char *what, const char *name)
{
    return conf_error(r->where, r->arena, "%s %s was not found", what, name);
}

/* The name, or *later: it has to be expanded. */
static err name_take(const struct reading *r, const char **name, const struct template **later)
{
    span text;
    TRY(reading_string(r, &text));
    *name = arena_text(r->arena, text);
    if (span_find_byte(text, '$') != SPAN_NONE) {
        return reading_template_of(r, text, later);
    }
    return OK;
}

err reading_user(const struct reading *r)
{
    struct conf_user *user = r->field;
    const struct template *later = NULL;
    const char *name;
    if (r->at_default) {
        return OK;
    }
    TRY(name_take(r, &name, &later));
    if (later != NULL) {
        *user = (struct conf_user){.text = later};
        return OK;
    }
    return conf_user_find(name, r->arena, user) ? OK : not_found(r, "user", name);
}

err reading_group(const struct reading *r)
{
    struct conf_group *group = r->field;
    const struct template *later = NULL;
    const char *name;
    if (r->at_default) {
        return OK;
    }
    TRY(name_take(r, &name, &later));
    if (later != NULL) {
        *group = (struct conf_group){.text = later};
        return OK;
    }
    return conf_group_find(name, r->arena, group) ? OK : not_found(r, "group", name);
}

static err ids_read(const struct reading *r, bool groups)
{
    span text;
    TRY(reading_string(r, &text));
    struct conf_list items = conf_list_read(text, r->arena);
    struct conf_ids *ids = r->field;
    *ids = (struct conf_ids){arena_take_array(r->arena, items.count, sizeof *ids->at), items.count};
    for (size_t i = 0; i < items.count; i++) {
        const char *name = arena_text(r->arena, items.at[i]);
        struct conf_user user;
        struct conf_group group;
        if (groups ? !conf_group_find(name, r->arena, &group) : !conf_user_find(name, r->arena, &user)) {
            return not_found(r, groups ? "group" : "user", name);
        }
        ids->at[i] = groups ? (long)group.gid : (long)user.uid;
    }
    return OK;
}

err reading_users(const struct reading *r)
{
    return ids_read(r, false);
}

err reading_groups(const struct reading *r)
{
    return ids_read(r, true);
}

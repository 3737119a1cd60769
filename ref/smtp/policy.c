/* Stages find their options by name, so that a stage is a row of ref/acl and nothing here. */
#include "ref/smtp/policy.h"

#include "base/check.h"

static const struct template *value_of(const struct conf *conf, const char *option)
{
    const struct conf_option *row = conf_main_option_find(span_text(option));
    CHECK(row != NULL && row->type == CONF_TEMPLATE);
    const char *at = (const char *)&conf->main + row->offset;
    return *(const struct template *const *)(const void *)at;
}

err smtp_policy_read(const struct conf *conf, struct arena *arena, struct arena *texts,
                     struct smtp_policy *policy)
{
    struct acl_load load = {.source = &conf->acls, .routing = false, .arena = arena,
                            .texts = texts};
    *policy = (struct smtp_policy){
        .auths = &conf->auths, .rewrites = &conf->rewrites, .lists = &conf->lists};
    TRY(acl_set_read(&load, &policy->acls));
    for (unsigned i = 0; i < ACL_STAGE_COUNT; i++) {
        const char *option = acl_stages[i].option;
        TRY(acl_point_read(&load, policy->acls, i, value_of(conf, option),
                           conf_where_of(conf, option), &policy->points[i]));
    }
    return OK;
}

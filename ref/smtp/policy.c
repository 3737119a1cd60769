/* Stages find their options by name, so that a stage is a row of ref/acl and nothing here. */
#include "ref/smtp/policy.h"

#include "base/check.h"

static const struct template *value_of(const struct conf *conf, const char *option)
{
    const struct conf_option *row = conf_rows_find(&conf_main_options, span_text(option));
    CHECK(row != NULL && row->type == CONF_TEMPLATE);
    const char *at = (const char *)&conf->main + row->offset;
    return *(const struct template *const *)(const void *)at;
}

/* Options whose value is one of two words. */
static err words_check(const struct conf *conf, struct arena *texts)
{
    const struct {
        const char *option, *value, *one, *other;
    } rows[] = {
        {"arc_sign_form", conf->main.arc_sign_form, "rfc8617", "exim"},
        {"arc_sign_results", conf->main.arc_sign_results, "all", "first"},
        {"authres_form", conf->main.authres_form, "rfc8601", "exim"},
        {"dmarc_version", conf->main.dmarc_version, "rfc7489", "rfc9989"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].value, rows[i].one) != 0 && strcmp(rows[i].value, rows[i].other) != 0) {
            return conf_error(conf_where_of(conf, rows[i].option), texts,
                              "%s is \"%s\": it has to be %s or %s", rows[i].option, rows[i].value,
                              rows[i].one, rows[i].other);
        }
    }
    return OK;
}

/* What EHLO says has to be a word; one with an underscore is none by RFC 5321 4.1.1.1, and is what
   servers said once. */
static err keywords_check(const struct conf *conf, struct arena *texts)
{
    const struct conf_list *names = &conf->main.pipelining_connect_keyword;
    for (size_t i = 0; i < names->count; i++) {
        bool word = names->at[i].len > 0;
        for (size_t k = 0; word && k < names->at[i].len; k++) {
            unsigned char c = names->at[i].at[k];
            word = ascii_is_alpha(c) || ascii_is_digit(c) || (k > 0 && (c == '-' || c == '_'));
        }
        if (!word) {
            return conf_error(conf_where_of(conf, "pipelining_connect_keyword"), texts,
                              "pipelining_connect_keyword: \"%.*s\" is no keyword of EHLO (letters, "
                              "digits, - and _)", SPAN_FMT(names->at[i]));
        }
    }
    return names->count > 0 ? OK : conf_error(conf_where_of(conf, "pipelining_connect_keyword"), texts,
                                              "pipelining_connect_keyword is empty: it is "
                                              "pipelining_connect_advertise_hosts that says to whom "
                                              "early pipelining is offered");
}

err smtp_policy_read(const struct conf *conf, struct arena *arena, struct arena *texts,
                     struct smtp_policy *policy)
{
    struct acl_load load = {.source = &conf->acls, .routing = true, .arena = arena,
                            .texts = texts, .brightmail = conf->main.bmi_library[0] != '\0'};
    *policy = (struct smtp_policy){
        .auths = &conf->auths, .rewrites = &conf->rewrites, .lists = &conf->lists};
    TRY(words_check(conf, texts));
    TRY(keywords_check(conf, texts));
    TRY(acl_set_read(&load, &policy->acls));
    for (unsigned i = 0; i < ACL_STAGE_COUNT; i++) {
        const char *option = acl_stages[i].option;
        TRY(acl_point_read(&load, policy->acls, i, value_of(conf, option),
                           conf_where_of(conf, option), &policy->points[i]));
    }
    return OK;
}

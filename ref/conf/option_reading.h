/* Inside ref/conf: one option value on its way from text into its field. */
#ifndef REF_CONF_OPTION_READING_H
#define REF_CONF_OPTION_READING_H

#include "ref/conf/option.h"

struct reading {
    const struct conf_option *row;
    struct conf_where where;
    struct arena *arena;
    span value;      /* trimmed, as written */
    void *field;
    bool at_default; /* the row's own default: empty means "not set" */
};

err reading_bool(const struct reading *r) MUST_CHECK;
err reading_both(const struct reading *r) MUST_CHECK;
err reading_switch(const struct reading *r) MUST_CHECK;
err reading_int(const struct reading *r) MUST_CHECK;
err reading_signed(const struct reading *r) MUST_CHECK;
err reading_octal(const struct reading *r) MUST_CHECK;
err reading_fixed(const struct reading *r) MUST_CHECK;
err reading_time(const struct reading *r) MUST_CHECK;
err reading_text(const struct reading *r) MUST_CHECK;
err reading_list(const struct reading *r) MUST_CHECK;
err reading_template(const struct reading *r) MUST_CHECK;
err reading_templates(const struct reading *r) MUST_CHECK;
err reading_hosts(const struct reading *r) MUST_CHECK;
err reading_routes(const struct reading *r) MUST_CHECK;
err reading_rewrites(const struct reading *r) MUST_CHECK;
err reading_user(const struct reading *r) MUST_CHECK;
err reading_group(const struct reading *r) MUST_CHECK;
err reading_users(const struct reading *r) MUST_CHECK;
err reading_groups(const struct reading *r) MUST_CHECK;

/* The value of a string: the rest of the line, or what stands in double quotes. */
err reading_string(const struct reading *r, span *text) MUST_CHECK;
/* A template, or the refusal with the option's name in front. */
err reading_template_of(const struct reading *r, span text, const struct template **t) MUST_CHECK;

#endif

/* What the configuration says about whom to serve, made ready when it is read: ACLs by stage, and
   the authenticators and rewriting rules that sessions use. Checked here, so that a configuration
   that is wrong is refused before anybody connects. */
#ifndef REF_SMTP_POLICY_H
#define REF_SMTP_POLICY_H

#include "ref/acl/acl.h"
#include "ref/conf/snapshot.h"

struct smtp_policy {
    struct acl_set *acls;
    struct acl_point points[ACL_STAGE_COUNT];
    const struct conf_auths *auths;
    const struct conf_rewrites *rewrites;
    const struct named_lists *lists;
};

/* Lives in arena as long as conf does. ERR_SYNTAX: the whole message, in texts. */
err smtp_policy_read(const struct conf *conf, struct arena *arena, struct arena *texts,
                     struct smtp_policy *policy) MUST_CHECK;

#endif

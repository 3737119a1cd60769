/* Any text is an ACL or is refused with a text; what is taken runs to an end. */
#include "ref/acl/testing.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct acl_testing t;
    const struct acl *acl;
    if (size > 4096) {
        return 0;
    }
    CHECK(!failed(acl_testing_open(&t, "main:\naccept\nsub:\ndeny\n")));
    t.x.forbid_files = true;
    t.run.rehearsal = true;
    struct acl_reader reader = {t.set, t.arena, t.arena, true, 0};
    span text = span_of(data, size);
    bool file = size > 0 && span_trim_space(text).len > 0 && span_trim_space(text).at[0] == '/';
    err e = file ? err_syntax(0, "no files") : acl_of_text(&reader, text, (struct conf_where){0}, &acl);
    CHECK(!failed(e) || (e.what != NULL && e.what[0] != '\0'));
    if (!failed(e)) {
        struct acl_point point = {.acl = acl};
        struct acl_outcome o = acl_point_run(&point, &t.run);
        CHECK(o.verdict < ACL_VERDICT_COUNT);
    }
    acl_testing_close(&t);
    return 0;
}

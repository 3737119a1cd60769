/* A library that is not there or not whole is found before anybody connects: no message would be
   scanned, and nobody would know but who reads the panic log. */
#include "ref/run/brightmail.h"

#include "ref/run/modes.h"
#include "ref/scan/bmi.h"
#include "ref/scan/bmi_work.h"

enum exit_status run_brightmail(const struct run_options *o, struct arena *arena)
{
    (void)o;
    return bmi_work(arena) ? EXIT_FINE
                           : run_fail(EXIT_USAGE, BMI_CHILD_OPTION " is for refmta itself");
}

err run_brightmail_check(const struct conf *conf, struct arena *texts)
{
    const struct conf_main *m = &conf->main;
    struct bmi bmi = {.library = m->bmi_library, .config = m->bmi_config_file,
                      .wait = m->bmi_timeout};
    if (m->bmi_library[0] == '\0') {
        return OK;
    }
    err e = bmi_probe(&bmi, texts);
    return failed(e) ? conf_error(conf_where_of(conf, "bmi_library"), texts, "bmi_library: %s", e.what)
                     : OK;
}

/* -bV. Every list is the table that the program runs on. */
#include "ref/conf/driver.h"
#include "ref/conf/features.h"
#include "ref/lookup/lookup.h"
#include "ref/run/modes.h"
#include "ref/run/world.h"

#include <ctype.h>
#include <stdio.h>

static void drivers_write(struct buf *out, const struct conf_driver_kind *kind)
{
    buf_printf(out, "%c%s (built-in):", toupper((unsigned char)kind->section[0]),
               kind->section + 1);
    for (size_t d = 0; d < kind->driver_count; d++) {
        if (kind->drivers[d].supported) {
            buf_printf(out, " %s", kind->drivers[d].name);
        }
    }
    buf_put_byte(out, '\n');
}

void run_version_write(const char *config, struct buf *out)
{
    buf_printf(out,
               "refmta version %s\n"
               "Exim version %s: its configuration language and spool form; this is "
               "refmta, not Exim\n"
               "Support for:",
               REFMTA_VERSION, REFMTA_LIKE_EXIM);
    for (size_t i = 0; i < conf_feature_count; i++) {
        if (conf_features[i].support != NULL) {
            buf_printf(out, " %s", conf_features[i].support);
        }
    }
    buf_put_text(out, "\nLookups (built-in):");
    for (size_t i = 0; lookup_names[i] != NULL; i++) {
        buf_printf(out, " %s", lookup_names[i]);
    }
    buf_put_byte(out, '\n');
    drivers_write(out, conf_driver_kinds[2]);
    drivers_write(out, conf_driver_kinds[0]);
    drivers_write(out, conf_driver_kinds[1]);
    lookup_library_put(out);
    buf_printf(out, "Size of off_t: %zu\nConfiguration file is %s\n", sizeof(off_t), config);
}

enum exit_status run_print_version(const struct run_options *o, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 65536);
    run_version_write(o->config, &out);
    (void)fputs(arena_text(arena, buf_span(&out)), stdout);
    (void)fflush(stdout);
    buf_wipe(&out);
    struct conf *conf;
    if (o->config_given) {
        err e = run_conf_load(o, arena, &conf);
        if (failed(e)) {
            return run_fail(EXIT_REFUSED, err_text(e, arena));
        }
        conf_free(conf);
    }
    return EXIT_FINE;
}

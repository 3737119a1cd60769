/* Rows of transports: the generic options, then those of each driver. */
#include "ref/conf/transport_options.h"

static const struct conf_option generic_rows[] = {
#define ROWS_OF struct transport_generic
#include "ref/conf/rows_transport.h"
};

static const struct conf_option appendfile_rows[] = {
#define ROWS_OF struct transport_appendfile
#include "ref/conf/rows_appendfile.h"
};

static const struct conf_option queuefile_rows[] = {
#define ROWS_OF struct transport_queuefile
#include "ref/conf/rows_queuefile.h"
};

static const struct conf_option smtp_rows[] = {
#define ROWS_OF struct transport_smtp
#include "ref/conf/rows_smtp.h"
};

static const struct conf_driver drivers[] = {
    {"appendfile", CONF_ROWS(appendfile_rows, struct transport_appendfile), TRANSPORT_APPENDFILE, true},
    {.name = "autoreply"},
    {.name = "lmtp"},
    {.name = "pipe"},
    {"queuefile", CONF_ROWS(queuefile_rows, struct transport_queuefile), TRANSPORT_QUEUEFILE, true},
    {"smtp", CONF_ROWS(smtp_rows, struct transport_smtp), TRANSPORT_SMTP, true},
};

const struct conf_driver_kind conf_transport_kind = {
    .name = "transport",
    .section = "transports",
    .generic = CONF_ROWS(generic_rows, struct transport_generic),
    .drivers = drivers,
    .driver_count = sizeof drivers / sizeof *drivers,
};

const struct conf_transport *conf_transport_find(const struct conf_transports *all, span name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (span_eq(span_text(all->at[i].name), name)) {
            return &all->at[i];
        }
    }
    return NULL;
}

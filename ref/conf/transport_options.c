/* Rows of transports: the generic options, then those of each driver. */
#include "ref/conf/transport_options.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

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
    {"appendfile", appendfile_rows, COUNT(appendfile_rows), sizeof(struct transport_appendfile),
     TRANSPORT_APPENDFILE, true},
    {.name = "autoreply"},
    {.name = "lmtp"},
    {.name = "pipe"},
    {"queuefile", queuefile_rows, COUNT(queuefile_rows), sizeof(struct transport_queuefile),
     TRANSPORT_QUEUEFILE, true},
    {"smtp", smtp_rows, COUNT(smtp_rows), sizeof(struct transport_smtp), TRANSPORT_SMTP, true},
};

const struct conf_driver_kind conf_transport_kind = {
    .name = "transport",
    .section = "transports",
    .generic = generic_rows,
    .generic_count = COUNT(generic_rows),
    .generic_size = sizeof(struct transport_generic),
    .driver_offset = offsetof(struct transport_generic, driver),
    .drivers = drivers,
    .driver_count = COUNT(drivers),
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

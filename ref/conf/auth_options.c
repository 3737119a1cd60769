/* Rows of authenticators: the generic options, then those of each driver. */
#include "ref/conf/auth_options.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const struct conf_option generic_rows[] = {
#define ROWS_OF struct auth_generic
#include "ref/conf/rows_auth.h"
};

static const struct conf_option plaintext_rows[] = {
#define ROWS_OF struct auth_plaintext
#include "ref/conf/rows_plaintext.h"
};

static const struct conf_driver drivers[] = {
    {.name = "cram_md5"},
    {.name = "cyrus_sasl"},
    {.name = "dovecot"},
    {.name = "external"},
    {.name = "gsasl"},
    {.name = "heimdal_gssapi"},
    {"plaintext", plaintext_rows, COUNT(plaintext_rows), sizeof(struct auth_plaintext),
     AUTH_PLAINTEXT, true},
    {.name = "spa"},
    {.name = "tls"},
};

const struct conf_driver_kind conf_auth_kind = {
    .name = "authenticator",
    .section = "authenticators",
    .generic = generic_rows,
    .generic_count = COUNT(generic_rows),
    .generic_size = sizeof(struct auth_generic),
    .driver_offset = offsetof(struct auth_generic, driver),
    .drivers = drivers,
    .driver_count = COUNT(drivers),
};

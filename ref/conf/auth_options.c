/* Rows of authenticators: the generic options, then those of each driver. */
#include "ref/conf/auth_options.h"

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
    {"plaintext", CONF_ROWS(plaintext_rows, struct auth_plaintext), AUTH_PLAINTEXT, true},
    {.name = "spa"},
    {.name = "tls"},
};

const struct conf_driver_kind conf_auth_kind = {
    .name = "authenticator",
    .section = "authenticators",
    .generic = CONF_ROWS(generic_rows, struct auth_generic),
    .drivers = drivers,
    .driver_count = sizeof drivers / sizeof *drivers,
};

/* Rows of authenticators: the generic options, then those of each driver. */
#include "ref/conf/auth_options.h"

#include "ref/conf/option_rows.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define OWNER struct auth_generic
static const struct conf_option generic_rows[] = {
    TEMPLATE(client_condition, "", 0, "used as a client if it is true"),
    TEMPLATE(client_set_id, "", 0, "name for the log, as a client"),
    TEXT(driver, "", 0, "what kind of authenticator it is"),
    TEXT(public_name, "", 0, "name of the mechanism; default: the authenticator's"),
    TEMPLATE(server_advertise_condition, "", 0, "offered if it is true"),
    TEMPLATE(server_condition, "", 0, "succeeds if it is true"),
    TEMPLATE(server_debug_print, "", CONF_UNUSED, "text for the trace"),
    TEMPLATE(server_mail_auth_condition, "", 0, "AUTH= in MAIL is believed if it is true"),
    TEMPLATE(server_set_id, "", 0, "name of who was authenticated"),
};

#undef OWNER
#define OWNER struct auth_plaintext
static const struct conf_option plaintext_rows[] = {
    BOOL(client_ignore_invalid_base64, "false", 0, "a prompt that is no base64 counts as empty"),
    TEMPLATE(client_send, "", 0, "what is sent: parts parted by colons, ^ for NUL"),
    TEMPLATE(server_prompts, "", 0, "prompts, a list; none: PLAIN"),
};

static const struct conf_driver drivers[] = {
    {"cram_md5", NULL, 0, 0, 0, false},
    {"cyrus_sasl", NULL, 0, 0, 0, false},
    {"dovecot", NULL, 0, 0, 0, false},
    {"external", NULL, 0, 0, 0, false},
    {"gsasl", NULL, 0, 0, 0, false},
    {"heimdal_gssapi", NULL, 0, 0, 0, false},
    {"plaintext", plaintext_rows, COUNT(plaintext_rows), sizeof(struct auth_plaintext),
     AUTH_PLAINTEXT, true},
    {"spa", NULL, 0, 0, 0, false},
    {"tls", NULL, 0, 0, 0, false},
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

/* Options of every authenticator. */
#include "ref/conf/rows_begin.h"

TEMPLATE(client_condition, "", 0, "used as a client if it is true")
TEMPLATE(client_set_id, "", 0, "name for the log, as a client")
TEXT(driver, "", 0, "what kind of authenticator it is")
TEXT(public_name, "", 0, "name of the mechanism; default: the authenticator's")
TEMPLATE(server_advertise_condition, "", 0, "offered if it is true")
TEMPLATE(server_condition, "", 0, "succeeds if it is true")
TEMPLATE(server_debug_print, "", CONF_UNUSED, "text for the trace")
TEMPLATE(server_mail_auth_condition, "", 0, "AUTH= in MAIL is believed if it is true")
TEMPLATE(server_set_id, "", 0, "name of who was authenticated")

#include "ref/conf/rows_end.h"

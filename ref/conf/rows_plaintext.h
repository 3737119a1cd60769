/* Options of plaintext. The lists' separators are found after expansion, as Exim has it. */
#include "ref/conf/rows_begin.h"

BOOL(client_ignore_invalid_base64, "false", 0, "a prompt that is no base64 counts as empty")
TEMPLATE(client_send, "", 0, "what is sent: parts parted by colons, ^ for NUL")
TEMPLATE(server_prompts, "", 0, "prompts, a list; none: PLAIN")

#include "ref/conf/rows_end.h"

/* Options of every transport. */
#include "ref/conf/rows_begin.h"

BOOL(body_only, "false", 0, "only the body is sent")
TEMPLATE(current_directory, "", 0, "directory that a local delivery runs in")
TEMPLATE(debug_print, "", 0, "text for the trace of delivery")
BOOL(delivery_date_add, "false", 0, "adds Delivery-date:")
BOOL(disable_logging, "false", 0, "no log lines for its deliveries")
TEXT(driver, "", 0, "what kind of transport it is")
BOOL(envelope_to_add, "false", 0, "adds Envelope-to:")
TEMPLATE(event_action, "", 0,
    "expanded at events: tcp:close and msg:delivery of smtp; queuefile ignores it, others refuse it")
GROUP(group, 0, "group that a local delivery runs as")
TEMPLATES(headers_add, 0, "header fields to add; may be set again")
BOOL(headers_only, "false", 0, "only the header is sent")
TEMPLATES(headers_remove, 0, "header fields to remove; may be set again")
REWRITES(headers_rewrite, 0, "rewriting rules for the header, a list")
TEMPLATE(home_directory, "", 0, "home directory of a local delivery")
BOOL(initgroups, "false", 0, "a local delivery has all groups of its user")
TEMPLATE(max_parallel, "", 0,
    "deliveries at once, of one process; what is more waits for a queue run")
TEMPLATE(message_size_limit, "", 0, "largest message in octets")
BOOL(rcpt_include_affixes, "false", 0, "prefixes and suffixes are put back")
BOOL(retry_use_local_part, "false", 0, "retry data are kept by address; true for local transports")
TEMPLATE(return_path, "", 0, "sender in the envelope")
BOOL(return_path_add, "false", 0, "adds Return-path:")
TEMPLATE(shadow_condition, "", 0, "shadow_transport is used if it is true")
TEXT(shadow_transport, "", 0, "transport that gets a copy of what was delivered")
TEMPLATE(transport_filter, "", 0, "command that the message goes through")
TIME(transport_filter_timeout, "5m", 1, 604800, 0, "longest time that it may take")
USER(user, 0, "user that a local delivery runs as")

#include "ref/conf/rows_end.h"

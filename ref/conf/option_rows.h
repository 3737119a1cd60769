/* How option rows are written: one macro for each type, so that a row says only what is its own.
   The file that includes it defines OWNER as the struct that the rows fill. */
#ifndef REF_CONF_OPTION_ROWS_H
#define REF_CONF_OPTION_ROWS_H

#include "ref/conf/option.h"

#define OPTION_ROW(id, type, name, fallback, least, most, flags, doc, clause)                   \
    {#name, id, CONF_FIELD(OWNER, type, name), fallback, least, most, flags, doc, clause}
#define OPTION_PLAIN(id, type, name, fallback, flags, doc)                                      \
    OPTION_ROW(id, type, name, fallback, 0, 0, flags, doc, "")

#define BOOL(name, fallback, flags, doc) OPTION_PLAIN(CONF_BOOL, bool, name, fallback, flags, doc)
#define SWITCH(name, fallback, flags, doc)                                                      \
    OPTION_PLAIN(CONF_SWITCH, struct conf_switch, name, fallback, flags, doc)
#define INT(name, fallback, least, most, flags, doc)                                            \
    OPTION_ROW(CONF_INT, uint64_t, name, fallback, least, most, flags, doc, "")
#define SIGNED(name, fallback, flags, doc)                                                      \
    OPTION_PLAIN(CONF_SIGNED, int64_t, name, fallback, flags, doc)
#define OCTAL(name, fallback, flags, doc)                                                       \
    OPTION_ROW(CONF_OCTAL, unsigned, name, fallback, 0, 07777, flags, doc, "")
#define FIXED(name, fallback, flags, doc)                                                       \
    OPTION_PLAIN(CONF_FIXED, uint64_t, name, fallback, flags, doc)
#define TIME(name, fallback, least, most, flags, doc)                                           \
    OPTION_ROW(CONF_TIME, millis, name, fallback, least, most, flags, doc, "")
#define TEXT(name, fallback, flags, doc)                                                        \
    OPTION_PLAIN(CONF_TEXT, const char *, name, fallback, flags, doc)
#define LIST(name, fallback, flags, doc)                                                        \
    OPTION_PLAIN(CONF_LIST, struct conf_list, name, fallback, flags, doc)
#define TEMPLATE(name, fallback, flags, doc)                                                    \
    OPTION_PLAIN(CONF_TEMPLATE, const struct template *, name, fallback, flags, doc)
#define TEMPLATES(name, flags, doc)                                                             \
    OPTION_PLAIN(CONF_TEMPLATES, struct conf_templates, name, "", flags, doc)
#define DOMAINS(name, fallback, flags, doc)                                                     \
    OPTION_PLAIN(CONF_DOMAINS, const struct template *, name, fallback, flags, doc)
#define LOCALS(name, fallback, flags, doc)                                                      \
    OPTION_PLAIN(CONF_LOCALS, const struct template *, name, fallback, flags, doc)
#define SENDERS(name, fallback, flags, doc)                                                     \
    OPTION_PLAIN(CONF_SENDERS, const struct template *, name, fallback, flags, doc)
#define HOSTS(name, fallback, flags, doc)                                                       \
    OPTION_PLAIN(CONF_HOSTS, struct host_list, name, fallback, flags, doc)
#define USER(name, flags, doc)                                                                  \
    OPTION_PLAIN(CONF_USER, struct conf_user, name, "", flags, doc)
#define GROUP(name, flags, doc)                                                                 \
    OPTION_PLAIN(CONF_GROUP, struct conf_group, name, "", flags, doc)
#define USERS(name, flags, doc)                                                                 \
    OPTION_PLAIN(CONF_USERS, struct conf_ids, name, "", flags, doc)
#define GROUPS(name, flags, doc)                                                                \
    OPTION_PLAIN(CONF_GROUPS, struct conf_ids, name, "", flags, doc)

#endif

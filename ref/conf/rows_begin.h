/* What a row of the rows_*.h files becomes. They are read twice: inside a struct each row is a field,
   and where ROWS_OF names that struct it is a row of its table. One macro for each type, so that a row
   says only what is its own: name, default, for numbers and times the least and most, flags, what it
   is for, and the clause that asks for it if one does. Rows are sorted by name. */
#ifdef ROWS_OF
#define FIELD(type, name)
#define ROW_(id, name, member, fallback, least, most, flags, doc, clause, ...)                  \
    {#name, id, offsetof(ROWS_OF, member), fallback, least, most, flags, doc, clause},
#define ROW(...) ROW_(__VA_ARGS__, "", "")
#else
#define FIELD(type, name) type name;
#define ROW(...)
#endif

#define BOUNDED(id, type, name, fallback, least, most, flags, ...)                              \
    FIELD(type, name) ROW(id, name, name, fallback, least, most, flags, __VA_ARGS__)
#define OPTION(id, type, name, fallback, flags, ...)                                            \
    BOUNDED(id, type, name, fallback, 0, 0, flags, __VA_ARGS__)

#define BOOL(name, ...) OPTION(CONF_BOOL, bool, name, __VA_ARGS__)
/* `member` and the one behind it. */
#define BOTH(name, member, fallback, flags, ...)                                                \
    ROW(CONF_BOTH, name, member, fallback, 0, 0, flags, __VA_ARGS__)
#define SWITCH(name, ...) OPTION(CONF_SWITCH, struct conf_switch, name, __VA_ARGS__)
#define INT(name, ...) BOUNDED(CONF_INT, uint64_t, name, __VA_ARGS__)
#define SIGNED(name, ...) OPTION(CONF_SIGNED, int64_t, name, __VA_ARGS__)
#define OCTAL(name, fallback, ...) BOUNDED(CONF_OCTAL, unsigned, name, fallback, 0, 07777, __VA_ARGS__)
#define FIXED(name, ...) OPTION(CONF_FIXED, uint64_t, name, __VA_ARGS__)
#define TIME(name, ...) BOUNDED(CONF_TIME, millis, name, __VA_ARGS__)
#define TEXT(name, ...) OPTION(CONF_TEXT, const char *, name, __VA_ARGS__)
#define LIST(name, ...) OPTION(CONF_LIST, struct conf_list, name, __VA_ARGS__)
#define TEMPLATE(name, ...) OPTION(CONF_TEMPLATE, const struct template *, name, __VA_ARGS__)
#define TEMPLATES(name, ...) OPTION(CONF_TEMPLATES, struct conf_templates, name, "", __VA_ARGS__)
#define DOMAINS(name, ...) OPTION(CONF_DOMAINS, const struct template *, name, __VA_ARGS__)
#define LOCALS(name, ...) OPTION(CONF_LOCALS, const struct template *, name, __VA_ARGS__)
#define SENDERS(name, ...) OPTION(CONF_SENDERS, const struct template *, name, __VA_ARGS__)
#define HOSTS(name, ...) OPTION(CONF_HOSTS, struct host_list, name, __VA_ARGS__)
#define USER(name, ...) OPTION(CONF_USER, struct conf_user, name, "", __VA_ARGS__)
#define GROUP(name, ...) OPTION(CONF_GROUP, struct conf_group, name, "", __VA_ARGS__)
#define USERS(name, ...) OPTION(CONF_USERS, struct conf_ids, name, "", __VA_ARGS__)
#define GROUPS(name, ...) OPTION(CONF_GROUPS, struct conf_ids, name, "", __VA_ARGS__)
#define ROUTES(name, ...) OPTION(CONF_ROUTES, struct conf_route_rules, name, "", __VA_ARGS__)
#define REWRITES(name, ...) OPTION(CONF_REWRITES, struct conf_rewrites, name, "", __VA_ARGS__)

/* The main section: every option this server knows, as a struct of values and a table, both made of
   the rows in rows_main.h. */
#ifndef REF_CONF_MAIN_OPTIONS_H
#define REF_CONF_MAIN_OPTIONS_H

#include "ref/conf/option.h"

/* Templates and lists that were not set are NULL or empty. */
struct conf_main {
#include "ref/conf/rows_main.h"
};

extern const struct conf_rows conf_main_options;

#endif

/* A feature is a row: reading, defaults, -bP, the builtin _OPT_MAIN_* macros and the option reference
   all come from here. */
#include "ref/conf/main_options.h"

static const struct conf_option rows[] = {
#define ROWS_OF struct conf_main
#include "ref/conf/rows_main.h"
};

const struct conf_rows conf_main_options = CONF_ROWS(rows, struct conf_main);

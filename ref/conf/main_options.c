/* A feature is a row: reading, defaults, -bP, the builtin _OPT_MAIN_* macros and the option reference
   all come from here. */
#include "ref/conf/main_options.h"

#include "base/rows.h"

const struct conf_option conf_main_options[] = {
#define ROWS_OF struct conf_main
#include "ref/conf/rows_main.h"
};
const size_t conf_main_option_count = sizeof conf_main_options / sizeof *conf_main_options;

const struct conf_option *conf_main_option_find(span name)
{
    return ROWS_FIND(conf_main_options, name);
}

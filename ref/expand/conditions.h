/* The functions behind the rows of conditions.c, one for each family; the row's variant says which
   of it. For this room only. */
#ifndef REF_EXPAND_CONDITIONS_H
#define REF_EXPAND_CONDITIONS_H

#include "ref/expand/condition.h"

/* Comparisons: which orders are true, and whether case counts. */
enum { ORDER_LESS = 1, ORDER_SAME = 2, ORDER_MORE = 4, ORDER_CASELESS = 8 };

/* Loops and lists. */
enum { LOOP_ANY = 1, LOOP_JSON = 2, LOOP_JSON_STRINGS = 4 };

/* isip: families. */
enum { FAMILY_4 = 1, FAMILY_6 = 2 };

/* cond_compare.c */
condition_test cond_number, cond_string, cond_bool, cond_bool_lax, cond_isip, cond_crypteq;
/* cond_match.c */
condition_test cond_match, cond_match_domain, cond_match_address, cond_match_local_part,
    cond_match_ip, cond_inlist, cond_each;
/* cond_misc.c */
condition_test cond_and, cond_or, cond_def, cond_exists, cond_first_delivery, cond_queue_running,
    cond_acl, cond_inbound_srs;

#endif

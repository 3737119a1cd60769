/* Wrong behaviours of the configuration language that are table entries; faults.c has their rows. */
#ifndef TESTS_FAULTS_LANGUAGE_H
#define TESTS_FAULTS_LANGUAGE_H

void fault_eq_ignores_case(void);
void fault_operator_lc_is_uc(void);
void fault_filter_keeps_all(void);
void fault_extract_gives_all(void);
void fault_if_takes_both(void);
void fault_local_part_is_expanded(void);
void fault_helo_is_forgotten(void);

void fault_acl_queue_is_the_usual_one(void);
void fault_acl_queue_lasts(void);
void fault_acl_downconvert_is_never(void);
void fault_acl_downconvert_is_always(void);

#endif

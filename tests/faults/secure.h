/* Wrong behaviours of TLS that are table entries; faults.c and requiretls.c have their rows, secure.c the
   wrapped functions too. */
#ifndef TESTS_FAULTS_SECURE_H
#define TESTS_FAULTS_SECURE_H

void fault_tls_not_offered(void);
void fault_tls_offered_inside(void);
void fault_tls_takes_argument(void);
void fault_tls_unavailable_is_554(void);
void fault_requiretls_in_clear(void);
void fault_requiretls_not_offered(void);
void fault_requiretls_takes_value(void);

#endif

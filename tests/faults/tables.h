/* Changing an entry of the product's constant tables. */
#ifndef TESTS_FAULTS_TABLES_H
#define TESTS_FAULTS_TABLES_H

#include "ref/smtp/extensions.h"
#include "ref/smtp/reply.h"
#include "ref/smtp/verbs.h"

/* Writes size octets of value over a constant object. */
void fault_set(const void *entry, const void *value, size_t size);

/* The verb's row; aborts when there is none. */
const struct smtp_verb_rule *fault_verb(const char *name);

#endif

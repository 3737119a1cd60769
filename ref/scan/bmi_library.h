/* A Brightmail client library, loaded: its own table, or the vendor's functions behind one. For the
   process that calls it (bmi_work.h) alone. */
#ifndef REF_SCAN_BMI_LIBRARY_H
#define REF_SCAN_BMI_LIBRARY_H

#include "base/arena.h"
#include "base/err.h"
#include "ref/scan/bmi_client.h"

/* The library stays for the life of the process. ERR_IO or ERR_SYNTAX: a sentence that says what is
   missing. */
err bmi_library_load(const char *path, struct arena *arena,
                     const struct bmi_client_v1 **client) MUST_CHECK;

/* bmi_sdk.c: NULL: it has none of the vendor's names. ERR_SYNTAX: it has some of them. */
err bmi_sdk_find(void *handle, struct arena *arena, const struct bmi_client_v1 **client) MUST_CHECK;

#endif

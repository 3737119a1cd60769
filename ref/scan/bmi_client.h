/* What refmta asks of a Brightmail client: a shared library that exports

       const struct bmi_client_v1 bmi_client_v1;

   and is named by bmi_library. It is loaded into a process of its own, one for each message that is
   scanned and one for each delivery that looks at verdicts; that process ends behind its last call, has
   one thread, and calls in the order below. Texts end in NUL and are the caller's, except where a
   function hands one out: that is given back with strfree. What a header or a body hands over are
   octets. A library that exports none of this but the names of the vendor's own
   (libbmiclient_single.so) is called by those. This file needs nothing of refmta's and may be copied. */
#ifndef REF_SCAN_BMI_CLIENT_H
#define REF_SCAN_BMI_CLIENT_H

#include <stddef.h>

#define BMI_CLIENT_ABI 1u

typedef struct bmi_sys bmi_sys;         /* the library's own */
typedef struct bmi_msg bmi_msg;
typedef struct bmi_verdict_text bmi_verdict_text;

/* fatal 0: go on. Otherwise the message is given up, and the two numbers stand in the log. */
typedef struct bmi_status {
    int fatal;
    int location;
    int type;
} bmi_status;

struct bmi_client_v1 {
    unsigned abi;                       /* BMI_CLIENT_ABI */
    void *self;                         /* handed to those below that have one; NULL is fine */

    /* --- a message --- */
    bmi_status (*open)(void *self, const char *config_file, bmi_sys **);
    void (*close)(bmi_sys *);
    bmi_status (*begin)(bmi_sys *, bmi_msg **);
    void (*end)(bmi_msg *);
    bmi_status (*connection)(bmi_msg *, const char *ip);
    bmi_status (*from)(bmi_msg *, const char *sender);
    /* n opt-in strings. A status that is not fatal, but has a type, says that they were not taken. */
    bmi_status (*rcpt)(bmi_msg *, const char *address, const char *const *optin, size_t n);
    bmi_status (*rcpt_end)(bmi_msg *);
    bmi_status (*header)(bmi_msg *, const void *, size_t); /* one field, its LF included */
    bmi_status (*header_end)(bmi_msg *);
    bmi_status (*body)(bmi_msg *, const void *, size_t);   /* at most 4096 octets */
    bmi_status (*body_end)(bmi_msg *);
    bmi_status (*finish)(bmi_msg *);
    /* The i-th verdict as base64, without a line end; 0: there are no more. */
    int (*verdict)(bmi_msg *, size_t i, char **base64);

    /* --- a verdict, perhaps years later --- */
    bmi_status (*parse)(void *self, const char *base64, size_t length, bmi_verdict_text **);
    void (*vfree)(bmi_verdict_text *);
    int (*v_error)(const bmi_verdict_text *);
    int (*v_default)(const bmi_verdict_text *);             /* deliver as usual */
    const char *(*v_destination)(const bmi_verdict_text *); /* NULL: do not deliver */
    const char *(*v_rcpt)(const bmi_verdict_text *, size_t i);    /* NULL: no more */
    int (*v_rule)(const bmi_verdict_text *, int number);
    bmi_status (*v_tracker)(const bmi_verdict_text *, char **base64);

    void (*strfree)(void *self, char *);
};

#endif

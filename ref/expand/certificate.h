/* Certificates in PEM, which is what the variables $tls_..._ourcert and $tls_..._peercert hold. */
#ifndef REF_EXPAND_CERTIFICATE_H
#define REF_EXPAND_CERTIFICATE_H

#include "ref/expand/tree.h"

/* The template is nothing but one of those variables. */
bool certificate_variable(const struct template *t);
/* Empty: the text is no certificate. Lives in arena. */
span certificate_der(span pem, struct arena *arena);

#endif

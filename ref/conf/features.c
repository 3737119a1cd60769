/* A feature gets its row when it is there, not before: scripts choose by these names what to
   run. */
#include "ref/conf/features.h"

#include "ref/conf/driver.h"
#include "ref/conf/main_options.h"
#include "ref/expand/condition.h"
#include "ref/expand/items.h"
#include "ref/expand/operators.h"
#include "ref/expand/variables.h"
#include "ref/lookup/lookup.h"

#include <ctype.h>

const struct conf_feature conf_features[] = {
    {"_HAVE_IPV6", "IPv6"},
    {"_HAVE_CRYPTEQ", "crypteq"},
    {"_CRYPTO_HASH_SHA3", NULL},
    {"_CRYPTO_SIGN_ED25519", NULL},
    {"_HAVE_TLS", NULL},
    {"_HAVE_TLS1_3", NULL},
    {"_HAVE_TLS_CA_CACHE", NULL}, /* a context that has read them serves all connections */
    {"_HAVE_OPENSSL", "OpenSSL"},
    {"_HAVE_GNUTLS", "GnuTLS"},
    {"_HAVE_TLS_RESUME", "TLS_resume"},
    {"_HAVE_OCSP", "OCSP"},
    {"_HAVE_TLS_OCSP", NULL},
    {"_HAVE_REQUIRETLS", "REQUIRETLS"},
    {"_HAVE_DNSSEC", "DNSSEC"},
    {"_HAVE_EVENT", "Event"},
    {"_HAVE_TCP_FASTOPEN", "TCP_Fast_Open"},
    {"_HAVE_PIPE_CONNECT", "PIPECONNECT"},
    {"_HAVE_DKIM", "DKIM"},
    {"_HAVE_ARC", "Experimental_ARC"},
    {"_HAVE_SPF", "SPF"},
    {"_HAVE_DMARC", "Experimental_DMARC"},
    {"_HAVE_DSN_INFO", "Experimental_DSN_info"},
    {"_HAVE_BRIGHTMAIL", "Experimental_Brightmail"},
    {"_HAVE_DCC", "Experimental_DCC"},
    {"_HAVE_I18N", "I18N"},
    {"_HAVE_SRS", "SRS"},
    {"_HAVE_NATIVE_SRS", NULL},
    {NULL, "Experimental_SRS"},
    {"_HAVE_LMDB", "Experimental_LMDB"},
    {NULL, "Experimental_QUEUEFILE"},
    {"_HAVE_TRANSPORT_APPEND_MAILDIR", NULL},
};
const size_t conf_feature_count = sizeof conf_features / sizeof *conf_features;

/* Element N + 1 is what the bits N of $tls_in_resumption say. */
static const char resume_decode[] =
    "not requested or offered: 0x02 :client requested, no server ticket: 0x04 : 0x05 : 0x06 "
    ":client offered session, no server action: 0x08 :no client request: 0x0A "
    ":client requested new ticket, server provided: 0x0C :client offered session, not used: 0x0E "
    ":client offered session, server only provided new ticket: 0x10 :session resumed unasked: 0x12 "
    ":session resumed unasked: 0x14 : 0x15: 0x16 :session resumed: 0x18 :session resumed unasked: "
    "0x1A :session resumed unasked: 0x1C :session resumed: 0x1E :session resumed, also new ticket";

static void define(struct conf_macros *macros, struct arena *arena, const char *prefix,
                   const char *name)
{
    char *whole = arena_printf(arena, "%s%s", prefix, name);
    for (char *c = whole; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    macro_define_builtin(macros, whole, "y", arena);
}

static void rows_define(struct conf_macros *macros, struct arena *arena, const char *prefix,
                        const struct conf_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        define(macros, arena, prefix, rows->at[i].name);
    }
}

static void kind_define(struct conf_macros *macros, struct arena *arena,
                        const struct conf_driver_kind *kind)
{
    rows_define(macros, arena, arena_printf(arena, "_OPT_%s_", kind->section), &kind->generic);
    for (size_t d = 0; d < kind->driver_count; d++) {
        const struct conf_driver *driver = &kind->drivers[d];
        if (driver->supported) {
            define(macros, arena, arena_printf(arena, "_DRIVER_%s_", kind->name), driver->name);
            rows_define(macros, arena, arena_printf(arena, "_OPT_%s_%s_", kind->name, driver->name),
                        &driver->options);
        }
    }
}

/* What is refused is not there, and what is no word is no macro. */
static void expansions_define(struct conf_macros *macros, struct arena *arena)
{
    for (size_t i = 0; i < item_row_count; i++) {
        if (item_rows[i].shape != ITEM_REFUSED) {
            define(macros, arena, "_EXP_ITEM_", item_rows[i].name);
        }
    }
    for (size_t i = 0; i < operator_row_count; i++) {
        if (operator_rows[i].eval != NULL) {
            define(macros, arena, "_EXP_OP_", operator_rows[i].name);
        }
    }
    for (size_t i = 0; i < condition_row_count; i++) {
        if (condition_rows[i].shape != CONDITION_REFUSED &&
            ascii_is_alpha((unsigned char)condition_rows[i].name[0])) {
            define(macros, arena, "_EXP_COND_", condition_rows[i].name);
        }
    }
    for (size_t i = 0; i < variable_row_count; i++) {
        if (variable_rows[i].kind != VARIABLE_REFUSED &&
            strchr(variable_rows[i].name, '*') == NULL) {
            define(macros, arena, "_EXP_VAR_", variable_rows[i].name);
        }
    }
}

void conf_builtins_define(struct conf_macros *macros, const struct conf_words *words,
                          struct arena *arena)
{
    for (size_t i = 0; i < conf_feature_count; i++) {
        if (conf_features[i].macro != NULL) {
            macro_define_builtin(macros, conf_features[i].macro, "y", arena);
        }
    }
    for (size_t i = 0; lookup_names[i] != NULL; i++) {
        define(macros, arena, "_HAVE_LOOKUP_", lookup_names[i]);
    }
    for (size_t i = 0; conf_driver_kinds[i] != NULL; i++) {
        kind_define(macros, arena, conf_driver_kinds[i]);
    }
    rows_define(macros, arena, "_OPT_MAIN_", &conf_main_options);
    expansions_define(macros, arena);
    for (const struct conf_words *w = words; w != NULL && w->prefix != NULL; w++) {
        for (size_t i = 0; w->words[i] != NULL; i++) {
            if (w->text == NULL) {
                define(macros, arena, w->prefix, w->words[i]);
            } else {
                macro_define_builtin(macros, arena_printf(arena, "%s%s", w->prefix, w->words[i]),
                                     w->text, arena);
            }
        }
    }
    macro_define_builtin(macros, "_RESUME_DECODE", resume_decode, arena);
    macro_builtins_done(macros);
}

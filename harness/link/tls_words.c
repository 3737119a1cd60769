/* TABLES of what both libraries name in their own ways: suites, alerts, versions. A suite can be
   wanted only if it has a row, since each library wants it spelt differently; one that was chosen
   without a row is told by its number. */
#include "harness/link/tls_engine.h"

#include <string.h>

#define ECDHE_RSA "-KX-ALL:+ECDHE-RSA:-CIPHER-ALL:"
#define ECDHE_ECDSA "-KX-ALL:+ECDHE-ECDSA:-CIPHER-ALL:"
#define DHE_RSA "-KX-ALL:+DHE-RSA:-CIPHER-ALL:"
#define RSA "-KX-ALL:+RSA:-CIPHER-ALL:"

const struct tls_suite link_tls_suites[] = {
    {"TLS_AES_128_GCM_SHA256", 0x1301, NULL, "-CIPHER-ALL:+AES-128-GCM"},
    {"TLS_AES_256_GCM_SHA384", 0x1302, NULL, "-CIPHER-ALL:+AES-256-GCM"},
    {"TLS_CHACHA20_POLY1305_SHA256", 0x1303, NULL, "-CIPHER-ALL:+CHACHA20-POLY1305"},
    {"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009e, "DHE-RSA-AES128-GCM-SHA256",
     DHE_RSA "+AES-128-GCM"},
    {"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0x009f, "DHE-RSA-AES256-GCM-SHA384",
     DHE_RSA "+AES-256-GCM"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256",
     ECDHE_ECDSA "+AES-128-GCM"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384",
     ECDHE_ECDSA "+AES-256-GCM"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xc013, "ECDHE-RSA-AES128-SHA",
     ECDHE_RSA "+AES-128-CBC"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xc02f, "ECDHE-RSA-AES128-GCM-SHA256",
     ECDHE_RSA "+AES-128-GCM"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", 0xc014, "ECDHE-RSA-AES256-SHA",
     ECDHE_RSA "+AES-256-CBC"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030, "ECDHE-RSA-AES256-GCM-SHA384",
     ECDHE_RSA "+AES-256-GCM"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca8, "ECDHE-RSA-CHACHA20-POLY1305",
     ECDHE_RSA "+CHACHA20-POLY1305"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", 0x002f, "AES128-SHA", RSA "+AES-128-CBC"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009d, "AES256-GCM-SHA384", RSA "+AES-256-GCM"},
};
const size_t link_tls_suite_count = sizeof link_tls_suites / sizeof *link_tls_suites;

const struct tls_suite *link_tls_suite_named(const char *name)
{
    for (size_t i = 0; i < link_tls_suite_count; i++) {
        if (strcmp(link_tls_suites[i].name, name) == 0) {
            return &link_tls_suites[i];
        }
    }
    return NULL;
}

const char *link_tls_suite_text(unsigned number, struct arena *arena)
{
    for (size_t i = 0; i < link_tls_suite_count; i++) {
        if (link_tls_suites[i].number == number) {
            return link_tls_suites[i].name;
        }
    }
    return arena_printf(arena, "0x%04x", number);
}

struct numbered {
    unsigned number;
    const char *name;
};

static const char *name_of(const struct numbered *rows, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].number == number) {
            return rows[i].name;
        }
    }
    return NULL;
}

/* RFC 8446 6, RFC 5246 7.2 */
static const struct numbered alerts[] = {
    {0, "close_notify"},           {10, "unexpected_message"},
    {20, "bad_record_mac"},        {22, "record_overflow"},
    {40, "handshake_failure"},     {42, "bad_certificate"},
    {43, "unsupported_certificate"}, {44, "certificate_revoked"},
    {45, "certificate_expired"},   {46, "certificate_unknown"},
    {47, "illegal_parameter"},     {48, "unknown_ca"},
    {49, "access_denied"},         {50, "decode_error"},
    {51, "decrypt_error"},         {70, "protocol_version"},
    {71, "insufficient_security"}, {80, "internal_error"},
    {86, "inappropriate_fallback"}, {90, "user_canceled"},
    {100, "no_renegotiation"},     {109, "missing_extension"},
    {110, "unsupported_extension"}, {112, "unrecognized_name"},
    {115, "unknown_psk_identity"}, {116, "certificate_required"},
    {120, "no_application_protocol"},
};

const char *link_tls_alert_text(unsigned number, struct arena *arena)
{
    const char *name = name_of(alerts, sizeof alerts / sizeof *alerts, number);
    return name != NULL ? name : arena_printf(arena, "%u", number);
}

static const struct numbered versions[] = {
    {0x0301, "1.0"}, {0x0302, "1.1"}, {0x0303, "1.2"}, {0x0304, "1.3"},
};

const char *link_tls_version_text(unsigned version)
{
    return name_of(versions, sizeof versions / sizeof *versions, version);
}

unsigned link_tls_version_read(const char *text)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(versions[i].name, text) == 0) {
            return versions[i].number;
        }
    }
    return 0;
}

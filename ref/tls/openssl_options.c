/* The words of openssl_options. What TLS older than 1.2 needs is known and changes nothing: that is not
   spoken here. */
#include "ref/tls/openssl.h"

static const struct {
    const char *word;
    uint64_t bits;
} words[] = {
    {"all", SSL_OP_ALL},
    {"allow_no_dhe_kex", SSL_OP_ALLOW_NO_DHE_KEX},
    {"cipher_server_preference", SSL_OP_CIPHER_SERVER_PREFERENCE},
    {"dont_insert_empty_fragments", SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS},
    {"no_compression", SSL_OP_NO_COMPRESSION},
    {"no_session_resumption_on_renegotiation", SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION},
    {"no_sslv2", 0},
    {"no_sslv3", SSL_OP_NO_SSLv3},
    {"no_ticket", 0}, /* tls_resumption_hosts decides */
    {"no_tlsv1", SSL_OP_NO_TLSv1},
    {"no_tlsv1_1", SSL_OP_NO_TLSv1_1},
    {"no_tlsv1_2", SSL_OP_NO_TLSv1_2},
    {"no_tlsv1_3", SSL_OP_NO_TLSv1_3},
    {"prioritize_chacha", SSL_OP_PRIORITIZE_CHACHA},
    {"single_dh_use", 0},
    {"single_ecdh_use", 0},
};

const char *tls_openssl_word(size_t i)
{
    return i < sizeof words / sizeof words[0] ? words[i].word : NULL;
}

static bool bits_of(span word, uint64_t *bits)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (span_eq_caseless(word, span_text(words[i].word))) {
            *bits = words[i].bits;
            return true;
        }
    }
    return false;
}

/* Blanks part the items; a sign stands in front of each. */
err tls_openssl_options(span text, struct arena *texts, uint64_t *set, uint64_t *clear)
{
    *set = *clear = 0;
    for (span rest = span_trim_space(text); rest.len > 0; rest = span_trim_space(rest)) {
        size_t len = 0;
        uint64_t bits = 0;
        while (len < rest.len && !ascii_is_blank(rest.at[len]) && rest.at[len] != '\n') {
            len++;
        }
        span item = span_first(rest, len);
        rest = span_from(rest, len);
        bool plus = item.at[0] == '+', minus = item.at[0] == '-';
        if ((!plus && !minus) || !bits_of(span_from(item, 1), &bits)) {
            return err_of(ERR_SYNTAX,
                          arena_printf(texts, "openssl_options: \"%.*s\" is not known (items are "
                                              "+name or -name)", SPAN_FMT(item)));
        }
        *set = plus ? *set | bits : *set & ~bits;
        *clear = plus ? *clear & ~bits : *clear | bits;
    }
    return OK;
}

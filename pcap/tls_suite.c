/* Key schedules and records by the RFCs, with OpenSSL's HMAC and ciphers alone: its TLS, which could
   not be fed what both sides said anyway, plays no part. A capture's keys are nobody's secret any more,
   so nothing here runs in constant time. */
#include "pcap/tls_suite.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static const struct tls_suite_row rows[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", TLS_GCM, 16, TLS_SHA256},
    {0x1302, "TLS_AES_256_GCM_SHA384", TLS_GCM, 32, TLS_SHA384},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", TLS_CHACHA, 32, TLS_SHA256},
    {0x1304, "TLS_AES_128_CCM_SHA256", TLS_CCM, 16, TLS_SHA256},
    {0x1305, "TLS_AES_128_CCM_8_SHA256", TLS_CCM_8, 16, TLS_SHA256},
    {0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", TLS_CBC, 16, TLS_SHA1},
    {0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", TLS_CBC, 16, TLS_SHA1},
    {0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA", TLS_CBC, 16, TLS_SHA1},
    {0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", TLS_CBC, 32, TLS_SHA1},
    {0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", TLS_CBC, 32, TLS_SHA1},
    {0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA", TLS_CBC, 32, TLS_SHA1},
    {0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256", TLS_CBC, 16, TLS_SHA256},
    {0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256", TLS_CBC, 32, TLS_SHA256},
    {0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", TLS_CBC, 16, TLS_SHA256},
    {0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", TLS_CBC, 32, TLS_SHA256},
    {0x006c, "TLS_DH_anon_WITH_AES_128_CBC_SHA256", TLS_CBC, 16, TLS_SHA256},
    {0x006d, "TLS_DH_anon_WITH_AES_256_CBC_SHA256", TLS_CBC, 32, TLS_SHA256},
    {0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", TLS_GCM, 16, TLS_SHA256},
    {0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", TLS_GCM, 32, TLS_SHA384},
    {0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", TLS_GCM, 16, TLS_SHA256},
    {0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", TLS_GCM, 32, TLS_SHA384},
    {0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256", TLS_GCM, 16, TLS_SHA256},
    {0x00a7, "TLS_DH_anon_WITH_AES_256_GCM_SHA384", TLS_GCM, 32, TLS_SHA384},
    {0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", TLS_CBC, 16, TLS_SHA1},
    {0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", TLS_CBC, 32, TLS_SHA1},
    {0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", TLS_CBC, 16, TLS_SHA1},
    {0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", TLS_CBC, 32, TLS_SHA1},
    {0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", TLS_CBC, 16, TLS_SHA1},
    {0xc019, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA", TLS_CBC, 32, TLS_SHA1},
    {0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", TLS_CBC, 16, TLS_SHA256},
    {0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", TLS_CBC, 32, TLS_SHA384},
    {0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", TLS_CBC, 16, TLS_SHA256},
    {0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", TLS_CBC, 32, TLS_SHA384},
    {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", TLS_GCM, 16, TLS_SHA256},
    {0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", TLS_GCM, 32, TLS_SHA384},
    {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", TLS_GCM, 16, TLS_SHA256},
    {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", TLS_GCM, 32, TLS_SHA384},
    {0xc09c, "TLS_RSA_WITH_AES_128_CCM", TLS_CCM, 16, TLS_SHA256},
    {0xc09d, "TLS_RSA_WITH_AES_256_CCM", TLS_CCM, 32, TLS_SHA256},
    {0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM", TLS_CCM, 16, TLS_SHA256},
    {0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM", TLS_CCM, 32, TLS_SHA256},
    {0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8", TLS_CCM_8, 16, TLS_SHA256},
    {0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8", TLS_CCM_8, 32, TLS_SHA256},
    {0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8", TLS_CCM_8, 16, TLS_SHA256},
    {0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8", TLS_CCM_8, 32, TLS_SHA256},
    {0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", TLS_CCM, 16, TLS_SHA256},
    {0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", TLS_CCM, 32, TLS_SHA256},
    {0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", TLS_CCM_8, 16, TLS_SHA256},
    {0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", TLS_CCM_8, 32, TLS_SHA256},
    {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", TLS_CHACHA, 32, TLS_SHA256},
    {0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", TLS_CHACHA, 32, TLS_SHA256},
    {0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", TLS_CHACHA, 32, TLS_SHA256},
};

const struct tls_suite_row *capture_suite_find(unsigned number)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].number == number) {
            return &rows[i];
        }
    }
    return NULL;
}

/* ---- keys ---- */

static const EVP_MD *hash_of(enum tls_hash hash)
{
    return hash == TLS_SHA1 ? EVP_sha1() : hash == TLS_SHA256 ? EVP_sha256() : EVP_sha384();
}

static size_t hash_octets(enum tls_hash hash)
{
    return hash == TLS_SHA1 ? 20 : hash == TLS_SHA256 ? 32 : 48;
}

static void mac(enum tls_hash hash, span key, span text, unsigned char out[EVP_MAX_MD_SIZE])
{
    unsigned len = 0;
    (void)HMAC(hash_of(hash), key.at, (int)key.len, text.at, text.len, out, &len);
}

/* RFC 5246 5: P_hash(secret, seed), seed being the label with its own. */
static void p_hash(enum tls_hash hash, span secret, span seed, unsigned char *out, size_t want)
{
    unsigned char a[EVP_MAX_MD_SIZE];
    unsigned char block[EVP_MAX_MD_SIZE];
    unsigned char text[EVP_MAX_MD_SIZE + 128];
    size_t size = hash_octets(hash);
    mac(hash, secret, seed, a);
    for (size_t done = 0; done < want; done += size) {
        memcpy(text, a, size);
        memcpy(text + size, seed.at, seed.len);
        mac(hash, secret, span_of(text, size + seed.len), block);
        memcpy(out + done, block, want - done < size ? want - done : size);
        mac(hash, secret, span_of(a, size), block);
        memcpy(a, block, size);
    }
}

/* The nonce's part that keys decide. RFC 5288 3, RFC 6655 3: four octets; RFC 7905 2: twelve. CBC has
   its own in each record. */
static size_t fixed_iv(const struct tls_keys *k)
{
    bool all = k->new_form || k->suite->sealing == TLS_CHACHA;
    return all ? 12 : k->suite->sealing == TLS_CBC ? 0 : 4;
}

void capture_keys_master(const struct tls_suite_row *suite, span master, span client_random,
                         span server_random, bool server, bool mac_last, struct tls_keys *k)
{
    static const char label[] = "key expansion";
    unsigned char seed[sizeof label - 1 + 64];
    unsigned char block[2 * (sizeof k->mac + sizeof k->key + sizeof k->iv)];
    *k = (struct tls_keys){.suite = suite, .mac_last = mac_last};
    size_t macs = suite->sealing == TLS_CBC ? hash_octets(suite->hash) : 0;
    size_t ivs = fixed_iv(k);
    memcpy(seed, label, sizeof label - 1);
    memcpy(seed + sizeof label - 1, server_random.at, 32);
    memcpy(seed + sizeof label - 1 + 32, client_random.at, 32);
    /* RFC 5246 5: SHA-256, unless the suite has a better hash */
    enum tls_hash prf = suite->hash == TLS_SHA1 ? TLS_SHA256 : suite->hash;
    p_hash(prf, master, span_of(seed, sizeof seed), block, 2 * (macs + suite->key + ivs));
    const unsigned char *at = block;
    memcpy(k->mac, at + (server ? macs : 0), macs);
    at += 2 * macs;
    memcpy(k->key, at + (server ? suite->key : 0), suite->key);
    at += 2 * suite->key;
    memcpy(k->iv, at + (server ? ivs : 0), ivs);
}

/* RFC 8446 7.1: HKDF-Expand-Label with an empty context; never more than one block. */
static void expand_label(const struct tls_keys *k, const char *label, unsigned char *out, size_t want)
{
    unsigned char info[64];
    unsigned char block[EVP_MAX_MD_SIZE];
    size_t label_len = strlen(label);
    size_t len = 0;
    info[len++] = 0;
    info[len++] = (unsigned char)want;
    info[len++] = (unsigned char)(6 + label_len);
    memcpy(info + len, "tls13 ", 6);
    memcpy(info + len + 6, label, label_len);
    len += 6 + label_len;
    info[len++] = 0; /* no context */
    info[len++] = 1; /* RFC 5869 2.3: the block's number */
    mac(k->suite->hash, span_of(k->secret, k->secret_len), span_of(info, len), block);
    memcpy(out, block, want);
}

static void fill_traffic(struct tls_keys *k)
{
    expand_label(k, "key", k->key, k->suite->key);
    expand_label(k, "iv", k->iv, sizeof k->iv);
    k->number = 0;
}

bool capture_keys_traffic(const struct tls_suite_row *suite, span secret, struct tls_keys *k)
{
    *k = (struct tls_keys){.suite = suite, .new_form = true, .secret_len = secret.len};
    if (secret.len != hash_octets(suite->hash)) {
        return false;
    }
    memcpy(k->secret, secret.at, secret.len);
    fill_traffic(k);
    return true;
}

void capture_keys_update(struct tls_keys *k)
{
    unsigned char next[TLS_SECRET_MOST];
    expand_label(k, "traffic upd", next, k->secret_len);
    memcpy(k->secret, next, k->secret_len);
    fill_traffic(k);
}

/* ---- records ---- */

static void put_be(unsigned char *at, uint64_t value, size_t octets)
{
    for (size_t i = 0; i < octets; i++) {
        at[i] = (unsigned char)(value >> 8 * (octets - 1 - i));
    }
}

static size_t tag_octets(const struct tls_suite_row *suite)
{
    return suite->sealing == TLS_CCM_8 ? 8 : 16;
}

static const EVP_CIPHER *cipher_of(const struct tls_suite_row *suite)
{
    bool small = suite->key == 16;
    switch (suite->sealing) {
    case TLS_GCM:
        return small ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    case TLS_CCM:
    case TLS_CCM_8:
        return small ? EVP_aes_128_ccm() : EVP_aes_256_ccm();
    case TLS_CHACHA:
        return EVP_chacha20_poly1305();
    case TLS_CBC:
        break;
    }
    return small ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
}

/* RFC 5246 6.2.3: the record's number, type, version and length. */
static size_t authenticated(const struct tls_keys *k, const struct tls_record *r, size_t len,
                            unsigned char out[13])
{
    put_be(out, k->number, 8);
    out[8] = (unsigned char)r->type;
    put_be(out + 9, r->version, 2);
    put_be(out + 11, len, 2);
    return 13;
}

/* One of the ciphers that authenticate. CCM wants tag and length told before everything else. */
static bool open_sealed(const struct tls_keys *k, const unsigned char nonce[12], span aad, span sealed,
                        size_t tag, unsigned char *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ccm = k->suite->sealing == TLS_CCM || k->suite->sealing == TLS_CCM_8;
    span text = span_first(sealed, sealed.len - tag);
    /* the tag is not written to, but the call takes no const */
    void *end = (void *)(uintptr_t)(sealed.at + text.len);
    int len = 0;
    unsigned char none;
    bool good = c != NULL && EVP_DecryptInit_ex(c, cipher_of(k->suite), NULL, NULL, NULL) == 1 &&
                EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) == 1 &&
                EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)tag, end) == 1 &&
                EVP_DecryptInit_ex(c, NULL, NULL, k->key, nonce) == 1 &&
                (!ccm || EVP_DecryptUpdate(c, NULL, &len, NULL, (int)text.len) == 1) &&
                EVP_DecryptUpdate(c, NULL, &len, aad.at, (int)aad.len) == 1 &&
                EVP_DecryptUpdate(c, text.len ? out : &none, &len, text.at, (int)text.len) == 1 &&
                (ccm || EVP_DecryptFinal_ex(c, out + len, &len) == 1);
    EVP_CIPHER_CTX_free(c);
    return good;
}

static const char *const no_fit = "it does not fit its key";
static const char *const too_short = "it is shorter than its cipher allows";

static const char *open_aead(struct tls_keys *k, const struct tls_record *r, struct arena *arena, span *plain)
{
    unsigned char nonce[12];
    unsigned char aad[13];
    size_t aad_len = TLS_RECORD_HEAD;
    size_t tag = tag_octets(k->suite);
    size_t fixed = fixed_iv(k);
    size_t told = fixed == 12 ? 0 : 8; /* of the nonce, in the record itself */
    if (r->payload.len < told + tag) {
        return too_short;
    }
    span sealed = span_from(r->payload, told);
    memcpy(nonce, k->iv, 12);
    if (told) {
        memcpy(nonce + fixed, r->payload.at, told);
    } else {
        unsigned char number[8];
        put_be(number, k->number, 8);
        for (size_t i = 0; i < 8; i++) {
            nonce[4 + i] ^= number[i];
        }
    }
    if (k->new_form) {
        memcpy(aad, r->head.at, aad_len);
    } else {
        aad_len = authenticated(k, r, sealed.len - tag, aad);
    }
    unsigned char *out = arena_take(arena, sealed.len);
    if (!open_sealed(k, nonce, span_of(aad, aad_len), sealed, tag, out)) {
        return no_fit;
    }
    *plain = span_of(out, sealed.len - tag);
    return NULL;
}

/* The MAC over what authenticated() has and the text. */
static bool mac_fits(const struct tls_keys *k, const struct tls_record *r, span text, span wanted,
                     struct arena *arena)
{
    unsigned char got[EVP_MAX_MD_SIZE];
    size_t size = hash_octets(k->suite->hash);
    unsigned char *all = arena_take(arena, 13 + text.len);
    size_t head = authenticated(k, r, text.len, all);
    if (text.len) {
        memcpy(all + head, text.at, text.len);
    }
    mac(k->suite->hash, span_of(k->mac, size), span_of(all, head + text.len), got);
    return span_eq(wanted, span_of(got, size));
}

/* Octets of padding at the end, its own length included; 0: it is none. RFC 5246 6.2.3.2. */
static size_t padding(span text)
{
    size_t len = text.len ? (size_t)text.at[text.len - 1] + 1 : 0;
    for (size_t i = 0; i < len && len <= text.len; i++) {
        if (text.at[text.len - 1 - i] != len - 1) {
            return 0;
        }
    }
    return len <= text.len ? len : 0;
}

static const char *open_cbc(struct tls_keys *k, const struct tls_record *r, struct arena *arena, span *plain)
{
    size_t size = hash_octets(k->suite->hash);
    span sealed = r->payload;
    if (k->mac_last) { /* RFC 7366 3 */
        if (sealed.len < size) {
            return too_short;
        }
        sealed.len -= size;
        if (!mac_fits(k, r, sealed, span_from(r->payload, sealed.len), arena)) {
            return no_fit;
        }
    }
    if (sealed.len < 32 || sealed.len % 16) {
        return too_short;
    }
    int len = 0;
    unsigned char *out = arena_take(arena, sealed.len);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool good = c != NULL && EVP_DecryptInit_ex(c, cipher_of(k->suite), NULL, k->key, sealed.at) == 1 &&
                EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
                EVP_DecryptUpdate(c, out, &len, sealed.at + 16, (int)sealed.len - 16) == 1;
    EVP_CIPHER_CTX_free(c);
    span text = span_of(out, sealed.len - 16);
    size_t pad = padding(text);
    if (!good || pad == 0 || text.len - pad < (k->mac_last ? 0 : size)) {
        return no_fit;
    }
    text.len -= pad;
    if (!k->mac_last) {
        span code = span_from(text, text.len - size);
        text.len -= size;
        if (!mac_fits(k, r, text, code, arena)) {
            return no_fit;
        }
    }
    *plain = text;
    return NULL;
}

const char *capture_keys_open(struct tls_keys *k, const struct tls_record *r, struct arena *arena,
                              unsigned *type, span *plain)
{
    *type = r->type;
    const char *why = k->suite->sealing == TLS_CBC ? open_cbc(k, r, arena, plain) : open_aead(k, r, arena, plain);
    if (why) {
        return why;
    }
    k->number++;
    if (k->new_form) { /* RFC 8446 5.4: the type, then zeros */
        while (plain->len && plain->at[plain->len - 1] == 0) {
            plain->len--;
        }
        if (plain->len == 0) {
            return "it holds nothing but padding";
        }
        *type = plain->at[--plain->len];
    }
    return NULL;
}

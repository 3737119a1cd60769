/* ${certextract: a field of a certificate, read by OpenSSL from the PEM text of the variable.
   Fields are rows; modifiers (",>:" ",int" ",dns" ",CN") stand behind the name. */
#include "ref/expand/certificate.h"

#include "base/rows.h"
#include "ref/expand/digest.h"
#include "ref/expand/items.h"
#include "ref/expand/match.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

bool certificate_variable(const struct template *t)
{
    return t->count == 1 && t->nodes[0].kind == NODE_VARIABLE &&
           span_starts(t->nodes[0].text, SPAN("tls_")) &&
           (span_ends(t->nodes[0].text, SPAN("ourcert")) ||
            span_ends(t->nodes[0].text, SPAN("peercert")));
}

static X509 *certificate_read(span pem)
{
    if (pem.len == 0 || pem.len > INT32_MAX) {
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return certificate;
}

static span der_of(const X509 *certificate, struct arena *arena)
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    span copy = len > 0 ? arena_copy(arena, span_of(der, (size_t)len)) : SPAN_EMPTY;
    OPENSSL_free(der);
    return copy;
}

span certificate_der(span pem, struct arena *arena)
{
    X509 *certificate = certificate_read(pem);
    span der = certificate ? der_of(certificate, arena) : SPAN_EMPTY;
    X509_free(certificate);
    return der;
}

/* What stands behind the field's name. */
struct modifiers {
    unsigned char separator;
    span word;                 /* "int", "dns", "CN"; empty: none */
};

struct field {
    const X509 *certificate;
    int which; /* of the row: for those that share a function */
    struct modifiers modifiers;
    struct arena *arena;
    BIO *out;
    size_t listed;
};

typedef void field_put(struct field *f);

/* One item of a list, separators in it doubled. */
static void put_item(struct field *f, const char *tag, span item)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    if (f->listed++) {
        buf_put_byte(&text, f->modifiers.separator);
    }
    buf_put_text(&text, tag);
    for (size_t i = 0; i < item.len; i++) {
        buf_put_byte(&text, item.at[i]);
        if (item.at[i] == f->modifiers.separator) {
            buf_put_byte(&text, item.at[i]);
        }
    }
    (void)BIO_write(f->out, text.at, (int)text.len);
    buf_wipe(&text);
}

static void put_version(struct field *f)
{
    (void)BIO_printf(f->out, "%ld", X509_get_version(f->certificate) + 1);
}

static void put_serial(struct field *f)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(f->certificate), NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    (void)BIO_puts(f->out, hex ? hex : "");
    OPENSSL_free(hex);
    BN_free(number);
}

/* The whole name, or all values of one type as a list. */
enum { OF_SUBJECT, OF_ISSUER };

static void put_name(struct field *f)
{
    const X509_NAME *name = f->which == OF_SUBJECT ? X509_get_subject_name(f->certificate)
                                                   : X509_get_issuer_name(f->certificate);
    if (!f->modifiers.word.len) {
        (void)X509_NAME_print_ex(f->out, name, 0,
                                 XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
        return;
    }
    int nid = OBJ_txt2nid(arena_text(f->arena, f->modifiers.word));
    for (int at = -1; nid && (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0;) {
        unsigned char *text = NULL;
        int len = ASN1_STRING_to_UTF8(&text,
                                      X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (len >= 0) {
            put_item(f, "", span_of(text, (size_t)len));
        }
        OPENSSL_free(text);
    }
}

enum { NOT_BEFORE, NOT_AFTER };

static void put_time(struct field *f)
{
    const ASN1_TIME *when = f->which == NOT_BEFORE ? X509_get0_notBefore(f->certificate)
                                                   : X509_get0_notAfter(f->certificate);
    struct tm parts;
    if (!span_eq(f->modifiers.word, SPAN("int"))) {
        (void)ASN1_TIME_print(f->out, when);
    } else if (ASN1_TIME_to_tm(when, &parts)) {
        (void)BIO_printf(f->out, "%lld", (long long)timegm(&parts));
    }
}

static void put_algorithm(struct field *f)
{
    (void)BIO_puts(f->out, OBJ_nid2ln(X509_get_signature_nid(f->certificate)));
}

static void put_signature(struct field *f)
{
    const ASN1_BIT_STRING *signature = NULL;
    X509_get0_signature(&signature, NULL, f->certificate);
    for (int i = 0; i < ASN1_STRING_length(signature); i++) {
        (void)BIO_printf(f->out, i ? ":%02x" : "%02x", ASN1_STRING_get0_data(signature)[i]);
    }
}

static const struct {
    int type;
    const char *word, *tag;
} alt_names[] = {{GEN_DNS, "dns", "DNS="}, {GEN_URI, "uri", "URI="}, {GEN_EMAIL, "mail", "MAIL="}};

static void put_general_name(struct field *f, const GENERAL_NAME *name, int wanted, const char *tag)
{
    int type;
    const ASN1_STRING *text = GENERAL_NAME_get0_value(name, &type);
    if (type == wanted) {
        put_item(f, tag, span_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text)));
    }
}

static void put_alt_name(struct field *f, const GENERAL_NAME *name)
{
    bool all = !f->modifiers.word.len;
    for (size_t i = 0; i < sizeof alt_names / sizeof alt_names[0]; i++) {
        if (all || span_eq(f->modifiers.word, span_text(alt_names[i].word))) {
            put_general_name(f, name, alt_names[i].type, all ? alt_names[i].tag : "");
        }
    }
}

static void put_alt_names(struct field *f)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(f->certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        put_alt_name(f, sk_GENERAL_NAME_value(names, i));
    }
    GENERAL_NAMES_free(names);
}

static void put_ocsp(struct field *f)
{
    AUTHORITY_INFO_ACCESS *all = X509_get_ext_d2i(f->certificate, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(all); i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(all, i);
        if (OBJ_obj2nid(one->method) == NID_ad_OCSP) {
            put_general_name(f, one->location, GEN_URI, "");
        }
    }
    AUTHORITY_INFO_ACCESS_free(all);
}

static void put_crl_names(struct field *f, const DIST_POINT *point)
{
    if (!point->distpoint || point->distpoint->type != 0) {
        return;
    }
    const GENERAL_NAMES *names = point->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        put_general_name(f, sk_GENERAL_NAME_value(names, i), GEN_URI, "");
    }
}

static void put_crl(struct field *f)
{
    CRL_DIST_POINTS *all =
        X509_get_ext_d2i(f->certificate, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(all); i++) {
        put_crl_names(f, sk_DIST_POINT_value(all, i));
    }
    CRL_DIST_POINTS_free(all);
}

static void put_digest(struct field *f)
{
    unsigned char octets[DIGEST_LONGEST];
    size_t len = digest_of((enum digest)f->which, der_of(f->certificate, f->arena), octets);
    span hex = digest_hex(span_of(octets, len), true, f->arena);
    (void)BIO_write(f->out, hex.at, (int)hex.len);
}

static const struct field_row {
    const char *name;
    field_put *put;
    int which;
} fields[] = {
    {"crl_uri", put_crl, 0},
    {"issuer", put_name, OF_ISSUER},
    {"md5", put_digest, DIGEST_MD5},
    {"notafter", put_time, NOT_AFTER},
    {"notbefore", put_time, NOT_BEFORE},
    {"ocsp_uri", put_ocsp, 0},
    {"serial_number", put_serial, 0},
    {"sha1", put_digest, DIGEST_SHA1},
    {"sha256", put_digest, DIGEST_SHA256},
    {"sig_algorithm", put_algorithm, 0},
    {"signature", put_signature, 0},
    {"subj_altname", put_alt_names, 0},
    {"subject", put_name, OF_SUBJECT},
    {"version", put_version, 0},
};

/* name *("," modifier); a modifier is ">" separator, or a word. */
static span modifiers_take(span text, struct modifiers *modifiers)
{
    span name, one;
    *modifiers = (struct modifiers){.separator = '\n'};
    bool more = span_split(text, ',', &name, &text);
    while (more) {
        if (text.len >= 2 && text.at[0] == '>') {
            modifiers->separator = text.at[1];
            more = text.len > 2;
            text = span_from(text, 3);
            continue;
        }
        more = span_split(text, ',', &one, &text);
        modifiers->word = span_trim_space(one);
    }
    return span_trim_space(name);
}

static bool extract(struct expansion *x, const struct field_row *row, struct modifiers modifiers,
                    const X509 *certificate, span *found)
{
    char *text;
    struct field f = {.certificate = certificate,
                      .which = row->which,
                      .modifiers = modifiers,
                      .arena = x->arena,
                      .out = BIO_new(BIO_s_mem())};
    if (!f.out) {
        return false;
    }
    row->put(&f);
    long len = BIO_get_mem_data(f.out, &text);
    *found = len > 0 ? arena_copy(x->arena, span_of(text, (size_t)len)) : SPAN_EMPTY;
    BIO_free(f.out);
    return len > 0;
}

bool item_certextract(struct expansion *x, const struct item *item, struct value *out)
{
    struct value name, pem;
    struct modifiers modifiers;
    if (!eval_template(item->args[0], x, &name)) {
        return false;
    }
    if (!certificate_variable(item->args[1])) {
        return eval_fail(x, "second argument of \"certextract\" must be a certificate variable");
    }
    if (!eval_template(item->args[1], x, &pem)) {
        return false;
    }
    span field = modifiers_take(span_trim_space(name.text), &modifiers);
    const struct field_row *row = ROWS_FIND(fields, field);
    X509 *certificate = certificate_read(pem.text);
    if (!certificate) {
        return item_tail(x, item, NULL, out);
    }
    struct value found = value_of(SPAN_EMPTY, pem.tainted);
    bool there = row && extract(x, row, modifiers, certificate, &found.text);
    X509_free(certificate);
    if (!row) {
        return eval_fail(x, "bad field selector \"%.*s\" for certextract", SPAN_FMT(name.text));
    }
    return item_tail(x, item, there ? &found : NULL, out);
}

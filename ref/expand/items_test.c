/* Items whose results depend on more than their text: certificates, files, the clock, lookups. */
#include "ref/expand/testing_certificate.h"
#include "ref/expand/testing_world.h"

#include "base/file.h"
#include "ref/expand/items.h"
#include "ref/expand/operators.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct testing_world w;
static struct facts_tls tls;
static char folder[] = "/tmp/expand-items-XXXXXX";

static void open_world(void)
{
    testing_world_open(&w);
    tls.peercert = span_text(testing_certificate);
    w.peer.tls = &tls;
    cr_assert(mkdtemp(folder));
}

static void close_world(void)
{
    (void)!failed(dir_remove_all(folder));
    testing_world_close(&w);
}

TestSuite(expand_items, .init = open_world, .fini = close_world);

struct row {
    const char *text, *result;
};

static void rows_hold(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_expect_str_eq(testing_expand(&w, rows[i].text), rows[i].result, "%s", rows[i].text);
    }
}
#define ROWS_HOLD(rows) rows_hold((rows), sizeof(rows) / sizeof(rows)[0])

Test(expand_items, fields_of_a_certificate)
{
    static const struct row rows[] = {
        {"${certextract{version}{$tls_in_peercert}}", "3"},
        {"${certextract{serial_number}{$tls_in_peercert}}", "0A1B2C3D"},
        {"${certextract{subject}{$tls_in_peercert}}",
         "CN=mx.test.example,OU=Post,OU=Mail,O=Ex\\, Ample,C=DE"},
        {"${certextract{subject,CN}{$tls_in_peercert}}", "mx.test.example"},
        {"${certextract{subject,OU,>:}{$tls_in_peercert}}", "Mail:Post"},
        {"${certextract{subject,>;,OU}{$tls_in_peercert}}", "Mail;Post"},
        {"${certextract{issuer,OU}{$tls_in_peercert}}", "Mail\nPost"},
        {"${certextract{subject,DC}{$tls_in_peercert}{y}{n}}", "n"},
        {"${certextract{notbefore}{$tls_in_peercert}}", "Nov 22 04:10:29 2026 GMT"},
        {"${certextract{notbefore,int}{$tls_in_peercert}}", "1795320629"},
        {"${certextract{notafter,int}{$tls_in_peercert}}", "4948920629"},
        {"${certextract{sig_algorithm}{$tls_in_peercert}}", "ecdsa-with-SHA256"},
        {"${certextract{subj_altname}{$tls_in_peercert}}",
         "DNS=mx.test.example\nDNS=*.test.example\nMAIL=a@b.example\nURI=https://test.example/x"},
        {"${certextract{subj_altname,dns,>:}{$tls_in_peercert}}", "mx.test.example:*.test.example"},
        {"${certextract{subj_altname,uri,>:}{$tls_in_peercert}}", "https:://test.example/x"},
        {"${certextract{subj_altname,mail}{$tls_in_peercert}}", "a@b.example"},
        {"${certextract{ocsp_uri,>,}{$tls_in_peercert}}",
         "http://ocsp.example/a,http://ocsp.example/b"},
        {"${certextract{crl_uri}{$tls_in_peercert}}", "http://crl.example/c"},
        {"${certextract{md5}{$tls_in_peercert}}", "5AFFD11F85E8F11BDFE004E80A7EDBE5"},
        {"${certextract{sha1}{$tls_in_peercert}}", "FE407A7F01F3A9335D6D846337E5C1547E205E71"},
        {"${sha1:$tls_in_peercert}", "FE407A7F01F3A9335D6D846337E5C1547E205E71"},
        {"${sha256:$tls_in_peercert}",
         "118F9E67695D6514E08DE65770E45AF56A4FE63564841CD6AC19510D4FE4E201"},
        {"${length_16:${base64:$tls_in_peercert}}", "MIICyzCCAnGgAwIB"},
        {"${certextract{subject,CN}{$tls_in_peercert}{<$value>}{n}}", "<mx.test.example>"},
        {"${certextract{nosuch}{$tls_in_peercert}{y}{n}}",
         "Failed: bad field selector \"nosuch\" for certextract"},
        {"${certextract{subject}{$tls_in_ourcert}{y}{n}}", "n"},
        {"${certextract{subject}{$tls_in_ourcert}{y}fail}",
         "Failed: \"certextract\" failed and \"fail\" requested"},
        {"${certextract{subject}{text}{y}{n}}",
         "Failed: second argument of \"certextract\" must be a certificate variable"},
    };
    ROWS_HOLD(rows);
}

Test(expand_items, bad_certificates_have_no_fields)
{
    tls.peercert = SPAN("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    cr_expect_str_eq(testing_expand(&w, "${certextract{subject}{$tls_in_peercert}{y}{n}}"), "n");
    tls.peercert = span_first(span_text(testing_certificate), 500);
    cr_expect_str_eq(testing_expand(&w, "${certextract{subject}{$tls_in_peercert}{y}{n}}"), "n");
}

/* The hashes were made by Exim for these addresses; day 786 ended on another day than day 480. */
Test(expand_items, signatures_of_addresses_expire)
{
    static const struct row rows[] = {
        {"${prvs{user@dom}{key}{2}}", "prvs=278625a4ac=user@dom"},
        {"${prvs{user@dom}{key}}", "prvs=0786b614d7=user@dom"},
        {"${prvs{user@dom}{}}", "prvs=078600e7fa=user@dom"},
        {"${prvscheck{prvs=278625a4ac=user@dom}{key}{$prvscheck_result}}", "1"},
        {"${prvscheck{PRVS=278625A4AC=user@dom}{key}{$prvscheck_result}}", "1"},
        {"${prvscheck{prvs=278625a4ac=user@dom}{key}}", "user@dom"},
        {"${prvscheck{prvs=278625a4ac=user@dom}{k$prvscheck_keynum$prvscheck_address}"
         "{<$prvscheck_result>$prvscheck_keynum}}", "<>2"},
        {"${prvscheck{prvs=278625a4ad=user@dom}{key}{<$prvscheck_result>}}", "<>"},
        {"${prvscheck{prvs=178625a4ac=user@dom}{key}{<$prvscheck_result>}}", "<>"},
        {"${prvscheck{user@dom}{key}{y}}", ""},
        {"${prvscheck{prvs=27862=user@dom}{key}{y}}", ""},
        {"${prvscheck{prvs=2786xxxxxx=user@dom}{key}{y}}", ""},
    };
    clock_still_set(&w.clock, 20779 * 86400 * NANOS_PER_SECOND);
    ROWS_HOLD(rows);
    const char *check = "${prvscheck{prvs=278625a4ac=user@dom}{key}{<$prvscheck_result>}}";
    clock_still_set(&w.clock, 20786 * 86400 * NANOS_PER_SECOND);
    cr_expect_str_eq(testing_expand(&w, check), "<1>", "on the last day");
    clock_still_set(&w.clock, 20787 * 86400 * NANOS_PER_SECOND);
    cr_expect_str_eq(testing_expand(&w, check), "<>", "a day later");
}

Test(expand_items, srs_uses_the_clock_that_was_handed_down)
{
    cr_expect_str_eq(
        testing_expand(&w, "${srs_encode{mysecret}{alice@client.example}{fwd.example}}"),
        "SRS0=fd39=7z=client.example=alice@fwd.example");
    cr_expect_str_eq(
        testing_expand(&w, "${if inbound_srs{SRS0=fd39=7p=client.example=alice}{mysecret}"
                           "{$srs_recipient}{no}}"),
        "alice@client.example");
    cr_expect_str_eq(
        testing_expand(&w, "${if inbound_srs{SRS0=fd39=7o=client.example=alice}{mysecret}{y}{no}}"),
        "no");
}

Test(expand_items, srs_encodes_addresses_only)
{
    cr_expect_str_eq(
        testing_expand(&w, "${srs_encode{mysecret}{Alice <alice@client.example>}{fwd.example}}"),
        "SRS0=fd39=7z=client.example=alice@fwd.example");
    cr_expect_str_eq(testing_expand(&w, "<${srs_encode{mysecret}{}{fwd.example}}>"), "<>");
    cr_expect_str_eq(
        testing_expand(&w, "${sg{${srs_encode{mysecret}{u@b\xc3\xbc.test}{fwd.example}}}"
                           "{=....=..=}{=}}"), "SRS0=b\xc3\xbc.test=u@fwd.example");
    cr_expect_str_eq(
        testing_expand(&w, "${srs_encode{mysecret}{a@b.test, c@d.test}{fwd.example}}"),
        "Failed: srs_encode: \"a@b.test, c@d.test\" is no address");
}

Test(expand_items, files_are_read_and_looked_up)
{
    char text[512];
    const char *path = path_join(w.arena, folder, "f");
    cr_assert(!failed(file_write(path, SPAN("k: v\n*.b.example: w\nline"), 0600)));
    static const struct row rows[] = {
        {"${readfile{%s}}", "k: v\n*.b.example: w\nline"},
        {"${readfile{%s}{|}}", "k: v|*.b.example: w|line"},
        {"${readfile{%s}{}}", "k: v*.b.example: wline"},
        {"${lookup{k}lsearch{%s}}", "v"},
        {"${lookup{K}lsearch{%s}{<$value>}{n}}$value", "<v>"},
        {"${lookup{x}lsearch{%s}{y}{n}}", "n"},
        {"${lookup{x}lsearch{%s}{y}}", ""},
        {"${lookup{x}lsearch{%s}{y}fail}", "Failed: \"lookup\" failed and \"fail\" requested"},
        {"${lookup{a.b.example}partial-lsearch{%s}{$value:$1:$2}}$1", "w:a:b.example"},
        {"${lookup{a.b.example}nwildlsearch{%s}}", "w"},
        {"${if exists{%s}{y}{n}}", "y"},
        {"${extract{size}{${stat:%s}}}", "24"},
        {"${extract{smode}{${stat:%s}}}", "-rw-------"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        span at[2];
        size_t hole = span_find(span_text(rows[i].text), SPAN("%s"));
        at[0] = span_first(span_text(rows[i].text), hole);
        at[1] = span_from(span_text(rows[i].text), hole + 2);
        (void)snprintf(text, sizeof text, "%.*s%s%.*s", SPAN_FMT(at[0]), path, SPAN_FMT(at[1]));
        cr_expect_str_eq(testing_expand(&w, text), rows[i].result, "%s", rows[i].text);
    }
    (void)snprintf(text, sizeof text, "${readfile{%s}}", folder);
    cr_expect(span_ends(span_text(testing_expand(&w, text)), SPAN(": Is a directory")));
}

Test(expand_items, the_environment_is_asked)
{
    const span environment[] = {SPAN("EXPAND_ITEMS=here"), SPAN("EXPAND_ITEMS=hidden")};
    w.server.environment = environment;
    w.server.environment_count = sizeof environment / sizeof *environment;
    cr_assert(setenv("EXPAND_ITEMS_NOT", "there", 1) == 0);
    cr_expect_str_eq(testing_expand(&w, "${env{EXPAND_ITEMS}}"), "here");
    cr_expect_str_eq(testing_expand(&w, "${env{EXPAND_ITEMS}{<$value>}{n}}"), "<here>");
    cr_expect_str_eq(testing_expand(&w, "${env{EXPAND_ITEMS_NOT}{y}{n}}"), "n");
    cr_expect_str_eq(testing_expand(&w, "${env{}{y}{n}}"), "n");
}

Test(expand_items, random_numbers_stay_below)
{
    for (int i = 0; i < 200; i++) {
        cr_assert(atoi(testing_expand(&w, "${randint:7}")) < 7);
    }
    cr_expect_str_eq(testing_expand(&w, "${randint:0}"), "0");
}

Test(expand_items, what_is_not_there_says_so)
{
    struct lookup_cache *lookups = w.x.lookups;
    w.x.services = NULL;
    w.x.lookups = NULL;
    w.x.rng = NULL;
    static const struct row rows[] = {
        {"${acl{t}}", "Failed: \"acl\" is not available here"},
        {"${authresults{h}}", "Failed: \"authresults\" is not available here"},
        {"${lookup{k}lsearch{/x}}", "Failed: \"lookup\" is not available here"},
        {"${randint:5}", "Failed: \"randint\" is not available here"},
    };
    ROWS_HOLD(rows);
    w.x.lookups = lookups;
}

Test(expand_items, tables_are_in_order_and_documented)
{
    for (size_t i = 0; i < item_row_count; i++) {
        cr_expect(item_rows[i].doc && item_find(span_text(item_rows[i].name)) == &item_rows[i]);
        cr_expect((item_rows[i].eval == NULL) == (item_rows[i].shape == ITEM_REFUSED));
    }
    for (size_t i = 0; i < operator_row_count; i++) {
        span suffix;
        cr_expect(operator_rows[i].doc);
        cr_expect(operator_find(span_text(operator_rows[i].name), &suffix) == &operator_rows[i],
                  "%s", operator_rows[i].name);
    }
}

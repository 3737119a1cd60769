/* The same records, identifiers and domains to ref/seal and to libopendmarc. The library looks at one
   record that it is given, so both are given the one that RFC 7489 6.6.3 finds. A row whose answers
   differ says what libopendmarc answers and which clause decides. */
#include "ref/seal/dmarc.h"

#include "base/check.h"
#include "base/file.h"

#include <netinet/in.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include <opendmarc/dmarc.h>

static const char suffixes[] = "// tiny list\ncom\norg\nexample\nco.uk\nuk\n*.wild.example\n!city.wild.example\n";

static const struct {
    const char *record, *at;     /* whose record it is */
    const char *from, *spf, *dkim; /* domains; NULL: it did not pass */
    int theirs;                  /* 0: both say the same */
    const char *why;
} rows[] = {
    {"v=DMARC1; p=reject", "alpha.example", "alpha.example", "alpha.example", NULL, 0, NULL},
    {"v=DMARC1; p=reject", "alpha.example", "alpha.example", "x.alpha.example", NULL, 0, NULL},
    {"v=DMARC1; p=reject", "alpha.example", "alpha.example", "betas.example", NULL, 0, NULL},
    {"v=DMARC1; p=reject", "alpha.example", "alpha.example", NULL, "alpha.example", 0, NULL},
    {"v=DMARC1; p=reject", "alpha.example", "alpha.example", NULL, "x.alpha.example", 0, NULL},
    {"v=DMARC1; p=reject", "alpha.example", "alpha.example", NULL, "betas.example", 0, NULL},
    {"v=DMARC1; p=reject", "alpha.example", "alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=quarantine", "alpha.example", "alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=none", "alpha.example", "alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=reject; adkim=s", "alpha.example", "alpha.example", NULL, "alpha.example", 0, NULL},
    {"v=DMARC1; p=reject; adkim=s", "alpha.example", "alpha.example", NULL, "x.alpha.example",
     DMARC_POLICY_PASS, "RFC 7489 3.1.1: strict wants an exact match"},
    {"v=DMARC1; p=reject; adkim=r", "alpha.example", "alpha.example", NULL, "x.alpha.example", 0, NULL},
    {"v=DMARC1; p=reject; aspf=s", "alpha.example", "alpha.example", "alpha.example", NULL, 0, NULL},
    {"v=DMARC1; p=reject; aspf=s", "alpha.example", "alpha.example", "x.alpha.example", NULL,
     DMARC_POLICY_PASS, "RFC 7489 3.1.2: strict wants an exact match; seen in the recordings too"},
    {"v=DMARC1; p=reject; sp=none", "alpha.example", "x.alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=reject; sp=quarantine", "alpha.example", "x.alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=quarantine", "alpha.example", "x.alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=reject; pct=100", "alpha.example", "alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=reject; x=y", "alpha.example", "alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1;p=reject;rua=mailto:a@a.example", "alpha.example", "alpha.example", NULL, NULL, 0, NULL},
    {"v = DMARC1 ; p = reject", "alpha.example", "alpha.example", NULL, NULL, 0, NULL},
    {"v=DMARC1; p=reject; adkim=s; aspf=s", "alpha.co.uk", "alpha.co.uk", NULL, "x.alpha.co.uk",
     DMARC_POLICY_PASS, "RFC 7489 3.1.1: strict wants an exact match"},
    {"v=DMARC1; p=reject", "a.example", "a.example", "b.example", NULL, DMARC_POLICY_PASS,
     "RFC 7489 3.2: two organisations; names of one letter are taken for one there"},
    {"v=DMARC1; p=reject", "alpha.co.uk", "alpha.co.uk", "betas.co.uk", NULL, 0, NULL},
    {"v=DMARC1; p=reject", "alpha.co.uk", "alpha.co.uk", "x.alpha.co.uk", NULL, 0, NULL},
    {"v=DMARC1; p=reject", "alpha.gamma.wild.example", "alpha.gamma.wild.example", "betas.gamma.wild.example", NULL,
     DMARC_POLICY_PASS, "RFC 7489 3.2: two organisations, for \"*.\" in the list stands for a label"},
    {"v=DMARC1; p=reject", "alpha.gamma.wild.example", "alpha.gamma.wild.example", "x.alpha.gamma.wild.example", NULL, 0, NULL},
    {"v=DMARC1; p=reject", "city.wild.example", "city.wild.example", "x.city.wild.example", NULL, 0,
     NULL},
};

static int number_of(enum dmarc_status status)
{
    static const int numbers[DMARC_STATUS_COUNT] = {
        [DMARC_ACCEPTS] = DMARC_POLICY_PASS, [DMARC_REJECTS] = DMARC_POLICY_REJECT,
        [DMARC_QUARANTINES] = DMARC_POLICY_QUARANTINE, [DMARC_LETS_PASS] = DMARC_POLICY_NONE,
        [DMARC_NO_RECORD] = DMARC_POLICY_ABSENT};
    return numbers[status];
}

static u_char *octets(const char *text)
{
    return (u_char *)(uintptr_t)text;
}

static int theirs(size_t i)
{
    DMARC_POLICY_T *p =
        opendmarc_policy_connect_init(octets("192.0.2.1"), DMARC_POLICY_IP_TYPE_IPV4);
    CHECK(p != NULL);
    CHECK(opendmarc_policy_store_from_domain(p, octets(rows[i].from)) == DMARC_PARSE_OKAY);
    (void)opendmarc_policy_store_spf(
        p, octets(rows[i].spf != NULL ? rows[i].spf : "other.example"),
        rows[i].spf != NULL ? DMARC_POLICY_SPF_OUTCOME_PASS : DMARC_POLICY_SPF_OUTCOME_FAIL,
        DMARC_POLICY_SPF_ORIGIN_MAILFROM, octets(""));
    if (rows[i].dkim != NULL) {
        CHECK(opendmarc_policy_store_dkim(p, octets(rows[i].dkim), octets("s"),
                                          DMARC_POLICY_DKIM_OUTCOME_PASS, octets("")) ==
              DMARC_PARSE_OKAY);
    }
    bool below = strcmp(rows[i].at, rows[i].from) != 0;
    int read = opendmarc_policy_store_dmarc(p, octets(rows[i].record), octets(rows[i].from),
                                            below ? octets(rows[i].at) : NULL);
    int policy = read == DMARC_PARSE_OKAY ? opendmarc_get_policy_to_enforce(p)
                                          : DMARC_POLICY_ABSENT;
    (void)opendmarc_policy_connect_shutdown(p);
    return policy;
}

static int ours(size_t i, const struct dmarc_suffixes *list, struct arena *arena)
{
    struct dns *dns;
    struct dmarc_answer a;
    struct dmarc_signed signature = {.passed = true, .selector = SPAN("s")};
    const char *zone = arena_printf(arena, "_dmarc.%s TXT \"%s\"\n", rows[i].at, rows[i].record);
    CHECK(!failed(dns_open_zone(span_text(zone), "zone", arena, &dns)));
    struct dmarc_question q = {.dns = dns, .together = 1000, .suffixes = list,
                               .from = span_text(rows[i].from), .has_spf = true,
                               .spf = rows[i].spf != NULL ? SPF_IS_PASS : SPF_IS_FAIL,
                               .spf_domain = span_text(rows[i].spf), .dkim = &signature,
                               .dkim_count = rows[i].dkim != NULL ? 1 : 0, .arena = arena};
    signature.domain = span_text(rows[i].dkim);
    dmarc_check(&q, &a);
    dns_close(dns);
    return number_of(a.status);
}

static unsigned rows_compare(const struct dmarc_suffixes *list, struct arena *arena)
{
    unsigned wrong = 0, differ = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int a = ours(i, list, arena), b = theirs(i);
        int expected = rows[i].theirs != 0 ? rows[i].theirs : a;
        const char *spf = rows[i].spf != NULL ? rows[i].spf : "-";
        const char *dkim = rows[i].dkim != NULL ? rows[i].dkim : "-";
        differ += a != b;
        if (b != expected || (rows[i].theirs != 0 && a == b)) {
            printf("\"%s\" from %s, SPF %s, DKIM %s: refmta says %d, libopendmarc %d; the table "
                   "expects %d of it\n", rows[i].record, rows[i].from, spf, dkim, a, b, expected);
            wrong++;
        } else if (rows[i].theirs != 0) {
            printf("\"%s\" from %s, SPF %s, DKIM %s: refmta %d, libopendmarc %d: %s\n",
                   rows[i].record, rows[i].from, spf, dkim, a, b, rows[i].why);
        }
    }
    printf("%zu questions, %u answers differ, %u of them not as explained\n",
           sizeof rows / sizeof *rows, differ, wrong);
    return wrong;
}

int main(void)
{
    struct arena *arena = arena_new();
    OPENDMARC_LIB_T *library = arena_take(arena, sizeof *library);
    char path[] = "/tmp/suffixes-XXXXXX";
    const char *why = "";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
    CHECK(!failed(file_write(path, span_text(suffixes), 0600)));
    library->tld_type = OPENDMARC_TLD_TYPE_MOZILLA;
    (void)snprintf((char *)library->tld_source_file, sizeof library->tld_source_file, "%s", path);
    CHECK(opendmarc_policy_library_init(library) == DMARC_PARSE_OKAY);
    CHECK(opendmarc_tld_read_file(path, NULL, NULL, NULL) == 0);
    struct seal_held held = dmarc_suffixes_hold(NULL, path, arena, &why);
    CHECK(held.thing != NULL);
    unsigned wrong = rows_compare(held.thing, arena);
    seal_store_release(&held);
    (void)opendmarc_policy_library_shutdown(library);
    (void)unlink(path);
    arena_free(arena);
    return wrong > 0;
}

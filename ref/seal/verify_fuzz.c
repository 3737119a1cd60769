/* A whole message, whatever it is: the verdicts do not depend on how it was cut, nor on the library. The
   keys are there for the messages of the corpus. */
#include "ref/seal/verify.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char zone[] =
    "good._domainkey.example.org. TXT \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB\"\n"
    "ed._domainkey.example.org. TXT \"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"
    "s._domainkey.one.example. TXT \"p=\"\n"
    "ed._domainkey.one.example. TXT \"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"
    "s._domainkey.two.example. SERVFAIL\n";

struct verdict {
    enum seal_arc_state arc;
    unsigned oldest;
    size_t count;
    enum seal_reason reasons[SEAL_SIGNATURES_MOST];
};

static struct verdict judge(const struct seal_crypto *crypto, struct dns *dns, span text, size_t grain)
{
    struct arena *arena = arena_new();
    struct seal_setup setup = {.crypto = crypto, .policy = &seal_policy_rfc, .dns = dns,
                               .now = INT64_C(1795000000) * NANOS_PER_SECOND, .dns_together = 1000};
    struct seal_verifier *v = seal_verifier_new(&setup, arena);
    for (size_t i = 0; i < text.len; i += grain) {
        seal_verifier_add(v, span_part(text, i, grain));
    }
    seal_verifier_end(v);
    struct verdict out = {.arc = seal_verifier_arc(v)->state,
                          .oldest = seal_verifier_arc(v)->oldest_pass};
    const struct seal_dkim *d = seal_verifier_dkim(v, &out.count);
    for (size_t i = 0; i < out.count; i++) {
        out.reasons[i] = d[i].judged.reason;
    }
    seal_verifier_close(v);
    arena_free(arena);
    return out;
}

static void same(const struct verdict *a, const struct verdict *b)
{
    CHECK(a->arc == b->arc && a->oldest == b->oldest && a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        CHECK(a->reasons[i] == b->reasons[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct dns *dns;
    CHECK(!failed(dns_open_zone(span_text(zone), "zone", arena, &dns)));
    span text = span_of(data, size);
    struct verdict whole = judge(&seal_crypto_openssl, dns, text, size + 1);
    struct verdict cut = judge(&seal_crypto_openssl, dns, text, 13);
    struct verdict other = judge(&seal_crypto_gnutls, dns, text, size + 1);
    same(&whole, &cut);
    same(&whole, &other);
    dns_close(dns);
    arena_free(arena);
    return 0;
}

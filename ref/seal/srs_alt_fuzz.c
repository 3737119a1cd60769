/* Addresses of SRS: what is made of any sender is taken apart to the same sender; what is not made with
   a secret of ours never is. The input is the settings' octet, then the address. */
#include "base/check.h"
#include "ref/mail/address.h"
#include "ref/seal/srs_alt.h"
#include "ref/seal/srs_text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned form = size > 0 ? data[0] : 0;
    span text = size > 0 ? span_of(data + 1, size - 1) : SPAN_EMPTY, made, back;
    struct arena *arena = arena_new();
    struct srs_alt srs = {.secrets = {SPAN("first")}, .secret_count = 1,
                          .hash_length = 1 + form / 8 % 20, .age_most = form % 7,
                          .use_hash = (form & 1) != 0, .use_stamp = (form & 2) != 0};
    struct srs_alt other = srs;
    other.secrets[0] = SPAN("another");
    other.hash_length = srs.hash_length = 20;
    struct mail_address parsed;
    bool plain = !failed(mail_mailbox_parse(text, true, &parsed)) && span_find_byte(text, '"') == SPAN_NONE;
    if (srs_alt_forward(&srs, text, SPAN("fwd.test"), 0, arena, &made) == SRS_ALT_DONE) {
        span local = srs_unquoted(span_first(made, mail_at_sign(made)), arena);
        bool again = span_starts_caseless(text, SPAN("SRS"));
        enum srs_alt_end end = srs_alt_reverse(&srs, local, 0, arena, &back);
        CHECK(!plain || again || (end == SRS_ALT_DONE && span_eq(back, text)) ||
              local.len > SRS_ALT_ADDRESS_OCTETS);
        CHECK(!srs.use_hash || srs_alt_reverse(&other, local, 0, arena, &back) != SRS_ALT_DONE);
    } else {
        CHECK(made.len == 0);
    }
    enum srs_alt_end end = srs_alt_reverse(&srs, text, 0, arena, &back);
    CHECK((end == SRS_ALT_DONE) == (back.len > 0));
    arena_free(arena);
    return 0;
}

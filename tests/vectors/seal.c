/* refmta's signer and verifier without a server, for tests/vectors/interop and bench/seal:

       seal LIBRARY dkim|arc|exim KEY DOMAIN SELECTOR < message   the message with fields on top
       seal LIBRARY verify ZONE < message                         "arc=... dkim=..."

   Messages have CRLF. For arc the results of the chain so far are verified first (with ZONE as the
   sixth argument) and told in an Authentication-Results field, as a server would. */
#include "ref/seal/authres.h"
#include "ref/seal/sign.h"
#include "ref/seal/verify.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CEILING = 64 << 20 };

static void fail(const char *what)
{
    fprintf(stderr, "seal: %s\n", what);
    exit(2);
}

static span without_cr(span text, struct arena *arena)
{
    unsigned char *at = arena_take(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\r') {
            at[len++] = text.at[i];
        }
    }
    return span_of(at, len);
}

static struct seal_verifier *verify(const struct seal_crypto *crypto, const char *zone, span text,
                                    struct arena *arena)
{
    struct dns *dns;
    span content;
    if (failed(file_read(zone, CEILING, arena, &content)) ||
        failed(dns_open_zone(content, zone, arena, &dns))) {
        fail("the zone cannot be read");
    }
    struct seal_setup setup = {.crypto = crypto, .policy = &seal_policy_rfc, .dns = dns,
                               .now = clock_now(clock_system()), .dns_together = 10000};
    struct seal_verifier *v = seal_verifier_new(&setup, arena);
    seal_verifier_add(v, text);
    seal_verifier_end(v);
    (void)seal_verifier_arc(v);
    size_t count;
    (void)seal_verifier_dkim(v, &count);
    dns_close(dns);
    return v;
}

static err body_give(void *context, err (*put)(void *to, span text), void *to)
{
    return put(to, *(const span *)context);
}

static void put_crlf(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\n') {
            putchar('\r');
        }
        putchar(text.at[i]);
    }
}

static void sign(const struct seal_crypto *crypto, char **argv, int argc, span text,
                 struct arena *arena)
{
    struct { span *at; size_t count, room; } fields = {NULL, 0, 0};
    bool arc = argv[2][0] != 'd';
    span body = SPAN_EMPTY;
    struct buf own;
    buf_init(&own, 1 << 16);
    if (arc && argc > 6) {
        struct seal_verifier *v = verify(crypto, argv[6], text, arena);
        struct seal_authres_facts f = {.id = span_text(argv[4]), .arc = seal_verifier_arc(v)};
        seal_authres_make(&f, &own);
        buf_put_byte(&own, '\n');
        vec_add(arena, &fields, arena_copy(arena, buf_span(&own)));
        seal_verifier_close(v);
    }
    for (size_t i = 0, from = 0; i < text.len; i++) {
        if (text.at[i] == '\n' && (i + 1 == text.len || !ascii_is_blank(text.at[i + 1]))) {
            vec_add(arena, &fields, span_part(text, from, i + 1 - from));
            from = i + 1;
            if (from < text.len && text.at[from] == '\n') {
                body = span_from(text, from + 1);
                break;
            }
        }
    }
    struct seal_dkim_order dkim = {.domain = span_text(argv[4]), .selector = span_text(argv[5]),
                                   .key = span_text(argv[3]), .timestamps = true};
    struct seal_arc_order order = {.admd = span_text(argv[4]), .selector = span_text(argv[5]),
                                   .key = span_text(argv[3]), .timestamps = true,
                                   .form = argv[2][0] == 'e' ? SEAL_FORM_EXIM : SEAL_FORM_RFC};
    struct seal_order all = {.crypto = crypto, .now = clock_now(clock_system()), .dkim = &dkim,
                             .dkim_count = arc ? 0 : 1, .arc = arc ? &order : NULL};
    struct seal_outgoing out = {.fields = fields.at, .field_count = fields.count,
                                .body = body_give, .context = &body};
    struct seal_made made;
    if (failed(seal_sign(&all, &out, arena, &made))) {
        fail("the body cannot be read");
    }
    if (made.dkim_failure != NULL || made.arc_failure != NULL) {
        fail(made.dkim_failure != NULL ? made.dkim_failure : made.arc_failure);
    }
    for (size_t i = 0; i < made.count; i++) {
        put_crlf(made.at[i]);
    }
    if (arc && argc > 6) {
        put_crlf(fields.at[0]);
    }
    put_crlf(text);
    buf_wipe(&own);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new();
    span text;
    const struct seal_crypto *crypto = argc > 1 ? seal_crypto_find(span_text(argv[1])) : NULL;
    if (crypto == NULL || argc < 4) {
        fail("usage: seal LIBRARY dkim|arc|exim KEY DOMAIN SELECTOR [ZONE], or LIBRARY verify ZONE");
    }
    if (failed(fd_read_all(STDIN_FILENO, CEILING, arena, &text))) {
        fail("the message cannot be read");
    }
    text = without_cr(text, arena);
    if (strcmp(argv[2], "verify") == 0) {
        struct seal_verifier *v = verify(crypto, argv[3], text, arena);
        size_t count;
        const struct seal_dkim *d = seal_verifier_dkim(v, &count);
        const struct seal_arc *a = seal_verifier_arc(v);
        printf("arc=%s dkim=", seal_arc_words[a->state]);
        for (size_t i = 0; i < count; i++) {
            printf("%s%s", i > 0 ? "," : "",
                   seal_status_words[seal_reasons[d[i].judged.reason].status]);
        }
        printf("%s%s\n", a->reason[0] ? " " : "", a->reason);
        seal_verifier_close(v);
    } else if (argc >= 6) {
        sign(crypto, argv, argc, text, arena);
    }
    arena_free(arena);
    return 0;
}

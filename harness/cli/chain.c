/* assay chain: a message with ARC sets that are made by a few words, and the keys to it. For tests of
   verifiers, where a defect has to stand at one place and nowhere else. */
#include "harness/cli/cli.h"

#include "base/file.h"
#include "harness/seal/forge.h"

#include <stdio.h>

enum { INPUT_MOST = 64 << 20 };

struct chain_options {
    const char *message, *key, *ed25519, *zone;
};

#define AT(field) offsetof(struct chain_options, field)
static const struct args_option chain_rows[] = {
    {"--message", NULL, ARGS_TEXT, AT(message), "FILE", "what the first hop gets (default: a short one)"},
    {"--key", NULL, ARGS_TEXT, AT(key), "FILE", "RSA key in PEM that signs"},
    {"--ed25519", NULL, ARGS_TEXT, AT(ed25519), "FILE", "key in PEM for a=ed25519-sha256"},
    {"--zone", NULL, ARGS_TEXT, AT(zone), "FILE", "write the keys there, as rows of a `=== dns`"},
};

#define SHORT                                                                                      \
    "From: a@" FORGE_DOMAIN "\r\nTo: b@c.test\r\nSubject: a chain\r\n"                              \
    "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@" FORGE_DOMAIN ">\r\n\r\nhello\r\n"

static err read_files(const struct chain_options *o, struct arena *arena, struct forge_setup *s)
{
    *s = (struct forge_setup){.crypto = &proof_openssl, .message = SPAN(SHORT)};
    if (o->key == NULL) {
        return err_syntax(0, "chain: --key is needed, such as vectors/keys/rsa1024.pem");
    }
    TRY(file_read(o->key, INPUT_MOST, arena, &s->pem));
    if (o->ed25519 != NULL) {
        TRY(file_read(o->ed25519, INPUT_MOST, arena, &s->ed25519));
    }
    return o->message != NULL ? file_read(o->message, INPUT_MOST, arena, &s->message) : OK;
}

/* Each argument is a line of the chain's text. */
static span lines_of(const struct args_texts *lines, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < lines->count; i++) {
        text = arena_printf(arena, "%s%s\n", text, lines->at[i]);
    }
    return span_text(text);
}

static err make(struct call *call)
{
    const struct chain_options *o = call->options;
    struct arena *arena = call->arena;
    struct forge_setup setup;
    struct forged forged;
    TRY(read_files(o, arena, &setup));
    const char *wrong = forge_chain(&setup, lines_of(&call->rest, arena), arena, &forged);
    if (wrong != NULL) {
        return err_syntax(0, arena_printf(arena, "chain: %s; docs/vectors.md has its words", wrong));
    }
    if (o->zone != NULL) {
        TRY(file_write(o->zone, forged.zone, 0644));
    }
    return fd_write_all(1, forged.message);
}

static int run(struct call *call)
{
    err e = make(call);
    return failed(e) ? cli_complain_err(e, call->arena) : EXIT_FINE;
}

const struct verb cli_chain = {
    .name = "chain",
    .run = run,
    .usage = "--key FILE LINE...",
    .doc = "a message with ARC sets, honest or with any defect, and its keys",
    .example = "assay chain --key vectors/keys/rsa1024.pem hop 'hop fold=all' 'hop cv=fail alone'",
    VERB_ROWS(chain_rows),
    .options_size = sizeof(struct chain_options),
};

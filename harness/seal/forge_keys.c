/* Key records, good and broken in every way, each under the selector that names it. */
#include "harness/seal/forge.h"

#include "harness/seal/tags.h"

enum { ZONE_MOST = 1 << 20, TXT_STRING = 200 };

const struct forge_record forge_records[] = {
    {"s", "v=DKIM1; k=rsa; p=%s", true},
    {"bare", "p=%s", true},
    {"spaced", " v = DKIM1 ; k = rsa ; p = %s ; ", true},
    {"testing", "v=DKIM1; t=y; p=%s", true},
    {"hashes", "v=DKIM1; h=sha1:sha256; p=%s", true},
    {"services", "v=DKIM1; s=other:email; p=%s", true},
    {"unknown-tag", "v=DKIM1; xyz=1; n=a note; p=%s", true},
    {"subdomains", "v=DKIM1; t=s; p=%s", true},
    {"revoked", "v=DKIM1; p=", false},
    {"no-p", "v=DKIM1; k=rsa", false},
    {"p-twice", "v=DKIM1; p=%s; p=%s", false},
    {"version", "v=DKIM2; p=%s", false},
    {"version-late", "p=%s; v=DKIM1", false},
    {"version-case", "v=dkim1; p=%s", false},
    {"type", "v=DKIM1; k=dsa; p=%s", false},
    {"type-ed", "v=DKIM1; k=ed25519; p=%s", false},
    {"hash-sha1", "v=DKIM1; h=sha1; p=%s", false},
    {"service", "v=DKIM1; s=other; p=%s", false},
    {"no-base64", "v=DKIM1; p=*%s", false},
    {"no-der", "v=DKIM1; p=aGVsbG8=", false},
    {"empty-element", "v=DKIM1;; p=%s", false},
    {"no-equals", "v=DKIM1; rsa; p=%s", false},
    {"text", "this is no key", false},
    {"empty", "", false},
};
const size_t forge_record_count = sizeof forge_records / sizeof *forge_records;

static void put_row(const char *selector, span text, struct buf *out)
{
    buf_printf(out, "%s._domainkey." FORGE_DOMAIN ". TXT", selector);
    for (size_t at = 0; at == 0 || at < text.len; at += TXT_STRING) {
        buf_printf(out, " \"%.*s\"", SPAN_FMT(span_part(text, at, TXT_STRING)));
    }
    buf_put_byte(out, '\n');
}

static span public_text(const struct forge_setup *setup, span pem, struct arena *arena)
{
    span key;
    enum proof_key_type type;
    struct buf out;
    buf_init(&out, ZONE_MOST);
    if (setup->crypto->public_key(pem, arena, &type, &key)) {
        proof_base64_write(key, &out);
    }
    return buf_settle(&out, arena);
}

const char *forge_zone(const struct forge_setup *setup, struct arena *arena, struct forged *forged)
{
    struct buf out;
    struct buf text;
    span p = public_text(setup, setup->pem, arena);
    buf_init(&out, ZONE_MOST);
    buf_init(&text, ZONE_MOST);
    for (size_t i = 0; i < forge_record_count; i++) {
        span rest = span_text(forge_records[i].text);
        buf_clear(&text);
        for (size_t at; (at = span_find(rest, SPAN("%s"))) != SPAN_NONE;) {
            buf_put(&text, span_first(rest, at));
            buf_put(&text, p);
            rest = span_from(rest, at + 2);
        }
        buf_put(&text, rest);
        put_row(forge_records[i].name, buf_span(&text), &out);
    }
    if (setup->ed25519.len > 0) {
        buf_clear(&text);
        buf_put_text(&text, "v=DKIM1; k=ed25519; p=");
        buf_put(&text, public_text(setup, setup->ed25519, arena));
        put_row("ed", buf_span(&text), &out);
    }
    forged->zone = arena_copy(arena, buf_span(&out));
    buf_wipe(&text);
    buf_wipe(&out);
    return p.len > 0 ? NULL : "the key is no private key in PEM";
}

enum proof_answer forge_txt(void *context, span name, struct arena *arena, proof_texts *found)
{
    const struct forged *forged = context;
    span zone = forged->zone;
    span line;
    while (span_line(&zone, &line)) {
        size_t end = span_find(line, SPAN(". TXT "));
        if (end == SPAN_NONE || !span_eq_caseless(span_first(line, end), name)) {
            continue;
        }
        span data = span_from(line, end + 6);
        unsigned char *to = arena_take(arena, data.len + 1);
        size_t len = 0;
        bool inside = false;
        for (size_t i = 0; i < data.len; i++) {
            inside = inside != (data.at[i] == '"');
            if (inside && data.at[i] != '"') {
                to[len++] = data.at[i];
            }
        }
        vec_add(arena, found, span_of(to, len));
    }
    return found->count > 0 ? PROOF_FOUND : PROOF_NOTHING;
}

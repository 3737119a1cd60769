/* Senders that are rewritten in libsrs_alt's way: what goes out, what comes back, and what the log and
   the variables say of it. */
#include "tests/faults/faults.h"

#include "ref/log/delivery.h"
#include "ref/route/routing.h"
#include "ref/seal/srs_alt.h"

WRAPPED(srs_alt_forward);
WRAPPED(srs_alt_reverse);
WRAPPED(srs_alt_complaint);
WRAPPED(route_srs);
WRAPPED(log_delivery);

/* An SRS1 as if the host that it came from had made the SRS0 in it. */
static span of_last_host(span sender, struct arena *arena)
{
    size_t at = span_find(sender, SPAN("=="));
    bool again = span_starts(sender, SPAN("SRS1=")) && at != SPAN_NONE;
    span rest = span_from(sender, again ? at + 1 : 0);
    return again ? span_text(arena_printf(arena, "SRS0%.*s", SPAN_FMT(rest))) : sender;
}

enum srs_alt_end WRAP(srs_alt_forward)(const struct srs_alt *srs, span sender, span domain,
                                       instant now, struct arena *arena, span *made)
{
    struct srs_alt other = *srs;
    if (fault_is("srs-alt-last-secret-signs") && srs->secret_count > 1) {
        other.secrets[0] = srs->secrets[srs->secret_count - 1];
    }
    if (fault_is("srs-alt-stamp-is-left-out")) {
        other.use_stamp = false;
    }
    if (fault_is("srs-alt-names-the-last-host")) {
        sender = of_last_host(sender, arena);
    }
    return REAL(srs_alt_forward)(&other, sender, domain, now, arena, made);
}

/* "SRS0=hash=day=domain=local@host" as "local@domain". */
static span unwrapped(span address, struct arena *arena)
{
    span part, rest = address, local;
    for (int i = 0; i < 3; i++) {
        (void)span_split(rest, '=', &part, &rest);
    }
    (void)span_split(rest, '=', &part, &rest);
    (void)span_split(rest, '@', &local, &rest);
    return span_text(arena_printf(arena, "%.*s@%.*s", SPAN_FMT(local), SPAN_FMT(part)));
}

static enum srs_alt_end reversed(const struct srs_alt *srs, span local_part, instant now,
                                 struct arena *arena, span *made)
{
    enum { LONGEST = 2000 };
    enum srs_alt_end end = REAL(srs_alt_reverse)(srs, local_part, now, arena, made);
    bool stays = fault_is("srs-alt-stays-valid");
    for (int day = 1; stays && end == SRS_ALT_EXPIRED && day < LONGEST; day++) {
        instant then = now - day * 86400 * NANOS_PER_SECOND;
        end = REAL(srs_alt_reverse)(srs, local_part, then, arena, made);
    }
    return end;
}

enum srs_alt_end WRAP(srs_alt_reverse)(const struct srs_alt *srs, span local_part, instant now,
                                       struct arena *arena, span *made)
{
    struct srs_alt other = *srs;
    bool tag = span_starts(local_part, SPAN("SRS")) || !fault_is("srs-alt-tag-has-a-case");
    bool separator = local_part.len < 5 || local_part.at[4] == '=' ||
                     !fault_is("srs-alt-has-one-separator");
    if (!tag || !separator) {
        *made = SPAN_EMPTY;
        return SRS_ALT_BAD_HASH;
    }
    other.secret_count = fault_is("srs-alt-one-secret-verifies") ? 1 : srs->secret_count;
    other.hash_least = fault_is("srs-alt-any-length-verifies") ? 1 : srs->hash_least;
    now -= fault_is("srs-alt-today-is-too-new") ? 86400 * NANOS_PER_SECOND : 0;
    enum srs_alt_end end = reversed(&other, local_part, now, arena, made);
    bool hop = end == SRS_ALT_DONE && span_starts(*made, SPAN("SRS0"));
    if (hop && fault_is("srs-alt-passes-the-first-host-by")) {
        *made = unwrapped(*made, arena);
    }
    if (fault_is("srs-alt-part-of-one-is-forged") && end == SRS_ALT_BAD_SRS) {
        return SRS_ALT_BAD_HASH;
    }
    bool fails = end == SRS_ALT_BAD_HASH || end == SRS_ALT_EXPIRED || end == SRS_ALT_BAD_STAMP;
    return fails && fault_is("srs-alt-forgery-leads-on") ? SRS_ALT_NOT_SRS : end;
}

const char *WRAP(srs_alt_complaint)(const struct srs_alt *srs)
{
    return fault_is("srs-alt-settings-are-not-checked") ? NULL : REAL(srs_alt_complaint)(srs);
}

enum routed WRAP(route_srs)(struct routing *r)
{
    const struct facts_message *m = r->x->facts->message;
    bool forward = strcmp(r->router->own.redirect->srs, "forward") == 0;
    enum routed end = REAL(route_srs)(r);
    bool bounce = m != NULL && m->sender_address.len == 0;
    if (fault_is("srs-alt-rewrites-bounces") && forward && bounce &&
        r->round->purpose == ROUTE_DELIVER) {
        r->srs_sender = SPAN("SRS0=Tr3lGU==@test.ex");
    }
    if (fault_is("srs-alt-variables-are-empty")) {
        r->address->srs.orig_sender = r->address->srs.orig_recipient = SPAN_EMPTY;
        routing_facts(r);
    }
    return end;
}

void WRAP(log_delivery)(const struct log *log, const struct log_delivery *d)
{
    struct log_delivery changed = *d;
    changed.srs = fault_is("log-forgets-srs") ? SPAN_EMPTY : d->srs;
    REAL(log_delivery)(log, &changed);
}

/* clang-format off: a row a line */
const struct fault sender_faults[] = {
    {"srs-alt-last-secret-signs", "the last secret signs", "srs/alt-hash", NULL},
    {"srs-alt-stamp-is-left-out", "addresses have no day", "srs/alt-forward", NULL},
    {"srs-alt-one-secret-verifies", "only the first secret verifies", "srs/alt-secrets", NULL},
    {"srs-alt-any-length-verifies", "one character of a hash is enough", "srs/alt-short srs/alt-forged", NULL},
    {"srs-alt-stays-valid", "an address does not expire", "srs/alt-expires", NULL},
    {"srs-alt-forgery-leads-on", "a forged address is left to the next router", "srs/alt-forged-next", NULL},
    {"srs-alt-names-the-last-host", "an SRS1 names the host before this one, not the first", "srs/alt-again", NULL},
    {"srs-alt-passes-the-first-host-by", "a bounce to an SRS1 goes to the author", "srs/alt-again-bounce", NULL},
    {"srs-alt-today-is-too-new", "an address that was made today is no longer good", "srs/alt-bounce", NULL},
    {"srs-alt-tag-has-a-case", "an address with a tag in small letters counts as forged", "srs/alt-case", NULL},
    {"srs-alt-has-one-separator", "an address with + or - behind the tag counts as forged", "srs/alt-separators", NULL},
    {"srs-alt-part-of-one-is-forged", "what is no whole address counts as forged", "srs/alt-not-srs", NULL},
    {"srs-alt-settings-are-not-checked", "settings that cannot be are worked with", "srs/alt-config-wrong", NULL},
    {"srs-alt-rewrites-bounces", "an empty sender is rewritten", "srs/alt-null", NULL},
    {"srs-alt-variables-are-empty", "$srs_orig_sender and $srs_orig_recipient are empty", "srs/alt-variables", NULL},
    {"log-forgets-srs", "delivery lines lack SRS=", "srs/alt-log", NULL},
};
/* clang-format on */
const size_t sender_fault_count = sizeof sender_faults / sizeof *sender_faults;

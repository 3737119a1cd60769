/* The evaluation: which record holds for the author's domain, whether an identifier that SPF or DKIM has
   found good belongs to it, and what its owner asks for if none does. Names are asked for once in a
   message, and all of them together have one deadline. */
#include "ref/seal/dmarc.h"

#include "ref/mail/address.h"

enum { WALK_LABELS = 7, NAME_CEILING = 512 };

const struct dmarc_status_row dmarc_statuses[DMARC_STATUS_COUNT] = {
    [DMARC_NOT_RUN] = {"none", "", "", "skipped", 2, 14, "delivered"},
    [DMARC_ACCEPTS] = {"accept", "Accept", "pass", "pass", 2, 15, "delivered"},
    [DMARC_REJECTS] = {"reject", "Reject", "fail", "fail", 0, 16, "reject"},
    [DMARC_QUARANTINES] = {"quarantine", "Quarantine", "fail", "fail", 4, 17, "spam"},
    [DMARC_LETS_PASS] = {"none", "None, Accept", "fail", "none", 2, 18, "delivered"},
    [DMARC_NO_RECORD] = {"norecord", "No DMARC record", "none", "none", 2, 14, "delivered"},
    [DMARC_NO_FROM] = {"nofrom", "No From: domain found", "none", "temperror", 2, 14, "delivered"},
    [DMARC_TEMPERROR] = {"temperror", "Internal Policy Error", "temperror", "temperror", 3, 14, "delivered"},
};

/* What stands at _dmarc.<domain>. */
enum found { FOUND_NONE, FOUND_ONE, FOUND_SEVERAL, FOUND_ERROR };
struct place {
    span domain;
    enum found found;
    struct dmarc_record record;
};

struct evaluation {
    const struct dmarc_question *q;
    struct dmarc_answer *a;
    millis left;
    bool trouble;                /* the DNS did not answer something */
    VEC(struct place *) places;
};

static bool ask(struct evaluation *e, span name, enum dns_type type, struct dns_answer *answer)
{
    return dns_ask_left(e->q->dns, name, type, &e->left, e->q->arena, answer);
}

static void place_ask(struct evaluation *e, struct place *place)
{
    struct dns_answer answer;
    span name = span_text(arena_printf(e->q->arena, "_dmarc.%.*s", SPAN_FMT(place->domain)));
    if (!ask(e, name, DNS_TXT, &answer)) {
        place->found = FOUND_ERROR;
        e->trouble = true;
        return;
    }
    for (size_t i = 0; i < answer.count; i++) {
        if (dmarc_is_record(answer.at[i].text)) {
            place->found = place->found == FOUND_NONE ? FOUND_ONE : FOUND_SEVERAL;
            dmarc_record_read(answer.at[i].text, e->q->walk, &place->record);
        }
    }
}

static const struct place *place_get(struct evaluation *e, span domain)
{
    for (size_t i = 0; i < e->places.count; i++) {
        if (span_eq(e->places.at[i]->domain, domain)) {
            return e->places.at[i];
        }
    }
    struct place *place = ARENA_NEW(e->q->arena, struct place);
    place->domain = domain;
    place_ask(e, place);
    vec_add(e->q->arena, &e->places, place);
    return place;
}

/* --- the walk up the tree (N4.10) ----------------------------------------------------------------- */

static size_t label_count(span domain)
{
    size_t count = domain.len > 0 ? 1 : 0;
    for (size_t i = 0; i < domain.len; i++) {
        count += domain.at[i] == '.' ? 1 : 0;
    }
    return count;
}

static span parent_of(span domain)
{
    size_t dot = span_find_byte(domain, '.');
    return dot == SPAN_NONE ? SPAN_EMPTY : span_from(domain, dot + 1);
}

static span last_labels(span domain, size_t count)
{
    while (label_count(domain) > count) {
        domain = parent_of(domain);
    }
    return domain;
}

/* The organisational domain (N4.10.2); *psd: a record that says psd=y above it, or NULL. Eight
   questions at most. */
static span walk(struct evaluation *e, span start, const struct place **psd)
{
    span organization = start;
    *psd = NULL;
    for (span at = start; at.len > 0;) {
        const struct place *place = place_get(e, at);
        bool one = place->found == FOUND_ONE;
        if (one && place->record.psd == 'y' && at.len != start.len) {
            *psd = place;
            return last_labels(start, label_count(at) + 1);
        }
        organization = one ? at : organization;
        if (one && place->record.psd != 'u') {
            return organization;
        }
        at = last_labels(parent_of(at), WALK_LABELS);
    }
    return organization;
}

static span organization_of(struct evaluation *e, span domain)
{
    const struct place *psd;
    return e->q->walk ? walk(e, domain, &psd)
                      : dmarc_organization(e->q->suffixes, domain, e->q->arena);
}

/* --- discovery ------------------------------------------------------------------------------------ */

/* D6.6.3 steps 1 to 5. NULL: there is none. */
static const struct place *discover_by_list(struct evaluation *e)
{
    const struct place *own = place_get(e, e->q->from);
    span organization = organization_of(e, e->q->from);
    if (own->found == FOUND_NONE && !span_eq(organization, e->q->from)) {
        own = place_get(e, organization);
    }
    e->a->used = own->domain;
    return own->found == FOUND_ONE ? own : NULL;
}

/* N4.10.1: the author's domain, else its organisation's, else that of the public suffix. */
static const struct place *discover_by_walk(struct evaluation *e)
{
    const struct place *own = place_get(e, e->q->from), *psd = NULL;
    e->a->used = e->q->from;
    if (own->found != FOUND_ONE) {
        own = place_get(e, walk(e, e->q->from, &psd));
        own = own->found != FOUND_ONE ? psd : own;
    }
    if (own != NULL && own->found == FOUND_ONE) {
        e->a->used = own->domain;
        return own;
    }
    return NULL;
}

/* sp and np are for names below the one that has the record; np for those that are not there. */
static enum dmarc_policy policy_asked(struct evaluation *e, const struct place *place)
{
    const struct dmarc_record *r = &place->record;
    struct dns_answer answer;
    if (r->flawed) {
        return DMARC_IS_NONE;
    }
    if (span_eq(place->domain, e->q->from)) {
        return r->p;
    }
    if (r->np != DMARC_IS_UNSET) {
        if (!ask(e, e->q->from, DNS_TXT, &answer)) {
            e->trouble = true;
        } else if (answer.outcome == DNS_NO_NAME) {
            return r->np;
        }
    }
    return r->sp != DMARC_IS_UNSET ? r->sp : r->p;
}

/* --- alignment ------------------------------------------------------------------------------------ */

static bool is_aligned(struct evaluation *e, span domain, bool strict)
{
    span read;
    if (!dmarc_domain_read(domain, e->q->arena, &read)) {
        return false;
    }
    return span_eq(read, e->q->from) ||
           (!strict &&
            span_eq(organization_of(e, read), organization_of(e, e->q->from)));
}

static bool align(struct evaluation *e, const struct dmarc_record *r)
{
    const struct dmarc_question *q = e->q;
    e->a->aligned_spf = q->has_spf && q->spf == SPF_IS_PASS &&
                        is_aligned(e, q->spf_domain, r->strict_spf);
    for (size_t i = 0; i < q->dkim_count && !e->a->aligned_dkim; i++) {
        e->a->aligned_dkim =
            q->dkim[i].passed && is_aligned(e, q->dkim[i].domain, r->strict_dkim);
    }
    return e->a->aligned_spf || e->a->aligned_dkim;
}

/* D6.6.2: what failed for a time only may have been the sender's proof. */
static bool was_temporary(const struct dmarc_question *q)
{
    bool temporary = q->has_spf && q->spf == SPF_IS_TEMPERROR;
    for (size_t i = 0; i < q->dkim_count; i++) {
        temporary = temporary || q->dkim[i].temporary;
    }
    return temporary;
}

/* --- all of it ------------------------------------------------------------------------------------ */

static enum dmarc_policy one_less(enum dmarc_policy policy)
{
    return policy == DMARC_IS_REJECT ? DMARC_IS_QUARANTINE : DMARC_IS_NONE;
}

static enum dmarc_status enforce(const struct dmarc_question *q, const struct dmarc_record *r,
                                 enum dmarc_policy policy)
{
    static const enum dmarc_status statuses[] = {
        [DMARC_IS_UNSET] = DMARC_LETS_PASS, [DMARC_IS_NONE] = DMARC_LETS_PASS,
        [DMARC_IS_QUARANTINE] = DMARC_QUARANTINES, [DMARC_IS_REJECT] = DMARC_REJECTS};
    if (r->testing || q->dice >= r->pct) { /* N4.7 t=, D6.6.4 */
        policy = one_less(policy);
    }
    return statuses[policy];
}

static enum dmarc_status told(struct dmarc_answer *a, enum dmarc_status status, const char *why)
{
    a->why = why;
    return status;
}

static enum dmarc_status evaluate(struct evaluation *e)
{
    const struct dmarc_question *q = e->q;
    struct dmarc_answer *a = e->a;
    const struct place *place = q->walk ? discover_by_walk(e) : discover_by_list(e);
    span rua;
    if (e->trouble) { /* N5.3.6; D6.6.3 leaves it to us */
        return told(a, DMARC_TEMPERROR, "the DNS does not answer");
    }
    if (place == NULL) {
        return told(a, DMARC_NO_RECORD, "there is no record");
    }
    rua = place->record.rua;
    if (place->record.flawed && rua.len == 0) {
        return told(a, DMARC_NO_RECORD, "the record has no policy that can be read");
    }
    a->has_record = true;
    a->record = place->record;
    a->policy = policy_asked(e, place);
    if (place->record.flawed) {
        a->record.p = DMARC_IS_NONE;
        a->record.sp = a->record.np = DMARC_IS_UNSET;
    }
    if (align(e, &place->record)) {
        return DMARC_ACCEPTS;
    }
    if (e->trouble || was_temporary(q)) {
        return told(a, DMARC_TEMPERROR, "SPF, DKIM or DMARC lack an answer of the DNS");
    }
    return enforce(q, &place->record, a->policy);
}

void dmarc_check(const struct dmarc_question *q, struct dmarc_answer *a)
{
    struct evaluation e = {.q = q, .a = a, .left = q->together};
    *a = (struct dmarc_answer){.used = SPAN_EMPTY, .why = ""};
    a->status = q->from.len == 0 ? DMARC_NO_FROM : evaluate(&e);
}

/* All addresses of the list are at that host. */
static bool stays_at(span list, span host, struct arena *arena)
{
    span uri, address, read;
    while (dmarc_uri_next(&list, &uri)) {
        if (dmarc_uri_address(uri, arena, &address) &&
            !(dmarc_domain_read(span_from(address, mail_at_sign(address) + 1), arena, &read) &&
              span_eq(read, host))) {
            return false;
        }
    }
    return true;
}

static bool host_wants(struct evaluation *e, span policy_domain, span host, span *instead)
{
    struct arena *arena = e->q->arena;
    struct dns_answer answer;
    struct dmarc_record record;
    bool wanted = false;
    span name = span_text(arena_printf(arena, "%.*s._report._dmarc.%.*s", SPAN_FMT(policy_domain),
                                       SPAN_FMT(host)));
    if (span_eq(organization_of(e, host), organization_of(e, policy_domain))) {
        return true;
    }
    if (!ask(e, name, DNS_TXT, &answer)) {
        return false;
    }
    for (size_t i = 0; i < answer.count; i++) {
        if (dmarc_is_record(answer.at[i].text)) {
            dmarc_record_read(answer.at[i].text, e->q->walk, &record);
            *instead = record.ruf.len > 0 ? record.ruf : *instead;
            wanted = true;
        }
    }
    return wanted && stays_at(*instead, host, arena);
}

bool dmarc_report_wanted(const struct dmarc_question *q, span policy_domain, span address,
                         millis *left, span *instead)
{
    struct dmarc_answer unused = {.status = DMARC_NOT_RUN};
    struct evaluation e = {.q = q, .a = &unused, .left = *left};
    span host;
    size_t at = mail_at_sign(address);
    *instead = SPAN_EMPTY;
    bool wanted = at != SPAN_NONE &&
                  dmarc_domain_read(span_from(address, at + 1), q->arena, &host) &&
                  host_wants(&e, policy_domain, host, instead);
    *left = e.left;
    return wanted;
}

/* The configuration language: entries of ref/expand's tables, and the functions of expansion, lists,
   lookups and SRS as the linker's --wrap replaces them. */
#include "tests/faults/language.h"

#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/conf/macro.h"
#include "ref/expand/condition.h"
#include "ref/expand/encoded_word.h"
#include "ref/expand/items.h"
#include "ref/expand/match.h"
#include "ref/expand/operators.h"
#include "ref/expand/variables.h"
#include "ref/lookup/lmdb_files.h"
#include "ref/lookup/lookup.h"
#include "ref/mail/ascii.h"
#include "ref/mail/utf8.h"
#include "ref/seal/srs.h"

WRAPPED(srs_encode);
WRAPPED(srs_decode);
WRAPPED(lookup_find);
WRAPPED(lmdb_files_get);
WRAPPED(expand);
WRAPPED(match_local_part);
WRAPPED(match_domain);
WRAPPED(macro_replace);
WRAPPED(mail_address_in_ascii);
WRAPPED(list_reader_of);

WRAPPED(encoded_words_put);

span WRAP(mail_address_in_ascii)(span address, struct arena *arena)
{
    span local, domain;
    bool parts = span_split(address, '@', &local, &domain);
    bool domain_alone = fault_is("ascii-of-domains-alone") && parts && mail_has_high(local);
    return domain_alone ? address : REAL(mail_address_in_ascii)(address, arena);
}

/* --- tables --------------------------------------------------------------------------------- */

typedef bool control_apply(struct acl_run *run, span options);

static enum acl_test queue_unheard(struct acl_run *run, struct value value)
{
    (void)run;
    (void)value;
    return ACL_YES;
}

/* What is said for one message holds until the connection ends. */
static enum acl_test queue_for_all(struct acl_run *run, struct value value)
{
    memcpy(run->controls->marks.queue, value.text.at, value.text.len);
    run->controls->marks.queue[value.text.len] = '\0';
    return ACL_YES;
}

static void queue_runs(acl_item_run *run)
{
    fault_set(&acl_item_find(SPAN("queue"))->run, &run, sizeof(run));
}

void fault_acl_queue_is_the_usual_one(void) { queue_runs(queue_unheard); }
void fault_acl_queue_lasts(void) { queue_runs(queue_for_all); }

static bool downconvert_always(struct acl_run *run, span options)
{
    (void)options;
    return run->changes->utf8_downconvert = true;
}

static bool downconvert_never(struct acl_run *run, span options)
{
    (void)run;
    (void)options;
    return true;
}

static void downconvert_does(control_apply *apply)
{
    span options;
    fault_set(&acl_control_find(SPAN("utf8_downconvert"), &options)->apply, &apply, sizeof(apply));
}

void fault_acl_downconvert_is_never(void) { downconvert_does(downconvert_never); }
void fault_acl_downconvert_is_always(void) { downconvert_does(downconvert_always); }

void fault_eq_ignores_case(void)
{
    fault_set(&condition_find(SPAN("eq"))->variant, &condition_find(SPAN("eqi"))->variant,
              sizeof(unsigned char));
}

void fault_operator_lc_is_uc(void)
{
    span suffix;
    fault_set(&operator_find(SPAN("lc"), &suffix)->variant,
              &operator_find(SPAN("uc"), &suffix)->variant, sizeof(unsigned char));
}

static bool first_argument(struct expansion *x, const struct item *item, struct value *out)
{
    return eval_template(item->args[0], x, out);
}

static void item_gives(const char *name, item_eval *eval)
{
    fault_set(&item_find(span_text(name))->eval, &eval, sizeof(eval));
}

static bool second_argument(struct expansion *x, const struct item *item, struct value *out)
{
    return eval_template(item->args[1], x, out);
}

void fault_extract_gives_all(void) { item_gives("extract", second_argument); }
void fault_filter_keeps_all(void) { item_gives("filter", first_argument); }

/* Both branches are evaluated, as if that had no consequences. */
static bool eager_if(struct expansion *x, const struct item *item, struct value *out)
{
    struct value unused;
    return (item->yes == NULL || eval_template(item->yes, x, &unused)) &&
           (item->no == NULL || eval_template(item->no, x, &unused)) && item_if(x, item, out);
}

void fault_if_takes_both(void) { item_gives("if", eager_if); }

static void variable_made_by(const char *name, variable_maker *maker)
{
    static const enum variable_kind made = VARIABLE_MADE;
    for (size_t i = 0; i < variable_row_count; i++) {
        if (strcmp(variable_rows[i].name, name) == 0) {
            fault_set(&variable_rows[i].kind, &made, sizeof(made));
            fault_set(&variable_rows[i].make, &maker, sizeof(maker));
        }
    }
}

/* What the client said, taken for a text of the configuration. */
static bool expanded_local_part(struct expansion *x, span name, struct value *out)
{
    (void)name;
    span text = x->facts->address ? x->facts->address->local_part : SPAN_EMPTY;
    struct expanded e = expand_text(text, x);
    *out = e.outcome == EXPAND_OK ? e.value : (struct value){.text = text, .tainted = true};
    return true;
}

void fault_local_part_is_expanded(void)
{
    variable_made_by("local_part", expanded_local_part);
}

static bool nothing(struct expansion *x, span name, struct value *out)
{
    (void)x;
    (void)name;
    *out = (struct value){.text = SPAN_EMPTY};
    return true;
}

void fault_helo_is_forgotten(void) { variable_made_by("sender_helo_name", nothing); }

/* --- SRS ------------------------------------------------------------------------------------ */

span WRAP(srs_encode)(span secret, span path, span domain, instant now, struct arena *arena)
{
    if (fault_is("srs-rewrites-bounces") && path.len == 0) {
        path = SPAN("<>");
    }
    span address = REAL(srs_encode)(secret, path, domain, now, arena);
    size_t hash = span_find(address, SPAN("SRS0="));
    if (fault_is("srs-hash-is-off-by-one") && hash != SPAN_NONE) {
        unsigned char *other = arena_take(arena, address.len);
        memcpy(other, address.at, address.len);
        unsigned char *last = &other[hash + 8];
        *last = *last == 'f' ? '0' : *last == '9' ? 'a' : (unsigned char)(*last + 1);
        return span_of(other, address.len);
    }
    return address;
}

struct srs_decoded WRAP(srs_decode)(span local, span secret, instant now, struct arena *arena)
{
    enum { LONGEST = 1024 };
    struct srs_decoded d = REAL(srs_decode)(local, secret, now, arena);
    for (int day = 1; fault_is("srs-stays-valid") && d.matched && !d.valid && day < LONGEST; day++) {
        d = REAL(srs_decode)(local, secret, now - day * 86400 * NANOS_PER_SECOND, arena);
    }
    d.valid |= fault_is("srs-forgery-is-taken") && d.matched;
    return fault_is("srs-matches-nothing") ? (struct srs_decoded){.recipient = SPAN_EMPTY} : d;
}

/* --- lookups -------------------------------------------------------------------------------- */

void WRAP(lookup_find)(const struct lookup_request *request, struct lookup_result *result)
{
    struct lookup_request changed = *request;
    changed.file_tainted &= !fault_is("lookup-takes-any-name");
    REAL(lookup_find)(&changed, result);
    if ((fault_is("lookup-finds-nothing") && result->outcome == LOOKUP_FOUND) ||
        (fault_is("lookup-never-defers") && result->outcome == LOOKUP_DEFERRED)) {
        result->outcome = LOOKUP_ABSENT;
    }
    if (fault_is("lookup-finds-all") && result->outcome == LOOKUP_ABSENT) {
        result->outcome = LOOKUP_FOUND;
        result->value = SPAN("found");
    }
}

enum lmdb_outcome WRAP(lmdb_files_get)(struct lmdb_files *files, const char *path, bool looked,
                                       span key, struct arena *arena, span *value,
                                       const char **why)
{
    unsigned char *small = arena_take(arena, key.len + 1);
    for (size_t i = 0; i < key.len; i++) {
        small[i] = ascii_lower(key.at[i]);
    }
    return REAL(lmdb_files_get)(files, path, looked,
                                fault_is("lmdb-folds-keys") ? span_of(small, key.len) : key, arena,
                                value, why);
}

/* --- expansions and lists ------------------------------------------------------------------- */

void WRAP(encoded_words_put)(span text, bool to_utf8, struct buf *out)
{
    if (fault_is("encoded-words-stay")) {
        buf_put(out, text);
    } else {
        REAL(encoded_words_put)(text, to_utf8, out);
    }
}

struct expanded WRAP(expand)(const struct template *t, struct expansion *x)
{
    struct expanded e = REAL(expand)(t, x);
    if (fault_is("spent-budget-is-empty") && e.outcome == EXPAND_DEFERRED) {
        return (struct expanded){.outcome = EXPAND_OK};
    }
    if (fault_is("forced-failure-is-an-error") && e.outcome == EXPAND_FORCED) {
        e.outcome = EXPAND_FAILED;
    } else if (fault_is("failed-expansion-is-empty") && e.outcome == EXPAND_FAILED) {
        return (struct expanded){.outcome = EXPAND_OK};
    } else if (fault_is("forced-failure-is-its-text") && e.outcome == EXPAND_FORCED) {
        return (struct expanded){.outcome = EXPAND_OK, .value = {.text = template_text(t)}};
    }
    e.value.tainted &= !fault_is("nothing-is-tainted");
    return e;
}

struct matched WRAP(match_local_part)(struct expansion *x, span local_part, struct value list,
                                      bool caseful)
{
    unsigned char *positive = arena_take(x->arena, list.text.len + 1);
    for (size_t i = 0; i < list.text.len; i++) {
        positive[i] = list.text.at[i] == '!' ? ' ' : list.text.at[i];
    }
    if (fault_is("list-negation-is-lost")) {
        list.text = span_of(positive, list.text.len);
    }
    return REAL(match_local_part)(x, local_part, list, caseful);
}

struct matched WRAP(match_domain)(struct expansion *x, span domain, struct value list)
{
    bool deaf = fault_is("named-lists-are-empty") && span_starts(list.text, SPAN("+"));
    struct matched m = deaf ? (struct matched){.outcome = MATCH_NO} : REAL(match_domain)(x, domain, list);
    if (fault_is("acl-wild-holds-bare") && m.outcome == MATCH_NO) {
        m = REAL(match_domain)(x, span_text(arena_printf(x->arena, "x.%.*s", SPAN_FMT(domain))), list);
    } else if (fault_is("acl-data-is-the-item")) {
        m.data.text = domain;
    }
    return m;
}

bool WRAP(macro_replace)(const struct conf_macros *m, size_t from, struct buf *text,
                         struct buf *scratch)
{
    return !fault_is("macro-stays") && REAL(macro_replace)(m, from, text, scratch);
}

struct list_reader WRAP(list_reader_of)(span list)
{
    return fault_is("list-separator-is-fixed")
               ? (struct list_reader){.rest = list, .separator = ':', .ended = list.len == 0}
               : REAL(list_reader_of)(list);
}

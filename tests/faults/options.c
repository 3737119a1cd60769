/* Options that are read and not heeded, or have another default, and controls of ACLs that do nothing: a
   row for each. */
#include "tests/faults/faults.h"
#include "tests/faults/tables.h"

#include "ref/acl/item.h"
#include "ref/conf/option.h"

WRAPPED(conf_option_take);
WRAPPED(conf_into_make);

/* value NULL: whatever the configuration says; instead NULL: the option stays as it is by default. */
static const struct {
    const char *fault, *option, *value, *instead;
} taken[] = {
    {"option-srs-alias-is-ignored", "srs_alias", NULL, NULL},
    {"option-srs-condition-is-ignored", "srs_condition", NULL, NULL},
    {"option-srs-config-is-ignored", "srs_config", NULL, NULL},
    {"option-srs-hashlength-is-ignored", "srs_hashlength", NULL, NULL},
    {"option-srs-dbinsert-is-ignored", "srs_dbinsert", NULL, NULL},
    {"option-srs-dbselect-is-ignored", "srs_dbselect", NULL, NULL},
    {"option-srs-does-one-of-both", "srs", "reverseandforward", "reverse"},
    {"option-return-path-is-ignored", "return_path", NULL, NULL},
    {"option-dmarc-forensic-sender-is-ignored", "dmarc_forensic_sender", NULL, NULL},
    {"option-dccifd-options-are-ignored", "dccifd_options", NULL, NULL},
    {"option-bmi-deliver-alternate-is-ignored", "bmi_deliver_alternate", NULL, NULL},
    {"option-bmi-deliver-default-is-ignored", "bmi_deliver_default", NULL, NULL},
    {"option-arc-sign-results-is-ignored", "arc_sign_results", NULL, NULL},
    {"option-dkim-verify-signers-is-ignored", "dkim_verify_signers", NULL, NULL},
    {"option-dkim-strict-is-ignored", "dkim_strict", NULL, NULL},
    {"option-dkim-timestamps-is-ignored", "dkim_timestamps", NULL, NULL},
    {"option-dkim-key-0-is-a-file", "dkim_private_key", "0", "/0"},
    {"option-errors-copy-is-ignored", "errors_copy", NULL, NULL},
    {"option-dsn-remote-mta-form-is-seed", "dsn_remote_mta_form", "rfc", "seed"},
    {"option-recipients-max-is-ignored", "recipients_max", NULL, NULL},
    {"option-max-per-host-is-ignored", "smtp_accept_max_per_host", NULL, NULL},
};

err WRAP(conf_option_take)(const struct conf_option *row, const struct conf_statement *s,
                           struct conf_where where, struct arena *arena, const struct conf_into *into)
{
    struct conf_statement other = *s;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (!fault_is(taken[i].fault) || strcmp(row->name, taken[i].option) != 0 ||
            (taken[i].value != NULL && !span_eq(s->value, span_text(taken[i].value)))) {
            continue;
        }
        if (taken[i].instead == NULL) {
            return OK;
        }
        other.value = span_text(taken[i].instead);
    }
    return REAL(conf_option_take)(row, &other, where, arena, into);
}

static const struct {
    const char *fault, *option, *instead;
} defaults[] = {
    {"default-arc-sign-results-is-first", "arc_sign_results", "first"},
    {"default-dcc-adds-its-header", "dcc_direct_add_header", "true"},
    {"default-dkim-keytypes-are-rsa", "dkim_verify_keytypes", "rsa"},
    {"default-dmarc-tld-file-is-elsewhere", "dmarc_tld_file", "/usr/share/publicsuffix/public_suffix_list.dat"},
    {"default-recipients-max-is-99", "recipients_max", "99"},
};

/* The table is made as it is, and then one row of it anew. */
struct conf_into WRAP(conf_into_make)(const struct conf_rows *rows, void *fields, struct arena *arena)
{
    struct conf_into into = REAL(conf_into_make)(rows, fields, arena);
    for (size_t i = 0; i < rows->count; i++) {
        struct conf_option other = rows->at[i];
        struct conf_rows one = *rows;
        one.at = &other;
        one.count = 1;
        for (size_t k = 0; k < sizeof defaults / sizeof *defaults; k++) {
            if (fault_is(defaults[k].fault) && strcmp(other.name, defaults[k].option) == 0) {
                other.fallback = defaults[k].instead;
                (void)REAL(conf_into_make)(&one, into.fields, arena);
            }
        }
    }
    return into;
}

static bool does_nothing(struct acl_run *run, span options)
{
    (void)run;
    (void)options;
    return true;
}

static void control_does_nothing(const char *name)
{
    bool (*apply)(struct acl_run *run, span options) = does_nothing;
    span options;
    fault_set(&acl_control_find(span_text(name), &options)->apply, &apply, sizeof apply);
}

static void dkim_is_verified(void) { control_does_nothing("dkim_disable_verify"); }
static void dmarc_is_verified(void) { control_does_nothing("dmarc_disable_verify"); }

/* clang-format off: a row a line */
const struct fault option_faults[] = {
    {"option-srs-alias-is-ignored", "srs_alias is not looked at", "srs/alt-alias", NULL},
    {"option-srs-condition-is-ignored", "srs_condition is not looked at", "srs/alt-condition", NULL},
    {"option-srs-config-is-ignored", "srs_config is not looked at", "srs/alt-config", NULL},
    {"option-srs-hashlength-is-ignored", "every hash of SRS has six digits", "srs/alt-forms", NULL},
    {"option-srs-dbinsert-is-ignored", "srs_dbinsert is not looked at", "srs/alt-key", NULL},
    {"option-srs-dbselect-is-ignored", "srs_dbselect is not looked at", "srs/alt-key-bounce srs/alt-key-lost", NULL},
    {"option-srs-does-one-of-both", "reverseandforward only reverses", "srs/alt-both srs/alt-key-half", NULL},
    {"option-return-path-is-ignored", "a transport's return_path is not looked at", "srs/alt-return-path", NULL},
    {"option-dmarc-forensic-sender-is-ignored", "dmarc_forensic_sender is not looked at", "dmarc/forensic-sender", NULL},
    {"option-dccifd-options-are-ignored", "dccifd_options is not looked at", "dcc/options", NULL},
    {"option-bmi-deliver-alternate-is-ignored", "bmi_deliver_alternate is not looked at", "bmi/deliver-alternate", NULL},
    {"option-bmi-deliver-default-is-ignored", "bmi_deliver_default is not looked at", "bmi/deliver-default", NULL},
    {"option-arc-sign-results-is-ignored", "arc_sign_results is not looked at", "arc/sign-first", NULL},
    {"option-dkim-verify-signers-is-ignored", "dkim_verify_signers is not looked at", "dkim/signers", NULL},
    {"option-dkim-strict-is-ignored", "dkim_strict is not looked at", "dkim/sign-strict", NULL},
    {"option-dkim-timestamps-is-ignored", "dkim_timestamps is not looked at", "dkim/sign", NULL},
    {"option-dkim-key-0-is-a-file", "0 for a private key is the name of a file", "dkim/sign-not", NULL},
    {"option-errors-copy-is-ignored", "errors_copy is not looked at", "dsn/copied-to-postmaster", NULL},
    {"option-dsn-remote-mta-form-is-seed", "Remote-MTA has the seed's form always", "dsn/info-remote-rfc", NULL},
    {"option-recipients-max-is-ignored", "recipients_max is not looked at", "limits/recipients-over recorded/limits/recipients", NULL},
    {"option-max-per-host-is-ignored", "one host may have any number of connections", "recorded/limits/connections", NULL},
    {"default-arc-sign-results-is-first", "one field of results is signed unless more are asked for", "arc/sign-all", NULL},
    {"default-dcc-adds-its-header", "dccifd's field is added unasked", "dcc/direct-none dcc/variables", NULL},
    {"default-dkim-keytypes-are-rsa", "Ed25519 is not verified", "dkim/ed25519 arc/ed25519", NULL},
    {"default-dmarc-tld-file-is-elsewhere", "the list of public suffixes is looked for in another place", "dmarc/tld-default", NULL},
    {"default-recipients-max-is-99", "a message has 99 recipients at most", "limits/hundred-recipients", NULL},
    {"control-dkim-disable-does-nothing", "DKIM is verified whatever an ACL says", "dkim/disabled", dkim_is_verified},
    {"control-dmarc-disable-does-nothing", "DMARC is verified whatever an ACL says", "dmarc/disable", dmarc_is_verified},
};
/* clang-format on */
const size_t option_fault_count = sizeof option_faults / sizeof *option_faults;

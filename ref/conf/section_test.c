/* Sections, and what they refuse. Where Exim has a text for it, the text is Exim's. */
#include "ref/conf/testing.h"

#include <criterion/criterion.h>

#define ROUTER "begin routers\nr:\n driver = "
#define TRANSPORT "begin transports\nt:\n driver = "

static const char *refusal(const char *text, struct arena *arena)
{
    struct conf *conf = NULL;
    err e = testing_load(span_text(text), NULL, 0, arena, &conf);
    if (!failed(e)) {
        conf_free(conf);
        return "taken";
    }
    return e.what + strlen("refmta configuration error in line ");
}

Test(conf_section, refusals)
{
    static const struct {
        const char *text, *what;
    } rows[] = {
        {"begin nosuch\n", "1 of /c:\n  \"nosuch\" is not a known configuration section name"},
        {"begin router\n", "1 of /c:\n  \"router\" is not a known configuration section name "
                           "(did you mean \"routers\"?)"},
        {"begin acl\nbegin acl\n",
         "2 of /c:\n  \"acl\" section is repeated in the configuration file"},
        {"AA\n", "1 of /c:\n  malformed macro definition"},
        {"domainlist d = a\ndomainlist d = b\n",
         "2 of /c:\n  duplicate name \"d\" for a named domain list"},
        {"localpartlist d = a\nhide localpartlist d = b\n",
         "2 of /c:\n  duplicate name \"d\" for a named local part list"},
        {"domainlist d\n", "1 of /c:\n  missing '=' after \"d\""},
        {"domainlist = x\n", "1 of /c:\n  a name is missing after \"domainlist\""},
        {"domainlist d = +e\n", "1 of /c:\n  unknown named domain list \"+e\""},
        {"hostlist d = 192.0.2.1\nqueue_domains = !+d\n",
         "2 of /c:\n  unknown named domain list \"+d\""},
        {"auth_advertise_hosts = +d\n", "1 of /c:\n  unknown named host list \"+d\""},
        {"domainlist d = ${if\n", "1 of /c:\n  d: "},
        {"begin acl\n accept\n", "2 of /c:\n  missing or malformed ACL name"},
        {"begin acl\na:\na:\n", "3 of /c:\n  there are two ACLs called \"a\""},
        {"begin routers\n driver = accept\n", "2 of /c:\n  router name missing"},
        {"begin transports\nr-1:\n", "2 of /c:\n  transport name missing"},
        {"begin routers\nr: x\n", "2 of /c:\n  extra characters follow driver name r"},
        {"begin routers\nr:\n", "2 of /c:\n  no driver defined for router \"r\""},
        {"begin routers\nr:\nbegin acl\n", "2 of /c:\n  no driver defined for router \"r\""},
        {ROUTER "nosuch\n", "3 of /c:\n  router r: cannot find router driver \"nosuch\""},
        {ROUTER "redirct\n", "3 of /c:\n  router r: cannot find router driver \"redirct\" (did you "
                             "mean \"redirect\"?)"},
        {ROUTER "ipliteral\n",
         "3 of /c:\n  router r: router driver \"ipliteral\" is not supported by this server"},
        {TRANSPORT "pipe\n",
         "3 of /c:\n  transport t: transport driver \"pipe\" is not supported by this server"},
        {"begin authenticators\na:\n driver = cram_md5\n",
         "3 of /c:\n  authenticator a: authenticator driver \"cram_md5\" is not supported by this "
         "server"},
        {ROUTER "accept\n verify_only\nr:\n", "5 of /c:\n  there are two routers called \"r\""},
        {ROUTER "accept\n nosuch\n", "4 of /c:\n  option \"nosuch\" unknown"},
        {ROUTER "accept\n data = x\n", "4 of /c:\n  option \"data\" unknown"},
        {"begin routers\nr:\n data = x\n driver = redirect\n",
         "3 of /c:\n  option \"data\" unknown (\"driver\" must be specified before any private "
         "options)"},
        {ROUTER "redirect\n data = x\n allow_filter\n",
         "5 of /c:\n  option \"allow_filter\" is not supported by this server"},
        {ROUTER "redirect\n data = x\n srs = both\n",
         "5 of /c:\n  r router: srs is \"both\": it has to be forward, reverse or reverseandforward"},
        {ROUTER "accept\n domains = a\n domains = b\n",
         "5 of /c:\n  \"domains\" option set for the second time"},
        {ROUTER "accept\n user = nosuchuser\n", "4 of /c:\n  user nosuchuser was not found"},
        {ROUTER "accept\n", "2 of /c:\n  r router: a transport is required for this router"},
        {ROUTER "accept\n transport = nosuch\n",
         "4 of /c:\n  r router: unknown transport \"nosuch\""},
        {ROUTER "accept\n transport = remot\nbegin transports\nremote:\n driver = smtp\n",
         "4 of /c:\n  r router: unknown transport \"remot\" (did you mean \"remote\"?)"},
        {ROUTER "accept\n transport = $local_part\n", "taken"},
        {ROUTER "redirect\n data = x\n file_transport = nosuch\n",
         "5 of /c:\n  r router: unknown transport \"nosuch\""},
        {ROUTER "redirect\n",
         "2 of /c:\n  r router: one of \"file\" or \"data\" must be specified"},
        {ROUTER "accept\n verify_only\n redirect_router = s\n",
         "5 of /c:\n  r router: new_router \"s\" not found for \"r\" router"},
        {ROUTER "accept\n verify_only\n pass_router = r\n",
         "5 of /c:\n  r router: new_router \"r\" does not follow \"r\" router"},
        {ROUTER "accept\n verify_only\n redirect_router = r\n", "taken"},
        {ROUTER "manualroute\n",
         "2 of /c:\n  r router: route_list or route_data (but not both) must be specified"},
        {ROUTER "accept\n verify_only\n senders = +s\n",
         "5 of /c:\n  unknown named address list \"+s\""},
        {ROUTER "accept\n verify_only\n condition = ${if\n", "5 of /c:\n  condition: "},
        {TRANSPORT "smtp\n command_timeout = 0s\n",
         "2 of /c:\n  t transport: command, data, or final timeout value is zero for t transport"},
        {TRANSPORT "smtp\n max_rcpt = x\n", "4 of /c:\n  integer expected for max_rcpt"},
        {TRANSPORT "smtp\n max_rcpt = ${if eq{a}{b}{1}{2}}\n", "taken"},
        {TRANSPORT "smtp\n serialize_hosts = *\n",
         "4 of /c:\n  option \"serialize_hosts\" is not supported by this server"},
        {TRANSPORT "appendfile\n file = /a\n directory = /b\n",
         "5 of /c:\n  t transport: only one of \"file\" or \"directory\" can be specified"},
        {TRANSPORT "appendfile\n file = /a\n mode = rw\n",
         "5 of /c:\n  octal integer expected for mode"},
        {TRANSPORT "appendfile\n file = /a\n headers_rewrite = a b F\n",
         "5 of /c:\n  rewrite rule specifies a non-header rewrite - not allowed at transport time "
         "-"},
        {"begin authenticators\na:\n driver = plaintext\n public_name = PL AIN\n",
         "4 of /c:\n  a authenticator: \"PL AIN\" is no name of a mechanism (RFC 4422 3.1: "
         "letters, digits, \"-\" and \"_\")"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        const char *what = refusal(rows[i].text, arena);
        bool part = rows[i].what[strlen(rows[i].what) - 1] == ' '; /* the rest is not ours */
        cr_expect(part ? span_starts(span_text(what), span_text(rows[i].what))
                       : strcmp(what, rows[i].what) == 0,
                  "%s gave: %s", rows[i].text, what);
        arena_free(arena);
    }
}

Test(conf_section, what_was_read)
{
    struct arena *arena = arena_new();
    struct conf *conf;
    err e = testing_load(SPAN("hostlist b = 192.0.2.1\nhide domainlist z = x\ndomainlist a = +z\n"
                              "M = hosts\n"
                              "begin acl\none:\n  accept M = \\\n    *\n\n  deny\ntwo:\n"
                              "begin transports\nt:\n driver = smtp\nq:\n driver = queuefile\n"
                              " directory = /x\n shadow_transport = t\n"
                              "begin routers\nr:\n driver = redirect\n data = x\n"
                              " redirect_router = s\n"
                              "s:\n driver = accept\n transport = t\n"
                              "begin authenticators\nPLAIN:\n driver = plaintext\n"
                              " server_condition = yes\n"
                              "begin retry\n* * F,1d,10m\nbegin rewrite\n*@a $1@b T\n"),
                         NULL, 0, arena, &conf);
    cr_assert_not(failed(e), "%s", e.what);
    cr_assert_eq(conf->lists.count, 3);
    cr_expect(span_eq(conf->lists.at[0].name, SPAN("a")) && conf->lists.at[0].kind == LIST_DOMAIN);
    cr_expect(span_eq(conf->lists.at[1].name, SPAN("z")) && conf->lists.at[1].hidden);
    cr_expect(conf->lists.at[2].kind == LIST_HOST);

    cr_assert_eq(conf->acls.rows.count, 2);
    const struct conf_acl *one = &conf->acls.rows.at[0], *two = &conf->acls.rows.at[1];
    cr_expect_str_eq(one->name, "one");
    cr_expect_str_eq(two->name, "two");
    cr_assert_eq(one->lines.count, 2);
    cr_expect(span_eq(one->lines.at[0].text, SPAN("accept hosts = *")));
    cr_expect_eq(one->lines.at[0].where.line, 8);
    cr_expect_eq(one->lines.at[1].where.line, 10);
    cr_expect_eq(two->lines.count, 0);

    cr_assert_eq(conf->transports.count, 2);
    const struct conf_transport *q = conf_transport_find(&conf->transports, SPAN("q"));
    cr_expect_eq(q->driver, TRANSPORT_QUEUEFILE);
    cr_expect(q->shadow == &conf->transports.at[0]);
    cr_expect(q->generic->retry_use_local_part);
    cr_expect_not(conf->transports.at[0].generic->retry_use_local_part);
    cr_expect_eq(conf->transports.at[0].own.smtp->hosts_max_try, 5);

    cr_assert_eq(conf->routers.count, 2);
    cr_expect(conf->routers.at[0].redirect_to == &conf->routers.at[1]);
    cr_expect_not(conf->routers.at[0].generic->log_as_local);
    cr_expect(conf->routers.at[1].generic->log_as_local);
    cr_expect_not(conf->routers.at[1].generic->retry_use_local_part);
    cr_expect(span_eq(template_text(conf->routers.at[0].own.redirect->data), SPAN("x")));
    cr_expect_eq(conf_instance_where(conf->routers.at[0].instance, "data").line, 22);

    cr_assert_eq(conf->auths.count, 1);
    cr_expect_str_eq(conf->auths.at[0].generic->public_name, "PLAIN");
    cr_expect(conf->auths.at[0].server && !conf->auths.at[0].client);
    cr_expect_eq(conf->retry.rules.count, 1);
    cr_expect_eq(conf->rewrites.rules.count, 1);
    cr_expect_eq(conf->rewrites.flags, REWRITE_ENVELOPE_TO);
    conf_free(conf);
    arena_free(arena);
}

Test(conf_section, builtin_macros_tell_what_is_there)
{
    static const struct {
        const char *macro;
        bool there;
    } rows[] = {
        {"_HAVE_SRS", true},
        {"_HAVE_NATIVE_SRS", true},
        {"_HAVE_DCC", true},
        {"_HAVE_BRIGHTMAIL", true},
        {"_HAVE_LOOKUP_LMDB", true},
        {"_HAVE_LMDB", true},
        {"_EXP_ITEM_SRS_ENCODE", true},
        {"_EXP_ITEM_PERL", false},
        {"_EXP_OP_SHA256", true},
        {"_EXP_OP_UTF8_DOMAIN_TO_ALABEL", false},
        {"_EXP_COND_INBOUND_SRS", true},
        {"_EXP_COND_PAM", false},
        {"_EXP_VAR_SRS_RECIPIENT", true},
        {"_EXP_VAR_MALWARE_NAME", false},
        {"_HAVE_GNUTLS", true},
        {"_HAVE_TLS_RESUME", true},
        {"_HAVE_TLS_CA_CACHE", true},
        {"_HAVE_OCSP", true},
        {"_HAVE_EVENT", true},
        {"_HAVE_ESMTP_LIMITS", false},
        {"_HAVE_DANE", false},
        {"_DRIVER_ROUTER_REDIRECT", true},
        {"_DRIVER_ROUTER_IPLITERAL", false},
        {"_DRIVER_TRANSPORT_QUEUEFILE", true},
        {"_DRIVER_TRANSPORT_PIPE", false},
        {"_DRIVER_AUTHENTICATOR_PLAINTEXT", true},
        {"_OPT_MAIN_QUEUE_ONLY", true},
        {"_OPT_MAIN_TLS_CERTIFICATE", true},
        {"_OPT_ROUTERS_CONDITION", true},
        {"_OPT_ROUTER_REDIRECT_DATA", true},
        {"_OPT_ROUTER_REDIRECT_SRS", true},
        {"_OPT_TRANSPORTS_RETURN_PATH", true},
        {"_OPT_TRANSPORT_QUEUEFILE_DIRECTORY", true},
        {"_OPT_TRANSPORT_SMTP_ARC_SIGN", true},
        {"_OPT_AUTHENTICATORS_PUBLIC_NAME", true},
        {"_OPT_AUTHENTICATOR_PLAINTEXT_CLIENT_SEND", true},
        {"_RESUME_DECODE", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        const char *text = arena_printf(arena, ".ifdef %s\nnosuch\n.endif\n", rows[i].macro);
        bool there = strcmp(refusal(text, arena), "taken") != 0;
        cr_expect_eq(there, rows[i].there, "%s", rows[i].macro);
        arena_free(arena);
    }
}

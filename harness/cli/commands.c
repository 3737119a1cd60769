/* The table of verbs, and the help that is printed from it: what is not in the table cannot be
   run, and what is in it cannot lack a line of help. */
#include "harness/cli/cli.h"

#include "base/rows.h"
#include "reports/spell.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { PRINTED_CEILING = 1 << 30 };

const struct verb cli_verbs[] = {
    {"run", cli_run, "[PATH...] --target T[,T2]",
     "run scenarios against targets and write the report", "assay run scenarios/smtp --target ref"},
    {"check", cli_check, "HOST:PORT [PATH...] [--rcpt ADDRESS]",
     "a server that somebody runs: politely, by what it offers; what was left out and why",
     "assay check mail.example.net:25 --rcpt test@example.net"},
    {"list", cli_list, "[PATH...] --target T [--why-skipped]",
     "which cases would run, and which not and why", "assay list --target exim --why-skipped"},
    {"flights", cli_flights, "[PATH...] --target T [--ladder] [--rtt TIME]",
     "count flights and round trips: early pipelining against the traditional way",
     "assay flights --target exim --ladder"},
    {"matrix", cli_pairs, "[PATH...] --senders A,B [--receivers C,D]",
     "every sender with every receiver: delivered, octets, reports, flights",
     "assay matrix --senders ref,exim,postfix"},
    {"diff", cli_diff, "T1 T2 [T3...] [PATH...]",
     "the same scenarios on several targets: behaviours grouped, differences side by side",
     "assay diff ref exim postfix scenarios/smtp"},
    {"vectors", cli_vectors, "DIR... --target T | --verifier PROGRAM",
     "messages whose verdict is known (DKIM, ARC, SPF, DMARC) against a server or a program",
     "assay vectors vectors --target ref"},
    {"chain", cli_chain, "--key FILE LINE...",
     "a message with ARC sets, honest or with any defect, and its keys",
     "assay chain --key vectors/keys/rsa1024.pem hop 'hop fold=all' 'hop cv=fail alone'"},
    {"fmt", cli_fmt, "[--check] FILE...", "bring scenarios into the one form",
     "assay fmt scenarios/smtp/*.scn"},
    {"lint", cli_lint, "PATH...", "mistakes in scenarios, with file, line, column and a suggestion",
     "assay lint scenarios"},
    {"record", cli_record, "--target T --out DIR -- COMMAND...",
     "run a command against a target; keep capture, spool, logs, configuration",
     "assay record --target exim --out out/rec -- swaks --to u@test.ex --server {host} --port "
     "{port}"},
    {"sessions", cli_sessions, "CAPTURE... [--find TEXT] [--grep REGEX]",
     "a line for each connection of a capture; search in what was said",
     "assay sessions pcap/captures/exim-swaks-plain/traffic.pcap --find 'RCPT TO'"},
    {"import", cli_import, "CAPTURE... -o DIR", "make scenarios of captures",
     "assay import pcap/captures/exim-swaks-plain/traffic.pcap -o out/imported"},
    {"replay", cli_replay, "CAPTURE --target T",
     "say a recorded client's flights again and compare",
     "assay replay pcap/captures/exim-swaks-plain/traffic.pcap --target ref"},
    {"baseline", cli_baseline, "update FILE REPORT [PATH...] | prune FILE REPORT [PATH...] | show FILE",
     "what is known to fail: brought up to date from a report; by reason",
     "assay baseline update reports/baselines/mine out/report/report.json"},
    {"report", cli_report, "merge SHARD... | convert REPORT | diff OLD... NEW",
     "shards into one report; other forms of a report; what changed between runs",
     "assay report convert out/report/report.json --format html,sarif --out out/page"},
    {"reduce", cli_reduce, "FILE --target T [--only CASE]",
     "shrink a failing scenario to the smallest that still fails in the same way",
     "assay reduce scenarios/smuggling/inbound.scn --only '#eod=1' --target postfix"},
    {"fuzz", cli_fuzz, "SEED... --target T[,T2] [--time 60s]",
     "play changed scenarios and report what no server may do, each finding reduced",
     "assay fuzz scenarios/smtp --target ref --time 60s"},
    {"req", cli_req, "list | show ID... | coverage [PATH...] | check",
     "the registry of clauses: what is demanded, who shows it, what is shown by nobody",
     "assay req coverage --missing --source rfc5321"},
    {"explain", cli_explain, "ID...", "what a clause demands and who shows it",
     "assay explain RFC5321-4.1.1.4-lf"},
    {"serve", cli_serve, "FILE [--listen HOST:PORT] [--again]",
     "play a scenario's server side for whoever connects: a scripted, fault-injecting server",
     "assay serve scenarios/client/closing.scn --only '#text' --listen 127.0.0.1:2525"},
    {"send", cli_send, "FILE --to HOST:PORT", "play a scenario's client side against a server",
     "assay send scenarios/smtp/order.scn --to 127.0.0.1:2525"},
    {"target", cli_target, "list | probe NAME",
     "which targets there are; what one can do, in words", "assay target probe ref"},
    {"help", cli_help, "[VERB]", "this text, or that of one verb", "assay help run"},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Much of what is told is quoted from files and peers: none of it may be a terminal's orders. */
static void put_spelled(FILE *to, span text)
{
    struct buf spelled;
    buf_init(&spelled, PRINTED_CEILING);
    spell_terminal(text, &spelled);
    (void)fwrite(spelled.at, 1, spelled.len, to);
    buf_wipe(&spelled);
}

static void put_formatted(FILE *to, const char *format, va_list args)
{
    struct buf text;
    buf_init(&text, PRINTED_CEILING);
    buf_vprintf(&text, format, args);
    put_spelled(to, buf_span(&text));
    buf_wipe(&text);
}

void cli_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_formatted(stdout, format, args);
    va_end(args);
}

void cli_print_buf(struct buf *text)
{
    put_spelled(stdout, buf_span(text));
    buf_wipe(text);
}

void cli_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_formatted(stderr, format, args);
    va_end(args);
}

void cli_progress(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("\r\033[K", stderr);
    put_formatted(stderr, format, args);
    va_end(args);
    (void)fflush(stderr);
}

int cli_complain(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("assay: ", stderr);
    put_formatted(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return status;
}

int cli_complain_err(err e, struct arena *arena)
{
    int status = e.kind == ERR_SYNTAX ? EXIT_USAGE : EXIT_ENVIRONMENT;
    return cli_complain(status, "%s", err_text(e, arena));
}

static const struct verb *find_verb(const char *name)
{
    for (const struct verb *v = cli_verbs; v->name; v++) {
        if (strcmp(v->name, name) == 0) {
            return v;
        }
    }
    return NULL;
}

static size_t verb_count(void)
{
    size_t n = 0;
    while (cli_verbs[n].name) {
        n++;
    }
    return n;
}

static int unknown_verb(const char *name)
{
    const char *near = rows_suggest(cli_verbs, verb_count(), sizeof *cli_verbs, span_text(name));
    return cli_complain(EXIT_USAGE, "no verb %s%s%s%s; `assay help` lists them", name,
                        near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

bool cli_wants_help(int argc, char **argv, const struct args_option *options, size_t count)
{
    bool wanted = false;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        wanted = wanted || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
    }
    const struct verb *v = find_verb(argv[0]);
    if (!wanted || !v) {
        return false;
    }
    struct buf out;
    buf_init(&out, 65536);
    args_help(options, count, &out);
    printf("assay %s %s\n    %s\n\n%.*s%sexample:\n    %s\n", v->name, v->usage, v->doc,
           SPAN_FMT(buf_span(&out)), out.len ? "\n" : "", v->example);
    buf_wipe(&out);
    return true;
}

static void print_overview(void)
{
    puts("assay - a conformance judge for mail servers\n\nverbs:");
    for (const struct verb *v = cli_verbs; v->name; v++) {
        printf("  %-8s %s\n", v->name, v->doc);
    }
    puts("\nfirst steps:");
    for (const struct verb *v = cli_verbs; v->name; v++) {
        printf("  %s\n", v->example);
    }
    puts("\n`assay help VERB` lists a verb's options.\n\n"
         "exit status: 0 all as expected, 1 something unexpected, 2 the target crashed,\n"
         "3 usage or a mistake in a file, 4 environment, 5 interrupted.");
}

int cli_help(int argc, char **argv)
{
    if (argc < 2) {
        print_overview();
        return EXIT_FINE;
    }
    const struct verb *v = find_verb(argv[1]);
    if (!v) {
        return unknown_verb(argv[1]);
    }
    if (v->run == cli_help) {
        print_overview();
        return EXIT_FINE;
    }
    char help[] = "--help";
    char *arguments[] = {argv[1], help, NULL};
    return v->run(2, arguments);
}

int cli_main(int argc, char **argv)
{
    if (argc < 2) {
        print_overview();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview();
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("assay " ASSAY_VERSION);
        return EXIT_FINE;
    }
    const struct verb *v = find_verb(argv[1]);
    int status = v ? v->run(argc - 1, argv + 1) : unknown_verb(argv[1]);
    if (fflush(stdout) != 0 || ferror(stdout)) { /* a verb that flushed by itself may have lost it before */
        return cli_complain(EXIT_ENVIRONMENT,
                            "writing to standard output: the disk is full or the reader is gone");
    }
    return status;
}

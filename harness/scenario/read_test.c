/* Reading: every kind of mistake is said with its place and a remedy, and what is right becomes the
   cases and steps that the language reference promises. */
#include "harness/scenario/read.h"

#include "harness/scenario/pattern.h"

#include <criterion/criterion.h>

#define HEAD "scenario t\nsource RFC5321 2.1\nreq RFC5321-2.1-x\n"

struct wrong_row {
    const char *label;
    const char *text;
    unsigned line, column;
    const char *what;
    const char *remedy; /* NULL: any */
};

static const struct wrong_row wrongs[] = {
    /* the whole */
    {"nothing at all", "", 1, 1, "title is missing", "scenario"},
    {"no source", "scenario t\nreq RFC1-1-x\nS: 220\n", 1, 2, "source of the demanded bytes", NULL},
    {"no clause", "scenario t\nsource SEED x\nS: 220\n", 1, 3, "no clause", NULL},
    {"unknown statement", HEAD "sceanrio u\n", 4, 1, "no statement `sceanrio`", "`scenario`"},
    {"unknown statement in the play", HEAD "S: 220\neihter x\n", 5, 1, "no statement `eihter`",
     "`either`"},
    {"indented", HEAD "S: 220\n   eihter x\n", 5, 4, "no statement `eihter`", "`either`"},
    {"missing blank", HEAD "C:EHLO x\n", 4, 1, "no statement `C:EHLO`",
     "a blank stands behind `C:`"},
    {"header below play", HEAD "S: 220\nneed size\n", 5, 1, "`need` belongs into the header", NULL},
    {"play below expect", HEAD "expect mail u@test.ex count = 0\nS: 220\n", 5, 1,
     "`S:` belongs into the play", NULL},
    {"CR LF", HEAD "S: 220\r\n", 4, 7, "CR LF", "LF line ends"},
    /* header */
    {"two titles", HEAD "scenario u\n", 4, 1, "given twice", NULL},
    {"no source form", "scenario t\nsource mine\nreq RFC1-1-x\n", 2, 8, "`mine` is not a source",
     NULL},
    {"the reference as source", "scenario t\nsource seen in refmta 0.1\nreq RFC1-1-x\n", 2, 8,
     "not a source", NULL},
    {"clause without slug", "scenario t\nsource SEED x\nreq RFC5321-2.1\n", 3, 5, "not a clause",
     "RFC5321-4.1.1.4"},
    {"clause ends in -", "scenario t\nsource SEED x\nreq SEC-a-\n", 3, 5, "not a clause", NULL},
    {"second clause", "scenario t\nsource SEED x\nreq SEC-a FOO-b\n", 3, 11,
     "`FOO-b` is not a clause", NULL},
    {"unknown capability", HEAD "need pipelinign\n", 4, 6, "no capability", "`pipelining`"},
    {"unknown key", HEAD "set accept.rpct = u@test.ex\n", 4, 5, "no key `accept.rpct`",
     "`accept.rcpt`"},
    {"unknown feature", HEAD "set advertise.chunkin = no\n", 4, 15, "no feature `chunkin`",
     "`chunking`"},
    {"bad value", HEAD "set queue_only = perhaps\n", 4, 18, "`perhaps` cannot be set", "yes, no"},
    {"no equals sign", HEAD "set queue_only yes\n", 4, 16, "`=` is missing", NULL},
    {"set twice", HEAD "set queue_only = yes\nset queue_only = no\n", 5, 5, "in line 4 already", NULL},
    {"no such version", HEAD "set tls.min = 9\n", 4, 15, "`9` cannot be set", "1.2"},
    {"unknown port", HEAD "actor c client -> sut:smpt\n", 4, 19, "`sut:smpt` is not where", NULL},
    {"actor without role", HEAD "actor c\n", 4, 8, "`client`, `server` or `receiver` is missing", NULL},
    {"need nothing", HEAD "need\n", 4, 5, "capability is missing", NULL},
    {"vary without name", HEAD "vary = 1\n", 4, 6, "`=` cannot be a parameter's name", NULL},
    {"vary nothing", HEAD "vary a =\n", 4, 9, "a value is missing", NULL},
    {"reversible how", HEAD "reversible now\n", 4, 12, "`now` does not belong", NULL},
    {"a time without a unit", HEAD "set retry.every = 15\n", 4, 19, "not a time", "15m"},
    {"a time of nothing", HEAD "set retry.give_up = h\n", 4, 21, "not a time", NULL},
    {"no such part of a retry", HEAD "set retry.max = 1h\n", 4, 5, "no key `retry.max`", NULL},
    {"size in letters", HEAD "set limit.size = 1M\n", 4, 18, "not a number", NULL},
    {"no port", HEAD "actor c client -> mx:25\n", 4, 19, "`mx:25` is not where", "sut:smtp"},
    {"no endpoint", HEAD "actor m server at mx\n", 4, 19, "`mx` is not an endpoint", NULL},
    {"unknown role", HEAD "actor m sever at mx:25\n", 4, 9, "`client`, `server` or `receiver`", NULL},
    {"unknown option", HEAD "actor m server at mx:25 offr=X\n", 4, 25, "no option `offr`",
     "`offer`"},
    {"unknown protocol", HEAD "actor m server at mx:25 proto=smpt\n", 4, 1, "no protocol `smpt`",
     NULL},
    {"actor twice", HEAD "actor c client -> sut:smtp\nactor c client -> sut:smtp\n", 5, 8,
     "`c` already", NULL},
    {"vary without values", HEAD "vary a b\n", 4, 9, "`=` is missing", NULL},
    {"a value that opens a name", HEAD "vary a = @{x}\n", 4, 10, "a value cannot hold `@{`", NULL},
    {"two receivers", HEAD "actor a receiver at a.test:25\nactor b receiver at b.test:25\n", 5, 17,
     "`a` is the receiver already", NULL},
    {"a receiver that nobody is", HEAD "set receiver.queue_only = yes\n", 1, 1,
     "no actor is one", "actor NAME receiver"},
    {"vary twice", HEAD "vary a = 1\nvary a = 2\n", 5, 7, "`a` is taken", NULL},
    {"note in the header", HEAD "^ req SEC-a\n", 4, 1, "nothing above", NULL},
    /* play */
    {"code of two digits", HEAD "S: 25\n", 4, 4, "reply code is missing", NULL},
    {"code of six hundred", HEAD "S: 650\n", 4, 4, "reply code is missing", NULL},
    {"second reply of a list", HEAD "S: 250, 25o\n", 4, 9, "reply code is missing", NULL},
    {"text in a list", HEAD "S: 250 ok, 250\n", 4, 8, "a text and another reply", "carry no text"},
    {"text behind alternatives", HEAD "S: 250|251 ok\n", 4, 12, "`ok` does not belong", NULL},
    {"pattern without tilde", HEAD "S: 250 \"ok\"\n", 4, 8, "`~` is missing", NULL},
    {"unclosed offer", HEAD "S: 250 { SIZE\n", 4, 14, "`}` is missing", NULL},
    {"relation without blanks", HEAD "S: 250 { SIZE>=9 }\n", 4, 14, "a blank is missing", NULL},
    {"offer with a stray word", HEAD "S: 250 { SIZE >= x }\n", 4, 18, "a number is missing", NULL},
    {"offer of no keyword", HEAD "S: 250 { >= 9 }\n", 4, 10, "a keyword is missing", NULL},
    {"last line run together", HEAD "S: 250-a\nS: 250b\n", 5, 7, "a blank or `-`", NULL},
    {"reply that goes on", HEAD "S: 250-a\nC: QUIT\n", 5, 1, "no last line", NULL},
    {"reply that never ends", HEAD "S: 250-a\n", 4, 1, "no last line", NULL},
    {"reply that goes on into alternatives",
     HEAD "S: 250-a\neither x\nS: 250 b\nor y\nS: 550\nend\n", 5, 1, "no last line", NULL},
    {"reply that changes", HEAD "S: 250-a\nS: 251 b\n", 5, 4, "began with 250", "same code"},
    {"bytes unquoted", HEAD "C| a\n", 4, 4, "quoted text is missing", NULL},
    {"bytes unclosed", HEAD "C| \"a\n", 4, 4, "has no end", NULL},
    {"bytes with a bad escape", HEAD "C| \"ab\\q\"\n", 4, 7, "no such escape", NULL},
    {"bytes times letters", HEAD "C| \"a\" * x\n", 4, 10, "`x` is not a number of repetitions",
     NULL},
    {"capture in bytes", HEAD "C| \"@{x:word}\"\n", 4, 5, "nothing is captured", NULL},
    {"unknown message", HEAD "C<. plian\n", 4, 5, "no message `plian`", NULL},
    {"judge says anything", HEAD "C<. *\n", 4, 5, "cannot be anything", NULL},
    {"unknown event", HEAD "S! eoff\n", 4, 4, "no event `eoff`", "`eof`"},
    {"the server is not silent", HEAD "S! silence\n", 4, 4, "no event `silence`", NULL},
    {"silence without unit", HEAD "C! silence 5x\n", 4, 12, "`5x` is not a span", "500ms"},
    {"more behind an event", HEAD "C! eof now\n", 4, 8, "`now` does not belong", NULL},
    {"handshake option", HEAD "TLS: full mni=1.2\n", 4, 11, "no option `mni`", "`min`"},
    {"regular expression", HEAD "S: 250 ~ /(/\n", 4, 12, "regular expression is wrong", NULL},
    {"pattern with a bad escape", HEAD "S: 250 ~ \"a\\q\"\n", 4, 12, "no such escape", NULL},
    {"reply of nothing", HEAD "S:\n", 4, 3, "a reply code is missing", NULL},
    {"a reply of four digits", HEAD "S: 2500\n", 4, 4, "a reply code is missing", "three digits"},
    {"a connection that is not played", HEAD "S: 220\nexpect wire c 3 S lacks \"x\"\n", 5, 13,
     "no connection 3 of `c`", NULL},
    {"bytes of nothing", HEAD "C|\n", 4, 3, "a quoted text is missing", NULL},
    {"message of nothing", HEAD "C<.\n", 4, 4, "a message is missing", NULL},
    {"do nothing", HEAD "do\n", 4, 3, "verb is missing", NULL},
    {"submit nothing", HEAD "do submit\n", 4, 10, "a message is missing", NULL},
    {"either of nothing", HEAD "either\n", 4, 7, "a label is missing", NULL},
    {"block without end", HEAD "[c\n", 4, 2, "`]` is missing", NULL},
    {"connection 0", HEAD "[c 0]\nC: NOOP\n", 4, 4, "connections count from 1", NULL},
    {"after itself", HEAD "S: 220\n[c 2] after c 2\nC: NOOP\n", 5, 1, "wait for its own end", "another"},
    {"a value twice", HEAD "vary a = 1 1\nS: 220\n", 1, 5, "two cases are called t#a=1", NULL},
    {"a row twice", HEAD "S: 220\n=== table\na b\n1 2\n1 2\n", 1, 5, "two cases are called t#a=1,b=2", NULL},
    {"after a stranger", HEAD "[c 2] after x 1\nC: NOOP\n", 4, 13, "no actor `x`", NULL},
    {"name twice", HEAD "C: A\n^ name x\nC: B\n^ name x\n", 7, 1, "`x` is given in line 5", NULL},
    {"note twice", HEAD "C: A\n^ because x\n^ because y\n", 6, 1, "`^ because` stands twice", NULL},
    {"because of nothing", HEAD "C: A\n^ because\n", 5, 10, "because is missing", NULL},
    {"more behind end", HEAD "either a\nC: A\nor b\nC: B\nend more\n", 8, 5, "`more` does not", NULL},
    {"use nothing", HEAD "use\n", 4, 4, "a file is missing", NULL},
    {"use as nothing", HEAD "use a.inc as\n", 4, 13, "a name is missing", NULL},
    {"unknown handshake", HEAD "TLS: ful\n", 4, 6, "no handshake `ful`", "`full`"},
    {"resume what", HEAD "TLS: resume\n", 4, 1, "which ticket", NULL},
    {"resume a spoilt ticket", HEAD "TLS: resume from=a ticket=tampered\n", 4, 1, "resumes nothing", NULL},
    {"tamper with what", HEAD "TLS: full ticket=tampered\n", 4, 1, "tampered with is missing", NULL},
    {"no such spoiling", HEAD "TLS: full from=a ticket=old\n", 4, 1, "`old` cannot be", "foreign"},
    {"no such TLS version", HEAD "TLS: full min=2\n", 4, 1, "`2` cannot be", "1.0"},
    {"records of nothing", HEAD "TLS: full record=0\n", 4, 1, "record=0", NULL},
    {"half a success", HEAD "TLS: full stop=1\n", 4, 1, "given up", "TLS: fail"},
    {"no such library of the judge", HEAD "actor d client -> sut:smtp tlslib=nss\n", 4, 1, "`nss`", NULL},
    {"no such version of the judge", HEAD "actor d client -> sut:smtp tls=1\n", 4, 1, "`1`", NULL},
    {"unknown verb", HEAD "do queuerun\n", 4, 4, "no verb `queuerun`", "`queue-run`"},
    {"a queue run of what", HEAD "do queue-run all\n", 4, 14, "`all` does not", NULL},
    {"clock without plus", HEAD "do clock 3h\n", 4, 10, "`+` is missing", NULL},
    {"clock without unit", HEAD "do clock +3\n", 4, 11, "not a span of time", NULL},
    {"submit to nobody", HEAD "do submit plain a@c.test\n", 4, 25, "a recipient is missing", NULL},
    {"no such actor", HEAD "[mx 2]\nS: 220\n", 4, 2, "no actor `mx`", NULL},
    {"block twice", HEAD "S: 220\n[c]\nS: 220\n", 5, 1, "lines in line 4 already", NULL},
    {"or alone", HEAD "or b\n", 4, 1, "`or` without", NULL},
    {"end alone", HEAD "end\n", 4, 1, "`end` without", NULL},
    {"either open", HEAD "either a\nS: 250\n", 4, 1, "has no end", "write `end`"},
    {"one alternative", HEAD "either a\nS: 250\nend\n", 4, 1, "two alternatives", NULL},
    {"label twice", HEAD "either a\nS: 250\nor a\nS: 550\nend\n", 6, 4, "label `a` in line 4",
     NULL},
    {"either may not fail", HEAD "either a\nS: 250\nor b !fial\nS: 550\nend\n", 6, 6,
     "`!fial` does not", NULL},
    {"snippet that is not there", HEAD "S: 220\nuse no.inc\n", 5, 5, "no.inc",
     "relative to the file"},
    {"note below end", HEAD "either a\nS: 250\nor b\nS: 550\nend\n^ req SEC-a\n", 9, 1,
     "nothing above", NULL},
    {"unknown note", HEAD "S: 220\n^ reqs SEC-a\n", 5, 3, "no note `reqs`", "`req`"},
    /* names */
    {"unknown name", HEAD "vary eod = 1\nC: NOOP @{eof}\n", 5, 9, "nothing gives `eof`", "`eod`"},
    {"brace of nothing", HEAD "C: NOOP @{\n", 4, 9, "`@{` opens no name", NULL},
    {"unknown type", HEAD "S: 250 ~ \"as @{id:wrod}\"\n", 4, 19, "no capture type `wrod`", NULL},
    {"size of nothing", HEAD "C: BDAT @{#m} LAST\n", 4, 9, "no message `m`", NULL},
    {"column behind a replaced name", HEAD "vary longname = x\nS: @{longname}00\n", 5, 4,
     "reply code", NULL},
    {"column far behind a replaced name", HEAD "vary c = 250\nS: @{c} \"x\"\n", 5, 9,
     "`~` is missing", NULL},
    /* expects */
    {"expect nothing", HEAD "expect\n", 4, 7, "surface is missing", NULL},
    {"fact of a handshake", HEAD "expect tls c versoin = 1.2\n", 4, 14, "`versoin`", "`version`"},
    {"part in words", HEAD "expect mail u@test.ex part x type = a/b\n", 4, 28, "`x` is not the part's number",
     NULL},
    {"header of nothing", HEAD "expect mail u@test.ex header\n", 4, 29, "a field's name is missing", NULL},
    {"nth in words", HEAD "expect log exim-main has \"x\" nth x\n", 4, 34, "`x` is not a number", NULL},
    {"nth 0", HEAD "expect log exim-main has \"x\" nth 0\n", 4, 35, "nth counts from 1", NULL},
    {"unknown surface", HEAD "expect mial u@test.ex count = 0\n", 4, 8, "no surface `mial`",
     "`mail`"},
    {"no test", HEAD "expect mail u@test.ex\n", 4, 22, "test is missing", NULL},
    {"unknown test", HEAD "expect mail u@test.ex contains x\n", 4, 23, "`contains` is not a test",
     NULL},
    {"unknown part", HEAD "expect mail u@test.ex hedaer X = 1\n", 4, 23, "no part `hedaer`",
     "`header`"},
    {"neither mailbox nor actor", HEAD "expect mail nobody count = 0\n", 4, 13, "neither a mailbox",
     NULL},
    {"a client takes no mail", HEAD "expect mail c count = 0\n", 4, 13, "is a client", NULL},
    {"flights without turns", HEAD "expect flights c = C C\n", 4, 22, "take turns", NULL},
    {"flights of a stranger", HEAD "expect flights x = C\n", 4, 16, "no actor `x`", NULL},
    {"until nothing", HEAD "expect flights c until taken = C\n", 4, 24, "no line named `taken`",
     NULL},
    {"rtt in words", HEAD "expect rtt c = two\n", 4, 16, "round trips is missing", NULL},
    {"direction", HEAD "expect wire c X has \"a\"\n", 4, 15, "`X` is not a direction", NULL},
    {"unknown log", HEAD "expect log exim-mian has \"x\"\n", 4, 12, "no log `exim-mian`",
     "`exim-main`"},
    {"log of nothing", HEAD "expect log exim-main field L\n", 4, 22, "`has PATTERN` is missing",
     NULL},
    {"unknown fact of spool", HEAD "expect spool x rcpt = a\n", 4, 16,
     "no part of a spool entry `rcpt`", "`rcpts`"},
    {"spool without test", HEAD "expect spool x sender\n", 4, 22, "test is missing", NULL},
    {"unknown state", HEAD "expect queue state defered count = 1\n", 4, 20, "no state `defered`",
     "`deferred`"},
    {"queue without count", HEAD "expect queue rcpt a\n", 4, 20, "`count` is missing", NULL},
    {"when nothing", HEAD "expect when x mail u@test.ex count = 1\n", 4, 13, "no label `x`", NULL},
    {"like nothing", HEAD "expect spool x like y\n", 4, 1, "no spool section `y`", NULL},
    {"same as nothing", HEAD "expect same mail u@test.ex body\n", 4, 32, "`=` is missing", NULL},
    {"same as no message", HEAD "expect same message m body = file x\n", 4, 21, "no message `m`",
     NULL},
    {"more behind the test", HEAD "expect mail u@test.ex count = 0 x\n", 4, 33,
     "`x` does not belong", NULL},
    /* sections */
    {"unknown section", HEAD "=== mesage m\n", 4, 5, "no section `mesage`", "`message`"},
    {"section of nothing", HEAD "===\n", 4, 4, "section is missing", NULL},
    {"more behind a section", HEAD "=== message m extra\n", 4, 15, "`extra` does not belong", NULL},
    {"raw perhaps", HEAD "=== spool s raw=maybe\na b\n", 4, 1, "`raw=maybe` means nothing", NULL},
    {"a column that vary has", HEAD "vary a = 1\nS: @{a}50\n=== table\na\n2\n", 7, 2, "`a` is taken", NULL},
    {"section without name", HEAD "=== message\n", 4, 12, "section's name is missing", NULL},
    {"config of whom", HEAD "=== config postfix\n", 4, 12, "whose language", NULL},
    {"section twice", HEAD "=== message m\n\n=== message m\n\n", 6, 1, "in line 4 already", NULL},
    {"section option", HEAD "=== message m rwa=yes\n", 4, 15, "no option `rwa`", "`raw`"},
    {"raw line unquoted", HEAD "=== message m raw=yes\nabc\n", 5, 1, "quoted text is missing",
     NULL},
    {"repetition without end", HEAD "=== message m\n@*99999999999 x\n", 5, 1, "too long", "256 MiB"},
    {"repetition without number", HEAD "=== message m\n@*x y\n", 5, 1, "a number and a blank",
     NULL},
    {"capture in content", HEAD "=== message m\n@{x:word}\n", 5, 1, "nothing is captured", NULL},
    {"file that is not there", HEAD "=== message m file=no.eml\n", 4, 1, "no.eml", NULL},
    {"dns of no type", HEAD "=== dns\na.test AA 192.0.2.1\n", 5, 8, "no record type `AA`", NULL},
    {"dns without data", HEAD "=== dns\na.test MX\n", 5, 10, "data is missing", NULL},
    {"dns address", HEAD "=== dns\na.test A 1.2.3\n", 5, 10, "`1.2.3` is no IPv4 address", NULL},
    {"dns address of the other family", HEAD "=== dns\na.test AAAA 192.0.2.1\n", 5, 13, "no IPv6 address", NULL},
    {"dns preference", HEAD "=== dns\na.test MX 65536 b.test\n", 5, 11, "no number that fits", NULL},
    {"dns half a row", HEAD "=== dns\na.test MX 10\n", 5, 13, "data is missing", NULL},
    {"dns name", HEAD "=== dns\na.test CNAME b..test\n", 5, 14, "`b..test` is no name", NULL},
    {"dns truncated to nothing", HEAD "=== dns\na.test TXT ! TRUNCATE\n", 5, 22, "data is missing", NULL},
    {"dns more than the data", HEAD "=== dns\na.test A 192.0.2.1 x\n", 5, 20, "does not belong", NULL},
    {"dns answer", HEAD "=== dns\na.test MX ! SRVFAIL\n", 5, 13, "no answer `SRVFAIL`",
     "`SERVFAIL`"},
    {"table without rows", HEAD "=== table\na b\n", 4, 1, "no rows", NULL},
    {"table row too short", HEAD "=== table\na b\n1 2\n1\n", 7, 1, "1 values, the table has 2",
     NULL},
};

struct outcome {
    struct arena *arena;
    struct scenario_set set;
    mistakes wrong;
};

static struct outcome read_text(const char *text)
{
    struct outcome o = {.arena = arena_new()};
    err e = scenario_read_text(span_text(text), "t.scn", "t", o.arena, &o.set, &o.wrong);
    cr_assert(!failed(e));
    return o;
}

static bool has_mistake(const struct outcome *o, const struct wrong_row *row)
{
    for (size_t i = 0; i < o->wrong.count; i++) {
        const struct mistake *m = &o->wrong.at[i];
        bool remedy = row->remedy == NULL || (m->remedy && strstr(m->remedy, row->remedy));
        if (m->place.line == row->line && m->place.column == row->column &&
            strstr(m->what, row->what) && remedy) {
            return true;
        }
    }
    return false;
}

Test(scenario_read, every_mistake_is_said_at_its_place)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct outcome o = read_text(wrongs[i].text);
        const struct mistake *first = o.wrong.count > 0 ? &o.wrong.at[0] : NULL;
        cr_expect(has_mistake(&o, &wrongs[i]), "%s: %u:%u %s; %s", wrongs[i].label,
                  first ? first->place.line : 0, first ? first->place.column : 0,
                  first ? first->what : "no mistake", first && first->remedy ? first->remedy : "-");
        cr_expect_eq(o.set.cases.count, 0, "%s: a file with a mistake gives no case",
                     wrongs[i].label);
        arena_free(o.arena);
    }
}

Test(scenario_read, all_mistakes_of_a_file_are_said)
{
    struct outcome o = read_text(HEAD "need sise\nC| a\nS: 25\nexpect mial x\n=== mesage m\n");
    cr_expect_eq(o.wrong.count, 5);
    arena_free(o.arena);
}

/* A program that somebody took for a scenario is not read on line by line. */
Test(scenario_read, octets_that_are_no_text_end_the_reading)
{
    struct outcome o = {.arena = arena_new()};
    span text = SPAN(HEAD "S: 2\0\nwhat\nis\nthis\n");
    cr_assert_not(failed(scenario_read_text(text, "t.scn", "t", o.arena, &o.set, &o.wrong)));
    cr_expect_eq(o.wrong.count, 1);
    struct wrong_row nul = {"", "", 4, 5, "there is a NUL", "`\\0`"};
    cr_expect(has_mistake(&o, &nul));
    arena_free(o.arena);
}

Test(scenario_read, a_mistake_is_said_once_for_all_cases)
{
    struct outcome o = read_text(HEAD "vary a = 1 2 3\nS: 25\n");
    cr_expect_eq(o.wrong.count, 1);
    arena_free(o.arena);
}

static struct outcome read_good(const char *text)
{
    struct outcome o = read_text(text);
    cr_assert(o.wrong.count == 0, "%u:%u: %s", o.wrong.at[0].place.line, o.wrong.at[0].place.column,
              o.wrong.at[0].what);
    return o;
}

struct case_row {
    const char *label;
    const char *text;
    const char *ids; /* with blanks between them */
};

static const struct case_row case_rows[] = {
    {"one", HEAD "S: 220\n", "t"},
    {"two names", HEAD "vary a b = 1 2\nS: 220\n", "t#a=1,b=1 t#a=1,b=2 t#a=2,b=1 t#a=2,b=2"},
    {"quoted values are counted", HEAD "vary e = \"\\n.\\n\" \"x\"\nS: 220\n", "t#e=1 t#e=2"},
    {"table", HEAD "S: @{c}\n=== table\nv c\nA 250\nG 451\n", "t#v=A t#v=G"},
    {"table whose first column repeats", HEAD "S: @{c}\n=== table\nv c\nA 250\nA 451\n",
     "t#v=A,c=250 t#v=A,c=451"},
    {"the judge chooses", HEAD "either data\nC: DATA\nor bdat\nC: RSET\nend\n", "t#data t#bdat"},
    {"both", HEAD "vary a = 1 2\neither x\nC: NOOP\nor y\nC: RSET\nend\n",
     "t#a=1,x t#a=1,y t#a=2,x t#a=2,y"},
    {"the peer chooses", HEAD "C: NOOP\neither x\nS: 250\nor y\nS: 500\nend\n", "t"},
    {"choices within",
     HEAD "either x\nC: NOOP\neither x1\nC: A\nor x2\nC: B\nend\nor y\nC: RSET\nend\n",
     "t#x,x1 t#x,x2 t#y"},
    {"choices after each other",
     HEAD "either x\nC: A\nor y\nC: B\nend\neither p\nC: A\nor q\nC: B\nend\n",
     "t#x,p t#x,q t#y,p t#y,q"},
    {"an alternative of nothing", HEAD "either x\nC: A\nor y\nend\n", "t#x t#y"},
    {"a server chooses what servers say",
     HEAD "actor m server at mx.test:25\n[m]\nC: DATA\neither x\nS: 354\nor y\nS: 554\nend\n",
     "t#x t#y"},
};

Test(scenario_read, cases)
{
    for (size_t i = 0; i < sizeof case_rows / sizeof *case_rows; i++) {
        struct outcome o = read_good(case_rows[i].text);
        const char *ids = "";
        for (size_t j = 0; j < o.set.cases.count; j++) {
            ids = arena_printf(o.arena, "%s%s%s", ids, j > 0 ? " " : "", o.set.cases.at[j]->id);
        }
        cr_expect_str_eq(ids, case_rows[i].ids, "%s", case_rows[i].label);
        arena_free(o.arena);
    }
}

Test(scenario_read, a_choice_of_the_judge_leaves_one_branch)
{
    struct outcome o = read_good(HEAD "either data\nC: DATA\nor bdat\nC: RSET\nend\n");
    const struct scenario *bdat = o.set.cases.at[1];
    const struct step *either = &bdat->blocks.at[0].play.at[0];
    cr_assert_eq(either->branches.count, 1);
    cr_expect_str_eq(either->branches.at[0].label, "bdat");
    cr_expect_str_eq(bdat->labels.at[0], "bdat");
    arena_free(o.arena);
}

Test(scenario_read, replies)
{
    struct outcome o = read_good(
        HEAD
        "S: 220, 4xx|!550 5.7.1 { SIZE >= 1000, A|B, !STARTTLS, AUTH PLAIN }, *, 250 ~ \"x\"\n");
    const struct step *s = &o.set.cases.at[0]->blocks.at[0].play.at[0];
    cr_assert_eq(s->replies.count, 4);
    const struct reply_want *w = &s->replies.at[1];
    cr_expect_eq(w->codes.count, 2);
    cr_expect(memcmp(w->codes.at[0].digits, "4xx", 3) == 0 && !w->codes.at[0].negated);
    cr_expect(memcmp(w->codes.at[1].digits, "550", 3) == 0 && w->codes.at[1].negated);
    cr_expect_str_eq(w->status, "5.7.1");
    cr_assert_eq(w->offer.count, 4);
    cr_expect(w->offer.at[0].has_relation && w->offer.at[0].relation == REL_GE &&
              w->offer.at[0].number == 1000);
    cr_expect_eq(w->offer.at[1].words.count, 2);
    cr_expect(w->offer.at[2].absent && !w->offer.at[1].absent);
    cr_expect_str_eq(w->offer.at[3].arguments.at[0], "PLAIN");
    cr_expect(s->replies.at[2].any);
    cr_expect_str_eq(pattern_source(s->replies.at[3].text), "\"x\"");
    arena_free(o.arena);
}

Test(scenario_read, lines_of_one_reply_are_one)
{
    struct outcome o =
        read_good(HEAD "C: EHLO c.test\nS: 250-mx.test.ex Hello\nS: 250-SIZE 1000\nS: 250 HELP\n^ "
                       "name hello\nC: EXPN l\nS: 250-A <a@b>\nS: 250 B <b@b>\n");
    const steps *play = &o.set.cases.at[0]->blocks.at[0].play;
    cr_assert_eq(play->count, 4);
    const struct reply_want *w = &play->at[1].replies.at[0];
    cr_expect(span_eq(w->said, SPAN("mx.test.ex Hello\nSIZE 1000\nHELP")), "%.*s",
              SPAN_FMT(w->said));
    cr_assert_eq(w->offer.count, 2);
    cr_expect_str_eq(w->offer.at[0].words.at[0], "SIZE");
    cr_expect_str_eq(play->at[1].notes.name, "hello");
    cr_expect_eq(play->at[3].replies.at[0].offer.count, 0, "what EXPN answers are no keywords");
    arena_free(o.arena);
}

Test(scenario_read, a_free_text_is_said)
{
    struct outcome o = read_good(HEAD "S: 550 5.1.1 hard error\n");
    const struct reply_want *w = &o.set.cases.at[0]->blocks.at[0].play.at[0].replies.at[0];
    cr_expect_str_eq(w->status, "5.1.1");
    cr_expect(w->has_said && span_eq(w->said, SPAN("hard error")));
    arena_free(o.arena);
}

Test(scenario_read, bytes_and_their_names)
{
    struct outcome o =
        read_good(HEAD "vary e = \"\\n.\\n\"\nC| \"a\\x00@{e}\" \"b\" * 3 \"@{dir}\"\n");
    const struct step *s = &o.set.cases.at[0]->blocks.at[0].play.at[0];
    cr_assert_eq(s->pieces.count, 3);
    cr_expect(span_eq(s->pieces.at[0].bytes, SPAN("a\0\n.\n")));
    cr_expect_eq(s->pieces.at[1].times, 3);
    cr_expect(s->pieces.at[2].has_names && !s->pieces.at[0].has_names);
    arena_free(o.arena);
}

struct message_row {
    const char *label;
    const char *section;
    span octets;
};

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

static const struct message_row messages[] = {
    {"line ends", "=== message m\na\n\nb\n", BYTES("a\r\n\r\nb\r\n")},
    {"no last line end", "=== message m\na\nb", BYTES("a\r\nb")},
    {"blank lines belong to it", "=== message m\na\n\n=== message o\n\n", BYTES("a\r\n\r\n")},
    {"raw", "=== message m raw=yes\n\"a\\n\" \"b\" * 2\n\n\"\\r\"\n", BYTES("a\nbb\r")},
    {"repeated", "=== message m\n@*3 X-@{n}: v\nend\n",
     BYTES("X-1: v\r\nX-2: v\r\nX-3: v\r\nend\r\n")},
    {"a comment is content", "=== message m\n# a\n  b\n", BYTES("# a\r\n  b\r\n")},
};

Test(scenario_read, messages)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        struct arena *arena = arena_new();
        struct outcome o = read_good(arena_printf(arena, HEAD "C<. m\n%s", messages[i].section));
        span octets = SPAN_EMPTY;
        cr_expect(scenario_message(o.set.cases.at[0], "m", &octets));
        cr_expect(span_eq(octets, messages[i].octets), "%s: %.*s", messages[i].label,
                  SPAN_FMT(octets));
        arena_free(o.arena);
        arena_free(arena);
    }
}

Test(scenario_read, octets_of_a_message_are_counted)
{
    struct outcome o = read_good(HEAD "C: BDAT @{#m} LAST\nC<= m\n=== message m\na\nb\n");
    cr_expect_str_eq(pattern_source(o.set.cases.at[0]->blocks.at[0].play.at[0].text),
                     "BDAT 6 LAST");
    arena_free(o.arena);
}

Test(scenario_read, the_plain_message_is_always_there)
{
    struct outcome o = read_good(HEAD "C<. plain\n");
    span octets = SPAN_EMPTY;
    cr_expect(scenario_message(o.set.cases.at[0], "plain", &octets));
    cr_expect(span_ends(octets, SPAN("\r\nSubject: plain\r\n\r\nhello\r\n")));
    arena_free(o.arena);
}

Test(scenario_read, connections_and_their_order)
{
    struct outcome o =
        read_good(HEAD "actor c client -> sut:smtp\nactor mx server at mx.dest.test:25\n"
                       "S: 220\n[mx 2] after c\nC: EHLO *\n[c 2]\nS: 220\n");
    const struct scenario *s = o.set.cases.at[0];
    cr_assert_eq(s->blocks.count, 3);
    cr_expect(s->blocks.at[0].actor == 0 && s->blocks.at[0].number == 1);
    cr_expect(s->blocks.at[1].actor == 1 && s->blocks.at[1].number == 2 &&
              s->blocks.at[1].has_after);
    cr_expect(s->blocks.at[1].after_actor == 0 && s->blocks.at[1].after_number == 1);
    cr_expect(s->blocks.at[2].actor == 0 && s->blocks.at[2].number == 2);
    arena_free(o.arena);
}

Test(scenario_read, snippets_keep_their_names_apart)
{
    struct arena *arena = arena_new();
    struct scenario_set set = {0};
    mistakes wrong = {0};
    const char *root = "harness/scenario/fixtures";
    cr_assert(!failed(scenario_read("harness/scenario/fixtures/resumption/server.scn", root, arena,
                                    &set, &wrong)));
    cr_assert_eq(wrong.count, 0);
    cr_assert_eq(set.cases.count, 8);
    cr_expect_str_eq(set.cases.at[5]->id, "resumption/server#sut=gnutls,lib=openssl,ver=1.3");
    const struct expect *e = &set.cases.at[0]->expects.at[1];
    cr_expect_str_eq(pattern_source(e->has), "\"@{one.id} <= a@c.test\"");
    arena_free(arena);
}

struct remark_row {
    const char *label;
    const char *text;
    unsigned line;
    const char *what; /* NULL: nothing to remark */
};

static const struct remark_row remarks[] = {
    {"nothing", HEAD "S: 220\n", 0, NULL},
    {"nothing demanded", HEAD "C: NOOP\n", 1, "nothing is demanded"},
    {"an expect", HEAD "C: NOOP\nexpect mail u@test.ex count = 0\n", 0, NULL},
    {"title", "scenario TODO: x\nsource SEED x\nreq SEC-a\n", 1, "title is still TODO"},
    {"clause", "scenario t\nsource SEED x\nreq TODO\n", 1, "clause is still TODO"},
    {"clause of a line", HEAD "S: 220\n^ req TODO\n", 4, "clause is still TODO"},
    {"capture", HEAD "S: 250 ~ \"@{id:id}\"\n", 4, "capture `id` is never used"},
    {"capture that is used", HEAD "S: 250 ~ \"@{id:id}\"\nexpect spool @{id} id = @{id}\n", 0,
     NULL},
    {"name", HEAD "S: 250\n^ name x\n", 5, "name `x` is never used"},
    {"message", HEAD "S: 250\n=== message m\na\n", 5, "section `m` is never used"},
    {"content", HEAD "C<. m\n=== message m\nexpect mail u@test.ex count = 0\n", 6,
     "looks like a statement"},
    {"submit", HEAD "actor mx server at a.test:25\n[mx]\ndo submit plain a@c.test u@dest.test\n", 6,
     "submitted locally"},
    {"handshake", HEAD "TLS: full\n", 4, "TLS is spoken"},
    {"config", HEAD "S: 220\n=== config exim\n", 5, "configuration is given"},
    {"same codes", HEAD "C: NOOP\neither a\nS: 250\nor b\nS: 2xx\nend\n", 7,
     "`b` cannot be told from `a`"},
    {"negated codes", HEAD "C: NOOP\neither a\nS: 250\nor b\nS: !250\nend\n", 0, NULL},
    {"codes and texts", HEAD "C: NOOP\neither a\nS: 250 ~ \"x\"\nor b\nS: 250 ~ \"y\"\nend\n", 0,
     NULL},
    {"events", HEAD "C: NOOP\neither a\nS! eof\nor b\nS! rst\nend\n", 7, "cannot be told"},
    {"nested", HEAD "C: NOOP\neither a\neither a1\nS: 250\nor a2\nS: 450\nend\nor b\nS: 4xx\nend\n",
     11, "cannot be told"},
    {"no line", HEAD "C: NOOP\neither a\nS: 250\nor b\nend\n", 7, "no line by which"},
    {"the judge may choose alike", HEAD "S: 220\neither a\nC: NOOP\nor b\nC: NOOP\nend\n", 0, NULL},
    {"break between", HEAD "S: 220\nC: NOOP\n--\nC: NOOP\n", 0, NULL},
    {"break before a reply", HEAD "C: NOOP\n--\nS: 250\n", 5, "does not stand between"},
};

Test(scenario_lint, remarks)
{
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
        struct arena *arena = arena_new();
        mistakes wrong = {0};
        cr_assert(
            !failed(scenario_lint_text(span_text(remarks[i].text), "t.scn", "t", arena, &wrong)));
        const struct mistake *m = wrong.count > 0 ? &wrong.at[0] : NULL;
        cr_expect_eq(m != NULL, remarks[i].what != NULL, "%s: %s", remarks[i].label,
                     m ? m->what : "nothing");
        cr_expect(m == NULL || remarks[i].what == NULL ||
                      (m->place.line == remarks[i].line && strstr(m->what, remarks[i].what)),
                  "%s: line %u: %s", remarks[i].label, m ? m->place.line : 0, m ? m->what : "");
        arena_free(arena);
    }
}

/* A vector in the hands of a program that is no mail server: it is told a message and a port of the
   judge's name server, and tells its verdict on standard output or by its exit status. Signing vectors
   compare three fields as sets of tags. */
#include "harness/vectors/vectors.h"

#include "base/file.h"
#include "harness/seal/authres.h"
#include "harness/target/dnsd.h"
#include "harness/target/process.h"

#include <unistd.h>

enum { FIRST_PORT = 20000, PORTS = 20000, TRIES = 50, PATIENCE = 60000, ARGUMENTS = 12 };
enum { CANNOT_RUN = 126, NOT_THERE = 127 }; /* as shells say it, and command_run */

struct verifying {
    const char *program, *verdict;
    const struct vector_set *set;
    const struct vector_row *row;
    struct arena *arena;
    struct report_case *rc;
};

static const char *cell(const struct verifying *v, const char *column)
{
    return vector_cell(v->set, v->row, column);
}

/* ---- the program ---- */

static err serve(const struct verifying *v, struct dnsd_zone *zone, struct dnsd **d, unsigned *port)
{
    err e = dnsd_zone_read(v->set->zone, v->arena, zone);
    for (unsigned i = 0; i < TRIES && !failed(e); i++) {
        *port = FIRST_PORT + ((unsigned)getpid() + i * 7919U) % PORTS;
        e = dnsd_start("127.0.0.1", (uint16_t)*port, v->arena, d);
        if (!failed(e)) {
            dnsd_serve(*d, zone);
            return OK;
        }
        e = i + 1 < TRIES ? OK : e;
    }
    return e;
}

/* Every column, as VECTOR_COLUMN. */
static const char *const *environment(const struct verifying *v)
{
    const char **env = arena_take_array(v->arena, v->set->columns.count + 1, sizeof *env);
    for (size_t i = 0; i < v->set->columns.count; i++) {
        char *name = arena_printf(v->arena, "VECTOR_%s", v->set->columns.at[i]);
        for (char *c = name; *c; c++) {
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c == '-' ? '_' : *c;
        }
        env[i] = arena_printf(v->arena, "%s=%s", name, v->row->cells.at[i]);
    }
    return env;
}

static err run(const struct verifying *v, span *output, struct ended *how)
{
    struct dnsd_zone zone = {0};
    struct dnsd *d = NULL;
    unsigned port = 0;
    const char *argv[ARGUMENTS] = {v->program};
    TRY(serve(v, &zone, &d, &port));
    const char *file = cell(v, "file");
    argv[1] = *file ? file : "/dev/null";
    argv[2] = arena_printf(v->arena, "%u", port);
    argv[3] = "0";
    if (strcmp(v->set->kind, "arc-sign") == 0) {
        static const char *const columns[] = {"key", "srv-id", "selector", "domain", "fields",
                                              "time"};
        for (size_t i = 0; i < 6; i++) {
            argv[3 + i] = cell(v, columns[i]);
        }
        argv[9] = "0";
    }
    struct command c = {.argv = argv, .env = environment(v), .wait = PATIENCE};
    err e = command_run(&c, v->arena, output, how);
    dnsd_stop(d);
    return e;
}

/* ---- what it said ---- */

static const char *said_words(const struct verifying *v, span output)
{
    span line = SPAN_EMPTY;
    output = span_trim_space(output);
    (void)span_line(&output, &line);
    char *text = arena_text(v->arena, span_trim_space(line));
    for (char *c = text; *c; c++) {
        *c = (char)ascii_lower((unsigned char)*c);
    }
    return text;
}

static const char *said_status(const struct ended *how)
{
    static const char *const words[] = {"pass", "fail", "none", "invalid"};
    return how->status >= 0 && how->status < 4 ? words[how->status] : "another exit status";
}

static const char *said_authres(const struct verifying *v, span output)
{
    struct proof_authres a;
    const char *why;
    size_t at;
    const char *said = "";
    span text = span_trim_space(output);
    if (span_starts_caseless(text, SPAN("Authentication-Results:"))) {
        text = span_from(text, 23);
    }
    if (!proof_authres_read(text, v->arena, &a, &why, &at)) {
        return arena_printf(v->arena, "no Authentication-Results: %s", why);
    }
    for (size_t i = 0; i < a.results.count; i++) {
        if (span_eq_caseless(a.results.at[i].method, span_text(v->set->kind))) {
            said = arena_printf(v->arena, "%s%s%.*s", said, *said ? " " : "",
                                SPAN_FMT(a.results.at[i].word));
        }
    }
    return *said ? said : "none";
}

/* Silence is a verdict only where the suite says so, and only of a program that ended well. */
static bool fits(const struct verifying *v, const char *said, const struct ended *how)
{
    const char *want = cell(v, "verdict");
    return strcmp(said, want) == 0 || (*said == '\0' && *cell(v, "silent") && how->status == 0) ||
           (strcmp(want, "invalid") == 0 &&
            (strcmp(said, "permerror") == 0 || strcmp(said, "temperror") == 0 ||
             strcmp(said, "neutral") == 0 || strcmp(said, "policy") == 0));
}

/* ---- sealing ---- */

/* Takes the next `;` part without white space off the text. */
static bool next_tag(span *rest, struct arena *arena, const char **tag)
{
    while (rest->len > 0) {
        span part;
        (void)span_split(*rest, ';', &part, rest);
        char *to = arena_take(arena, part.len + 1);
        size_t len = 0;
        for (size_t i = 0; i < part.len; i++) {
            if (part.at[i] > ' ') {
                to[len++] = (char)part.at[i];
            }
        }
        if (len > 0) {
            *tag = to;
            return true;
        }
    }
    return false;
}

static bool has_tag(span all, const char *tag, struct arena *arena)
{
    const char *one;
    while (next_tag(&all, arena, &one)) {
        if (strcmp(one, tag) == 0) {
            return true;
        }
    }
    return false;
}

/* The same tags, white space and order left out of account. */
static const char *tag_missing(span a, span b, struct arena *arena)
{
    const char *tag;
    for (span rest = a; next_tag(&rest, arena, &tag);) {
        if (!has_tag(b, tag, arena)) {
            return tag;
        }
    }
    return NULL;
}

/* The body of the field called name in what was printed: fields between empty lines. */
static span printed_field(span output, const char *name)
{
    size_t at = 0;
    span wanted = span_text(name);
    while (at < output.len) {
        span line = span_from(output, at);
        if (span_starts_caseless(line, wanted) && line.len > wanted.len &&
            line.at[wanted.len] == ':') {
            span body = span_from(line, wanted.len + 1);
            size_t end = 0;
            while (end < body.len &&
                   !(body.at[end] == '\n' &&
                     (end + 1 >= body.len || !ascii_is_blank(body.at[end + 1])))) {
                end++;
            }
            return span_first(body, end);
        }
        size_t lf = span_find_byte(line, '\n');
        at += lf == SPAN_NONE ? line.len : lf + 1;
    }
    return SPAN_EMPTY;
}

static void judge_sealed(const struct verifying *v, span output)
{
    static const char *const fields[][2] = {{"aar", "ARC-Authentication-Results"},
                                            {"ams", "ARC-Message-Signature"},
                                            {"as", "ARC-Seal"}};
    for (size_t i = 0; i < 3; i++) {
        span want = span_text(cell(v, fields[i][0]));
        span got = printed_field(output, fields[i][1]);
        const char *lost = tag_missing(want, got, v->arena);
        const char *more = tag_missing(got, want, v->arena);
        if (lost != NULL || more != NULL) {
            v->rc->state = STATE_FAIL;
            v->rc->reason = arena_printf(v->arena, "%s: wanted %s, got %s", fields[i][1],
                                         lost ? lost : "no more", more ? more : "nothing");
            return;
        }
    }
    v->rc->state = STATE_PASS;
}

/* ---- the case ---- */

void vectors_verify(const char *program, const char *verdict, const struct vector_set *set,
                    const struct vector_row *row, struct arena *arena, struct report_case *rc)
{
    struct verifying v = {program, verdict, set, row, arena, rc};
    span output;
    struct ended how;
    err e = run(&v, &output, &how);
    if (!failed(e) && how.signal == 0 && (how.status == CANNOT_RUN || how.status == NOT_THERE)) {
        e = err_of(ERR_IO, arena_printf(arena, "%s could not be run (exit status %d)", program, how.status));
    }
    if (failed(e) || how.signal != 0) {
        rc->state = failed(e) ? STATE_ERROR : STATE_CRASH;
        rc->reason = failed(e) ? err_text(e, arena)
                               : arena_printf(arena, "the program died by signal %d", how.signal);
        return;
    }
    if (strcmp(set->kind, "arc-sign") == 0) {
        judge_sealed(&v, output);
        return;
    }
    const char *said = strcmp(verdict, "exit") == 0      ? said_status(&how)
                       : strcmp(verdict, "authres") == 0 ? said_authres(&v, output)
                                                         : said_words(&v, output);
    rc->state = fits(&v, said, &how) ? STATE_PASS : STATE_FAIL;
    if (rc->state == STATE_FAIL) {
        rc->reason = arena_printf(arena, "wanted %s, got %s (%s)", cell(&v, "verdict"),
                                  *said ? said : "nothing", cell(&v, "clause"));
    }
}

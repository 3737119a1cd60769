/* The calls are made in the order in which Exim made them, and the lines for the logs have Exim's words.
   An answer is written piece by piece: what was said before a crash counts. */
#include "ref/scan/bmi_work.h"

#include "base/file.h"
#include "base/vec.h"
#include "ref/scan/bmi_library.h"

#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    REQUEST_CEILING = 64 << 20,
    BODY_BLOCK = 4096,
    RECIPIENTS_MOST = 100000,
    CPU_SECONDS = 60,
    FILES = 256
};
#define MEMORY_MORE ((rlim_t)2 << 30)

struct work_recipient {
    const char *address;
    VEC(const char *) optin;
};

struct work {
    struct arena *arena;
    const struct bmi_client_v1 *client;
    const char *library, *config, *ip, *sender;
    VEC(struct work_recipient) recipients;
    VEC(span) headers;
    VEC(int) rules;
    VEC(span) verdicts;
    bool scan;
    uint64_t body_at;
};

/* --- fields ------------------------------------------------------------------------------------- */

void bmi_field_put(struct buf *out, unsigned char letter, span value)
{
    buf_printf(out, "%c%zu:", letter, value.len);
    buf_put(out, value);
}

bool bmi_field_take(span *in, struct bmi_field *field)
{
    span digits, rest;
    uint64_t len;
    if (in->len == 0 || !span_split(span_from(*in, 1), ':', &digits, &rest) ||
        !span_to_u64(digits, &len) || len > rest.len) {
        return false;
    }
    *field = (struct bmi_field){in->at[0], span_first(rest, (size_t)len)};
    *in = span_from(rest, (size_t)len);
    return true;
}

/* --- saying ------------------------------------------------------------------------------------- */

static void say(enum bmi_letter letter, span value)
{
    struct buf out;
    buf_init(&out, value.len + 64);
    bmi_field_put(&out, (unsigned char)letter, value);
    if (failed(fd_write_all(STDOUT_FILENO, buf_span(&out)))) {
        _exit(0); /* nobody listens any more */
    }
    buf_wipe(&out);
}

/* "bmi error [loc 1 type 2]: ..." */
static bool complain(struct work *w, bmi_status s, const char *format, ...) PRINTF_LIKE(3, 4);
static bool complain(struct work *w, bmi_status s, const char *format, ...)
{
    va_list args;
    if (!s.fatal) {
        return true;
    }
    va_start(args, format);
    const char *text = arena_vprintf(w->arena, format, args);
    va_end(args);
    say(BMI_SAY_PANIC, span_text(arena_printf(w->arena, "bmi error [loc %d type %d]: %s", s.location,
                                              s.type, text)));
    return false;
}

/* --- a scan ------------------------------------------------------------------------------------- */

static bool recipient_hand(struct work *w, bmi_msg *m, const struct work_recipient *r)
{
    bmi_status s = w->client->rcpt(m, r->address, r->optin.at, r->optin.count);
    if (!s.fatal && s.type != 0) {
        struct buf all;
        buf_init(&all, REQUEST_CEILING);
        for (size_t i = 0; i < r->optin.count; i++) {
            buf_printf(&all, "%s%s", i > 0 ? ":" : "", r->optin.at[i]);
        }
        say(BMI_SAY_WARNING,
            span_text(arena_printf(w->arena, "bmi warning: [loc %d type %d]: bmiOptinMSet() failed "
                                   "(address '%s', string '%.*s').", s.location, s.type, r->address,
                                   SPAN_FMT(buf_span(&all)))));
        buf_wipe(&all);
    }
    return complain(w, s, "bmiAccumulateTO() failed (address %s).", r->address);
}

static bool envelope_hand(struct work *w, bmi_msg *m)
{
    const struct bmi_client_v1 *c = w->client;
    bool good = complain(w, c->connection(m, w->ip), "bmiProcessConnection() failed (IP %s).", w->ip) &&
                complain(w, c->from(m, w->sender), "bmiProcessFROM() failed (address %s).", w->sender);
    for (size_t i = 0; good && i < w->recipients.count; i++) {
        good = recipient_hand(w, m, &w->recipients.at[i]);
    }
    return good && complain(w, c->rcpt_end(m), "bmiEndTO() failed.");
}

static bool body_hand(struct work *w, bmi_msg *m)
{
    char block[BODY_BLOCK];
    size_t got = BODY_BLOCK;
    bool good = true;
    for (uint64_t at = w->body_at; good && got == BODY_BLOCK; at += BODY_BLOCK) {
        err e = fd_read_part(BMI_BODY, block, BODY_BLOCK, (off_t)at, &got);
        if (failed(e)) {
            say(BMI_SAY_PANIC, span_text(err_text(err_in(e, w->arena, "bmi error: reading the body"),
                                                  w->arena)));
            return false;
        }
        good = got == 0 || complain(w, w->client->body(m, block, got), "bmiAccumulateBody() failed.");
    }
    return good && complain(w, w->client->body_end(m), "bmiEndBody() failed.");
}

static bool text_hand(struct work *w, bmi_msg *m)
{
    const struct bmi_client_v1 *c = w->client;
    bool good = true;
    for (size_t i = 0; good && i < w->headers.count; i++) {
        good = complain(w, c->header(m, w->headers.at[i].at, w->headers.at[i].len),
                        "bmiAccumulateHeaders() failed.");
    }
    return good && complain(w, c->header_end(m), "bmiEndHeaders() failed.") && body_hand(w, m) &&
           complain(w, c->finish(m), "bmiEndMessage() failed.");
}

static void message_scan(struct work *w, bmi_msg *m)
{
    char *base64 = NULL;
    if (!envelope_hand(w, m) || !text_hand(w, m)) {
        return;
    }
    for (size_t i = 0; i < RECIPIENTS_MOST && w->client->verdict(m, i, &base64) != 0; i++) {
        say(BMI_SAY_VERDICT, span_text(base64));
        w->client->strfree(w->client->self, base64);
    }
}

static void scan(struct work *w)
{
    const struct bmi_client_v1 *c = w->client;
    bmi_sys *system = NULL;
    bmi_msg *m = NULL;
    if (!complain(w, c->open(c->self, w->config, &system),
                  "could not initialize Brightmail system.")) {
        return;
    }
    if (complain(w, c->begin(system, &m), "could not initialize Brightmail message.")) {
        message_scan(w, m);
        c->end(m);
    }
    c->close(system);
}

/* --- verdicts ----------------------------------------------------------------------------------- */

static void verdict_say(struct work *w, const bmi_verdict_text *v, span base64)
{
    const struct bmi_client_v1 *c = w->client;
    const char *address, *location = c->v_destination(v);
    bool by_default = c->v_error(v) != 0 || c->v_default(v) != 0;
    char *tracker = NULL;
    for (size_t i = 0; i < RECIPIENTS_MOST && (address = c->v_rcpt(v, i)) != NULL; i++) {
        say(BMI_SAY_ADDRESS, span_text(address));
    }
    for (size_t i = 0; i < w->rules.count; i++) {
        if (c->v_rule(v, w->rules.at[i]) != 0) {
            say(BMI_SAY_FIRED, span_text(arena_printf(w->arena, "%d", w->rules.at[i])));
        }
    }
    if (!by_default && location != NULL) {
        say(BMI_SAY_LOCATION, span_text(location));
    } else if (!by_default) {
        say(BMI_SAY_DROP, SPAN_EMPTY);
    }
    if (complain(w, c->v_tracker(v, &tracker), "bmiCreateOldStrFromVerdict() failed. [%.*s]",
                 SPAN_FMT(base64)) && tracker != NULL) {
        say(BMI_SAY_TRACKER, span_text(tracker));
        c->strfree(c->self, tracker);
    }
}

static void verdicts_say(struct work *w)
{
    const struct bmi_client_v1 *c = w->client;
    for (size_t i = 0; i < w->verdicts.count; i++) {
        span base64 = w->verdicts.at[i];
        bmi_verdict_text *v = NULL;
        bool good = complain(w, c->parse(c->self, arena_text(w->arena, base64), base64.len, &v),
                             "bmiCreateVerdictFromStr() failed. [%.*s]", SPAN_FMT(base64));
        if (good) {
            verdict_say(w, v, base64);
            c->vfree(v);
        }
        say(BMI_SAY_READ, good ? SPAN("1") : SPAN("0"));
    }
}

/* --- the request -------------------------------------------------------------------------------- */

static void field_use(struct work *w, const struct bmi_field *f)
{
    uint64_t number = 0;
    const char *text = arena_text(w->arena, f->value);
    (void)span_to_u64(f->value, &number);
    switch (f->letter) {
    case BMI_ASK_LIBRARY:
        w->library = text;
        break;
    case BMI_ASK_CONFIG:
        w->config = text;
        break;
    case BMI_ASK_IP:
        w->ip = text;
        break;
    case BMI_ASK_SENDER:
        w->sender = text;
        break;
    case BMI_ASK_RECIPIENT:
        vec_push(w->arena, &w->recipients)->address = text;
        break;
    case BMI_ASK_OPTIN:
        if (w->recipients.count > 0) {
            vec_add(w->arena, &w->recipients.at[w->recipients.count - 1].optin, text);
        }
        break;
    case BMI_ASK_HEADER:
        vec_add(w->arena, &w->headers, f->value);
        break;
    case BMI_ASK_BODY:
        w->scan = true;
        w->body_at = number;
        break;
    case BMI_ASK_RULE:
        vec_add(w->arena, &w->rules, (int)(number & INT32_MAX));
        break;
    case BMI_ASK_VERDICT:
        vec_add(w->arena, &w->verdicts, f->value);
        break;
    default:
        break;
    }
}

/* Octets of addresses in use: a sanitizer takes most of them before anything has run. */
static rlim_t in_use(struct arena *arena)
{
    span text, pages, rest;
    uint64_t count = 0;
    if (!failed(file_read("/proc/self/statm", 4096, arena, &text))) {
        (void)span_split(text, ' ', &pages, &rest);
        (void)span_to_u64(pages, &count);
    }
    return (rlim_t)count * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* What a scanner may need, and no more; a crash leaves no core. */
static void limit(struct arena *arena)
{
    const struct {
        __rlimit_resource_t what;
        rlim_t most;
    } rows[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_CPU, CPU_SECONDS},
        {RLIMIT_NOFILE, FILES},
        {RLIMIT_AS, in_use(arena) + MEMORY_MORE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rlimit most = {rows[i].most, rows[i].most};
        (void)setrlimit(rows[i].what, &most);
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

bool bmi_work(struct arena *arena)
{
    struct work w = {.arena = arena, .config = "", .ip = "", .sender = ""};
    struct bmi_field field;
    span request;
    /* A program that is set-uid would load anybody's library with rights that are not his. */
    if (getuid() != geteuid() || lseek(STDIN_FILENO, 0, SEEK_SET) != 0 ||
        failed(fd_read_all(STDIN_FILENO, REQUEST_CEILING, arena, &request))) {
        return false;
    }
    while (bmi_field_take(&request, &field)) {
        field_use(&w, &field);
    }
    if (request.len > 0 || w.library == NULL) {
        return false;
    }
    limit(arena);
    err e = bmi_library_load(w.library, arena, &w.client);
    if (failed(e)) {
        say(BMI_SAY_BROKEN, span_text(e.what));
        return true;
    }
    if (w.scan) {
        scan(&w);
    }
    verdicts_say(&w);
    say(BMI_SAY_END, SPAN_EMPTY);
    return true;
}

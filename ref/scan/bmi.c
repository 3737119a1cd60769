/* The process is given its request as a file and answers over a pipe, so that nobody waits for somebody
   who waits for him. Whatever it says is taken as far as it makes sense, and checked: the verdicts go
   into a file of the spool. */
#include "ref/scan/bmi.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/socket.h"
#include "base/spawn.h"
#include "ref/scan/bmi_work.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 65536, REQUEST_CEILING = 64 << 20, LINE_OCTETS = 1024 };

/* --- the process -------------------------------------------------------------------------------- */

/* This program once more, in a group of its own, with which goes whatever a library leaves running. */
static int start(int in, int out, int file, struct arena *arena, pid_t *pid)
{
    char *words[] = {arena_text(arena, SPAN("refmta")), arena_text(arena, SPAN(BMI_CHILD_OPTION)), NULL};
    char *environment[] = {arena_text(arena, SPAN("PATH=/usr/local/bin:/usr/bin:/bin")), NULL};
    struct spawn wanted = {.program = "/proc/self/exe", .words = words, .environment = environment,
                           .files = {in, out, -1, file}, .silent = true, .group = true};
    return spawn_start(&wanted, pid);
}

/* To the end of the pipe. NULL: it came. */
static const char *pipe_read(int fd, millis wait, struct buf *answer)
{
    int64_t until = clock_ticks() + wait;
    for (;;) {
        size_t room = answer->ceiling - answer->len;
        unsigned char *at = buf_reserve(answer, room < BLOCK ? room : BLOCK);
        if (at == NULL || room == 0) {
            return "it says too much";
        }
        if (failed(socket_wait(fd, false, until - clock_ticks()))) {
            return "it did not end in time";
        }
        ssize_t got = read(fd, at, room < BLOCK ? room : BLOCK);
        if (got == 0) {
            return NULL;
        }
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            return "its answer cannot be read";
        }
        buf_add(answer, got > 0 ? (size_t)got : 0);
    }
}

static const char *ended(pid_t pid, struct arena *arena)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return NULL;
        }
    }
    (void)kill(-pid, SIGKILL);
    if (WIFSIGNALED(status)) {
        return arena_printf(arena, "the client library was ended by signal %d", WTERMSIG(status));
    }
    return WEXITSTATUS(status) == 0 ? NULL
                                    : arena_printf(arena, "the client library ended the process (%d)",
                                                   WEXITSTATUS(status));
}

/* Reads the answer up to the ceiling of *answer. NULL: the process ended by itself and well; else how it
   ended or was ended. What was answered before that is in *answer in either case. */
static const char *process_run(span request, int file, millis wait, struct arena *arena, struct buf *answer)
{
    int ends[2] = {-1, -1};
    pid_t pid;
    const char *how = "no process can be made for it";
    int in = memfd_create("request", MFD_CLOEXEC);
    if (in < 0 || failed(fd_write_all(in, request)) || pipe2(ends, O_CLOEXEC) != 0) {
        goto over;
    }
    int sys = start(in, ends[1], file, arena, &pid);
    (void)close(ends[1]);
    if (sys == 0) {
        how = pipe_read(ends[0], wait, answer);
        if (how != NULL) {
            (void)kill(-pid, SIGKILL);
        }
        const char *end = ended(pid, arena);
        how = how != NULL ? how : end;
    } else {
        how = arena_printf(arena, "it cannot be started: %s", strerror(sys));
    }
    (void)close(ends[0]);
over:
    if (in >= 0) {
        (void)close(in);
    }
    return how;
}

/* --- asking it ---------------------------------------------------------------------------------- */

static void tell(const struct bmi *bmi, bool main, span line)
{
    if (bmi->log != NULL) {
        bmi->log(bmi->log_context, main, span_first(line, LINE_OCTETS));
    }
}

static void request_begin(const struct bmi *bmi, struct buf *request)
{
    buf_init(request, REQUEST_CEILING);
    bmi_field_put(request, BMI_ASK_LIBRARY, span_text(bmi->library));
    bmi_field_put(request, BMI_ASK_CONFIG, span_text(bmi->config));
}

/* Runs the process. Lines for the log are taken out of the answer and told; the rest is in *answer.
   NULL: it came to its end; else how it did not. */
static const char *ask(const struct bmi *bmi, const struct buf *request, int body,
                       struct arena *arena, span *answer)
{
    struct buf all, kept;
    struct bmi_field f;
    bool whole = false;
    const char *broken = NULL, *end;
    buf_init(&all, BMI_LIST_OCTETS * 16);
    buf_init(&kept, BMI_LIST_OCTETS * 16);
    end = process_run(buf_span(request), body, bmi->wait, arena, &all);
    span rest = buf_span(&all);
    while (bmi_field_take(&rest, &f)) {
        whole = whole || f.letter == BMI_SAY_END;
        if (f.letter == BMI_SAY_PANIC || f.letter == BMI_SAY_WARNING) {
            tell(bmi, f.letter == BMI_SAY_WARNING, f.value);
        } else if (f.letter == BMI_SAY_BROKEN) {
            broken = arena_text(arena, f.value);
        } else if (f.letter != BMI_SAY_END) {
            bmi_field_put(&kept, f.letter, f.value);
        }
    }
    buf_wipe(&all);
    *answer = buf_settle(&kept, arena);
    return broken != NULL ? broken : whole ? NULL : end != NULL ? end : "it ended without a word";
}

err bmi_probe(const struct bmi *bmi, struct arena *arena)
{
    struct buf request;
    span answer;
    request_begin(bmi, &request);
    const char *wrong = ask(bmi, &request, -1, arena, &answer);
    buf_wipe(&request);
    return wrong == NULL ? OK : err_of(ERR_SYNTAX, wrong);
}

/* --- a scan ------------------------------------------------------------------------------------- */

static void recipient_put(const struct bmi_recipient *r, struct buf *out)
{
    span rest = r->optin, one;
    bmi_field_put(out, BMI_ASK_RECIPIENT, r->address);
    while (r->optin.len > 1 && rest.len > 0) {
        (void)span_split(rest, ':', &one, &rest);
        if (span_trim(one).len > 0) {
            bmi_field_put(out, BMI_ASK_OPTIN, span_trim(one));
        }
    }
}

static bool is_base64(span text)
{
    bool good = text.len > 0 && text.len <= BMI_VERDICT_OCTETS;
    for (size_t i = 0; good && i < text.len; i++) {
        unsigned char c = text.at[i];
        good = ascii_is_alnum(c) || c == '+' || c == '/' || c == '=';
    }
    return good;
}

static span verdicts_join(const struct bmi *bmi, span answer, struct arena *arena)
{
    struct buf list;
    struct bmi_field f;
    size_t count = 0;
    buf_init(&list, BMI_LIST_OCTETS);
    for (span all; bmi_field_take(&answer, &f);) {
        bool good = f.letter == BMI_SAY_VERDICT && is_base64(f.value) && count < BMI_VERDICTS_MOST;
        if (good) {
            buf_put_text(&list, count++ > 0 ? ":" : "");
            buf_put(&list, f.value);
        }
        if (!good || failed(buf_end(&list, &all))) {
            tell(bmi, false, SPAN("bmi error: a verdict is not base64, or there is too much of them"));
            buf_clear(&list);
            break;
        }
    }
    return buf_settle(&list, arena);
}

span bmi_scan(const struct bmi *bmi, const struct bmi_message *m, struct arena *arena)
{
    struct buf request;
    span all, answer = SPAN_EMPTY;
    request_begin(bmi, &request);
    bmi_field_put(&request, BMI_ASK_IP, m->ip);
    bmi_field_put(&request, BMI_ASK_SENDER, m->sender);
    for (size_t i = 0; i < m->recipient_count; i++) {
        recipient_put(&m->recipients[i], &request);
    }
    for (size_t i = 0; i < m->header_count; i++) {
        bmi_field_put(&request, BMI_ASK_HEADER, m->headers[i]);
    }
    bmi_field_put(&request, BMI_ASK_BODY,
                   span_text(arena_printf(arena, "%lld", (long long)m->body_at)));
    const char *wrong = failed(buf_end(&request, &all)) ? "the message is too long to be told"
                                                        : ask(bmi, &request, m->body, arena, &answer);
    buf_wipe(&request);
    if (wrong != NULL) {
        tell(bmi, false, span_text(arena_printf(arena, "bmi error: scanning the message: %s", wrong)));
        return SPAN_EMPTY;
    }
    return verdicts_join(bmi, answer, arena);
}

/* --- verdicts ----------------------------------------------------------------------------------- */

bool bmi_list_read(span list, struct arena *arena, struct bmi_verdicts *verdicts)
{
    span one, rest = list;
    *verdicts = (struct bmi_verdicts){0};
    for (bool more = list.len > 0; more;) {
        more = span_split(rest, ':', &one, &rest);
        if (!is_base64(one) || verdicts->all.count == BMI_VERDICTS_MOST) {
            verdicts->all.count = 0;
            return false;
        }
        vec_push(arena, &verdicts->all)->base64 = arena_copy(arena, one);
    }
    return list.len <= BMI_LIST_OCTETS;
}

static bool answer_field(const struct bmi_field *f, struct arena *arena, struct bmi_verdict *v)
{
    uint64_t number;
    span value = arena_copy(arena, f->value);
    switch (f->letter) {
    case BMI_SAY_ADDRESS:
        vec_add(arena, &v->recipients, value);
        return true;
    case BMI_SAY_FIRED:
        if (span_to_u64(value, &number)) {
            vec_add(arena, &v->fired, number);
        }
        return true;
    case BMI_SAY_TRACKER:
        v->tracker = is_base64(value) ? value : SPAN_EMPTY;
        return true;
    case BMI_SAY_LOCATION:
        v->location = value;
        return true;
    case BMI_SAY_DROP:
        v->drop = true;
        return true;
    default:
        return false;
    }
}

/* What was said of a verdict counts once all of it was said. */
bool bmi_answer_read(span answer, size_t *next, struct arena *arena, struct bmi_verdicts *verdicts)
{
    struct bmi_verdict one = {.readable = true};
    struct bmi_field f;
    while (*next < verdicts->all.count && bmi_field_take(&answer, &f)) {
        if (f.letter != BMI_SAY_READ) {
            if (!answer_field(&f, arena, &one)) {
                return false;
            }
            continue;
        }
        struct bmi_verdict *v = &verdicts->all.at[(*next)++];
        if (span_eq(f.value, SPAN("1"))) {
            one.base64 = v->base64;
            *v = one;
        }
        one = (struct bmi_verdict){.readable = true};
    }
    return answer.len == 0;
}

/* Those from `next` on; says how many of them are settled, at least one. */
static size_t some_read(const struct bmi *bmi, const uint64_t *rules, size_t rule_count, size_t next,
                        struct arena *arena, struct bmi_verdicts *verdicts)
{
    struct buf request;
    span answer;
    size_t first = next;
    request_begin(bmi, &request);
    for (size_t i = 0; i < rule_count; i++) {
        bmi_field_put(&request, BMI_ASK_RULE,
                       span_text(arena_printf(arena, "%llu", (unsigned long long)rules[i])));
    }
    for (size_t i = next; i < verdicts->all.count; i++) {
        bmi_field_put(&request, BMI_ASK_VERDICT, verdicts->all.at[i].base64);
    }
    const char *wrong = ask(bmi, &request, -1, arena, &answer);
    buf_wipe(&request);
    bool sense = bmi_answer_read(answer, &next, arena, verdicts);
    if (wrong != NULL || !sense || next < verdicts->all.count) {
        tell(bmi, false, span_text(arena_printf(arena, "bmi error: reading a verdict: %s",
                                                wrong != NULL ? wrong : "the answer is nonsense")));
        next++;
    }
    return next - first;
}

void bmi_verdicts_read(const struct bmi *bmi, span list, const uint64_t *rules, size_t rule_count,
                       struct arena *arena, struct bmi_verdicts *verdicts)
{
    enum { PROCESSES_MOST = 16 };
    if (!bmi_list_read(list, arena, verdicts)) {
        tell(bmi, false, SPAN("bmi error: the verdicts in the spool are not a list of base64 texts"));
        return;
    }
    if (verdicts->all.count > 0 && bmi->library[0] == '\0') {
        tell(bmi, true, SPAN("bmi warning: the message has verdicts, and bmi_library is not set"));
        return;
    }
    size_t next = 0;
    for (unsigned n = 0; n < PROCESSES_MOST && next < verdicts->all.count; n++) {
        next += some_read(bmi, rules, rule_count, next, arena, verdicts);
    }
}

/* Quotes that the sender puts around a local part must not hide it from its verdict. */
static bool means(span written, span meaning)
{
    size_t n = 0;
    bool quoted = written.len >= 2 && written.at[0] == '"' && written.at[written.len - 1] == '"';
    written = quoted ? span_part(written, 1, written.len - 2) : written;
    for (size_t i = 0; i < written.len; i++, n++) {
        i += quoted && written.at[i] == '\\' && i + 1 < written.len ? 1 : 0;
        if (n == meaning.len || ascii_lower(written.at[i]) != ascii_lower(meaning.at[n])) {
            return false;
        }
    }
    return n == meaning.len;
}

static bool is_for(span address, span local_part, span domain)
{
    if (address.len <= domain.len || address.at[address.len - domain.len - 1] != '@') {
        return false;
    }
    return span_eq_caseless(span_from(address, address.len - domain.len), domain) &&
           means(span_first(address, address.len - domain.len - 1), local_part);
}

const struct bmi_verdict *bmi_verdict_of(const struct bmi_verdicts *verdicts, span local_part,
                                         span domain)
{
    for (size_t i = 0; verdicts != NULL && i < verdicts->all.count; i++) {
        const struct bmi_verdict *v = &verdicts->all.at[i];
        for (size_t n = 0; v->readable && n < v->recipients.count; n++) {
            if (is_for(v->recipients.at[n], local_part, domain)) {
                return v;
            }
        }
    }
    return NULL;
}

/* --- rules -------------------------------------------------------------------------------------- */

static bool rule_take(span *list, uint64_t *number)
{
    span one;
    while (list->len > 0) {
        (void)span_split(*list, ':', &one, list);
        if (span_to_u64(span_trim(one), number) && *number > 0 && *number <= INT32_MAX) {
            return true;
        }
    }
    return false;
}

void bmi_rules_add(span list, struct arena *arena, uint64_t **rules, size_t *count)
{
    uint64_t number;
    while (rule_take(&list, &number)) {
        uint64_t *more = arena_take_array(arena, *count + 1, sizeof *more);
        if (*count > 0) {
            memcpy(more, *rules, *count * sizeof *more);
        }
        more[(*count)++] = number;
        *rules = more;
    }
}

bool bmi_rule_fired(const struct bmi_verdict *verdict, span list)
{
    uint64_t number;
    while (verdict != NULL && rule_take(&list, &number)) {
        for (size_t i = 0; i < verdict->fired.count; i++) {
            if (verdict->fired.at[i] == number) {
                return true;
            }
        }
    }
    return false;
}

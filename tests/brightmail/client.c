/* A Brightmail client that is told by a file what to say: bmi_config_file, lines of

       GLOB default|drop|error|crash|hang|unreadable [rules=5,8] [optin=WORD] [alt=TEXT to the line's end]

   where the first line fits that whose GLOB fits the recipient, without case, and whose WORD is one of
   its opt-in strings. Recipients with the same line share a verdict. `alt=` is another destination;
   crash, hang and unreadable are what reading the verdict comes to. And lines of

       log PATH                       what is asked is written there, octet for octet; relative to the
                                      folder of this file
       fail STEP LOCATION TYPE        that call fails
       crash STEP, hang STEP          that call does
       optin LOCATION TYPE            opt-in strings are not taken
       nonsense                       the verdict is no base64

   STEP is the name in the table of ref/scan/bmi_client.h. A verdict in clear text is lines too: "R address",
   "W word", "F rule", "A text". With CLIENT_LACKS defined a function is missing;
   with CLIENT_HIDDEN there is no table for others (sdk.c). */
#include "ref/scan/bmi_client.h"

#include <ctype.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { LINE = 4096, RULES_MOST = 64, RECIPIENTS_MOST = 256 };

struct rule_line {
    char glob[LINE], what[LINE], rules[LINE], optin[LINE], alt[LINE];
    int has_alt;
    char recipients[RECIPIENTS_MOST][LINE];
    int recipient_count;
};

struct bmi_sys {
    struct rule_line lines[RULES_MOST];
    int line_count;
    char log[LINE], fail[LINE], crash[LINE], hang[LINE];
    int fail_location, fail_type, optin_location, optin_type, nonsense;
};

struct bmi_msg {
    struct bmi_sys *system;
};

struct bmi_verdict_text {
    char text[LINE * 4];
    char destination[LINE];
    char recipients[RECIPIENTS_MOST][LINE];
    int recipient_count, by_default, error, has_alt;
};

/* --- what is asked ------------------------------------------------------------------------------ */

static void note(const struct bmi_sys *s, const char *step, const void *at, size_t len)
{
    FILE *log = s->log[0] != '\0' ? fopen(s->log, "a") : NULL;
    if (log != NULL) {
        fprintf(log, "%s%s", step, len > 0 ? " " : "");
        fwrite(at, 1, len, log);
        if (len == 0 || ((const char *)at)[len - 1] != '\n') {
            fputc('\n', log);
        }
        fclose(log);
    }
}

static bmi_status act(const struct bmi_sys *s, const char *step, const void *at, size_t len)
{
    bmi_status status = {0, 0, 0};
    note(s, step, at, len);
    if (strcmp(s->crash, step) == 0) {
        raise(SIGSEGV);
    }
    while (strcmp(s->hang, step) == 0) {
        pause();
    }
    if (strcmp(s->fail, step) == 0) {
        status = (bmi_status){1, s->fail_location, s->fail_type};
    }
    return status;
}

/* --- the file ----------------------------------------------------------------------------------- */

static void rule_read(struct bmi_sys *s, const char *glob, char *rest)
{
    struct rule_line *r = &s->lines[s->line_count++];
    char *alt = strstr(rest, "alt=");
    snprintf(r->glob, sizeof r->glob, "%s", glob);
    snprintf(r->what, sizeof r->what, "default");
    if (alt != NULL) {
        r->has_alt = 1;
        snprintf(r->what, sizeof r->what, "alt");
        snprintf(r->alt, sizeof r->alt, "%s", alt + 4);
        *alt = '\0';
    }
    for (char *save, *word = strtok_r(rest, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *to = strncmp(word, "rules=", 6) == 0   ? r->rules
                   : strncmp(word, "optin=", 6) == 0 ? r->optin
                                                     : r->what;
        snprintf(to, LINE, "%s", to == r->what ? word : word + 6);
    }
}

static void line_read(struct bmi_sys *s, char *line)
{
    char *rest = strchr(line, ' ');
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#') {
        return;
    }
    rest = rest != NULL ? rest : line + strlen(line);
    if (*rest != '\0') {
        *rest++ = '\0';
    }
    if (strcmp(line, "log") == 0) {
        snprintf(s->log, sizeof s->log, "%s", rest);
    } else if (strcmp(line, "crash") == 0) {
        snprintf(s->crash, sizeof s->crash, "%s", rest);
    } else if (strcmp(line, "hang") == 0) {
        snprintf(s->hang, sizeof s->hang, "%s", rest);
    } else if (strcmp(line, "fail") == 0) {
        sscanf(rest, "%4000s %d %d", s->fail, &s->fail_location, &s->fail_type);
    } else if (strcmp(line, "optin") == 0) {
        sscanf(rest, "%d %d", &s->optin_location, &s->optin_type);
    } else if (strcmp(line, "nonsense") == 0) {
        s->nonsense = 1;
    } else if (s->line_count < RULES_MOST) {
        rule_read(s, line, rest);
    }
}

static bmi_status file_open(void *self, const char *config, bmi_sys **system)
{
    struct bmi_sys *s = calloc(1, sizeof *s);
    FILE *file = fopen(config, "r");
    char line[LINE], name[LINE];
    const char *slash = strrchr(config, '/');
    (void)self;
    *system = s;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line_read(s, line);
    }
    if (file == NULL) {
        return (bmi_status){1, 1, 2};
    }
    fclose(file);
    if (s->log[0] != '\0') {
        memcpy(name, s->log, sizeof name);
        snprintf(s->log, sizeof s->log, "%.*s/%.2000s",
                 slash != NULL ? (int)(slash - config) : 0, config, name);
    }
    return act(s, "open", config, strlen(config));
}

static void file_close(bmi_sys *s)
{
    (void)act(s, "close", "", 0);
    free(s);
}

/* --- a message ---------------------------------------------------------------------------------- */

static bmi_status file_begin(bmi_sys *s, bmi_msg **message)
{
    *message = calloc(1, sizeof **message);
    (*message)->system = s;
    return act(s, "begin", "", 0);
}

static void file_end(bmi_msg *m)
{
    (void)act(m->system, "end", "", 0);
    free(m);
}

static bmi_status file_connection(bmi_msg *m, const char *ip)
{
    return act(m->system, "connection", ip, strlen(ip));
}

static bmi_status file_from(bmi_msg *m, const char *sender)
{
    return act(m->system, "from", sender, strlen(sender));
}

static int has_optin(const char *word, const char *const *optin, size_t n)
{
    int has = word[0] == '\0';
    for (size_t i = 0; i < n; i++) {
        has = has || strcmp(word, optin[i]) == 0;
    }
    return has;
}

static bmi_status file_rcpt(bmi_msg *m, const char *address, const char *const *optin, size_t n)
{
    struct bmi_sys *s = m->system;
    char asked[LINE * 2];
    size_t len = (size_t)snprintf(asked, LINE, "%s", address);
    for (size_t i = 0; i < n && len < LINE; i++) {
        len += (size_t)snprintf(asked + len, LINE, " optin=%s", optin[i]);
    }
    bmi_status status = act(s, "rcpt", asked, strlen(asked));
    if (!status.fatal && n > 0 && s->optin_type != 0) {
        status = (bmi_status){0, s->optin_location, s->optin_type};
        n = 0;
    }
    for (int i = 0; i < s->line_count; i++) {
        struct rule_line *r = &s->lines[i];
        if (fnmatch(r->glob, address, FNM_CASEFOLD) == 0 && has_optin(r->optin, optin, n) &&
            r->recipient_count < RECIPIENTS_MOST) {
            snprintf(r->recipients[r->recipient_count++], LINE, "%s", address);
            break;
        }
    }
    return status;
}

static bmi_status file_rcpt_end(bmi_msg *m)
{
    return act(m->system, "rcpt_end", "", 0);
}

static bmi_status file_header(bmi_msg *m, const void *at, size_t len)
{
    return act(m->system, "header", at, len);
}

static bmi_status file_header_end(bmi_msg *m)
{
    return act(m->system, "header_end", "", 0);
}

static bmi_status file_body(bmi_msg *m, const void *at, size_t len)
{
    return act(m->system, "body", at, len);
}

static bmi_status file_body_end(bmi_msg *m)
{
    return act(m->system, "body_end", "", 0);
}

static bmi_status file_finish(bmi_msg *m)
{
    return act(m->system, "finish", "", 0);
}

/* --- verdicts ----------------------------------------------------------------------------------- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *encoded(const char *text)
{
    size_t len = strlen(text);
    char *out = malloc(len / 3 * 4 + 8), *to = out;
    for (size_t i = 0; i < len; i += 3) {
        unsigned a = (unsigned char)text[i], b = i + 1 < len ? (unsigned char)text[i + 1] : 0;
        unsigned c = i + 2 < len ? (unsigned char)text[i + 2] : 0;
        *to++ = digits[a >> 2];
        *to++ = digits[(a & 3) << 4 | b >> 4];
        *to++ = i + 1 < len ? digits[(b & 15) << 2 | c >> 6] : '=';
        *to++ = i + 2 < len ? digits[c & 63] : '=';
    }
    *to = '\0';
    return out;
}

static void decoded(const char *base64, size_t length, char *out, size_t room)
{
    unsigned bits = 0, count = 0;
    size_t used = 0;
    for (size_t i = 0; i < length && base64[i] != '=' && used + 1 < room; i++) {
        const char *digit = strchr(digits, base64[i]);
        bits = bits << 6 | (unsigned)(digit != NULL ? digit - digits : 0);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[used++] = (char)(bits >> count & 255);
        }
    }
    out[used] = '\0';
}

static int file_verdict(bmi_msg *m, size_t i, char **base64)
{
    static const char no_base64[] = "what:is this\n";
    char text[LINE * 4] = "";
    size_t len = 0;
    (void)act(m->system, "verdict", "", 0);
    for (int n = 0; n < m->system->line_count; n++) {
        const struct rule_line *r = &m->system->lines[n];
        if (r->recipient_count == 0 || i-- > 0) {
            continue;
        }
        for (int k = 0; k < r->recipient_count && len < LINE * 3; k++) {
            len += (size_t)snprintf(text + len, LINE, "R %s\n", r->recipients[k]);
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "W %s\n", r->what);
        if (r->rules[0] != '\0') {
            len += (size_t)snprintf(text + len, sizeof text - len, "F %s\n", r->rules);
        }
        if (r->has_alt) {
            len += (size_t)snprintf(text + len, sizeof text - len, "A %s\n", r->alt);
        }
        *base64 = m->system->nonsense ? strdup(no_base64) : encoded(text);
        return 1;
    }
    return 0;
}

static void word_take(bmi_verdict_text *v, const char *word)
{
    if (strcmp(word, "crash") == 0) {
        raise(SIGSEGV);
    }
    while (strcmp(word, "hang") == 0) {
        pause();
    }
    v->by_default = strcmp(word, "default") == 0;
    v->error = strcmp(word, "error") == 0;
}

static bmi_status file_parse(void *self, const char *base64, size_t length, bmi_verdict_text **verdict)
{
    bmi_verdict_text *v = calloc(1, sizeof *v);
    char lines[sizeof v->text];
    (void)self;
    decoded(base64, length, v->text, sizeof v->text);
    memcpy(lines, v->text, sizeof lines);
    *verdict = v;
    for (char *save, *l = strtok_r(lines, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save)) {
        if (strcmp(l, "W unreadable") == 0) {
            free(v);
            return (bmi_status){1, 7, 8};
        }
        if (l[0] == 'R' && v->recipient_count < RECIPIENTS_MOST) {
            snprintf(v->recipients[v->recipient_count++], LINE, "%s", l + 2);
        } else if (l[0] == 'W') {
            word_take(v, l + 2);
        } else if (l[0] == 'A') {
            v->has_alt = 1;
            snprintf(v->destination, sizeof v->destination, "%s", l + 2);
        }
    }
    return (bmi_status){v->recipient_count == 0, 5, 6};
}

static void file_vfree(bmi_verdict_text *v)
{
    free(v);
}

static int file_v_error(const bmi_verdict_text *v)
{
    return v->error;
}

static int file_v_default(const bmi_verdict_text *v)
{
    return v->by_default;
}

static const char *file_v_destination(const bmi_verdict_text *v)
{
    return v->has_alt ? v->destination : NULL;
}

static const char *file_v_rcpt(const bmi_verdict_text *v, size_t i)
{
    return i < (size_t)v->recipient_count ? v->recipients[i] : NULL;
}

static int file_v_rule(const bmi_verdict_text *v, int number)
{
    const char *fired = strstr(v->text, "\nF ");
    for (fired = fired != NULL ? fired + 3 : ""; isdigit((unsigned char)*fired);) {
        char *end;
        if (strtol(fired, &end, 10) == number) {
            return 1;
        }
        fired = *end == ',' ? end + 1 : "";
    }
    return 0;
}

static bmi_status file_v_tracker(const bmi_verdict_text *v, char **base64)
{
    const char *fired = strstr(v->text, "\nF ");
    char text[LINE] = "";
    if (fired != NULL) {
        snprintf(text, sizeof text, "%.*s", (int)strcspn(fired + 1, "\n"), fired + 1);
    }
    *base64 = encoded(text);
    return (bmi_status){0, 0, 0};
}

static void file_strfree(void *self, char *text)
{
    (void)self;
    free(text);
}

#ifdef CLIENT_HIDDEN
__attribute__((unused)) static
#else
extern const struct bmi_client_v1 bmi_client_v1;
#endif
const struct bmi_client_v1 bmi_client_v1 = {
    BMI_CLIENT_ABI, NULL, file_open, file_close, file_begin, file_end, file_connection, file_from,
    file_rcpt, file_rcpt_end, file_header, file_header_end, file_body, file_body_end,
#ifdef CLIENT_LACKS
    0 ? file_finish : NULL,
#else
    file_finish,
#endif
    file_verdict, file_parse, file_vfree, file_v_error, file_v_default, file_v_destination,
    file_v_rcpt, file_v_rule, file_v_tracker, file_strfree};

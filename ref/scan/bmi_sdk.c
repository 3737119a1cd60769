/* The vendor's client library by its own names. Its header is not to be had: of its functions only the
   order of the arguments is known, from the programs that called them.
   docs/adr/0252-a-library-in-a-process.md says what is taken for granted: an error is no more than two
   words, handles are pointers, and the version that bmiInitSystem() wants is the one below; who has the
   header puts its BMI_VERSION there. */
#include "ref/scan/bmi_library.h"

#include "base/buf.h"

#include <dlfcn.h>
#include <stddef.h>

#define SDK_VERSION 0L
#define SDK_TRUE 1

/* Returned and passed in registers whatever it is, as long as it is not larger. */
typedef struct sdk_error {
    long a, b;
} sdk_error;

typedef sdk_error sdk_handle_out(void *, void **);
typedef sdk_error sdk_text_in(const char *, void *);
typedef sdk_error sdk_octets_in(const char *, long, void *);
typedef sdk_error sdk_handle(void *);
typedef void sdk_free(void *);

struct sdk {
    sdk_error (*init_system)(long version, const char *config, void **system);
    sdk_free *free_system;
    sdk_handle_out *init_message;
    sdk_free *free_message;
    sdk_text_in *connection, *from;
    sdk_error (*optin_init)(void **optin);
    sdk_error (*optin_set)(void *optin, const char *text, char separator);
    sdk_free *optin_free;
    sdk_error (*to)(const char *address, void *optin, void *message);
    sdk_handle *end_to;
    sdk_octets_in *headers;
    sdk_handle *end_headers;
    sdk_octets_in *body;
    sdk_handle *end_body, *end_message;
    sdk_handle_out *first_verdict;
    sdk_error (*next_verdict)(void *message, void *verdict, void **next);
    sdk_error (*to_text)(void *verdict, char **text);
    sdk_error (*to_old_text)(void *verdict, char **text);
    sdk_error (*of_text)(const char *text, void **verdict);
    void (*free_text)(char *text);
    sdk_free *free_verdict;
    int (*verdict_error)(void *verdict);
    int (*is_default)(void *verdict);
    const char *(*destination)(void *verdict);
    void *(*first_recipient)(void *verdict);
    void *(*next_recipient)(void *verdict, void *recipient);
    const char *(*recipient_address)(void *recipient);
    int (*rule_fired)(void *verdict, int number);
    int (*is_fatal)(sdk_error e);
    int (*location)(sdk_error e);
    int (*type)(sdk_error e);
    struct arena *arena;   /* handles live here: the process is short */
};

static const struct {
    const char *name;
    size_t offset;
} names[] = {
    {"bmiInitSystem", offsetof(struct sdk, init_system)},
    {"bmiFreeSystem", offsetof(struct sdk, free_system)},
    {"bmiInitMessage", offsetof(struct sdk, init_message)},
    {"bmiFreeMessage", offsetof(struct sdk, free_message)},
    {"bmiProcessConnection", offsetof(struct sdk, connection)},
    {"bmiProcessFROM", offsetof(struct sdk, from)},
    {"bmiOptinInit", offsetof(struct sdk, optin_init)},
    {"bmiOptinMset", offsetof(struct sdk, optin_set)},
    {"bmiOptinFree", offsetof(struct sdk, optin_free)},
    {"bmiAccumulateTO", offsetof(struct sdk, to)},
    {"bmiEndTO", offsetof(struct sdk, end_to)},
    {"bmiAccumulateHeaders", offsetof(struct sdk, headers)},
    {"bmiEndHeaders", offsetof(struct sdk, end_headers)},
    {"bmiAccumulateBody", offsetof(struct sdk, body)},
    {"bmiEndBody", offsetof(struct sdk, end_body)},
    {"bmiEndMessage", offsetof(struct sdk, end_message)},
    {"bmiAccessFirstVerdict", offsetof(struct sdk, first_verdict)},
    {"bmiAccessNextVerdict", offsetof(struct sdk, next_verdict)},
    {"bmiCreateStrFromVerdict", offsetof(struct sdk, to_text)},
    {"bmiCreateOldStrFromVerdict", offsetof(struct sdk, to_old_text)},
    {"bmiCreateVerdictFromStr", offsetof(struct sdk, of_text)},
    {"bmiFreeStr", offsetof(struct sdk, free_text)},
    {"bmiFreeVerdict", offsetof(struct sdk, free_verdict)},
    {"bmiVerdictError", offsetof(struct sdk, verdict_error)},
    {"bmiVerdictDestinationIsDefault", offsetof(struct sdk, is_default)},
    {"bmiVerdictAccessDestination", offsetof(struct sdk, destination)},
    {"bmiVerdictAccessFirstRecipient", offsetof(struct sdk, first_recipient)},
    {"bmiVerdictAccessNextRecipient", offsetof(struct sdk, next_recipient)},
    {"bmiRecipientAccessAddress", offsetof(struct sdk, recipient_address)},
    {"bmiVerdictRuleFired", offsetof(struct sdk, rule_fired)},
    {"bmiErrorIsFatal", offsetof(struct sdk, is_fatal)},
    {"bmiErrorGetLocation", offsetof(struct sdk, location)},
    {"bmiErrorGetType", offsetof(struct sdk, type)},
};
enum { NAMES = sizeof names / sizeof *names };

/* --- handles: the vendor's, and where its functions are ----------------------------------------- */

struct bmi_sys {
    const struct sdk *sdk;
    void *handle;
};
struct bmi_msg {
    const struct sdk *sdk;
    void *handle, *verdict;
};
struct bmi_verdict_text {
    const struct sdk *sdk;
    void *handle;
};

static bmi_status status_of(const struct sdk *sdk, sdk_error e)
{
    bool fatal = sdk->is_fatal(e) == SDK_TRUE;
    return (bmi_status){fatal, fatal ? sdk->location(e) : 0, fatal ? sdk->type(e) : 0};
}

/* --- a message ---------------------------------------------------------------------------------- */

static bmi_status sdk_open(void *self, const char *config, bmi_sys **system)
{
    const struct sdk *sdk = self;
    *system = ARENA_NEW(sdk->arena, bmi_sys);
    (*system)->sdk = sdk;
    return status_of(sdk, sdk->init_system(SDK_VERSION, config, &(*system)->handle));
}

static void sdk_close(bmi_sys *system)
{
    system->sdk->free_system(system->handle);
}

static bmi_status sdk_begin(bmi_sys *system, bmi_msg **message)
{
    const struct sdk *sdk = system->sdk;
    *message = ARENA_NEW(sdk->arena, bmi_msg);
    (*message)->sdk = sdk;
    return status_of(sdk, sdk->init_message(system->handle, &(*message)->handle));
}

static void sdk_end(bmi_msg *m)
{
    m->sdk->free_message(m->handle);
}

static bmi_status sdk_connection(bmi_msg *m, const char *ip)
{
    return status_of(m->sdk, m->sdk->connection(ip, m->handle));
}

static bmi_status sdk_from(bmi_msg *m, const char *sender)
{
    return status_of(m->sdk, m->sdk->from(sender, m->handle));
}

/* NULL: they were not taken, and *why says so without being fatal. */
static void *optin_make(const struct sdk *sdk, const char *const *strings, size_t n, bmi_status *why)
{
    struct buf all;
    void *optin = NULL;
    buf_init(&all, 65536);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&all, "%s%s", i > 0 ? ":" : "", strings[i]);
    }
    const char *text = buf_settle_text(&all, sdk->arena);
    bmi_status s = status_of(sdk, sdk->optin_init(&optin));
    if (!s.fatal) {
        s = status_of(sdk, sdk->optin_set(optin, text, ':'));
    }
    if (s.fatal) {
        *why = (bmi_status){0, s.location, s.type};
        sdk->optin_free(optin);
        return NULL;
    }
    return optin;
}

static bmi_status sdk_rcpt(bmi_msg *m, const char *address, const char *const *strings, size_t n)
{
    bmi_status dropped = {0, 0, 0};
    void *optin = n > 0 ? optin_make(m->sdk, strings, n, &dropped) : NULL;
    bmi_status s = status_of(m->sdk, m->sdk->to(address, optin, m->handle));
    if (optin != NULL) {
        m->sdk->optin_free(optin);
    }
    return s.fatal ? s : dropped;
}

static bmi_status sdk_rcpt_end(bmi_msg *m)
{
    return status_of(m->sdk, m->sdk->end_to(m->handle));
}

static bmi_status sdk_header(bmi_msg *m, const void *at, size_t len)
{
    return status_of(m->sdk, m->sdk->headers(at, (long)len, m->handle));
}

static bmi_status sdk_header_end(bmi_msg *m)
{
    return status_of(m->sdk, m->sdk->end_headers(m->handle));
}

static bmi_status sdk_body(bmi_msg *m, const void *at, size_t len)
{
    return status_of(m->sdk, m->sdk->body(at, (long)len, m->handle));
}

static bmi_status sdk_body_end(bmi_msg *m)
{
    return status_of(m->sdk, m->sdk->end_body(m->handle));
}

static bmi_status sdk_finish(bmi_msg *m)
{
    return status_of(m->sdk, m->sdk->end_message(m->handle));
}

/* Asked for in order, from 0. */
static int sdk_verdict(bmi_msg *m, size_t i, char **base64)
{
    void *next = NULL;
    sdk_error e = i == 0 ? m->sdk->first_verdict(m->handle, &next)
                         : m->sdk->next_verdict(m->handle, m->verdict, &next);
    m->verdict = next;
    return next != NULL && !status_of(m->sdk, e).fatal &&
           !status_of(m->sdk, m->sdk->to_text(next, base64)).fatal;
}

/* --- a verdict ---------------------------------------------------------------------------------- */

static bmi_status sdk_parse(void *self, const char *base64, size_t length, bmi_verdict_text **v)
{
    const struct sdk *sdk = self;
    *v = ARENA_NEW(sdk->arena, bmi_verdict_text);
    (*v)->sdk = sdk;
    return status_of(sdk, sdk->of_text(arena_text(sdk->arena, span_of(base64, length)),
                                       &(*v)->handle));
}

static void sdk_vfree(bmi_verdict_text *v)
{
    v->sdk->free_verdict(v->handle);
}

static int sdk_v_error(const bmi_verdict_text *v)
{
    return v->sdk->verdict_error(v->handle) == SDK_TRUE;
}

static int sdk_v_default(const bmi_verdict_text *v)
{
    return v->sdk->is_default(v->handle) == SDK_TRUE;
}

static const char *sdk_v_destination(const bmi_verdict_text *v)
{
    return v->sdk->destination(v->handle);
}

static const char *sdk_v_rcpt(const bmi_verdict_text *v, size_t i)
{
    void *recipient = v->sdk->first_recipient(v->handle);
    for (; recipient != NULL && i > 0; i--) {
        recipient = v->sdk->next_recipient(v->handle, recipient);
    }
    return recipient != NULL ? v->sdk->recipient_address(recipient) : NULL;
}

static int sdk_v_rule(const bmi_verdict_text *v, int number)
{
    return v->sdk->rule_fired(v->handle, number) == SDK_TRUE;
}

static bmi_status sdk_v_tracker(const bmi_verdict_text *v, char **base64)
{
    return status_of(v->sdk, v->sdk->to_old_text(v->handle, base64));
}

static void sdk_strfree(void *self, char *text)
{
    const struct sdk *sdk = self;
    sdk->free_text(text);
}

err bmi_sdk_find(void *handle, struct arena *arena, const struct bmi_client_v1 **client)
{
    struct sdk *sdk = ARENA_NEW(arena, struct sdk);
    const char *missing = NULL;
    size_t found = 0;
    sdk->arena = arena;
    for (size_t i = 0; i < NAMES; i++) {
        void *at = dlsym(handle, names[i].name);
        /* POSIX has dlsym() give functions as objects, and nothing but copying makes them functions. */
        memcpy((char *)sdk + names[i].offset, &at, sizeof at);
        found += at != NULL ? 1 : 0;
        missing = at == NULL && missing == NULL ? names[i].name : missing;
    }
    if (found == 0) {
        return OK;
    }
    if (missing != NULL) {
        return err_of(ERR_SYNTAX, arena_printf(arena, "the client library lacks %s", missing));
    }
    struct bmi_client_v1 *table = ARENA_NEW(arena, struct bmi_client_v1);
    *table = (struct bmi_client_v1){
        .abi = BMI_CLIENT_ABI, .self = sdk, .open = sdk_open, .close = sdk_close,
        .begin = sdk_begin, .end = sdk_end, .connection = sdk_connection, .from = sdk_from,
        .rcpt = sdk_rcpt, .rcpt_end = sdk_rcpt_end, .header = sdk_header,
        .header_end = sdk_header_end, .body = sdk_body, .body_end = sdk_body_end,
        .finish = sdk_finish, .verdict = sdk_verdict, .parse = sdk_parse, .vfree = sdk_vfree,
        .v_error = sdk_v_error, .v_default = sdk_v_default, .v_destination = sdk_v_destination,
        .v_rcpt = sdk_v_rcpt, .v_rule = sdk_v_rule, .v_tracker = sdk_v_tracker,
        .strfree = sdk_strfree};
    *client = table;
    return OK;
}

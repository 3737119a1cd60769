/* The same client by the names of the vendor's library, as far as they are known: what refmta has for
   them is tried on it. SDK_LACKS leaves one of them out. */
#define CLIENT_HIDDEN
#include "client.c"

typedef struct sdk_error {
    int fatal, location, type;
} BmiError;

struct message {
    bmi_msg *m;
    size_t next;
    char *text;
};

static BmiError error_of(bmi_status s)
{
    return (BmiError){s.fatal, s.location, s.type};
}

BmiError bmiInitSystem(long version, const char *config, void **system)
{
    bmi_sys *s = NULL;
    BmiError e = error_of(file_open(NULL, config, &s));
    (void)version;
    *system = s;
    return e;
}

void bmiFreeSystem(void *system)
{
    file_close(system);
}

BmiError bmiInitMessage(void *system, void **message)
{
    struct message *m = calloc(1, sizeof *m);
    *message = m;
    return error_of(file_begin(system, &m->m));
}

void bmiFreeMessage(void *message)
{
    struct message *m = message;
    file_end(m->m);
    free(m->text);
    free(m);
}

#define MESSAGE ((struct message *)message)->m

BmiError bmiProcessConnection(const char *ip, void *message)
{
    return error_of(file_connection(MESSAGE, ip));
}

BmiError bmiProcessFROM(const char *sender, void *message)
{
    return error_of(file_from(MESSAGE, sender));
}

BmiError bmiOptinInit(void **optin)
{
    *optin = calloc(1, LINE);
    return (BmiError){0, 0, 0};
}

BmiError bmiOptinMset(void *optin, const char *text, char separator)
{
    if (separator != ':' || strstr(text, "refused") != NULL) {
        return (BmiError){1, 3, 4};
    }
    snprintf(optin, LINE, "%s", text);
    return (BmiError){0, 0, 0};
}

void bmiOptinFree(void *optin)
{
    free(optin);
}

BmiError bmiAccumulateTO(const char *address, void *optin, void *message)
{
    const char *strings[] = {optin};
    return error_of(file_rcpt(MESSAGE, address, strings, optin != NULL ? 1 : 0));
}

BmiError bmiEndTO(void *message)
{
    return error_of(file_rcpt_end(MESSAGE));
}

BmiError bmiAccumulateHeaders(const char *at, long len, void *message)
{
    return error_of(file_header(MESSAGE, at, (size_t)len));
}

BmiError bmiEndHeaders(void *message)
{
    return error_of(file_header_end(MESSAGE));
}

BmiError bmiAccumulateBody(const char *at, long len, void *message)
{
    return error_of(file_body(MESSAGE, at, (size_t)len));
}

BmiError bmiEndBody(void *message)
{
    return error_of(file_body_end(MESSAGE));
}

BmiError bmiEndMessage(void *message)
{
    return error_of(file_finish(MESSAGE));
}

/* A verdict of a message is its text here. */
BmiError bmiAccessNextVerdict(void *message, void *verdict, void **next)
{
    struct message *m = message;
    (void)verdict;
    free(m->text);
    m->text = NULL;
    *next = file_verdict(m->m, m->next, &m->text) ? m->text : NULL;
    m->next++;
    return (BmiError){0, 0, 0};
}

BmiError bmiAccessFirstVerdict(void *message, void **verdict)
{
    ((struct message *)message)->next = 0;
    return bmiAccessNextVerdict(message, NULL, verdict);
}

BmiError bmiCreateStrFromVerdict(void *verdict, char **text)
{
    *text = strdup(verdict);
    return (BmiError){0, 0, 0};
}

BmiError bmiCreateOldStrFromVerdict(void *verdict, char **text)
{
    return error_of(file_v_tracker(verdict, text));
}

BmiError bmiCreateVerdictFromStr(const char *text, void **verdict)
{
    bmi_verdict_text *v = NULL;
    BmiError e = error_of(file_parse(NULL, text, strlen(text), &v));
    *verdict = v;
    return e;
}

void bmiFreeStr(char *text)
{
    free(text);
}

void bmiFreeVerdict(void *verdict)
{
    file_vfree(verdict);
}

int bmiVerdictError(void *verdict)
{
    return file_v_error(verdict);
}

int bmiVerdictDestinationIsDefault(void *verdict)
{
    return file_v_default(verdict);
}

const char *bmiVerdictAccessDestination(void *verdict)
{
    return file_v_destination(verdict);
}

/* A recipient is its text here. */
void *bmiVerdictAccessFirstRecipient(void *verdict)
{
    bmi_verdict_text *v = verdict;
    return v->recipient_count > 0 ? v->recipients[0] : NULL;
}

void *bmiVerdictAccessNextRecipient(void *verdict, void *recipient)
{
    bmi_verdict_text *v = verdict;
    int at = (int)(((char *)recipient - v->recipients[0]) / LINE) + 1;
    return at < v->recipient_count ? v->recipients[at] : NULL;
}

const char *bmiRecipientAccessAddress(void *recipient)
{
    return recipient;
}

int bmiVerdictRuleFired(void *verdict, int number)
{
    return file_v_rule(verdict, number);
}

int bmiErrorIsFatal(BmiError e)
{
    return e.fatal;
}

int bmiErrorGetLocation(BmiError e)
{
    return e.location;
}

#ifndef SDK_LACKS
int bmiErrorGetType(BmiError e)
{
    return e.type;
}
#endif

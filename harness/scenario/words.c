/* Words that scenarios share with other rooms: what targets can do, what they advertise, which logs
   there are. Closed, so that a misspelt one is a mistake and not a case that is skipped for ever. */
#include "harness/scenario/directives.h"

const struct word need_words[] = {
    {"8bitmime", "takes 8-bit bodies (RFC 6152)"},
    {"arc", "judges and seals ARC chains"},
    {"auth", "SMTP AUTH"},
    {"binarymime", "BINARYMIME (RFC 3030)"},
    {"bmi", "asks Brightmail"},
    {"chunking", "BDAT (RFC 3030)"},
    {"client-early", "sends early to servers that offer it"},
    {"client-pipelining", "sends groups to servers that offer PIPELINING"},
    {"client-tickets", "resumes TLS sessions as a client"},
    {"clock", "its clock can be moved"},
    {"config-exim", "takes a configuration in Exim's language"},
    {"dcc", "asks dccifd"},
    {"dkim", "verifies and signs DKIM"},
    {"dmarc", "evaluates DMARC"},
    {"dsn", "delivery status notifications (RFC 3461)"},
    {"dsn-info", "bounces carry what the remote said"},
    {"early", "takes commands before its banner"},
    {"enhancedstatuscodes", "enhanced status codes (RFC 2034)"},
    {"kill", "may be killed and started again"},
    {"lmdb", "looks keys up in LMDB files"},
    {"lmtp", "listens for LMTP"},
    {"pipelining", "PIPELINING (RFC 2920)"},
    {"queuefile", "copies spool pairs out"},
    {"reload", "reads its configuration again"},
    {"requiretls", "REQUIRETLS (RFC 8689)"},
    {"restart", "may be stopped and started on the same files"},
    {"size", "SIZE (RFC 1870)"},
    {"smtputf8", "internationalised addresses (RFC 6531)"},
    {"spf", "evaluates SPF"},
    {"srs", "rewrites senders"},
    {"srs-alt", "rewrites senders by options, in libsrs_alt's way"},
    {"starttls", "STARTTLS (RFC 3207)"},
    {"strict", "takes the strictest reading where the RFC leaves a choice"},
    {"submission", "listens for submission"},
    {"submit", "takes mail locally"},
    {"tickets", "resumes TLS sessions"},
    {"ticks", "its clock goes on by itself"},
    {"tls-on-connect", "listens for TLS from the first octet"},
    {"tls1.2", "TLS 1.2"},
    {"tls1.3", "TLS 1.3"},
};
const size_t need_word_count = sizeof need_words / sizeof *need_words;

const struct word feature_words[] = {
    {"8bitmime", "8BITMIME"},
    {"auth", "AUTH"},
    {"chunking", "CHUNKING"},
    {"dsn", "DSN"},
    {"early", "the keyword of early pipelining"},
    {"pipelining", "PIPELINING"},
    {"requiretls", "REQUIRETLS"},
    {"size", "SIZE"},
    {"smtputf8", "SMTPUTF8"},
    {"starttls", "STARTTLS"},
    {"tickets", "TLS session tickets"},
};
const size_t feature_word_count = sizeof feature_words / sizeof *feature_words;

const struct word log_words[] = {
    {"exim-main", "Exim's main log"},     {"exim-panic", "Exim's panic log"},
    {"exim-reject", "Exim's reject log"}, {"opensmtpd", "OpenSMTPD's log"},
    {"postfix-main", "Postfix's log"},    {"sendmail", "sendmail's log"},
};
const size_t log_word_count = sizeof log_words / sizeof *log_words;

const char *const tls_versions[] = {"1.0", "1.1", "1.2", "1.3", NULL};

bool words_have(const char *const *values, const char *value)
{
    while (*values != NULL && strcmp(*values, value) != 0) {
        values++;
    }
    return *values != NULL;
}

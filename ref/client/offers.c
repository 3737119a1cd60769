/* The keywords that this client makes use of, a row each. What is not in the table changes nothing,
   as RFC 5321 2.2.1 wants of keywords that nobody knows. */
#include "ref/client/offers.h"

static const struct {
    const char *keyword;
    enum client_offer bit;
} rows[] = {
    {"8BITMIME", CLIENT_OFFERS_8BITMIME},
    {"AUTH", CLIENT_OFFERS_AUTH},
    {"CHUNKING", CLIENT_OFFERS_CHUNKING},
    {"DSN", CLIENT_OFFERS_DSN},
    {"PIPELINING", CLIENT_OFFERS_PIPELINING},
    {"REQUIRETLS", CLIENT_OFFERS_REQUIRETLS},
    {"SIZE", CLIENT_OFFERS_SIZE},
    {"SMTPUTF8", CLIENT_OFFERS_SMTPUTF8},
    {"STARTTLS", CLIENT_OFFERS_TLS},
};

static void keyword_read(span keyword, span parameters, struct client_offers *offers)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_eq_caseless(keyword, span_text(rows[i].keyword))) {
            offers->bits |= (unsigned)rows[i].bit;
            if (rows[i].bit == CLIENT_OFFERS_SIZE &&
                !span_to_u64(span_trim(parameters), &offers->size)) {
                offers->size = 0;
            }
            if (rows[i].bit == CLIENT_OFFERS_AUTH) {
                offers->mechanisms = span_trim(parameters);
            }
        }
    }
}

void client_offers_read(const struct client_reply *hello, struct client_offers *offers)
{
    *offers = (struct client_offers){.mechanisms = SPAN_EMPTY};
    span text = hello->text, keyword, parameters;
    (void)client_reply_line(&text, &keyword); /* the server's name */
    while (client_reply_line(&text, &keyword)) {
        (void)span_split(keyword, ' ', &keyword, &parameters);
        keyword_read(keyword, parameters, offers);
    }
}

bool client_offers_keyword(const struct client_reply *hello, span keyword)
{
    span text = hello->text, line, parameters;
    (void)client_reply_line(&text, &line);
    while (client_reply_line(&text, &line)) {
        (void)span_split(line, ' ', &line, &parameters);
        if (span_eq_caseless(line, keyword)) {
            return true;
        }
    }
    return false;
}

bool client_offers_mechanism(const struct client_offers *offers, span mechanism)
{
    span rest = offers->mechanisms, word;
    while (rest.len > 0) {
        (void)span_split(rest, ' ', &word, &rest);
        if (span_eq_caseless(word, mechanism)) {
            return true;
        }
    }
    return false;
}

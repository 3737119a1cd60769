/* The keywords that this client makes use of, a row each. What is not in the table changes nothing,
   as RFC 5321 2.2.1 wants of keywords that nobody knows. */
#include "ref/client/offers.h"

static const struct {
    span keyword;
    enum client_offer bit;
} rows[] = {
#define ROW(text, bit) {{(const unsigned char *)(text), sizeof(text) - 1}, bit}
    ROW("8BITMIME", CLIENT_OFFERS_8BITMIME),
    ROW("AUTH", CLIENT_OFFERS_AUTH),
    ROW("CHUNKING", CLIENT_OFFERS_CHUNKING),
    ROW("DSN", CLIENT_OFFERS_DSN),
    ROW("PIPELINING", CLIENT_OFFERS_PIPELINING),
    ROW("REQUIRETLS", CLIENT_OFFERS_REQUIRETLS),
    ROW("SIZE", CLIENT_OFFERS_SIZE),
    ROW("SMTPUTF8", CLIENT_OFFERS_SMTPUTF8),
    ROW("STARTTLS", CLIENT_OFFERS_TLS),
#undef ROW
};

static void keyword_read(span keyword, span parameters, struct client_offers *offers)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (span_eq_caseless(keyword, rows[i].keyword)) {
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
    span text = hello->text, line;
    (void)client_reply_line(&text, &line); /* the server's name */
    while (client_reply_line(&text, &line)) {
        span keyword, parameters;
        (void)span_split(line, ' ', &keyword, &parameters);
        keyword_read(keyword, parameters, offers);
    }
}

bool client_offers_keyword(const struct client_reply *hello, span keyword)
{
    span text = hello->text, line;
    (void)client_reply_line(&text, &line);
    while (client_reply_line(&text, &line)) {
        span word, parameters;
        (void)span_split(line, ' ', &word, &parameters);
        if (span_eq_caseless(word, keyword)) {
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

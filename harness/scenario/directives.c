/* TABLE of statements. Sorted by strcmp, so capitals and signs come before the lower-case words. */
#include "harness/scenario/directives.h"

#include "base/rows.h"

const struct directive directives[] = {
    {"--", ZONE_PLAY, false, step_break, "--",
     "a new write or TLS record within the judge's flight"},
    {"===", ZONE_SECTIONS, false, NULL, "=== KIND NAME key=value ...", "a section begins"},
    {"C!", ZONE_PLAY, false, step_event, "C! eof|rst|shut|silence SPAN",
     "an event on the client's side"},
    {"C:", ZONE_PLAY, false, step_client_line, "C: TEXT", "a line of the client"},
    {"C<.", ZONE_PLAY, false, step_mail, "C<. MESSAGE",
     "a message as mail data, dot-stuffed and ended"},
    {"C<=", ZONE_PLAY, false, step_octets, "C<= MESSAGE", "a message's octets as they are"},
    {"C|", ZONE_PLAY, false, step_bytes, "C| \"BYTES\" * N ...", "octets of the client"},
    {"S!", ZONE_PLAY, false, step_event, "S! eof|rst|shut", "an event on the server's side"},
    {"S:", ZONE_PLAY, false, step_server_line, "S: REPLY, REPLY ...", "replies of the server"},
    {"S|", ZONE_PLAY, false, step_bytes, "S| \"BYTES\" * N ...", "octets of the server"},
    {"TLS:", ZONE_PLAY, false, step_tls, "TLS: full|resume|fail|try NAME=VALUE ...", "a TLS handshake"},
    {"[", ZONE_PLAY, false, play_conn, "[NAME N] after NAME N", "lines of that connection follow"},
    {"^", ZONE_NOTES, false, play_note, "^ req|name|because|masked ...", "about the line above"},
    {"actor", ZONE_HEADER, false, header_actor,
     "actor NAME client -> sut:PORT | server at ENDPOINT", "who plays"},
    {"do", ZONE_PLAY, false, step_do, "do VERB ...", "something is done to the target"},
    {"either", ZONE_PLAY, false, play_either, "either LABEL", "alternatives begin"},
    {"end", ZONE_PLAY, false, play_end, "end", "alternatives end"},
    {"expect", ZONE_CLAIMS, false, expect_line, "expect [when LABEL|...] ...",
     "what must hold at the end"},
    {"need", ZONE_HEADER, false, header_need, "need CAPABILITY ...",
     "what the target must be able to"},
    {"or", ZONE_PLAY, false, play_or, "or LABEL [!fail]", "the next alternative"},
    {"req", ZONE_HEADER, false, header_req, "req CLAUSE ...", "the clauses that the case shows"},
    {"reversible", ZONE_HEADER, false, header_reversible, "reversible",
     "may be run from both sides"},
    {"scenario", ZONE_HEADER, false, header_scenario, "scenario TITLE", "the claim, in a sentence"},
    {"set", ZONE_HEADER, false, header_set, "set KEY = VALUE", "an abstract option of the target"},
    {"source", ZONE_HEADER, false, header_source, "source RFCn ...|SEED ...|seen in ...",
     "where the demanded bytes come from"},
    {"use", ZONE_PLAY, true, play_use, "use FILE NAME=VALUE ... [as NAME]", "takes a snippet in"},
    {"vary", ZONE_HEADER, false, header_vary, "vary NAME ... = VALUE ...",
     "one case for each combination"},
    {"~~", ZONE_PLAY, false, step_cross, "~~", "nobody waits across this line"},
};
const size_t directive_count = sizeof directives / sizeof *directives;

span directives_word(span text)
{
    if (text.len > 0 && text.at[0] == '[') {
        return span_first(text, 1);
    }
    size_t len = 0;
    while (len < text.len && !ascii_is_blank(text.at[len])) {
        len++;
    }
    return span_first(text, len);
}

const struct directive *directives_find(span text)
{
    return ROWS_FIND(directives, directives_word(text));
}

const char *directives_suggest(span word)
{
    return ROWS_SUGGEST(directives, word);
}

const char *directives_glued(span word)
{
    for (size_t i = 0; i < directive_count; i++) {
        span name = span_text(directives[i].name);
        if (!ascii_is_alpha(name.at[name.len - 1]) && span_starts(word, name)) {
            return directives[i].name;
        }
    }
    return NULL;
}

/* The statements of the language: one row and one function for each word. A word is added by adding
   its row in directives.c and its function where its kind lives. */
#ifndef HARNESS_SCENARIO_DIRECTIVES_H
#define HARNESS_SCENARIO_DIRECTIVES_H

#include "harness/scenario/lex.h"

enum zone { ZONE_HEADER, ZONE_PLAY, ZONE_CLAIMS, ZONE_SECTIONS, ZONE_NOTES };

struct directive {
    const char *name;
    enum zone zone;
    bool in_header; /* may stand in the header too */
    void (*read)(struct reading *r, struct lex *lx); /* behind the word */
    const char *syntax;
    const char *doc;
};

extern const struct directive directives[];
extern const size_t directive_count;

/* The first word of a statement: `[` is one by itself. */
span directives_word(span text);
/* The row of the statement that text (without indent) begins with, or NULL. */
const struct directive *directives_find(span text);
const char *directives_suggest(span word);
/* "C:" for `C:EHLO`, where the blank is missing; else NULL. */
const char *directives_glued(span word);

/* read_header.c */
void header_scenario(struct reading *r, struct lex *lx);
void header_source(struct reading *r, struct lex *lx);
void header_req(struct reading *r, struct lex *lx);
void header_need(struct reading *r, struct lex *lx);
void header_set(struct reading *r, struct lex *lx);
void header_vary(struct reading *r, struct lex *lx);
void header_actor(struct reading *r, struct lex *lx);
void header_reversible(struct reading *r, struct lex *lx);
void header_check(struct reading *r);
/* 1*(SP clause) to the end of the line. */
bool header_clauses(struct lex *lx, texts *reqs);

/* read_play.c */
void play_use(struct reading *r, struct lex *lx);
void play_conn(struct reading *r, struct lex *lx);
void play_either(struct reading *r, struct lex *lx);
void play_or(struct reading *r, struct lex *lx);
void play_end(struct reading *r, struct lex *lx);
void play_note(struct reading *r, struct lex *lx);
void play_finish(struct reading *r);
/* Adds a step of this kind to what is being read. */
struct step *play_add(struct lex *lx, enum step_kind kind, enum side side);
/* The option `proto` of the actor whose block is read; "smtp" when it has none. */
const char *play_proto(const struct reading *r);
/* The step before the one being read, or NULL. */
struct step *play_last(struct reading *r);

/* read_step.c: what stands in a line of the play */
void step_client_line(struct reading *r, struct lex *lx);
void step_server_line(struct reading *r, struct lex *lx);
void step_bytes(struct reading *r, struct lex *lx);
void step_mail(struct reading *r, struct lex *lx);
void step_octets(struct reading *r, struct lex *lx);
void step_event(struct reading *r, struct lex *lx);
void step_break(struct reading *r, struct lex *lx);
void step_cross(struct reading *r, struct lex *lx);
void step_tls(struct reading *r, struct lex *lx);
void step_do(struct reading *r, struct lex *lx);
/* True if there is a message of that name, which is used then; at: where the name stands. */
bool step_message(struct lex *lx, const char *name, size_t at);
/* Quoted texts with repetitions, to the end of the line. */
bool step_pieces(struct lex *lx, struct step *step);

/* read_reply.c */
void reply_line(struct reading *r, struct lex *lx);

/* read_expect.c */
void expect_line(struct reading *r, struct lex *lx);

/* words.c: closed vocabularies; first member is the name, sorted */
struct word {
    const char *name;
    const char *doc;
};
extern const struct word need_words[];
extern const size_t need_word_count;
extern const struct word feature_words[];
extern const size_t feature_word_count;
extern const struct word log_words[];
extern const size_t log_word_count;
/* Values that end with NULL. */
extern const char *const tls_versions[];
bool words_have(const char *const *values, const char *value);

#endif

/* How the text of a template becomes its tree: the parts of the reader, which is spread over
   template.c (text and what stands behind a dollar), read_item.c and read_condition.c. For this
   room only. Each function takes what it reads off the front; errors have Exim's words. */
#ifndef REF_EXPAND_READER_H
#define REF_EXPAND_READER_H

#include "base/vec.h"
#include "ref/expand/condition.h"
#include "ref/expand/items.h"
#include "ref/expand/operators.h"
#include "ref/expand/tree.h"

struct reader {
    span text;                /* the whole, in the arena */
    size_t pos;
    struct arena *arena;
    unsigned char *scratch;   /* room for text.len octets: text without its escapes */
    size_t scratch_used;
    unsigned depth;
    bool plain;               /* a dollar is an ordinary character: lists of match_* */
    bool loose_header;        /* a header name ended without a colon, on this level */
};

static inline int reader_peek(const struct reader *r)
{
    return r->pos < r->text.len ? r->text.at[r->pos] : -1;
}
span reader_rest(const struct reader *r);
void reader_skip_space(struct reader *r);
bool reader_take(struct reader *r, unsigned char octet);
/* Letters, digits and what `more` has. */
span reader_name(struct reader *r, const char *more);

/* A name, which is *name. True: it is a header's, and node is that header. */
bool reader_header(struct reader *r, struct node *node, span *name);
/* node is the variable of that name. False: there is none. */
bool reader_variable(span name, struct node *node);
/* Of a variable that is known: whether this server has it. */
err reader_variable_check(const struct reader *r, const struct node *node) MUST_CHECK;

/* ERR_SYNTAX at the position, with a text of the arena. */
err reader_error(const struct reader *r, const char *format, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* Behind an opening brace, up to and with the closing one. */
err reader_braced(struct reader *r, const struct template **out) MUST_CHECK;
/* The same, as one more of several. */
typedef VEC(const struct template *) string_list;
err reader_string(struct reader *r, string_list *strings) MUST_CHECK;
/* What stands behind the name of an item, up to and with the closing brace. */
err reader_item(struct reader *r, const struct item_row *row, struct item *item) MUST_CHECK;
err reader_condition(struct reader *r, const struct condition **out) MUST_CHECK;

#endif

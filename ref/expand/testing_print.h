/* A tree as text that reads back to the same tree: so tests ask what the reader understood, and the
   fuzz target whether it understood anything else. */
#ifndef REF_EXPAND_TESTING_PRINT_H
#define REF_EXPAND_TESTING_PRINT_H

#include "base/check.h"
#include "ref/expand/condition.h"
#include "ref/expand/items.h"
#include "ref/expand/operators.h"

static void put_template(const struct template *t, struct buf *out);

/* Whatever could mean something gets a backslash. */
static void put_text(span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.at[i];
        if (strchr("\\${}", c) && c) {
            buf_put_byte(out, '\\');
        }
        buf_put_byte(out, c);
    }
}

static void put_braced(const struct template *t, struct buf *out)
{
    buf_put_byte(out, '{');
    put_template(t, out);
    buf_put_byte(out, '}');
}

static const char *header_prefix(enum header_form form)
{
    switch (form) {
    case HEADER_DECODED:
        return "h_";
    case HEADER_RAW:
        return "rh_";
    case HEADER_BODY:
        return "bh_";
    case HEADER_LIST:
        return "lh_";
    case HEADER_FORM_COUNT:
        break;
    }
    return "";
}

static void put_condition(const struct condition *c, struct buf *out);

static void put_parts(const struct condition *c, struct buf *out)
{
    bool group = c->row->shape == CONDITION_ALL || c->row->shape == CONDITION_GROUP;
    if (group) {
        buf_put_byte(out, '{');
    }
    for (size_t i = 0; i < c->count; i++) {
        put_braced(c->args[i], out);
    }
    for (size_t i = 0; i < c->sub_count; i++) {
        buf_put_byte(out, '{');
        put_condition(c->subs[i], out);
        buf_put_byte(out, '}');
    }
    if (group) {
        buf_put_byte(out, '}');
    }
}

static void put_condition(const struct condition *c, struct buf *out)
{
    buf_put_text(out, c->negated ? "!" : "");
    buf_put_text(out, c->row->name);
    if (!c->defined) {
        put_parts(c, out);
        return;
    }
    buf_put_byte(out, ':');
    if (c->defined->kind == NODE_HEADER) {
        buf_put_text(out, header_prefix(c->defined->form));
        buf_put(out, c->defined->text);
        buf_put_byte(out, ':');
    } else {
        buf_put(out, c->defined->text);
    }
}

static void put_item(const struct item *item, struct buf *out)
{
    buf_printf(out, "${%s", item->row->name);
    if (item->condition && !item->count) {
        buf_put_byte(out, ' ');
        put_condition(item->condition, out);
    }
    for (size_t i = 0; i < item->count; i++) {
        /* Of a lookup the last string is the file or the query, and its type comes before it. */
        if (item->word.len && i + 1 == item->count && item->type) {
            buf_put_byte(out, ' ');
            buf_put(out, item->word);
        } else if (item->word.len && i == 0 && !item->type) {
            buf_put_byte(out, ' ');
            buf_put(out, item->word);
        }
        put_braced(item->args[i], out);
    }
    if (item->condition && item->count) {
        buf_put_byte(out, '{');
        put_condition(item->condition, out);
        buf_put_byte(out, '}');
    }
    if (item->yes) {
        put_braced(item->yes, out);
    }
    if (item->no) {
        put_braced(item->no, out);
    }
    buf_put_text(out, item->fail ? "fail}" : "}");
}

static void put_node(const struct node *node, struct buf *out)
{
    switch (node->kind) {
    case NODE_TEXT:
        put_text(node->text, out);
        break;
    case NODE_CAPTURE:
        buf_printf(out, "${%u}", node->capture);
        break;
    case NODE_VARIABLE:
        buf_printf(out, "${%.*s}", SPAN_FMT(node->text));
        break;
    case NODE_HEADER:
        buf_printf(out, "$%s%.*s:", header_prefix(node->form), SPAN_FMT(node->text));
        break;
    case NODE_OPERATOR:
        buf_printf(out, "${%.*s:", SPAN_FMT(node->operation->name));
        put_template(node->operation->subject, out);
        buf_put_byte(out, '}');
        break;
    case NODE_ITEM:
        put_item(node->item, out);
        break;
    case NODE_KIND_COUNT:
        break;
    }
}

static void put_template(const struct template *t, struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        put_node(&t->nodes[i], out);
    }
}

static span testing_print(const struct template *t, struct arena *arena)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    put_template(t, &text);
    CHECK(!buf_full(&text));
    return buf_settle(&text, arena);
}

#endif

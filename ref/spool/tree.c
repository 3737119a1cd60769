/* The tree of finished addresses. Exim keeps an AVL tree in memory and writes it down as it stands,
   so the same order of insertions gives the same file. A tree that was read is kept as a list by
   levels, top first: inserted in that order, no node ever has to move, and the shape is that of the
   file again. */
#include "ref/spool/tree.h"

#include "base/vec.h"

#define DEPTH_LIMIT 64

struct node {
    span name;
    struct node *left, *right;
    int height;
};

static int height(const struct node *n)
{
    return n ? n->height : 0;
}

static void measure(struct node *n)
{
    int left = height(n->left);
    int right = height(n->right);
    n->height = 1 + (left > right ? left : right);
}

static struct node *turn_right(struct node *n)
{
    struct node *up = n->left;
    n->left = up->right;
    up->right = n;
    measure(n);
    measure(up);
    return up;
}

static struct node *turn_left(struct node *n)
{
    struct node *up = n->right;
    n->right = up->left;
    up->left = n;
    measure(n);
    measure(up);
    return up;
}

static struct node *balance(struct node *n)
{
    measure(n);
    int lean = height(n->left) - height(n->right);
    if (lean > 1) {
        if (height(n->left->left) < height(n->left->right)) {
            n->left = turn_left(n->left);
        }
        return turn_right(n);
    }
    if (lean < -1) {
        if (height(n->right->right) < height(n->right->left)) {
            n->right = turn_right(n->right);
        }
        return turn_left(n);
    }
    return n;
}

static struct node *insert(struct node *n, span name, struct arena *arena)
{
    if (!n) {
        n = ARENA_NEW(arena, struct node);
        n->name = name;
        n->height = 1;
        return n;
    }
    int order = span_order(name, n->name);
    if (order < 0) {
        n->left = insert(n->left, name, arena);
    } else if (order > 0) {
        n->right = insert(n->right, name, arena);
    }
    return balance(n);
}

static void put_node(const struct node *n, struct buf *out)
{
    buf_printf(out, "%c%c ", n->left ? 'Y' : 'N', n->right ? 'Y' : 'N');
    buf_put(out, n->name);
    buf_put_byte(out, '\n');
    if (n->left) {
        put_node(n->left, out);
    }
    if (n->right) {
        put_node(n->right, out);
    }
}

void spool_tree_write(const span *names, size_t count, struct arena *arena, struct buf *out)
{
    struct node *root = NULL;
    for (size_t i = 0; i < count; i++) {
        root = insert(root, names[i], arena);
    }
    if (root) {
        put_node(root, out);
    } else {
        buf_put_text(out, "XX\n");
    }
}

/* What is read: the names, and how deep each stands. */
struct placed {
    span name;
    size_t depth;
};

struct reading {
    span *text;
    struct arena *arena;
    VEC(struct placed) nodes;
    size_t deepest;
};

/* Between which names a node's name must lie; NULL is no bound. */
struct bounds {
    const span *low, *high;
};

static err take_node(struct reading *r, struct bounds in, size_t depth, span *line)
{
    span rest;
    if (depth > DEPTH_LIMIT) {
        return err_syntax(0, "non-recipients tree: too deep");
    }
    if (!span_split(*r->text, '\n', line, &rest) || line->len < 4 || line->at[2] != ' ' ||
        (line->at[0] != 'Y' && line->at[0] != 'N') || (line->at[1] != 'Y' && line->at[1] != 'N')) {
        return err_syntax(0, "non-recipients tree: two of the letters Y and N, a blank and an "
                             "address expected");
    }
    span name = span_from(*line, 3);
    if ((in.low && span_order(name, *in.low) <= 0) ||
        (in.high && span_order(name, *in.high) >= 0)) {
        return err_syntax(0, "non-recipients tree: addresses are out of order");
    }
    *vec_push(r->arena, &r->nodes) = (struct placed){name, depth};
    r->deepest = depth > r->deepest ? depth : r->deepest;
    *r->text = rest;
    return OK;
}

static err read_node(struct reading *r, struct bounds in, size_t depth)
{
    span line;
    TRY(take_node(r, in, depth, &line));
    span name = span_from(line, 3);
    if (line.at[0] == 'Y') {
        TRY(read_node(r, (struct bounds){in.low, &name}, depth + 1));
    }
    return line.at[1] == 'Y' ? read_node(r, (struct bounds){&name, in.high}, depth + 1) : OK;
}

err spool_tree_read(span *text, struct arena *arena, struct envelope *e)
{
    struct reading r = {.text = text, .arena = arena};
    if (span_starts(*text, SPAN("XX\n"))) {
        *text = span_from(*text, 3);
        return OK;
    }
    TRY(read_node(&r, (struct bounds){NULL, NULL}, 0));
    for (size_t depth = 0; depth <= r.deepest; depth++) {
        for (size_t i = 0; i < r.nodes.count; i++) {
            if (r.nodes.at[i].depth == depth) {
                vec_add(arena, &e->done, r.nodes.at[i].name);
            }
        }
    }
    return OK;
}

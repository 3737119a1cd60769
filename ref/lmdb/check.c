/* The form of LMDB 0.9 data files, as far as a reader of the main database comes: two meta pages,
   then branch, leaf and overflow pages (lmdb.h, and what is on disk, little-endian on the machines
   that we build for; a file of the other kind does not have the magic number where it is looked
   for). */
#include "ref/lmdb/check.h"

#include "base/arena.h"
#include "base/file.h"

enum {
    PAGE_HEADER = 16, NODE_HEADER = 8, DB_OCTETS = 48,
    META_OCTETS = 24 + 2 * DB_OCTETS + 16,
    BRANCH = 1, LEAF = 2, OVERFLOW = 4, LEAF2 = 0x20, SUBPAGE = 0x40, /* of pages */
    BIGDATA = 1, SUBDATA = 2, DUPDATA = 4,                            /* of nodes */
    DEPTH_MOST = 32                                                   /* LMDB's cursor stack */
};
#define MAGIC UINT32_C(0xBEEFC0DE)
#define DATA_VERSION 1u
#define NO_PAGE UINT64_MAX
#define MAP_MOST (UINT64_C(1) << 46) /* what a process can map */

struct meta {
    uint32_t page_octets;
    uint64_t map_octets, last_page, txn, root;
};

struct walk {
    int fd;
    struct arena *arena;
    struct meta meta;
    size_t pages; /* seen so far */
};

static uint16_t u16(const unsigned char *at)
{
    uint16_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint32_t u32(const unsigned char *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint64_t u64(const unsigned char *at)
{
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static err broken(const char *what)
{
    return err_of(ERR_SYNTAX, what);
}

/* What stands behind the page header of a meta page. False: LMDB will say what is wrong with it. */
static bool meta_read(const unsigned char *at, struct meta *m)
{
    const unsigned char *main_db = at + 24 + DB_OCTETS;
    m->page_octets = u32(at + 24);
    m->map_octets = u64(at + 16);
    m->root = u64(main_db + 40);
    m->last_page = u64(at + 24 + 2 * DB_OCTETS);
    m->txn = u64(at + 24 + 2 * DB_OCTETS + 8);
    return u32(at) == MAGIC && (u32(at + 4) & 0xffff) == DATA_VERSION;
}

static bool page_size_sane(uint32_t octets)
{
    return octets >= 512 && octets <= 65536 && (octets & (octets - 1)) == 0;
}

/* *there: a meta page that LMDB would take is in the file. */
static err meta_load(int fd, off_t offset, struct meta *m, bool *there)
{
    unsigned char at[PAGE_HEADER + META_OCTETS];
    size_t got;
    TRY(fd_read_part(fd, at, sizeof at, offset, &got));
    *there = got == sizeof at && meta_read(at + PAGE_HEADER, m);
    return OK;
}

static err meta_check(const struct meta *m, uint32_t page_octets)
{
    uint64_t most = MAP_MOST / page_octets;
    if (m->page_octets != page_octets || m->last_page < 1 || m->last_page >= most ||
        m->map_octets < 2 * (uint64_t)page_octets || m->map_octets > MAP_MOST) {
        return broken("its header is damaged");
    }
    return OK;
}

err lmdb_check_header(int fd)
{
    struct meta m;
    struct stat s;
    bool there;
    TRY(meta_load(fd, 0, &m, &there));
    if (!there) {
        return OK;
    }
    uint32_t page_octets = m.page_octets;
    if (!page_size_sane(page_octets)) {
        return broken("the size of its pages is impossible");
    }
    if (fstat(fd, &s) != 0 || s.st_size < 2 * (off_t)page_octets) {
        return broken("the file is cut short");
    }
    TRY(meta_check(&m, page_octets));
    TRY(meta_load(fd, page_octets, &m, &there));
    return there ? meta_check(&m, page_octets) : OK;
}

bool lmdb_check_newest(int fd, uint64_t *txn)
{
    struct meta first, second;
    bool there;
    if (failed(meta_load(fd, 0, &first, &there)) || !there || !page_size_sane(first.page_octets) ||
        failed(meta_load(fd, first.page_octets, &second, &there)) || !there) {
        return false;
    }
    *txn = first.txn > second.txn ? first.txn : second.txn;
    return true;
}

static err page_load(struct walk *w, uint64_t page, unsigned char *at)
{
    size_t got;
    if (page < 2 || page > w->meta.last_page) {
        return broken("a page number is out of range");
    }
    TRY(fd_read_part(w->fd, at, w->meta.page_octets, (off_t)(page * w->meta.page_octets), &got));
    if (got < w->meta.page_octets) {
        return broken("the file is cut short");
    }
    return u64(at) == page ? OK : broken("a page does not have its number");
}

/* The value of a node that lies in pages of its own. */
static err overflow_check(struct walk *w, uint64_t page, uint64_t octets)
{
    unsigned char at[PAGE_HEADER];
    size_t got;
    uint64_t pages = (octets + PAGE_HEADER + w->meta.page_octets - 1) / w->meta.page_octets;
    if (page < 2 || pages > w->meta.last_page + 1 || page > w->meta.last_page + 1 - pages) {
        return broken("a long value lies outside the file");
    }
    TRY(fd_read_part(w->fd, at, sizeof at, (off_t)(page * w->meta.page_octets), &got));
    bool good = got == sizeof at && u64(at) == page && (u16(at + 10) & OVERFLOW) != 0 &&
                u32(at + 12) >= pages;
    return good ? OK : broken("a long value is not where it should be");
}

static err tree_check(struct walk *w, uint64_t root, unsigned depth);

/* A page of duplicates inside a node: only its frame matters, LMDB takes its first item. */
static err subpage_check(const unsigned char *at, size_t octets)
{
    if (octets < PAGE_HEADER || (u16(at + 10) & SUBPAGE) == 0) {
        return broken("a list of values is damaged");
    }
    size_t lower = u16(at + 12), count = (lower - PAGE_HEADER) / 2;
    if (lower < PAGE_HEADER || lower > octets || count == 0) {
        return broken("a list of values is damaged");
    }
    if (u16(at + 10) & LEAF2) {
        size_t item = u16(at + 8);
        return item * count <= octets - PAGE_HEADER ? OK : broken("a list of values is damaged");
    }
    for (size_t i = 0; i < count; i++) {
        size_t node = u16(at + PAGE_HEADER + 2 * i);
        if (PAGE_HEADER + 2 * i + 2 > octets || node + NODE_HEADER > octets ||
            node + NODE_HEADER + u16(at + node + 6) > octets) {
            return broken("a list of values is damaged");
        }
    }
    return OK;
}

static err leaf_node_check(struct walk *w, const unsigned char *node, size_t room, unsigned depth)
{
    size_t key = u16(node + 6), octets = u32(node);
    unsigned flags = u16(node + 4);
    size_t inside = flags & BIGDATA ? 8 : octets;
    if (NODE_HEADER + key > room || inside > room - NODE_HEADER - key) {
        return broken("a record lies outside its page");
    }
    const unsigned char *data = node + NODE_HEADER + key;
    if (flags & BIGDATA) {
        return overflow_check(w, u64(data), octets);
    }
    if (flags & SUBDATA) {
        if (octets != DB_OCTETS) {
            return broken("a database inside has no description");
        }
        /* Of a named database only the description is ever read; of duplicates the tree. */
        uint64_t root = u64(data + 40);
        return flags & DUPDATA && root != NO_PAGE ? tree_check(w, root, depth + 1) : OK;
    }
    return flags & DUPDATA ? subpage_check(data, octets) : OK;
}

static err nodes_check(struct walk *w, const unsigned char *page, size_t count, unsigned depth)
{
    bool branch = (u16(page + 10) & BRANCH) != 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = u16(page + PAGE_HEADER + 2 * i);
        if (at < PAGE_HEADER + 2 * count || at + NODE_HEADER > w->meta.page_octets) {
            return broken("a record lies outside its page");
        }
        const unsigned char *node = page + at;
        size_t room = w->meta.page_octets - at;
        if (!branch) {
            TRY(leaf_node_check(w, node, room, depth));
            continue;
        }
        if (NODE_HEADER + (size_t)u16(node + 6) > room) {
            return broken("a record lies outside its page");
        }
        TRY(tree_check(w, u32(node) | (uint64_t)u16(node + 4) << 32, depth + 1));
    }
    return OK;
}

static err tree_check(struct walk *w, uint64_t root, unsigned depth)
{
    if (depth > DEPTH_MOST) {
        return broken("the tree is too deep");
    }
    if (w->pages++ >= LMDB_CHECK_PAGES) {
        return OK;
    }
    struct arena *arena = arena_new();
    unsigned char *page = arena_take(arena, w->meta.page_octets);
    err e = page_load(w, root, page);
    if (!failed(e)) {
        unsigned flags = u16(page + 10), lower = u16(page + 12);
        size_t count = (lower - PAGE_HEADER) / 2u;
        if (lower < PAGE_HEADER || lower > w->meta.page_octets || u16(page + 14) < lower) {
            e = broken("a page has more records than room");
        } else if (flags & LEAF2) {
            e = (size_t)u16(page + 8) * count <= w->meta.page_octets - PAGE_HEADER
                    ? OK : broken("a page has more records than room");
        } else if ((flags & (BRANCH | LEAF)) == 0 || ((flags & BRANCH) && count < 2)) {
            e = broken("a page is of no kind that belongs there");
        } else {
            e = nodes_check(w, page, count, depth);
        }
    }
    arena_free(arena);
    return e;
}

err lmdb_check_tree(int fd, uint64_t txn)
{
    struct walk w = {.fd = fd};
    struct meta first, second;
    bool there;
    TRY(meta_load(fd, 0, &first, &there));
    TRY(there ? meta_load(fd, first.page_octets, &second, &there) : OK);
    if (!there) {
        return broken("its header is damaged");
    }
    if (first.txn != txn && second.txn != txn) {
        return err_of(ERR_DEFER, "it is being written"); /* two commits since: ask again */
    }
    w.meta = first.txn == txn ? first : second;
    if (!page_size_sane(w.meta.page_octets) || w.meta.page_octets != first.page_octets) {
        return broken("the size of its pages is impossible");
    }
    return w.meta.root == NO_PAGE ? OK : tree_check(&w, w.meta.root, 1);
}

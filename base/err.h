/* The error value: what a function returns when it could not do what its comment promises.
   A protocol answer (550, "DKIM fail") is never an err, and our own bug is never an err either
   (that is CHECK). The set of kinds is closed and chosen by what a caller can do about it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

struct arena;

enum err_kind {
    ERR_NONE,
    ERR_SYNTAX,  /* the input is not what it should be; `at` points into it */
    ERR_LIMIT,   /* a ceiling was met; asking for less may work */
    ERR_TIMEOUT, /* a deadline passed */
    ERR_CLOSED,  /* the other end is gone, or there is no more input */
    ERR_IO,      /* the system refused; `sys` is the errno */
    ERR_DEFER,   /* not now; the same call may work later */
    ERR_COUNT
};

/* By value. `at`: octet offset in the input. `what`: static text, or text in the caller's arena. */
typedef struct err {
    enum err_kind kind;
    int sys;
    size_t at;
    const char *what;
} err;

#define OK ((err){.kind = ERR_NONE})

/* The only macro with a hidden return. */
#define TRY(e)             \
    do {                   \
        err try_ = (e);    \
        if (failed(try_))  \
            return try_;   \
    } while (0)

static inline bool failed(err e)
{
    return e.kind != ERR_NONE;
}

static inline err err_syntax(size_t at, const char *what)
{
    return (err){.kind = ERR_SYNTAX, .at = at, .what = what};
}

static inline err err_of(enum err_kind kind, const char *what)
{
    return (err){.kind = kind, .what = what};
}

/* ERR_IO with the errno given; what names the thing attempted. */
static inline err err_sys(int sys, const char *what)
{
    return (err){.kind = ERR_IO, .sys = sys, .what = what};
}

/* The word for a kind: "syntax", "limit", ... */
const char *err_kind_name(enum err_kind kind);

/* Adds context in front, once, where the reader needs it: "reading /x: permission denied". The new
   text lives in arena. An err of kind ERR_NONE is returned unchanged. */
err err_in(err e, struct arena *arena, const char *format, ...) PRINTF_LIKE(3, 4);

/* One line for people: what, and the errno's text when there is one. Lives in arena. */
const char *err_text(err e, struct arena *arena);

#endif

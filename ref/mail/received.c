/* Exim's layout of the field is its received_header_text option:

     from <peer> LF TAB by <host> with <protocol> (<version>) LF TAB (envelope-from <x>) LF TAB
     id <id> LF TAB for <x>; LF TAB <date>

   where each part but "by" and "id" may be missing. RFC 5321 4.4 asks for from, by and the date;
   all else stands in comments or clauses it allows. Where Exim's form is none of RFC 5321, the RFC's is taken: what would
   end a comment is quoted, and an IPv6 address has its tag (4.1.3). */
#include "ref/mail/received.h"

#include "ref/mail/date.h"

/* Inside a comment: RFC 5322 3.2.2 ctext, with a backslash before what is none. */
static void put_commented(span text, struct buf *out)
{
    buf_put_escaped(out, text, "()\\");
}

static void put_literal(span address, struct buf *out)
{
    bool ipv6 = span_find_byte(address, ':') != SPAN_NONE;
    buf_printf(out, "[%s%.*s]", ipv6 ? "IPv6:" : "", SPAN_FMT(address));
}

/* " word=value" inside the peer's brackets, which it opens if they are not. */
static void put_detail(struct buf *out, bool *open, const char *word, span value)
{
    if (value.len > 0) {
        buf_printf(out, "%s%s", *open ? " " : " (", word);
        put_commented(value, out);
        *open = true;
    }
}

/* Verified name: "name ([ip]:port helo=x)"; without it: "[ip] (port=N helo=x)". */
static void put_host(const struct mail_received *r, struct buf *out)
{
    bool named = r->host_name.len > 0, open = named;
    buf_put_text(out, "from ");
    if (named) {
        buf_printf(out, "%.*s (", SPAN_FMT(r->host_name));
    }
    put_literal(r->host_address, out);
    if (r->host_port && named) {
        buf_printf(out, ":%u", (unsigned)r->host_port);
    } else if (r->host_port) {
        buf_printf(out, " (port=%u", (unsigned)r->host_port);
        open = true;
    }
    if (!span_eq_caseless(r->helo, r->host_name)) {
        put_detail(out, &open, "helo=", r->helo);
    }
    put_detail(out, &open, "ident=", r->ident);
    buf_put_text(out, open ? ")\n\t" : "\n\t");
}

static void put_from(const struct mail_received *r, struct buf *out)
{
    if (r->host_address.len > 0) {
        put_host(r, out);
        return;
    }
    if (r->ident.len > 0) {
        buf_printf(out, "from %.*s ", SPAN_FMT(r->ident));
    }
    if (r->helo.len > 0) {
        buf_put_text(out, "(helo=");
        put_commented(r->helo, out);
        buf_put_text(out, ")\n\t");
    }
}

void mail_received_write(const struct mail_received *r, struct buf *out)
{
    char date[MAIL_DATE_ROOM];
    buf_put_text(out, "Received: ");
    put_from(r, out);
    buf_printf(out, "by %.*s ", SPAN_FMT(r->by));
    if (r->protocol.len > 0) {
        buf_printf(out, "with %.*s ", SPAN_FMT(r->protocol));
    }
    if (r->tls_version.len > 0) {
        buf_printf(out, " (%.*s) tls %.*s\n\t", SPAN_FMT(r->tls_version), SPAN_FMT(r->tls_cipher));
    }
    buf_printf(out, "(%.*s)\n\t", SPAN_FMT(r->version));
    if (r->sender.len > 0) {
        buf_put_text(out, "(envelope-from <");
        put_commented(r->sender, out);
        buf_put_text(out, ">)\n\t");
    }
    buf_printf(out, "id %.*s", SPAN_FMT(r->id));
    if (r->recipient.len > 0) {
        buf_printf(out, "\n\tfor %.*s", SPAN_FMT(r->recipient));
    }
    buf_printf(out, ";\n\t%s\n", mail_date_write(r->when, r->offset, date));
}

/* A dialogue in a few words, for lists and for the header of what is written from it. */
#include "pcap/dialogue.h"

const char *dialogue_flights(const struct dialogue *d, struct arena *arena)
{
    size_t count = d->turns.count;
    char *text = arena_take(arena, count * 2 + 1);
    for (size_t i = 0; i < count; i++) {
        text[i * 2] = d->turns.at[i].side == CAPTURE_CLIENT ? 'C' : 'S';
        text[i * 2 + 1] = i + 1 < count ? ' ' : '\0';
    }
    return text;
}

/* Names as programs write them in their greeting, and whether a version follows. */
static const char *const softwares[] = {"Exim", "Postfix", "Sendmail", "OpenSMTPD", "qmail", "Haraka",
                                        "Microsoft ESMTP MAIL Service", "smtp-sink"};

static bool is_version_char(unsigned char c)
{
    return ascii_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

const char *dialogue_software(const struct dialogue *d, struct arena *arena)
{
    if (d->said[CAPTURE_SERVER].count == 0 || d->said[CAPTURE_SERVER].at[0].kind != SAID_REPLY) {
        return NULL;
    }
    span text = said_octets(d, CAPTURE_SERVER, &d->said[CAPTURE_SERVER].at[0]);
    for (size_t i = 0; i < sizeof softwares / sizeof *softwares; i++) {
        size_t at = span_find(text, span_text(softwares[i]));
        if (at == SPAN_NONE) {
            continue;
        }
        span rest = span_from(text, at + strlen(softwares[i]));
        bool versioned = rest.len > 1 && rest.at[0] == ' ' && ascii_is_digit(rest.at[1]);
        span version = span_from(rest, 1);
        version = span_first(version, span_run(version, is_version_char));
        return versioned ? arena_printf(arena, "%s %.*s", softwares[i], SPAN_FMT(version)) : softwares[i];
    }
    return NULL;
}

/* What is known of the handshake, in a few words. */
static void put_handshake(const struct dialogue *d, struct buf *out)
{
    const struct capture_tls *t = &d->shake;
    const char *words = !d->tls ? "TLS" : d->smtp ? "TLS from some point on" : "TLS from the start";
    buf_printf(out, "%s", words);
    if (t->version) {
        buf_printf(out, " (%s, %s%s)", t->version, t->cipher, t->resumed ? ", resumed" : "");
    }
}

static void put_end(const struct flow_side *s, const char *name, struct buf *out)
{
    static const char *const words[] = {
        [CLOSE_NONE] = "stays open", [CLOSE_FIN] = "closes", [CLOSE_RST] = "resets"};
    buf_printf(out, "; %s %s", name, words[s->end.how]);
    if (s->end.packet) {
        buf_printf(out, " (packet %llu)", (unsigned long long)s->end.packet);
    }
}

static void put_faults(const struct flow_side *s, const char *name, struct buf *out)
{
    for (size_t i = 0; i < s->gaps.count; i++) {
        const struct stream_gap *g = &s->gaps.at[i];
        buf_printf(out, "  gap: %llu octets of the %s are missing behind its octet %zu",
                   (unsigned long long)g->octets, name, g->at);
        if (g->packet) {
            buf_printf(out, ", before packet %llu", (unsigned long long)g->packet);
        }
        buf_put_text(out, "\n");
    }
    if (s->differing) {
        buf_printf(out, "  %llu octets of the %s came twice and differ, first in packet %llu; the first copy counts\n",
                   (unsigned long long)s->differing, name, (unsigned long long)s->differing_packet);
    }
    if (s->strays) {
        buf_printf(out, "  %llu segments of the %s lie outside any window and are left out\n",
                   (unsigned long long)s->strays, name);
    }
}

void dialogue_summary(const struct dialogue *d, struct buf *out)
{
    const struct capture_flow *f = d->flow;
    const struct flow_side *c = &f->side[CAPTURE_CLIENT];
    const struct flow_side *s = &f->side[CAPTURE_SERVER];
    char client[64];
    char server[64];
    capture_host_write(&c->host, client, sizeof client);
    capture_host_write(&s->host, server, sizeof server);
    size_t replies = dialogue_replies_in(d, s->octets.len);
    buf_printf(out, "stream %llu: %s port %u -> %s port %u, %llu packets from %llu on; ",
               (unsigned long long)f->stream, client, c->port, server, s->port,
               (unsigned long long)f->packets, (unsigned long long)f->first_packet);
    buf_printf(out, "%zu octets of the client, %zu of the server in %zu flights; ", c->octets.len,
               s->octets.len, d->turns.count);
    if (d->smtp) {
        buf_printf(out, "%s, %zu replies%s", d->lmtp ? "LMTP" : "SMTP", replies, d->secured ? ", " : "");
    } else if (!d->secured) {
        buf_put_text(out, "no SMTP");
    }
    if (d->secured) {
        put_handshake(d, out);
    }
    put_end(c, "client", out);
    put_end(s, "server", out);
    buf_put_text(out, "\n");
    if (!f->syn) {
        buf_put_text(out, "  the beginning was not captured: who is the client is guessed\n");
    }
    if (f->cut) {
        buf_printf(out, "  cut: %s\n", f->cut);
    }
    if (f->fragment) {
        buf_printf(out, "  packet %llu is part of a datagram in parts, which are not put together\n",
                   (unsigned long long)f->fragment);
    }
    if (d->tls && d->shake.why) {
        buf_printf(out, "  what is said in TLS cannot be read: %s\n", d->shake.why);
    }
    for (unsigned side = 0; side < CAPTURE_SIDE_COUNT; side++) {
        if (d->shake.cut[side]) {
            buf_printf(out, "  the last TLS record of the %s is cut off\n", side == CAPTURE_CLIENT ? "client" : "server");
        }
        if (d->shake.opened && d->shake.surplus[side]) {
            buf_printf(out, "  %zu octets of the %s behind the end of TLS are left out\n", d->shake.surplus[side],
                       side == CAPTURE_CLIENT ? "client" : "server");
        }
    }
    put_faults(c, "client", out);
    put_faults(s, "server", out);
}

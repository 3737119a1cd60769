/* TLS in a session: by STARTTLS (RFC 3207) or from the first octet (RFC 8314 3.3). */
#ifndef REF_SMTP_TLS_H
#define REF_SMTP_TLS_H

#include "ref/smtp/session.h"

/* STARTTLS would be taken now: there is a certificate, the peer is in tls_advertise_hosts, and TLS does
   not stand yet. */
bool smtp_tls_offered(struct smtp_session *s);
/* The peer came to one of tls_on_connect_ports. */
bool smtp_tls_on_connect(const struct smtp_session *s);

/* Looks whether a handshake can begin at all; false is logged, and is a 454. */
bool smtp_tls_ready(struct smtp_session *s);
/* The handshake, behind the 220 that went out; nothing that came in clear is used any more. False: it
   failed, which is logged; the session is over. */
bool smtp_tls_begin(struct smtp_session *s);
/* What went wrong with TLS, in the handshake or behind it. */
void smtp_tls_failure_log(struct smtp_session *s, err e);
/* Says goodbye inside TLS, and gives the wire back. No harm in clear text. */
void smtp_tls_end(struct smtp_session *s);

/* tls_settings of the server as they stand in the configuration, for the look at start: false when one
   of them can only be known in a session. */
bool smtp_tls_settings_fixed(const struct conf_main *conf, struct tls_settings *settings);

/* What TLS adds to log lines and to an envelope; nothing in clear text. */
struct log_tls smtp_tls_told(const struct smtp_session *s);
void smtp_tls_envelope(const struct smtp_session *s, struct envelope *e, struct arena *arena);

#endif

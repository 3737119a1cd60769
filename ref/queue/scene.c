/* From -H back to facts: the envelope has all that the session knew. */
#include "ref/queue/scene.h"

#include "base/file.h"

static bool queue_running(void *context)
{
    const struct queue_scene *scene = context;
    return scene->in_run;
}

static span body_part(const struct spool_message *m, struct arena *arena, uint64_t from,
                      uint64_t most)
{
    uint64_t left = m->data.size > from ? m->data.size - from : 0;
    size_t len = (size_t)(left < most ? left : most), got = 0;
    unsigned char *at = arena_take(arena, len + 1);
    off_t offset = (off_t)(spool_data_offset(m->envelope.id) + from);
    return failed(fd_read_part(m->data.fd, at, len, offset, &got)) ? SPAN_EMPTY : span_of(at, got);
}

static void peer_fill(struct queue_scene *scene, const struct envelope *e)
{
    scene->tls = (struct facts_tls){
        .cipher = e->tls_cipher, .ver = e->tls_ver, .peerdn = e->tls_peerdn, .sni = e->tls_sni,
        .ourcert = e->tls_ourcert, .peercert = e->tls_peercert, .ocsp = (unsigned)e->tls_ocsp,
        .resumption = e->tls_resumption, .certificate_verified = e->tls_certificate_verified};
    scene->peer = (struct facts_peer){
        .host_address = e->host_address, .host_name = e->host_name, .helo_name = e->helo_name,
        .ident = e->ident, .authenticated_id = e->auth_id, .auth_mech = e->host_auth,
        .interface_address = e->interface_address, .active_hostname = e->active_hostname,
        .host_port = e->host_port, .interface_port = e->interface_port,
        .tls = e->tls_cipher.len > 0 ? &scene->tls : NULL, .login = e->login};
}

static void variables_fill(struct acl_variables *v, const struct envelope *e, struct arena *arena)
{
    for (size_t i = 0; i < e->variables.count; i++) {
        const struct acl_variable *from = &e->variables.at[i];
        const char *name = arena_printf(arena, "%s%.*s", from->message ? "m" : "c",
                                        SPAN_FMT(from->name));
        struct facts_variable one = {span_text(name), from->value, from->tainted};
        if (from->message) {
            vec_add(arena, &v->message, one);
        } else {
            vec_add(arena, &v->connection, one);
        }
    }
}

static span ret_text(enum dsn_ret ret)
{
    return ret == DSN_RET_FULL ? SPAN("FULL") : ret == DSN_RET_HDRS ? SPAN("HDRS") : SPAN_EMPTY;
}

static void message_fill(struct facts_message *facts, const struct queue *q,
                         const struct spool_message *m, struct arena *arena)
{
    const struct envelope *e = &m->envelope;
    uint64_t visible = q->conf->main.message_body_visible, size = m->data.size;
    struct facts_header *headers = arena_take_array(arena, e->headers.count + 1, sizeof *headers);
    span *recipients = arena_take_array(arena, e->recipients.count + 1, sizeof *recipients);
    *facts = (struct facts_message){
        .id = span_text(e->id), .sender_address = e->sender, .return_path = e->sender,
        .received_protocol = e->protocol, .authenticated_sender = e->auth_sender,
        .requiretls = &e->requiretls, .dsn_envid = e->dsn_envid, .dsn_ret = ret_text(e->dsn_ret), .headers = headers,
        .header_count = e->headers.count, .recipients = recipients,
        .recipient_count = e->recipients.count, .size = spool_message_size(m), .body_size = size,
        .body_linecount = e->body_lines, .body_zerocount = e->zeros, .received = e->received,
        .first_delivery = e->first_delivery, .frozen = e->frozen != 0,
        .queue_name = m->spool->options.queue, .smtputf8 = e->smtputf8};
    for (size_t i = 0; i < e->headers.count; i++) {
        headers[i] = (struct facts_header){e->headers.at[i].text, e->headers.at[i].type == '*'};
        facts->received_count += e->headers.at[i].type == 'P' ? 1 : 0;
    }
    for (size_t i = 0; i < e->recipients.count; i++) {
        recipients[i] = e->recipients.at[i].address;
    }
    facts->body = body_part(m, arena, 0, visible);
    facts->body_end = body_part(m, arena, size > visible ? size - visible : 0, visible);
}

void queue_scene_open(struct queue_scene *scene, const struct queue *q, struct spool_message *m,
                      struct arena *arena)
{
    *scene = (struct queue_scene){0};
    peer_fill(scene, &m->envelope);
    message_fill(&scene->message, q, m, arena);
    variables_fill(&scene->variables, &m->envelope, arena);
    scene->services = (struct expand_services){.context = scene, .queue_running = queue_running};
    scene->facts = (struct facts){.server = q->facts, .peer = &scene->peer,
                                  .message = &scene->message, .address = &scene->address,
                                  .host = &scene->host, .acl = &scene->variables};
    scene->x = (struct expansion){
        .facts = &scene->facts, .arena = arena, .lists = &q->conf->lists,
        .lookups = q->lookups != NULL ? lookup_cache_new(q->lookups) : NULL, .dns = q->dns,
        .rng = q->rng, .services = &scene->services,
        .allowance = EXPAND_ALLOWANCE(q->conf->main.expand_budget)};
}

void queue_scene_close(struct queue_scene *scene)
{
    lookup_cache_free(scene->x.lookups);
}

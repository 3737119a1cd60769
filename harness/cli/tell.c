/* Rows of a report, told member by member. */
#include "harness/cli/tell.h"

void tell_target(struct telling *t, struct report_target *target)
{
    target->name = tell_text(t, target->name);
    target->version = tell_text(t, target->version);
    tell_texts(t, &target->caps);
    tell_texts(t, &target->masks);
}

static void tell_check(struct telling *t, struct report_check *c)
{
    c->file = tell_text(t, c->file);
    c->line = (unsigned)tell_number(t, c->line);
    c->kind = tell_text(t, c->kind);
    tell_texts(t, &c->reqs);
    c->level = tell_text(t, c->level);
    c->ok = tell_bool(t, c->ok);
    c->timed = tell_bool(t, c->timed);
    c->skipped = tell_text(t, c->skipped);
    c->wanted = tell_text(t, c->wanted);
    c->got = tell_text(t, c->got);
}

static void tell_event(struct telling *t, struct report_event *e)
{
    e->at = (int64_t)tell_number(t, (uint64_t)e->at);
    e->kind = tell_text(t, e->kind);
    e->from = tell_text(t, e->from);
    e->to = tell_text(t, e->to);
    e->conn = (unsigned)tell_number(t, e->conn);
    e->flight = tell_bool(t, e->flight);
    e->text = tell_text(t, e->text);
}

void tell_case(struct telling *t, struct report_case *c)
{
    c->id = tell_text(t, c->id);
    c->place = tell_number(t, c->place);
    c->file = tell_text(t, c->file);
    c->title = tell_text(t, c->title);
    c->target = tell_text(t, c->target);
    c->state = (enum state)tell_number(t, c->state);
    t->broken = t->broken || c->state >= STATE_COUNT;
    c->reason = tell_text(t, c->reason);
    c->detail = tell_text(t, c->detail);
    c->because = tell_text(t, c->because);
    tell_texts(t, &c->reqs);
    tell_texts(t, &c->labels);
    c->flights = tell_text(t, c->flights);
    c->wall = (millis)tell_number(t, (uint64_t)c->wall);
    c->known = tell_bool(t, c->known);
    tell_each(t, &c->checks, i, count) {
        tell_check(t, &c->checks.at[i]);
    }
    tell_each(t, &c->events, i, count) {
        tell_event(t, &c->events.at[i]);
    }
    tell_each(t, &c->evidence, i, count) {
        c->evidence.at[i].kind = tell_text(t, c->evidence.at[i].kind);
        c->evidence.at[i].path = tell_text(t, c->evidence.at[i].path);
    }
    c->again = tell_text(t, c->again);
}

/* TAP version 13: prove refuses whatever says 14. The plan stands at the end, so that points can be
   written as the run goes; a run that was cut short ends with a bail-out, which no reader takes for
   success. */
#include "reports/writers.h"

#include "reports/spell.h"

/* A description or directive: one line, # and backslash escaped. */
static void put_plain(const char *text, struct buf *out)
{
    span rest = span_text(text);
    while (rest.len != 0) {
        size_t hash = span_find_byte(rest, '#');
        size_t slash = span_find_byte(rest, '\\');
        size_t stop = hash < slash ? hash : slash;
        spell_line(span_first(rest, stop), out);
        if (stop == SPAN_NONE) {
            return;
        }
        buf_printf(out, "\\%c", rest.at[stop]);
        rest = span_from(rest, stop + 1);
    }
}

static void put_directive(const char *word, enum state s, const char *reason, struct buf *out)
{
    buf_printf(out, " # %s %s", word, state_name(s));
    buf_put_text(out, reason ? ": " : "");
    put_plain(reason, out);
}

/* A member of the YAML block, double-quoted: JSON's escapes are YAML's. */
static void put_yaml(const char *key, const char *text, struct buf *out)
{
    if (!text) {
        return;
    }
    buf_printf(out, "  %s: \"", key);
    span rest = span_text(text);
    span character;
    while (rest.len != 0) {
        bool good = spell_take(&rest, &character);
        unsigned char c = character.at[0];
        if (good && c == '\n') {
            buf_put_text(out, "\\n");
        } else if (good && (c == '"' || c == '\\')) {
            buf_printf(out, "\\%c", c);
        } else if (!good || (character.len == 1 && (c < 0x20 || c == 0x7F))) {
            buf_printf(out, "\\x%02X", c);
        } else if (character.len == 2 && c == 0xC2 && character.at[1] < 0xA0) {
            buf_printf(out, "\\x%02X", character.at[1]);
        } else {
            buf_put(out, character);
        }
    }
    buf_put_text(out, "\"\n");
}

void report_tap_begin(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    buf_put_text(out, "TAP version 13\n");
    for (size_t i = 0; i < r->targets.count; i++) {
        spell_line_printf(out, "# target %s %s\n", r->targets.at[i].name, r->targets.at[i].version);
    }
}

void report_tap_one(const struct report *r, const struct report_case *c, struct report_style style,
                    struct buf *out)
{
    bool stops = report_case_stops(c, style.strict);
    buf_put_text(out, stops || c->known || c->state == STATE_XFAIL ? "not ok - " : "ok - ");
    put_plain(c->id, out);
    if (r->targets.count > 1) {
        buf_put_text(out, " on ");
        put_plain(c->target, out);
    }
    if (c->state == STATE_XFAIL) {
        put_directive("TODO", c->state, c->because, out);
    } else if (c->known) {
        put_directive("TODO", c->state, "not worse than before", out);
    } else if (!stops && (c->state == STATE_SKIP || c->state == STATE_INCONCLUSIVE)) {
        put_directive("SKIP", c->state, c->reason, out);
    }
    buf_put_byte(out, '\n');
    if (c->state == STATE_PASS || c->state == STATE_SKIP) {
        return;
    }
    buf_put_text(out, "  ---\n");
    put_yaml("state", state_name(c->state), out);
    put_yaml("reason", c->reason, out);
    put_yaml("because", c->because, out);
    put_yaml("file", c->file, out);
    put_yaml("again", c->again, out);
    put_yaml("detail", c->detail, out);
    buf_put_text(out, "  ...\n");
}

void report_tap_end(const struct report *r, struct report_style style, struct buf *out)
{
    (void)style;
    buf_printf(out, "1..%zu", r->cases.count);
    buf_put_text(out, r->cases.count == 0 ? " # SKIP nothing was selected\n" : "\n");
    if (!r->complete) {
        buf_put_text(out, "Bail out! the run was cut short\n");
    } else if (r->cases.count == 0) {
        buf_put_text(out, "Bail out! nothing was selected\n");
    }
}

/* Targets: redirect_list_read, redirect_list_write. Property: whatever the octets, the reader ends; every
   address that it gives is one for the strict reader of addresses, every path begins with "/", every command
   with "|"; and the list written again reads back to the same items. A part of the octets stands in for
   every included file. */
#include "ref/route/redirect_data.h"

#include "base/buf.h"
#include "base/check.h"
#include "ref/mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err included(void *context, const char *path, struct arena *arena, span *content)
{
    (void)arena;
    CHECK(path[0] == '/');
    *content = *(const span *)context;
    return OK;
}

static void item_check(const struct redirect_item *item)
{
    struct mail_address a;
    switch (item->kind) {
    case REDIRECT_ADDRESS:
        CHECK(!failed(mail_mailbox_parse(item->text, true, &a)) && a.domain.len > 0);
        break;
    case REDIRECT_FILE:
        CHECK(item->text.at[0] == '/');
        break;
    case REDIRECT_PIPE:
        CHECK(item->text.at[0] == '|');
        break;
    }
}

/* Quotes keep a path together unless a quote or a backslash is in it. */
static bool writes(const struct redirect_list *list)
{
    for (size_t i = 0; i < list->items.count; i++) {
        const struct redirect_item *item = &list->items.at[i];
        if (item->kind != REDIRECT_ADDRESS &&
            (span_find_byte(item->text, '"') != SPAN_NONE ||
             span_find_byte(item->text, '\\') != SPAN_NONE)) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    span text = span_of(data + 1, size - 1), file = span_first(text, data[0]);
    struct arena *arena = arena_new();
    struct redirect_rules rules = {.arena = arena, .qualify_domain = SPAN("q.ex"),
                                   .own_domain = SPAN("own.ex"),
                                   .allow_fail = true, .allow_defer = true,
                                   .include_directory = "", .read = included, .context = &file};
    struct redirect_list list, again;
    if (size < 4096 && !failed(redirect_list_read(&rules, text, &list))) {
        for (size_t i = 0; i < list.items.count; i++) {
            item_check(&list.items.at[i]);
        }
        struct buf out;
        buf_init(&out, 1 << 24);
        redirect_list_write(&list, &out);
        if (writes(&list) && !buf_full(&out)) {
            CHECK(!failed(redirect_list_read(&rules, buf_span(&out), &again)));
            CHECK(again.items.count == list.items.count && again.special == list.special);
            for (size_t i = 0; i < list.items.count; i++) {
                CHECK(again.items.at[i].kind == list.items.at[i].kind &&
                      span_eq(again.items.at[i].text, list.items.at[i].text));
            }
            CHECK(span_eq(again.text, list.text));
        }
        buf_wipe(&out);
    }
    arena_free(arena);
    return 0;
}

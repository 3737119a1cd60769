/* Ids of the form that Exim wrote before 4.97. One 64-bit number is the whole state: the tick of
   5 ms and a count within it. The next id is the clock's tick or the number after the last one,
   whichever is greater, so that ids only grow and nobody waits. The count goes into the bits
   above the largest process number: ids of one tick are as many processes'. */
#include "ref/spool/id.h"

#include <stdio.h>
#include <string.h>

#define TICKS_PER_SECOND 200
#define NANOS_PER_TICK (NANOS_PER_SECOND / TICKS_PER_SECOND)

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void put_base62(uint64_t value, char *at, size_t width)
{
    while (width-- > 0) {
        at[width] = digits[value % 62];
        value /= 62;
    }
}

void spool_ids_init(struct spool_ids *ids, const struct clock *clock, uint32_t process,
                    unsigned host_number)
{
    ids->clock = clock;
    ids->process = process & ((UINT32_C(1) << SPOOL_ID_PROCESS_BITS) - 1);
    ids->host_number = host_number;
    atomic_init(&ids->next, 0);
}

void spool_id_take(struct spool_ids *ids, char id[static SPOOL_ID_ROOM])
{
    instant now = clock_now(ids->clock);
    uint64_t tick = now > 0 ? (uint64_t)(now / NANOS_PER_TICK) : 0;
    uint64_t from_clock = tick * SPOOL_ID_PER_TICK;
    uint64_t next = atomic_load(&ids->next);
    uint64_t mine;
    do {
        mine = next > from_clock ? next : from_clock;
    } while (!atomic_compare_exchange_weak(&ids->next, &next, mine + 1));
    tick = mine / SPOOL_ID_PER_TICK;
    uint64_t count = mine % SPOOL_ID_PER_TICK;
    put_base62(tick / TICKS_PER_SECOND, id, 6);
    id[6] = '-';
    put_base62(count << SPOOL_ID_PROCESS_BITS | ids->process, id + 7, 6);
    id[13] = '-';
    put_base62(ids->host_number * TICKS_PER_SECOND + tick % TICKS_PER_SECOND, id + 14, 2);
    id[SPOOL_ID_SHORT] = '\0';
}

const char *spool_file_name(const char *id, const char *suffix, char name[static SPOOL_FILE_ROOM])
{
    snprintf(name, SPOOL_FILE_ROOM, "%s%s", id, suffix);
    return name;
}

const char *spool_temporary_name(const char *id, char name[static SPOOL_FILE_ROOM])
{
    snprintf(name, SPOOL_FILE_ROOM, "hdr.%s", id);
    return name;
}

static bool is_shape(span text, size_t middle, size_t last)
{
    size_t length = 6 + 1 + middle + 1 + last;
    if (text.len < length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool dash = i == 6 || i == 7 + middle;
        if (dash ? text.at[i] != '-' : !ascii_is_alnum(text.at[i])) {
            return false;
        }
    }
    return true;
}

size_t spool_id_prefix(span text)
{
    return is_shape(text, 11, 4) ? SPOOL_ID_LONG : is_shape(text, 6, 2) ? SPOOL_ID_SHORT : 0;
}

bool spool_id_is(span text)
{
    return text.len > 0 && spool_id_prefix(text) == text.len;
}

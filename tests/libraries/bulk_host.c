// `memory.copy` and `memory.fill` of constant length against memmove and memset on a copy of the memory:
// every length, at both ends of the memory and beyond, overlapping and not. Where a range is out of
// bounds the call traps, and nothing has been written.

#include "bulk.h"
#include "check.h"

enum { LEN = 65536, WINDOW = 400, MAX = 80, ROUNDS = 400 };

static bulk_instance *instance;
static unsigned char *memory, model[LEN];

static uint32_t random_bits(void) {
    static uint64_t state = 0x9e3779b97f4a7c15;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 20;
}

// Near either end, at the very end, or far out.
static uint32_t place(uint32_t len) {
    static const uint32_t far[] = {0xffffffff, 0xfffffff0, 0x80000000, LEN + 1, LEN, 0xffff0000};
    switch (random_bits() % 8) {
    case 0:
        return LEN - len;
    case 1:
        return LEN - len + 1 + random_bits() % 20;
    case 2:
        return far[random_bits() % 6];
    case 3:
        return LEN - WINDOW + random_bits() % (WINDOW - MAX);
    default:
        return random_bits() % 160;
    }
}

static int holds(uint32_t start, uint32_t len) {
    return (uint64_t)start + len <= LEN;
}

static void check(uint32_t status, int is_inside, const char *what, uint32_t len) {
    uint32_t expected = is_inside ? KILN_OK : KILN_TRAP;
    int is_same = !memcmp(memory, model, WINDOW) &&
                  !memcmp(memory + LEN - WINDOW, model + LEN - WINDOW, WINDOW);
    if (status == expected && is_same)
        return;
    fprintf(stderr, "%s of %u bytes: status %u, memory %s\n", what, len, status,
            is_same ? "as it must be" : "differs");
    exit(1);
}

int main(void) {
    DO(bulk_instance_new(&instance));
    DO(bulk_instance_start(instance));
    memory = bulk_instance_memory(instance);
    CHECK(bulk_instance_memory_size(instance) == LEN);
    for (int i = 0; i < LEN; i++)
        model[i] = memory[i] = i * 7 + i / 251;
    int traps = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t len = 0; len <= MAX; len++) {
            uint32_t to = place(len), from = place(len), byte = random_bits();
            int is_inside = holds(to, len) && holds(from, len);
            if (is_inside)
                memmove(model + to, model + from, len);
            check(bulk_copy(instance, to, from, len), is_inside, "a copy", len);
            traps += !is_inside;

            to = place(len);
            is_inside = holds(to, len);
            if (is_inside)
                memset(model + to, byte, len);
            check(bulk_fill(instance, to, byte, len), is_inside, "a fill", len);

            to = place(len);
            is_inside = holds(to, len);
            if (is_inside)
                memset(model + to, 0xa5, len);
            check(bulk_fill_a5(instance, to, len), is_inside, "a constant fill", len);
        }
    }
    CHECK(!memcmp(memory, model, LEN));
    CHECK(traps > ROUNDS);
    bulk_instance_free(instance);
}

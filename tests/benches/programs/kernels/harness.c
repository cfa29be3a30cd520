// What the kernels share: `kernels KERNEL TIMES` runs one so often and prints what it leaves in `state`.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned __int128 u128;

// The result of one run is the input of the next, so that no run can be left out.
static u8 state[64];
static u8 text[4096];

#define FOR(i, from, to) for (int i = from; i < to; i++)

typedef struct {
    const char *name;
    void (*run)(void);
} kernel;

// Little-endian numbers in memory.
static inline u32 load32(const u8 *p) { return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24; }
static inline u64 load64(const u8 *p) { return load32(p) | (u64)load32(p + 4) << 32; }
static inline void store32(u8 *p, u32 v) { FOR(i, 0, 4) p[i] = (u8)(v >> 8 * i); }
static inline void store64(u8 *p, u64 v) { FOR(i, 0, 8) p[i] = (u8)(v >> 8 * i); }

static int run_kernel(const kernel *kernels, int count, int argc, char **argv) {
    FOR(k, 0, count) {
        if (argc != 3 || strcmp(kernels[k].name, argv[1]))
            continue;
        FOR(i, 0, (int)sizeof state) state[i] = (u8)(i * 37 + 1);
        FOR(i, 0, (int)sizeof text) text[i] = (u8)("0x5f,-12.5e+3 17;"[i % 17] + (i / 1000));
        FOR(time, 0, atoi(argv[2])) kernels[k].run();
        printf("%s ", argv[1]);
        FOR(i, 0, (int)sizeof state) printf("%02x", state[i]);
        printf("\n");
        return 0;
    }
    fprintf(stderr, "usage: kernels KERNEL TIMES\n");
    return 2;
}

// Arithmetic, tables of functions, strings and memory: what it prints follows from the code alone.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t (*step)(uint64_t);

static uint64_t rotate(uint64_t x) { return x << 13 | x >> 51; }
static uint64_t multiply(uint64_t x) { return x * 0x9e3779b97f4a7c15; }
static uint64_t divide(uint64_t x) { return x / 7 ^ x % 1000003; }
static uint64_t fractions(uint64_t x) { return (uint64_t)((double)(x >> 12) * 1.25) + (uint32_t)(float)(x & 0xffff); }

static const step STEPS[] = {rotate, multiply, divide, fractions};

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int main(void) {
    uint64_t numbers[257], x = 1;
    for (int i = 0; i < 257; i++)
        numbers[i] = x = STEPS[x >> 7 & 3](x + i);
    qsort(numbers, 257, sizeof *numbers, compare);
    for (int i = 0; i < 257; i += 32)
        printf("%d %016llx %.3f\n", i, (unsigned long long)numbers[i], (double)numbers[i] / 3);
    char *text = malloc(4096);
    text[0] = 0;
    for (int i = 0; i < 100; i++)
        snprintf(text + strlen(text), 4096 - strlen(text), "%x,", (unsigned)numbers[i * 2]);
    printf("%zu %s\n", strlen(text), strrchr(text, ',') - 8);
    free(text);
    return 0;
}

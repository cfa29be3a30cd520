// Every kind of trap that C can bring about, by its number as the first argument.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

__attribute__((import_module("env"), import_name("absent"))) int absent(int);

static volatile int zero = 0;
static volatile int lowest = INT32_MIN;

static inline int peek(uintptr_t address) { return *(volatile int *)address; }

__attribute__((noinline)) static int unreachable_executed(void) { __builtin_trap(); }

__attribute__((noinline)) static int out_of_bounds_load(uintptr_t address) {
    return peek(address) + 1;
}

__attribute__((noinline)) static int out_of_bounds_store(uintptr_t address) {
    *(volatile uint64_t *)address = 7;
    return 0;
}

__attribute__((noinline)) static int out_of_bounds_fill(uintptr_t address) {
    memset((void *)address, 1, 100000);
    return 0;
}

__attribute__((noinline)) static int divide(int a, int b) { return a / b; }

__attribute__((noinline)) static int convert(float number) {
    return __builtin_wasm_trunc_s_i32_f32(number);
}

typedef int (*unary)(int);

__attribute__((noinline)) static int through(volatile unary *pointer) { return (*pointer)(1) + 1; }

__attribute__((noinline)) static double other(double a, double b) { return a * b; }

__attribute__((noinline)) static int deep(int depth) {
    return depth + deep(depth + zero + 1) * 3;
}

__attribute__((noinline)) static int run(int kind) {
    volatile unary pointer = 0;
    switch (kind) {
    case 0: return unreachable_executed();
    case 1: return out_of_bounds_load(0xfffffff0);
    case 2: return out_of_bounds_store(0x7ffffff8);
    case 3: return out_of_bounds_fill(0x10000000);
    case 4: return divide(zero + 1, zero);
    case 5: return divide(lowest, zero - 1);
    case 6: return convert(zero / (float)zero);
    case 7: return convert(1e20f + zero);
    case 8: return through(&pointer);
    case 9: pointer = (unary)100000; return through(&pointer);
    case 10: pointer = (unary)other; return through(&pointer);
    case 11: return deep(zero);
    default: return absent(kind);
    }
}

int main(int argc, char **argv) { return run(argc > 1 ? atoi(argv[1]) : 0); }

// Relaxed vector instructions on operands for which every permitted behaviour gives one answer,
// and a count of how often those that may round once or twice came within a unit of either.
#include <math.h>
#include <stdio.h>
#include <wasm_simd128.h>

static void show(const char *name, v128_t value) {
    printf("%-10s %016llx %016llx\n", name, (unsigned long long)wasm_i64x2_extract_lane(value, 0),
           (unsigned long long)wasm_i64x2_extract_lane(value, 1));
}

static int permitted(float x, float y, float z) {
    volatile float a = x, b = y, c = z;
    volatile float product = a * b;
    float twice = product + c, once = fmaf(a, b, c);
    v128_t result = wasm_f32x4_relaxed_madd(wasm_f32x4_splat(a), wasm_f32x4_splat(b), wasm_f32x4_splat(c));
    float found = wasm_f32x4_extract_lane(result, 2);
    return found == twice || found == once;
}

int main(void) {
    volatile float seed = 1.5f;
    v128_t x = wasm_f32x4_make(seed, -2.25f, 1000.75f, -0.5f), y = wasm_f32x4_splat(seed + 0.5f);
    v128_t d = wasm_f64x2_make(seed * 3, -7.75);
    v128_t bytes = wasm_i8x16_make(1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16);
    v128_t small = wasm_i8x16_const(0, 1, 2, 3, 4, 5, 6, 7, 127, 126, 125, 124, 3, 2, 1, 0);
    v128_t lanes = wasm_i8x16_const(15, 0, 14, 1, 13, 2, 12, 3, 11, 4, 10, 5, 9, 6, 8, 7);
    v128_t mask = wasm_i32x4_const(-1, 0, -1, 0);

    show("madd", wasm_f32x4_relaxed_madd(x, y, y));
    show("nmadd", wasm_f32x4_relaxed_nmadd(x, y, y));
    show("madd64", wasm_f64x2_relaxed_madd(d, d, d));
    show("min", wasm_f32x4_relaxed_min(x, y));
    show("max", wasm_f64x2_relaxed_max(d, wasm_f64x2_splat(1)));
    show("swizzle", wasm_i8x16_relaxed_swizzle(bytes, lanes));
    show("select8", wasm_i8x16_relaxed_laneselect(bytes, small, mask));
    show("select32", wasm_i32x4_relaxed_laneselect(bytes, small, mask));
    show("trunc", wasm_i32x4_relaxed_trunc_f32x4(x));
    show("trunc u", wasm_u32x4_relaxed_trunc_f32x4(wasm_f32x4_abs(x)));
    show("trunc 64", wasm_i32x4_relaxed_trunc_f64x2_zero(d));
    show("q15", wasm_i16x8_relaxed_q15mulr(bytes, small));
    show("dot", wasm_i16x8_relaxed_dot_i8x16_i7x16(bytes, small));
    show("dot add", wasm_i32x4_relaxed_dot_i8x16_i7x16_add(bytes, small, mask));
    int within = 0;
    for (int i = 1; i <= 1000; i++) within += permitted(1 + 1 / (float)i, 3 / (float)i, (float)i / 7);
    printf("permitted  %d of 1000\n", within);
    return 0;
}

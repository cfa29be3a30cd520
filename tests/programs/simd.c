// 128-bit vectors: integers of every width, floats, comparisons, shuffles and conversions, by
// intrinsics and by the compiler's own vectorising.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <wasm_simd128.h>

static v128_t state;

static v128_t next(void) {
    state = wasm_i64x2_add(wasm_i64x2_mul(state, wasm_i64x2_splat(6364136223846793005)),
                           wasm_i64x2_const(1442695040888963407, 7046029254386353131));
    return wasm_v128_xor(state, wasm_u64x2_shr(state, 31));
}

static void show(const char *name, v128_t value) {
    printf("%-10s %016llx %016llx\n", name, (unsigned long long)wasm_i64x2_extract_lane(value, 0),
           (unsigned long long)wasm_i64x2_extract_lane(value, 1));
}

static void integers(v128_t a, v128_t b) {
    show("add8", wasm_i8x16_add_sat(a, b));
    show("sub16", wasm_u16x8_sub_sat(a, b));
    show("average", wasm_u8x16_avgr(a, b));
    show("min8", wasm_i8x16_min(a, b));
    show("max32", wasm_u32x4_max(a, b));
    show("mul16", wasm_i16x8_mul(a, b));
    show("q15", wasm_i16x8_q15mulr_sat(a, b));
    show("dot", wasm_i32x4_dot_i16x8(a, b));
    show("extmul", wasm_u64x2_extmul_high_u32x4(a, b));
    show("extadd", wasm_i32x4_extadd_pairwise_i16x8(a));
    show("narrow", wasm_u8x16_narrow_i16x8(a, b));
    show("popcnt", wasm_i8x16_popcnt(a));
    show("abs64", wasm_i64x2_abs(a));
    show("shifts", wasm_v128_or(wasm_i8x16_shl(a, 3), wasm_i16x8_shr(b, 5)));
    show("less", wasm_i64x2_lt(a, b));
    show("select", wasm_v128_bitselect(a, b, wasm_u8x16_gt(a, b)));
    show("swizzle", wasm_i8x16_swizzle(a, wasm_v128_and(b, wasm_i8x16_splat(31))));
    show("shuffle", wasm_i8x16_shuffle(a, b, 0, 31, 2, 29, 4, 27, 6, 25, 1, 17, 3, 19, 5, 21, 7, 23));
    printf("bitmasks   %x %x %x %x\n", wasm_i8x16_bitmask(a), wasm_i16x8_bitmask(a),
           wasm_i32x4_bitmask(a), wasm_i64x2_bitmask(a));
    printf("truths     %d %d\n", wasm_v128_any_true(a), wasm_i8x16_all_true(b));
}

static void floats(v128_t a, v128_t b) {
    v128_t x = wasm_f32x4_convert_i32x4(a), y = wasm_f64x2_convert_low_i32x4(b);
    show("f32 sum", wasm_f32x4_add(x, wasm_f32x4_sqrt(wasm_f32x4_abs(x))));
    show("f64 ratio", wasm_f64x2_div(y, wasm_f64x2_splat(3)));
    show("nearest", wasm_f64x2_nearest(wasm_f64x2_mul(y, wasm_f64x2_splat(0.25))));
    show("pmin", wasm_f32x4_pmin(x, wasm_f32x4_neg(x)));
    show("demote", wasm_f32x4_demote_f64x2_zero(y));
    show("promote", wasm_f64x2_promote_low_f32x4(x));
    show("truncate", wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_mul(x, wasm_f32x4_splat(3))));
    show("compare", wasm_f32x4_ge(x, wasm_f32x4_splat(0)));
}

static void loops(void) {
    static float a[1000], b[1000];
    static uint8_t bytes[1000];
    for (int i = 0; i < 1000; i++) {
        a[i] = (float)(i % 37) - 18;
        b[i] = (float)(i % 11) / 8;
        bytes[i] = (uint8_t)(i * 7);
    }
    for (int i = 0; i < 1000; i++) a[i] = a[i] * b[i] + fabsf(a[i]);
    unsigned sum = 0;
    for (int i = 0; i < 1000; i++) sum += bytes[i];
    printf("loops      %a %a %u\n", a[123], a[999], sum);
}

int main(void) {
    for (int round = 0; round < 50; round++) {
        v128_t a = next(), b = next();
        integers(a, b);
        floats(a, b);
    }
    loops();
    return 0;
}

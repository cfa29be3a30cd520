// What libsodium computes, written anew from RFC 8439 (ChaCha20, Poly1305), RFC 6234 (SHA-512), RFC 7693
// (BLAKE2b), RFC 7748 (X25519), the SipHash paper, and RFC 4648 (base64 in constant time).

#define ROTL32(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define ROTR64(x, n) ((x) >> (n) | (x) << (64 - (n)))

#define QUARTER(a, b, c, d)                                                                                  \
    do {                                                                                                     \
        x[a] += x[b], x[d] = ROTL32(x[d] ^ x[a], 16);                                                        \
        x[c] += x[d], x[b] = ROTL32(x[b] ^ x[c], 12);                                                        \
        x[a] += x[b], x[d] = ROTL32(x[d] ^ x[a], 8);                                                         \
        x[c] += x[d], x[b] = ROTL32(x[b] ^ x[c], 7);                                                         \
    } while (0)

static void chacha20(void) {
    u32 input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    FOR(i, 0, 8) input[4 + i] = load32(state + 4 * i);
    for (u32 block = 0; block < sizeof text / 64; block++) {
        u32 x[16];
        input[12] = block;
        memcpy(x, input, sizeof x);
        FOR(round, 0, 10) {
            QUARTER(0, 4, 8, 12);
            QUARTER(1, 5, 9, 13);
            QUARTER(2, 6, 10, 14);
            QUARTER(3, 7, 11, 15);
            QUARTER(0, 5, 10, 15);
            QUARTER(1, 6, 11, 12);
            QUARTER(2, 7, 8, 13);
            QUARTER(3, 4, 9, 14);
        }
        u8 *to = text + 64 * block;
        FOR(i, 0, 16) store32(to + 4 * i, load32(to + 4 * i) ^ (x[i] + input[i]));
    }
    memcpy(state, text, sizeof state);
}

// In limbs of 26 bits, as for machines of 32.
static void poly1305(void) {
    const u32 mask = 0x3ffffff;
    const u8 *key = state;
    u64 r0 = load32(key) & 0x3ffffff, r1 = load32(key + 3) >> 2 & 0x3ffff03, r2 = load32(key + 6) >> 4 & 0x3ffc0ff;
    u64 r3 = load32(key + 9) >> 6 & 0x3f03fff, r4 = load32(key + 12) >> 8 & 0x00fffff;
    u64 s1 = r1 * 5, s2 = r2 * 5, s3 = r3 * 5, s4 = r4 * 5;
    u64 h0 = 0, h1 = 0, h2 = 0, h3 = 0, h4 = 0;
    for (u32 at = 0; at < sizeof text; at += 16) {
        const u8 *m = text + at;
        h0 += load32(m) & mask;
        h1 += load32(m + 3) >> 2 & mask;
        h2 += load32(m + 6) >> 4 & mask;
        h3 += load32(m + 9) >> 6;
        h4 += load32(m + 12) >> 8 | 1 << 24;
        u64 d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
        u64 d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2;
        u64 d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3;
        u64 d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4;
        u64 d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;
        d1 += d0 >> 26, h0 = d0 & mask;
        d2 += d1 >> 26, h1 = d1 & mask;
        d3 += d2 >> 26, h2 = d2 & mask;
        d4 += d3 >> 26, h3 = d3 & mask;
        h0 += (d4 >> 26) * 5, h4 = d4 & mask;
        h1 += h0 >> 26, h0 &= mask;
    }
    store64(state, h0 | h1 << 26 | h2 << 52);
    store64(state + 8, h2 >> 12 | h3 << 14 | h4 << 40);
    state[16]++;
}

// The first 64 bits of the fractional parts of the cube roots of the first 80 primes, by integer roots.
static u64 constants[80];

static u64 cube_root_fraction(u32 prime) {
    // The greatest x with x^3 <= prime * 2^192 has 67 bits at most; its low 64 are what is asked for.
    u128 root = 0;
    for (int bit = 66; bit >= 0; bit--) {
        u128 tried = root | (u128)1 << bit;
        // tried^3, in three parts of 64 bits and a rest above.
        u64 a = (u64)tried, b = (u64)(tried >> 64);
        u128 low = (u128)a * a, middle = 2 * (u128)a * b + (low >> 64);
        u64 q0 = (u64)low, q1 = (u64)middle, q2 = (u64)(middle >> 64) + b * b;
        u128 c0 = (u128)q0 * a, c1 = (u128)q1 * a + (u128)q0 * b + (c0 >> 64);
        u128 c2 = (u128)q2 * a + (u128)q1 * b + (c1 >> 64);
        u128 c3 = (u128)q2 * b + (c2 >> 64);
        if (c3 < prime)
            root = tried;
    }
    return (u64)root;
}

static void find_constants(void) {
    int found = 0;
    for (u32 number = 2; found < 80; number++) {
        int divisible = 0;
        for (u32 d = 2; d * d <= number; d++) divisible |= number % d == 0;
        if (!divisible)
            constants[found++] = cube_root_fraction(number);
    }
}

static void sha512_block(u64 h[8], const u8 *block) {
    u64 w[80], v[8];
    FOR(i, 0, 16) w[i] = __builtin_bswap64(load64(block + 8 * i));
    FOR(i, 16, 80) {
        u64 a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (ROTR64(a, 1) ^ ROTR64(a, 8) ^ a >> 7) + w[i - 7] + (ROTR64(b, 19) ^ ROTR64(b, 61) ^ b >> 6);
    }
    memcpy(v, h, sizeof v);
    FOR(i, 0, 80) {
        u64 a = v[0], e = v[4];
        u64 t1 = v[7] + (ROTR64(e, 14) ^ ROTR64(e, 18) ^ ROTR64(e, 41)) + (v[6] ^ (e & (v[5] ^ v[6]))) + constants[i] + w[i];
        u64 t2 = (ROTR64(a, 28) ^ ROTR64(a, 34) ^ ROTR64(a, 39)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6], v[6] = v[5], v[5] = e, v[4] = v[3] + t1, v[3] = v[2], v[2] = v[1], v[1] = a, v[0] = t1 + t2;
    }
    FOR(i, 0, 8) h[i] += v[i];
}

static const u64 first_state[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static void sha512(void) {
    u64 h[8];
    if (!constants[0])
        find_constants();
    memcpy(h, first_state, sizeof h);
    sha512_block(h, state);
    for (u32 at = 0; at < sizeof text; at += 128) sha512_block(h, text + at);
    FOR(i, 0, 8) store64(state + 8 * i, h[i]);
}

#define MIX(a, b, c, d, x, y)                                                                                \
    do {                                                                                                     \
        v[a] += v[b] + x, v[d] = ROTR64(v[d] ^ v[a], 32);                                                    \
        v[c] += v[d], v[b] = ROTR64(v[b] ^ v[c], 24);                                                        \
        v[a] += v[b] + y, v[d] = ROTR64(v[d] ^ v[a], 16);                                                    \
        v[c] += v[d], v[b] = ROTR64(v[b] ^ v[c], 63);                                                        \
    } while (0)

static void blake2b(void) {
    static const u8 sigma[10][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    };
    u64 h[8];
    memcpy(h, first_state, sizeof h);
    h[0] ^= 0x01010040 ^ load64(state);
    for (u32 at = 0; at < sizeof text; at += 128) {
        u64 v[16], m[16];
        FOR(i, 0, 16) m[i] = load64(text + at + 8 * i);
        FOR(i, 0, 8) v[i] = h[i], v[i + 8] = first_state[i];
        v[12] ^= at + 128;
        v[14] ^= at + 128 == sizeof text ? ~(u64)0 : 0;
        FOR(round, 0, 12) {
            const u8 *s = sigma[round % 10];
            MIX(0, 4, 8, 12, m[s[0]], m[s[1]]);
            MIX(1, 5, 9, 13, m[s[2]], m[s[3]]);
            MIX(2, 6, 10, 14, m[s[4]], m[s[5]]);
            MIX(3, 7, 11, 15, m[s[6]], m[s[7]]);
            MIX(0, 5, 10, 15, m[s[8]], m[s[9]]);
            MIX(1, 6, 11, 12, m[s[10]], m[s[11]]);
            MIX(2, 7, 8, 13, m[s[12]], m[s[13]]);
            MIX(3, 4, 9, 14, m[s[14]], m[s[15]]);
        }
        FOR(i, 0, 8) h[i] ^= v[i] ^ v[i + 8];
    }
    FOR(i, 0, 8) store64(state + 8 * i, h[i]);
}

static void siphash(void) {
    u64 k0 = load64(state), k1 = load64(state + 8);
    u64 a = k0 ^ 0x736f6d6570736575, b = k1 ^ 0x646f72616e646f6d, c = k0 ^ 0x6c7967656e657261, d = k1 ^ 0x7465646279746573;
    for (u32 at = 0; at <= sizeof text; at += 8) {
        u64 m = at < sizeof text ? load64(text + at) : (u64)sizeof text << 56;
        d ^= m;
        FOR(round, 0, 2) {
            a += b, b = ROTR64(b, 51) ^ a, a = ROTR64(a, 32);
            c += d, d = ROTR64(d, 48) ^ c;
            a += d, d = ROTR64(d, 43) ^ a;
            c += b, b = ROTR64(b, 47) ^ c, c = ROTR64(c, 32);
        }
        a ^= m;
    }
    store64(state, a ^ b ^ c ^ d);
}

// Numbers modulo 2^255 - 19, in limbs of 51 bits.
typedef u64 field[5];

static void carry(field to, u128 t[5]) {
    const u64 mask = ((u64)1 << 51) - 1;
    FOR(i, 0, 4) t[i + 1] += (u64)(t[i] >> 51), to[i] = (u64)t[i] & mask;
    to[4] = (u64)t[4] & mask;
    to[0] += (u64)(t[4] >> 51) * 19;
    to[1] += to[0] >> 51, to[0] &= mask;
}

static void multiply(field to, const field f, const field g) {
    u128 t[5];
    u64 g1 = 19 * g[1], g2 = 19 * g[2], g3 = 19 * g[3], g4 = 19 * g[4];
    t[0] = (u128)f[0] * g[0] + (u128)f[1] * g4 + (u128)f[2] * g3 + (u128)f[3] * g2 + (u128)f[4] * g1;
    t[1] = (u128)f[0] * g[1] + (u128)f[1] * g[0] + (u128)f[2] * g4 + (u128)f[3] * g3 + (u128)f[4] * g2;
    t[2] = (u128)f[0] * g[2] + (u128)f[1] * g[1] + (u128)f[2] * g[0] + (u128)f[3] * g4 + (u128)f[4] * g3;
    t[3] = (u128)f[0] * g[3] + (u128)f[1] * g[2] + (u128)f[2] * g[1] + (u128)f[3] * g[0] + (u128)f[4] * g4;
    t[4] = (u128)f[0] * g[4] + (u128)f[1] * g[3] + (u128)f[2] * g[2] + (u128)f[3] * g[1] + (u128)f[4] * g[0];
    carry(to, t);
}

static void add(field to, const field a, const field b) { FOR(i, 0, 5) to[i] = a[i] + b[i]; }

// Adds four times the modulus first, so that no limb becomes negative.
static void subtract(field to, const field a, const field b) {
    FOR(i, 0, 5) to[i] = a[i] + (((u64)1 << 53) - (i ? 4 : 76)) - b[i];
}

static void swap(field a, field b, u64 bit) {
    FOR(i, 0, 5) {
        u64 mask = (0 - bit) & (a[i] ^ b[i]);
        a[i] ^= mask, b[i] ^= mask;
    }
}

// a^(p - 2), where p - 2 has all bits set but those of 20: the square and multiply of RFC 7748's loop.
static void invert(field to, const field a) {
    field power;
    memcpy(power, a, sizeof power);
    for (int bit = 253; bit >= 0; bit--) {
        multiply(power, power, power);
        if (bit != 2 && bit != 4)
            multiply(power, power, a);
    }
    memcpy(to, power, sizeof power);
}

static void x25519(void) {
    const u64 mask = ((u64)1 << 51) - 1;
    u8 scalar[32];
    const u8 *u = state + 32;
    memcpy(scalar, state, 32);
    scalar[0] &= 248, scalar[31] = (scalar[31] & 127) | 64;
    field x1 = {load64(u) & mask, load64(u + 6) >> 3 & mask, load64(u + 12) >> 6 & mask, load64(u + 19) >> 1 & mask,
                load64(u + 24) >> 12 & mask};
    x1[0] |= 9;
    field x2 = {1}, z2 = {0}, x3, z3 = {1}, a, b, c, d, e, aa, bb;
    const field a24 = {121665};
    u64 swapped = 0;
    memcpy(x3, x1, sizeof x3);
    for (int bit = 254; bit >= 0; bit--) {
        u64 now = scalar[bit / 8] >> (bit & 7) & 1;
        swap(x2, x3, swapped ^ now);
        swap(z2, z3, swapped ^ now);
        swapped = now;
        add(a, x2, z2), subtract(b, x2, z2), add(c, x3, z3), subtract(d, x3, z3);
        multiply(aa, a, a), multiply(bb, b, b), multiply(d, d, a), multiply(c, c, b);
        add(x3, d, c), subtract(z3, d, c);
        multiply(x3, x3, x3), multiply(z3, z3, z3), multiply(z3, z3, x1);
        multiply(x2, aa, bb), subtract(e, aa, bb);
        multiply(z2, e, a24), add(z2, z2, aa), multiply(z2, z2, e);
    }
    swap(x2, x3, swapped);
    swap(z2, z3, swapped);
    invert(z2, z2);
    multiply(x2, x2, z2);
    // Below the modulus: adds 19 and sees whether bit 255 is set.
    FOR(time, 0, 2) FOR(i, 0, 5) {
        x2[(i + 1) % 5] += (x2[i] >> 51) * (i == 4 ? 19 : 1);
        x2[i] &= mask;
    }
    u64 over = x2[0] + 19;
    FOR(i, 1, 5) over = x2[i] + (over >> 51);
    x2[0] += 19 * (over >> 51);
    FOR(i, 0, 4) x2[i + 1] += x2[i] >> 51, x2[i] &= mask;
    x2[4] &= mask;
    store64(state, x2[0] | x2[1] << 51);
    store64(state + 8, x2[1] >> 13 | x2[2] << 38);
    store64(state + 16, x2[2] >> 26 | x2[3] << 25);
    store64(state + 24, x2[3] >> 39 | x2[4] << 12);
}

// All ones where a < b, else 0.
static u32 below(u32 a, u32 b) { return (u32)((int)(a - b) >> 31); }

static u8 letter(u32 six) {
    return (u8)((below(six, 26) & (six + 'A')) | (~below(six, 26) & below(six, 52) & (six + 'a' - 26)) |
                (~below(six, 52) & below(six, 62) & (six + '0' - 52)) | (~below(six, 62) & below(six, 63) & '+') |
                (~below(six, 63) & '/'));
}

static void base64(void) {
    static u8 letters[sizeof text / 3 * 4];
    text[state[0]]++;
    for (u32 at = 0, to = 0; at + 3 <= sizeof text; at += 3, to += 4) {
        u32 three = (u32)text[at] << 16 | (u32)text[at + 1] << 8 | text[at + 2];
        FOR(i, 0, 4) letters[to + i] = letter(three >> (18 - 6 * i) & 63);
    }
    FOR(i, 0, 64) state[i] = (u8)(state[i] * 3 + letters[i * 80]);
}

int main(int argc, char **argv) {
    static const kernel kernels[] = {
        {"chacha20", chacha20}, {"poly1305", poly1305}, {"sha512", sha512}, {"blake2b", blake2b},
        {"siphash", siphash},   {"x25519", x25519},     {"base64", base64},
    };
    return run_kernel(kernels, sizeof kernels / sizeof *kernels, argc, argv);
}

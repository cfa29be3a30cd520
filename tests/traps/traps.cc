// Traps in methods, templates and lambdas, by their number as the first argument.

#include <cstdint>
#include <cstdlib>

extern "C" __attribute__((import_module("env"), import_name("absent"))) int absent(int);

namespace shapes {

volatile int zero = 0;

struct Shape {
    virtual ~Shape() = default;
    virtual int area(int scale) const = 0;
};

struct Square : Shape {
    int side = 3;
    [[gnu::noinline]] int area(int scale) const override { return side * side / scale; }
};

struct Torn : Shape {
    [[gnu::noinline]] int area(int scale) const override {
        return *reinterpret_cast<volatile int *>(0xfffffff0) + scale;
    }
};

template <typename T> [[gnu::noinline]] int measure(const T &shape, int scale) {
    return static_cast<const Shape &>(shape).area(scale) + 1;
}

template <typename T> [[gnu::noinline]] T truncated(double number) {
    return __builtin_wasm_trunc_s_i64_f64(number);
}

[[gnu::noinline]] int descend(int depth) { return depth + descend(depth + zero + 1) * 3; }

} // namespace shapes

[[gnu::noinline]] static int run(int kind) {
    using namespace shapes;
    struct { void *table; } fake{};
    static void *entries[3];
    Shape *volatile shape = reinterpret_cast<Shape *>(&fake);
    fake.table = entries;
    switch (kind) {
    case 0: return [](int) __attribute__((noinline)) -> int { __builtin_trap(); }(kind);
    case 1: return measure(Torn{}, zero);
    case 2: return measure(Square{}, zero);
    case 3: return truncated<long long>(zero / static_cast<double>(zero));
    case 4: return truncated<long long>(1e30 + zero);
    case 5: return measure(*shape, zero);
    case 6: entries[2] = reinterpret_cast<void *>(100000); return measure(*shape, zero);
    case 7: entries[2] = reinterpret_cast<void *>(&absent); return measure(*shape, zero);
    case 8: return descend(zero);
    default: return absent(kind);
    }
}

int main(int argc, char **argv) { return run(argc > 1 ? std::atoi(argv[1]) : 0); }

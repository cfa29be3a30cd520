// What C++ promises of exceptions, told line by line. With the argument `uncaught` it ends by one.
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

namespace {

struct Left {
    virtual ~Left() = default;
    int left = 1;
};
struct Right {
    virtual ~Right() = default;
    virtual const char *name() const { return "right"; }
    int right = 2;
};
struct Both : Left, Right {
    const char *name() const override { return "both"; }
};

struct Guard {
    explicit Guard(std::string name) : name(std::move(name)) {}
    ~Guard() { std::printf("  ~%s, unwinding %d\n", name.c_str(), std::uncaught_exceptions()); }
    std::string name;
};

struct Counted {
    static int alive;
    int value;
    explicit Counted(int value) : value(value) { ++alive; }
    Counted(const Counted &other) : value(other.value) { ++alive; }
    ~Counted() { --alive; }
};
int Counted::alive = 0;

[[gnu::noinline]] void fail(int kind) {
    switch (kind) {
    case 0: throw 42;
    case 1: throw 2.5;
    case 2: throw "text";
    case 3: throw std::out_of_range("range");
    case 4: throw std::bad_alloc();
    case 5: throw Both();
    case 6: throw static_cast<long long>(1) << 40;
    case 7: throw std::string("string");
    default: std::printf("  nothing thrown\n");
    }
}

void by_type() {
    for (int kind = 0; kind <= 8; ++kind) {
        try {
            fail(kind);
        } catch (int value) {
            std::printf("  int %d\n", value);
        } catch (double value) {
            std::printf("  double %g\n", value);
        } catch (const char *value) {
            std::printf("  characters %s\n", value);
        } catch (const std::logic_error &error) {
            std::printf("  logic_error %s, a %s\n", error.what(), typeid(error).name());
        } catch (const std::exception &error) {
            std::printf("  exception %s\n", error.what());
        } catch (const Right &right) {
            std::printf("  %s %d\n", right.name(), right.right);
        } catch (...) {
            std::printf("  something else\n");
        }
    }
}

[[gnu::noinline]] int deep(int depth, const std::function<int(int)> &last) {
    Counted local(depth);
    return depth == 0 ? last(local.value) : deep(depth - 1, last) + local.value;
}

void through_frames() {
    for (int depth : {0, 1, 10, 1000}) {
        try {
            std::printf("  returned %d\n", deep(depth, [](int value) { return value + 1; }));
            deep(depth, [](int) -> int { throw std::runtime_error("from the deep"); });
        } catch (const std::runtime_error &error) {
            std::printf("  %s, %d alive\n", error.what(), Counted::alive);
        }
    }
}

void rethrown() {
    try {
        Guard outer("outer");
        try {
            Guard inner("inner");
            throw Counted(7);
        } catch (Counted &caught) {
            Guard handler("handler");
            caught.value *= 2;
            throw;
        }
    } catch (const Counted &caught) {
        std::printf("  value %d, %d alive\n", caught.value, Counted::alive);
    }
    std::printf("  %d alive\n", Counted::alive);
}

void nested() {
    try {
        fail(0);
    } catch (int first) {
        try {
            fail(1);
        } catch (double second) {
            try {
                fail(2);
            } catch (const char *third) {
                std::printf("  %d %g %s\n", first, second, third);
            }
        }
        try {
            throw;
        } catch (int again) {
            std::printf("  again %d\n", again);
        }
    }
}

struct Thrower {
    Guard first{"first member"};
    Guard second;
    explicit Thrower(int kind) try : second("second member") {
        fail(kind);
    } catch (const std::exception &error) {
        std::printf("  constructor: %s\n", error.what());
    }
};

void construction() {
    try {
        auto thrower = std::make_unique<Thrower>(3);
        std::printf("  never here\n");
    } catch (const std::exception &error) {
        std::printf("  %s\n", error.what());
    }
}

struct Quiet {
    ~Quiet() {
        try {
            fail(7);
        } catch (const std::string &text) {
            std::printf("  within unwinding: %s\n", text.c_str());
        }
    }
};

void while_unwinding() {
    try {
        Quiet quiet;
        fail(4);
    } catch (const std::bad_alloc &) {
        std::printf("  the first went on\n");
    }
}

void casts() {
    Both both;
    Left &left = both;
    std::printf("  %s\n", dynamic_cast<Right &>(left).name());
    Left plain;
    Left &other = plain;
    std::printf("  %d\n", dynamic_cast<Both *>(&other) == nullptr);
    std::printf("  %d %d\n", typeid(left) == typeid(Both), typeid(other) == typeid(Both));
    try {
        std::vector<int>(3).at(5);
    } catch (const std::out_of_range &error) {
        std::printf("  %s\n", error.what());
    }
}

void often() {
    long long sum = 0;
    for (int round = 0; round < 100000; ++round) {
        try {
            if (round % 3 != 0) fail(round % 2 == 0 ? 0 : 6);
            ++sum;
        } catch (int value) {
            sum += value;
        } catch (long long value) {
            sum ^= value;
        }
    }
    std::printf("  %lld\n", sum);
}

} // namespace

int main(int argc, char **argv) {
    struct Part {
        const char *name;
        void (*run)();
    };
    const Part parts[] = {
        {"by type", by_type},           {"through frames", through_frames},
        {"rethrown", rethrown},         {"nested", nested},
        {"construction", construction}, {"while unwinding", while_unwinding},
        {"casts", casts},               {"often", often},
    };
    for (const Part &part : parts) {
        std::printf("%s\n", part.name);
        part.run();
    }
    std::fflush(stdout);
    if (argc > 1 && std::strcmp(argv[1], "uncaught") == 0) fail(0);
    return 21;
}

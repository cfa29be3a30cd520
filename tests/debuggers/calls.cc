// A method that no compiler inlines, because it calls itself.

#include <cstdio>

namespace shapes {
struct Square {
    int side;
    int area(int depth) const;
};

__attribute__((noinline)) int Square::area(int depth) const {
    volatile int room = side;
    if (depth == 0) return room * room;
    int below = area(depth - 1);
    return below + room * area(depth - 1);
}
}  // namespace shapes

int main(int argc, char **) {
    shapes::Square square{argc + 1};
    std::printf("%d\n", square.area(3));
}

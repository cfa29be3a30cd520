// Functions that no compiler inlines, because they call themselves.

#include <stdio.h>

__attribute__((noinline)) int sink(int depth, int a, int b, int c) {
    volatile int room[4] = {a, b, c, depth};
    if (depth == 0) return room[a & 3];
    int left = sink(depth - 1, b, c, room[0]);
    return left * a + sink(depth - 1, c, left, room[1]) * b + left + c;
}

__attribute__((noinline)) int descend(int depth, int seed) {
    if (depth == 0) return sink(seed, 1, 2, 3);
    int below = descend(depth - 1, seed);
    return below * depth + seed;
}

int main(int argc, char **argv) {
    (void)argv;
    printf("%d\n", descend(4, argc > 1 ? 22 : 3));
    return 0;
}

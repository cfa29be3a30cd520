// Reads far outside of memory, in a function that the compiler inlines.
#include <stdio.h>

static int pick(const int *table, unsigned index) {
    return table[index];
}

__attribute__((noinline)) int sum(const int *table, unsigned far) {
    return pick(table, 1) + pick(table, far);
}

int main(int argc, char **argv) {
    static int table[4] = {1, 2, 3, 4};
    return printf("%d\n", sum(table, 0x30000000u * argc));
}

// Adds numbers of a table at given places, the last of which is far outside it.
#include <stdio.h>

static int pick(const int *table, unsigned place) {
    return table[place];
}

__attribute__((noinline)) static int sum(const int *table, const unsigned *places, int count) {
    int total = 0;
    for (int i = 0; i < count; i++)
        total += pick(table, places[i]);
    return total;
}

int main(void) {
    int table[] = {3, 5, 7};
    volatile unsigned last = 1u << 28;
    unsigned places[] = {0, 2, last};
    printf("%d\n", sum(table, places, 3));
}

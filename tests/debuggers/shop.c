// Blocks, structures, pointers, strings, globals, for debuggers to show.

#include <stdio.h>

enum color { RED, GREEN };

struct item {
    int price;
    double weight;
    const char *name;
    enum color color;
    struct item *next;
};

int sold = 7;
const char *title = "fruit";
static struct item last = {5, 0.5, "plum", GREEN, 0};

static int twice(int number) {
    int result = number + number;
    return result; // twice
}

int total(struct item *first, int count) {
    int sum = 0;
    for (struct item *item = first; item; item = item->next) {
        int price = twice(item->price);
        sum += price * count; // in total
    }
    sold += count;
    return sum; // end of total
}

int main(void) {
    struct item list = {30, 1.25, "pear", RED, &last};
    int numbers[3] = {1, 2, 3};
    int sum = total(&list, numbers[1]); // in main
    printf("%s: %d\n", title, sum);
    return 0;
}

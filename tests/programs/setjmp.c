// What C promises of setjmp and longjmp, told line by line.
#include <setjmp.h>
#include <stdio.h>

static jmp_buf outer, inner;

__attribute__((noinline)) static void dive(int depth, jmp_buf target, int value) {
    volatile char frame[64];
    frame[depth % 64] = (char)depth;
    if (depth == 0) longjmp(target, value);
    dive(depth - 1, target, value);
    printf("never here %d\n", frame[0]);
}

static void counts(void) {
    volatile int rounds = 0;
    int value = setjmp(outer);
    printf("counts: %d after %d rounds\n", value, rounds);
    if (rounds++ < 3) dive(rounds * 100, outer, rounds * 11);
}

static void zero_becomes_one(void) {
    int value = setjmp(outer);
    if (value == 0) longjmp(outer, 0);
    printf("zero becomes %d\n", value);
}

static void two_targets(void) {
    volatile int passes = 0;
    switch (setjmp(outer)) {
    case 0:
        switch (setjmp(inner)) {
        case 0: dive(10, inner, 1);
        case 1: passes += 1; dive(10, inner, 2);
        case 2: passes += 10; dive(10, outer, 3);
        }
        printf("never here\n");
        break;
    case 3:
        passes += 100;
        printf("two targets: %d passes\n", passes);
    }
}

typedef void (*action)(int);
static void returns(int value) { printf("returns %d\n", value); }
static void jumps(int value) { longjmp(inner, value); }

static void by_pointer(void) {
    static const action actions[] = {returns, jumps, returns, jumps};
    for (volatile int i = 0; i < 4; i++) {
        int value = setjmp(inner);
        if (value == 0) actions[i](i + 1);
        else printf("jumped with %d\n", value);
    }
}

static void often(void) {
    volatile long long sum = 0;
    for (volatile int i = 1; i <= 100000; i++) {
        int value = setjmp(outer);
        if (value == 0) dive(3, outer, i);
        sum += value;
    }
    printf("often: %lld\n", sum);
}

int main(void) {
    counts();
    zero_becomes_one();
    two_targets();
    by_pointer();
    often();
    return 17;
}

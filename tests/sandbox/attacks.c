/* What someone may try who has taken control of a program: each move is a raw system call. The test
   links this with a module, which names the move by the number of its arguments. */

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static long call(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* The system call by the gate of 32-bit programs. */
static long call32(long number) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number) : "memory");
    return result;
}

#define AT_FDCWD (-100)
#define PROT_RX 5
#define PROT_RWX 7
#define PRIVATE_ANONYMOUS 0x22
#define X32 0x40000000

static char page[2 * 4096] __attribute__((aligned(4096)));
static char outside[] = "outside.txt";
static char made[] = "made";
static char *const arguments[] = {"true", NULL};
static uint64_t zeros[32];
static struct { uint64_t flags, mode, resolve; } how = {0, 0, 0};
static struct { uint16_t family, port; uint32_t address; uint64_t zero; } internet = {
    2, 0x0100 /* port 1 */, 0x0100007f, 0};
static struct { uint16_t family; char path[8]; } abstract = {1, "\0kiln-x"};

/* Another process: there always is one, of the number 1. */
enum { OTHER = 1 };

#define A(value) ((long)(value))

static long attack(unsigned move) {
    switch (move) {
#define MOVE(index, name, ...) case index: return call(__VA_ARGS__);
#include "moves.h"
#undef MOVE
    case 100:
        return call32(20);
    /* Connects to a port at which nobody listens. */
    case 101:
        return call(SYS_connect, call(SYS_socket, 2, 1, 0, 0, 0, 0), A(&internet), 16, 0, 0, 0);
    case 102:
        return call(SYS_bind, call(SYS_socket, 2, 1, 0, 0, 0, 0), A(&internet), 16, 0, 0, 0);
    case 103:
        return call(SYS_connect, call(SYS_socket, 1, 1, 0, 0, 0, 0), A(&abstract), 9, 0, 0, 0);
    }
    return -1;
}

/* Makes the move and prints what the kernel gave. */
void env_attack(void *instance, unsigned move) {
    (void)instance;
    long result = attack(move);
    char text[32];
    char *at = text + sizeof text;
    unsigned long number = result < 0 ? -result : result;
    *--at = '\n';
    do *--at = '0' + number % 10;
    while (number /= 10);
    if (result < 0) *--at = '-';
    call(SYS_write, 2, A(at), text + sizeof text - at, 0, 0, 0);
}

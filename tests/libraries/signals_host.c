// A host that handles signals itself: its own faults stay its own, before and after the module's.

#define _GNU_SOURCE
#include "abi.h"
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

static sigjmp_buf back;
static int handled;
static char *forbidden;

static void handle(int signal, siginfo_t *info, void *context) {
    (void)context;
    if (signal == SIGSEGV)
        CHECK(info->si_addr == forbidden);
    handled++;
    siglongjmp(back, 1);
}

static void fault(void) {
    int before = handled;
    if (sigsetjmp(back, 1) == 0)
        *(volatile char *)forbidden = 1;
    CHECK(handled == before + 1);
}

static void illegal(void) {
    int before = handled;
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("ud2");
    CHECK(handled == before + 1);
}

static void trap(abi_instance *instance) {
    int32_t result;
    CHECK(abi_load(instance, -1, &result) == KILN_TRAP);
    CHECK(abi_unreachable(instance) == KILN_TRAP);
    CHECK(abi_divide(instance, 1, 0, &result) == KILN_TRAP);
    CHECK(abi_recurse(instance, INT32_MAX, &result) == KILN_TRAP);
}

static void handle_signals(int flags) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | flags};
    CHECK(sigaction(SIGSEGV, &action, 0) == 0);
    CHECK(sigaction(SIGILL, &action, 0) == 0);
}

int main(void) {
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    forbidden = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle_signals(0);
    fault();

    abi_instance *instance;
    DO(abi_instance_new(&instance));
    DO(abi_instance_start(instance));
    trap(instance);
    fault();
    illegal();
    trap(instance);
    CHECK(sigaltstack(&alternate, 0) == 0);
    trap(instance);
    fault();
    illegal();
    trap(instance);
    CHECK(handled == 5);
    abi_instance_free(instance);
    fault();

    // Without a handler of the host's, its faults end it as ever.
    CHECK(signal(SIGSEGV, SIG_DFL) != SIG_ERR);
    *(volatile char *)forbidden = 1;
    return 0;
}

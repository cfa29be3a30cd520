// Every way a call can end; the instance can be called on after each.

#define _GNU_SOURCE
#include "abi.h"
#include "check.h"
#include <pthread.h>
#include <signal.h>

static abi_instance *instance;
static int64_t calls;

static void check_alive(void) {
    int64_t count;
    DO(abi_count(instance, &count));
    CHECK(count == ++calls);
}

static void check_message(const char *part) {
    if (!strstr(abi_instance_message(instance), part)) {
        fprintf(stderr, "`%s` is not in: %s\n", part, abi_instance_message(instance));
        exit(1);
    }
    check_alive();
}

// Every ending, in the thread that calls this.
static void check_endings(void) {
    int32_t i32;
    int64_t i64;
    CHECK(abi_unreachable(instance) == KILN_TRAP);
    check_message("wasm trap: unreachable executed");
    check_message("#0 un\\u{1b}[31m\\nreachable (wasm-function[");
    CHECK(abi_divide(instance, 1, 0, &i32) == KILN_TRAP);
    check_message("integer divide by zero");
    CHECK(abi_divide(instance, INT32_MIN, -1, &i32) == KILN_TRAP);
    check_message("integer overflow");
    CHECK(abi_load(instance, 65536, &i32) == KILN_TRAP);
    check_message("out of bounds memory access");
    CHECK(abi_load(instance, -1, &i32) == KILN_TRAP);
    check_message("out of bounds memory access");
    CHECK(abi_load_far(instance, -1, &i32) == KILN_TRAP);
    check_message("#0 ");
    CHECK(abi_recurse(instance, INT32_MAX, &i32) == KILN_TRAP);
    check_message("call stack exhausted");
    DO(abi_recurse(instance, 1000, &i32));
    CHECK(i32 == 1000);
    DO(abi_tail(instance, 10000000, &i32));
    CHECK(i32 == 7);
    CHECK(abi_throw(instance) == KILN_EXCEPTION);
    check_message("uncaught exception with tag ");
    check_message("\n  #0 ");
    DO(abi_catch(instance, &i32, &i64));
    CHECK(i32 == 5 && i64 == 6);
    CHECK(abi_exit(instance, 17) == KILN_EXIT);
    CHECK(abi_instance_exit_code(instance) == 17);
    check_alive();
}

// A thread whose creator has blocked all signals; they are to be blocked afterwards as well.
static void *blocked_thread(void *unused) {
    sigset_t blocked;
    check_endings();
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &blocked) == 0);
    CHECK(sigismember(&blocked, SIGSEGV) && sigismember(&blocked, SIGILL));
    CHECK(sigismember(&blocked, SIGFPE) && sigismember(&blocked, SIGBUS));
    return unused;
}

static void check_endings_where_signals_are_blocked(void) {
    sigset_t all, former;
    pthread_t thread;
    sigfillset(&all);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &former) == 0);
    CHECK(pthread_create(&thread, NULL, blocked_thread, NULL) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &former, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

int main(void) {
    int32_t i32;
    DO(abi_instance_new(&instance));
    CHECK(abi_nothing(instance) == KILN_MISUSE);
    CHECK(strlen(abi_instance_message(instance)) > 0);
    DO(abi_instance_arg(instance, "one"));
    DO(abi_instance_arg(instance, "two"));
    DO(abi_instance_start(instance));
    CHECK(abi_instance_start(instance) == KILN_MISUSE);
    CHECK(abi_instance_arg(instance, "late") == KILN_MISUSE);
    CHECK(abi_instance_env(instance, "LATE", "") == KILN_MISUSE);
    CHECK(abi_instance_dir(instance, ".", ".", 0) == KILN_MISUSE);
    CHECK(abi_instance_stream(instance, 1, 1) == KILN_MISUSE);
    DO(abi_arguments(instance, &i32));
    CHECK(i32 == 3);
    check_alive();

    check_endings();
    check_endings_where_signals_are_blocked();
    check_endings();
    i32 = 99;
    CHECK(abi_divide(instance, 1, 0, &i32) == KILN_TRAP && i32 == 99);
    abi_instance_free(instance);
    return 0;
}

/*
 * The WebAssembly module `my_app` as a native library. Made by Kiln.
 *
 *     my_app_instance *instance;
 *     if (my_app_instance_new(&instance) != KILN_OK) ...
 *     if (my_app_instance_start(instance) != KILN_OK) ...
 *     ... the functions that the module exports ...
 *     my_app_instance_free(instance);
 *
 * There can be any number of instances, each with memory, globals and tables of its own. An
 * instance can move from thread to thread, but is used by one at a time. It is given what was
 * granted when the library was built and what the functions below grant, and nothing of the
 * process's own arguments, environment and directories.
 *
 * Functions return a status. Results are written only where it is KILN_OK.
 *
 * A call unblocks SIGSEGV, SIGBUS, SIGILL and SIGFPE while it runs, because a trap raises one of
 * them. A thread that blocks them between two calls of an instance must unblock them itself.
 */
#ifndef KILN_my_app_H
#define KILN_my_app_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct my_app_instance my_app_instance;

#ifndef KILN_STATUS
#define KILN_STATUS
enum kiln_status {
    /* It is done. */
    KILN_OK = 0,
    /* The module has called `proc_exit`: see `instance_exit_code`. The instance can be called on. */
    KILN_EXIT = 1,
    /* The module has trapped: see `instance_message`. The instance can be called on. */
    KILN_TRAP = 2,
    /* The module has thrown an exception that it does not catch. The instance can be called on. */
    KILN_EXCEPTION = 3,
    /* The system refuses what is needed: see `instance_message`. */
    KILN_REFUSED = 4,
    /* The range does not lie in the memory. */
    KILN_OUT_OF_BOUNDS = 5,
    /* A call that makes no sense now: see `instance_message`. */
    KILN_MISUSE = 6,
};
#endif

#ifndef KILN_V128
#define KILN_V128
/* Passed as __m128i is. */
typedef long long kiln_v128 __attribute__((vector_size(16)));
#endif

/* Creates an instance with what was granted at build. Nothing of the module runs yet.
 * KILN_REFUSED where the system has no memory for it; `*instance` is null then. */
uint32_t my_app_instance_new(my_app_instance **instance);

/* Adds an argument, behind those given at build and before. Argument 0 is the library's name,
 * unless it was built with another. */
uint32_t my_app_instance_arg(my_app_instance *instance, const char *argument);

/* Sets an environment variable. */
uint32_t my_app_instance_env(my_app_instance *instance, const char *name, const char *value);

/* Grants the directory `host` under the name `guest`; where `read_only` is not 0, nothing
 * can be changed in it. */
uint32_t my_app_instance_dir(my_app_instance *instance, const char *host, const char *guest, int read_only);

/* Makes a duplicate of descriptor `fd` standard input (`stream` 0), output (1) or error (2);
 * -1 stands for /dev/null. The process's own streams are the module's where this is not called.
 * A write to a pipe that nobody reads is an error for the module if the process ignores SIGPIPE. */
uint32_t my_app_instance_stream(my_app_instance *instance, int stream, int fd);

/* Runs the module's start function and its `_initialize`, where it has them. Once, before
 * any of the module's functions, and behind all of the above. */
uint32_t my_app_instance_start(my_app_instance *instance);

/* The first byte of the module's exported memory; null where it has none. Stays the same for
 * the life of the instance, unless the library is built with explicit bounds checks: then it
 * is good until the memory grows. */
void *my_app_instance_memory(my_app_instance *instance);

/* The present length of that memory in bytes. */
size_t my_app_instance_memory_size(my_app_instance *instance);

/* Copies `len` bytes at `address` of that memory to `buffer`. KILN_OUT_OF_BOUNDS where they do
 * not all lie in it; nothing is copied then. */
uint32_t my_app_instance_read(my_app_instance *instance, uint64_t address, void *buffer, size_t len);

/* Copies `len` bytes to `address` of that memory, as above. */
uint32_t my_app_instance_write(my_app_instance *instance, uint64_t address, const void *bytes, size_t len);

/* What the module gave to `proc_exit`, after KILN_EXIT. */
uint32_t my_app_instance_exit_code(my_app_instance *instance);

/* What happened, in words, after any other status but KILN_OK; good until the next call. */
const char *my_app_instance_message(my_app_instance *instance);

/* Only in a function that the module imports: ends the module's call with KILN_TRAP and this
 * message, which is copied. Does not return. */
void my_app_instance_trap(my_app_instance *instance, const char *message);

/* Frees the instance and all that it holds. Ends the process where its module is running. */
void my_app_instance_free(my_app_instance *instance);

/* The functions that the module exports. */

/* "nothing": [] -> [] */
uint32_t my_app_nothing(my_app_instance *instance);

/* "all": [i32 i64 f32 f64 v128] -> [i64] */
uint32_t my_app_all(my_app_instance *instance, int32_t a0, int64_t a1, float a2, double a3, kiln_v128 a4, int64_t *result);

/* "swap": [i32 f64] -> [f64 i32] */
uint32_t my_app_swap(my_app_instance *instance, int32_t a0, double a1, double *result0, int32_t *result1);

/* "a-b *\/": [] -> [i32] */
uint32_t my_app_a_x2db_x20_x2a_x2f(my_app_instance *instance, int32_t *result);

/* "a_x2db_x20_x2a_x2f" is left out: `my_app_a_x2db_x20_x2a_x2f` is another function. */

/* "instance_new" is left out: `my_app_instance_new` is another function. */

/* "reference" is left out: it passes a reference, funcref. */

/* The functions that the module imports, to be defined by what is linked with it. They run on
 * the module's stack, may call their instance, and end by returning or by a trap. */

/* "env::add": [i32 i32] -> [i32] */
int32_t env_add(my_app_instance *instance, int32_t a0, int32_t a1);

/* "my host::log": [i64 externref v128] -> [] */
void my_x20host_log(my_app_instance *instance, int64_t a0, uint64_t a1, kiln_v128 a2);

#ifdef __cplusplus
}
#endif

#endif

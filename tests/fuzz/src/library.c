// Runs the `_start` of a library that was built under the name `fuzz`, and tells what an executable tells,
// with a hash of the exported memory.

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static void *library;

static void *function(const char *name) {
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(2);
    }
    return found;
}

int main(int argc, char **argv) {
    alarm(60);
    library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    uint32_t (*new)(void **) = function("fuzz_instance_new");
    uint32_t (*initialize)(void *) = function("fuzz_instance_start");
    uint32_t (*start)(void *) = function("fuzz__start");
    const char *(*message)(void *) = function("fuzz_instance_message");
    unsigned char *(*memory)(void *) = function("fuzz_instance_memory");
    size_t (*size)(void *) = function("fuzz_instance_memory_size");
    void *instance;
    uint32_t status = new(&instance);
    int has_memory = status == 0;
    if (status == 0 && (status = initialize(instance)) == 0)
        status = start(instance);
    else
        has_memory = 0;
    if (status != 0)
        fprintf(stderr, "error: %s\n", message(instance));
    if (has_memory) {
        uint64_t hash = 0xcbf29ce484222325;
        const unsigned char *bytes = memory(instance);
        size_t len = size(instance), part = len < 1 << 20 ? len : 1 << 20;
        for (size_t at = 0; at < part; at++)
            hash = (hash ^ bytes[at]) * 0x100000001b3;
        for (size_t at = len - part; at < len; at++)
            hash = (hash ^ bytes[at]) * 0x100000001b3;
        fprintf(stderr, "memory %llx\n", (unsigned long long)hash);
    }
    return status == 0 ? 0 : status == 2 ? 134 : status == 3 ? 1 : 2;
}

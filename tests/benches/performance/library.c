// Runs a command that Kiln has made a shared library of, as a process of the command's own would run:
// `host LIBRARY ARG...`. Its name is `module`.

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct instance instance;

enum { OK, EXIT, TRAP };

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return found;
}

int main(int argc, char **argv) {
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    uint32_t (*new)(instance **) = symbol(library, "module_instance_new");
    uint32_t (*arg)(instance *, const char *) = symbol(library, "module_instance_arg");
    uint32_t (*start)(instance *) = symbol(library, "module_instance_start");
    uint32_t (*run)(instance *) = symbol(library, "module__start");
    uint32_t (*exit_code)(instance *) = symbol(library, "module_instance_exit_code");
    const char *(*message)(instance *) = symbol(library, "module_instance_message");
    void (*free)(instance *) = symbol(library, "module_instance_free");

    instance *instance = NULL;
    uint32_t status = new(&instance);
    for (int i = 2; i < argc && status == OK; i++)
        status = arg(instance, argv[i]);
    if (status == OK)
        status = start(instance);
    if (status == OK)
        status = run(instance);
    if (status > EXIT)
        fprintf(stderr, "error: %s\n", instance ? message(instance) : "no instance");
    int code = status == OK ? 0 : status == EXIT ? (int)exit_code(instance) : status == TRAP ? 134 : 1;
    free(instance);
    return code;
}

// A program that calls a library's one function, and prints why that failed.

#include <stdio.h>

#include "names.h"

int main(void) {
    names_instance *instance;
    if (names_instance_new(&instance) != KILN_OK) return 1;
    if (names_instance_start(instance) != KILN_OK) return 2;
    if (names__start(instance) != KILN_OK) {
        fprintf(stderr, "error: %s", names_instance_message(instance));
        return 134;
    }
    return 0;
}

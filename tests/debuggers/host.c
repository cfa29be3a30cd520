// A program that calls a library's one function.

#include "names.h"

int main(void) {
    names_instance *instance;
    if (names_instance_new(&instance) != KILN_OK) return 1;
    if (names_instance_start(instance) != KILN_OK) return 2;
    return names__start(instance) != KILN_OK;
}

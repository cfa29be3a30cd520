// The import that calls back.

#include "imports.h"

int32_t env_again(imports_instance *instance, int32_t depth) {
    int32_t result = 0;
    if (depth == 3) {
        // What ends an inner call leaves the outer ones running.
        if (imports_throw(instance) != KILN_EXCEPTION)
            return -1000;
        if (imports_instance_start(instance) != KILN_MISUSE)
            return -2000;
    }
    if (imports_nest(instance, depth, &result) != KILN_OK)
        imports_instance_trap(instance, "too deep");
    return result;
}

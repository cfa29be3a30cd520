// The imports, as they are linked into executables and libraries.

#include "imports.h"
#include <string.h>

static _Thread_local int calls = 100;
static _Thread_local _Alignas(256) char zeros[300];

int32_t env_add(imports_instance *instance, int32_t a, int32_t b) {
    (void)instance;
    // Large enough for a compiler to watch over the stack.
    volatile char buffer[64];
    memset((char *)buffer, 1, sizeof buffer);
    calls++;
    return a + b + buffer[63] - 1;
}

double my_x20host_mix(imports_instance *instance, int64_t a, float b, double c, kiln_v128 d) {
    (void)instance;
    return (double)a + b + c + (double)d[0] + (double)d[1];
}

void env_fail(imports_instance *instance, int32_t message) {
    char text[10];
    if (calls < 101 || zeros[299] || (uintptr_t)zeros % 256 || imports_instance_read(instance, (uint32_t)message, text, sizeof text) != KILN_OK)
        imports_instance_trap(instance, "nonsense");
    imports_instance_trap(instance, text);
}

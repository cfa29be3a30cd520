// The import of machine.wat. There is no C library in an executable: it asks the kernel itself.

#include "machine.h"
#include <sys/syscall.h>
#include <sys/utsname.h>

int32_t host_machine(machine_instance *instance, int32_t address, int32_t capacity) {
    struct utsname name;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_uname), "D"(&name) : "rcx", "r11", "memory");
    int32_t len = 0;
    while (name.machine[len])
        len++;
    if (result != 0 || len >= capacity)
        machine_instance_trap(instance, "the machine has no name");
    if (machine_instance_write(instance, (uint32_t)address, name.machine, len) != KILN_OK)
        machine_instance_trap(instance, "no room for the machine's name");
    return len;
}

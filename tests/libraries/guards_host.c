// Below an instance's memory 2 GiB are inaccessible.

#include "abi.h"
#include "check.h"
#include <stdio.h>

int main(void) {
    const uintptr_t reach = (uintptr_t)2 << 30;
    abi_instance *instances[3];
    for (int i = 0; i < 3; i++) {
        DO(abi_instance_new(&instances[i]));
        DO(abi_instance_start(instances[i]));
    }
    for (int i = 0; i < 3; i++) {
        uintptr_t base = (uintptr_t)abi_instance_memory(instances[i]);
        int guards = 0;
        FILE *maps = fopen("/proc/self/maps", "r");
        CHECK(maps);
        char line[1000], access;
        unsigned long start, end;
        while (fgets(line, sizeof line, maps)) {
            CHECK(sscanf(line, "%lx-%lx %c", &start, &end, &access) == 3);
            guards += start <= base - reach && end == base && access == '-';
        }
        fclose(maps);
        CHECK(guards == 1);
    }
    for (int i = 0; i < 3; i++)
        abi_instance_free(instances[i]);
    return 0;
}

// Makes the accesses of a file of records, and checks that each does what its record says.

#include "addresses.h"
#include "check.h"

struct record {
    uint32_t number, x, stored, traps;
    uint64_t value, first;
};

static void fail(struct record *record, const char *what, uint64_t found) {
    fprintf(stderr, "case %u, x = %#x: %s %#llx\n", record->number, record->x, what,
            (unsigned long long)found);
    exit(1);
}

int main(int argc, char **argv) {
    static const unsigned char stored[] = {0x88, 0x87, 0x86, 0x85, 0x84, 0x83, 0x82, 0x81,
                                           0x88, 0x87, 0x86, 0x85, 0x84, 0x83, 0x82, 0x81};
    addresses_instance *instance;
    CHECK(argc == 2);
    FILE *file = fopen(argv[1], "rb");
    CHECK(file);
    DO(addresses_instance_new(&instance));
    DO(addresses_instance_start(instance));
    DO(addresses_prepare(instance));
    unsigned char *memory = addresses_instance_memory(instance);
    struct record record;
    int count = 0;
    for (; fread(&record, sizeof record, 1, file) == 1; count++) {
        unsigned char kept[16], *at = memory + record.first;
        memcpy(kept, at, record.stored);
        int64_t value = 0;
        uint32_t status = addresses_access(instance, record.number, record.x, &value);
        if (status != (record.traps ? KILN_TRAP : KILN_OK))
            fail(&record, "ends with status", status);
        if (record.traps)
            continue;
        if ((uint64_t)value != record.value)
            fail(&record, "gives", value);
        if (memcmp(at, stored, record.stored))
            fail(&record, "does not store at", record.first);
        memcpy(at, kept, record.stored);
    }
    CHECK(count > 100000);
    addresses_instance_free(instance);
    return 0;
}

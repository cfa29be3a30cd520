// What a process takes of the machine, to see that instances leave nothing behind.

#include <dirent.h>
#include <stdio.h>

struct footprint {
    long mappings, kib, descriptors;
};

static long lines(const char *path) {
    FILE *file = fopen(path, "r");
    CHECK(file);
    long count = 0;
    for (int c; (c = getc(file)) != EOF;)
        count += c == '\n';
    fclose(file);
    return count;
}

// Memory that is this process's own. Other counts are only about right.
static long own_kib(void) {
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    CHECK(file);
    while (kib < 0 && fgets(line, sizeof line, file))
        sscanf(line, "Anonymous: %ld", &kib);
    fclose(file);
    CHECK(kib > 0);
    return kib;
}

static long descriptors(void) {
    long count = 0;
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static struct footprint footprint(void) {
    return (struct footprint){lines("/proc/self/maps"), own_kib(), descriptors()};
}

// Uses `count` instances, one after the other. Behind a few it takes no more than behind all.
static void use_many(int count, void use_one(void)) {
    int few = count / 20;
    for (int times = 0; times < few; times++)
        use_one();
    struct footprint before = footprint();
    for (int times = few; times < count; times++)
        use_one();
    struct footprint after = footprint();
    CHECK(after.mappings <= before.mappings);
    CHECK(after.descriptors == before.descriptors);
    CHECK(after.kib < before.kib + 128);
}

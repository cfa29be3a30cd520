// A tour of what a C program asks of its host: arguments, environment, standard input, files,
// clocks, randomness, floating point, indirect calls, and an exit status of its own.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void tour_environment(int argc, char **argv) {
    for (int i = 1; i < argc; i++) printf("argument %d: [%s]\n", i, argv[i]);
    int count = 0;
    while (environ[count]) count++;
    qsort(environ, count, sizeof *environ, by_name);
    for (int i = 0; i < count; i++) printf("environment: %s\n", environ[i]);
}

static void tour_input(void) {
    char line[64];
    for (int n = 1; fgets(line, sizeof line, stdin); n++) printf("line %d: %s", n, line);
    printf("end of input: %d\n", feof(stdin) != 0);
}

static void list(const char *path) {
    DIR *dir = opendir(path);
    char *names[16];
    int count = 0;
    for (struct dirent *entry; count < 16 && (entry = readdir(dir));)
        if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    for (int i = 0; i < count; i++) {
        char full[128];
        struct stat st;
        snprintf(full, sizeof full, "%s/%s", path, names[i]);
        if (stat(full, &st)) perror(full);
        const char *kind = S_ISDIR(st.st_mode) ? "folder" : "file";
        printf("  %s %s", names[i], kind);
        printf(S_ISDIR(st.st_mode) ? "\n" : " of %lld bytes\n", (long long)st.st_size);
    }
}

static void tour_files(void) {
    char text[64] = "";
    FILE *in = fopen("/w/in.txt", "r");
    printf("in.txt: %s", fgets(text, sizeof text, in));
    fclose(in);

    printf("mkdir: %d\n", mkdir("/w/made", 0777));
    printf("mkdir again: %s\n", mkdir("/w/made", 0777) ? strerror(errno) : "done");
    FILE *out = fopen("/w/made/a.txt", "w+");
    fprintf(out, "first\nsecond\n");
    fseek(out, 6, SEEK_SET);
    printf("from 6: %s", fgets(text, sizeof text, out));
    fseek(out, 0, SEEK_END);
    fputs("third\n", out);
    printf("at %ld\n", ftell(out));
    fclose(out);

    int fd = open("/w/made/a.txt", O_RDWR | O_APPEND);
    printf("append: %zd\n", write(fd, "fourth\n", 7));
    printf("pread: %zd %.5s\n", pread(fd, text, 5, 6), text);
    printf("truncate: %d\n", ftruncate(fd, 9));
    close(fd);
    printf("rename: %d\n", rename("/w/made/a.txt", "/w/made/b.txt"));
    fclose(fopen("/w/made/c.txt", "w"));
    printf("unlink: %d\n", unlink("/w/made/c.txt"));
    printf("rmdir: %s\n", rmdir("/w/made") ? strerror(errno) : "done");
    list("/w");
    list("/w/made");
    printf("missing: %s\n", fopen("/w/none", "r") ? "there" : strerror(errno));
    printf("outside: %s\n", fopen("/w/../../etc/passwd", "r") ? "there" : "refused");
}

static void tour_clock_and_random(void) {
    struct timespec before, after, nap = {0, 20000000};
    printf("after 2020: %d\n", time(NULL) > 1577836800);
    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    double waited = (after.tv_sec - before.tv_sec) + (after.tv_nsec - before.tv_nsec) / 1e9;
    printf("slept long enough: %d\n", waited >= 0.02 && waited < 5);
    uint64_t a[4], b[4];
    printf("random: %d", getentropy(a, sizeof a) | getentropy(b, sizeof b));
    printf(" %d\n", memcmp(a, b, sizeof a) != 0);
}

static void tour_numbers(void) {
    printf("%.17g %g %a\n", 0.1 + 0.2, 1e300 * 10, 1.0 / 3);
    printf("%.15f %.15f %.12e\n", sin(1), atan2(-1, 3), pow(1.1, 500));
    printf("%g %g %g\n", 1 / 0.0, sqrt(-1.0) != sqrt(-1.0) ? 1.0 : 0.0, -0.0);
    printf("%.0f %.0f %.0f %.0f\n", nearbyint(2.5), floor(-0.5), ceil(-0.5), trunc(-1.9));
    printf("%d %" PRId64 "\n", (int)strtod("-12.75", NULL), (int64_t)9.2e18);

    uint32_t seed = 1, values[1000];
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < 1000; i++) values[i] = seed = seed * 1664525 + 1013904223;
    qsort(values, 1000, sizeof *values, by_value);
    for (int i = 0; i < 1000; i++) hash = (hash ^ values[i]) * 1099511628211u;
    printf("sorted: %u .. %u hash %016" PRIx64 "\n", values[0], values[999], hash);
    printf("%" PRIu64 " %" PRId64 "\n", hash / 1000003, (int64_t)hash % 1000003);
}

int main(int argc, char **argv) {
    tour_environment(argc, argv);
    tour_input();
    tour_files();
    tour_clock_and_random();
    tour_numbers();
    fprintf(stderr, "leaving with 7\n");
    return 7;
}

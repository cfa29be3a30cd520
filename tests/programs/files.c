// Files to the letter: what each call answers, errors by name, on files, folders and links.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *answer(long result) {
    static char text[64];
    if (result >= 0) snprintf(text, sizeof text, "%ld", result);
    return result >= 0 ? text : strerror(errno);
}

#define SAY(call) printf("%s: %s\n", #call, answer(call))

static int make(const char *path, const char *text) {
    int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0666);
    if (write(fd, text, strlen(text)) < 0) perror(path);
    return fd;
}

static void show(const char *path, int flags) {
    struct stat st;
    if (fstatat(AT_FDCWD, path, &st, flags)) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    const char *kind = S_ISREG(st.st_mode) ? "file" : S_ISDIR(st.st_mode) ? "folder"
                     : S_ISLNK(st.st_mode) ? "link" : "other";
    printf("%s: %s, %ld links", path, kind, (long)st.st_nlink);
    if (S_ISREG(st.st_mode)) printf(", %lld bytes", (long long)st.st_size);
    printf("\n");
}

static void descriptors(void) {
    int fd = make("/w/a", "0123456789");
    char one[4] = "", two[8] = "";
    SAY(lseek(fd, -8, SEEK_END));
    SAY(read(fd, one, 3));
    SAY(read(fd, two, 7));
    printf("[%s] [%s]\n", one, two);
    SAY(read(fd, two, 7));
    SAY(write(fd, ">>>", 3));
    SAY(pwrite(fd, "*", 1, 20));
    SAY(lseek(fd, 0, SEEK_CUR));
    SAY(lseek(fd, -1, SEEK_SET));
    SAY(lseek(fd, 100, SEEK_SET));
    SAY(read(fd, one, 3));
    SAY(ftruncate(fd, 5));
    SAY(ftruncate(fd, -1));
    SAY(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    SAY(fsync(fd) | fdatasync(fd));
    show("/w/a", 0);
    SAY(fcntl(fd, F_GETFL) == O_RDWR);
    SAY(fcntl(fd, F_SETFL, O_APPEND));
    SAY(pread(fd, one, 2, 3));
    SAY(write(fd, "end", 3));
    SAY(lseek(fd, 0, SEEK_CUR));
    SAY(close(fd));
    SAY(close(fd));
    SAY(read(fd, one, 1));
    fd = open("/w/a", O_RDONLY);
    SAY(write(fd, "x", 1));
    SAY(close(fd));
    fd = open("/w/a", O_WRONLY);
    SAY(read(fd, one, 1));
    SAY(close(fd));
}

static void opening(void) {
    SAY(open("/w/a", O_CREAT | O_EXCL | O_WRONLY, 0666));
    SAY(open("/w/a", O_RDONLY | O_DIRECTORY));
    SAY(open("/w/a/b", O_RDONLY));
    SAY(open("/w/a/", O_RDONLY));
    SAY(open("/w/none", O_RDONLY));
    SAY(open("/w/none/x", O_CREAT | O_WRONLY, 0666));
    SAY(open("", O_RDONLY));
    SAY(open("/w", O_WRONLY));
    SAY(open("/elsewhere", O_RDONLY));
    SAY(close(open("/w/./d/../a", O_RDONLY)));
    SAY(mkdir("/w/d", 0777));
    SAY(close(open("/w/./d/../a", O_RDONLY)));
    SAY(close(open("/w/d/..", O_RDONLY)));
    SAY(open("/w/../a", O_RDONLY));
    SAY(open("/w/d/../../a", O_RDONLY));
    char name[300];
    memset(name, 'n', sizeof name);
    memcpy(name, "/w/", 3);
    name[299] = 0;
    SAY(open(name, O_CREAT | O_WRONLY, 0666));
    SAY(access("/w/a", R_OK | W_OK));
    SAY(access("/w/none", F_OK));
}

static void links(void) {
    char target[16] = "";
    SAY(symlink("a", "/w/to-a"));
    SAY(symlink("loop", "/w/loop"));
    SAY(symlink("none", "/w/dangling"));
    SAY(symlink("../../etc", "/w/outside"));
    SAY(symlink("d", "/w/to-d"));
    SAY(symlink("a", "/w/to-a"));
    SAY(readlink("/w/to-a", target, sizeof target));
    SAY(readlink("/w/outside", target, 4));
    printf("[%s]\n", target);
    SAY(readlink("/w/a", target, sizeof target));
    show("/w/to-a", 0);
    show("/w/to-a", AT_SYMLINK_NOFOLLOW);
    show("/w/loop", 0);
    show("/w/loop", AT_SYMLINK_NOFOLLOW);
    show("/w/dangling", 0);
    SAY(close(open("/w/to-a", O_RDONLY)));
    SAY(open("/w/to-a", O_RDONLY | O_NOFOLLOW));
    SAY(open("/w/loop", O_RDONLY));
    SAY(open("/w/dangling", O_RDONLY));
    SAY(open("/w/outside/passwd", O_RDONLY));
    SAY(close(open("/w/to-d/made", O_CREAT | O_WRONLY, 0666)));
    SAY(link("/w/a", "/w/hard"));
    SAY(link("/w/a", "/w/hard"));
    SAY(link("/w/d", "/w/hard-d"));
    show("/w/hard", 0);
    SAY(unlink("/w/to-a"));
    SAY(rmdir("/w/to-d"));
    SAY(unlink("/w/to-d"));
    SAY(unlink("/w/loop") | unlink("/w/outside") | unlink("/w/dangling"));
}

static void renaming(void) {
    close(make("/w/b", "bb"));
    SAY(rename("/w/b", "/w/hard"));
    show("/w/hard", 0);
    show("/w/b", 0);
    SAY(mkdir("/w/e", 0777));
    SAY(rename("/w/e", "/w/d"));
    SAY(rename("/w/d", "/w/e"));
    SAY(rename("/w/e", "/w/e/inside"));
    SAY(rename("/w/hard", "/w/e"));
    SAY(rename("/w/e", "/w/hard"));
    SAY(rename("/w/none", "/w/x"));
    SAY(rename("/w/a", "/w/a"));
    SAY(rename("/w/a", "/w/../a"));
    SAY(unlink("/w/e"));
    SAY(rmdir("/w/a"));
    SAY(rmdir("/w/e"));
    SAY(unlink("/w/e/made"));
    SAY(rmdir("/w/e"));
    SAY(unlink("/w/none"));
    SAY(mkdir("/w/none/x", 0777));
}

static void times(void) {
    struct timespec set[2] = {{1000000000, 123456789}, {1234567890, 987654321}};
    struct stat st;
    SAY(utimensat(AT_FDCWD, "/w/a", set, 0));
    SAY(stat("/w/a", &st));
    printf("%lld.%09ld %lld.%09ld\n", (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
           (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    set[0].tv_nsec = UTIME_OMIT;
    set[1].tv_nsec = UTIME_NOW;
    int fd = open("/w/a", O_RDWR);
    SAY(futimens(fd, set));
    SAY(fstat(fd, &st));
    close(fd);
    printf("%lld %d\n", (long long)st.st_atim.tv_sec, st.st_mtim.tv_sec > 1600000000);
}

static int by_number(const void *a, const void *b) { return *(int *)a - *(int *)b; }

static void folders(void) {
    enum { COUNT = 500 };
    int numbers[COUNT], count = 0;
    char name[32];
    mkdir("/w/many", 0777);
    for (int i = 0; i < COUNT; i++) {
        sprintf(name, "/w/many/entry-%d", i);
        close(make(name, ""));
    }
    DIR *dir = opendir("/w/many");
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        numbers[count++] = atoi(entry->d_name + strlen("entry-"));
    }
    qsort(numbers, count, sizeof *numbers, by_number);
    int missing = 0;
    for (int i = 0; i < count; i++) missing += numbers[i] != i;
    printf("%d entries, %d missing\n", count, missing);
    rewinddir(dir);
    count = 0;
    for (struct dirent *entry; (entry = readdir(dir));) count += entry->d_type == DT_REG;
    printf("after rewinding: %d\n", count);
    closedir(dir);
    for (int i = 0; i < COUNT; i++) {
        sprintf(name, "/w/many/entry-%d", i);
        if (unlink(name)) perror(name);
    }
    SAY(rmdir("/w/many"));
    SAY(opendir("/w/a") ? 0 : -1);
}

static void waiting(void) {
    struct pollfd polls[] = {{0, POLLIN, 0}, {1, POLLOUT, 0}};
    SAY(poll(polls, 2, 1000) > 0);
    printf("out %d\n", polls[1].revents == POLLOUT);
    char all[64];
    while (read(0, all, sizeof all) > 0) {}
    struct timespec resolution, before, after;
    SAY(clock_getres(CLOCK_MONOTONIC, &resolution));
    clock_gettime(CLOCK_MONOTONIC, &before);
    SAY(poll(NULL, 0, 15));
    clock_gettime(CLOCK_MONOTONIC, &after);
    long waited = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    printf("waited: %d\n", waited >= 14 && waited < 5000);
    SAY(sched_yield());
    SAY(lseek(0, 0, SEEK_CUR));
    SAY(isatty(1));
}

int main(void) {
    descriptors();
    opening();
    links();
    renaming();
    times();
    folders();
    waiting();
    return 0;
}

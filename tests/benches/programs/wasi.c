// The WASI preview1 host of the programs that wasm2c makes: as much of it as the benchmarks call.
// Arguments are the process's own. WASI_DIRS and WASI_ENV are lists of HOST::GUEST and of NAME=VALUE,
// separated by `;`. Paths are resolved by the kernel without a sandbox, because only time is compared.

#define _GNU_SOURCE
#include "app.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, BADF = 8, EXIST = 20, INVAL = 28, IO = 29, ISDIR = 31, NOENT = 44, NOSYS = 52, NOTDIR = 54, NOTEMPTY = 55 };
enum { UNKNOWN, BLOCK, CHARACTER, DIRECTORY, REGULAR, DGRAM, STREAM, LINK };
enum { PREOPENS = 8, FIRST = 3 };

#define HOST struct w2c_wasi__snapshot__preview1 *host
#define WASI(name) w2c_wasi__snapshot__preview1_##name

static w2c_app app;
static int argc;
static char **argv;
static char *env[64];
static u32 envc;
static struct { char *host, *guest; } preopens[PREOPENS];
static u32 preopened;

static u8 *at(u32 address) { return w2c_app_memory(&app)->data + address; }
static void put32(u32 address, u32 value) { memcpy(at(address), &value, 4); }
static void put64(u32 address, u64 value) { memcpy(at(address), &value, 8); }

static u32 failure(void) {
    switch (errno) {
    case EBADF: return BADF;
    case EEXIST: return EXIST;
    case EINVAL: return INVAL;
    case EISDIR: return ISDIR;
    case ENOENT: return NOENT;
    case ENOTDIR: return NOTDIR;
    case ENOTEMPTY: return NOTEMPTY;
    default: return IO;
    }
}

static u32 done(long result) { return result < 0 ? failure() : SUCCESS; }

static char *path(u32 address, u32 length, char *to) {
    if (length > 4095)
        length = 4095;
    memcpy(to, at(address), length);
    to[length] = 0;
    return to;
}

// Arguments and environment.

static u32 sizes(char **list, u32 count, u32 count_at, u32 size_at) {
    u32 size = 0;
    for (u32 i = 0; i < count; i++)
        size += strlen(list[i]) + 1;
    put32(count_at, count);
    put32(size_at, size);
    return SUCCESS;
}

static u32 get(char **list, u32 count, u32 pointers, u32 bytes) {
    for (u32 i = 0; i < count; i++) {
        u32 size = strlen(list[i]) + 1;
        put32(pointers + 4 * i, bytes);
        memcpy(at(bytes), list[i], size);
        bytes += size;
    }
    return SUCCESS;
}

u32 WASI(args_sizes_get)(HOST, u32 count, u32 size) { return sizes(argv, argc, count, size); }
u32 WASI(args_get)(HOST, u32 pointers, u32 bytes) { return get(argv, argc, pointers, bytes); }
u32 WASI(environ_sizes_get)(HOST, u32 count, u32 size) { return sizes(env, envc, count, size); }
u32 WASI(environ_get)(HOST, u32 pointers, u32 bytes) { return get(env, envc, pointers, bytes); }

// Time, chance, the process.

u32 WASI(clock_time_get)(HOST, u32 clock, u64 precision, u32 to) {
    struct timespec now;
    clock_gettime(clock == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
    put64(to, now.tv_sec * 1000000000ull + now.tv_nsec);
    return SUCCESS;
}

u32 WASI(clock_res_get)(HOST, u32 clock, u32 to) { return put64(to, 1), SUCCESS; }
u32 WASI(random_get)(HOST, u32 to, u32 size) {
    // The system call gives no more than 256 bytes at a time without exception.
    for (u32 given = 0; given < size; given += 256)
        if (getrandom(at(to + given), size - given < 256 ? size - given : 256, 0) < 0)
            return failure();
    return SUCCESS;
}

u32 WASI(sched_yield)(HOST) { return SUCCESS; }
void WASI(proc_exit)(HOST, u32 status) { exit(status); }

u32 WASI(poll_oneoff)(HOST, u32 in, u32 out, u32 count, u32 events) {
    // All subscriptions are ready at once: a benchmark that sleeps would measure the sleep.
    for (u32 i = 0; i < count; i++) {
        memset(at(out + 32 * i), 0, 32);
        memcpy(at(out + 32 * i), at(in + 48 * i), 8);
        memcpy(at(out + 32 * i + 10), at(in + 48 * i + 8), 1);
    }
    put32(events, count);
    return SUCCESS;
}

// Descriptors: a number in the guest is that of the host, but preopens take the numbers from 3 up.

static struct iovec *vectors(u32 list, u32 count) {
    static struct iovec found[1024];
    for (u32 i = 0; i < count && i < 1024; i++) {
        u32 pair[2];
        memcpy(pair, at(list + 8 * i), 8);
        found[i] = (struct iovec){at(pair[0]), pair[1]};
    }
    return found;
}

static u32 moved(long bytes, u32 to) {
    if (bytes < 0)
        return failure();
    put32(to, bytes);
    return SUCCESS;
}

u32 WASI(fd_read)(HOST, u32 fd, u32 list, u32 count, u32 to) {
    return moved(readv(fd, vectors(list, count), count), to);
}
u32 WASI(fd_write)(HOST, u32 fd, u32 list, u32 count, u32 to) {
    return moved(writev(fd, vectors(list, count), count), to);
}
u32 WASI(fd_pread)(HOST, u32 fd, u32 list, u32 count, u64 offset, u32 to) {
    return moved(preadv(fd, vectors(list, count), count, offset), to);
}
u32 WASI(fd_pwrite)(HOST, u32 fd, u32 list, u32 count, u64 offset, u32 to) {
    return moved(pwritev(fd, vectors(list, count), count, offset), to);
}
u32 WASI(fd_seek)(HOST, u32 fd, u64 offset, u32 whence, u32 to) {
    off_t now = lseek(fd, offset, (int[]){SEEK_SET, SEEK_CUR, SEEK_END}[whence % 3]);
    if (now < 0)
        return errno == ESPIPE ? 70 : failure();
    put64(to, now);
    return SUCCESS;
}
u32 WASI(fd_tell)(HOST, u32 fd, u32 to) { return WASI(fd_seek)(host, fd, 0, 1, to); }
u32 WASI(fd_close)(HOST, u32 fd) { return done(close(fd)); }
u32 WASI(fd_renumber)(HOST, u32 from, u32 to) { return done(dup2(from, to)) ?: done(close(from)); }
u32 WASI(fd_sync)(HOST, u32 fd) { return done(fsync(fd)); }
u32 WASI(fd_datasync)(HOST, u32 fd) { return done(fdatasync(fd)); }
u32 WASI(fd_advise)(HOST, u32 fd, u64 offset, u64 size, u32 advice) { return SUCCESS; }
u32 WASI(fd_allocate)(HOST, u32 fd, u64 offset, u64 size) { return done(posix_fallocate(fd, offset, size)); }
u32 WASI(fd_filestat_set_size)(HOST, u32 fd, u64 size) { return done(ftruncate(fd, size)); }
u32 WASI(fd_filestat_set_times)(HOST, u32 fd, u64 accessed, u64 modified, u32 flags) { return SUCCESS; }
u32 WASI(fd_fdstat_set_flags)(HOST, u32 fd, u32 flags) { return SUCCESS; }

static u8 kind(mode_t mode) {
    return S_ISREG(mode) ? REGULAR : S_ISDIR(mode) ? DIRECTORY : S_ISCHR(mode) ? CHARACTER
         : S_ISLNK(mode) ? LINK : S_ISSOCK(mode) ? STREAM : UNKNOWN;
}

u32 WASI(fd_fdstat_get)(HOST, u32 fd, u32 to) {
    struct stat status;
    if (fstat(fd, &status) < 0)
        return failure();
    memset(at(to), 0, 24);
    *at(to) = kind(status.st_mode);
    // Terminals cannot seek or tell: wasi-libc's isatty looks at these rights.
    put64(to + 8, S_ISCHR(status.st_mode) ? ~0ull & ~0x24 : ~0ull);
    put64(to + 16, ~0ull);
    return SUCCESS;
}

static u32 filestat(int result, struct stat *status, u32 to) {
    if (result < 0)
        return failure();
    memset(at(to), 0, 64);
    put64(to, status->st_dev);
    put64(to + 8, status->st_ino);
    *at(to + 16) = kind(status->st_mode);
    put64(to + 24, status->st_nlink);
    put64(to + 32, status->st_size);
    struct timespec times[] = {status->st_atim, status->st_mtim, status->st_ctim};
    for (int i = 0; i < 3; i++)
        put64(to + 40 + 8 * i, times[i].tv_sec * 1000000000ull + times[i].tv_nsec);
    return SUCCESS;
}

u32 WASI(fd_filestat_get)(HOST, u32 fd, u32 to) {
    struct stat status;
    return filestat(fstat(fd, &status), &status, to);
}

u32 WASI(fd_readdir)(HOST, u32 fd, u32 to, u32 size, u64 cookie, u32 used_at) {
    DIR *dir = fdopendir(dup(fd));
    if (!dir)
        return failure();
    rewinddir(dir);
    u32 used = 0;
    struct dirent *entry;
    for (u64 next = 1; used < size && (entry = readdir(dir)); next++) {
        if (next <= cookie)
            continue;
        u8 record[24 + 256] = {0};
        u32 length = strlen(entry->d_name);
        memcpy(record, &next, 8);
        memcpy(record + 8, &entry->d_ino, 8);
        memcpy(record + 16, &length, 4);
        record[20] = kind(DTTOIF(entry->d_type));
        memcpy(record + 24, entry->d_name, length);
        u32 part = 24 + length < size - used ? 24 + length : size - used;
        memcpy(at(to + used), record, part);
        used += part;
    }
    closedir(dir);
    put32(used_at, used);
    return SUCCESS;
}

u32 WASI(fd_prestat_get)(HOST, u32 fd, u32 to) {
    if (fd < FIRST || fd >= FIRST + preopened)
        return BADF;
    put32(to, 0);
    put32(to + 4, strlen(preopens[fd - FIRST].guest));
    return SUCCESS;
}

u32 WASI(fd_prestat_dir_name)(HOST, u32 fd, u32 to, u32 size) {
    if (fd < FIRST || fd >= FIRST + preopened)
        return BADF;
    memcpy(at(to), preopens[fd - FIRST].guest, size);
    return SUCCESS;
}

// Paths.

u32 WASI(path_open)(HOST, u32 fd, u32 follow, u32 name, u32 length, u32 how, u64 rights, u64 inherited, u32 flags, u32 to) {
    char buffer[4096];
    int read = rights & 2, write = rights & 0x40, mode = write ? (read ? O_RDWR : O_WRONLY) : O_RDONLY;
    mode |= (how & 1 ? O_CREAT : 0) | (how & 2 ? O_DIRECTORY : 0) | (how & 4 ? O_EXCL : 0) | (how & 8 ? O_TRUNC : 0);
    mode |= (flags & 1 ? O_APPEND : 0) | (follow & 1 ? 0 : O_NOFOLLOW);
    int opened = openat(fd, path(name, length, buffer), mode & O_DIRECTORY ? mode & ~O_ACCMODE : mode, 0666);
    // Who asks for all rights of what is a folder gets those that it has.
    if (opened < 0 && errno == EISDIR)
        opened = openat(fd, buffer, O_RDONLY | O_DIRECTORY);
    return moved(opened, to);
}

u32 WASI(path_filestat_get)(HOST, u32 fd, u32 follow, u32 name, u32 length, u32 to) {
    char buffer[4096];
    struct stat status;
    int flags = follow & 1 ? 0 : AT_SYMLINK_NOFOLLOW;
    return filestat(fstatat(fd, path(name, length, buffer), &status, flags), &status, to);
}

u32 WASI(path_filestat_set_times)(HOST, u32 fd, u32 follow, u32 name, u32 length, u64 a, u64 m, u32 flags) { return SUCCESS; }
u32 WASI(path_create_directory)(HOST, u32 fd, u32 name, u32 length) {
    char buffer[4096];
    return done(mkdirat(fd, path(name, length, buffer), 0777));
}
u32 WASI(path_remove_directory)(HOST, u32 fd, u32 name, u32 length) {
    char buffer[4096];
    return done(unlinkat(fd, path(name, length, buffer), AT_REMOVEDIR));
}
u32 WASI(path_unlink_file)(HOST, u32 fd, u32 name, u32 length) {
    char buffer[4096];
    return done(unlinkat(fd, path(name, length, buffer), 0));
}
u32 WASI(path_rename)(HOST, u32 fd, u32 name, u32 length, u32 to, u32 new, u32 new_length) {
    char from[4096], target[4096];
    return done(renameat(fd, path(name, length, from), to, path(new, new_length, target)));
}
u32 WASI(path_readlink)(HOST, u32 fd, u32 name, u32 length, u32 to, u32 size, u32 used) {
    char buffer[4096];
    return moved(readlinkat(fd, path(name, length, buffer), (char *)at(to), size), used);
}
u32 WASI(path_link)(HOST, u32 fd, u32 f, u32 n, u32 l, u32 to, u32 m, u32 k) { return NOSYS; }
u32 WASI(path_symlink)(HOST, u32 n, u32 l, u32 fd, u32 m, u32 k) { return NOSYS; }

// Sockets: none is ever granted.

u32 WASI(sock_accept)(HOST, u32 fd, u32 flags, u32 to) { return NOSYS; }
u32 WASI(sock_recv)(HOST, u32 fd, u32 list, u32 count, u32 flags, u32 to, u32 out) { return NOSYS; }
u32 WASI(sock_send)(HOST, u32 fd, u32 list, u32 count, u32 flags, u32 to) { return NOSYS; }
u32 WASI(sock_shutdown)(HOST, u32 fd, u32 how) { return NOSYS; }

// Opens the granted folders on the lowest numbers free, which are those from 3 up.
static void grant(void) {
    char *dirs = getenv("WASI_DIRS"), *variables = getenv("WASI_ENV");
    for (char *entry = dirs ? strtok(dirs, ";") : NULL; entry && preopened < PREOPENS; entry = strtok(NULL, ";")) {
        char *guest = strstr(entry, "::");
        *guest = 0;
        preopens[preopened].host = entry;
        preopens[preopened++].guest = guest + 2;
        if (open(entry, O_RDONLY | O_DIRECTORY) != FIRST + (int)preopened - 1) {
            fprintf(stderr, "cannot preopen %s\n", entry);
            exit(1);
        }
    }
    for (char *entry = variables ? strtok(variables, ";") : NULL; entry && envc < 64; entry = strtok(NULL, ";"))
        env[envc++] = entry;
}

int main(int count, char **arguments) {
    argc = count;
    argv = arguments;
    argv[0] = "program";
    for (int fd = FIRST; fd < 64; fd++)
        close(fd);
    grant();
    wasm_rt_init();
    wasm2c_app_instantiate(&app, NULL);
    w2c_app_0x5Fstart(&app);
    return 0;
}

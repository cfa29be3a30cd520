// What the programs here share: the functions of WASI as they are imported, and ways to show what
// they answer. `SNAPSHOT_0` chooses the functions of `wasi_unstable`, and their types.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef SNAPSHOT_0
#define MODULE "wasi_unstable"
#else
#define MODULE "wasi_snapshot_preview1"
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

typedef struct {
  u64 next, ino;
  u32 name_len;
  u8 type;
} dirent;

typedef struct {
  u64 userdata;
  u16 error;
  u8 type;
  u64 bytes;
  u16 flags;
} event;

#define IMPORT(name, ...) \
  __attribute__((import_module(MODULE), import_name(#name))) u32 name(__VA_ARGS__);

IMPORT(clock_res_get, u32, u64 *)
IMPORT(clock_time_get, u32, u64, u64 *)
IMPORT(fd_advise, u32, u64, u64, u32)
IMPORT(fd_allocate, u32, u64, u64)
IMPORT(fd_close, u32)
IMPORT(fd_datasync, u32)
IMPORT(fd_fdstat_get, u32, void *)
IMPORT(fd_fdstat_set_flags, u32, u32)
IMPORT(fd_fdstat_set_rights, u32, u64, u64)
IMPORT(fd_filestat_get, u32, void *)
IMPORT(fd_filestat_set_size, u32, u64)
IMPORT(fd_filestat_set_times, u32, u64, u64, u32)
IMPORT(fd_pread, u32, const void *, u32, u64, u32 *)
IMPORT(fd_prestat_dir_name, u32, char *, u32)
IMPORT(fd_prestat_get, u32, u32 *)
IMPORT(fd_pwrite, u32, const void *, u32, u64, u32 *)
IMPORT(fd_read, u32, const void *, u32, u32 *)
IMPORT(fd_readdir, u32, void *, u32, u64, u32 *)
IMPORT(fd_renumber, u32, u32)
IMPORT(fd_seek, u32, u64, u32, u64 *)
IMPORT(fd_sync, u32)
IMPORT(fd_tell, u32, u64 *)
IMPORT(fd_write, u32, const void *, u32, u32 *)
IMPORT(path_create_directory, u32, const char *, u32)
IMPORT(path_filestat_get, u32, u32, const char *, u32, void *)
IMPORT(path_filestat_set_times, u32, u32, const char *, u32, u64, u64, u32)
IMPORT(path_link, u32, u32, const char *, u32, u32, const char *, u32)
IMPORT(path_open, u32, u32, const char *, u32, u32, u64, u64, u32, u32 *)
IMPORT(path_readlink, u32, const char *, u32, char *, u32, u32 *)
IMPORT(path_remove_directory, u32, const char *, u32)
IMPORT(path_rename, u32, const char *, u32, u32, const char *, u32)
IMPORT(path_symlink, const char *, u32, u32, const char *, u32)
IMPORT(path_unlink_file, u32, const char *, u32)
IMPORT(poll_oneoff, const void *, void *, u32, u32 *)
IMPORT(random_get, void *, u32)
IMPORT(sched_yield, void)
IMPORT(sock_recv, u32, const void *, u32, u32, u32 *, u16 *)
IMPORT(sock_send, u32, const void *, u32, u32, u32 *)
IMPORT(sock_shutdown, u32, u32)

// The preopened directory.
enum { ROOT = 3 };
// rights
enum { READ = 1 << 1, WRITE = 1 << 6 };
// oflags
enum { CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8 };
// lookupflags
enum { FOLLOW = 1 };
// fdflags
enum { APPEND = 1, DSYNC = 2, NONBLOCK = 4, RSYNC = 8, SYNC = 16 };
// fstflags
enum { ATIM = 1, ATIM_NOW = 2, MTIM = 4, MTIM_NOW = 8 };
// whence
#ifdef SNAPSHOT_0
enum { CURRENT, END, SET };
#else
enum { SET, CURRENT, END };
#endif

typedef struct {
  const void *start;
  u32 len;
} buffer;

typedef struct {
  u64 dev, ino;
  u8 type;
#ifdef SNAPSHOT_0
  u32 nlink;
#else
  u64 nlink;
#endif
  u64 size, atim, mtim, ctim;
} filestat;

typedef struct {
  u8 type;
  u16 flags;
  u64 base, inheriting;
} fdstat;

static const char *const errors[] = {
    "ok", "2BIG", "ACCES", "ADDRINUSE", "ADDRNOTAVAIL", "AFNOSUPPORT", "AGAIN", "ALREADY", "BADF",
    "BADMSG", "BUSY", "CANCELED", "CHILD", "CONNABORTED", "CONNREFUSED", "CONNRESET", "DEADLK",
    "DESTADDRREQ", "DOM", "DQUOT", "EXIST", "FAULT", "FBIG", "HOSTUNREACH", "IDRM", "ILSEQ",
    "INPROGRESS", "INTR", "INVAL", "IO", "ISCONN", "ISDIR", "LOOP", "MFILE", "MLINK", "MSGSIZE",
    "MULTIHOP", "NAMETOOLONG", "NETDOWN", "NETRESET", "NETUNREACH", "NFILE", "NOBUFS", "NODEV",
    "NOENT", "NOEXEC", "NOLCK", "NOLINK", "NOMEM", "NOMSG", "NOPROTOOPT", "NOSPC", "NOSYS",
    "NOTCONN", "NOTDIR", "NOTEMPTY", "NOTRECOVERABLE", "NOTSOCK", "NOTSUP", "NOTTY", "NXIO",
    "OVERFLOW", "OWNERDEAD", "PERM", "PIPE", "PROTO", "PROTONOSUPPORT", "PROTOTYPE", "RANGE",
    "ROFS", "SPIPE", "SRCH", "STALE", "TIMEDOUT", "TXTBSY", "XDEV", "NOTCAPABLE"};

static const char *error(u32 number) { return number < 77 ? errors[number] : "no error number"; }

// Shows a call and what it answers.
#define SHOW(call) printf("%s = %s\n", #call, error(call))
// Whether Kiln runs the program: it alone is given an argument.
static int is_kiln;
// Makes a call that Kiln answers otherwise than the runtime of record, for reasons that the program
// gives, and says whether the answer is right.
#define OURS(expected, call)                                                    \
  do {                                                                          \
    if (!is_kiln) break;                                                        \
    const char *answer = error(call);                                           \
    printf("! %s = %s, %s\n", #call, answer, strcmp(answer, expected) ? "wrong" : "right"); \
  } while (0)

// A path, as its pointer and length.
#define P(path) path, sizeof(path) - 1

static u32 open_path(const char *path, u32 lookup, u32 flags, u64 rights, u32 fd_flags) {
  u32 fd = -1;
  u32 answer = path_open(ROOT, lookup, path, strlen(path), flags, rights, 0, fd_flags, &fd);
  printf("open %s, lookup %u, flags %u, rights %llu, fd flags %u: %s\n", path, lookup, flags,
         (unsigned long long)rights, fd_flags, error(answer));
  return answer ? -1 : fd;
}

static void show_stat(const char *what, u32 answer, const filestat *stat) {
  printf("stat %s: %s", what, error(answer));
  // File systems differ in the size of directories and the links to them.
  if (!answer && stat->type == 3) printf(", a directory");
  if (!answer && stat->type != 3)
    printf(", type %u, %u links, %llu bytes", stat->type, (u32)stat->nlink, (unsigned long long)stat->size);
  printf("\n");
}

static void stat_fd(u32 fd) {
  filestat stat;
  memset(&stat, 0xee, sizeof stat);
  u32 answer = fd_filestat_get(fd, &stat);
  show_stat("descriptor", answer, &stat);
}

static void stat_path(const char *path, u32 lookup) {
  filestat stat;
  memset(&stat, 0xee, sizeof stat);
  u32 answer = path_filestat_get(ROOT, lookup, path, strlen(path), &stat);
  show_stat(path, answer, &stat);
}

static void show_fdstat(u32 fd) {
  fdstat stat = {0};
  u32 answer = fd_fdstat_get(fd, &stat);
  printf("fdstat: %s, type %u, flags %u, rights %llx and %llx\n", error(answer), stat.type,
         stat.flags, (unsigned long long)stat.base, (unsigned long long)stat.inheriting);
}

static void write_text(u32 fd, const char *text) {
  buffer buffer = {text, strlen(text)};
  u32 written = 0, answer = fd_write(fd, &buffer, 1, &written);
  printf("write: %s, %u bytes\n", error(answer), written);
}

static void pwrite_text(u32 fd, const char *text, u64 offset) {
  buffer buffer = {text, strlen(text)};
  u32 written = 0, answer = fd_pwrite(fd, &buffer, 1, offset, &written);
  printf("pwrite at %llu: %s, %u bytes\n", (unsigned long long)offset, error(answer), written);
}

static void read_text(u32 fd) {
  char text[32] = {0};
  buffer buffer = {text, sizeof text - 1};
  u32 got = 0, answer = fd_read(fd, &buffer, 1, &got);
  printf("read: %s, %u bytes, `%s`\n", error(answer), got, text);
}

static void pread_text(u32 fd, u64 offset) {
  char text[32] = {0};
  buffer buffer = {text, sizeof text - 1};
  u32 got = 0, answer = fd_pread(fd, &buffer, 1, offset, &got);
  printf("pread at %llu: %s, %u bytes, `%s`\n", (unsigned long long)offset, error(answer), got, text);
}

static void seek(u32 fd, long long offset, u32 whence) {
  u64 position = 0;
  u32 answer = fd_seek(fd, offset, whence, &position);
  const char *from = whence == SET ? "start" : whence == CURRENT ? "position" : "end";
  printf("seek %lld from the %s: %s, %llu\n", offset, from, error(answer), (unsigned long long)position);
}

static void tell(u32 fd) {
  u64 position = 0;
  u32 answer = fd_tell(fd, &position);
  printf("tell: %s, %llu\n", error(answer), (unsigned long long)position);
}

// Makes a file, without a word.
static void make_file(const char *path, const char *text) {
  u32 fd = -1, written;
  buffer buffer = {text, strlen(text)};
  path_open(ROOT, 0, path, strlen(path), CREAT | TRUNC, READ | WRITE, 0, 0, &fd);
  fd_write(fd, &buffer, 1, &written);
  fd_close(fd);
}

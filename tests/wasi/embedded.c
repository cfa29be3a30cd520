// A tree that cannot be changed, ROOT, beside one that can, OTHER: what each function answers.
#include "wasi.h"

enum { OTHER = ROOT + 1 };

typedef struct {
  u64 userdata;
  u8 type;
  u32 fd, rest[8];
#ifdef SNAPSHOT_0
  u32 more[2];
#endif
} subscription;

static void poll(u32 fd) {
  for (u8 type = 1; type <= 2; type++) {
    subscription subscription = {.userdata = 7, .type = type, .fd = fd};
    event event = {0};
    u32 count = 0, answer = poll_oneoff(&subscription, &event, 1, &count);
    printf("poll for %u: %s, %u events, %s, type %u, flags %u", type, error(answer), count,
           error(event.error), event.type, event.flags);
    // How much can be written nobody knows.
    if (type == 1) printf(", %llu bytes", (unsigned long long)event.bytes);
    printf("\n");
  }
}

static void reading(void) {
  u32 count, fd = open_path("file", 0, 0, READ, 0);
  show_fdstat(fd);
  stat_fd(fd);
  poll(fd);
  read_text(fd);
  tell(fd);
  poll(fd);
  read_text(fd);
  seek(fd, 3, SET);
  read_text(fd);
  seek(fd, -4, END);
  read_text(fd);
  seek(fd, -2, CURRENT);
  read_text(fd);
  seek(fd, 100, SET);
  read_text(fd);
  tell(fd);
  poll(fd);
  seek(fd, -1000, CURRENT);
  seek(fd, -1, SET);
  seek(fd, 0x7fffffffffffffff, END);
  pread_text(fd, 0);
  pread_text(fd, 5);
  pread_text(fd, 1000);
  pread_text(fd, -1);
  SHOW(fd_seek(fd, 0, 3, &(u64){0}));
  seek(fd, 0, SET);
  char bytes[16] = {0};
  buffer several[] = {{bytes, 2}, {bytes, 0}, {bytes + 4, 3}, {bytes + 10, 5}};
  SHOW(fd_read(fd, several, 4, &count));
  printf("%u bytes, `%s`, `%s`, `%s`\n", count, bytes, bytes + 4, bytes + 10);
  SHOW(fd_read(fd, several, 0, &count));
  buffer outside[] = {{bytes, 2}, {(void *)-8, 16}};
  SHOW(fd_read(fd, outside, 2, &count));
  SHOW(fd_read(fd, several, 4, (u32 *)-2));
  tell(fd);
  fd_close(fd);
  read_text(fd);
  fd = open_path("empty", 0, 0, READ, 0);
  read_text(fd);
  stat_fd(fd);
  poll(fd);
  fd_close(fd);
}

static void files_as_such(void) {
  u32 count, prestat[2];
  char name[8], bytes[8];
  u32 fd = open_path("file", 0, 0, READ, APPEND);
  show_fdstat(fd);
  SHOW(fd_fdstat_set_flags(fd, NONBLOCK));
  show_fdstat(fd);
  SHOW(fd_fdstat_set_flags(fd, SYNC));
  SHOW(fd_fdstat_set_flags(fd, 0));
  show_fdstat(fd);
  u32 synchronous = open_path("file", 0, 0, READ, SYNC | NONBLOCK);
  show_fdstat(synchronous);
  SHOW(fd_fdstat_set_flags(synchronous, APPEND));
  show_fdstat(synchronous);
  SHOW(fd_close(synchronous));
  SHOW(fd_fdstat_set_rights(fd, 0, 0));
  for (u32 advice = 0; advice <= 6; advice++) SHOW(fd_advise(fd, 1, 2, advice));
  SHOW(fd_advise(fd, 0, -1, 0));
  SHOW(fd_allocate(fd, 0, 10));
  SHOW(fd_allocate(fd, 0, 0));
  SHOW(fd_allocate(fd, -1, 1));
  SHOW(fd_sync(fd));
  SHOW(fd_datasync(fd));
  SHOW(fd_filestat_set_times(fd, 5, 6, ATIM | MTIM));
  SHOW(fd_filestat_set_times(fd, 5, 6, ATIM | ATIM_NOW));
  write_text(fd, "x");
  pwrite_text(fd, "x", 0);
  SHOW(fd_prestat_get(fd, prestat));
  SHOW(fd_prestat_dir_name(fd, name, sizeof name));
  SHOW(fd_readdir(fd, bytes, 8, 0, &count));
  SHOW(sock_recv(fd, bytes, 0, 0, &count, (u16 *)name));
  SHOW(sock_send(fd, bytes, 0, 0, &count));
  SHOW(sock_shutdown(fd, 1));
  SHOW(path_open(fd, 0, P("file"), 0, READ, 0, 0, &count));
  stat_fd(fd);
  u32 other = open_path("dir/inner", 0, 0, READ, 0);
  SHOW(fd_renumber(fd, other));
  read_text(other);
  read_text(fd);
  SHOW(fd_close(other));
  SHOW(fd_close(other));
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static void list(u32 fd, u32 size) {
  static char names[400][16], bytes[8000];
  u32 used, total = 0, types[8] = {0};
  u64 cookie = 0, cookies = 0;
  do {
    u32 answer = fd_readdir(fd, bytes, size, cookie, &used), at = 0;
    if (answer) {
      printf("%s\n", error(answer));
      return;
    }
    while (used - at >= sizeof(dirent)) {
      dirent entry;
      memcpy(&entry, bytes + at, sizeof entry);
      if (used - at < sizeof entry + entry.name_len) break;
      memcpy(names[total], bytes + at + sizeof entry, entry.name_len);
      names[total++][entry.name_len] = 0;
      types[entry.type & 7]++;
      cookie = entry.next;
      cookies += cookie;
      at += sizeof entry + entry.name_len;
    }
  } while (used == size);
  qsort(names, total, sizeof *names, by_name);
  printf("with %u bytes: %u entries, %u directories, %u files, %u links, cookies %llu, %s to %s\n",
         size, total, types[3], types[4], types[7], (unsigned long long)cookies, names[0],
         names[total - 1]);
  SHOW(fd_readdir(fd, bytes, size, cookie, &used));
  printf("%u bytes after the last\n", used);
  SHOW(fd_readdir(fd, bytes, size, -1, &used));
  printf("%u bytes after that\n", used);
  for (u32 i = 0; i < total && total < 20; i++) printf("%s\n", names[i]);
}

static void directories(void) {
  char name[8] = {0};
  u32 prestat[2] = {7, 0}, count;
  SHOW(fd_prestat_get(ROOT, prestat));
  SHOW(fd_prestat_dir_name(ROOT, name, sizeof name));
  printf("%u bytes, %s\n", prestat[1], name);
  show_fdstat(ROOT);
  stat_fd(ROOT);
  list(ROOT, 4000);
  u32 dir = open_path("many", 0, DIRECTORY, READ, 0);
  for (u32 size = 40; size < 8000; size = size * 3 / 2 + 7) list(dir, size);
  SHOW(fd_readdir(dir, name, 0, 0, &count));
  show_fdstat(dir);
  read_text(dir);
  pread_text(dir, 0);
  write_text(dir, "x");
  seek(dir, 0, SET);
  SHOW(fd_sync(dir));
  SHOW(fd_advise(dir, 0, 0, 0));
  SHOW(fd_allocate(dir, 0, 1));
  SHOW(fd_filestat_set_size(dir, 0));
  SHOW(fd_filestat_set_times(dir, 5, 6, ATIM | MTIM));
  SHOW(fd_fdstat_set_flags(dir, 0));
  SHOW(fd_fdstat_set_rights(dir, 0, 0));
  SHOW(fd_prestat_get(dir, prestat));
  SHOW(path_open(dir, 0, P(".."), 0, READ, 0, 0, &count));
  SHOW(path_open(dir, 0, P("000"), 0, READ, 0, 0, &count));
  read_text(count);
  SHOW(fd_close(count));
  SHOW(fd_close(dir));
}

static const char *const paths[] = {
    "file",        "file/",     "file/.",    "file/..",     "file/x",      "dir",
    "dir/",        "dir/.",     "dir//inner", "./dir/./inner", "dir/..",   "dir/../file",
    "..",          "../x",      "dir/../..", ".",           "",
    "/",           "/file",     "link",      "link/",       "to-dir",      "to-dir/",
    "to-dir/inner", "to-dir/..", "dangling",  "dangling/",  "loop",        "loop/x",
    "up",          "up/",       "up/x",      "far",         "far/x",       "dir/back",
    "dir/far-up",  "to-dir/far-up", "chain", "chain/inner", "missing",     "missing/",
    "missing/x",   "dir/missing", "absolute", "absolute/",  "absolute/passwd", "\xff",      "a\0b",
    "a-name-much-longer-than-the-two-hundred-and-fifty-five-bytes-that-linux-allows-for-one-"
    "a-name-much-longer-than-the-two-hundred-and-fifty-five-bytes-that-linux-allows-for-one-"
    "a-name-much-longer-than-the-two-hundred-and-fifty-five-bytes-that-linux-allows-for-one-"};

static void read_link(const char *path, u32 len) {
  char text[32] = {0};
  u32 used = 0, answer = path_readlink(ROOT, path, strlen(path), text, len, &used);
  printf("readlink %s: %s, %u bytes, `%s`\n", path, error(answer), used, text);
}

// Uses each path in each way.
static void looking_up(void) {
  for (u32 i = 0; i < sizeof paths / sizeof *paths; i++) {
    const char *path = paths[i];
    u32 len = strlen(path);
    read_link(path, 32);
    read_link(path, 2);
    for (u32 lookup = 0; lookup <= FOLLOW; lookup++) {
      stat_path(path, lookup);
      u32 fd = open_path(path, lookup, 0, READ, 0);
      if (fd + 1) show_fdstat(fd);
      fd_close(fd);
      fd_close(open_path(path, lookup, DIRECTORY, READ, 0));
      fd_close(open_path(path, lookup, 0, READ | WRITE, 0));
      fd_close(open_path(path, lookup, 0, WRITE, APPEND));
      fd_close(open_path(path, lookup, CREAT, READ, 0));
      fd_close(open_path(path, lookup, CREAT, WRITE, 0));
      fd_close(open_path(path, lookup, CREAT | EXCL, READ, 0));
      fd_close(open_path(path, lookup, EXCL, READ, 0));
      fd_close(open_path(path, lookup, TRUNC, READ, 0));
      fd_close(open_path(path, lookup, CREAT | TRUNC, READ | WRITE, 0));
      fd_close(open_path(path, lookup, DIRECTORY, WRITE, 0));
      fd_close(open_path(path, lookup, DIRECTORY | CREAT, READ, 0));
      printf("set times: %s\n",
             error(path_filestat_set_times(ROOT, lookup, path, len, 5, 6, ATIM | MTIM)));
      // Kiln finds first that what ends so is a directory.
      if (!strchr("/.", path[len - 1]))
        printf("link: %s\n", error(path_link(ROOT, lookup, path, len, ROOT, P("new"))));
    }
    printf("create: %s\n", error(path_create_directory(ROOT, path, len)));
    printf("remove: %s\n", error(path_remove_directory(ROOT, path, len)));
    printf("unlink: %s\n", error(path_unlink_file(ROOT, path, len)));
    printf("symlink: %s\n", error(path_symlink(P("file"), ROOT, path, len)));
    printf("link to: %s\n", error(path_link(ROOT, 0, P("file"), ROOT, path, len)));
    printf("link missing to: %s\n", error(path_link(ROOT, 0, P("missing"), ROOT, path, len)));
    printf("rename: %s\n", error(path_rename(ROOT, path, len, ROOT, P("new"))));
    printf("rename to: %s\n", error(path_rename(ROOT, P("file"), ROOT, path, len)));
  }
  SHOW(path_symlink(P("/x"), ROOT, P("new")));
  SHOW(path_symlink(P(""), ROOT, P("new")));
  SHOW(path_open(ROOT, 2, P("file"), 0, READ, 0, 0, &(u32){0}));
  SHOW(path_open(ROOT, 0, P("file"), 16, READ, 0, 0, &(u32){0}));
  SHOW(path_open(ROOT, 0, P("file"), 0, READ, 0, 0, (u32 *)-2));
  SHOW(path_open(ROOT, 0, (char *)-2, 4, 0, READ, 0, 0, &(u32){0}));
}

// Between the trees: each is a file system of its own.
static void across(void) {
  u32 fd = -1, written;
  path_open(OTHER, 0, P("ours"), CREAT, READ | WRITE, 0, 0, &fd);
  fd_write(fd, &(buffer){"text", 4}, 1, &written);
  fd_close(fd);
  SHOW(path_rename(ROOT, P("file"), OTHER, P("new")));
  SHOW(path_rename(OTHER, P("ours"), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("file"), OTHER, P("new")));
  SHOW(path_open(OTHER, 0, P("../r/file"), 0, READ, 0, 0, &fd));
  // A number of one tree can become one of the other.
  fd = open_path("file", 0, 0, READ, 0);
  u32 other = -1;
  SHOW(path_open(OTHER, 0, P("ours"), 0, READ | WRITE, 0, 0, &other));
  SHOW(fd_renumber(fd, other));
  read_text(other);
  SHOW(fd_close(other));
  SHOW(path_open(OTHER, 0, P("ours"), 0, READ | WRITE, 0, 0, &other));
  fd = open_path("file", 0, 0, READ, 0);
  SHOW(fd_renumber(other, fd));
  write_text(fd, "more");
  SHOW(fd_close(fd));
  SHOW(fd_renumber(OTHER, ROOT));
  stat_path("ours", 0);
  SHOW(path_unlink_file(ROOT, P("ours")));
}

int main(void) {
  reading();
  files_as_such();
  directories();
  looking_up();
  across();
  return 0;
}

// Regular files: opening, reading, writing, positions, flags, sizes, times.
#include "wasi.h"

static void positions(void) {
  u32 fd = open_path("file", 0, CREAT | EXCL, READ | WRITE, 0);
  stat_fd(fd);
  show_fdstat(fd);
  write_text(fd, "hello world");
  tell(fd);
  seek(fd, 0, SET);
  read_text(fd);
  read_text(fd);
  seek(fd, -5, CURRENT);
  read_text(fd);
  seek(fd, -5, END);
  read_text(fd);
  seek(fd, -100, CURRENT);
  seek(fd, -1, SET);
  seek(fd, 100, END);
  write_text(fd, "x");
  stat_fd(fd);
  pread_text(fd, 6);
  pread_text(fd, 1000);
  pwrite_text(fd, "HELLO", 0);
  pread_text(fd, 0);
  tell(fd);
  SHOW(fd_close(fd));
  SHOW(fd_close(fd));
  write_text(fd, "closed");
  read_text(fd);
  stat_fd(fd);
  tell(fd);
}

static void sizes_and_times(void) {
  u32 fd = open_path("file", 0, 0, READ | WRITE, 0);
  filestat stat;
  SHOW(fd_filestat_set_size(fd, 5));
  stat_fd(fd);
  SHOW(fd_filestat_set_size(fd, 20));
  stat_fd(fd);
  pread_text(fd, 0);
  SHOW(fd_filestat_set_size(fd, -1));
  // The runtime of record does not allocate.
  OURS("ok", fd_allocate(fd, 10, 20));
  OURS("INVAL", fd_allocate(fd, 0, 0));
  SHOW(fd_filestat_set_size(fd, 20));
  SHOW(fd_sync(fd));
  SHOW(fd_datasync(fd));
  SHOW(fd_advise(fd, 0, 10, 0));
  SHOW(fd_advise(fd, 0, 0, 5));
  SHOW(fd_filestat_set_times(fd, 1000000001, 2000000002, ATIM | MTIM));
  fd_filestat_get(fd, &stat);
  printf("accessed %llu, modified %llu\n", (unsigned long long)stat.atim, (unsigned long long)stat.mtim);
  SHOW(fd_filestat_set_times(fd, 7, 8, MTIM));
  fd_filestat_get(fd, &stat);
  printf("accessed %llu, modified %llu\n", (unsigned long long)stat.atim, (unsigned long long)stat.mtim);
  SHOW(fd_filestat_set_times(fd, 1, 2, ATIM_NOW | MTIM_NOW));
  fd_filestat_get(fd, &stat);
  printf("now: %d %d\n", stat.atim > 1000000000000000000, stat.mtim > 1000000000000000000);
  SHOW(fd_filestat_set_times(fd, 1, 2, ATIM | ATIM_NOW));
  SHOW(fd_filestat_set_times(fd, 1, 2, MTIM | MTIM_NOW));
  SHOW(fd_filestat_set_times(fd, 1, 2, 0));
  SHOW(path_filestat_set_times(ROOT, 0, P("file"), 5, 6, ATIM | MTIM));
  SHOW(path_filestat_set_times(ROOT, FOLLOW, P("file"), 5, 6, ATIM | ATIM_NOW));
  SHOW(path_filestat_set_times(ROOT, 0, P("missing"), 5, 6, ATIM));
  fd_close(fd);
}

static void flags(void) {
  u32 fd = open_path("file", 0, TRUNC, READ | WRITE, 0);
  SHOW(fd_fdstat_set_flags(fd, APPEND));
  show_fdstat(fd);
  write_text(fd, "appended");
  seek(fd, 0, SET);
  write_text(fd, " twice");
  tell(fd);
  pwrite_text(fd, "!", 0);
  pread_text(fd, 0);
  SHOW(fd_fdstat_set_flags(fd, NONBLOCK));
  show_fdstat(fd);
  SHOW(fd_fdstat_set_flags(fd, SYNC));
  SHOW(fd_fdstat_set_flags(fd, 0));
  SHOW(fd_fdstat_set_rights(fd, 0, 0));
  fd_close(fd);
  fd = open_path("file", 0, 0, READ | WRITE, APPEND | NONBLOCK);
  show_fdstat(fd);
  tell(fd);
  fd_close(fd);
  // The runtime of record opens nothing for synchronous writing.
  OURS("ok", path_open(ROOT, 0, P("file"), 0, READ | WRITE, 0, SYNC, &fd));
  fd_close(fd);
}

static void access(void) {
  u32 fd = open_path("file", 0, 0, READ, 0);
  show_fdstat(fd);
  write_text(fd, "no");
  read_text(fd);
  SHOW(fd_filestat_set_size(fd, 1));
  SHOW(fd_filestat_set_times(fd, 5, 6, ATIM | MTIM));
  fd_close(fd);
  fd = open_path("file", 0, 0, WRITE, 0);
  show_fdstat(fd);
  read_text(fd);
  pread_text(fd, 0);
  write_text(fd, "yes");
  fd_close(fd);
  fd = open_path("file", 0, 0, 0, 0);
  show_fdstat(fd);
  read_text(fd);
  write_text(fd, "no");
  fd_close(fd);
  fd = open_path("file", 0, TRUNC, 0, 0);
  show_fdstat(fd);
  write_text(fd, "truncated");
  fd_close(fd);
  fd = open_path("file", 0, CREAT, READ, 0);
  show_fdstat(fd);
  write_text(fd, "created");
  fd_close(fd);
}

static void refusals(void) {
  u32 fd, count = 7;
  buffer none = {0, 0};
  open_path("file", 0, CREAT | EXCL, READ | WRITE, 0);
  open_path("file", 0, DIRECTORY, READ, 0);
  open_path("file/", 0, 0, READ, 0);
  open_path("file/.", 0, 0, READ, 0);
  open_path("file/..", 0, 0, READ, 0);
  open_path("file/x", 0, 0, READ, 0);
  open_path("new/", 0, CREAT, WRITE, 0);
  open_path("nowhere/new", 0, CREAT, WRITE, 0);
  open_path("missing", 0, 0, READ, 0);
  open_path("", 0, 0, READ, 0);
  open_path("/file", 0, 0, READ, 0);
  open_path("..", 0, 0, READ, 0);
  open_path("../x", 0, 0, READ, 0);
  SHOW(path_open(ROOT, 0, P("file\0x"), 0, READ, 0, 0, &fd));
  SHOW(path_open(ROOT, 0, P("file\xff"), 0, READ, 0, 0, &fd));
  SHOW(path_open(99, 0, P("file"), 0, READ, 0, 0, &fd));
  SHOW(path_open(1, 0, P("file"), 0, READ, 0, 0, &fd));
  char *name = malloc(70000);
  memset(name, 'a', 70000);
  SHOW(path_open(ROOT, 0, name, 256, 0, READ, 0, 0, &fd));
  SHOW(path_open(ROOT, 0, name, 4096, 0, READ, 0, 0, &fd));
  SHOW(path_open(ROOT, 0, name, 70000, 0, READ, 0, 0, &fd));
  u32 file = open_path("file", 0, 0, READ | WRITE, 0);
  SHOW(path_open(file, 0, P("file"), 0, READ, 0, 0, &fd));
  SHOW(path_create_directory(file, P("x")));
  SHOW(fd_readdir(file, name, 100, 0, &count));
  SHOW(fd_prestat_get(file, &count));
  SHOW(fd_write(file, &none, 1, &count));
  SHOW(fd_write(file, &none, 0, &count));
  SHOW(fd_read(file, &none, 0, &count));
  SHOW(fd_pwrite(file, &none, 1, 500, &count));
  printf("%u bytes\n", count);
  stat_fd(file);
  // Beyond memory; the runtime of record traps.
  OURS("FAULT", fd_write(file, (void *)-8, 1, &count));
  OURS("FAULT", fd_write(file, &none, 1 << 30, &count));
  OURS("FAULT", fd_filestat_get(file, (void *)-1));
  OURS("INVAL", fd_advise(file, 0, 0, 6));
  OURS("INVAL", fd_fdstat_set_flags(file, 32));
  OURS("INVAL", fd_seek(file, 0, 3, 0));
  fd_close(file);
}

int main(int argc, char **argv) {
  is_kiln = argc > 1;
  positions();
  sizes_and_times();
  flags();
  access();
  refusals();
  return 0;
}

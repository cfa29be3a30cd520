// Directories and links: making, naming, following, renaming and removing them.
#include "wasi.h"

static void directories(void) {
  char name[8] = {0};
  u32 prestat[2] = {7, 0}, count;
  SHOW(fd_prestat_get(ROOT, prestat));
  printf("a name of %u bytes\n", prestat[1]);
  SHOW(fd_prestat_dir_name(ROOT, name, sizeof name));
  printf("%s\n", name);
  SHOW(fd_prestat_dir_name(ROOT, name, 0));
  SHOW(fd_prestat_get(0, prestat));
  SHOW(fd_prestat_get(99, prestat));
  SHOW(fd_prestat_dir_name(1, name, sizeof name));
  show_fdstat(ROOT);
  SHOW(path_create_directory(ROOT, P("dir")));
  SHOW(path_create_directory(ROOT, P("dir")));
  SHOW(path_create_directory(ROOT, P("slash/")));
  SHOW(path_create_directory(ROOT, P("x/y")));
  SHOW(path_create_directory(ROOT, P(".")));
  SHOW(path_create_directory(ROOT, P("..")));
  SHOW(path_create_directory(ROOT, P("dir/..")));
  SHOW(path_create_directory(ROOT, P("")));
  SHOW(path_create_directory(ROOT, P("/")));
  u32 dir = open_path("dir", 0, DIRECTORY, READ, 0);
  show_fdstat(dir);
  stat_fd(dir);
  read_text(dir);
  write_text(dir, "x");
  pread_text(dir, 0);
  pwrite_text(dir, "x", 0);
  seek(dir, 0, SET);
  tell(dir);
  SHOW(fd_sync(dir));
  SHOW(fd_datasync(dir));
  SHOW(fd_advise(dir, 0, 0, 0));
  SHOW(fd_allocate(dir, 0, 1));
  SHOW(fd_filestat_set_size(dir, 0));
  SHOW(fd_filestat_set_times(dir, 5, 6, ATIM | MTIM));
  SHOW(fd_fdstat_set_flags(dir, 0));
  SHOW(fd_fdstat_set_rights(dir, 0, 0));
  SHOW(fd_prestat_get(dir, prestat));
  SHOW(fd_prestat_dir_name(dir, name, sizeof name));
  SHOW(path_open(dir, 0, P(".."), 0, READ, 0, 0, &count));
  fd_close(dir);
  open_path("dir", 0, 0, WRITE, 0);
  open_path("dir", 0, CREAT, READ, 0);
  open_path("dir", 0, TRUNC, READ, 0);
  open_path("dir", 0, DIRECTORY | CREAT, READ, 0);
  open_path("dir", 0, DIRECTORY | EXCL, READ, 0);
  fd_close(open_path("dir/", 0, 0, READ, 0));
  fd_close(open_path(".", 0, 0, READ, 0));
  fd_close(open_path("dir/..", 0, 0, READ, APPEND));
}

static void removing(void) {
  make_file("file", "x");
  make_file("dir/inner", "x");
  SHOW(path_remove_directory(ROOT, P("dir")));
  SHOW(path_remove_directory(ROOT, P("file")));
  SHOW(path_remove_directory(ROOT, P("file/")));
  SHOW(path_remove_directory(ROOT, P("missing")));
  SHOW(path_remove_directory(ROOT, P(".")));
  SHOW(path_remove_directory(ROOT, P("..")));
  SHOW(path_remove_directory(ROOT, P("")));
  // The runtime of record removes no directory named with a slash.
  OURS("ok", path_remove_directory(ROOT, P("slash/")));
  OURS("NOTEMPTY", path_remove_directory(ROOT, P("dir/..")));
  OURS("ok", path_create_directory(ROOT, P("slash")));
  SHOW(path_remove_directory(ROOT, P("slash")));
  SHOW(path_unlink_file(ROOT, P("dir")));
  SHOW(path_unlink_file(ROOT, P("dir/")));
  SHOW(path_unlink_file(ROOT, P("file/")));
  SHOW(path_unlink_file(ROOT, P("missing")));
  SHOW(path_unlink_file(ROOT, P("missing/")));
  SHOW(path_unlink_file(ROOT, P(".")));
  SHOW(path_unlink_file(ROOT, P("..")));
  SHOW(path_unlink_file(ROOT, P("dir/..")));
  SHOW(path_unlink_file(ROOT, P("")));
  SHOW(path_unlink_file(ROOT, P("file")));
}

static void read_link(const char *path, u32 len) {
  char text[32] = {0};
  u32 used = 0, answer = path_readlink(ROOT, path, strlen(path), text, len, &used);
  printf("readlink %s: %s, %u bytes, `%s`\n", path, error(answer), used, text);
}

// Uses a path in each way that may follow a link.
static void use(const char *path) {
  u32 fd;
  for (u32 lookup = 0; lookup <= FOLLOW; lookup++) {
    // The runtime of record does not look behind a link that a slash follows.
    if (path[strlen(path) - 1] != '/') stat_path(path, lookup);
    fd_close(open_path(path, lookup, 0, READ, 0));
    fd_close(open_path(path, lookup, DIRECTORY, READ, 0));
    u32 answer = path_filestat_set_times(ROOT, lookup, path, strlen(path), 5, 6, ATIM | MTIM);
    printf("set times of %s: %s\n", path, error(answer));
  }
}

static void symbolic_links(void) {
  make_file("target", "target");
  SHOW(path_symlink(P("target"), ROOT, P("link")));
  SHOW(path_symlink(P("target"), ROOT, P("link")));
  SHOW(path_symlink(P("dir"), ROOT, P("to-dir")));
  SHOW(path_symlink(P("nowhere"), ROOT, P("dangling")));
  SHOW(path_symlink(P("loop"), ROOT, P("loop")));
  SHOW(path_symlink(P(".."), ROOT, P("up")));
  SHOW(path_symlink(P("../../x"), ROOT, P("dir/far-up")));
  SHOW(path_symlink(P("target/"), ROOT, P("slashed")));
  SHOW(path_symlink(P("/etc"), ROOT, P("absolute")));
  SHOW(path_symlink(P(""), ROOT, P("empty")));
  SHOW(path_symlink(P("x"), ROOT, P("new/")));
  SHOW(path_symlink(P("x"), ROOT, P("dir/")));
  SHOW(path_symlink(P("x"), ROOT, P("target/")));
  SHOW(path_symlink(P("x"), ROOT, P("..")));
  read_link("link", 32);
  read_link("link", 3);
  read_link("link", 0);
  read_link("up", 32);
  read_link("dir/far-up", 32);
  read_link("to-dir/far-up", 32);
  read_link("target", 32);
  read_link("dir", 32);
  read_link("missing", 32);
  read_link("link/", 32);
  read_link("to-dir/", 32);
  read_link("..", 32);
  const char *paths[] = {"link",   "link/", "to-dir",     "to-dir/",       "to-dir/inner", "dangling",
                         "dangling/", "loop",  "loop/",      "up",            "up/",          "up/x",
                         "slashed",   "slashed/",  "dir/far-up", "to-dir/far-up", "missing"};
  for (u32 i = 0; i < sizeof paths / sizeof *paths; i++) use(paths[i]);
  open_path("dangling", 0, CREAT, WRITE, 0);
  open_path("dangling", FOLLOW, CREAT | EXCL, WRITE, 0);
  open_path("up/new", FOLLOW, CREAT, WRITE, 0);
  fd_close(open_path("dangling", FOLLOW, CREAT, WRITE, 0));
  stat_path("nowhere", 0);
  SHOW(path_unlink_file(ROOT, P("nowhere")));
  SHOW(path_remove_directory(ROOT, P("to-dir")));
  SHOW(path_create_directory(ROOT, P("dangling")));
  SHOW(path_create_directory(ROOT, P("dangling/")));
  SHOW(path_create_directory(ROOT, P("to-dir")));
  // The runtime of record takes the link for what it leads to.
  OURS("NOTDIR", path_unlink_file(ROOT, P("to-dir/")));
  OURS("NOTDIR", path_remove_directory(ROOT, P("to-dir/")));
}

static void hard_links(void) {
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("other")));
  stat_path("target", 0);
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("other")));
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("target")));
  SHOW(path_link(ROOT, 0, P("link"), ROOT, P("to-link")));
  read_link("to-link", 32);
  SHOW(path_link(ROOT, FOLLOW, P("link"), ROOT, P("followed")));
  SHOW(path_link(ROOT, 0, P("dangling"), ROOT, P("to-dangling")));
  SHOW(path_link(ROOT, 0, P("loop"), ROOT, P("to-loop")));
  SHOW(path_link(ROOT, 0, P("dir"), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("dir/"), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("to-dir/"), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("target/"), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("missing"), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("."), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P(".."), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("up/x"), ROOT, P("new")));
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("new/")));
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("dir")));
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("dangling")));
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("up/new")));
  SHOW(path_link(ROOT, 0, P("target"), ROOT, P("..")));
}

static void renaming(void) {
  SHOW(path_rename(ROOT, P("other"), ROOT, P("third")));
  SHOW(path_rename(ROOT, P("third"), ROOT, P("target")));
  stat_path("third", 0);
  SHOW(path_unlink_file(ROOT, P("third")));
  SHOW(path_create_directory(ROOT, P("empty")));
  SHOW(path_rename(ROOT, P("missing"), ROOT, P("new")));
  SHOW(path_rename(ROOT, P("target"), ROOT, P("dir")));
  SHOW(path_rename(ROOT, P("dir"), ROOT, P("target")));
  SHOW(path_rename(ROOT, P("empty"), ROOT, P("dir")));
  SHOW(path_rename(ROOT, P("dir"), ROOT, P("empty")));
  SHOW(path_rename(ROOT, P("empty/"), ROOT, P("dir/")));
  SHOW(path_rename(ROOT, P("target/"), ROOT, P("new")));
  SHOW(path_rename(ROOT, P("target"), ROOT, P("new/")));
  SHOW(path_rename(ROOT, P("to-dir/"), ROOT, P("new")));
  SHOW(path_rename(ROOT, P("dir"), ROOT, P("dir/sub")));
  SHOW(path_rename(ROOT, P("."), ROOT, P("new")));
  SHOW(path_rename(ROOT, P("dir"), ROOT, P(".")));
  SHOW(path_rename(ROOT, P(".."), ROOT, P("new")));
  SHOW(path_rename(ROOT, P("dir"), ROOT, P("..")));
  SHOW(path_rename(ROOT, P("dir"), ROOT, P("up/new")));
  SHOW(path_rename(ROOT, P("link"), ROOT, P("renamed")));
  read_link("renamed", 32);
}

int main(int argc, char **argv) {
  is_kiln = argc > 1;
  directories();
  removing();
  make_file("dir/inner", "inner");
  symbolic_links();
  hard_links();
  renaming();
  return 0;
}

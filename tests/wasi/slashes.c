// Paths that end with slashes, where Linux says which of two errors comes first.
#include "wasi.h"

static u32 create(const char *path, u32 lookup, u32 flags) {
  u32 fd;
  return path_open(ROOT, lookup, path, strlen(path), CREAT | flags, WRITE, 0, 0, &fd);
}

static u32 read_link(const char *path) {
  char text[32];
  u32 used;
  return path_readlink(ROOT, path, strlen(path), text, sizeof text, &used);
}

int main(void) {
  is_kiln = 1;
  make_file("file", "x");
  OURS("ok", path_create_directory(ROOT, P("dir")));
  OURS("ok", path_create_directory(ROOT, P("dir/sub/")));
  OURS("ok", path_symlink(P("dir/"), ROOT, P("to-dir")));
  OURS("ok", path_symlink(P("new/"), ROOT, P("to-new")));

  OURS("INVAL", read_link("dir/.."));
  OURS("INVAL", read_link("dir/../"));
  OURS("INVAL", read_link("dir/sub/..//"));
  OURS("INVAL", read_link("to-dir/"));
  OURS("PERM", read_link("../"));
  OURS("NOTDIR", read_link("file/../"));
  OURS("NOENT", read_link("missing/../"));
  OURS("EXIST", path_symlink(P("x"), ROOT, P("dir/..")));
  OURS("EXIST", path_symlink(P("x"), ROOT, P("dir/../")));
  OURS("EXIST", path_symlink(P("x"), ROOT, P("dir/sub/..//")));
  OURS("PERM", path_symlink(P("x"), ROOT, P("../")));
  OURS("NOTDIR", path_symlink(P("x"), ROOT, P("file/../")));
  OURS("PERM", path_link(ROOT, 0, P("dir/../"), ROOT, P("y")));
  OURS("EXIST", path_link(ROOT, 0, P("file"), ROOT, P("dir/../")));
  OURS("EXIST", path_create_directory(ROOT, P("dir/../")));
  OURS("NOTEMPTY", path_remove_directory(ROOT, P("dir/sub/../")));
  OURS("ISDIR", path_unlink_file(ROOT, P("dir/../")));
  OURS("BUSY", path_rename(ROOT, P("dir/../"), ROOT, P("y")));

  OURS("NOENT", create("missing/x/", 0, 0));
  OURS("NOTDIR", create("file/x/", 0, 0));
  OURS("PERM", create("../x/", 0, 0));
  OURS("PERM", create("../", 0, 0));
  OURS("ISDIR", create("new/", 0, 0));
  OURS("ISDIR", create("file/", 0, EXCL));
  OURS("ISDIR", create("dir/", 0, EXCL));
  OURS("ISDIR", create("dir/sub//", 0, 0));
  OURS("ISDIR", create("to-dir/x/", 0, 0));
  OURS("ISDIR", create("to-dir", FOLLOW, 0));
  OURS("ISDIR", create("to-new", FOLLOW, 0));
  OURS("ISDIR", create("dir/../", 0, 0));
  OURS("EXIST", create("dir/../", 0, EXCL));
  OURS("EXIST", create("dir/./", 0, EXCL));
  return 0;
}

// Attempts to reach what lies outside the preopened directory, each shown with its answer. What is
// outside is laid out by `escapes.rs`; arguments are what to do and the folder that holds it all.
#include "wasi.h"

// The second preopened directory: /proc/self.
enum { PROC = 4 };

static const char *top;

static void attempt(const char *what, const char *path, u32 answer) {
  printf("attempt to %s %.100s: %s\n", what, path, error(answer));
}

#define L(path) path, strlen(path)

static void open_and_read(u32 dir, const char *what, const char *path, u32 len, u32 lookup) {
  u32 fd = -1, answer = path_open(dir, lookup, path, len, 0, READ, 0, 0, &fd);
  attempt(what, path, answer);
  if (answer) return;
  read_text(fd);
  fd_close(fd);
}

static void open_to_change(u32 dir, const char *what, const char *path, u32 flags, u32 lookup) {
  u32 fd = -1, answer = path_open(dir, lookup, L(path), flags, READ | WRITE, 0, 0, &fd);
  attempt(what, path, answer);
  if (answer) return;
  write_text(fd, "changed");
  fd_close(fd);
}

// Everything that can be done with what is in a directory, by a path that leads to it from outside.
static void in_directory(u32 dir, const char *path) {
  static char secret[8192], fresh[8192], empty[8192], link[8192], text[64];
  filestat stat;
  u32 len, fd;
  snprintf(secret, sizeof secret, "%s/secret", path);
  snprintf(fresh, sizeof fresh, "%s/fresh", path);
  snprintf(empty, sizeof empty, "%s/empty", path);
  snprintf(link, sizeof link, "%s/link", path);
  open_and_read(dir, "read", secret, strlen(secret), 0);
  open_and_read(dir, "follow", secret, strlen(secret), FOLLOW);
  open_to_change(dir, "write", secret, 0, 0);
  open_to_change(dir, "truncate", secret, TRUNC, FOLLOW);
  open_to_change(dir, "create", fresh, CREAT, 0);
  open_to_change(dir, "create alone", fresh, CREAT | EXCL, FOLLOW);
  attempt("list", path, path_open(dir, FOLLOW, L(path), DIRECTORY, READ, 0, 0, &fd));
  attempt("stat", secret, path_filestat_get(dir, FOLLOW, L(secret), &stat));
  attempt("set times of", secret, path_filestat_set_times(dir, FOLLOW, L(secret), 5, 6, ATIM | MTIM));
  attempt("set times of", secret, path_filestat_set_times(dir, 0, L(secret), 5, 6, ATIM | MTIM));
  attempt("link from", secret, path_link(dir, 0, L(secret), ROOT, P("linked")));
  attempt("link to", fresh, path_link(ROOT, 0, P("file"), dir, L(fresh)));
  attempt("read link", link, path_readlink(dir, L(link), text, sizeof text, &len));
  attempt("symlink at", fresh, path_symlink(P("file"), dir, L(fresh)));
  attempt("make directory", fresh, path_create_directory(dir, L(fresh)));
  attempt("remove directory", empty, path_remove_directory(dir, L(empty)));
  attempt("unlink", secret, path_unlink_file(dir, L(secret)));
  attempt("rename from", secret, path_rename(dir, L(secret), ROOT, P("renamed")));
  attempt("rename to", secret, path_rename(ROOT, P("file"), dir, L(secret)));
}

// Everything that follows a link which is a path's last component.
static void through_link(u32 dir, const char *path) {
  filestat stat;
  open_and_read(dir, "read", path, strlen(path), FOLLOW);
  open_and_read(dir, "read without following", path, strlen(path), 0);
  open_to_change(dir, "write", path, 0, FOLLOW);
  open_to_change(dir, "truncate", path, TRUNC, FOLLOW);
  open_to_change(dir, "create", path, CREAT, FOLLOW);
  open_to_change(dir, "create alone", path, CREAT | EXCL, FOLLOW);
  attempt("stat", path, path_filestat_get(dir, FOLLOW, L(path), &stat));
  attempt("set times of", path, path_filestat_set_times(dir, FOLLOW, L(path), 5, 6, ATIM | MTIM));
  attempt("link from", path, path_link(dir, FOLLOW, L(path), ROOT, P("linked")));
}

// Paths from the folder that holds everything, after a prefix.
static const char *below_top(const char *prefix, const char *rest) {
  static char path[8192];
  snprintf(path, sizeof path, "%s%s%s", prefix, top, rest);
  return path;
}

static void directories(void) {
  static const char *const paths[] = {
      "../outside", "./../outside", "..//outside", "../outside/", "../outside/.", "../outside/..",
      "../inside/../outside", "dir/../../outside", "dir/./.././../outside", "../../outside",
      "dir/deep/../../../outside", "missing/../../outside", "file/../../outside",
      "rel", "rel/", "rel/.", "rel//", "rel/empty/..", "dir/../rel", "abs", "slashed", "dots",
      "dir/up", "chain", "parent/outside", "parent/inside/parent/outside", "dir/../parent/outside",
      "proc-cwd/../outside", "dev-fd/3/../outside", "proc-fd/3/../outside", "loop/../../outside"};
  for (u32 i = 0; i < sizeof paths / sizeof *paths; i++) in_directory(ROOT, paths[i]);
  static const char *const to_root[] = {"", "/", "/.", "/..", "root", "proc-root", "/proc/self/root",
                                        "../../../../../../.."};
  for (u32 i = 0; i < sizeof to_root / sizeof *to_root; i++)
    in_directory(ROOT, below_top(to_root[i], "/outside"));
  static const char *const magic[] = {"cwd/../outside", "fd/3/../outside", "fd/3/rel",
                                      "task/../cwd/../outside", "../self/cwd/../outside"};
  for (u32 i = 0; i < sizeof magic / sizeof *magic; i++) in_directory(PROC, magic[i]);
  in_directory(PROC, below_top("root", "/outside"));
  in_directory(PROC, below_top("fd/4/root", "/outside"));
}

static void links(void) {
  static const char *const paths[] = {"file-abs", "file-rel", "file-chain", "file-round",
                                      "dir/file-up", "dangling", "loop", "proc-exe"};
  for (u32 i = 0; i < sizeof paths / sizeof *paths; i++) through_link(ROOT, paths[i]);
  // Made here, not found.
  path_symlink(P("../secret"), ROOT, P("made"));
  through_link(ROOT, "made");
  path_symlink(P("made"), ROOT, P("dir/made"));
  path_rename(ROOT, P("dir/made"), ROOT, P("made-again"));
  through_link(ROOT, "made-again");
  attempt("symlink to", top, path_symlink(L(top), ROOT, P("made-absolute")));
  static const char *const magic[] = {"exe", "cwd", "root", "fd/0", "fd/1", "fd/2", "fd/3", "fd/4"};
  for (u32 i = 0; i < sizeof magic / sizeof *magic; i++) through_link(PROC, magic[i]);
}

static void odd_bytes(void) {
  open_and_read(ROOT, "read past a NUL", P("../secret\0"), 0);
  open_and_read(ROOT, "read past a NUL", P("file\0/../../secret"), 0);
  open_and_read(ROOT, "read past a NUL", P("\0../secret"), 0);
  open_and_read(ROOT, "read by overlong dots", P("\xc0\xae\xc0\xae/secret"), 0);
  open_and_read(ROOT, "read by an overlong slash", P("..\xc0\xafsecret"), 0);
  open_and_read(ROOT, "read by stray bytes", P("\xff/../../secret"), 0);
  open_and_read(ROOT, "read by a surrogate", P("\xed\xa0\x80/../../secret"), 0);
  open_and_read(ROOT, "read by a backslash", P("..\\secret"), 0);
  open_and_read(ROOT, "read nothing", P(""), 0);
  static char path[70000];
  const u32 lengths[] = {255, 256, 4080, 4095, 4096, 65536};
  for (u32 i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    memset(path, 'a', lengths[i]);
    strcpy(path + lengths[i], "/../../secret");
    open_and_read(ROOT, "read by a long name", L(path), 0);
    for (u32 at = 0; at < lengths[i]; at++) path[at] = at % 2 ? '/' : '.';
    strcpy(path + lengths[i] / 2 * 2, "../secret");
    open_and_read(ROOT, "read by many dots", L(path), 0);
  }
}

static void descriptors(void) {
  u32 dir = -1, other = -1;
  path_open(ROOT, 0, P("dir"), DIRECTORY, READ, 0, 0, &dir);
  open_and_read(dir, "read from a directory", P("../../secret"), 0);
  path_rename(ROOT, P("dir/deep"), ROOT, P("moved"));
  open_and_read(dir, "read from a directory that lost one", P("../moved/../../secret"), 0);
  path_rename(ROOT, P("dir"), ROOT, P("moved/dir"));
  open_and_read(dir, "read from a moved directory", P("../../../secret"), 0);
  open_and_read(dir, "read above a moved directory", P("../file"), 0);
  fd_close(dir);
  open_and_read(dir, "read from a closed directory", P("../secret"), 0);
  path_open(ROOT, 0, P("moved"), DIRECTORY, READ, 0, 0, &other);
  open_and_read(other, "read from a reused number", P("../../secret"), 0);
  fd_renumber(other, PROC);
  open_and_read(PROC, "read from a renumbered directory", P("../secret"), 0);
  open_and_read(other, "read from a vacated number", P("../secret"), 0);
  for (u32 fd = 0; fd < 300; fd++)
    if (fd != ROOT && fd != PROC) open_and_read(fd, "read from no directory", P("secret"), 0);
  open_and_read(-1, "read from no directory", P("secret"), 0);
}

// Reads by paths that lead inside, or outside for a moment, while another process moves what is on
// the way; the answers are counted.
static void race(void) {
  static const char *const paths[] = {"swap/secret", "a/b/c/../../secret", "swap/../swap/secret"};
  u64 start, now;
  u32 decoys = 0, refused = 0, round = 0;
  clock_time_get(1, 0, &start);
  do {
    const char *path = paths[round++ % 3];
    u32 fd = -1, got = 0;
    char text[16] = {0};
    buffer buffer = {text, sizeof text - 1};
    if (path_open(ROOT, FOLLOW, L(path), 0, READ, 0, 0, &fd)) refused++;
    else {
      fd_read(fd, &buffer, 1, &got);
      fd_close(fd);
      if (!strcmp(text, "decoy")) decoys++;
      else printf("attempt to read %s: ok, `%s`\n", path, text);
    }
    path_open(ROOT, FOLLOW, P("swap/fresh"), CREAT, WRITE, 0, 0, &fd);
    fd_close(fd);
    path_create_directory(ROOT, P("swap/empty"));
    path_remove_directory(ROOT, P("swap/empty"));
    path_filestat_set_times(ROOT, FOLLOW, L(path), 5, 6, ATIM | MTIM);
    clock_time_get(1, 0, &now);
  } while (now - start < 10000000000);
  printf("decoys %u, refused %u\n", decoys, refused);
}

// Waits for a line, by when the directory is gone and another thing has its name.
static void removed(void) {
  printf("ready\n");
  fflush(stdout);
  getchar();
  through_link(ROOT, "secret");
  through_link(ROOT, "fresh");
  in_directory(ROOT, "..");
  in_directory(ROOT, "../outside");
  in_directory(ROOT, "../inside");
}

int main(int count, char **arguments) {
  if (count < 3) return 1;
  top = arguments[2];
  if (!strcmp(arguments[1], "race")) race();
  else if (!strcmp(arguments[1], "removed")) removed();
  else {
    directories();
    links();
    odd_bytes();
    descriptors();
  }
}

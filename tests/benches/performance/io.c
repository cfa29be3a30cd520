// System calls by the thousand, the same from the machine's C compiler and from clang for WASI.
// The arguments are what to do and the folder to do it in.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 << 10, CHUNKS = 16384, SMALL = 1000000, FILES = 20000, PER_FOLDER = 200 };

static char bytes[CHUNK];

static int write_all(int file, int len, int times) {
  // Touched, as what a program writes is: the zero page would be read from the cache.
  memset(bytes, 'x', sizeof bytes);
  for (int i = 0; i < times; i++) {
    // Over and over the same place, so that the file system takes no part.
    if (i % 64 == 0) lseek(file, 0, SEEK_SET);
    if (write(file, bytes, len) != len) return 1;
  }
  return 0;
}

static int read_all(int file) {
  for (int i = 0; i < CHUNKS; i++) {
    if (i % 64 == 0) lseek(file, 0, SEEK_SET);
    if (read(file, bytes, CHUNK) != CHUNK) return 1;
  }
  return 0;
}

static int walk_tree(const char *top) {
  char folder[300], path[600];
  int found = 0;
  for (int i = 0; i < FILES / PER_FOLDER; i++) {
    snprintf(folder, sizeof folder, "%s/tree/%d", top, i);
    DIR *listing = opendir(folder);
    if (!listing) return 1;
    for (struct dirent *entry; (entry = readdir(listing));) {
      struct stat stat;
      snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
      if (lstat(path, &stat)) return 1;
      found += S_ISREG(stat.st_mode);
    }
    closedir(listing);
  }
  return found != FILES;
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  char path[300];
  snprintf(path, sizeof path, "%s/file", arguments[2]);
  if (!strcmp(arguments[1], "tree")) return walk_tree(arguments[2]);
  int file = open(path, O_RDWR);
  if (file < 0) return 2;
  if (!strcmp(arguments[1], "read")) return read_all(file);
  if (!strcmp(arguments[1], "write")) return write_all(file, CHUNK, CHUNKS);
  return write_all(file, 16, SMALL);
}

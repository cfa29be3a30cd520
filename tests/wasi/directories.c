// Directories that are listed while they change, and by several readers. Says nothing but the number
// of entries where all is right.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

enum { MAX = 20000 };

static void fail(const char *what, int number) {
  printf("%s: %d\n", what, number);
  exit(1);
}

// A reader of a directory that other readers may have open by the same descriptor.
typedef struct {
  int fd;
  __wasi_dircookie_t cookie;
  char *buffer;
  size_t size, used, at;
} reader;

static reader new_reader(int fd, size_t size) {
  return (reader){.fd = fd, .buffer = malloc(size), .size = size, .used = size, .at = size};
}

// The next name, or null at the end. What is cut off is read again.
static char *next(reader *reader, char *name) {
  for (;;) {
    __wasi_dirent_t entry;
    size_t left = reader->used - reader->at;
    if (left >= sizeof entry) {
      memcpy(&entry, reader->buffer + reader->at, sizeof entry);
      if (left - sizeof entry >= entry.d_namlen) {
        memcpy(name, reader->buffer + reader->at + sizeof entry, entry.d_namlen);
        name[entry.d_namlen] = 0;
        reader->at += sizeof entry + entry.d_namlen;
        reader->cookie = entry.d_next;
        return name;
      }
    }
    if (reader->used < reader->size) return 0;
    if (__wasi_fd_readdir(reader->fd, (uint8_t *)reader->buffer, reader->size, reader->cookie,
                          &reader->used))
      fail("fd_readdir", reader->cookie);
    reader->at = 0;
  }
}

// Names that differ in length by up to 100 bytes.
static void name_of(int number, char *name) {
  sprintf(name, "%05d%.*s", number, number % 11 * 10,
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void fill(int count) {
  char name[200];
  for (int i = 0; i < count; i++) {
    name_of(i, name);
    int fd = open(name, O_CREAT | O_WRONLY, 0666);
    if (fd < 0 || close(fd)) fail("cannot create", i);
  }
}

// Removes those of `count` files as they are listed whose numbers `step` divides; every file must be
// listed once.
static void remove_some(int count, int step, size_t size) {
  static char seen[MAX];
  char name[300];
  memset(seen, 0, sizeof seen);
  int fd = open(".", O_RDONLY | O_DIRECTORY), total = 0;
  reader reader = new_reader(fd, size);
  while (next(&reader, name)) {
    if (name[0] == '.') continue;
    int number = atoi(name);
    if (seen[number]++) fail("listed twice", number);
    total++;
    if (number % step == 0 && unlink(name)) fail("cannot remove", number);
  }
  if (total != count) fail("listed", total);
  close(fd);
  free(reader.buffer);
}

static int is_empty(void) {
  DIR *dir = opendir(".");
  int others = 0;
  for (struct dirent *entry; (entry = readdir(dir));) others += entry->d_name[0] != '.';
  closedir(dir);
  return others == 0;
}

// By the C library, as most programs do.
static int remove_all(void) {
  int removed = 0;
  DIR *dir = opendir(".");
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.') removed += unlink(entry->d_name) == 0;
  closedir(dir);
  return removed;
}

static char *names[MAX + 2];

// Two readers by one descriptor at different places, and places gone to in any order.
static int read_all(const char *path) {
  char name[300];
  int fd = open(path, O_RDONLY | O_DIRECTORY), count = 0;
  if (fd < 0) fail("cannot open", 0);
  reader whole = new_reader(fd, 4096);
  while (next(&whole, name)) names[count++] = strdup(name);

  reader slow = new_reader(fd, 150), quick = new_reader(fd, 1000);
  int slow_at = 0, quick_at = 0;
  while (slow_at < count) {
    if (strcmp(next(&slow, name), names[slow_at++])) fail("the slow reader differs", slow_at);
    for (int i = 0; i < 3 && quick_at < count; i++)
      if (strcmp(next(&quick, name), names[quick_at++])) fail("the quick reader differs", quick_at);
  }
  if (next(&slow, name) || next(&quick, name)) fail("more than there is", count);

  unsigned random = 1;
  for (int i = 0; i < 200; i++) {
    random = random * 1103515245 + 12345;
    int place = random / 65536 % count;
    reader there = new_reader(fd, 400);
    there.cookie = place;
    for (int j = place; j < count && j < place + 20; j++)
      if (strcmp(next(&there, name), names[j])) fail("differs from place", place);
    free(there.buffer);
  }

  DIR *dir = opendir(path);
  long middle = 0;
  for (int i = 0; i < count; i++) {
    if (i == count / 2) middle = telldir(dir);
    if (strcmp(readdir(dir)->d_name, names[i])) fail("readdir differs", i);
  }
  seekdir(dir, middle);
  if (strcmp(readdir(dir)->d_name, names[count / 2])) fail("seekdir goes astray", count);
  return count;
}

int main(int argc, char **argv) {
  if (argc > 1) {
    printf("%d\n", read_all(argv[1]));
    return 0;
  }
  if (mkdir("/d/sub", 0777) || chdir("/d/sub")) fail("cannot make a directory", 0);
  int removed = 0;
  for (size_t size = 200; size < 200000; size *= 30) {
    fill(3000);
    remove_some(3000, 3, size);
    remove_some(2000, 2, size);
    remove_some(1000, 1, size);
    if (!is_empty()) fail("something is left", size);
  }
  fill(5000);
  removed += remove_all();
  if (removed != 5000) fail("removed", removed);
  if (rmdir("/d/sub")) fail("something is left", removed);

  // A listing from the beginning tells of what has come meanwhile.
  DIR *dir = opendir("/d");
  while (readdir(dir)) {}
  close(open("/d/new", O_CREAT | O_WRONLY, 0666));
  rewinddir(dir);
  int found = 0;
  for (struct dirent *entry; (entry = readdir(dir));) found += strcmp(entry->d_name, "new") == 0;
  if (found != 1) fail("a new file is missing", found);
  unlink("/d/new");
  chdir("/d");
  fill(1500);
  printf("%d\n", read_all("/d"));
  return 0;
}

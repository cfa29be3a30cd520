// Listing a directory through buffers of many sizes.
#include "wasi.h"

static void list(u32 fd, u32 size) {
  char *bytes = malloc(size);
  u32 used, total = 0, sum = 0, types[8] = {0};
  u64 cookie = 0;
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
      for (u32 i = 0; i < entry.name_len; i++) sum += (u8)bytes[at + sizeof entry + i];
      types[entry.type & 7]++;
      total++;
      cookie = entry.next;
      at += sizeof entry + entry.name_len;
    }
  } while (used == size);
  free(bytes);
  printf("with %u bytes: %u entries, %u directories, %u files, %u links, sum %u\n", size, total,
         types[3], types[4], types[7], sum);
}

int main(int argc, char **argv) {
  char name[32], bytes[64];
  u32 used = 99;
  is_kiln = argc > 1;
  path_create_directory(ROOT, P("dir"));
  for (u32 i = 0; i < 200; i++) {
    sprintf(name, "dir/file-%u", i);
    make_file(name, "");
  }
  path_create_directory(ROOT, P("dir/sub"));
  path_symlink(P("nowhere"), ROOT, P("dir/link"));
  u32 fd = open_path("dir", 0, DIRECTORY, READ, 0);
  for (u32 size = 40; size < 20000; size = size * 3 / 2 + 7) list(fd, size);
  SHOW(fd_readdir(fd, bytes, 0, 0, &used));
  printf("%u bytes\n", used);
  SHOW(fd_readdir(fd, bytes, 60, 0, &used));
  printf("%u bytes, %.1s %.2s\n", used, bytes + 24, bytes + 49);
  SHOW(fd_readdir(0, bytes, 10, 0, &used));
  SHOW(fd_readdir(99, bytes, 10, 0, &used));
  return 0;
}

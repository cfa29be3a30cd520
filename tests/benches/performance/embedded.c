// Reads every file below a folder, in pieces of a number of bytes, and prints how many there are. The
// arguments are the folder and that number.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char bytes[1 << 20];
static long piece, files, sum;

static int walk(const char *folder) {
  DIR *listing = opendir(folder);
  if (!listing) return 1;
  for (struct dirent *entry; (entry = readdir(listing));) {
    if (entry->d_name[0] == '.') continue;
    char path[300];
    struct stat stat;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (lstat(path, &stat)) return 1;
    if (S_ISDIR(stat.st_mode)) {
      if (walk(path)) return 1;
      continue;
    }
    int file = open(path, O_RDONLY);
    if (file < 0) return 1;
    for (long got; (got = read(file, bytes, piece)) > 0;) sum += bytes[got - 1];
    close(file);
    files++;
  }
  closedir(listing);
  return 0;
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  piece = atol(arguments[2]);
  if (piece <= 0 || piece > sizeof bytes || walk(arguments[1])) return 1;
  printf("%ld files, %ld\n", files, sum);
  return 0;
}

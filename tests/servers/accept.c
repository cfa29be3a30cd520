// A server that knows of no poll(2): one connection at a time, by calls that wait.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = 3, BIG = 8 << 20 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void answer(int fd) {
  char request[1000] = {0}, path[100], answer[200];
  size_t len = 0;
  while (!strstr(request, "\r\n\r\n")) {
    ssize_t got = read(fd, request + len, sizeof request - 1 - len);
    if (got < 0) fail("read");
    if (got == 0) return;
    len += got;
  }
  if (sscanf(request, "GET %99s", path) != 1) return;
  int start = sprintf(answer, "HTTP/1.0 200 OK\r\n\r\n");
  if (send(fd, answer, start, 0) != start) fail("send");
  if (strcmp(path, "/big") == 0) {
    // More than any buffer between the two holds.
    char *big = malloc(BIG);
    memset(big, 'x', BIG);
    if (send(fd, big, BIG, 0) != BIG) fail("send not whole");
    if (write(fd, big, BIG) != BIG) fail("write not whole");
    free(big);
  } else {
    int rest = sprintf(answer, "path %s\n", path);
    if (write(fd, answer, rest) != rest) fail("write");
  }
}

int main(void) {
  if (fcntl(LISTENER, F_GETFL) & O_NONBLOCK) fail("a socket that does not block");
  for (;;) {
    int fd = accept(LISTENER, NULL, NULL);
    if (fd < 0) fail("accept");
    if (fcntl(fd, F_GETFL) & O_NONBLOCK) fail("a connection that does not block");
    answer(fd);
    close(fd);
  }
}

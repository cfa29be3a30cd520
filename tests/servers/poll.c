// A server that handles all its connections by poll(2). A connection that says nothing holds up no
// other.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = 3, MAX = 200 };

struct request {
  char text[1000];
  size_t len;
};

static struct pollfd fds[MAX];
static struct request *requests[MAX];
static nfds_t count = 1;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void add(int fd) {
  if (!(fcntl(fd, F_GETFL) & O_NONBLOCK)) fail("a connection that blocks");
  if (count == MAX) fail("too many connections");
  fds[count] = (struct pollfd){.fd = fd, .events = POLLIN};
  requests[count++] = calloc(1, sizeof(struct request));
}

// Takes in what has come; answers and says so where the request is complete.
static int is_done(nfds_t index) {
  struct request *request = requests[index];
  ssize_t got = recv(fds[index].fd, request->text + request->len,
                     sizeof request->text - 1 - request->len, 0);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) return 1;
  request->len += got;
  if (!strstr(request->text, "\r\n\r\n")) return 0;
  char path[100], answer[200];
  if (sscanf(request->text, "GET %99s", path) != 1) return 1;
  int len = sprintf(answer, "HTTP/1.0 200 OK\r\n\r\npath %s\n", path);
  if (send(fds[index].fd, answer, len, 0) != len) fail("send");
  return 1;
}

int main(void) {
  if (!(fcntl(LISTENER, F_GETFL) & O_NONBLOCK)) fail("a socket that blocks");
  fds[0] = (struct pollfd){.fd = LISTENER, .events = POLLIN};
  for (;;) {
    if (poll(fds, count, -1) < 0) fail("poll");
    for (nfds_t i = count; --i > 0;) {
      if (fds[i].revents && is_done(i)) {
        close(fds[i].fd);
        free(requests[i]);
        fds[i] = fds[--count];
        requests[i] = requests[count];
      }
    }
    int fd;
    while ((fd = accept(LISTENER, NULL, NULL)) >= 0) add(fd);
    if (errno != EAGAIN) fail("accept");
  }
}

// Standard streams, numbers of descriptors, sockets that are none, clocks and randomness.
#include "wasi.h"

static void stream(u32 fd) {
  show_fdstat(fd);
  stat_fd(fd);
  seek(fd, 0, CURRENT);
  tell(fd);
  pread_text(fd, 0);
  pwrite_text(fd, "x", 0);
  SHOW(fd_sync(fd));
  SHOW(fd_datasync(fd));
  SHOW(fd_advise(fd, 0, 0, 0));
  SHOW(fd_allocate(fd, 0, 1));
  SHOW(fd_filestat_set_size(fd, 0));
  SHOW(fd_filestat_set_times(fd, 0, 0, 0));
  SHOW(fd_fdstat_set_rights(fd, 0, 0));
  SHOW(path_create_directory(fd, P("x")));
}

static void numbers(void) {
  make_file("one", "1");
  make_file("two", "2");
  u32 one = open_path("one", 0, 0, READ, 0), two = open_path("two", 0, 0, READ | WRITE, 0);
  SHOW(fd_renumber(one, two));
  show_fdstat(two);
  show_fdstat(one);
  read_text(two);
  printf("the number is used again: %d\n", open_path("two", 0, 0, READ, 0) == one);
  SHOW(fd_renumber(two, two));
  SHOW(fd_renumber(two, 99));
  SHOW(fd_renumber(99, two));
  SHOW(fd_renumber(-1, -1));
}

int main(int argc, char **argv) {
  u64 time = 0, later = 0, random[2] = {0};
  is_kiln = argc > 1;
  for (u32 fd = 0; fd < 3; fd++) stream(fd);
  read_text(1);
  write_text(0, "x");
  read_text(0);
  numbers();
#ifndef SNAPSHOT_0
  u32 count;
  u16 flags;
  SHOW(sock_recv(0, 0, 0, 0, &count, &flags));
  SHOW(sock_send(1, 0, 0, 0, &count));
  SHOW(sock_shutdown(ROOT, 1));
  SHOW(sock_shutdown(99, 1));
#endif
  SHOW(sched_yield());
  SHOW(random_get(random, sizeof random));
  printf("random: %d\n", random[0] != 0 && random[1] != random[0]);
  SHOW(random_get(random, 0));
  SHOW(clock_res_get(0, &time));
  SHOW(clock_res_get(1, &time));
  SHOW(clock_time_get(0, 0, &time));
  printf("after 2023: %d\n", time > 1700000000000000000);
  SHOW(clock_time_get(1, 0, &time));
  SHOW(clock_time_get(1, 0, &later));
  printf("forward: %d\n", later >= time);
  // The runtime of record has no clocks of the processor's time.
  OURS("ok", clock_time_get(2, 0, &time));
  OURS("ok", clock_time_get(3, 0, &time));
  OURS("INVAL", clock_time_get(4, 0, &time));
  OURS("INVAL", clock_res_get(4, &time));
  return 0;
}

#include "watch.h"

#include "monitor_syscalls.h"

#include <sys/epoll.h>

static int control(struct monitor *monitor, int operation, int fd, struct epoll_event *event) {
  return (int)sys_epoll_ctl(monitor->epoll, operation, fd, event);
}

static struct epoll_event pack(uint32_t events, struct event event) {
  return (struct epoll_event){.events = events, .data.u64 = (uint64_t)event.what << 32 | event.index};
}

int watch(struct monitor *monitor, int fd, uint32_t events, struct event event) {
  struct epoll_event packed = pack(events, event);
  return control(monitor, EPOLL_CTL_ADD, fd, &packed);
}

int watch_again(struct monitor *monitor, int fd, uint32_t events, struct event event) {
  struct epoll_event packed = pack(events, event);
  return control(monitor, EPOLL_CTL_MOD, fd, &packed);
}

void unwatch(struct monitor *monitor, int fd) {
  struct epoll_event unused = {.events = 0};
  control(monitor, EPOLL_CTL_DEL, fd, &unused);
}

void close_fd(int *fd) {
  if (*fd >= 0) {
    sys_close(*fd);
  }
  *fd = -1;
}

void unwatch_and_close(struct monitor *monitor, int *fd) {
  if (*fd >= 0) {
    unwatch(monitor, *fd);
  }
  close_fd(fd);
}

bool watch_wait(struct monitor *monitor, int timeout_ms, struct event *event) {
  struct epoll_event packed;
  if (sys_epoll_wait(monitor->epoll, &packed, 1, timeout_ms) != 1) {
    return false;
  }
  uint64_t data = packed.data.u64;
  *event = (struct event){.what = (enum watched)(data >> 32), .index = (uint32_t)data};
  return true;
}

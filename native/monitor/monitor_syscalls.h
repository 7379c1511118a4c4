/* The system calls only the monitor makes; core/syscalls.h has the others and the convention. */
#ifndef PEAPOD_MONITOR_SYSCALLS_H
#define PEAPOD_MONITOR_SYSCALLS_H

#include "../core/syscalls.h"

static inline long sys_pread64(int fd, void *buffer, size_t size, long offset) {
  return sys_call4(__NR_pread64, fd, (long)buffer, (long)size, offset);
}

static inline long sys_writev(int fd, const void *vector, int count) {
  return sys_call3(__NR_writev, fd, (long)vector, count);
}

static inline long sys_ftruncate(int fd, uint64_t size) {
  return sys_call2(__NR_ftruncate, fd, (long)size);
}

static inline long sys_getdents64(int fd, void *buffer, size_t size) {
  return sys_call3(__NR_getdents64, fd, (long)buffer, (long)size);
}

static inline long sys_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
  return sys_call5(__NR_renameat2, from_dir, (long)from, to_dir, (long)to, (long)flags);
}

static inline long sys_chdir(const char *path) {
  return sys_call1(__NR_chdir, (long)path);
}

static inline long sys_keyctl(int command, const char *name) {
  return sys_call2(__NR_keyctl, command, (long)name);
}

static inline long sys_shutdown(int fd, int how) {
  return sys_call2(__NR_shutdown, fd, how);
}

static inline long sys_epoll_create1(int flags) {
  return sys_call1(__NR_epoll_create1, flags);
}

static inline long sys_epoll_ctl(int epoll, int operation, int fd, void *event) {
  return sys_call4(__NR_epoll_ctl, epoll, operation, fd, (long)event);
}

static inline long sys_epoll_wait(int epoll, void *events, int count, int timeout_ms) {
  return sys_call4(__NR_epoll_wait, epoll, (long)events, count, timeout_ms);
}

#endif

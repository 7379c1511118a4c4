/* The system calls only unpack makes; core/syscalls.h has the others and the convention. */
#ifndef PEAPOD_UNPACK_SYSCALLS_H
#define PEAPOD_UNPACK_SYSCALLS_H

#include "../core/syscalls.h"

static inline long sys_linkat(int from_dir, const char *from, int to_dir, const char *to) {
  return sys_call5(__NR_linkat, from_dir, (long)from, to_dir, (long)to, 0);
}

static inline long sys_fchownat(int dirfd, const char *name, unsigned uid, unsigned gid, int flags) {
  return sys_call5(__NR_fchownat, dirfd, (long)name, (long)uid, (long)gid, flags);
}

static inline long sys_fchmodat(int dirfd, const char *name, unsigned mode) {
  return sys_call3(__NR_fchmodat, dirfd, (long)name, (long)mode);
}

static inline long sys_utimensat(int dirfd, const char *name, const void *times, int flags) {
  return sys_call4(__NR_utimensat, dirfd, (long)name, (long)times, flags);
}

static inline long sys_fsetxattr(int fd, const char *name, const void *value, size_t size) {
  return sys_call5(__NR_fsetxattr, fd, (long)name, (long)value, (long)size, 0);
}

static inline long sys_fstatat(int dirfd, const char *name, void *status, int flags) {
  return sys_call4(__NR_newfstatat, dirfd, (long)name, (long)status, flags);
}

static inline long sys_getdents64(int fd, void *buffer, size_t size) {
  return sys_call3(__NR_getdents64, fd, (long)buffer, (long)size);
}

static inline long sys_lseek(int fd, long offset, int whence) {
  return sys_call3(__NR_lseek, fd, offset, whence);
}

static inline long sys_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
  return sys_call5(__NR_renameat2, from_dir, (long)from, to_dir, (long)to, (long)flags);
}

#endif

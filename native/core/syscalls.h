/*
 * Raw system calls for x86-64 Linux: each returns the kernel's own answer, a negative errno on failure, and touches
 * neither errno nor any other memory of libc. Between clone3 and execve nothing else may be used (signal-safety(7)),
 * and pause and monitor have no libc at all.
 */
#ifndef PEAPOD_SYSCALLS_H
#define PEAPOD_SYSCALLS_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

static inline long sys_call6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static inline long sys_call5(long number, long a, long b, long c, long d, long e) {
  return sys_call6(number, a, b, c, d, e, 0);
}

static inline long sys_call4(long number, long a, long b, long c, long d) {
  return sys_call6(number, a, b, c, d, 0, 0);
}

static inline long sys_call3(long number, long a, long b, long c) {
  return sys_call6(number, a, b, c, 0, 0, 0);
}

static inline long sys_call2(long number, long a, long b) {
  return sys_call6(number, a, b, 0, 0, 0, 0);
}

static inline long sys_call1(long number, long a) {
  return sys_call6(number, a, 0, 0, 0, 0, 0);
}

static inline long sys_call0(long number) {
  return sys_call6(number, 0, 0, 0, 0, 0, 0);
}

static inline long sys_read(int fd, void *buffer, size_t size) {
  return sys_call3(__NR_read, fd, (long)buffer, (long)size);
}

static inline long sys_write(int fd, const void *buffer, size_t size) {
  return sys_call3(__NR_write, fd, (long)buffer, (long)size);
}

static inline long sys_open(const char *path, int flags, unsigned mode) {
  return sys_call3(__NR_open, (long)path, flags, (long)mode);
}

static inline long sys_openat(int dirfd, const char *path, int flags, unsigned mode) {
  return sys_call4(__NR_openat, dirfd, (long)path, flags, (long)mode);
}

static inline long sys_openat2(int dirfd, const char *path, const void *how, size_t size) {
  return sys_call4(__NR_openat2, dirfd, (long)path, (long)how, (long)size);
}

static inline long sys_close(int fd) {
  return sys_call1(__NR_close, fd);
}

static inline long sys_fstat(int fd, void *status) {
  return sys_call2(__NR_fstat, fd, (long)status);
}

static inline long sys_mmap(void *address, size_t length, int protection, int flags, int fd, long offset) {
  return sys_call6(__NR_mmap, (long)address, (long)length, protection, flags, fd, offset);
}

static inline long sys_munmap(void *address, size_t length) {
  return sys_call2(__NR_munmap, (long)address, (long)length);
}

static inline long sys_mkdirat(int dirfd, const char *name, unsigned mode) {
  return sys_call3(__NR_mkdirat, dirfd, (long)name, (long)mode);
}

static inline long sys_mknodat(int dirfd, const char *name, unsigned mode, unsigned device) {
  return sys_call4(__NR_mknodat, dirfd, (long)name, (long)mode, (long)device);
}

static inline long sys_symlinkat(const char *target, int dirfd, const char *name) {
  return sys_call3(__NR_symlinkat, (long)target, dirfd, (long)name);
}

static inline long sys_renameat(int from_dir, const char *from, int to_dir, const char *to) {
  return sys_call4(__NR_renameat, from_dir, (long)from, to_dir, (long)to);
}

static inline long sys_unlinkat(int dirfd, const char *name, int flags) {
  return sys_call3(__NR_unlinkat, dirfd, (long)name, flags);
}

static inline long sys_fchdir(int fd) {
  return sys_call1(__NR_fchdir, fd);
}

static inline long sys_chroot(const char *path) {
  return sys_call1(__NR_chroot, (long)path);
}

static inline long sys_fchown(int fd, unsigned uid, unsigned gid) {
  return sys_call3(__NR_fchown, fd, (long)uid, (long)gid);
}

static inline long sys_dup2(int fd, int number) {
  return sys_call2(__NR_dup2, fd, number);
}

static inline long sys_fcntl(int fd, int command, long argument) {
  return sys_call3(__NR_fcntl, fd, command, argument);
}

static inline long sys_ioctl(int fd, unsigned long request, long argument) {
  return sys_call3(__NR_ioctl, fd, (long)request, argument);
}

static inline long sys_close_range(unsigned first, unsigned last, unsigned flags) {
  return sys_call3(__NR_close_range, (long)first, (long)last, (long)flags);
}

static inline long sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
                             const void *data) {
  return sys_call5(__NR_mount, (long)source, (long)target, (long)type, (long)flags, (long)data);
}

static inline long sys_umount2(const char *path, int flags) {
  return sys_call2(__NR_umount2, (long)path, flags);
}

static inline long sys_pivot_root(const char *new_root, const char *put_old) {
  return sys_call2(__NR_pivot_root, (long)new_root, (long)put_old);
}

static inline long sys_fsopen(const char *type, unsigned flags) {
  return sys_call2(__NR_fsopen, (long)type, (long)flags);
}

static inline long sys_fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) {
  return sys_call5(__NR_fsconfig, fd, (long)command, (long)key, (long)value, aux);
}

static inline long sys_fsmount(int fd, unsigned flags, unsigned attributes) {
  return sys_call3(__NR_fsmount, fd, (long)flags, (long)attributes);
}

static inline long sys_open_tree(int dirfd, const char *path, unsigned flags) {
  return sys_call3(__NR_open_tree, dirfd, (long)path, (long)flags);
}

static inline long sys_move_mount(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
  return sys_call5(__NR_move_mount, from_dir, (long)from, to_dir, (long)to, (long)flags);
}

static inline long sys_mount_setattr(int dirfd, const char *path, unsigned flags, const void *attributes, size_t size) {
  return sys_call5(__NR_mount_setattr, dirfd, (long)path, (long)flags, (long)attributes, (long)size);
}

static inline long sys_setns(int fd, int flags) {
  return sys_call2(__NR_setns, fd, flags);
}

static inline long sys_unshare(unsigned long flags) {
  return sys_call1(__NR_unshare, (long)flags);
}

static inline long sys_sethostname(const char *name, size_t length) {
  return sys_call2(__NR_sethostname, (long)name, (long)length);
}

static inline long sys_setgroups(size_t count, const void *gids) {
  return sys_call2(__NR_setgroups, (long)count, (long)gids);
}

static inline long sys_setresgid(unsigned real, unsigned effective, unsigned saved) {
  return sys_call3(__NR_setresgid, (long)real, (long)effective, (long)saved);
}

static inline long sys_setresuid(unsigned real, unsigned effective, unsigned saved) {
  return sys_call3(__NR_setresuid, (long)real, (long)effective, (long)saved);
}

static inline long sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  return sys_call5(__NR_prctl, option, (long)a, (long)b, (long)c, (long)d);
}

static inline long sys_capget(void *header, void *data) {
  return sys_call2(__NR_capget, (long)header, (long)data);
}

static inline long sys_capset(void *header, const void *data) {
  return sys_call2(__NR_capset, (long)header, (long)data);
}

static inline long sys_prlimit64(int pid, unsigned resource, const void *new_limit, void *old_limit) {
  return sys_call4(__NR_prlimit64, pid, (long)resource, (long)new_limit, (long)old_limit);
}

static inline long sys_setsid(void) {
  return sys_call0(__NR_setsid);
}

static inline long sys_umask(unsigned mode) {
  return sys_call1(__NR_umask, (long)mode);
}

static inline long sys_getpid(void) {
  return sys_call0(__NR_getpid);
}

static inline long sys_kill(int pid, int signal) {
  return sys_call2(__NR_kill, pid, signal);
}

/* `action` is the kernel's struct sigaction: its signal set is 8 bytes. */
static inline long sys_rt_sigaction(int signal, const void *action, void *old) {
  return sys_call4(__NR_rt_sigaction, signal, (long)action, (long)old, 8);
}

static inline long sys_rt_sigprocmask(int how, const uint64_t *set, uint64_t *old) {
  return sys_call4(__NR_rt_sigprocmask, how, (long)set, (long)old, 8);
}

static inline long sys_rt_sigtimedwait(const uint64_t *set, void *info, const void *timeout) {
  return sys_call4(__NR_rt_sigtimedwait, (long)set, (long)info, (long)timeout, 8);
}

static inline long sys_signalfd4(int fd, const uint64_t *set, int flags) {
  return sys_call4(__NR_signalfd4, fd, (long)set, 8, flags);
}

static inline long sys_wait4(int pid, int *status, int options, void *usage) {
  return sys_call4(__NR_wait4, pid, (long)status, options, (long)usage);
}

static inline long sys_waitid(int type, int id, void *info, int options, void *usage) {
  return sys_call5(__NR_waitid, type, id, (long)info, options, (long)usage);
}

static inline long sys_pidfd_open(int pid, unsigned flags) {
  return sys_call2(__NR_pidfd_open, pid, (long)flags);
}

static inline long sys_pidfd_send_signal(int pidfd, int signal, void *info, unsigned flags) {
  return sys_call4(__NR_pidfd_send_signal, pidfd, signal, (long)info, (long)flags);
}

static inline long sys_fchmod(int fd, unsigned mode) {
  return sys_call2(__NR_fchmod, fd, (long)mode);
}

static inline long sys_socket(int domain, int type, int protocol) {
  return sys_call3(__NR_socket, domain, type, protocol);
}

static inline long sys_bind(int fd, const void *address, unsigned size) {
  return sys_call3(__NR_bind, fd, (long)address, (long)size);
}

static inline long sys_listen(int fd, int backlog) {
  return sys_call2(__NR_listen, fd, backlog);
}

static inline long sys_connect(int fd, const void *address, unsigned size) {
  return sys_call3(__NR_connect, fd, (long)address, (long)size);
}

static inline long sys_sendto(int fd, const void *buffer, size_t size, int flags, const void *address,
                              unsigned length) {
  return sys_call6(__NR_sendto, fd, (long)buffer, (long)size, flags, (long)address, (long)length);
}

static inline long sys_recvfrom(int fd, void *buffer, size_t size, int flags, void *address, unsigned *length) {
  return sys_call6(__NR_recvfrom, fd, (long)buffer, (long)size, flags, (long)address, (long)length);
}

static inline long sys_sendmsg(int fd, const void *message, int flags) {
  return sys_call3(__NR_sendmsg, fd, (long)message, flags);
}

static inline long sys_recvmsg(int fd, void *message, int flags) {
  return sys_call3(__NR_recvmsg, fd, (long)message, flags);
}

static inline long sys_accept4(int fd, void *address, void *length, int flags) {
  return sys_call4(__NR_accept4, fd, (long)address, (long)length, flags);
}

static inline long sys_socketpair(int domain, int type, int protocol, int *fds) {
  return sys_call4(__NR_socketpair, domain, type, protocol, (long)fds);
}

static inline long sys_pipe2(int *fds, int flags) {
  return sys_call2(__NR_pipe2, (long)fds, flags);
}

static inline long sys_ppoll(void *fds, unsigned count, const void *timeout, const uint64_t *mask) {
  return sys_call5(__NR_ppoll, (long)fds, (long)count, (long)timeout, (long)mask, 8);
}

static inline long sys_clock_gettime(int clock, void *time) {
  return sys_call2(__NR_clock_gettime, clock, (long)time);
}

/* clone3 without CLONE_VM and without a stack of its own: returns twice, as fork does. */
static inline long sys_clone3(const void *arguments, size_t size) {
  return sys_call2(__NR_clone3, (long)arguments, (long)size);
}

static inline long sys_execve(const char *path, char *const *argv, char *const *envp) {
  return sys_call3(__NR_execve, (long)path, (long)argv, (long)envp);
}

static inline long sys_execveat(int dirfd, const char *path, char *const *argv, char *const *envp, int flags) {
  return sys_call5(__NR_execveat, dirfd, (long)path, (long)argv, (long)envp, flags);
}

__attribute__((noreturn)) static inline void sys_exit_group(int status) {
  for (;;) {
    sys_call1(__NR_exit_group, status);
  }
}

#endif

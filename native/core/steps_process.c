#include "steps.h"
#include "syscalls.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>

#define LAST_SIGNAL 64

STEP(join_namespaces) {
  const struct plan_join_namespaces *a = arguments;
  return sys_setns(slots[a->target], (int)a->flags);
}

STEP(copy_mounts) {
  const struct plan_copy_mounts *a = arguments;
  long result = sys_setns(slots[a->mounts], CLONE_NEWNS);
  return result < 0 ? result : sys_unshare(CLONE_NEWNS);
}

STEP(unshare) {
  const struct plan_unshare *a = arguments;
  (void)slots;
  return sys_unshare(a->flags);
}

STEP(set_hostname) {
  const struct plan_set_hostname *a = arguments;
  (void)slots;
  return sys_sethostname(a->name, text_length(a->name));
}

STEP(set_name) {
  const struct plan_set_name *a = arguments;
  (void)slots;
  return sys_prctl(PR_SET_NAME, (unsigned long)a->name, 0, 0, 0);
}

STEP(create_session) {
  (void)arguments;
  (void)slots;
  long result = sys_setsid();
  return result < 0 ? result : 0;
}

/*
 * TIOCGPTPEER opens the peer through the master itself: a /dev/pts/N swapped for a symlink by somebody who shares the
 * directory cannot get in between (kernel 4.13).
 */
STEP(open_terminal) {
  const struct plan_open_terminal *a = arguments;
  const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  long master = sys_open(a->path, flags, 0);
  if (master < 0) {
    return master;
  }
  int unlocked = 0;
  long result = sys_ioctl((int)master, TIOCSPTLCK, (long)&unlocked);
  if (result < 0) {
    return result;
  }
  slots[a->out] = (int)master;
  return store(slots, a->peer, sys_ioctl((int)master, TIOCGPTPEER, flags));
}

STEP(send_fd) {
  const struct plan_send_fd *a = arguments;
  char byte = 0;
  struct iovec vector = {.iov_base = &byte, .iov_len = 1};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  __builtin_memcpy(CMSG_DATA(&control.header), &slots[a->fd], sizeof(int));
  struct msghdr message = {
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = &control,
      .msg_controllen = sizeof control.space,
  };
  long sent = sys_sendmsg(slots[a->socket], &message, MSG_NOSIGNAL);
  return sent < 0 ? sent : 0;
}

STEP(receive_fd) {
  const struct plan_receive_fd *a = arguments;
  char byte;
  struct iovec vector = {.iov_base = &byte, .iov_len = 1};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))]; /* of more than one descriptor the kernel closes what is too much */
  } control;
  struct msghdr message = {
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = control.space,
      .msg_controllen = sizeof control.space,
  };
  long size = sys_recvmsg(slots[a->socket], &message, MSG_CMSG_CLOEXEC);
  if (size <= 0) {
    return size < 0 ? size : -EPIPE;
  }
  const struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  if (part == NULL || part->cmsg_type != SCM_RIGHTS || part->cmsg_len != CMSG_LEN(sizeof(int))) {
    return -EPROTO;
  }
  int fd;
  __builtin_memcpy(&fd, CMSG_DATA(part), sizeof fd);
  return store(slots, a->out, fd);
}

STEP(await_gate) {
  const struct plan_await_gate *a = arguments;
  char byte;
  long size = sys_read(slots[a->gate], &byte, 1);
  return size == 0 ? -EPIPE : size < 0 ? size : 0;
}

STEP(set_controlling_terminal) {
  const struct plan_set_controlling_terminal *a = arguments;
  return sys_ioctl(slots[a->terminal], TIOCSCTTY, 0);
}

STEP(duplicate_fd) {
  const struct plan_duplicate_fd *a = arguments;
  int fd = slots[a->fd];
  int number = (int)a->number;
  long result = fd == number ? sys_fcntl(fd, F_SETFD, 0) : sys_dup2(fd, number);
  return result < 0 ? result : 0;
}

STEP(close_fd) {
  const struct plan_close_fd *a = arguments;
  long result = sys_close(slots[a->fd]);
  slots[a->fd] = -1;
  return result;
}

STEP(close_on_exec) {
  const struct plan_close_on_exec *a = arguments;
  (void)slots;
  return sys_close_range((unsigned)a->first, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* The lowest descriptor, from `from` on, that the plan needs; -1 when there is none. The cgroup was for the clone. */
static int next_kept(const struct step_context *context, const int *slots, int from) {
  int lowest = context->report_fd >= from ? context->report_fd : -1;
  for (uint32_t i = 0; i < context->plan->input_count; i++) {
    if (i != context->plan->cgroup_slot && slots[i] >= from && (lowest < 0 || slots[i] < lowest)) {
      lowest = slots[i];
    }
  }
  return lowest;
}

/* Everything is close-on-exec anyway; this is for the moments before, when the process already stands in a pod. */
STEP(close_others) {
  const struct plan_close_others *a = arguments;
  int from = (int)a->first;
  for (int kept = next_kept(context, slots, from); kept >= 0; kept = next_kept(context, slots, from)) {
    if (kept > from) {
      sys_close_range((unsigned)from, (unsigned)kept - 1, 0);
    }
    from = kept + 1;
  }
  return sys_close_range((unsigned)from, ~0u, 0);
}

/* The kernel's own layout on x86-64, which differs from libc's. */
struct kernel_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

static long set_mask(uint64_t mask) {
  return sys_rt_sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* CLONE_CLEAR_SIGHAND resets handlers but leaves what is ignored ignored, and Node ignores SIGPIPE. */
STEP(reset_signals) {
  (void)arguments;
  (void)slots;
  const struct kernel_sigaction fallback = {.handler = SIG_DFL};
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (signal != SIGKILL && signal != SIGSTOP) {
      sys_rt_sigaction(signal, &fallback, NULL);
    }
  }
  return set_mask(0);
}

STEP(unblock_signals) {
  (void)arguments;
  (void)slots;
  return set_mask(0);
}

STEP(block_signals) {
  (void)arguments;
  (void)slots;
  return set_mask(~UINT64_C(0));
}

/* All but the report's, which ends with the execve. */
static void close_all(int report_fd) {
  const int first = 3;
  if (report_fd < first) {
    sys_close_range(first, ~0u, 0);
    return;
  }
  if (report_fd > first) {
    sys_close_range(first, (unsigned)report_fd - 1, 0);
  }
  sys_close_range((unsigned)report_fd + 1, ~0u, 0);
}

/* As execvp: a file that is there but may not be run is the answer only when no other path works. */
STEP(exec) {
  const struct plan_exec *a = arguments;
  (void)slots;
  long answer = -ENOENT;
  close_all(context->report_fd);
  for (size_t i = 0; a->paths[i] != NULL; i++) {
    long result = sys_execve(a->paths[i], a->argv, a->envp);
    if (result == -EACCES) {
      answer = result;
    } else if (result != -ENOENT && result != -ENOTDIR) {
      return result;
    }
  }
  return answer;
}

STEP(exec_fd) {
  const struct plan_exec_fd *a = arguments;
  return sys_execveat(slots[a->file], "", a->argv, a->envp, AT_EMPTY_PATH);
}

/*
 * pause: holds a pod's namespaces by existing, and reaps what is orphaned in them when it is PID 1 of the pod. It is
 * also the program of the image `pause`.
 *
 * A pod's has been given its namespaces, a small root with the pod's own mounts and fds 0, 1, 2 on /dev/null by its
 * launch plan. Privileges are given up here and not in the plan: the plan runs in the engine's memory (CLONE_VM), where
 * both a changed uid and PR_SET_DUMPABLE would also change what the engine itself is.
 *
 * No libc: the process is a few pages for as long as the pod lives. Each failure has an exit status of its own.
 */
#include "../core/syscalls.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

enum failure {
  FAILED_NAME = 1,
  FAILED_MASK = 2,
  FAILED_BOUNDING = 3,
  FAILED_GROUPS = 4,
  FAILED_USER = 5,
  FAILED_CAPABILITIES = 6,
  FAILED_PRIVILEGES = 7,
  FAILED_DUMPABLE = 8,
  FAILED_WAIT = 9,
};

/* Kubernetes' own pause runs as this user; nothing on a host is owned by it. */
#define PAUSE_ID 65535u

static uint64_t bit(int signal) {
  return UINT64_C(1) << (signal - 1);
}

static void check(long result, enum failure failure) {
  if (result < 0) {
    sys_exit_group((int)failure);
  }
}

static void drop_bounding_set(void) {
  long result = 0;
  for (unsigned long capability = 0; result == 0; capability++) {
    result = sys_prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  check(result == -EINVAL ? 0 : result, FAILED_BOUNDING); /* EINVAL: past the last one */
}

/*
 * A container of the image `pause` begins as the image's user, without capabilities: what is to be given up it does not
 * have, and may not ask for.
 */
static bool has_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
  check(sys_capget(&header, held), FAILED_CAPABILITIES);
  return (held[0].permitted | held[1].permitted) != 0;
}

static void drop_privileges(void) {
  drop_bounding_set();
  check(sys_setgroups(0, NULL), FAILED_GROUPS);
  check(sys_setresgid(PAUSE_ID, PAUSE_ID, PAUSE_ID), FAILED_USER);
  check(sys_setresuid(PAUSE_ID, PAUSE_ID, PAUSE_ID), FAILED_USER);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
  check(sys_capset(&header, none), FAILED_CAPABILITIES);
}

static void keep_unprivileged(void) {
  check(sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), FAILED_PRIVILEGES);
  check(sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), FAILED_DUMPABLE);
}

static void reap(void) {
  while (sys_wait4(-1, NULL, WNOHANG, NULL) > 0) {
  }
}

/*
 * Blocked signals stay pending even for the PID 1 of a namespace, whose default dispositions are otherwise ignored:
 * so there is no handler, and nothing can interrupt anything.
 */
__attribute__((noreturn)) static void hold(void) {
  const uint64_t awaited = bit(SIGCHLD) | bit(SIGTERM) | bit(SIGINT);
  for (;;) {
    /* First of all those that ended before their signal was blocked: it is lost then. */
    reap();
    long signal = sys_rt_sigtimedwait(&awaited, NULL, NULL);
    if (signal == SIGTERM || signal == SIGINT) {
      sys_exit_group(0);
    }
    if (signal < 0 && signal != -EINTR) {
      sys_exit_group(FAILED_WAIT);
    }
  }
}

__attribute__((noreturn)) void pause_main(void) {
  const uint64_t all = ~UINT64_C(0);
  check(sys_prctl(PR_SET_NAME, (unsigned long)"pause", 0, 0, 0), FAILED_NAME);
  check(sys_rt_sigprocmask(SIG_SETMASK, &all, NULL), FAILED_MASK);
  if (has_capabilities()) {
    drop_privileges();
  }
  keep_unprivileged();
  hold();
}

#if !__STDC_HOSTED__
/* The kernel enters with rsp on argc, 16-byte aligned; a call from there keeps the ABI's alignment. */
__asm__(".globl _start\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  call pause_main\n");
#endif

/* peapod-monitor: see monitor.h. Its descriptors are its arguments; its argv is for `ps` only. */
#include "monitor.h"
#include "monitor_syscalls.h"
#include "title.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/prctl.h>

/* Not readable by whoever enters a container with us, visible in `ps`, deaf to signals, and holding no directory. */
static void settle_in(void) {
  uint64_t all_signals = ~0ull;
  sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  sys_prctl(PR_SET_NAME, (unsigned long)"peapod:monitor", 0, 0, 0);
  sys_rt_sigprocmask(SIG_BLOCK, &all_signals, NULL);
  sys_close_range(INHERITED_SESSION, ~0u, CLOSE_RANGE_CLOEXEC);
  sys_chdir("/");
}

/*
 * A session keyring is inherited, and whoever has one reads its keys: the container and what enters it later get one of
 * their own instead of the engine's. False when they did not; where there are no keys, or we may not use them (a seccomp
 * filter, inherited too), neither can they.
 */
static bool leave_session_keyring(void) {
  long result = sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL);
  return result >= 0 || result == -ENOSYS || result == -EPERM;
}

int main(int argc, char **argv) {
  static struct monitor monitor; /* zero, and so without a page of its own until it is written to */
  (void)argc;
  title_begin(argv);
  settle_in();
  return leave_session_keyring() ? monitor_run(&monitor) : 1;
}

/* peapod-monitor: see monitor.h. Its descriptors are its arguments; its argv is for `ps` only. */
#include "monitor.h"
#include "monitor_syscalls.h"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>

/* Not readable by whoever enters a container with us, visible in `ps`, deaf to signals, and holding no directory. */
static void settle_in(void) {
  uint64_t all_signals = ~0ull;
  sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  sys_prctl(PR_SET_NAME, (unsigned long)"peapod:monitor", 0, 0, 0);
  sys_rt_sigprocmask(SIG_BLOCK, &all_signals, NULL);
  sys_close_range(INHERITED_LISTENER, ~0u, CLOSE_RANGE_CLOEXEC);
  sys_chdir("/");
}

int main(void) {
  static struct monitor monitor; /* zero, and so without a page of its own until it is written to */
  settle_in();
  return monitor_run(&monitor);
}

/* The ends of the processes we started. */
#include "launch.h"

#include "container.h"
#include "monitor_syscalls.h"
#include "session.h"
#include "watch.h"

#include <signal.h>
#include <sys/wait.h>

static struct exit_status status_of(int pidfd) {
  siginfo_t info = {.si_code = 0};
  struct exit_status status = {.kind = EXIT_UNKNOWN, .at_ns = clock_realtime_ns()};
  if (sys_waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG, NULL) == 0 && info.si_pid != 0) {
    status.kind = info.si_code == CLD_EXITED ? EXIT_EXITED : EXIT_SIGNALED;
    status.value = (uint32_t)info.si_status;
  }
  return status;
}

static bool is_awaiting_child(const struct launch *launch) {
  return launch->joined && launch->report >= 0 && launch->process < 0;
}

static bool is_any_awaiting_child(const struct monitor *monitor) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    if (is_awaiting_child(&monitor->sessions[i].launch)) {
      return true;
    }
  }
  return is_awaiting_child(&monitor->container.launch);
}

static bool is_process_of(const struct launch *launch, int pid) {
  return launch->process >= 0 && launch->pid == pid;
}

static bool is_known(const struct monitor *monitor, int pid) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    if (is_process_of(&monitor->sessions[i].launch, pid)) {
      return true;
    }
  }
  return is_process_of(&monitor->container.launch, pid);
}

/*
 * An intermediate that is killed (by the OOM killer, say) right after its clone3 leaves a child whose pid we never
 * learn. It ends with the container at the latest, and should not stay a zombie.
 */
static void reap_strays(const struct monitor *monitor) {
  siginfo_t info = {.si_pid = 0};
  while (!is_any_awaiting_child(monitor) && sys_waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, NULL) == 0 &&
         info.si_pid != 0 && !is_known(monitor, info.si_pid)) {
    sys_waitid(P_PID, info.si_pid, NULL, WEXITED | WNOHANG, NULL);
    info.si_pid = 0;
  }
}

static void tell_ended(struct monitor *monitor, struct launch *launch) {
  if (launch->index == CONTAINER_LAUNCH) {
    container_init_ended(monitor);
    return;
  }
  struct session *session = &monitor->sessions[launch->index];
  if (launch->started) {
    session_send_exited(monitor, session, &launch->exit);
  }
  session_release(session);
  container_finish_if_done(monitor);
}

void launch_reap(struct monitor *monitor, struct launch *launch) {
  if (!launch->reapable) {
    return;
  }
  launch->reapable = false;
  launch->exit = status_of(launch->process);
  if (launch->index != CONTAINER_LAUNCH) {
    close_fd(&launch->process); /* the container's is still asked for while its output is drained */
  }
  tell_ended(monitor, launch);
  reap_strays(monitor);
}

void launch_process_ended(struct monitor *monitor, struct launch *launch) {
  launch->reapable = true;
  unwatch(monitor, launch->process);
  if (launch->settled) {
    launch_reap(monitor, launch);
  }
}

void launch_helper_ended(struct monitor *monitor, struct launch *launch) {
  status_of(launch->helper);
  unwatch_and_close(monitor, &launch->helper);
  if (launch->index != CONTAINER_LAUNCH) {
    session_release(&monitor->sessions[launch->index]);
  }
}

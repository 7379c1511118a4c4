#include "container.h"

#include "cgroup.h"
#include "launch.h"
#include "monitor_syscalls.h"
#include "session.h"

#include <errno.h>
#include <sys/ioctl.h>

void container_watch(struct monitor *monitor, struct session *session) {
  const struct container *container = &monitor->container;
  bool is_running = container->state == CONTAINER_RUNNING;
  struct message_status status = {
      .type = MESSAGE_STATUS,
      .state = container->state,
      .pid = is_running ? container->launch.pid : 0,
      .kind = container->launch.exit.kind,
      .value = container->launch.exit.value,
      .version = MESSAGE_VERSION,
      .started_ns = container->started_ns,
      .exited_ns = container->launch.exit.at_ns,
  };
  session->role = SESSION_WATCH;
  session_send_fd(monitor, session, &status, sizeof status, is_running ? container->launch.process : -1);
  if (container->state == CONTAINER_EXITED) {
    session_send_exited(monitor, session, &container->launch.exit);
  }
}

void container_apply_size(const struct monitor *monitor) {
  const struct container *container = &monitor->container;
  struct winsize size = {.ws_row = container->rows, .ws_col = container->columns};
  if (container->terminal >= 0 && size.ws_row > 0 && size.ws_col > 0) {
    sys_ioctl(container->terminal, TIOCSWINSZ, (long)&size);
  }
}

void container_resize(struct monitor *monitor, const struct message_resize *resize) {
  monitor->container.rows = resize->rows;
  monitor->container.columns = resize->columns;
  container_apply_size(monitor);
}

void container_shut_down_unused(struct monitor *monitor) {
  const struct container *container = &monitor->container;
  if (container->state == CONTAINER_CREATED && !container->asked_for) {
    monitor->finished = true;
  }
  if (container->gated && container->launch.session == NO_SESSION) {
    launch_fail(monitor, &monitor->container.launch, (struct failure){.phase = FAILED_KILLED, .error = ECHILD});
  }
}

void container_shut_down(struct monitor *monitor) {
  container_shut_down_unused(monitor);
  if (monitor->container.state == CONTAINER_EXITED) {
    monitor->finished = true;
  }
}

#include "container.h"

#include "cgroup.h"
#include "input.h"
#include "launch.h"
#include "output.h"
#include "record.h"
#include "session.h"
#include "streams.h"

#include <signal.h>

/* In case there is no cgroup.kill, or an exec stands in another cgroup. */
static void kill_execs(struct monitor *monitor) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    launch_kill(&monitor->sessions[i].launch, SIGKILL);
  }
}

void container_init_ended(struct monitor *monitor) {
  struct container *container = &monitor->container;
  if (!container->launch.started) {
    return;
  }
  cgroup_kill(monitor->cgroup);
  kill_execs(monitor);
  container->draining = true;
  container->drain_deadline = clock_monotonic_ns() + DRAIN_NS;
  input_close(monitor);
  if (container->terminal_socket >= 0) {
    streams_receive_terminal(monitor);
  }
  container_end_if_drained(monitor);
}

void container_end_if_drained(struct monitor *monitor) {
  if (monitor->container.draining && output_is_over(monitor)) {
    container_end(monitor);
  }
}

static void record(struct monitor *monitor) {
  struct container *container = &monitor->container;
  container->recorded = record_exit(monitor->run_directory, &container->launch.exit, container->started_ns) == 0;
}

static void tell_exited(struct monitor *monitor) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    struct session *session = &monitor->sessions[i];
    if (session->role == SESSION_START || session->role == SESSION_WATCH) {
      session_send_exited(monitor, session, &monitor->container.launch.exit);
    }
  }
}

void container_end(struct monitor *monitor) {
  struct container *container = &monitor->container;
  container->draining = false;
  container->drain_deadline = 0;
  container->linger_deadline = clock_monotonic_ns() + DRAIN_NS;
  container->state = CONTAINER_EXITED;
  output_close(monitor, STREAM_STDOUT);
  output_close(monitor, STREAM_STDERR);
  log_retry(&monitor->log);
  record(monitor);
  tell_exited(monitor);
  container_finish_if_done(monitor);
}

static bool is_exit_owed(const struct monitor *monitor) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    if (session_is_owed_exit(&monitor->sessions[i])) {
      return true;
    }
  }
  return false;
}

void container_finish_if_done(struct monitor *monitor) {
  struct container *container = &monitor->container;
  if (container->state != CONTAINER_EXITED) {
    return;
  }
  if (!container->recorded) {
    record(monitor);
  }
  bool is_late = clock_monotonic_ns() >= container->linger_deadline;
  monitor->finished = is_late || (container->recorded && !is_exit_owed(monitor));
}

#include "timers.h"

#include "container.h"
#include "launch.h"
#include "session.h"

#define RETRY_NS NS_PER_SECOND

/* The earlier of two times, of which 0 is never. */
static uint64_t earlier(uint64_t a, uint64_t b) {
  if (a == 0 || b == 0) {
    return a + b;
  }
  return a < b ? a : b;
}

static uint64_t next_deadline(const struct monitor *monitor) {
  const struct container *container = &monitor->container;
  uint64_t next = earlier(container->launch.deadline, container->drain_deadline);
  next = earlier(next, earlier(container->linger_deadline, monitor->retry_at));
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    next = earlier(next, monitor->sessions[i].launch.deadline);
  }
  return next;
}

static bool needs_retry(const struct monitor *monitor) {
  bool is_unrecorded = monitor->container.state == CONTAINER_EXITED && !monitor->container.recorded;
  bool is_deaf = monitor->listener >= 0 && !monitor->listening;
  return is_deaf || is_unrecorded || log_has_losses(&monitor->log);
}

int timers_timeout_ms(struct monitor *monitor) {
  if (monitor->retry_at == 0 && needs_retry(monitor)) {
    monitor->retry_at = clock_monotonic_ns() + RETRY_NS;
  }
  uint64_t next = next_deadline(monitor);
  if (next == 0) {
    return -1;
  }
  uint64_t now = clock_monotonic_ns();
  /* Rounded up: to wake a moment too early would be to spin until it is time. */
  uint64_t left_ms = next <= now ? 0 : (next - now + NS_PER_MS - 1) / NS_PER_MS;
  return left_ms < INT32_MAX ? (int)left_ms : INT32_MAX;
}

static bool is_due(uint64_t deadline, uint64_t now) {
  return deadline != 0 && deadline <= now;
}

static void run_launch_deadline(struct monitor *monitor, struct launch *launch, uint64_t now) {
  if (is_due(launch->deadline, now)) {
    launch_deadline_passed(monitor, launch);
  }
}

static void retry(struct monitor *monitor) {
  monitor->retry_at = 0;
  session_listen(monitor);
  log_retry(&monitor->log);
  container_finish_if_done(monitor);
}

void timers_run(struct monitor *monitor) {
  uint64_t now = clock_monotonic_ns();
  run_launch_deadline(monitor, &monitor->container.launch, now);
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    run_launch_deadline(monitor, &monitor->sessions[i].launch, now);
  }
  if (is_due(monitor->container.drain_deadline, now)) {
    container_end(monitor);
  }
  if (is_due(monitor->container.linger_deadline, now)) {
    container_finish_if_done(monitor);
  }
  if (is_due(monitor->retry_at, now)) {
    retry(monitor);
  }
}

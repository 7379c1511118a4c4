#include "container.h"

#include "cgroup.h"
#include "launch.h"
#include "record.h"
#include "session.h"
#include "streams.h"

#include <errno.h>

static struct failure flaw(const struct message *message) {
  const struct message_start *start = &message->body.start;
  if (message->fd_count == 0 || message->fd_count > MESSAGE_MAX_FDS - MAX_STREAM_FDS || start->deadline_ms == 0 ||
      !log_name_is_valid(start->log_name)) {
    return (struct failure){.phase = FAILED_MALFORMED, .error = EINVAL};
  }
  return (struct failure){.error = 0};
}

/* The plan's inputs lie behind the plan's own descriptor; the streams are appended to them. */
static uint32_t append_streams(struct message *message, const struct child_streams *streams) {
  uint32_t count = message->fd_count;
  for (uint32_t i = 0; i < streams->count; i++) {
    message->fds[count++] = streams->fds[i];
  }
  return count;
}

static bool launch(struct monitor *monitor, struct session *session, struct message *message, struct failure *failure) {
  const struct message_start *start = &message->body.start;
  struct child_streams streams;
  int result = streams_open(monitor, start->flags, &streams);
  if (result < 0) {
    streams_close_child_ends(&streams);
    *failure = (struct failure){.phase = FAILED_CLONE, .error = -result};
    return false;
  }
  int plan_fd = message->fds[0];
  uint32_t skipped = (start->flags & MESSAGE_OWN_CGROUP) != 0 ? 0 : 1;
  if (skipped == 0) {
    message->fds[0] = monitor->cgroup; /* lent: it takes the place of the plan, which comes back to be closed */
  }
  struct launch_request request = {
      .launch = &monitor->container.launch,
      .session = session->launch.index,
      .plan_fd = plan_fd,
      .inputs = message->fds + skipped,
      .input_count = append_streams(message, &streams) - skipped,
      .deadline_ms = start->deadline_ms,
      .traced = (start->flags & MESSAGE_TRACE) != 0,
  };
  bool begun = launch_begin(monitor, &request, failure);
  message->fds[0] = plan_fd;
  streams_close_child_ends(&streams);
  return begun;
}

void container_start(struct monitor *monitor, struct session *session, struct message *message) {
  struct container *container = &monitor->container;
  const struct message_start *start = &message->body.start;
  if (container->state != CONTAINER_CREATED || !launch_is_idle(&container->launch)) {
    session_send_failed(monitor, session, &(struct failure){.phase = FAILED_REFUSED, .error = EALREADY});
    return;
  }
  struct failure failure = flaw(message);
  session->role = SESSION_START;
  container->launch.session = session->launch.index;
  if (failure.error != 0 || !launch(monitor, session, message, &failure)) {
    container_launch_failed(monitor, &failure);
    return;
  }
  /* The rest of what a start takes is done while the child is on its way. */
  struct log_limits limits = {.max_bytes = start->log_max_bytes, .max_files = start->log_max_files};
  log_start(&monitor->log, monitor->log.directory, start->log_name, limits);
  if (cgroup_is_frozen(monitor->cgroup)) {
    launch_fail(monitor, &container->launch, (struct failure){.phase = FAILED_FROZEN, .error = EAGAIN});
  }
}

void container_started(struct monitor *monitor) {
  struct container *container = &monitor->container;
  container->state = CONTAINER_RUNNING;
  container->started_ns = clock_realtime_ns();
  record_started(monitor->run_directory, container->launch.pid, container->started_ns);
}

/* Nothing to watch over: whatever the launch left in the cgroup goes, and so do we. */
void container_launch_failed(struct monitor *monitor, const struct failure *failure) {
  struct session *session = session_of_launch(monitor, &monitor->container.launch);
  if (session != NULL) {
    session_send_failed(monitor, session, failure);
  }
  cgroup_kill(monitor->cgroup);
  monitor->finished = true;
}

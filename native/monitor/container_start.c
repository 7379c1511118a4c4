#include "container.h"

#include "cgroup.h"
#include "launch.h"
#include "monitor_syscalls.h"
#include "record.h"
#include "session.h"
#include "streams.h"
#include "title.h"
#include "watch.h"

#include <errno.h>

/* But for the cgroup, without which there is no child. */
static bool is_prepared(const struct monitor *monitor) {
  return monitor->run_directory >= 0 && monitor->log.directory >= 0 && monitor->listener >= 0;
}

static bool is_gated(const struct message_start *start) {
  return (start->flags & MESSAGE_GATED) != 0;
}

static struct failure flaw(const struct monitor *monitor, const struct message *message) {
  const struct message_start *start = &message->body.start;
  if (monitor->cgroup < 0 || is_prepared(monitor) == is_gated(start)) {
    return (struct failure){.phase = FAILED_MALFORMED, .error = EPROTO};
  }
  if (message->fd_count > MESSAGE_MAX_FDS - MAX_STREAM_FDS || start->deadline_ms == 0 ||
      !log_name_is_valid(start->log_name) || start->name[MESSAGE_NAME_BYTES - 1] != '\0') {
    return (struct failure){.phase = FAILED_MALFORMED, .error = EINVAL};
  }
  return (struct failure){.error = 0};
}

/* The cgroup, and the gate. */
#define PREPARED_INPUTS 2

static uint32_t append(int *inputs, uint32_t count, const int *fds, uint32_t more) {
  __builtin_memcpy(inputs + count, fds, more * sizeof *fds);
  return count + more;
}

/* What we were made with, what was prepared, what came with the message, the streams. */
static uint32_t collect_inputs(const struct monitor *monitor, const struct message *message,
                               const struct child_streams *streams, int *inputs) {
  static const int devices[DEVICE_MOUNTS] = {INHERITED_DEVICES, INHERITED_TERMINALS};
  bool takes_devices = (message->body.start.flags & MESSAGE_OWN_DEVICES) != 0;
  uint32_t count = append(inputs, 0, devices, takes_devices ? DEVICE_MOUNTS : 0);
  count = append(inputs, count, &monitor->cgroup, 1);
  count = append(inputs, count, &monitor->gate[0], is_gated(&message->body.start) ? 1 : 0);
  uint32_t given = 0;
  const int *fds = message_inputs(message, sizeof message->body.start, &given);
  count = append(inputs, count, fds, given);
  return append(inputs, count, streams->fds, streams->count);
}

static bool launch(struct monitor *monitor, struct session *session, struct message *message, struct failure *failure) {
  const struct message_start *start = &message->body.start;
  struct child_streams streams;
  int result = streams_open(monitor, start->flags, &streams);
  if (result == 0 && is_gated(start)) {
    result = streams_open_gate(monitor);
  }
  if (result < 0) {
    streams_close_child_ends(&streams);
    *failure = (struct failure){.phase = FAILED_CLONE, .error = -result};
    return false;
  }
  int inputs[DEVICE_MOUNTS + PREPARED_INPUTS + MESSAGE_MAX_FDS];
  struct launch_request request = {
      .launch = &monitor->container.launch,
      .session = session->launch.index,
      .plan = message_plan(message, sizeof *start),
      .inputs = inputs,
      .input_count = collect_inputs(monitor, message, &streams, inputs),
      .deadline_ms = start->deadline_ms,
      .traced = (start->flags & MESSAGE_TRACE) != 0,
  };
  bool begun = launch_begin(monitor, &request, failure);
  streams_close_child_ends(&streams);
  return begun;
}

/* The child has them, or no child is to come: in our hands they would hold mounts that the container lets go of. */
static void close_devices(const struct message_start *start) {
  if ((start->flags & MESSAGE_OWN_DEVICES) != 0) {
    sys_close(INHERITED_DEVICES);
    sys_close(INHERITED_TERMINALS);
  }
}

/* Who is to miss nothing of the container comes with its START. */
static void admit(struct monitor *monitor, struct message *message) {
  if ((message->body.start.flags & MESSAGE_WITH_SESSION) != 0 && message->fd_count > 0) {
    session_ready(monitor, session_inherit(monitor, message->fds[--message->fd_count]));
  }
}

/* The rest of what a start takes, done while the child is on its way. */
static void settle(struct monitor *monitor) {
  struct container *container = &monitor->container;
  const struct message_start *start = &container->start;
  struct log_limits limits = {.max_bytes = start->log_max_bytes, .max_files = start->log_max_files};
  close_devices(start);
  streams_close_ahead(monitor);
  log_start(&monitor->log, monitor->log.directory, start->log_name, limits);
  session_listen(monitor);
  title_set(start->name);
  if (container->launch.pid > 0) {
    record_prepare_started(&container->started_record, monitor->run_directory, container->launch.pid);
  }
  if (cgroup_is_frozen(monitor->cgroup)) {
    launch_fail(monitor, &container->launch, (struct failure){.phase = FAILED_FROZEN, .error = EAGAIN});
  }
}

/* Not for a child that has failed meanwhile, or whose time is over. One that does not wait any more tells why itself. */
static void open_gate(struct monitor *monitor) {
  const struct launch *launch = &monitor->container.launch;
  const char byte = 0;
  if (!launch->settled && clock_monotonic_ns() < launch->deadline) {
    sys_write(monitor->gate[1], &byte, sizeof byte);
  }
  close_fd(&monitor->gate[1]);
}

void container_complete(struct monitor *monitor) {
  struct container *container = &monitor->container;
  container->gated = false;
  if (!is_prepared(monitor)) {
    launch_fail(monitor, &container->launch, (struct failure){.phase = FAILED_MALFORMED, .error = EPROTO});
    return;
  }
  settle(monitor);
  open_gate(monitor);
}

void container_start(struct monitor *monitor, struct session *session, struct message *message) {
  struct container *container = &monitor->container;
  const struct message_start *start = &message->body.start;
  if (container->asked_for) {
    session_send_failed(monitor, session, &(struct failure){.phase = FAILED_REFUSED, .error = EALREADY});
    return;
  }
  container->asked_for = true;
  container->start = *start;
  admit(monitor, message);
  struct failure failure = flaw(monitor, message);
  session->role = SESSION_START;
  container->launch.session = session->launch.index;
  if (failure.error != 0 || !launch(monitor, session, message, &failure)) {
    container_launch_failed(monitor, &failure);
    return;
  }
  container->gated = is_gated(start);
  close_fd(&monitor->gate[0]);
  if (!container->gated) {
    close_fd(&monitor->gate[1]);
    settle(monitor);
  }
}

void container_started(struct monitor *monitor) {
  struct container *container = &monitor->container;
  container->state = CONTAINER_RUNNING;
  container->started_ns = clock_realtime_ns();
  record_started(&container->started_record, monitor->run_directory, container->launch.pid, container->started_ns);
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

#include "exec.h"

#include "cgroup.h"
#include "launch.h"
#include "session.h"

#include <errno.h>

static struct failure refusal(const struct monitor *monitor, const struct message *message) {
  const struct container *container = &monitor->container;
  if (message->body.exec.deadline_ms == 0) {
    return (struct failure){.phase = FAILED_MALFORMED, .error = EINVAL};
  }
  if (container->state != CONTAINER_RUNNING || container->draining) {
    return (struct failure){.phase = FAILED_REFUSED, .error = ESRCH};
  }
  if (cgroup_is_frozen(monitor->cgroup)) {
    return (struct failure){.phase = FAILED_FROZEN, .error = EAGAIN};
  }
  return (struct failure){.error = 0};
}

void exec_start(struct monitor *monitor, struct session *session, struct message *message) {
  struct failure failure = refusal(monitor, message);
  struct launch_request request = {
      .launch = &session->launch,
      .session = session->launch.index,
      .plan = message_plan(message, sizeof message->body.exec),
      .deadline_ms = message->body.exec.deadline_ms,
      .traced = (message->body.exec.flags & MESSAGE_TRACE) != 0,
  };
  request.inputs = message_inputs(message, sizeof message->body.exec, &request.input_count);
  session->role = SESSION_EXEC;
  if (failure.error != 0 || !launch_begin(monitor, &request, &failure)) {
    session_send_failed(monitor, session, &failure);
  }
}

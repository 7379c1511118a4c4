/* What a container's run has on the host: made by steps of our own, before anything of the container is there. */
#include "container.h"
#include "launch.h"
#include "monitor_syscalls.h"
#include "plan_memory.h"
#include "session.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>

/* Makes what is in a slot our own, an input as a copy. False when nothing is, or we have one already. */
static bool take(const struct plan_memory *loaded, uint32_t slot, int *own) {
  if (slot == PLAN_NO_SLOT) {
    return true;
  }
  if (slot >= loaded->plan->slot_count || loaded->slots[slot] < 0 || *own >= 0) {
    return false;
  }
  if (slot < loaded->plan->input_count) {
    *own = (int)sys_fcntl(loaded->slots[slot], F_DUPFD_CLOEXEC, INHERITED_TERMINALS + 1);
  } else {
    *own = loaded->slots[slot];
    loaded->slots[slot] = -1;
  }
  return *own >= 0;
}

static bool take_all(struct monitor *monitor, const struct message_prepare *prepare, const struct plan_memory *loaded) {
  return take(loaded, prepare->run_slot, &monitor->run_directory) &&
         take(loaded, prepare->log_slot, &monitor->log.directory) &&
         take(loaded, prepare->listener_slot, &monitor->listener) &&
         take(loaded, prepare->cgroup_slot, &monitor->cgroup);
}

static struct failure malformed(int error) {
  return (struct failure){.phase = FAILED_MALFORMED, .error = error};
}

/* Walks the steps and takes what they opened. */
static struct failure walk(struct monitor *monitor, const struct message_prepare *prepare, struct plan_memory *loaded) {
  struct plan_record record;
  struct plan_reporter reporter = {.fd = -1, .records = &record, .capacity = 1};
  int result = plan_run_before(loaded->plan, loaded->slots, &reporter);
  if (result < 0) {
    return (struct failure){.phase = FAILED_PREPARE, .error = record.error, .step = record.step};
  }
  return malformed(take_all(monitor, prepare, loaded) ? 0 : EINVAL);
}

static void close_opened(const struct plan_memory *loaded) {
  for (uint32_t slot = loaded->plan->input_count; slot < loaded->plan->slot_count; slot++) {
    close_fd(&loaded->slots[slot]);
  }
}

static struct failure prepare(struct monitor *monitor, const struct message *message) {
  struct plan_source source = message_plan(message, sizeof message->body.prepare);
  uint32_t count = 0;
  const int *inputs = message_inputs(message, sizeof message->body.prepare, &count);
  struct plan_memory loaded;
  int result = plan_memory_load(&loaded, &source);
  if (result < 0) {
    return malformed(-result);
  }
  struct failure failure = malformed(EINVAL);
  if (plan_bind(loaded.plan, loaded.slots, inputs, count) == 0 && loaded.plan->child_count == 0) {
    failure = walk(monitor, &message->body.prepare, &loaded);
    close_opened(&loaded);
  }
  plan_memory_free(&loaded);
  return failure;
}

/* Behind START, whose child waits: it has all that is missing, or nothing comes of the container. */
static void prepare_last(struct monitor *monitor, const struct message *message) {
  struct failure failure = prepare(monitor, message);
  if (failure.phase == FAILED_PREPARE) {
    failure.phase = FAILED_GATED;
  }
  if (failure.error != 0) {
    launch_fail(monitor, &monitor->container.launch, failure);
    return;
  }
  container_complete(monitor);
}

void container_prepare(struct monitor *monitor, struct session *session, struct message *message) {
  struct failure failure = {.phase = FAILED_REFUSED, .error = EALREADY};
  if (monitor->container.gated && session->role == SESSION_START) {
    prepare_last(monitor, message);
    return;
  }
  if (!monitor->container.asked_for) {
    failure = prepare(monitor, message);
  }
  if (failure.error != 0) {
    session_send_failed(monitor, session, &failure);
  }
}

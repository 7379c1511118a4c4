/* What a launch's child says of itself, and what comes of it. */
#include "launch.h"

#include "container.h"
#include "monitor_syscalls.h"
#include "session.h"
#include "watch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define RECORDS_AT_ONCE 64

struct records_message {
  struct message_record header;
  struct plan_record records[RECORDS_AT_ONCE];
};

_Static_assert(sizeof(struct records_message) <= MESSAGE_MAX_BYTES, "a packet holds the records read at once");

static bool is_child_of_ours(int pidfd) {
  siginfo_t info;
  return sys_waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG | WNOWAIT, NULL) == 0;
}

/* The pid is only a claim: a container may have got hold of the intermediate. */
static void adopt_second_child(struct monitor *monitor, struct launch *launch, uint64_t pid) {
  if (!launch->joined || launch->process >= 0 || pid == 0 || pid > INT32_MAX) {
    return;
  }
  int pidfd = (int)sys_pidfd_open((int)pid, 0);
  if (pidfd < 0) {
    return;
  }
  if (!is_child_of_ours(pidfd) || launch_watch(monitor, launch, pidfd, false) < 0) {
    sys_close(pidfd);
    return;
  }
  launch->process = pidfd;
  launch->pid = (int)pid;
  if (launch->doomed) {
    launch_kill(launch, SIGKILL);
  }
}

static void note_record(struct monitor *monitor, struct launch *launch, const struct plan_record *record) {
  switch (record->kind) {
  case PLAN_FAILED:
    launch->failure = (struct failure){.phase = FAILED_STEP, .error = record->error, .step = record->step};
    break;
  case PLAN_EXECING:
    launch->executing = true;
    break;
  case PLAN_CHILD:
    adopt_second_child(monitor, launch, record->detail);
    break;
  default:
    break;
  }
}

static void pass_on(struct monitor *monitor, struct launch *launch, struct records_message *message, size_t bytes) {
  struct session *session = session_of_launch(monitor, launch);
  if (launch->traced && session != NULL) {
    message->header = (struct message_record){.type = MESSAGE_RECORD};
    session_send(monitor, session, message, sizeof message->header + bytes);
  }
}

static void tell_started(struct monitor *monitor, struct launch *launch) {
  struct session *session = session_of_launch(monitor, launch);
  struct message_started started = {.type = MESSAGE_STARTED, .pid = launch->pid};
  launch->settled = true;
  launch->started = true;
  launch->deadline = 0;
  if (session != NULL) {
    session_send_fd(monitor, session, &started, sizeof started, launch->process);
  }
  if (launch->index == CONTAINER_LAUNCH) {
    container_started(monitor); /* its record is for who comes later: nobody waits for it */
  }
}

/* Every writer is gone: the last records decide. Whoever waits is told first. */
static void settle(struct monitor *monitor, struct launch *launch) {
  /* Somebody else may have opened its gate. */
  bool too_early = launch->index == CONTAINER_LAUNCH && monitor->container.gated;
  if (launch->failure.error != 0) {
    launch_fail(monitor, launch, launch->failure);
  } else if (!launch->executing || launch->pid == 0 || too_early) {
    launch_fail(monitor, launch, (struct failure){.phase = FAILED_KILLED, .error = ECHILD});
  } else {
    tell_started(monitor, launch);
  }
  unwatch_and_close(monitor, &launch->report);
  launch_reap(monitor, launch);
}

/* False when no more records can come. */
static bool read_records(struct monitor *monitor, struct launch *launch, long bytes, struct records_message *message) {
  /* Records are written whole; what is not is no record of ours. */
  if (bytes <= 0 || (size_t)bytes % sizeof message->records[0] != 0) {
    return false;
  }
  for (size_t i = 0; i < (size_t)bytes / sizeof message->records[0]; i++) {
    note_record(monitor, launch, &message->records[i]);
  }
  pass_on(monitor, launch, message, (size_t)bytes);
  return true;
}

void launch_report_ready(struct monitor *monitor, struct launch *launch) {
  struct records_message message;
  long bytes;
  do {
    bytes = sys_read(launch->report, message.records, sizeof message.records);
    if (bytes == -EAGAIN) {
      return;
    }
  } while (read_records(monitor, launch, bytes, &message));
  settle(monitor, launch);
}

/*
 * One process from a plan: clone3, the records on the report pipe, the deadline, the wait. Nothing here waits for the
 * child: one that is stopped, stuck or traced costs its own deadline only.
 */
#ifndef PEAPOD_MONITOR_LAUNCH_H
#define PEAPOD_MONITOR_LAUNCH_H

#include "monitor.h"
#include "plan_memory.h"

struct launch_request {
  struct launch *launch;
  uint32_t session;
  struct plan_source plan;
  const int *inputs;
  uint32_t input_count;
  uint32_t deadline_ms;
  bool traced;
};

void launch_clear(struct launch *launch, uint32_t index);

/* False: nothing was started, and `failure` says why. */
bool launch_begin(struct monitor *monitor, const struct launch_request *request, struct failure *failure);

struct launch *launch_at(struct monitor *monitor, uint32_t index);
bool launch_is_idle(const struct launch *launch);

/* Events of its descriptors. */
void launch_report_ready(struct monitor *monitor, struct launch *launch);
void launch_process_ended(struct monitor *monitor, struct launch *launch);
void launch_helper_ended(struct monitor *monitor, struct launch *launch);
void launch_deadline_passed(struct monitor *monitor, struct launch *launch);

/* Ends a launch that has not come to execve and tells so; what it started is killed. */
void launch_fail(struct monitor *monitor, struct launch *launch, struct failure failure);

/* To the process once it is known; a signal that does not exist does nothing. */
void launch_kill(const struct launch *launch, int signal);

/* The session's client is gone: its exec is killed, a container it started runs on. */
void launch_abandon(struct monitor *monitor, struct session *session);

/* Takes the exit status of a process that ended, and tells it. */
void launch_reap(struct monitor *monitor, struct launch *launch);

/* Watches a process of the launch. Returns 0 or a negative errno. */
int launch_watch(struct monitor *monitor, const struct launch *launch, int pidfd, bool is_helper);

#endif

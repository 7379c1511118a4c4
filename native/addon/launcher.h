/*
 * Starting a process that shares our memory until it execs, in plain C so that it can be tested without Node.
 *
 * CLONE_VM | CLONE_VFORK costs 35 us where a fork of Node costs 3 ms. The price: until execve the child may make raw
 * system calls only, must enter no PID namespace and no cgroup that holds somebody else, and its plan must be decoded
 * before it exists.
 */
#ifndef PEAPOD_LAUNCHER_H
#define PEAPOD_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct launch;

struct launch_outcome {
  int pid;   /* 0 when the plan failed; the child has been reaped then */
  int pidfd; /* close-on-exec; -1 when the plan failed */
  uint64_t
      start_time; /* clock ticks from boot, as proc_pid_stat(5) counts them; 0 when the plan failed, or without /proc */
  const void *records;
  size_t records_size;
};

struct launch_request {
  const void *plan; /* the wire form; not needed after launch_prepare() */
  size_t plan_size;
  const int *fds; /* the plan's inputs; likewise, though the descriptors must stay open */
  uint32_t fd_count;
  bool trace;
};

/* The stack of the child, with a guard page below it. Returns its lowest address, NULL without memory. */
void *launch_stack_create(void);
void launch_stack_destroy(void *stack);

/* Checks and decodes. Returns 0, -EINVAL (malformed, or with join steps) or -ENOMEM. */
int launch_prepare(struct launch **out, const struct launch_request *request);

/* Runs the launcher's own steps, starts it and waits until it has exec'd or ended. Returns 0, or the negative errno of clone3. */
int launch_run(struct launch *launch, void *stack, struct launch_outcome *outcome);

void launch_free(struct launch *launch);

#ifdef __cplusplus
}
#endif

#endif

#include "launch.h"

#include "child.h"
#include "container.h"
#include "monitor_syscalls.h"
#include "session.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/epoll.h>

#define NAMESPACE_FLAGS                                                                                                \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |         \
   CLONE_NEWTIME)

void launch_clear(struct launch *launch, uint32_t index) {
  *launch = (struct launch){
      .index = index, .session = NO_SESSION, .report = -1, .process = -1, .helper = -1, .failure = {.error = 0}};
}

struct launch *launch_at(struct monitor *monitor, uint32_t index) {
  return index == CONTAINER_LAUNCH ? &monitor->container.launch : &monitor->sessions[index].launch;
}

bool launch_is_idle(const struct launch *launch) {
  return launch->report < 0 && launch->process < 0 && launch->helper < 0;
}

/* A child that shared memory with us could be made to write into it by the container it enters; our own steps are PREPARE's. */
static bool is_safe(const struct plan *plan) {
  uint64_t allowed = NAMESPACE_FLAGS;
  return plan->before_count == 0 && plan->child_count > 0 && (plan->clone_flags & ~allowed) == 0 &&
         (plan->second_flags & ~(allowed | CLONE_PARENT)) == 0;
}

static int load(struct plan_memory *loaded, const struct launch_request *request) {
  int result = plan_memory_load(loaded, &request->plan);
  if (result < 0) {
    return result;
  }
  result = plan_bind(loaded->plan, loaded->slots, request->inputs, request->input_count);
  if (result == 0 && !is_safe(loaded->plan)) {
    result = -EINVAL;
  }
  if (result < 0) {
    plan_memory_free(loaded);
  }
  return result;
}

/*
 * The highest number of a small table of descriptors. At execve the kernel lets go of the highest first, and of what a
 * container's mounts were made with it takes 60 us: nobody should have to wait for that to hear of the execve.
 */
static int move_high(int fd) {
  int high = (int)sys_fcntl(fd, F_DUPFD_CLOEXEC, 63);
  if (high < 0) {
    return fd; /* so few are allowed */
  }
  sys_close(fd);
  return high;
}

/*
 * Only our end does not block: the child's must, or it would lose records. A child that nobody else is to be told of wakes
 * us at its execve only, when the pipe has no writer any more.
 */
static int open_report(struct monitor *monitor, struct launch *launch, bool at_once, int *child_end) {
  int ends[2];
  int result = (int)sys_pipe2(ends, O_CLOEXEC);
  if (result < 0) {
    return result;
  }
  sys_fcntl(ends[0], F_SETFL, O_NONBLOCK);
  launch->report = ends[0];
  *child_end = move_high(ends[1]);
  struct event event = {WATCHED_REPORT, launch->index};
  result = watch(monitor, launch->report, at_once ? EPOLLIN : 0, event);
  if (result < 0) {
    close_fd(&launch->report);
    close_fd(child_end);
  }
  return result;
}

static long clone_child(const struct plan_memory *loaded, int report, bool traced, int *pidfd) {
  const struct plan *plan = loaded->plan;
  struct clone_args arguments = {
      .flags = plan->clone_flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
      .pidfd = (uint64_t)(uintptr_t)pidfd,
      .exit_signal = SIGCHLD,
  };
  if (plan->cgroup_slot != PLAN_NO_SLOT) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (unsigned)loaded->slots[plan->cgroup_slot];
  }
  long pid = sys_clone3(&arguments, sizeof arguments);
  if (pid == 0) {
    child_run(plan, loaded->slots, report, traced);
  }
  return pid;
}

int launch_watch(struct monitor *monitor, const struct launch *launch, int pidfd, bool is_helper) {
  struct event event = {is_helper ? WATCHED_HELPER : WATCHED_PROCESS, launch->index};
  return watch(monitor, pidfd, EPOLLIN, event);
}

/* With join steps, what was cloned is the intermediate; the process is known once the intermediate reports it. */
static void adopt_child(struct launch *launch, const struct plan *plan, long pid, int pidfd) {
  launch->joined = plan->join_count > 0;
  if (launch->joined) {
    launch->helper = pidfd;
    return;
  }
  launch->process = pidfd;
  launch->pid = (int)pid;
}

static int start_child(struct monitor *monitor, const struct launch_request *request, struct plan_memory *loaded) {
  struct launch *launch = request->launch;
  int child_end = -1;
  int pidfd = -1;
  bool at_once = request->traced || loaded->plan->join_count > 0;
  long result = open_report(monitor, launch, at_once, &child_end);
  if (result < 0) {
    return (int)result;
  }
  result = clone_child(loaded, child_end, request->traced, &pidfd);
  close_fd(&child_end);
  if (result < 0) {
    unwatch_and_close(monitor, &launch->report);
    return (int)result;
  }
  adopt_child(launch, loaded->plan, result, pidfd);
  return 0;
}

bool launch_begin(struct monitor *monitor, const struct launch_request *request, struct failure *failure) {
  struct launch *launch = request->launch;
  struct plan_memory loaded;
  int result = load(&loaded, request);
  if (result < 0) {
    *failure = (struct failure){.phase = FAILED_MALFORMED, .error = -result};
    return false;
  }
  result = start_child(monitor, request, &loaded);
  plan_memory_free(&loaded);
  if (result < 0) {
    *failure = (struct failure){.phase = FAILED_CLONE, .error = -result};
    return false;
  }
  launch->session = request->session;
  launch->traced = request->traced;
  launch->deadline = clock_monotonic_ns() + request->deadline_ms * NS_PER_MS;
  result = launch_watch(monitor, launch, launch->joined ? launch->helper : launch->process, launch->joined);
  if (result < 0) {
    launch_fail(monitor, launch, (struct failure){.phase = FAILED_CLONE, .error = -result});
  }
  return true;
}

static void kill_pidfd(int pidfd, int signal) {
  if (pidfd >= 0) {
    sys_pidfd_send_signal(pidfd, signal, NULL, 0);
  }
}

void launch_kill(const struct launch *launch, int signal) {
  kill_pidfd(launch->process, signal);
}

static void tell_failed(struct monitor *monitor, struct launch *launch, const struct failure *failure) {
  if (launch->index == CONTAINER_LAUNCH) {
    container_launch_failed(monitor, failure);
  } else {
    session_send_failed(monitor, &monitor->sessions[launch->index], failure);
  }
}

void launch_fail(struct monitor *monitor, struct launch *launch, struct failure failure) {
  if (launch->settled) {
    return;
  }
  launch->settled = true;
  launch->deadline = 0;
  unwatch_and_close(monitor, &launch->report);
  kill_pidfd(launch->process, SIGKILL);
  kill_pidfd(launch->helper, SIGKILL);
  tell_failed(monitor, launch, &failure);
}

void launch_deadline_passed(struct monitor *monitor, struct launch *launch) {
  launch_fail(monitor, launch, (struct failure){.phase = FAILED_DEADLINE, .error = ETIMEDOUT});
  launch_reap(monitor, launch);
}

/*
 * An exec leads a process group of its own (createSession): what it started goes with it, unless it left the group. Not
 * reaped yet, it still owns the group's number.
 */
static void kill_group(const struct launch *launch) {
  if (launch->started && launch->process >= 0) {
    sys_kill(-launch->pid, SIGKILL);
  }
}

/*
 * An intermediate is spared until it has named its child or reached its deadline: killed between the two, it would leave
 * a process in the container that nobody knows.
 */
void launch_abandon(struct monitor *monitor, struct session *session) {
  struct launch *launch = &session->launch;
  struct launch *container = &monitor->container.launch;
  if (container->session == (uint32_t)(session - monitor->sessions)) {
    container->session = NO_SESSION;
  }
  launch->doomed = true;
  kill_group(launch);
  kill_pidfd(launch->process, SIGKILL);
}

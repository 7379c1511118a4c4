#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../core/plan.h"

/* The interpreter keeps its buffers small; what is not touched costs nothing. */
#define STACK_BYTES ((size_t)256 << 10)
#define GUARD_BYTES ((size_t)4096)

#define NAMESPACE_FLAGS                                                                                                \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |         \
   (uint64_t)CLONE_NEWTIME)

struct launch {
  struct plan *plan;
  int *slots;
  int *child_slots; /* what the child opens is in its own table of descriptors */
  struct plan_reporter reporter;
};

void *launch_stack_create(void) {
  void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return NULL;
  if (mprotect(stack, GUARD_BYTES, PROT_NONE) == 0) return stack;
  munmap(stack, STACK_BYTES);
  return NULL;
}

void launch_stack_destroy(void *stack) {
  if (stack != NULL) munmap(stack, STACK_BYTES);
}

/* Sharing a network shows nobody the child; any other namespace that somebody is in might. */
static bool joins_more_than_network(const struct plan_step *step) {
  const struct plan_join_namespaces *arguments = (const void *)step->arguments;
  return step->op == PLAN_OP_JOIN_NAMESPACES && arguments->flags != CLONE_NEWNET;
}

/* What must never happen in a child that shares our memory, whoever built the plan. */
static bool may_share_memory(const struct plan *plan) {
  if (plan->join_count != 0 || (plan->clone_flags & ~NAMESPACE_FLAGS) != 0) return false;
  for (uint32_t i = 0; i < plan->step_count; i++) {
    if (plan->steps[i].op == PLAN_OP_SET_NOT_DUMPABLE) return false; /* dumpable belongs to the memory */
    if (joins_more_than_network(&plan->steps[i])) return false;
  }
  return true;
}

/* One record a step, one more with trace, and the exec step's own. */
static size_t record_capacity(const struct plan *plan) {
  return 2 * (size_t)plan->step_count + 2;
}

static int allocate(struct launch *launch, const struct launch_request *request) {
  const struct plan *plan = launch->plan;
  uint32_t capacity = (uint32_t)record_capacity(plan);
  launch->slots = calloc(plan->slot_count + 1, sizeof(*launch->slots));
  launch->child_slots = calloc(plan->slot_count + 1, sizeof(*launch->child_slots));
  launch->reporter = (struct plan_reporter){
      .fd = -1,
      .records = calloc(capacity, sizeof(struct plan_record)),
      .capacity = capacity,
      .trace = request->trace,
  };
  if (launch->slots == NULL || launch->child_slots == NULL || launch->reporter.records == NULL) return -ENOMEM;
  return plan_bind(plan, launch->slots, request->fds, request->fd_count);
}

static int prepare(struct launch *launch, const struct launch_request *request, size_t decoded_size) {
  void *memory = malloc(decoded_size);
  if (memory == NULL) return -ENOMEM;
  int result = plan_decode(&launch->plan, memory, decoded_size, request->plan, request->plan_size);
  if (result != 0) {
    free(memory);
    launch->plan = NULL;
    return result;
  }
  bool is_ours = launch->plan->child_count > 0 && may_share_memory(launch->plan);
  return is_ours ? allocate(launch, request) : -EINVAL;
}

int launch_prepare(struct launch **out, const struct launch_request *request) {
  size_t decoded_size = plan_decoded_size(request->plan, request->plan_size);
  if (decoded_size == 0) return -EINVAL;
  struct launch *launch = calloc(1, sizeof(*launch));
  if (launch == NULL) return -ENOMEM;
  int result = prepare(launch, request, decoded_size);
  if (result == 0)
    *out = launch;
  else
    launch_free(launch);
  return result;
}

void launch_free(struct launch *launch) {
  if (launch == NULL) return;
  free(launch->plan);
  free(launch->slots);
  free(launch->child_slots);
  free(launch->reporter.records);
  free(launch);
}

static int run_child(void *argument) {
  struct launch *launch = argument;
  plan_run(launch->plan, launch->child_slots, &launch->reporter);
  return 1;
}

/* clone3 onto another stack. The child must not return into our frame: it calls `entry` and exits. */
static long clone_onto_stack(struct clone_args *args, int (*entry)(void *), void *argument) {
  long result;
  __asm__ volatile("syscall\n\t"
                   "test %%rax, %%rax\n\t"
                   "jnz 1f\n\t"
                   "mov %[argument], %%rdi\n\t"
                   "call *%[entry]\n\t"
                   "mov %%eax, %%edi\n\t"
                   "mov %[exit], %%eax\n\t"
                   "syscall\n"
                   "1:"
                   : "=a"(result)
                   : "a"((long)SYS_clone3), "D"(args),
                     "S"(sizeof(*args)), [entry] "r"(entry), [argument] "r"(argument), [exit] "i"(SYS_exit_group)
                   : "rcx", "r11", "memory");
  return result;
}

/* Raw, because libc's sigprocmask leaves its own two signals out, and the child must not run their handlers either. */
static void set_signal_mask(const uint64_t *set, uint64_t *old) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, set, old, sizeof(*set));
}

static int clone_child(struct launch *launch, void *stack, int *pidfd) {
  uint32_t cgroup = launch->plan->cgroup_slot;
  struct clone_args args = {
      .flags = launch->plan->clone_flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
      .pidfd = (uintptr_t)pidfd,
      .exit_signal = SIGCHLD,
      .stack = (uintptr_t)stack,
      .stack_size = STACK_BYTES,
  };
  if (cgroup != PLAN_NO_SLOT) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)launch->slots[cgroup];
  }
  memcpy(launch->child_slots, launch->slots, launch->plan->slot_count * sizeof(*launch->slots));
  uint64_t all = ~UINT64_C(0), old = 0;
  set_signal_mask(&all, &old);
  long pid = clone_onto_stack(&args, run_child, launch);
  set_signal_mask(&old, NULL);
  return (int)pid;
}

/* The last record tells: `execing` and nothing after it means that execve replaced the child. */
static bool has_execed(const struct plan_reporter *reporter) {
  return reporter->count > 0 && reporter->records[reporter->count - 1].kind == PLAN_EXECING;
}

static void reap(int pidfd) {
  siginfo_t info;
  while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL) < 0 && errno == EINTR) {
  }
}

#define STAT_BYTES 1024
#define START_TIME_FIELD 22 /* proc_pid_stat(5) counts from 1; the name, which may hold anything, is the second */

static uint64_t parse_start_time(char *stat, size_t size) {
  char *field = memrchr(stat, ')', size);
  for (int number = 2; field != NULL && number < START_TIME_FIELD; number++)
    field = strchr(field + 1, ' ');
  return field == NULL ? 0 : strtoull(field, NULL, 10);
}

/* Of a child that has not been reaped. */
static uint64_t read_start_time(int pid) {
  char path[32], stat[STAT_BYTES];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t size = read(fd, stat, sizeof(stat) - 1);
  close(fd);
  if (size <= 0) return 0;
  stat[size] = 0;
  return parse_start_time(stat, (size_t)size);
}

static void close_opened(const struct launch *launch) {
  for (uint32_t slot = launch->plan->input_count; slot < launch->plan->slot_count; slot++)
    if (launch->slots[slot] >= 0) close(launch->slots[slot]);
}

int launch_run(struct launch *launch, void *stack, struct launch_outcome *outcome) {
  int pidfd = -1;
  int pid =
      plan_run_before(launch->plan, launch->slots, &launch->reporter) < 0 ? 0 : clone_child(launch, stack, &pidfd);
  close_opened(launch);
  if (pid < 0) return pid;
  if (pid > 0 && !has_execed(&launch->reporter)) {
    reap(pidfd);
    close(pidfd);
    pid = 0;
    pidfd = -1;
  }
  *outcome = (struct launch_outcome){
      .pid = pid,
      .pidfd = pidfd,
      .start_time = pid > 0 ? read_start_time(pid) : 0,
      .records = launch->reporter.records,
      .records_size = launch->reporter.count * sizeof(struct plan_record),
  };
  return 0;
}

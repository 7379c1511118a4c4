#include "plan.h"
#include "steps.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <time.h>

typedef long (*step_handler)(const void *arguments, int *slots, const struct step_context *context);

#define HANDLER(upper, name) [PLAN_OP_##upper] = step_##name,
static const step_handler handlers[] = {PLAN_FOR_EACH_OP(HANDLER)};
#undef HANDLER

_Static_assert(sizeof handlers / sizeof handlers[0] == PLAN_OP_COUNT, "every step has a handler");

static void report(struct plan_reporter *reporter, struct plan_record record) {
  if (reporter->fd >= 0) {
    sys_write(reporter->fd, &record, sizeof record);
  } else if (reporter->count < reporter->capacity) {
    reporter->records[reporter->count++] = record;
  }
}

static uint64_t monotonic_ns(void) {
  struct timespec now = {0};
  sys_clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int fail(struct plan_reporter *reporter, uint32_t step, long error) {
  report(reporter, (struct plan_record){.kind = PLAN_FAILED, .step = (uint16_t)step, .error = (int32_t)-error});
  return (int)error;
}

static int run_steps(const struct plan *plan, uint32_t from, uint32_t to, int *slots, struct plan_reporter *reporter) {
  const struct step_context context = {.plan = plan, .report_fd = reporter->fd};
  for (uint32_t i = from; i < to; i++) {
    const struct plan_step *step = &plan->steps[i];
    if (reporter->trace) {
      report(reporter, (struct plan_record){.kind = PLAN_BEGIN, .step = (uint16_t)i, .detail = monotonic_ns()});
    }
    if (i + 1 == plan->step_count && plan->child_count > 0) {
      report(reporter, (struct plan_record){.kind = PLAN_EXECING, .step = (uint16_t)i});
    }
    long result = handlers[step->op](step->arguments, slots, &context);
    if (result < 0) {
      return fail(reporter, i, result);
    }
  }
  return 0;
}

/*
 * A PID namespace joined with setns takes effect for children only, so the process that joined it clones once more.
 * CLONE_PARENT makes the launcher the parent of that child as well: it gets the exit status, and this process, which
 * still stands in the host's PID namespace, has nothing left to do.
 */
static int clone_again(const struct plan *plan, struct plan_reporter *reporter) {
  struct clone_args arguments = {.flags = plan->second_flags | CLONE_PARENT};
  long pid = sys_clone3(&arguments, sizeof arguments);
  if (pid == 0) {
    return 0;
  }
  if (pid < 0) {
    return fail(reporter, plan->before_count + plan->join_count, pid);
  }
  report(reporter, (struct plan_record){.kind = PLAN_CHILD, .detail = (uint64_t)pid});
  sys_exit_group(0);
}

int plan_run_before(const struct plan *plan, int *slots, struct plan_reporter *reporter) {
  return run_steps(plan, 0, plan->before_count, slots, reporter);
}

int plan_run(const struct plan *plan, int *slots, struct plan_reporter *reporter) {
  uint32_t child = plan->before_count + plan->join_count;
  if (plan->join_count > 0) {
    int result = run_steps(plan, plan->before_count, child, slots, reporter);
    if (result == 0) {
      result = clone_again(plan, reporter);
    }
    if (result < 0) {
      return result;
    }
  }
  return run_steps(plan, child, plan->step_count, slots, reporter);
}

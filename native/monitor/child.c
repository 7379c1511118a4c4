#include "child.h"

#include "monitor_syscalls.h"

#define FIRST_FD 3
#define LAUNCH_FAILED 125 /* seen by nobody: the records tell what happened */

/* The lowest descriptor, from `from` on, that the plan needs; -1 when there is none. */
static int next_kept(const struct plan *plan, const int *slots, int report, int from) {
  int lowest = report >= from ? report : -1;
  for (uint32_t i = 0; i < plan->input_count; i++) {
    if (slots[i] >= from && (lowest < 0 || slots[i] < lowest)) {
      lowest = slots[i];
    }
  }
  return lowest;
}

static void close_all_others(const struct plan *plan, const int *slots, int report) {
  int from = FIRST_FD;
  for (int kept = next_kept(plan, slots, report, from); kept >= 0; kept = next_kept(plan, slots, report, from)) {
    if (kept > from) {
      sys_close_range((unsigned)from, (unsigned)kept - 1, 0);
    }
    from = kept + 1;
  }
  sys_close_range((unsigned)from, ~0u, 0);
}

_Noreturn void child_run(const struct plan *plan, int *slots, int report, bool traced) {
  struct plan_reporter reporter = {.fd = report, .trace = traced};
  close_all_others(plan, slots, report);
  plan_run(plan, slots, &reporter);
  sys_exit_group(LAUNCH_FAILED);
}

#ifndef PEAPOD_MONITOR_PLAN_MEMORY_H
#define PEAPOD_MONITOR_PLAN_MEMORY_H

#include "../core/plan.h"

/* A decoded plan and its slots, in memory of their own. */
struct plan_memory {
  void *memory;
  size_t size;
  struct plan *plan;
  int *slots;
};

/*
 * Reads the plan from a memfd, into memory first: what is checked cannot change then. Returns 0 or a negative errno,
 * -EINVAL for a malformed plan.
 */
int plan_memory_load(struct plan_memory *loaded, int plan_fd);
void plan_memory_free(struct plan_memory *loaded);

#endif

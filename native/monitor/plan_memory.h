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

/* A plan's wire form in memory, or in a file. */
struct plan_source {
  int fd; /* -1: `wire` and `size` */
  const void *wire;
  size_t size;
};

/*
 * Decodes a plan; one in a file is read into memory first: what is checked cannot change then. Returns 0 or a negative
 * errno, -EINVAL for a malformed plan.
 */
int plan_memory_load(struct plan_memory *loaded, const struct plan_source *source);
void plan_memory_free(struct plan_memory *loaded);

#endif

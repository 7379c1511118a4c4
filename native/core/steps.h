/*
 * One handler a step, at most 40 lines each: a new feature is a new step, never a branch in the interpreter.
 * A handler gets its op's struct from plan_ops.h and the slots, and returns a negative errno or 0.
 */
#ifndef PEAPOD_STEPS_H
#define PEAPOD_STEPS_H

#include "plan.h"

/* What few steps need besides: the plan they are part of, and where its records go (-1: into memory). */
struct step_context {
  const struct plan *plan;
  int report_fd;
};

#define STEP(name)                                                                                                     \
  long step_##name(const void *arguments, int *slots, __attribute__((unused)) const struct step_context *context)

#define DECLARE_STEP(upper, name) STEP(name);
PLAN_FOR_EACH_OP(DECLARE_STEP)
#undef DECLARE_STEP

/* strlen(3), which is libc's. */
static inline size_t text_length(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') {
    length++;
  }
  return length;
}

/* Stores the descriptor a system call answered, or passes its error on. */
static inline long store(int *slots, uint64_t slot, long fd) {
  if (fd < 0) {
    return fd;
  }
  slots[slot] = (int)fd;
  return 0;
}

/* openat2 beneath a root that is not trusted; `resolve` adds to RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS. */
long open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve);

#endif

#ifndef PEAPOD_MONITOR_CHILD_H
#define PEAPOD_MONITOR_CHILD_H

#include "../core/plan.h"

/*
 * The child's side of a launch, up to execve or the end. First it closes whatever is the monitor's: until execve a
 * container with CAP_SYS_PTRACE that shares its PID namespace could reach into it.
 */
_Noreturn void child_run(const struct plan *plan, int *slots, int report, bool traced);

#endif

#ifndef PEAPOD_MONITOR_CGROUP_H
#define PEAPOD_MONITOR_CGROUP_H

#include <stdbool.h>

/* Whether it is frozen, by itself or with an ancestor, or about to be. */
bool cgroup_is_frozen(int cgroup);

/* SIGKILL to all that lives in it. */
void cgroup_kill(int cgroup);

#endif

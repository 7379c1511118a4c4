#ifndef PEAPOD_MONITOR_TIMERS_H
#define PEAPOD_MONITOR_TIMERS_H

#include "monitor.h"

/* Milliseconds until the next of them, -1 when none is set. */
int timers_timeout_ms(struct monitor *monitor);

/* Does what has come due. */
void timers_run(struct monitor *monitor);

#endif

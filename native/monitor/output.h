#ifndef PEAPOD_MONITOR_OUTPUT_H
#define PEAPOD_MONITOR_OUTPUT_H

#include "monitor.h"

/* Takes `fd`, the reading end of a stream. Returns 0 or a negative errno. */
int output_open(struct monitor *monitor, enum stream stream, int fd);

/* Carries what there is to the log and to the attached clients. */
void output_ready(struct monitor *monitor, enum stream stream);

/* The stream is over: writes what is held of its last line. */
void output_close(struct monitor *monitor, enum stream stream);

bool output_is_over(const struct monitor *monitor);

#endif

/* The files a later daemon reads: what was started, and how it ended. Each is written aside and renamed. */
#ifndef PEAPOD_MONITOR_RECORD_H
#define PEAPOD_MONITOR_RECORD_H

#include "monitor.h"

/* Makes started.json ready to be written, aside: nobody waits for that before execve. */
void record_prepare_started(struct started_record *record, int run_directory, int pid);

/* started.json. Returns 0 or a negative errno. */
int record_started(struct started_record *record, int run_directory, int pid, uint64_t started_ns);

/* exit.json. Returns 0 or a negative errno. */
int record_exit(int run_directory, const struct exit_status *exit, uint64_t started_ns);

/* Field 22 of /proc/<pid>/stat: when it was started, in clock ticks since boot; 0 when it cannot be read. */
uint64_t record_start_time(int pid);

#endif

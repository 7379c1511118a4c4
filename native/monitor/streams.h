#ifndef PEAPOD_MONITOR_STREAMS_H
#define PEAPOD_MONITOR_STREAMS_H

#include "monitor.h"

#define MAX_STREAM_FDS 3u

/* The container's ends: the last inputs of its plan. */
struct child_streams {
  int fds[MAX_STREAM_FDS];
  uint32_t count;
};

/* Pipes for a container to come, before it is known to want them; and what of them is left. */
void streams_make_ahead(struct monitor *monitor);
void streams_close_ahead(struct monitor *monitor);

/* The pipe of MESSAGE_GATED, unless it is there. Returns 0 or a negative errno. */
int streams_open_gate(struct monitor *monitor);

/* Makes what the START's flags ask for; our ends go into `monitor`. Returns 0 or a negative errno. */
int streams_open(struct monitor *monitor, uint32_t flags, struct child_streams *child);
void streams_close_child_ends(struct child_streams *child);

/* The terminal's master is waiting on the socket. */
void streams_receive_terminal(struct monitor *monitor);

#endif

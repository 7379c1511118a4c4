#ifndef PEAPOD_MONITOR_INPUT_H
#define PEAPOD_MONITOR_INPUT_H

#include "monitor.h"

/* The container's input is there: clients are read from now on. Takes `fd`. */
void input_open(struct monitor *monitor, int fd);
/* The container will take no more: clients learn it from their closed pipe. */
void input_close(struct monitor *monitor);
/* The container may take some more of what is held. */
void input_ready(struct monitor *monitor);

void input_add_client(struct monitor *monitor, struct session *session);
void input_client_ready(struct monitor *monitor, struct session *session);
void input_remove_client(struct monitor *monitor, struct session *session);

#endif

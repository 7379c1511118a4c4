#ifndef PEAPOD_MONITOR_EXEC_H
#define PEAPOD_MONITOR_EXEC_H

#include "message.h"
#include "monitor.h"

/* Launches another process into the container. Its input and output are the client's own descriptors. */
void exec_start(struct monitor *monitor, struct session *session, struct message *message);

#endif

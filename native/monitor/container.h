#ifndef PEAPOD_MONITOR_CONTAINER_H
#define PEAPOD_MONITOR_CONTAINER_H

#include "message.h"
#include "monitor.h"

/* Requests. */
void container_prepare(struct monitor *monitor, struct session *session, struct message *message);
void container_start(struct monitor *monitor, struct session *session, struct message *message);
void container_watch(struct monitor *monitor, struct session *session);
void container_resize(struct monitor *monitor, const struct message_resize *resize);
void container_shut_down(struct monitor *monitor);

/* Whoever made us is gone, or does not need us: ends a monitor that no container, or half a one, was asked of. */
void container_shut_down_unused(struct monitor *monitor);

/* Gives the terminal, if it is there, the size last asked for. */
void container_apply_size(const struct monitor *monitor);

/* All of PREPARE is done: the child may go on, and what the monitor is for begins. */
void container_complete(struct monitor *monitor);

/* Turns of its life; the diagram is in monitor.h. */
void container_started(struct monitor *monitor);
void container_launch_failed(struct monitor *monitor, const struct failure *failure);
void container_init_ended(struct monitor *monitor);
void container_end_if_drained(struct monitor *monitor);
void container_end(struct monitor *monitor);
void container_finish_if_done(struct monitor *monitor);

#endif

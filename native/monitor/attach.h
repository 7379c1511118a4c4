#ifndef PEAPOD_MONITOR_ATTACH_H
#define PEAPOD_MONITOR_ATTACH_H

#include "message.h"
#include "monitor.h"

void attach_clear(struct attachment *attachment);
void attach_start(struct monitor *monitor, struct session *session, struct message *message);

/* Gives every client a copy of what the container wrote. A client that does not keep up misses some of it. */
void attach_copy(struct monitor *monitor, enum stream stream, const char *bytes, size_t size);

/* The stream ended, for every client. */
void attach_end_stream(struct monitor *monitor, enum stream stream);

/* The client is gone, or is let go. */
void attach_end(struct monitor *monitor, struct session *session);

#endif

#ifndef PEAPOD_MONITOR_REQUEST_H
#define PEAPOD_MONITOR_REQUEST_H

#include "message.h"
#include "monitor.h"

/* Does what a client asks. Descriptors of the message that are still wanted afterwards are taken out of it. */
void request_handle(struct monitor *monitor, struct session *session, struct message *message);

#endif

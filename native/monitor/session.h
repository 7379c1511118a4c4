#ifndef PEAPOD_MONITOR_SESSION_H
#define PEAPOD_MONITOR_SESSION_H

#include "monitor.h"

/* Takes connections from now on, if there is a listener and it is not watched yet. */
void session_listen(struct monitor *monitor);

/* Takes one waiting connection. */
void session_accept(struct monitor *monitor);

/* Begins the session of a connection that the monitor was given, before there are many. */
struct session *session_inherit(struct monitor *monitor, int connection);

/* A request, or the end of the connection. */
void session_ready(struct monitor *monitor, struct session *session);

/* Sends, unless the client hung up; one that lets its queue fill up is hung up on. */
void session_send(struct monitor *monitor, struct session *session, const void *bytes, size_t size);
void session_send_fd(struct monitor *monitor, struct session *session, const void *bytes, size_t size, int fd);

/* The last words to a session, after which the connection is closed. */
void session_send_failed(struct monitor *monitor, struct session *session, const struct failure *failure);
void session_send_exited(struct monitor *monitor, struct session *session, const struct exit_status *exit);
void session_hang_up(struct monitor *monitor, struct session *session);

/* The session that launched it, NULL when its client hung up. */
struct session *session_of_launch(struct monitor *monitor, const struct launch *launch);

/* Frees the place of a session that has neither a connection nor a process. */
void session_release(struct session *session);

/* Whether an EXEC's client still waits for an end. */
bool session_is_owed_exit(const struct session *session);

#endif
